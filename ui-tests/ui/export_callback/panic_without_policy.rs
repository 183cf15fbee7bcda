#[callgate::export_callback(panic = )]
fn tick() {}

fn main() {}
