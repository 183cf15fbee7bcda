//! The program: Gs that wait for a device, and the loop that serves it.

use crate::uv::{Handle, Main};
use callgate::sync::channel::{self, Receiver, Sender};
use callgate::{JoinHandle, Spawner, export_callback, foreign_call};
use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::AsRawFd;
use std::sync::Arc;

#[foreign_call(io, blocking)]
unsafe extern "C" {
    fn read(fd: c_int, to: *mut c_void, n: usize) -> isize;
}

const READERS: u8 = 8;

/// What the callbacks of the loop see; all of them are on its thread.
struct Program {
    device: Arc<PipeReader>,
    answers: PipeWriter,
    spawner: Spawner,
    readers: RefCell<Vec<JoinHandle<()>>>,
    ticks: Cell<u8>,
    read: Cell<u8>,
    sender: Sender<(u8, io::Result<u8>)>,
    results: Receiver<(u8, io::Result<u8>)>,
}

/// What the device says next.
fn read_a_byte(device: &PipeReader) -> io::Result<u8> {
    let mut byte = 0_u8;
    // SAFETY: the byte's own address and length.
    match unsafe { read(device.as_raw_fd(), (&raw mut byte).cast(), 1) }? {
        1 => Ok(byte),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[export_callback(private)]
fn tick(timer: *mut Handle) {
    // SAFETY: the handle is the argument of a callback of `run`'s loop.
    let main = unsafe { Main::<Program>::of(timer) };
    let program = &main.state;
    let tick = program.ticks.get();
    program.ticks.set(tick.saturating_add(1));
    if tick < READERS {
        let (device, sender) = (program.device.clone(), program.sender.clone());
        let waker = main.waker();
        let reader = program.spawner.go(move || {
            let result = (tick, read_a_byte(&device));
            if sender.send(result).is_ok() {
                // SAFETY: who closes the handles has joined this G before.
                unsafe { waker.wake() };
            }
        });
        program.readers.borrow_mut().push(reader);
    } else if tick < 2 * READERS {
        (&program.answers).write_all(&[tick]).expect("the program itself has the other end");
    }
}

#[export_callback(private)]
fn woken(wake: *mut Handle) {
    // SAFETY: as in `tick`.
    let main = unsafe { Main::<Program>::of(wake) };
    let program = &main.state;
    while let Ok((reader, result)) = program.results.try_recv() {
        match result {
            Ok(byte) => println!("reader {reader}: {byte}"),
            Err(error) => println!("reader {reader}: {error}"),
        }
        program.read.set(program.read.get() + 1);
    }
    if program.read.get() == READERS {
        // They may still be about to wake the loop. A callback may wait for that: it is a G.
        for reader in program.readers.take() {
            if reader.join().is_err() {
                eprintln!("main-loop: a reader panicked");
            }
        }
        main.close();
    }
}

/// Runs the loop, and prints what was read.
pub fn run() -> io::Result<()> {
    let (device, answers) = io::pipe()?;
    let (sender, results) = channel::unbounded();
    let program = Program {
        device: Arc::new(device),
        answers,
        // SAFETY: nothing that the readers use is tied to a thread.
        spawner: unsafe { Spawner::new() },
        readers: RefCell::default(),
        ticks: Cell::new(0),
        read: Cell::new(0),
        sender,
        results,
    };
    let program = Main::run(program, 1, tick, woken)?;
    println!("{} readers waited in C, and held no tick of the loop up", program.read.get());
    Ok(())
}
