//! `#[foreign_call(async)]`: C that blocks, awaited by whatever executor.

#[path = "common/callers.rs"]
mod callers;
mod common;

use callers::everywhere;
use callgate::{Errno, block_on, export_callback, foreign_call, g_local, spawn_future};
use common::{begin, panic_of, spawner, wait_until};
use std::cell::RefCell;
use std::ffi::{c_int, c_uint, c_void};
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::{Context, Poll, Waker};

type Compare = extern "C" fn(*const c_void, *const c_void) -> c_int;

/// A number that has an address.
#[repr(C)]
#[derive(Clone, Copy)]
struct Div {
    quot: c_int,
    rem: c_int,
}

#[foreign_call(async)]
unsafe extern "C" {
    safe fn usleep(us: c_uint) -> c_int;
    #[foreign_call(io, blocking)]
    fn read(fd: c_int, to: *mut c_void, n: usize) -> isize;
    #[foreign_call(errno)]
    fn close(fd: c_int) -> c_int;
    safe fn div(x: c_int, y: c_int) -> Div;
    #[foreign_call(errno)]
    safe fn tzset();
    fn bsearch(
        key: *const c_void,
        base: *const c_void,
        n: usize,
        size: usize,
        compare: Compare,
    ) -> *mut c_void;
    #[foreign_call(variadic(c_int))]
    fn snprintf(to: *mut u8, size: usize, format: *const u8, ...) -> c_int;
    /// Sets the block's options aside.
    #[foreign_call(leaf)]
    safe fn abs(x: c_int) -> c_int;
    /// As well.
    #[foreign_call]
    safe fn getpid() -> c_int;
}

/// A pipe: from where to read, and what to write to.
fn pipe() -> (c_int, io::PipeWriter) {
    use std::os::fd::IntoRawFd;
    let (reader, writer) = io::pipe().unwrap();
    (reader.into_raw_fd(), writer)
}

/// Reads one byte. The buffer is given up for lost if the future is dropped while C has it.
async fn byte_of(fd: c_int) -> io::Result<u8> {
    let to = Box::leak(Box::new(0_u8));
    // SAFETY: nobody uses the byte until C has returned.
    let n = unsafe { read(fd, (&raw mut *to).cast(), 1) }.await?;
    // SAFETY: it was leaked above, and C has returned.
    let byte = unsafe { Box::from_raw(to) };
    assert_eq!(n, 1);
    Ok(*byte)
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn results_and_failures() {
    fn call() {
        assert_eq!(block_on(usleep(10)), 0);
        let Div { quot, rem } = block_on(div(17, 5));
        assert_eq!((quot, rem), (3, 2));
        // SAFETY: no descriptor has this number.
        let (result, errno): (c_int, Errno) = block_on(unsafe { close(-1) });
        assert_eq!((result, errno.raw()), (-1, libc::EBADF));
        let ((), _errno) = block_on(tzset());
        let error = block_on(byte_of(-1)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EBADF));
        let text = Box::leak(Box::new([0_u8; 8]));
        // SAFETY: room for the text, for ever.
        let n = block_on(unsafe { snprintf(text.as_mut_ptr(), 8, c"<%d>".as_ptr().cast(), 42) });
        assert_eq!((n, &text[..4]), (4, &b"<42>"[..]));
        assert_eq!((abs(-3), getpid()), (3, std::process::id() as c_int));
    }
    let _test = begin();
    everywhere(call);
}

#[test]
fn one_thread_of_tokio_awaits_many_calls_that_block() {
    let _test = begin();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (readers, writers): (Vec<_>, Vec<_>) = (0..50).map(|_| pipe()).unzip();
        let tasks: Vec<_> = readers.into_iter().map(|fd| tokio::spawn(byte_of(fd))).collect();
        // Each call has begun, and none can end before this thread goes on.
        tokio::task::yield_now().await;
        for (n, mut writer) in writers.into_iter().enumerate() {
            io::Write::write_all(&mut writer, &[n as u8]).unwrap();
        }
        for (n, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap().unwrap(), n as u8);
        }
    });
}

#[test]
fn several_threads_of_tokio_and_select() {
    let _test = begin();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..200).map(|_| tokio::spawn(is_send(usleep(200)))).collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 0);
        }
        let (fd, writer) = pipe();
        tokio::select! {
            slept = usleep(1) => assert_eq!(slept, 0),
            byte = byte_of(fd) => panic!("nothing was written, and {byte:?} was read"),
        }
        drop(writer);
    });
}

#[test]
fn gs_await_calls_of_gs() {
    let _test = begin();
    let gs: Vec<_> = (0..50)
        .map(|n| {
            spawn_future(async move {
                let (fd, mut writer) = pipe();
                let write = spawner().go(move || io::Write::write_all(&mut writer, &[n]));
                let byte = byte_of(fd).await.unwrap();
                write.join().unwrap().unwrap();
                byte
            })
        })
        .collect();
    for (n, g) in gs.into_iter().enumerate() {
        assert_eq!(g.join().unwrap(), n as u8);
    }
}

#[test]
fn a_future_that_is_not_polled_calls_nothing() {
    let _test = begin();
    let (fd, mut writer) = pipe();
    io::Write::write_all(&mut writer, b"x").unwrap();
    drop(byte_of(fd));
    assert_eq!(block_on(byte_of(fd)).unwrap(), b'x');
}

/// What the callbacks of a test do: tell that they run, and wait to be let on.
struct Gate {
    entered: Sender<()>,
    go_on: Receiver<()>,
}

