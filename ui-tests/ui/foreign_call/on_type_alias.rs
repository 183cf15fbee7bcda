#[callgate::foreign_call]
type Number = i32;

fn main() {}
