//! inotify(7).

use callgate::foreign_call;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::fmt;
use std::io;
use std::mem::offset_of;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

#[foreign_call(io)]
unsafe extern "C" {
    safe fn inotify_init1(flags: c_int) -> c_int;
    fn inotify_add_watch(fd: c_int, path: *const c_char, mask: u32) -> c_int;
    // Until something happens.
    #[foreign_call(io, blocking)]
    fn read(fd: c_int, to: *mut c_void, n: usize) -> isize;
}

/// What happened to something in the folder.
pub struct Event {
    pub name: String,
    mask: u32,
}

const NAMES: &[(u32, &str)] = &[
    (libc::IN_CREATE, "made"),
    (libc::IN_CLOSE_WRITE, "written"),
    (libc::IN_MOVED_FROM, "renamed from"),
    (libc::IN_MOVED_TO, "renamed to"),
    (libc::IN_DELETE, "removed"),
    (libc::IN_Q_OVERFLOW, "more happened than could be told"),
];

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = NAMES.iter().filter(|(bit, _)| self.mask & bit != 0).map(|(_, name)| *name);
        write!(f, "{}: {}", self.name, names.collect::<Vec<_>>().join(", "))
    }
}

/// The kernel's queue of what happens.
pub struct Inotify(OwnedFd);

impl Inotify {
    /// One that watches nothing yet.
    pub fn new() -> io::Result<Self> {
        let fd = inotify_init1(libc::IN_CLOEXEC)?;
        // SAFETY: it is new, and nobody else's.
        Ok(Inotify(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Watches a folder.
    pub fn add(&mut self, folder: &Path) -> io::Result<()> {
        let path = CString::new(folder.as_os_str().as_bytes())?;
        let mask = NAMES.iter().map(|(bit, _)| bit).sum::<u32>() & !libc::IN_Q_OVERFLOW;
        // SAFETY: a string with an end.
        unsafe { inotify_add_watch(self.0.as_raw_fd(), path.as_ptr(), mask) }.map(drop)
    }

    /// Waits until something has happened.
    pub fn read(&mut self) -> io::Result<Vec<Event>> {
        /// As the kernel wants its records aligned.
        #[repr(align(8))]
        struct Buffer([u8; 4096]);
        let mut buffer = Buffer([0; 4096]);
        let fd = self.0.as_raw_fd();
        // SAFETY: the buffer's own address and length.
        let n = unsafe { read(fd, buffer.0.as_mut_ptr().cast(), buffer.0.len()) }? as usize;
        let mut rest = &buffer.0[..n];
        let mut events = Vec::new();
        while let Some((head, names)) = rest.split_at_checked(size_of::<libc::inotify_event>()) {
            let field = |at: usize| {
                let bytes = head[at..at + 4].try_into().expect("four bytes");
                u32::from_ne_bytes(bytes)
            };
            let (name, next) = names.split_at(field(offset_of!(libc::inotify_event, len)) as usize);
            let name = CStr::from_bytes_until_nul(name).map(CStr::to_string_lossy);
            events.push(Event {
                name: name.unwrap_or_default().into_owned(),
                mask: field(offset_of!(libc::inotify_event, mask)),
            });
            rest = next;
        }
        Ok(events)
    }
}
