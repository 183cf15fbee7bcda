//! `RESULTS.md`: a section for each command, which replaces its own and keeps the others.

use std::fs;
use std::io;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/RESULTS.md");
const TITLE: &str = "# Results\n";

/// Writes the section `heading`.
///
/// # Errors
/// What reading or writing the file says.
pub fn write(heading: &str, body: &str) -> io::Result<()> {
    let old = match fs::read_to_string(PATH) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        old => old.unwrap_or_default(),
    };
    fs::write(PATH, with_section(&old, heading, body))
}

/// `old` with `body` under `heading`: in its section's place, or at the end.
fn with_section(old: &str, heading: &str, body: &str) -> String {
    let mut sections: Vec<(&str, &str)> = old
        .split("\n## ")
        .skip(1)
        .map(|section| section.split_once('\n').unwrap_or((section, "")))
        .collect();
    match sections.iter_mut().find(|(name, _)| *name == heading) {
        Some(section) => section.1 = body,
        None => sections.push((heading, body)),
    }
    let mut text = TITLE.to_owned();
    for (name, body) in sections {
        text.push_str(&format!("\n## {name}\n\n{}\n", body.trim()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::with_section;

    #[test]
    fn a_section_is_added_or_replaced_and_the_others_stay() {
        let one = with_section("", "One", "first\n");
        assert_eq!(one, "# Results\n\n## One\n\nfirst\n");
        let two = with_section(&one, "Two", "second\n");
        assert_eq!(two, "# Results\n\n## One\n\nfirst\n\n## Two\n\nsecond\n");
        let again = with_section(&two, "One", "third");
        assert_eq!(again, "# Results\n\n## One\n\nthird\n\n## Two\n\nsecond\n");
    }
}
