#[callgate::main(procs = 0, stack = 4096, max_threads = "many")]
async fn main(argc: i32) {}
