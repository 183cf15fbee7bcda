use core::ffi::c_int;

#[callgate::export_callback]
fn sum(numbers: &[c_int]) -> c_int {
    numbers.iter().sum()
}

fn main() {}
