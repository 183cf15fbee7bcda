#[callgate::export_callback]
fn numbers() -> impl Iterator<Item = i32> {
    core::iter::empty()
}

fn main() {}
