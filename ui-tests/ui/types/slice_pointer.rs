#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: *const [u8]);
}

fn main() {}
