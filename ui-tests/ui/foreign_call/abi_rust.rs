#[callgate::foreign_call]
unsafe extern "Rust" {
    fn f();
}

fn main() {}
