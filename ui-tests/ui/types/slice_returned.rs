#[callgate::foreign_call]
unsafe extern "C" {
    fn f() -> &'static [u8];
}

fn main() {}
