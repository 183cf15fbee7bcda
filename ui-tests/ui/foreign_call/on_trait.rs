#[callgate::foreign_call]
trait Clock {
    fn time(&self);
}

fn main() {}
