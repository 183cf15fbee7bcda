#[callgate::main(procs = -1)]
fn main() {}
