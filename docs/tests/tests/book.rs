//! The book's links, its table of contents, and its messages, which are to be those of the source.

use callgate_book::CHAPTERS;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn book() -> PathBuf {
    root().join("docs/book/src")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below a folder with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path, ending)),
            path if path.extension().is_some_and(|e| e == ending) => found.push(path),
            _ => {}
        }
    }
    found
}

/// What is not code, line by line.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

/// Where links lead.
fn links(text: &str) -> Vec<String> {
    let of = |line: &str| -> Vec<_> {
        line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.into())).collect()
    };
    prose(text).flat_map(of).collect()
}

/// The names that headings have as targets of links, by mdBook's rule, which is GitHub's too.
fn anchors(text: &str) -> BTreeSet<String> {
    let of = |line: &str| {
        let heading = line.strip_prefix('#')?.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        Some(kept.map(|c| if c == ' ' { '-' } else { c }).collect())
    };
    prose(text).filter_map(of).collect()
}

#[test]
fn links_lead_somewhere() {
    let root = root();
    let mut sources = files(&book(), "md");
    for file in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"] {
        sources.push(root.join(file));
    }
    sources.extend(["examples/README.md", "runtime/tests/README.md"].map(|file| root.join(file)));
    let (mut wrong, mut n) = (Vec::new(), 0);
    for source in sources {
        for link in links(&read(&source)) {
            if link.contains("://") {
                continue;
            }
            n += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => source.clone(),
                file => source.parent().unwrap().join(file),
            };
            let there =
                target.exists() && (anchor.is_empty() || anchors(&read(&target)).contains(anchor));
            if !there {
                wrong.push(format!("{}: {link}", source.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(n > 80, "only {n} links were found");
}

#[test]
fn every_chapter_is_in_the_table_of_contents_and_is_tested() {
    let there: BTreeSet<_> = files(&book(), "md")
        .iter()
        .map(|path| path.strip_prefix(book()).unwrap().to_str().unwrap().to_owned())
        .filter(|path| path != "SUMMARY.md")
        .collect();
    let listed = links(&read(&book().join("SUMMARY.md")));
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), there);
    assert_eq!(listed.len(), there.len(), "a chapter is listed twice");
    assert_eq!(CHAPTERS.iter().map(|path| path.to_string()).collect::<BTreeSet<_>>(), there);
}

/// The source of a folder, with each string in one line.
fn source(folder: &str) -> String {
    let mut text = String::new();
    for file in files(&root().join(folder), "rs") {
        for line in read(&file).lines() {
            match line.trim().strip_suffix('\\') {
                Some(more) => text.push_str(more),
                None => {
                    text.push_str(line.trim());
                    text.push('\n');
                }
            }
        }
    }
    text
}

/// The messages that the chapter explains.
fn messages() -> Vec<String> {
    let text = read(&book().join("messages.md"));
    text.lines().filter_map(|line| Some(line.strip_prefix("> ")?.to_owned())).collect()
}

#[test]
fn the_messages_of_the_book_are_those_of_the_source() {
    let mut source = source("runtime/src");
    // What the compiler says is compared in the ui tests.
    files(&root().join("ui-tests/ui"), "stderr").iter().for_each(|file| source += &read(file));
    for message in messages() {
        let mut parts = message.split('…');
        assert!(parts.all(|part| source.contains(part)), "nothing says `{message}`");
    }
}

#[test]
fn the_book_has_every_fatal_message() {
    let source = source("runtime/src");
    let messages = messages();
    let (mut missing, mut n) = (Vec::new(), 0);
    for said in source.split("fatal!(").skip(1) {
        // The first string of the macro's arguments.
        let Some(text) = said.trim_start().strip_prefix('"') else { continue };
        let text = text.split_once("\"").expect("a string ends").0;
        // An error's own words.
        if text == "{error}" {
            continue;
        }
        n += 1;
        let is_there =
            messages.iter().any(|message| message.split('…').all(|part| text.contains(part)));
        if !is_there {
            missing.push(text);
        }
    }
    assert!(missing.is_empty(), "messages.md has nothing on {missing:#?}");
    assert!(n >= 20, "only {n} messages were found");
}

/// A program of the README of the examples has one command, and a test that runs what it runs.
#[test]
fn each_example_has_a_command_and_a_test() {
    let examples = root().join("examples");
    let text = read(&examples.join("README.md"));
    let tests: String = files(&examples, "rs")
        .iter()
        .filter(|file| file.parent().unwrap().ends_with("tests"))
        .map(|file| read(file))
        .collect();
    let manifests: String = files(&examples, "toml").iter().map(|file| read(file)).collect();
    let mut n = 0;
    for section in text.split("\n## ").skip(1) {
        let (name, rest) = section.split_once('\n').unwrap();
        let command = rest.lines().next().unwrap().trim_matches('`');
        let words: Vec<_> = command.split(' ').collect();
        assert_eq!(words[..3], ["cargo", "run", "--release"], "{name}");
        let after = |option| {
            let at = words.iter().position(|word| *word == option)?;
            words.get(at + 1).copied()
        };
        // The workspace's default is the tour.
        let program = after("--bin").or(after("-p")).unwrap_or("tour");
        assert!(manifests.contains(&format!("name = \"{program}\"")), "{name}: {command}");
        assert!(tests.contains(&format!("CARGO_BIN_EXE_{program}\"")), "{name} has no test");
        n += 1;
    }
    assert!(n >= 9, "only {n} programs were found");
}
