#[callgate::export_callback(panic = return(1))]
fn die() -> ! {
    std::process::abort()
}

fn main() {}
