//! The thread-local `g` on x86-64 systems without thread-local storage of the linker's (OpenBSD): a key of the
//! thread library's, made before `main`, asked for by a call. Slower than the others.

use crate::Context;
use crate::tls::g_symbol;
use core::ffi::{c_int, c_uint, c_void};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

unsafe extern "C" {
    fn pthread_key_create(
        key: *mut c_int,
        destructor: Option<unsafe extern "C" fn(*mut c_void)>,
    ) -> c_int;
    fn pthread_getspecific(key: c_int) -> *mut c_void;
    fn pthread_setspecific(key: c_int, value: *const c_void) -> c_int;
}

/// The key.
static KEY: AtomicU32 = AtomicU32::new(c_uint::MAX);

/// Makes the key, when the program or library is loaded.
#[used]
#[unsafe(link_section = ".init_array")]
static MAKE_KEY: unsafe extern "C" fn() = {
    unsafe extern "C" fn make_key() {
        let mut key = 0;
        // SAFETY: fills the key.
        if unsafe { pthread_key_create(&mut key, None) } == 0 {
            KEY.store(key.cast_unsigned(), Relaxed);
        }
    }
    make_key
};

/// The calling thread's `g`, or null where it has none. A call, so nothing is remembered across a switch.
#[unsafe(export_name = concat!(g_symbol!(), "_get"))]
#[inline(never)]
#[must_use]
pub extern "C" fn g() -> *mut Context {
    // SAFETY: a key that was never made is an error that gives null.
    unsafe { pthread_getspecific(KEY.load(Relaxed).cast_signed()).cast() }
}

/// Sets the calling thread's `g`.
///
/// # Safety
/// `g` is null or a live G or `g0` that no other thread has as its `g`.
#[unsafe(export_name = concat!(g_symbol!(), "_set"))]
#[inline(never)]
pub unsafe extern "C" fn setg(g: *mut Context) {
    // SAFETY: the value is the thread's own.
    unsafe { pthread_setspecific(KEY.load(Relaxed).cast_signed(), g.cast()) };
}

/// Calls a function of the two above with all registers kept that may hold arguments.
macro_rules! keeping_arguments {
    ($what:expr) => {
        concat!(
            "sub rsp, 176
            mov qword ptr [rsp], rdi
            mov qword ptr [rsp + 8], rsi
            mov qword ptr [rsp + 16], rdx
            mov qword ptr [rsp + 24], rcx
            mov qword ptr [rsp + 32], r8
            mov qword ptr [rsp + 40], r9
            movups xmmword ptr [rsp + 48], xmm0
            movups xmmword ptr [rsp + 64], xmm1
            movups xmmword ptr [rsp + 80], xmm2
            movups xmmword ptr [rsp + 96], xmm3
            movups xmmword ptr [rsp + 112], xmm4
            movups xmmword ptr [rsp + 128], xmm5
            movups xmmword ptr [rsp + 144], xmm6
            movups xmmword ptr [rsp + 160], xmm7\n",
            $what,
            "
            mov rdi, qword ptr [rsp]
            mov rsi, qword ptr [rsp + 8]
            mov rdx, qword ptr [rsp + 16]
            mov rcx, qword ptr [rsp + 24]
            mov r8, qword ptr [rsp + 32]
            mov r9, qword ptr [rsp + 40]
            movups xmm0, xmmword ptr [rsp + 48]
            movups xmm1, xmmword ptr [rsp + 64]
            movups xmm2, xmmword ptr [rsp + 80]
            movups xmm3, xmmword ptr [rsp + 96]
            movups xmm4, xmmword ptr [rsp + 112]
            movups xmm5, xmmword ptr [rsp + 128]
            movups xmm6, xmmword ptr [rsp + 144]
            movups xmm7, xmmword ptr [rsp + 160]
            add rsp, 176\n"
        )
    };
}

/// Loads `g` into a register. May clobber `rax`, `r10` and `r11`. The stack is aligned as for a call.
macro_rules! load_g {
    ($to:literal) => {
        concat!(
            crate::target::tls::keeping_arguments!(concat!(
                "call ",
                crate::tls::g_symbol!(),
                "_get"
            )),
            "mov ",
            $to,
            ", rax"
        )
    };
}

/// Sets `g` to a register's value. May clobber `rax`, `r10` and `r11`. The stack is aligned as for a call.
macro_rules! store_g {
    ($from:literal) => {
        crate::target::tls::keeping_arguments!(concat!(
            "mov rdi, ",
            $from,
            "\ncall ",
            crate::tls::g_symbol!(),
            "_set"
        ))
    };
}

pub(super) use {keeping_arguments, load_g, store_g};
