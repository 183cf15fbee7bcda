struct Engine;

trait Step {
    fn step(&self);
}

#[callgate::export_callback]
impl Step for Engine {
    fn step(&self) {}
}

fn main() {}
