const PROCS: usize = 2;

#[callgate::main(procs = PROCS, stack_size = 64 * 1024, max_threads = 0x200)]
fn main() -> Result<(), std::num::ParseIntError> {
    let _: i32 = "1".parse()?;
    Ok(())
}
