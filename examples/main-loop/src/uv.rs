//! What the program uses of libuv.

use callgate::{export_callback, foreign_call};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::io;
use std::marker::{PhantomData, PhantomPinned};

/// `uv_loop_t`.
#[repr(C)]
pub struct Loop {
    _private: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

/// `uv_handle_t`, and what begins with one.
#[repr(C)]
pub struct Handle {
    _private: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

/// `uv_timer_cb`, `uv_async_cb` and `uv_close_cb`.
pub type OnEvent = extern "C" fn(*mut Handle);

#[foreign_call]
unsafe extern "C" {
    safe fn uv_default_loop() -> *mut Loop;
    // Waits for events, and calls back. So it doesn't keep its P until somebody wants it.
    #[foreign_call(blocking)]
    fn uv_run(main: *mut Loop, mode: c_int) -> c_int;
    fn uv_loop_close(main: *mut Loop) -> c_int;
    safe fn uv_strerror(error: c_int) -> *const c_char;

    #[foreign_call(leaf)]
    safe fn uv_handle_size(kind: c_int) -> usize;
    #[foreign_call(leaf)]
    fn uv_handle_get_data(handle: *const Handle) -> *mut c_void;
    #[foreign_call(leaf)]
    fn uv_handle_set_data(handle: *mut Handle, data: *mut c_void);
    fn uv_close(handle: *mut Handle, closed: OnEvent);

    fn uv_timer_init(main: *mut Loop, timer: *mut Handle) -> c_int;
    fn uv_timer_start(timer: *mut Handle, tick: OnEvent, first: u64, every: u64) -> c_int;
    fn uv_async_init(main: *mut Loop, wake: *mut Handle, woken: OnEvent) -> c_int;
    fn uv_async_send(wake: *mut Handle) -> c_int;
}

const ASYNC: c_int = 1;
const TIMER: c_int = 13;

fn ok(result: c_int) -> io::Result<()> {
    if result >= 0 {
        return Ok(());
    }
    // SAFETY: it is a string, though for an unknown error one that is never freed.
    let text = unsafe { CStr::from_ptr(uv_strerror(result)) };
    Err(io::Error::other(text.to_string_lossy()))
}

/// The default loop, in which a timer ticks and which others wake, until both are
/// [closed](Self::close). `T` is what the events see.
pub struct Main<T> {
    main: *mut Loop,
    timer: Memory,
    wake: Memory,
    pub state: T,
}

/// A handle's memory, of which C alone knows the inside. As aligned as C's `malloc` would have it.
struct Memory(Box<[u128]>);

impl Memory {
    fn of(kind: c_int) -> Self {
        Memory(vec![0; uv_handle_size(kind).div_ceil(size_of::<u128>())].into())
    }

    fn handle(&self) -> *mut Handle {
        self.0.as_ptr().cast::<Handle>().cast_mut()
    }
}

/// Wakes the loop, from any thread: the one thing of libuv's that may be used so.
#[derive(Clone, Copy)]
pub struct Waker(*mut Handle);

// SAFETY: libuv says so of `uv_async_send`.
unsafe impl Send for Waker {}

impl Waker {
    /// Has the loop call `woken` soon, once for any number of wakes before it.
    ///
    /// # Safety
    /// The loop's handles are not closed yet.
    pub unsafe fn wake(self) {
        // SAFETY: by the contract, the handle is open.
        let sent = unsafe { uv_async_send(self.0) };
        debug_assert_eq!(sent, 0, "an open handle can be woken");
    }
}

impl<T> Main<T> {
    /// Runs the loop until [`close`](Self::close): every `every` milliseconds it calls `tick`, and `woken`
    /// when it was woken. Both get the handle, whose program is [`of`](Self::of) it.
    pub fn run(state: T, every: u64, tick: OnEvent, woken: OnEvent) -> io::Result<T> {
        let this = Main {
            main: uv_default_loop(),
            timer: Memory::of(TIMER),
            wake: Memory::of(ASYNC),
            state,
        };
        let (main, timer, wake) = (this.main, this.timer.handle(), this.wake.handle());
        // SAFETY: the handles have the size that libuv wants, and stay, with what their data leads to,
        // until the loop has closed them and `uv_run` returns. The loop is this thread's.
        unsafe {
            ok(uv_timer_init(main, timer))?;
            ok(uv_async_init(main, wake, woken))?;
            for handle in [timer, wake] {
                uv_handle_set_data(handle, (&raw const this).cast_mut().cast());
            }
            ok(uv_timer_start(timer, tick, 0, every))?;
            ok(uv_run(main, 0))?;
            ok(uv_loop_close(main))?;
        }
        Ok(this.state)
    }

    /// What a callback's handle belongs to.
    ///
    /// # Safety
    /// In a callback of a loop of this `T`, with the handle that it got.
    pub unsafe fn of<'a>(handle: *mut Handle) -> &'a Self {
        // SAFETY: `run` has set it, and waits.
        unsafe { &*uv_handle_get_data(handle).cast_const().cast::<Self>() }
    }

    /// What wakes the loop.
    pub fn waker(&self) -> Waker {
        Waker(self.wake.handle())
    }

    /// Ends the loop, soon. In a callback, once.
    pub fn close(&self) {
        for handle in [&self.timer, &self.wake] {
            // SAFETY: they are open, and this is the loop's thread.
            unsafe { uv_close(handle.handle(), closed) };
        }
    }
}

#[export_callback(private)]
fn closed(_: *mut Handle) {}
