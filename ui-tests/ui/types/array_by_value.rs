#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: [u8; 16]);
}

fn main() {}
