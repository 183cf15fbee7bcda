#[callgate::main]
unsafe fn main() {}
