#[callgate::main(max_threads = 99999999999999999999999)]
fn main() {}
