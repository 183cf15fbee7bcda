/// A point, laid out as Rust likes.
pub struct Point {
    /// Across.
    pub x: f64,
}

#[callgate::foreign_call]
unsafe extern "C" {
    fn draw(point: Point);
}

fn main() {}
