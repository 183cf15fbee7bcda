struct Program;

#[callgate::main]
impl Program {
    fn main() {}
}

fn main() {}
