#[callgate::export_callback]
fn add<const N: usize>(x: &[u8; N]) {
    let _ = x;
}

fn main() {}
