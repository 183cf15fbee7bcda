//! Methods, by pointers.

use core::ffi::{c_int, c_void};

pub mod inner {
    use core::ffi::c_int;

    pub struct Engine<'a> {
        pub speed: &'a mut c_int,
        pub more: Vec<c_int>,
    }

    #[callgate::export_callback(name = "eng", panic = return(-1))]
    #[cfg(all())]
    impl Engine<'_> {
        pub const FASTEST: c_int = 9;

        /// Faster.
        pub fn faster(&mut self, by: c_int) -> c_int {
            *self.speed = Self::FASTEST.min(*self.speed + by);
            *self.speed
        }

        #[cfg(any())]
        pub fn missing(&self, x: Missing) {}

        #[export_callback(panic = abort)]
        pub fn first(&self) -> Option<&c_int> {
            self.more.first()
        }

        pub(crate) unsafe fn add(&mut self, n: *const c_int) {
            self.more.push(unsafe { *n });
        }

        #[export_callback(panic = unwind)]
        pub async fn sum(&self) -> c_int {
            self.more.iter().sum()
        }

        pub extern "system" fn clear(&mut self) -> c_int {
            self.more.clear();
            0
        }
    }
}

use inner::Engine;

mod c {
    use super::*;

    #[callgate::foreign_call]
    unsafe extern "C" {
        pub fn eng_faster(engine: *mut c_void, by: c_int) -> c_int;
        pub fn eng_first(engine: *const c_void) -> *const c_int;
        pub fn eng_add(engine: *mut c_void, n: *const c_int);
        pub fn eng_sum(engine: *const c_void) -> c_int;
    }
}

fn main() {
    let mut speed = 1;
    let mut engine = Engine { speed: &mut speed, more: vec![] };
    let this = (&raw mut engine).cast::<c_void>();
    unsafe {
        assert_eq!(c::eng_faster(this, 20), 9);
        assert!(c::eng_first(this).is_null());
        c::eng_add(this, &4);
        c::eng_add(this, &5);
        assert_eq!(*c::eng_first(this), 4);
        assert_eq!(c::eng_sum(this), 9);
    }
    assert_eq!(engine.faster(-1), 8);
}
