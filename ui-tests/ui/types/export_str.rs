#[callgate::export_callback]
fn log(text: &str) {
    let _ = text;
}

fn main() {}
