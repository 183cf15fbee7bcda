#[callgate::foreign_call]
unsafe extern "C" {
    safe fn abs(x: i32) -> i32 {
        if x < 0 { -x } else { x }
    }
}

fn main() {}
