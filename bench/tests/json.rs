//! The shape of what `peers` prints. What the numbers are is the machine's affair.

use serde_json::Value;
use std::process::Command;

#[test]
fn json_has_one_object_a_line() {
    let out = Command::new(env!("CARGO_BIN_EXE_callgate-bench"))
        .args(["peers", "--json", "--rows", "call,callback", "--who", "callgate,plain"])
        .args(["--rounds", "2"])
        .output()
        .expect("the program starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).expect("UTF-8");
    let mut seen = Vec::new();
    for line in text.lines() {
        let object: Value = serde_json::from_str(line).expect("JSON");
        let object = object.as_object().expect("an object");
        let number = |key: &str| object[key].as_f64().expect("a number");
        let mut keys: Vec<_> = object.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["max", "median", "min", "procs", "row", "runs", "unit", "who"]);
        assert_eq!(object["unit"], "ns");
        assert_eq!(object["procs"], 1);
        // Disturbed runs may have been left out.
        assert!((3.0..=9.0).contains(&number("runs")));
        assert!(0.0 < number("min") && number("min") <= number("median"));
        assert!(number("median") <= number("max"));
        seen.push([&object["row"], &object["who"]].map(|v| v.as_str().map(String::from)));
    }
    let expected =
        [("call", "callgate"), ("call", "plain"), ("callback", "callgate"), ("callback", "plain")];
    assert_eq!(seen, expected.map(|(row, who)| [Some(row.into()), Some(who.into())]));
}

#[test]
fn a_row_that_is_none_is_an_error() {
    let out = Command::new(env!("CARGO_BIN_EXE_callgate-bench"))
        .args(["peers", "--rows", "cal"])
        .output()
        .expect("the program starts");
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("`cal` is no row"));
}
