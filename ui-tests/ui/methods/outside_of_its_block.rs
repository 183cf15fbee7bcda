struct Engine;

impl Engine {
    #[callgate::export_callback]
    fn step(&self) {}
}

fn main() {}
