//! The routines alone, on stacks from the heap, with a "runtime" of a few lines.

use crate::{
    CallbackEntry, Context, StackBounds, asmcgocall, cgocallback, drop_to_call, g, init_stack,
    mcall, mstart, setg,
};
use core::ffi::c_void;
use core::ptr::null_mut;
use std::boxed::Box;
use std::vec::Vec;

/// A G and its M's `g0`, with a stack, for one thread.
struct Machine {
    g: Context,
    g0: Context,
    log: Vec<&'static str>,
    body: fn(&mut Machine),
    _stack: Box<[u128]>,
}

impl Machine {
    fn run(body: fn(&mut Machine)) -> Vec<&'static str> {
        #[cfg(windows)]
        setup_tls();
        let mut stack = std::vec![0u128; 16 * 1024].into_boxed_slice();
        let low = stack.as_mut_ptr().cast::<u8>();
        let top = stack.as_mut_ptr_range().end.cast::<u8>();
        // All of it is memory, from the heap.
        let bounds = StackBounds { high: top, committed: low, reserved: low, guaranteed: 0 };
        let mut machine = Box::new(Machine {
            g: Context::new(),
            g0: Context::new(),
            log: Vec::new(),
            body,
            _stack: stack,
        });
        let arg: *mut Machine = &mut *machine;
        let place = &raw const machine.g;
        // SAFETY: in its place is a context without a stack.
        unsafe { machine.g.take_stack(&bounds, place) };
        machine.g0.g0 = &mut machine.g0;
        machine.g.g0 = &mut machine.g0;
        // SAFETY: the stack is ours and aligned; `entry` ends in an mcall that never resumes it.
        unsafe {
            machine.g.sp = init_stack(top, entry, arg.cast());
            mstart(&mut (*arg).g0, &mut (*arg).g);
            setg(null_mut());
        }
        machine.log
    }
}

unsafe extern "C" fn entry(arg: *mut c_void) -> ! {
    // SAFETY: `arg` is the machine, alive until `mstart` returns.
    unsafe {
        let machine = &mut *arg.cast::<Machine>();
        (machine.body)(machine);
        mcall(resume_g0, null_mut());
    }
    unreachable!("a finished context is not resumed")
}

unsafe extern "C" fn resume_g0(g: *mut Context, _arg: *mut c_void) -> *mut Context {
    // SAFETY: `g` is the context that was left.
    unsafe { (*g).g0 }
}

