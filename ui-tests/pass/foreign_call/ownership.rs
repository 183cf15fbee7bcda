//! A value passed to C is C's: it is not dropped here as well.

#[repr(C)]
pub struct Number(i32);

impl Drop for Number {
    fn drop(&mut self) {
        panic!("dropped in Rust");
    }
}

#[callgate::foreign_call]
unsafe extern "C" {
    #[link_name = "abs"]
    safe fn consume(number: Number) -> i32;
}

fn main() {
    assert_eq!(consume(Number(-3)), 3);
}
