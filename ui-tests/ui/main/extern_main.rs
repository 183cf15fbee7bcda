#[callgate::main]
extern "C" fn main() {}
