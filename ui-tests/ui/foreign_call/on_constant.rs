#[callgate::foreign_call]
const COUNT: u32 = 0;

fn main() {}
