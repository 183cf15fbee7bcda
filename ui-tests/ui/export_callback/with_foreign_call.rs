#[callgate::export_callback]
#[callgate::foreign_call(io)]
fn add(x: i32) -> i32 {
    x
}

fn main() {}
