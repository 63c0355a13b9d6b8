//! Files that must not pass, each with its message.
//!
//! A file is taken as it is; one that begins with `// base: FILE` stands for that world with the values of its
//! `// set: path = value` lines. The messages of all stand in `tests/rejects/messages.txt`; after a change on purpose,
//! `BLESS=1 cargo test --test it rejects` writes it anew, and its difference is what to review.

use std::fmt::Write as _;
use std::path::Path;

use oreworld::world_file::overlay::Override;
use oreworld::world_file::problem::Problems;
use oreworld::world_file::source::Sources;
use oreworld::world_file::{check, include, scan};

use crate::bless;

fn problems_of(path: &str, bytes: &[u8]) -> Problems {
    let mut sources = Sources::default();
    let text = String::from_utf8_lossy(bytes);
    let Some(base) = text.strip_prefix("// base: ").and_then(|rest| rest.lines().next()) else {
        return match scan::read(&mut sources, path, bytes) {
            Ok(root) if root.name.as_deref() == Some("Calibration") => {
                oreworld::calibrate::file::load(Path::new(path), &[]).problems
            }
            Ok(root) => check(&sources, root, &[]).problems,
            Err(problems) => problems,
        };
    };
    let world = std::fs::read(base).expect("the base");
    let root = scan::read(&mut sources, base, &world).expect("a base without problems");
    let joined = include::join_files(&mut sources, root, Path::new(base)).expect("parts that can be read");
    let mut overrides = Vec::new();
    for (index, text) in text.lines().filter_map(|line| line.strip_prefix("// set: ")).enumerate() {
        match Override::parse(&mut sources, &format!("--set #{}", index + 1), text) {
            Ok(found) => overrides.push(found),
            Err(problems) => return problems,
        }
    }
    assert!(!overrides.is_empty(), "{path} sets nothing");
    check(&sources, joined.root, &overrides).with(joined.problems).problems
}

#[test]
fn every_reject_fails_with_its_message() {
    let mut names: Vec<String> = std::fs::read_dir("tests/rejects")
        .expect("tests/rejects")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "ron"))
        .collect();
    names.sort();
    assert!(names.len() >= 60, "only {} rejects", names.len());
    let mut messages = String::new();
    for name in &names {
        let path = format!("tests/rejects/{name}");
        let problems = problems_of(&path, &std::fs::read(&path).expect("readable"));
        assert!(!problems.is_empty(), "{name} passes");
        assert_eq!(problems.has_errors(), !name.starts_with("warn-"), "{name}:\n{problems}");
        assert!(problems.iter().all(|problem| !problem.what.is_empty()), "{name}:\n{problems}");
        write!(messages, "{}\n{}\n", name.trim_end_matches(".ron"), problems).expect("a string");
    }
    bless::compare("tests/rejects/messages.txt", &messages);
}
