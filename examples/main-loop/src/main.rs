//! A main loop of libuv, on one thread, whose callbacks hand what takes long to Gs.
//!
//! Each of the first ticks of a timer starts a G that waits for a slow device (a pipe), in C. The loop
//! goes on ticking; its later ticks are what the device answers. A G that has its answer says so by a
//! channel, and wakes the loop by `uv_async_send`.

#[cfg(libuv)]
mod readers;
#[cfg(libuv)]
mod uv;

#[cfg(libuv)]
#[callgate::main]
fn main() -> std::process::ExitCode {
    match readers::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("main-loop: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(not(libuv))]
fn main() -> std::process::ExitCode {
    eprintln!(
        "main-loop: there was no libuv when this was built (on Debian: libuv1-dev, pkg-config)"
    );
    std::process::ExitCode::FAILURE
}
