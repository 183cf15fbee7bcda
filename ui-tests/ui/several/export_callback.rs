#[callgate::export_callback(name = "on row", privat, panic = ignore)]
async fn row<T>(text: &str, data: Vec<u8>) -> Option<i32> {
    None
}

fn main() {}
