#[callgate::main]
trait Program {
    fn main();
}

fn main() {}
