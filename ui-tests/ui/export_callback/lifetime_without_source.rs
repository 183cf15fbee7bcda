#[callgate::export_callback]
fn longer(a: &i32, b: &i32) -> &i32 {
    if a > b { a } else { b }
}

fn main() {}
