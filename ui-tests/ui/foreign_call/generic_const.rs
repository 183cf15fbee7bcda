#[callgate::foreign_call]
unsafe extern "C" {
    fn fill<const N: usize>(p: *mut [u8; N]);
}

fn main() {}
