//! What must not compile and what it says; what must compile and run.

#[test]
fn mistakes_are_told() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}

#[test]
fn shapes_compile_and_run() {
    trybuild::TestCases::new().pass("pass/*/*.rs");
}
