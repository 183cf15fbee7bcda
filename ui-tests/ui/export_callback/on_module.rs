#[callgate::export_callback]
mod callbacks {
    pub fn tick() {}
}

fn main() {}
