//! Stacks that no G uses. The ones used last are handed out first, still in the cache; past a
//! small number their memory goes back to the system.

use super::{Stack, arena};
use crate::os;
use std::io;
use std::sync::Mutex;

/// Stacks that keep their memory, over all Ps.
const HOT: usize = 1024;
/// Stacks that a P keeps for itself; half of them move at a time.
pub(crate) const LOCAL: usize = 32;

struct Pool {
    hot: Vec<*mut u8>,
    cold: Vec<*mut u8>,
}

// SAFETY: the pointers are to stacks that nobody uses.
unsafe impl Send for Pool {}

static POOL: Mutex<Pool> = Mutex::new(Pool { hot: Vec::new(), cold: Vec::new() });

/// The stacks that one P keeps. Used only by the M that has claimed the P.
pub(crate) struct Cache {
    low: [*mut u8; LOCAL],
    len: usize,
}

impl Cache {
    pub(crate) const fn new() -> Self {
        Cache { low: [core::ptr::null_mut(); LOCAL], len: 0 }
    }

    /// A stack of `size` bytes, if the P keeps one.
    pub(crate) fn get_cached(&mut self, size: usize) -> Option<Stack> {
        self.len = self.len.checked_sub(1)?;
        Some(Stack { low: self.low[self.len], size })
    }

    /// A stack of `size` bytes.
    pub(crate) fn get(&mut self, size: usize) -> io::Result<Stack> {
        if self.len == 0 {
            self.refill();
        }
        self.get_cached(size).map_or_else(|| get(size), Ok)
    }

    /// Keeps `stack` for later, and gives out the one that was used last, if the P keeps any.
    pub(crate) fn exchange(&mut self, stack: Stack) -> Stack {
        match self.len {
            0 => stack,
            n => Stack { low: core::mem::replace(&mut self.low[n - 1], stack.low), ..stack },
        }
    }

    /// Takes back a stack that no G uses any more.
    pub(crate) fn put(&mut self, stack: Stack) {
        if self.len == LOCAL {
            self.drain(LOCAL / 2, stack.size);
        }
        self.low[self.len] = stack.low;
        self.len += 1;
    }

    fn refill(&mut self) {
        let mut pool = POOL.lock().unwrap_or_else(|e| e.into_inner());
        while self.len < LOCAL / 2 {
            let Some(low) = pool.hot.pop() else { return };
            self.low[self.len] = low;
            self.len += 1;
        }
    }

    /// Gives the `n` oldest to all Ps.
    fn drain(&mut self, n: usize, size: usize) {
        let mut pool = POOL.lock().unwrap_or_else(|e| e.into_inner());
        let hot = n.min(HOT.saturating_sub(pool.hot.len()));
        pool.hot.extend_from_slice(&self.low[..hot]);
        drop(pool);
        for &low in &self.low[hot..n] {
            put(Stack { low, size });
        }
        self.low.copy_within(n..self.len, 0);
        self.len -= n;
    }
}

/// A stack, for whoever has no P.
pub(crate) fn get(size: usize) -> io::Result<Stack> {
    let mut pool = POOL.lock().unwrap_or_else(|e| e.into_inner());
    let low = pool.hot.pop().or_else(|| pool.cold.pop());
    drop(pool);
    low.map_or_else(|| arena::fresh(size), |low| Ok(Stack { low, size }))
}

/// Takes a stack back. Past [`HOT`], its memory is given to the system, which also clears it.
pub(crate) fn put(stack: Stack) {
    let mut pool = POOL.lock().unwrap_or_else(|e| e.into_inner());
    if pool.hot.len() < HOT {
        pool.hot.push(stack.low);
        return;
    }
    drop(pool);
    // SAFETY: nobody uses the stack. The id of the G that did becomes 0, which no handle has.
    unsafe { os::discard(stack.low, stack.size) };
    let mut pool = POOL.lock().unwrap_or_else(|e| e.into_inner());
    pool.cold.push(stack.low);
}
