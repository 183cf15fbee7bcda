#[callgate::main]
async fn main() {}
