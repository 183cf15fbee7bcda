#[callgate::foreign_call(io, errno)]
unsafe extern "C" {
    fn close(fd: i32) -> i32;
}

fn main() {}
