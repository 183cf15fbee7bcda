#[callgate::main]
fn main() {
    let x: u32 = "text";
}
