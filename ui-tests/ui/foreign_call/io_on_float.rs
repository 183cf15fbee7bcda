#[callgate::foreign_call]
unsafe extern "C" {
    #[foreign_call(io)]
    fn cos(x: f64) -> f64;
}

fn main() {}
