#[callgate::foreign_call]
unsafe extern "C" {
    fn f() -> [u8; 16];
}

fn main() {}
