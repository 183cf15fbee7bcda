#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: extern "C" fn(&str));
}

fn main() {}
