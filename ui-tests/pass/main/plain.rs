#[callgate::main]
fn main() {}
