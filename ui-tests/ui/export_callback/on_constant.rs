#[callgate::export_callback]
const COUNT: u32 = 0;

fn main() {}
