#[callgate::main]
fn main(argc: i32) {}
