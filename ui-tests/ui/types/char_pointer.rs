#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: *const char);
}

fn main() {}
