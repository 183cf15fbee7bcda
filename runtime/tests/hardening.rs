//! What stands between a mistake and its use: stacks that can't be executed, guards at both ends of
//! each, and stacks that are cleared where that is asked for.
#![cfg(target_os = "linux")]

mod common;

use callgate::{Builder, run};
use callgate_test_c as _;
use common::{End, begin, child, spawner};
use std::ffi::{CStr, c_int, c_void};
use std::hint::black_box;
use std::{env, fs};

// ---- no executable stack ----

/// The flags of a file's `PT_GNU_STACK`, for 64-bit little-endian ELF.
fn gnu_stack(elf: &[u8]) -> Option<u32> {
    let word = |at: usize, len: usize| {
        let mut bytes = [0; 8];
        bytes[..len].copy_from_slice(&elf[at..at + len]);
        u64::from_le_bytes(bytes) as usize
    };
    assert_eq!(&elf[..6], b"\x7fELF\x02\x01");
    let (offset, size, n) = (word(32, 8), word(54, 2), word(56, 2));
    (0..n)
        .map(|i| offset + i * size)
        .find(|at| word(*at, 4) == libc::PT_GNU_STACK as usize)
        .map(|at| word(at + 4, 4) as u32)
}

fn is_not_executable(name: &str, flags: Option<u32>) {
    // Without the header, loaders make stacks executable.
    let flags = flags.unwrap_or_else(|| panic!("{name} doesn't say what its stack is"));
    assert_eq!(flags & libc::PF_X, 0, "{name} asks for an executable stack");
}

#[test]
fn no_object_of_the_process_asks_for_an_executable_stack() {
    unsafe extern "C" fn each(info: *mut libc::dl_phdr_info, _: usize, n: *mut c_void) -> c_int {
        // SAFETY: the loader passes its own tables, and our counter.
        unsafe {
            let info = &*info;
            let name = CStr::from_ptr(info.dlpi_name).to_string_lossy();
            let headers = std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into());
            let stack = headers.iter().find(|header| header.p_type == libc::PT_GNU_STACK);
            // The kernel's own object has none, and no say.
            if !name.contains("vdso") {
                is_not_executable(&name, stack.map(|header| header.p_flags));
            }
            *n.cast::<usize>() += 1;
        }
        0
    }
    let _test = begin();
    let mut objects = 0_usize;
    // SAFETY: the callback takes the counter.
    unsafe { libc::dl_iterate_phdr(Some(each), (&raw mut objects).cast()) };
    assert!(objects > 0);
}

#[test]
fn a_library_built_on_callgate_does_not_ask_for_one() {
    let _test = begin();
    let library = env::current_exe().unwrap().with_file_name("libcallgate_test_library.so");
    is_not_executable("the library", gnu_stack(&fs::read(library).unwrap()));
}

#[test]
fn this_program_says_so_itself() {
    let _test = begin();
    let program = env::current_exe().unwrap();
    is_not_executable("the test", gnu_stack(&fs::read(program).unwrap()));
}

// ---- guards ----

const SIZE: usize = 128 << 10;

/// Whether a byte can be read, found out by a system call, which fails where a read would fault.
fn readable(at: *const u8, pipe: &[c_int; 2]) -> bool {
    let mut byte = 0_u8;
    // SAFETY: the kernel checks the address; the byte that went in comes out.
    unsafe {
        let n = libc::write(pipe[1], at.cast(), 1);
        n == 1 && libc::read(pipe[0], (&raw mut byte).cast(), 1) == 1
    }
}

/// The first and the last readable byte around a local of the calling G.
fn bounds() -> (*mut u8, *mut u8) {
    let mut pipe = [0; 2];
    // SAFETY: fills the array.
    assert_eq!(unsafe { libc::pipe(pipe.as_mut_ptr()) }, 0);
    let mut local = 0_u8;
    // SAFETY: no preconditions.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
    let here = black_box(&raw mut local);
    let (mut low, mut high) = (here, here.map_addr(|at| at | (page - 1)));
    low = low.map_addr(|at| at & !(page - 1));
    while readable(low.wrapping_sub(1), &pipe) {
        low = low.wrapping_sub(page);
    }
    while readable(high.wrapping_add(1), &pipe) {
        high = high.wrapping_add(page);
    }
    // SAFETY: the two are ours.
    unsafe { (libc::close(pipe[0]), libc::close(pipe[1])) };
    (low, high)
}

/// A runtime with small stacks, whose guards are made in the one way or the other.
fn install(guard_install: bool) {
    Builder::new().stack_size(SIZE).guard_install(guard_install).install().unwrap();
}

