#[callgate::foreign_call]
static COUNT: u32 = 0;

fn main() {}
