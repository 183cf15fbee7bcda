#[callgate::export_callback]
fn add<T>(x: *const T) {
    let _ = x;
}

fn main() {}
