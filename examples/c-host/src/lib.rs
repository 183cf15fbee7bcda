//! A library for C programs: counts the words of texts, each in a green thread, and hands the results to
//! the program's own threads.

use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use async_channel::{Receiver, Sender};
use callgate::{Handle, Spawner, block_on, export_callback, foreign_call};

/// Is called with the number of a job, how many words its text has, and what the thread passed.
pub type Done = extern "C" fn(job: u64, words: u64, user: *mut c_void);

#[foreign_call]
unsafe extern "C" {
    fn jobs_deliver(done: Done, job: u64, words: u64, user: *mut c_void);
}

struct Counted {
    job: u64,
    words: u64,
}

/// Jobs that are counted, and results that wait for a thread.
pub struct Jobs {
    last: AtomicU64,
    /// None once no more may come.
    results: Mutex<Option<Sender<Counted>>>,
    waiting: Receiver<Counted>,
}

/// Why a job is refused.
#[derive(Debug)]
pub struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no more jobs are taken: jobs_close was called")
    }
}

impl std::error::Error for Closed {}

#[export_callback(handle)]
impl Jobs {
    /// Makes a list of jobs. Ended by jobs_free.
    fn new() -> Handle<Self> {
        let (results, waiting) = async_channel::unbounded();
        Handle::new(Jobs { last: AtomicU64::new(0), results: Mutex::new(Some(results)), waiting })
    }

    /// Counts the words of a text, which is copied. Returns the job's number at once.
    ///
    /// # Safety
    /// `text` is a C string.
    #[export_callback(error = 0)]
    unsafe fn submit(&self, text: *const c_char) -> Result<u64, Closed> {
        let results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        let results = results.clone().ok_or(Closed)?;
        // SAFETY: the caller's promise.
        let text = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
        let job = self.last.fetch_add(1, Relaxed) + 1;
        // SAFETY: the closure below keeps nothing of a thread across a scheduling point.
        let spawner = unsafe { Spawner::new() };
        spawner.go(move || {
            let words = text.split_whitespace().count() as u64;
            // It fails if nobody is left to hear of it.
            let _ = results.try_send(Counted { job, words });
        });
        Ok(job)
    }

    /// Gives the calling thread to the jobs: calls `done` there for each that is counted, and returns
    /// how many it was when there are no more and jobs_close was called. Any number of threads may.
    ///
    /// # Safety
    /// `done` may be called with `user` on this thread.
    unsafe fn run(&self, done: Done, user: *mut c_void) -> u64 {
        let mut delivered = 0;
        while let Ok(Counted { job, words }) = block_on(self.waiting.recv()) {
            // SAFETY: the caller's promise.
            unsafe { jobs_deliver(done, job, words, user) };
            delivered += 1;
        }
        delivered
    }

    /// Takes no more jobs. Those that there are still come to their end.
    fn close(&self) {
        self.results.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Ends the list; false if that has been done. A thread that is in jobs_run comes back first.
    fn free(this: Handle<Self>) -> bool {
        this.delete().is_ok()
    }
}
