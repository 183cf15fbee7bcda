#[callgate::export_callback]
static COUNT: u32 = 0;

fn main() {}
