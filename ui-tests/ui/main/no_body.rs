#[callgate::main]
fn main();
