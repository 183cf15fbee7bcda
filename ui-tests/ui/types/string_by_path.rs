#[callgate::foreign_call]
unsafe extern "C" {
    fn f(x: std::string::String);
}

fn main() {}
