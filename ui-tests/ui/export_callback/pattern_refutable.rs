#[callgate::export_callback]
fn add(1: i32) -> i32 {
    1
}

fn main() {}
