#[callgate::main]
safe fn main() {}
