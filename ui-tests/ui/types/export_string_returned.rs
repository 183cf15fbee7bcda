#[callgate::export_callback]
fn version() -> String {
    String::new()
}

fn main() {}
