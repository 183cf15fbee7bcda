//! The header, for the C here and, as include/jobs.h, for programs that use the library.

fn main() {
    callgate_build::Build::new()
        .header("jobs.h")
        .copy_header_to("include/jobs.h")
        .c("c/deliver.c")
        .run();
}
