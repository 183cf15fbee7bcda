//! Linux: what the kernel tells of the process's threads and signal handlers.

use core::ffi::c_int;

/// What `/proc/self/status` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Census {
    /// All threads of the process.
    pub(crate) threads: usize,
    /// Whether somebody else than the runtime and the libraries below it handles a signal.
    pub(crate) handles_signals: bool,
}

/// Signals whose handlers report faults, and those that glibc and musl use among their own threads.
const OF_THE_SYSTEM: &[c_int] =
    &[libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT, 32, 33, 34];

/// Counts the threads now. `None` where `/proc` can't be read.
pub(crate) fn census() -> Option<Census> {
    parse(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn parse(status: &str) -> Option<Census> {
    let field = |name: &str| {
        status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    };
    let threads = field("Threads")?.parse().ok()?;
    let caught = u64::from_str_radix(field("SigCgt")?, 16).ok()?;
    let of_the_system = OF_THE_SYSTEM.iter().fold(0, |set, signal| set | 1_u64 << (signal - 1));
    Some(Census { threads, handles_signals: caught & !of_the_system != 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_has_the_calling_thread() {
        assert!(census().unwrap().threads >= 1);
    }

    #[test]
    fn fault_handlers_are_not_the_programs() {
        let status = |caught| format!("Name:\tx\nThreads:\t7\nSigCgt:\t{caught:016x}\n");
        let fault = 1 << (libc::SIGSEGV - 1);
        let threads = 7;
        assert_eq!(parse(&status(fault)), Some(Census { threads, handles_signals: false }));
        let usr1 = 1 << (libc::SIGUSR1 - 1);
        assert_eq!(parse(&status(fault | usr1)), Some(Census { threads, handles_signals: true }));
        assert_eq!(parse("Name:\tx\n"), None);
    }
}