fn lie_between_guards(test: &str, guard_install: bool) {
    let _test = begin();
    let end = child(test, || {
        install(guard_install);
        // All at once, so that each has a stack of its own.
        let gs: Vec<_> = (0..50)
            .map(|_| {
                spawner().go(|| {
                    callgate::yield_now();
                    let (low, high) = bounds();
                    assert_eq!(high.addr() + 1 - low.addr(), SIZE);
                    callgate::yield_now();
                    low.addr()
                })
            })
            .collect();
        let mut stacks: Vec<_> = gs.into_iter().map(|g| g.join().unwrap()).collect();
        stacks.sort_unstable();
        // None lies in another, and each has a guard between itself and the next.
        assert!(stacks.windows(2).all(|two| two[0] == two[1] || two[1] - two[0] > SIZE));
    });
    end.succeeded();
}

#[test]
fn stacks_lie_between_guards() {
    lie_between_guards("stacks_lie_between_guards", true);
}

#[test]
fn stacks_lie_between_guards_of_the_old_kind() {
    lie_between_guards("stacks_lie_between_guards_of_the_old_kind", false);
}

/// Writes to the byte that `outside` finds, given the lowest and the highest of a G's stack.
fn faults(test: &str, guard_install: bool, outside: impl Fn(*mut u8, *mut u8) -> *mut u8) -> End {
    let _test = begin();
    let end = child(test, || {
        install(guard_install);
        run(|| {
            let (low, high) = bounds();
            println!("found");
            // SAFETY: none: the fault is what the test is about. The process doesn't outlive it.
            unsafe { outside(low, high).write_volatile(1) };
            println!("written");
        });
    });
    assert!(end.text.contains("found") && !end.text.contains("written"), "{end:#?}");
    end
}

/// Below its stack, a G has used it up.
fn used_up(end: &End) {
    end.aborted_with(&["stack overflow in a callback on a foreign thread", "131072 bytes"]);
}

/// Above it, it has a wrong pointer, and no stack has overflowed.
fn went_astray(end: &End) {
    assert_eq!(end.signal, Some(libc::SIGSEGV), "{end:#?}");
    assert!(!end.text.contains("stack overflow"), "{end:#?}");
    assert!(end.text.contains(" (the guard page above its stack), in Rust code of G "), "{end:#?}");
}

#[test]
fn the_guard_below_a_stack_faults() {
    used_up(&faults("the_guard_below_a_stack_faults", true, |low, _| low.wrapping_sub(1)));
}

#[test]
fn the_guard_above_a_stack_faults() {
    went_astray(&faults("the_guard_above_a_stack_faults", true, |_, high| high.wrapping_add(1)));
}

#[test]
fn the_guard_of_the_old_kind_below_a_stack_faults() {
    let test = "the_guard_of_the_old_kind_below_a_stack_faults";
    used_up(&faults(test, false, |low, _| low.wrapping_sub(4096)));
}

#[test]
fn the_guard_of_the_old_kind_above_a_stack_faults() {
    let test = "the_guard_of_the_old_kind_above_a_stack_faults";
    went_astray(&faults(test, false, |_, high| high.wrapping_add(4096)));
}

/// Another G's guard is nobody's overflow.
#[test]
fn the_guard_of_another_stack_is_no_overflow() {
    let _test = begin();
    let end = child("the_guard_of_another_stack_is_no_overflow", || {
        install(true);
        run(|| {
            let its = spawner().go(|| bounds().0.addr()).join().unwrap();
            // A G that is alive has that stack.
            let _parked: Vec<_> = (0..50).map(|_| spawner().go(callgate::park)).collect();
            callgate::yield_now();
            let guard = std::ptr::without_provenance_mut::<u8>(its - 1);
            // SAFETY: none: the fault is what the test is about. The process doesn't outlive it.
            unsafe { guard.write_volatile(1) };
        });
    });
    assert_eq!(end.signal, Some(libc::SIGSEGV), "{end:#?}");
    assert!(!end.text.contains("stack overflow") && end.text.contains("guard page"), "{end:#?}");
}

// ---- what a new G can read ----

const SECRET: u64 = 0x5ec2_e75e_c2e7_5ec2;

/// Leaves a lot of copies of the secret on the stack.
#[inline(never)]
fn write_secrets() {
    black_box([SECRET; 4096]);
}

/// How many words of the stack below the caller are the secret.
#[inline(never)]
fn secrets_below() -> usize {
    let here = 0_u64;
    let here = black_box(&raw const here);
    // SAFETY: within the stack, as it is four times as large; nothing lives there, and nothing is
    // assumed of what is read.
    (64..4096).filter(|i| unsafe { here.sub(*i).read_volatile() } == SECRET).count()
}

#[test]
fn a_stack_is_cleared_for_the_next_g_if_asked_for() {
    let _test = begin();
    let end = child("a_stack_is_cleared_for_the_next_g_if_asked_for", || {
        Builder::new().procs(1).stack_size(SIZE).clear_stacks(true).install().unwrap();
        run(|| {
            for _ in 0..100 {
                let left = spawner().go(|| {
                    write_secrets();
                    secrets_below()
                });
                assert!(left.join().unwrap() > 0, "the test must find what is there");
                assert_eq!(spawner().go(secrets_below).join().unwrap(), 0);
            }
        });
    });
    end.succeeded();
}
