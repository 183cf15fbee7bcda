struct Engine;

#[callgate::export_callback]
impl Engine {
    fn name(&self, prefix: &str) -> String {
        prefix.into()
    }
}

fn main() {}