/// Waits for the gate whose address the key is; then it is over.
#[export_callback(private)]
unsafe fn wait_at_gate(key: *const c_void, _: *const c_void) -> c_int {
    // SAFETY: the key is a box of the test's, for this callback alone.
    let gate = unsafe { Box::from_raw(key.cast::<Gate>().cast_mut()) };
    gate.entered.send(()).unwrap();
    gate.go_on.recv().unwrap();
    gate.entered.send(()).unwrap();
    0
}

/// `bsearch` of an array of one.
fn search(
    key: *const c_void,
    compare: unsafe extern "C" fn(*const c_void, *const c_void) -> c_int,
) -> impl Future<Output = *mut c_void> + Send + 'static {
    static ONE: u8 = 0;
    // SAFETY: the same type but for `unsafe`; the key is what each of the callbacks here expects.
    unsafe {
        let compare = std::mem::transmute::<unsafe extern "C" fn(_, _) -> _, Compare>(compare);
        bsearch(key, (&raw const ONE).cast(), 1, 1, compare)
    }
}

#[test]
fn c_goes_on_when_the_future_is_dropped() {
    let _test = begin();
    let (entered, entries) = mpsc::channel();
    let (let_on, go_on) = mpsc::channel();
    let gate = Box::into_raw(Box::new(Gate { entered, go_on }));
    let future = search(gate.cast(), wait_at_gate);
    {
        let mut future = Box::pin(future);
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        entries.recv().unwrap();
        assert!(future.as_mut().poll(&mut context).is_pending());
    }
    assert!(entries.try_recv().is_err(), "it waits");
    let_on.send(()).unwrap();
    entries.recv().unwrap();
}

#[test]
fn the_last_waker_is_woken() {
    struct Count(AtomicUsize);
    impl std::task::Wake for Count {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }
    let _test = begin();
    let wakers: Vec<_> = (0..2).map(|_| std::sync::Arc::new(Count(AtomicUsize::new(0)))).collect();
    let (entered, entries) = mpsc::channel();
    let (let_on, go_on) = mpsc::channel();
    let gate = Box::into_raw(Box::new(Gate { entered, go_on }));
    let mut future = pin!(search(gate.cast(), wait_at_gate));
    for waker in &wakers {
        let waker = waker.clone().into();
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    entries.recv().unwrap();
    let_on.send(()).unwrap();
    wait_until(|| wakers[1].0.load(SeqCst) == 1);
    assert_eq!(wakers[0].0.load(SeqCst), 0);
    assert!(
        matches!(future.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(found) if !found.is_null())
    );
}

#[export_callback(private, panic = unwind)]
fn panics(_: *const c_void, _: *const c_void) -> c_int {
    panic!("in the callback")
}

#[test]
fn a_panic_of_a_callback_goes_on_where_the_call_is_awaited() {
    fn call() {
        let panic = panic_of(|| block_on(search(std::ptr::null(), panics)));
        assert_eq!(panic, "in the callback");
    }
    let _test = begin();
    everywhere(call);
}

#[export_callback(private, panic = return(0))]
fn panics_and_returns(_: *const c_void, _: *const c_void) -> c_int {
    panic!("later")
}

#[test]
fn a_panic_that_c_returns_from_does_as_well() {
    fn call() {
        let panic = panic_of(|| block_on(search(std::ptr::null(), panics_and_returns)));
        assert_eq!(panic, "later");
    }
    let _test = begin();
    everywhere(call);
}

#[test]
fn a_waker_that_panics_ends_nothing() {
    struct Panics;
    impl std::task::Wake for Panics {
        fn wake(self: std::sync::Arc<Self>) {
            panic!("in the waker");
        }
    }
    let _test = begin();
    let waker = std::sync::Arc::new(Panics).into();
    let mut future = pin!(usleep(1));
    assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(block_on(future), 0);
}

#[test]
fn it_is_polled_no_more_when_it_is_over() {
    let _test = begin();
    let mut future = pin!(usleep(1));
    assert_eq!(block_on(future.as_mut()), 0);
    assert!(panic_of(|| block_on(future)).contains("polled after its end"));
}

/// Says where it was made, and checks that it is dropped there.
struct OfThread(libc::pid_t);

static DROPPED: AtomicUsize = AtomicUsize::new(0);

impl Drop for OfThread {
    fn drop(&mut self) {
        // SAFETY: no preconditions.
        assert_eq!(self.0, unsafe { libc::gettid() });
        DROPPED.fetch_add(1, SeqCst);
    }
}

g_local! {
    static OF_THREAD: RefCell<Option<OfThread>> = RefCell::new(None);
}

#[export_callback(private)]
fn leaves_a_value(_: *const c_void, _: *const c_void) -> c_int {
    // SAFETY: no preconditions.
    let thread = OfThread(unsafe { libc::gettid() });
    OF_THREAD.with(|slot| *slot.borrow_mut() = Some(thread));
    0
}

#[test]
fn what_callbacks_leave_to_the_g_is_dropped_on_its_thread() {
    const CALLS: usize = 100;
    let _test = begin();
    let gs: Vec<_> = (0..CALLS)
        .map(|_| {
            spawn_future(async {
                assert!(!search(std::ptr::null(), leaves_a_value).await.is_null())
            })
        })
        .collect();
    gs.into_iter().for_each(|g| g.join().unwrap());
    wait_until(|| DROPPED.load(SeqCst) == CALLS);
}
