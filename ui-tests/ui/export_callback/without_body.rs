#[callgate::export_callback]
fn add(x: i32) -> i32;

fn main() {}
