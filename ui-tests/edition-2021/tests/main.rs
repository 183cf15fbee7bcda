//! `#[callgate::main]` in edition 2021: the test is the program, and its success the result.

#[callgate::main(procs = 2, stack_size = 64 * 1024, max_threads = 64)]
fn main() -> Result<(), std::num::ParseIntError> {
    assert_eq!(callgate::metrics().procs, 2);
    let number: i32 = "5".parse()?;
    let g = callgate::go_pinned(move || number + 1);
    assert_eq!(g.join().unwrap(), 6);
    Ok(())
}
