#[callgate::main]
const fn main() {}
