//! References in and out, with and without names.

use core::ffi::{c_char, c_int};

#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Text<'a>(&'a c_char);

#[callgate::foreign_call]
unsafe extern "C" {
    #[link_name = "strchr"]
    fn elided(text: &c_char, c: c_int) -> Option<&c_char>;
    #[link_name = "strpbrk"]
    fn named<'a>(text: &'a c_char, any: &c_char) -> Option<&'a c_char>;
    #[link_name = "strstr"]
    fn in_a_type<'a, 'b: 'a>(text: Text<'a>, any: Text<'b>) -> Option<&'a c_char>;
    #[link_name = "strlen"]
    fn placeholder(text: Text<'_>) -> usize;
    #[link_name = "atexit"]
    fn pointer(f: Option<for<'a> extern "C" fn(&'a c_int) -> &'a c_int>) -> c_int;
}

fn main() {
    // SAFETY: the texts end with NUL.
    unsafe {
        let text = &*c"abc".as_ptr();
        assert!(elided(text, 0x62).is_some());
        assert!(named(text, text).is_some());
        assert!(in_a_type(Text(text), Text(text)).is_some());
        assert_eq!(placeholder(Text(text)), 3);
    }
    let _: unsafe fn(_) -> _ = pointer;
}
