#[callgate::main]
fn main<T>() {}
