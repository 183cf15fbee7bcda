//! A few things that many Gs share: who finds none parks until one is given back.

use callgate::G;
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard};

/// The things that are free, and the Gs that wait for one.
pub struct Pool<T>(Mutex<State<T>>);

struct State<T> {
    free: Vec<T>,
    waiting: VecDeque<G>,
}

impl<T> Pool<T> {
    /// A pool of these.
    pub fn new(free: Vec<T>) -> Self {
        Pool(Mutex::new(State { free, waiting: VecDeque::new() }))
    }

    /// Never held across a scheduling point.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Takes one, when there is one.
    pub fn take(&self) -> Taken<'_, T> {
        loop {
            let mut state = self.state();
            if let Some(thing) = state.free.pop() {
                return Taken { pool: self, thing: Some(thing) };
            }
            state.waiting.push_back(callgate::current());
            drop(state);
            callgate::park();
        }
    }
}

/// One of the pool's, until it is dropped.
pub struct Taken<'a, T> {
    pool: &'a Pool<T>,
    thing: Option<T>,
}

impl<T> Deref for Taken<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.thing.as_ref().expect("it is there until the drop")
    }
}

impl<T> DerefMut for Taken<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.thing.as_mut().expect("it is there until the drop")
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        state.free.extend(self.thing.take());
        let next = state.waiting.pop_front();
        drop(state);
        if let Some(g) = next {
            g.unpark();
        }
    }
}
