//! The few functions of libcurl that the program needs: see <https://curl.se/libcurl/c/allfuncs.html>.

use callgate::{export_callback, foreign_call};
use curl_sys::{self as sys, CURL, CURLM, CURLMcode, CURLMsg, CURLcode, CURLoption};
use std::ffi::{CStr, CString, c_char, c_int, c_long, c_uint, c_void};
use std::ptr;
use std::slice;

type Body = unsafe extern "C" fn(*mut u8, usize, usize, *mut c_void) -> usize;
type Progress = extern "C" fn(*mut c_void, i64, i64, i64, i64) -> c_int;

/// The only option that curl-sys has not.
const XFERINFOFUNCTION: CURLoption = 20_219;

// Each shape in which the variadic function is called has a name here.
#[foreign_call]
unsafe extern "C" {
    fn curl_easy_init() -> *mut CURL;
    fn curl_easy_cleanup(easy: *mut CURL);
    #[foreign_call(variadic(c_long))]
    #[link_name = "curl_easy_setopt"]
    fn set_long(easy: *mut CURL, option: CURLoption, ...) -> CURLcode;
    #[foreign_call(variadic(i64))]
    #[link_name = "curl_easy_setopt"]
    fn set_size(easy: *mut CURL, option: CURLoption, ...) -> CURLcode;
    #[foreign_call(variadic(*const c_void))]
    #[link_name = "curl_easy_setopt"]
    fn set_pointer(easy: *mut CURL, option: CURLoption, ...) -> CURLcode;
    #[foreign_call(variadic(Body))]
    #[link_name = "curl_easy_setopt"]
    fn set_body(easy: *mut CURL, option: CURLoption, ...) -> CURLcode;
    #[foreign_call(variadic(Progress))]
    #[link_name = "curl_easy_setopt"]
    fn set_progress(easy: *mut CURL, option: CURLoption, ...) -> CURLcode;
    fn curl_multi_init() -> *mut CURLM;
    fn curl_multi_cleanup(multi: *mut CURLM) -> CURLMcode;
    fn curl_multi_add_handle(multi: *mut CURLM, easy: *mut CURL) -> CURLMcode;
    fn curl_multi_remove_handle(multi: *mut CURLM, easy: *mut CURL) -> CURLMcode;
    /// Calls back for all that has come.
    fn curl_multi_perform(multi: *mut CURLM, running: *mut c_int) -> CURLMcode;
    fn curl_multi_info_read(multi: *mut CURLM, left: *mut c_int) -> *mut CURLMsg;
    /// Until something comes, or the time is over.
    #[foreign_call(blocking)]
    fn curl_multi_poll(
        multi: *mut CURLM,
        extra: *mut c_void,
        n: c_uint,
        milliseconds: c_int,
        ready: *mut c_int,
    ) -> CURLMcode;
}

#[foreign_call(leaf)]
unsafe extern "C" {
    fn curl_easy_strerror(code: CURLcode) -> *const c_char;
    fn curl_multi_strerror(code: CURLMcode) -> *const c_char;
}

/// Something to fetch or to send, and what became of it.
pub struct Transfer {
    pub url: String,
    /// The body that came, once it is whole.
    pub result: Result<Vec<u8>, String>,
    upload: Option<Vec<u8>>,
    sent: usize,
    received: Vec<u8>,
    /// Bytes done, and in all, both ways.
    progress: (u64, u64),
}

impl Transfer {
    /// Fetches what is at `url`.
    pub fn download(url: &str) -> Self {
        Transfer {
            url: url.into(),
            result: Err("it has not ended".into()),
            upload: None,
            sent: 0,
            received: Vec::new(),
            progress: (0, 0),
        }
    }

    /// Puts `body` to `url`.
    pub fn upload(url: &str, body: Vec<u8>) -> Self {
        Transfer { upload: Some(body), ..Transfer::download(url) }
    }

    pub fn is_upload(&self) -> bool {
        self.upload.is_some()
    }
}

/// Some of the body has come.
#[export_callback(private)]
unsafe fn write(from: *mut u8, size: usize, n: usize, transfer: *mut c_void) -> usize {
    // SAFETY: curl passes so many bytes, and the transfer that `add` has given it.
    unsafe {
        let transfer = &mut *transfer.cast::<Transfer>();
        transfer.received.extend_from_slice(slice::from_raw_parts(from, size * n));
    }
    size * n
}

/// There is room for some of the body.
#[export_callback(private)]
unsafe fn read(to: *mut u8, size: usize, n: usize, transfer: *mut c_void) -> usize {
    // SAFETY: as in `write`.
    let (transfer, to) =
        unsafe { (&mut *transfer.cast::<Transfer>(), slice::from_raw_parts_mut(to, size * n)) };
    let left = &transfer.upload.as_deref().unwrap_or_default()[transfer.sent..];
    let some = left.len().min(to.len());
    to[..some].copy_from_slice(&left[..some]);
    transfer.sent += some;
    some
}

/// How far it is.
#[export_callback(private)]
fn progress(transfer: *mut c_void, down_total: i64, down: i64, up_total: i64, up: i64) -> c_int {
    // SAFETY: as in `write`.
    let transfer = unsafe { &mut *transfer.cast::<Transfer>() };
    transfer.progress = ((down + up).max(0) as u64, (down_total + up_total).max(0) as u64);
    0
}

/// Transfers that go on at once.
pub struct Multi {
    multi: *mut CURLM,
    /// Those that run. C has a pointer to each.
    running: Vec<(*mut CURL, *mut Transfer)>,
    ended: Vec<Transfer>,
}

