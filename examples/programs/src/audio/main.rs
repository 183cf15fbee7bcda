//! An audio callback on a thread of C's that must not be late, beside Gs that keep all Ps busy: how
//! late the thread is, and how much of that the callback adds.
//!
//! `audio [SECONDS [PICTURE.svg]]`; by default two seconds, and `target/audio.svg`.

mod picture;

use callgate::{Closure, Spawner, foreign_call};
use std::ffi::{c_int, c_long, c_void};
use std::hint::black_box;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

const RATE: usize = 48_000;
/// Frames of a buffer: a callback each 5 ms.
const FRAMES: usize = RATE / 200;

type Callback = unsafe extern "C" fn(*mut c_void, *mut f32, c_int, c_long);

#[foreign_call]
unsafe extern "C" {
    #[foreign_call(blocking)]
    fn audio_play(rate: c_int, n: c_int, times: c_int, f: Callback, data: *mut c_void) -> c_int;
}

/// How late each callback came, in microseconds, and how long it took.
#[derive(Default)]
struct Jitter {
    late: Vec<f64>,
    took: Vec<f64>,
}

/// Plays a tone for so many buffers. Says whether the thread was a real-time one.
fn play(buffers: usize) -> Result<(Jitter, bool), String> {
    let mut jitter = Jitter::default();
    // No memory is asked for while the tone plays.
    jitter.late.reserve(buffers);
    jitter.took.reserve(buffers);
    let mut phase = 0.0_f32;
    let fill = |frames: *mut f32, n: c_int, late: c_long| {
        let start = Instant::now();
        // SAFETY: C passes a buffer of so many frames.
        let frames = unsafe { std::slice::from_raw_parts_mut(frames, n as usize) };
        for frame in frames {
            phase = (phase + 440.0 / RATE as f32).fract();
            *frame = (phase * std::f32::consts::TAU).sin();
        }
        jitter.late.push(late as f64 / 1e3);
        jitter.took.push(start.elapsed().as_secs_f64() * 1e6);
    };
    let (rate, frames) = (RATE as c_int, FRAMES as c_int);
    let realtime = Closure::<fn(*mut f32, c_int, c_long)>::with_mut(fill, |c| {
        // SAFETY: the closure outlives the call, and C keeps nothing of it.
        unsafe { audio_play(rate, frames, buffers as c_int, c.first(), c.data()) }
    });
    match realtime {
        -1 => Err("there is no thread to be had".into()),
        realtime => Ok((jitter, realtime == 1)),
    }
}

/// Gs that compute, twice as many as Ps.
fn load(stop: &Arc<AtomicBool>) {
    // SAFETY: these Gs use nothing that is tied to a thread.
    let spawner = unsafe { Spawner::new() };
    for _ in 0..2 * callgate::metrics().procs {
        let stop = stop.clone();
        spawner.go(move || {
            let mut x = 1_u64;
            while !stop.load(Ordering::Relaxed) {
                for _ in 0..10_000 {
                    x = black_box(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
                }
                callgate::yield_now();
            }
        });
    }
}

fn line(what: &str, values: &mut [f64]) -> String {
    values.sort_by(f64::total_cmp);
    let at = |part: usize| values[(values.len() * part / 100).min(values.len() - 1)];
    format!(
        "{what}: {:.1} µs at the median, {:.1} at the 99th percentile, {:.1} at worst",
        at(50),
        at(99),
        at(100)
    )
}

fn run() -> Result<(), String> {
    let mut args = std::env::args().skip(1);
    let seconds: f64 = match args.next() {
        Some(text) => text.parse().map_err(|_| format!("`{text}` is no number of seconds"))?,
        None => 2.0,
    };
    let path = args.next().map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/audio.svg")),
        PathBuf::from,
    );
    let buffers = ((seconds * RATE as f64) as usize / FRAMES).max(1);
    let stop = Arc::new(AtomicBool::new(false));
    load(&stop);
    let played = play(buffers);
    stop.store(true, Ordering::Relaxed);
    let (mut jitter, realtime) = played?;
    let kind = if realtime { "a real-time" } else { "an ordinary (no other is allowed)" };
    println!("{} callbacks on {kind} thread, beside Gs that compute", jitter.late.len());
    println!("{}", line("the thread was late by", &mut jitter.late));
    println!("{}", line("the callback took", &mut jitter.took));
    picture::write(&path, &jitter.late).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("picture: {}", path.display());
    Ok(())
}

#[callgate::main]
fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("audio: {error}\nusage: audio [SECONDS [PICTURE.svg]]");
            ExitCode::FAILURE
        }
    }
}
