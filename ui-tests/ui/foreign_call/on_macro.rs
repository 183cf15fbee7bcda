#[callgate::foreign_call]
#[allow(unused_macros)]
macro_rules! declare {
    () => {};
}

fn main() {}
