type Text = String;

#[callgate::foreign_call]
unsafe extern "C" {
    fn draw(text: Text);
}

fn main() {}
