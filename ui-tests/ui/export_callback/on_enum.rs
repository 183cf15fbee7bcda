#[callgate::export_callback]
enum Whence {
    Start,
}

fn main() {}
