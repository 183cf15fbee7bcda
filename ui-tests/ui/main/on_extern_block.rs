#[callgate::main]
unsafe extern "C" {
    safe fn abs(x: i32) -> i32;
}

fn main() {}
