//! What is refused in edition 2021 as well.

#[test]
fn mistakes_are_told() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
