#[callgate::main(procs = 1.5)]
fn main() {}
