#[callgate::main(procs)]
fn main() {}
