#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: &[u8]);
}

fn main() {}
