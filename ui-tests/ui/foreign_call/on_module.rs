#[callgate::foreign_call]
mod c {}

fn main() {}
