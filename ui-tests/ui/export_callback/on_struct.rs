#[callgate::export_callback]
struct Add;

fn main() {}
