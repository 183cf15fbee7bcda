//! A G that overflows its stack is reported; faults that are not ours go where they went before.
#![cfg_attr(windows, allow(dead_code, unused_imports))] // what tests of POSIX alone use

mod common;

use callgate::{Builder, export_callback, foreign_call, run};
use callgate_test_c as _;
use common::{child, spawner};
use std::ffi::{c_int, c_ulong, c_void};
use std::hint::black_box;
use std::thread;

#[foreign_call]
unsafe extern "C" {
    fn test_threads(
        n: c_int,
        times: c_int,
        f: extern "C" fn(*mut c_void),
        arg: *mut c_void,
    ) -> c_int;
    fn test_call(f: extern "C" fn(*mut c_void), arg: *mut c_void);
    safe fn test_overflow(n: c_ulong) -> c_ulong;
    fn test_fault(at: *mut c_int) -> c_int;
}

#[inline(never)]
#[allow(unconditional_recursion)]
fn overflow(n: u64) -> u64 {
    let room = black_box([n; 16]);
    overflow(n + 1) + room[(n % 16) as usize]
}

#[export_callback(private)]
fn overflows(_: *mut c_void) {
    overflow(0);
}

const OVERFLOW: &[&str] = &[
    "callgate: fatal: stack overflow in G ",
    "overflow.rs:",
    "131072 bytes",
    "callgate::Builder::stack_size",
];

fn small_stacks() {
    Builder::new().stack_size(128 * 1024).install().unwrap();
}

#[test]
fn a_g_is_reported_with_its_spawn_site_and_size() {
    let end = child("a_g_is_reported_with_its_spawn_site_and_size", || {
        small_stacks();
        let g = spawner().go(|| {
            println!("<G {} of line {}>", callgate::current().id(), line!() - 1);
            overflow(0)
        });
        let _ = g.join();
    });
    end.aborted_with(OVERFLOW);
    // The id and the line are those that the child printed.
    let (_, said) = end.text.split_once("<G ").unwrap();
    let (id, rest) = said.split_once(" of line ").unwrap();
    let (line, _) = rest.split_once('>').unwrap();
    end.aborted_with(&[&format!("in G {id} "), &format!("overflow.rs:{line}:")]);
}

#[test]
fn a_pinned_g_is_reported() {
    let end = child("a_pinned_g_is_reported", || {
        small_stacks();
        let _ = callgate::go_pinned(|| overflow(0)).join();
    });
    end.aborted_with(OVERFLOW);
}

#[test]
fn a_g_in_a_callback_is_reported() {
    let end = child("a_g_in_a_callback_is_reported", || {
        small_stacks();
        let g = spawner().go(|| {
            // SAFETY: the callback ignores its argument.
            unsafe { test_call(overflows, std::ptr::null_mut()) }
        });
        let _ = g.join();
    });
    end.aborted_with(OVERFLOW);
}

#[test]
fn a_callback_on_a_foreign_thread_is_reported() {
    let end = child("a_callback_on_a_foreign_thread_is_reported", || {
        small_stacks();
        // SAFETY: the callback ignores its argument.
        unsafe { test_threads(1, 1, overflows, std::ptr::null_mut()) };
    });
    end.aborted_with(&["stack overflow in a callback on a foreign thread", "131072 bytes"]);
}

#[test]
fn the_main_g_is_reported() {
    let end = child("the_main_g_is_reported", || {
        small_stacks();
        run(|| overflow(0));
    });
    end.aborted_with(&["callgate: fatal: stack overflow", "131072 bytes", "Builder::stack_size"]);
}

#[test]
fn the_last_of_many_is_reported() {
    let end = child("the_last_of_many_is_reported", || {
        small_stacks();
        let parked: Vec<_> = (0..3000).map(|_| spawner().go(callgate::park)).collect();
        let _ = spawner().go(|| overflow(0)).join();
        drop(parked);
    });
    end.aborted_with(OVERFLOW);
}

/// Wine ends such a thread without a word, also in a program without callgate.
#[cfg(unix)]
#[test]
fn a_plain_thread_gets_stds_own_report() {
    let end = child("a_plain_thread_gets_stds_own_report", || {
        run(|| ());
        let _ = thread::Builder::new().name("plainly".into()).spawn(|| overflow(0)).unwrap().join();
    });
    assert!(!end.text.contains("callgate: fatal"), "{end:#?}");
    end.aborted_with(&["plainly", "overflowed its stack"]);
}

