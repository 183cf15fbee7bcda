//! Functions that a macro writes, with every fragment that a macro may put in.

use core::ffi::c_int;

macro_rules! callback {
    (
        $(#[$meta:meta])* [$($options:tt)*]
        $vis:vis, $abi:literal, $name:ident($arg:pat => $ty:ty) -> $ret:ty $body:block
    ) => {
        #[callgate::export_callback($($options)*)]
        $(#[$meta])*
        $vis extern $abi fn $name($arg: $ty) -> $ret $body
    };
}

macro_rules! with_value {
    ($vis:vis $name:ident, $value:expr) => {
        #[callgate::export_callback(private, panic = return($value))]
        $vis fn $name(x: c_int) -> c_int {
            x + $value
        }
    };
}

macro_rules! with_symbol {
    ($symbol:literal, $name:ident) => {
        #[callgate::export_callback(name = $symbol)]
        fn $name() -> c_int {
            5
        }
    };
}

macro_rules! whole {
    ($item:item) => {
        #[callgate::export_callback(private)]
        $item
    };
}

callback!(#[must_use] #[doc = "one"] [name = "of_a_macro"] pub, "C", first(x => c_int) -> c_int { x + 1 });
callback!([private], "system", second(_ => c_int) -> c_int { 2 });
with_value!(pub(crate) third, 2 + 1);
with_value!(fourth, 4);
with_symbol!("of_a_macro_fifth", fifth);
whole!(
    fn sixth(x: c_int) -> c_int {
        x
    }
);

fn main() {
    assert_eq!(first(0) + second(9) + third(0) + fourth(0) + fifth() + sixth(6), 21);
}
