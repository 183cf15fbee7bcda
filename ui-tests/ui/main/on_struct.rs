#[callgate::main]
struct App;

fn main() {}
