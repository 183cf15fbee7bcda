//! A plugin's library, as `plugin.h` describes it.

use callgate::{blocking, foreign_call};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::transmute;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

#[foreign_call]
unsafe extern "C" {
    // They run the library's constructors and destructors.
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlclose(library: *mut c_void) -> c_int;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    // The message is the thread's, so it is asked for where the failure was: see `open`.
    fn dlerror() -> *const c_char;
}

/// `struct plugin_host`
#[repr(C)]
pub struct Host {
    pub data: *mut c_void,
    pub emit: unsafe extern "C" fn(*mut c_void, *const u8, usize),
}

/// `struct plugin`
#[repr(C)]
struct Descriptor {
    version: c_int,
    name: *const c_char,
    run: unsafe extern "C" fn(*const Host, *const u8, usize) -> c_int,
}

const VERSION: c_int = 1;

/// An open library. Closed when it is dropped.
pub struct Plugin {
    library: *mut c_void,
    descriptor: *const Descriptor,
}

// SAFETY: the descriptor is constant, and `run` may be called on any thread by the interface.
unsafe impl Send for Plugin {}

impl Plugin {
    /// Opens the library at `path`.
    ///
    /// # Safety
    /// If it exports `plugin_entry`, then as `plugin.h` declares it.
    pub unsafe fn open(path: &Path) -> Result<Self, String> {
        let name = CString::new(path.as_os_str().as_bytes()).map_err(|error| error.to_string())?;
        // The reason of a failure belongs to the thread.
        let _lock = callgate::lock_os_thread();
        // SAFETY: a string with an end.
        let library = unsafe { dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if library.is_null() {
            // SAFETY: there has just been an error, on this thread.
            return Err(unsafe { CStr::from_ptr(dlerror()) }.to_string_lossy().into_owned());
        }
        let mut plugin = Plugin { library, descriptor: std::ptr::null() };
        // SAFETY: the library is open.
        let entry = unsafe { dlsym(library, c"plugin_entry".as_ptr()) };
        if entry.is_null() {
            return Err(format!("{}: is no plugin: it has no plugin_entry", path.display()));
        }
        // SAFETY: by the contract it is this function. What is found at run time is called like any
        // code that may block: where C runs.
        plugin.descriptor = blocking(|| unsafe {
            transmute::<*mut c_void, unsafe extern "C" fn() -> *const Descriptor>(entry)()
        });
        // SAFETY: the library's own, which is open.
        let version = unsafe { (*plugin.descriptor).version };
        if version != VERSION {
            return Err(format!("{}: is of version {version}, not {VERSION}", path.display()));
        }
        Ok(plugin)
    }

    /// What it calls itself.
    pub fn name(&self) -> String {
        // SAFETY: a string of the library's, which is open.
        unsafe { CStr::from_ptr((*self.descriptor).name) }.to_string_lossy().into_owned()
    }

    /// Runs it on `text`, and returns its status.
    ///
    /// # Safety
    /// The host's functions may be called with its data.
    pub unsafe fn run(&self, host: &Host, text: &[u8]) -> c_int {
        // SAFETY: as the interface has it; host and text outlive the call.
        blocking(|| unsafe { ((*self.descriptor).run)(host, text.as_ptr(), text.len()) })
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        // SAFETY: opened once; nothing of it is used any more.
        unsafe { dlclose(self.library) };
    }
}
