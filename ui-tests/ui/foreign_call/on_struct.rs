#[callgate::foreign_call]
struct Close;

fn main() {}
