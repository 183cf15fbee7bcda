//! The storage of the thread-local `g`, and its name: each target's `tls` module reads and sets it. Rust's
//! own thread-locals are no alternative: the compiler keeps their address across a switch of stacks
//! (llvm/llvm-project#98479), and naked functions can't use them.

/// The name of the thread-local `g`. It carries the crate's version so that two versions of this
/// crate can be linked into one program, each with a `g` of its own; it is hidden, so two libraries
/// in one process don't share it either.
macro_rules! g_symbol {
    () => {
        concat!(
            "callgate_g_v",
            env!("CARGO_PKG_VERSION_MAJOR"),
            "_",
            env!("CARGO_PKG_VERSION_MINOR"),
            "_",
            env!("CARGO_PKG_VERSION_PATCH")
        )
    };
}
pub(crate) use g_symbol;

// Eight bytes of thread-local storage, of which 32-bit targets use four.
#[cfg(not(any(target_vendor = "apple", target_os = "openbsd")))]
core::arch::global_asm!(
    ".pushsection .tbss, \"awT\", %nobits",
    ".balign 8",
    concat!(".globl ", g_symbol!()),
    concat!(".hidden ", g_symbol!()),
    concat!(".type ", g_symbol!(), ", %object"),
    concat!(".size ", g_symbol!(), ", 8"),
    concat!(g_symbol!(), ":"),
    ".zero 8",
    ".popsection",
);

// A descriptor, by which dyld finds or makes each thread's eight bytes.
#[cfg(target_vendor = "apple")]
core::arch::global_asm!(
    concat!(".tbss _", g_symbol!(), "$tlv$init, 8, 3"),
    ".section __DATA,__thread_vars,thread_local_variables",
    concat!(".globl _", g_symbol!()),
    concat!(".private_extern _", g_symbol!()),
    concat!("_", g_symbol!(), ":"),
    ".quad __tlv_bootstrap",
    ".quad 0",
    concat!(".quad _", g_symbol!(), "$tlv$init"),
    ".text",
);
