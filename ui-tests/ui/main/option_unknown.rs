#[callgate::main(proc = 2)]
fn main() {}
