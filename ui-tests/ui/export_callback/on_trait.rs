#[callgate::export_callback]
trait Clock {
    fn time(&self);
}

fn main() {}
