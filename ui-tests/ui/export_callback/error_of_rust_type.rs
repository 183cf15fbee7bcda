#[callgate::export_callback(error = None)]
fn name() -> Result<Option<String>, String> {
    Ok(None)
}

fn main() {}
