#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: impl Fn(i32));
}

fn main() {}
