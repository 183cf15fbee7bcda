#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: Option<fn(&str)>);
}

fn main() {}