unsafe extern "C" fn resume_same(g: *mut Context, arg: *mut c_void) -> *mut Context {
    // SAFETY: `arg` is the machine's log.
    unsafe { (*arg.cast::<Vec<&'static str>>()).push("on g0") };
    g
}

/// Go's `osSetupTLS`.
#[cfg(windows)]
fn setup_tls() {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn TlsAlloc() -> u32;
    }
    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: the slot is ours, and this is called once.
    ONCE.call_once(|| assert!(unsafe { crate::set_tls_slot(TlsAlloc()) }));
}

struct Entry;

impl CallbackEntry for Entry {
    unsafe extern "C" fn cgocallbackg(
        g: *mut Context,
        callback: *const c_void,
        frame: *mut c_void,
    ) -> Option<crate::CallbackFn> {
        // SAFETY: the tests pass a `fn(*mut Context, *mut Machine)` and the machine.
        unsafe {
            let f: fn(*mut Context, *mut Machine) = core::mem::transmute(callback);
            f(g, frame.cast());
        }
        None
    }
    unsafe extern "C" fn end(_g: *mut Context) {
        unreachable!("no shim was returned")
    }
    unsafe extern "C" fn direct(g: *mut Context, callback: *const c_void, frame: *mut c_void) {
        // SAFETY: as above.
        unsafe {
            (*frame.cast::<Machine>()).log.push("direct");
            Self::cgocallbackg(g, callback, frame);
        }
    }
    unsafe extern "C" fn unwindm(_frame: *mut crate::CallbackFrame, _forced: bool) {
        unreachable!("no test unwinds")
    }
    unsafe extern "C" fn needm() -> *mut Context {
        unreachable!("the thread has a g")
    }
    unsafe extern "C" fn dropm(_g: *mut Context) {
        unreachable!("needm was not called")
    }
}

/// Calls a shim of one argument on the `g0` stack.
///
/// # Safety
/// On the G's stack; the shim is sound to call.
unsafe fn call_out(shim: unsafe extern "C-unwind" fn(*mut c_void), frame: *mut c_void) {
    // SAFETY: `asmcgocall` is called as what it calls, on the G's stack.
    unsafe {
        (*g()).shim = shim as *const c_void;
        let call: unsafe extern "C-unwind" fn(*mut c_void) =
            core::mem::transmute(asmcgocall as unsafe extern "C-unwind" fn());
        call(frame);
    }
}

fn in_callback(g: *mut Context, machine: *mut Machine) {
    // SAFETY: the machine is alive, and this thread alone uses it.
    unsafe {
        (*machine).log.push("callback");
        assert!((*g).cgo_sp.is_null());
        assert_eq!(crate::zero_register(), 0);
        mcall(resume_same, (&raw mut (*machine).log).cast());
        call_out(shim_log, machine.cast());
    }
}

unsafe extern "C-unwind" fn shim_log(frame: *mut c_void) {
    // SAFETY: the frame is the machine.
    unsafe { (*frame.cast::<Machine>()).log.push("in C") };
}

unsafe extern "C-unwind" fn shim_calls_back(frame: *mut c_void) {
    // SAFETY: as the entry expects.
    unsafe {
        (*frame.cast::<Machine>()).log.push("C calls back");
        cgocallback::<Entry>(in_callback as *const c_void, frame);
        (*frame.cast::<Machine>()).log.push("C goes on");
    }
}

#[test]
fn mcall_runs_on_g0_and_comes_back() {
    let log = Machine::run(|machine| {
        machine.log.push("on g");
        // SAFETY: on the G's stack.
        unsafe { mcall(resume_same, (&raw mut machine.log).cast()) };
        machine.log.push("on g again");
    });
    assert_eq!(log, ["on g", "on g0", "on g again"]);
}

#[test]
fn a_call_a_callback_and_a_call_nest() {
    let log = Machine::run(|machine| {
        let frame: *mut Machine = machine;
        // SAFETY: on the G's stack.
        unsafe { call_out(shim_calls_back, frame.cast()) };
        machine.log.push("back");
    });
    assert_eq!(log, ["C calls back", "callback", "on g0", "in C", "C goes on", "back"]);
}

#[test]
fn a_callback_from_rust_stays_on_its_stack() {
    let log = Machine::run(|machine| {
        let frame: *mut Machine = machine;
        // SAFETY: as the entry expects.
        unsafe { cgocallback::<Entry>(in_callback as *const c_void, frame.cast()) };
    });
    assert_eq!(log, ["direct", "callback", "on g0", "in C"]);
}

#[test]
fn drop_to_call_drops_the_c_frames() {
    fn leave(g: *mut Context, machine: *mut Machine) {
        // SAFETY: restores what `cgocallback` saved, as the runtime's `unwindm` does.
        unsafe {
            (*machine).log.push("leave");
            let frame = (*(*g).g0).sp.cast::<crate::CallbackFrame>();
            crate::CallbackFrame::drop_c_frames(frame, g);
            (*g).cgo_sp = (*frame).cgo_sp;
            drop_to_call(g)
        }
    }
    unsafe extern "C-unwind" fn shim(frame: *mut c_void) {
        // SAFETY: as the entry expects.
        unsafe { cgocallback::<Entry>(leave as *const c_void, frame) };
        unreachable!("the C frames were dropped")
    }
    let log = Machine::run(|machine| {
        let frame: *mut Machine = machine;
        for _ in 0..1000 {
            let g0_sp = machine.g0.sp;
            // SAFETY: on the G's stack.
            unsafe { call_out(shim, frame.cast()) };
            assert!(machine.g.cgo_sp.is_null());
            assert_eq!(machine.g0.sp, g0_sp);
        }
    });
    assert_eq!(log.len(), 1000);
}
