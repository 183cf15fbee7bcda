//! Starting each peer's runtime with so many workers.

use std::future::Future;
use std::sync::mpsc;

/// Runs `f` as a G that may migrate, of a runtime with `procs` Ps.
pub fn callgate<T: Send + 'static>(procs: usize, f: impl FnOnce() -> T + Send + 'static) -> T {
    if let Err(error) = callgate::Builder::new().procs(procs).install() {
        panic!("callgate: {error}");
    }
    match go(f).join() {
        Ok(value) => value,
        Err(payload) => std::panic::resume_unwind(payload),
    }
}

/// `callgate::go` for the closures of this program.
pub fn go<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> callgate::JoinHandle<T> {
    // SAFETY: no closure of this program uses a thread-local, nor holds a guard while it waits.
    unsafe { callgate::go(f) }
}

/// Runs `f` as a coroutine of may.
pub fn may<T: Send + 'static>(procs: usize, f: impl FnOnce() -> T + Send + 'static) -> T {
    may::config().set_workers(procs);
    let (sender, receiver) = mpsc::channel();
    may_go(move || sender.send(f()).expect("the receiver waits"));
    receiver.recv().expect("the coroutine ends with a value")
}

/// `may::coroutine::spawn` for the closures of this program.
pub fn may_go<T: Send + 'static>(
    f: impl FnOnce() -> T + Send + 'static,
) -> may::coroutine::JoinHandle<T> {
    // SAFETY: as in `go`; and no closure needs more than the small stack.
    unsafe { may::coroutine::spawn(f) }
}

/// Runs a future as a task of tokio.
pub fn tokio<T: Send + 'static>(
    procs: usize,
    future: impl Future<Output = T> + Send + 'static,
) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(procs)
        .build()
        .expect("tokio starts");
    runtime.block_on(async { tokio::spawn(future).await }).expect("no task panics")
}
