#[callgate::foreign_call]
unsafe extern "C" {
    #[foreign_call(io)]
    safe fn abort() -> !;
}

fn main() {}
