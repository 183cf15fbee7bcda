#[callgate::foreign_call]
unsafe extern "C" {
    fn free<T>(p: *mut T);
}

fn main() {}