impl Multi {
    /// None yet.
    pub fn new() -> Result<Self, String> {
        // SAFETY: it initializes the library too, which nobody else here uses.
        let multi = unsafe { curl_multi_init() };
        if multi.is_null() {
            return Err("libcurl can't be had".into());
        }
        Ok(Multi { multi, running: Vec::new(), ended: Vec::new() })
    }

    /// Begins a transfer.
    pub fn add(&mut self, transfer: Transfer) -> Result<(), String> {
        let url = CString::new(transfer.url.as_str()).map_err(|error| error.to_string())?;
        // SAFETY: no preconditions.
        let easy = unsafe { curl_easy_init() };
        if easy.is_null() {
            return Err("libcurl has no memory".into());
        }
        let upload = transfer.upload.as_ref().map(Vec::len);
        let transfer = Box::into_raw(Box::new(transfer));
        self.running.push((easy, transfer));
        let data: *const c_void = transfer.cast();
        let (read, write): (Body, Body) = (read, write);
        // SAFETY: each option with a value of its type; curl copies the URL, and the transfer lives
        // until it is removed.
        let codes = unsafe {
            [
                set_pointer(easy, sys::CURLOPT_URL, url.as_ptr().cast()),
                set_body(easy, sys::CURLOPT_WRITEFUNCTION, write),
                set_pointer(easy, sys::CURLOPT_WRITEDATA, data),
                set_body(easy, sys::CURLOPT_READFUNCTION, read),
                set_pointer(easy, sys::CURLOPT_READDATA, data),
                set_progress(easy, XFERINFOFUNCTION, progress),
                set_pointer(easy, sys::CURLOPT_PROGRESSDATA, data),
                set_long(easy, sys::CURLOPT_NOPROGRESS, 0),
                set_long(easy, sys::CURLOPT_FAILONERROR, 1),
                set_long(easy, sys::CURLOPT_UPLOAD, upload.is_some().into()),
                set_size(easy, sys::CURLOPT_INFILESIZE_LARGE, upload.unwrap_or(0) as i64),
            ]
        };
        codes.into_iter().try_for_each(easy_result)?;
        // SAFETY: a new handle.
        multi_result(unsafe { curl_multi_add_handle(self.multi, easy) })
    }

    /// Does what can be done without waiting. False if nothing is left to do.
    pub fn perform(&mut self) -> Result<bool, String> {
        let mut running = 0;
        // SAFETY: room for the result; the callbacks get the transfers, which nobody uses meanwhile.
        multi_result(unsafe { curl_multi_perform(self.multi, &raw mut running) })?;
        let mut left = 0;
        loop {
            // SAFETY: as above.
            let message = unsafe { curl_multi_info_read(self.multi, &raw mut left) };
            if message.is_null() {
                return Ok(running > 0);
            }
            // SAFETY: it is valid until the next call; the result is the code of a transfer that ended.
            let (easy, code) = unsafe { ((*message).easy_handle, (*message).data as CURLcode) };
            self.end(easy, easy_result(code));
        }
    }

    fn end(&mut self, easy: *mut CURL, result: Result<(), String>) {
        let Some(at) = self.running.iter().position(|(handle, _)| *handle == easy) else { return };
        let (easy, transfer) = self.running.swap_remove(at);
        // SAFETY: it was added; after this, C has neither handle nor transfer.
        let mut transfer = unsafe {
            curl_multi_remove_handle(self.multi, easy);
            curl_easy_cleanup(easy);
            *Box::from_raw(transfer)
        };
        transfer.result = result.map(|()| std::mem::take(&mut transfer.received));
        self.ended.push(transfer);
    }

    /// Waits until something can be done.
    pub fn wait(&mut self) -> Result<(), String> {
        let none = ptr::null_mut();
        // SAFETY: no descriptors of ours, and no wish for a count.
        multi_result(unsafe { curl_multi_poll(self.multi, none, 0, 1_000, ptr::null_mut()) })
    }

    /// Bytes done, and bytes in all, as far as they are known.
    pub fn progress(&self) -> (u64, u64) {
        // SAFETY: C uses the transfers in `perform` only.
        let running = self.running.iter().map(|(_, transfer)| unsafe { (**transfer).progress });
        let ended = self.ended.iter().map(|transfer| (transfer.progress.1, transfer.progress.1));
        running.chain(ended).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    /// The transfers that have ended.
    pub fn ended(mut self) -> Vec<Transfer> {
        std::mem::take(&mut self.ended)
    }
}

impl Drop for Multi {
    fn drop(&mut self) {
        while let Some(&(easy, _)) = self.running.first() {
            self.end(easy, Err("it was given up".into()));
        }
        // SAFETY: nothing is left in it.
        unsafe { curl_multi_cleanup(self.multi) };
    }
}

fn easy_result(code: CURLcode) -> Result<(), String> {
    // SAFETY: a string that lives for ever.
    let text = |code| unsafe { CStr::from_ptr(curl_easy_strerror(code)) };
    if code == sys::CURLE_OK { Ok(()) } else { Err(text(code).to_string_lossy().into_owned()) }
}

fn multi_result(code: CURLMcode) -> Result<(), String> {
    // SAFETY: a string that lives for ever.
    let text = |code| unsafe { CStr::from_ptr(curl_multi_strerror(code)) };
    if code == sys::CURLM_OK { Ok(()) } else { Err(text(code).to_string_lossy().into_owned()) }
}
