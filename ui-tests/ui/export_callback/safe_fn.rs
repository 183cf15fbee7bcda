#[callgate::export_callback]
safe fn tick() {}

fn main() {}
