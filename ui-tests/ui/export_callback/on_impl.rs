struct Engine;

#[callgate::export_callback]
impl Engine {
    fn step(&self) {}
}

fn main() {}