#[test]
fn c_that_overflows_the_threads_stack_is_reported() {
    let end = child("c_that_overflows_the_threads_stack_is_reported", || {
        let _ = spawner().go(|| test_overflow(0)).join();
    });
    let words =
        ["callgate: fatal: stack overflow in C", "8388608 bytes", "Builder::thread_stack_size"];
    end.aborted_with(&words);
}

#[cfg(unix)]
/// As a host would: exits with the status that tells the fault's address.
extern "C" fn hosts_handler(signal: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: the kernel passes a siginfo; `_exit` may be called in a handler.
    unsafe { libc::_exit(if (*info).si_addr().addr() == 64 { 40 + signal } else { 1 }) }
}

#[cfg(unix)]
fn install_hosts_handler(signal: c_int) {
    // SAFETY: the handler only ends the process.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = hosts_handler as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        assert_eq!(libc::sigaction(signal, &raw const action, std::ptr::null_mut()), 0);
    }
}

fn fault() {
    // SAFETY: none: the fault is what the test is about. The process doesn't outlive it.
    unsafe { std::ptr::without_provenance::<u8>(64).read_volatile() };
}

fn fault_in_c() {
    // SAFETY: as above.
    unsafe { test_fault(std::ptr::without_provenance_mut(64)) };
}

#[export_callback(private)]
fn faults(_: *mut c_void) {
    fault();
}

#[cfg(unix)]
/// Runs `body` in a child where the host has a handler, which must have been called.
fn goes_to_the_host(test: &str, body: impl FnOnce()) {
    let end = child(test, || {
        install_hosts_handler(libc::SIGSEGV);
        run(|| ());
        body();
    });
    assert_eq!(end.code, Some(40 + libc::SIGSEGV), "{end:#?}");
}

#[cfg(unix)]
#[test]
fn the_hosts_handler_sees_a_fault_of_a_g() {
    goes_to_the_host("the_hosts_handler_sees_a_fault_of_a_g", || {
        let _ = spawner().go(fault).join();
    });
}

#[cfg(unix)]
#[test]
fn the_hosts_handler_sees_a_fault_of_a_thread() {
    goes_to_the_host("the_hosts_handler_sees_a_fault_of_a_thread", fault);
}

#[cfg(unix)]
#[test]
fn the_hosts_handler_sees_a_fault_of_a_foreign_thread() {
    goes_to_the_host("the_hosts_handler_sees_a_fault_of_a_foreign_thread", || {
        // SAFETY: the callback ignores its argument.
        unsafe { test_threads(1, 1, faults, std::ptr::null_mut()) };
    });
}

/// Runs `body`, which faults, in a child where nobody handles that.
fn dies_of_a_fault(test: &str, whose: &str, body: impl FnOnce()) {
    let end = child(test, body);
    #[cfg(unix)]
    assert_eq!(end.signal, Some(libc::SIGSEGV), "{end:#?}");
    #[cfg(windows)]
    assert_eq!(end.code, Some(0xC000_0005_u32 as i32), "{end:#?}");
    assert!(end.text.contains(&format!("at address 0x40, in {whose} G ")), "{end:#?}");
}

#[test]
fn a_fault_in_rust_without_a_host_ends_the_process_by_its_signal() {
    let test = "a_fault_in_rust_without_a_host_ends_the_process_by_its_signal";
    dies_of_a_fault(test, "Rust code of", || {
        let _ = spawner().go(fault).join();
    });
}

#[test]
fn a_fault_in_a_callback_without_a_host_ends_the_process_by_its_signal() {
    let test = "a_fault_in_a_callback_without_a_host_ends_the_process_by_its_signal";
    dies_of_a_fault(test, "Rust code of", || {
        // SAFETY: the callback ignores its argument.
        let _ = spawner().go(|| unsafe { test_call(faults, std::ptr::null_mut()) }).join();
    });
}

#[test]
fn a_fault_in_c_without_a_host_ends_the_process_by_its_signal() {
    let test = "a_fault_in_c_without_a_host_ends_the_process_by_its_signal";
    dies_of_a_fault(test, "C that", || {
        let _ = spawner().go(fault_in_c).join();
    });
}
