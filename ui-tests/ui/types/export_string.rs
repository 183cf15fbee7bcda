#[callgate::export_callback]
fn log(text: String) {
    let _ = text;
}

fn main() {}
