//! A module in a file of another name.

/// In a module of a module.
pub mod inner {
    use callgate::export_callback;

    #[export_callback]
    fn deep(x: u16) -> u16 {
        x + 1
    }
}
