#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: char);
}

fn main() {}
