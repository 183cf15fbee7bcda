//! Programs, and what they see.

use std::ffi::c_int;

pub type Body = Vec<Op>;

#[derive(Clone, Debug)]
pub enum Op {
    Yield,
    Sleep,
    Call(c_int),
    Leaf(c_int),
    Errno,
    Blocking(c_int),
    /// Unparks itself: the next `Park` doesn't wait.
    Token,
    Park,
    SetLocal(i64),
    GetLocal,
    Panic(i64),
    Catch(Body),
    Lock(Body),
    /// Locks the G to its thread for good: the thread ends with it.
    StayLocked,
    /// A call of C that calls back; the panic policy is `unwind` or `return`.
    Callback(bool, Body),
    /// Runs beside the rest of the body that it is in, and is joined at its end.
    Spawn(Body),
    Pinned(Body),
    /// A thread that calls back twice.
    Thread(Body, Body),
}

/// What a body saw, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Saw(i64),
    /// The end of something within it: its panic if it had one, and what it saw.
    Ended(Option<i64>, Vec<Event>),
}
