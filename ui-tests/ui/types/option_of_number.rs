#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: Option<u32>);
}

fn main() {}
