//! A user who knows better may say so.

#[callgate::export_callback(private)]
#[allow(improper_ctypes_definitions)]
fn consume(number: Box<Opaque>) -> usize {
    number.0.len()
}

pub struct Opaque(String);

fn main() {
    assert_eq!(consume(Box::new(Opaque(String::from("abc")))), 3);
}
