#[callgate::foreign_call(leaf, leaf)]
unsafe extern "C" {
    safe fn abs(x: i32) -> i32;
}

fn main() {}
