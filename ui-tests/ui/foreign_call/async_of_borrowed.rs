use core::ffi::c_char;

#[repr(C)]
pub struct Text<'a>(&'a c_char);

#[callgate::foreign_call(async)]
unsafe extern "C" {
    fn strlen(text: &c_char) -> usize;
    #[link_name = "strlen"]
    fn length<'a>(text: Text<'a>) -> usize;
    fn getenv(name: *const c_char) -> Option<&c_char>;
    #[link_name = "strlen"]
    fn fine(text: &'static c_char) -> usize;
}

fn main() {
    // The declarations that are refused cause no errors here.
    let text = &(b'x' as c_char);
    let _ = async {
        let _: usize = unsafe { strlen(text) }.await;
        let _: usize = unsafe { length(Text(text)) }.await;
        let _: usize = unsafe { fine(&0) }.await;
    };
}
