//! Methods, by pointer and by handle.

use std::ffi::c_int;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};

use callgate::{Handle, export_callback};

/// Something that C has, but doesn't see into.
pub struct Engine {
    speed: c_int,
}

#[export_callback]
impl Engine {
    /// A new one, which stands.
    fn new() -> Box<Self> {
        Box::new(Engine { speed: 0 })
    }

    /// Makes it faster, and says how fast it is.
    fn faster(&mut self, by: c_int) -> c_int {
        self.speed += by;
        self.speed
    }

    #[export_callback(name = "engine_speed_now")]
    fn speed(&self) -> c_int {
        self.speed
    }

    fn free(self: Box<Self>) {
        drop(self);
    }

    /// Not for C.
    #[export_callback(skip)]
    #[must_use]
    pub fn text(&self) -> String {
        self.speed.to_string()
    }
}

/// Counts. C has its number alone.
pub struct Counter(AtomicI32);

#[export_callback(handle, name = "counter")]
impl Counter {
    fn new() -> Handle<Self> {
        Handle::new(Counter(AtomicI32::new(0)))
    }

    #[export_callback(error = -1)]
    fn next(&self) -> Result<c_int, std::io::Error> {
        Ok(self.0.fetch_add(1, SeqCst) + 1)
    }

    fn free(this: Handle<Self>) {
        let _ = this.delete();
    }
}
