macro_rules! declare {
    () => {
        fn abs(x: i32) -> i32;
    };
}

#[callgate::foreign_call]
unsafe extern "C" {
    #[foreign_call(leaf)]
    declare!();
}

fn main() {}
