#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: &str);
}

fn main() {}
