struct File;

#[callgate::foreign_call]
impl File {}

fn main() {}
