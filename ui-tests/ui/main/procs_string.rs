#[callgate::main(procs = "two")]
fn main() {}
