#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: _);
}

fn main() {}
