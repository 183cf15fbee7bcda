#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: &dyn Send);
}

fn main() {}
