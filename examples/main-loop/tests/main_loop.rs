//! The program as a user runs it.

use std::process::Command;

#[test]
fn the_loop_ticks_while_its_gs_wait() {
    let output = Command::new(env!("CARGO_BIN_EXE_main-loop")).output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    if cfg!(not(libuv)) {
        eprintln!("not tried: there is no libuv here");
        assert!(!output.status.success() && said.contains("no libuv"), "{text}\n{said}");
        return;
    }
    assert!(output.status.success(), "{text}\n{said}");
    let (readers, end) = text.trim_end().rsplit_once('\n').expect("several lines");
    assert_eq!(end, "8 readers waited in C, and held no tick of the loop up");
    // Each has read one of the bytes that the later ticks wrote; which one is the kernel's affair.
    let mut lines: Vec<_> = readers.lines().filter_map(|line| line.split_once(": ")).collect();
    lines.sort_by_key(|(_, byte)| byte.parse::<u8>().unwrap_or(0));
    let bytes: Vec<_> = lines.iter().map(|(_, byte)| byte.to_string()).collect();
    assert_eq!(bytes, (8..16).map(|byte: u8| byte.to_string()).collect::<Vec<_>>());
    lines.sort();
    let names: Vec<_> = lines.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, (0..8).map(|i| format!("reader {i}")).collect::<Vec<_>>());
}
