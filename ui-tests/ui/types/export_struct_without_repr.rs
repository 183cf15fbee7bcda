/// A point, laid out as Rust likes.
pub struct Point {
    /// Across.
    pub x: f64,
}

#[callgate::export_callback]
pub fn draw(point: Point) {
    let _ = point.x;
}

fn main() {}
