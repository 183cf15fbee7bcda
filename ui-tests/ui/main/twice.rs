#[callgate::main(procs = 2)]
#[callgate::main(max_threads = 8)]
fn main() {}
