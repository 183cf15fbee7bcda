//! zlib's gzip files: see <https://zlib.net/manual.html#Gzip>.

use callgate::foreign_call;
// Links the library; its functions are declared below.
use libz_sys as _;
use std::ffi::{CStr, CString, c_char, c_int, c_uint};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// `struct gzFile_s`
#[repr(C)]
struct GzFile {
    _opaque: [u8; 0],
}

#[foreign_call]
unsafe extern "C" {
    #[foreign_call(io)]
    fn gzopen(path: *const c_char, mode: *const c_char) -> *mut GzFile;
    fn gzwrite(file: *mut GzFile, from: *const u8, n: c_uint) -> c_int;
    fn gzclose(file: *mut GzFile) -> c_int;
    fn gzerror(file: *mut GzFile, code: *mut c_int) -> *const c_char;
}

/// A file that is compressed as it is written.
pub struct Writer(*mut GzFile);

// SAFETY: zlib keeps nothing of a thread, and one G at a time has this.
unsafe impl Send for Writer {}

impl Writer {
    /// Makes the file, or makes it empty.
    pub fn create(path: &Path) -> io::Result<Self> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: two strings with an end.
        unsafe { gzopen(path.as_ptr(), c"wb6".as_ptr()) }.map(Writer)
    }

    /// Writes all of `bytes`.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        // SAFETY: the file is open; the bytes live until C returns.
        let n = unsafe { gzwrite(self.0, bytes.as_ptr(), bytes.len() as c_uint) };
        if n as usize == bytes.len() { Ok(()) } else { Err(self.error()) }
    }

    /// Writes what is left, and closes the file.
    pub fn close(self) -> io::Result<()> {
        let file = self.0;
        std::mem::forget(self);
        // SAFETY: closed once: `drop` is not called.
        match unsafe { gzclose(file) } {
            0 => Ok(()),
            code => Err(io::Error::other(format!("zlib's error {code} at the end"))),
        }
    }

    fn error(&self) -> io::Error {
        let mut code = 0;
        // SAFETY: the file is open; its message is valid until the next call.
        let text = unsafe { CStr::from_ptr(gzerror(self.0, &raw mut code)) };
        io::Error::other(text.to_string_lossy().into_owned())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // SAFETY: open, and closed once.
        unsafe { gzclose(self.0) };
    }
}
