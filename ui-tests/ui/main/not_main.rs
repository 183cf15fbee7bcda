#[callgate::main]
fn start() {}

fn main() {
    start()
}
