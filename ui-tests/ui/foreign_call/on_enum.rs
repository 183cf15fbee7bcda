#[callgate::foreign_call]
enum Whence {
    Start,
}

fn main() {}
