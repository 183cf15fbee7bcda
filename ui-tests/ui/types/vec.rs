#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: Vec<u8>);
}

fn main() {}
