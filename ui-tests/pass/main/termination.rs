use std::process::{ExitCode, Termination};

#[callgate::main(procs = 1)]
pub fn main() -> impl Termination {
    ExitCode::SUCCESS
}
