#[callgate::main]
fn main(_: ...) {}
