#[callgate::main(procs = 2, procs = 3)]
fn main() {}
