//! The book under `docs/book`: its Rust as doctests, its C built in for them to call.

/// Each chapter, by its path.
macro_rules! chapters {
    ($($name:ident = $path:literal;)*) => {$(
        #[cfg(doctest)]
        #[doc = include_str!(concat!("../../book/src/", $path))]
        mod $name {}
    )*
    /// The files that are tested, for the test that these are all.
    pub const CHAPTERS: &[&str] = &[$($path),*];
    };
}

chapters! {
    introduction = "introduction.md";
    tour = "tour.md";
    foreign_call = "foreign_call/index.md";
    errno = "foreign_call/errno.md";
    io = "foreign_call/io.md";
    leaf = "foreign_call/leaf.md";
    blocking = "foreign_call/blocking.md";
    awaited = "foreign_call/async.md";
    variadic = "foreign_call/variadic.md";
    export_callback = "export_callback/index.md";
    name = "export_callback/name.md";
    private = "export_callback/private.md";
    panic = "export_callback/panic.md";
    error = "export_callback/error.md";
    methods = "export_callback/methods.md";
    main = "main.md";
    cgo = "cgo.md";
    spawn_blocking = "spawn_blocking.md";
    safety = "safety.md";
    messages = "messages.md";
}

// Linked for what they bring.
use {async_channel as _, callgate as _, callgate_build as _, libc as _, tokio as _};
