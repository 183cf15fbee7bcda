#[callgate::export_callback]
fn sum(numbers: Vec<i32>) -> i32 {
    numbers.iter().sum()
}

fn main() {}
