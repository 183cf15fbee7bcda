#[callgate::foreign_call]
unsafe extern "C" {
    fn f() -> &'static str;
}

fn main() {}
