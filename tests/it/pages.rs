//! Pages of the docs: commands marked as checked print what stands below them, and every verb has such an example.
//!
//! A block of commands below `<!-- checked -->` is run by a shell in a folder of the page's own, which holds links to `worlds` and
//! `experiments`; blocks of a page follow each other in it. What the commands print, on both streams, is compared with the block
//! `text` below them. There a line `…` stands for any lines and `…` within a line for any part of it; times, sizes and hashes are
//! always written so.
//! `BLESS=1 cargo test --test it pages` writes blocks that differ anew.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

/// Marks a block whose commands are run.
const MARK: &str = "<!-- checked -->";

/// What stands for something that differs from run to run.
const ANY: &str = "…";

/// Commands of a page, the lines of the block of text below them, and the place of these lines in the page.
struct Block {
    commands: String,
    text: Vec<String>,
    at: std::ops::Range<usize>,
}

/// Checked blocks of a page.
fn blocks(name: &str, page: &[&str]) -> Vec<Block> {
    let mut found = Vec::new();
    for mark in (0..page.len()).filter(|&line| page[line] == MARK) {
        let end_of =
            |begin: usize| begin + page[begin..].iter().position(|line| *line == "```").expect("an open block");
        assert_eq!(page.get(mark + 1), Some(&"```sh"), "{name}:{}: a mark without commands below it", mark + 1);
        let commands = mark + 2..end_of(mark + 2);
        let text = commands.end + 1 + page[commands.end + 1..].iter().take_while(|line| line.is_empty()).count();
        assert_eq!(page.get(text), Some(&"```text"), "{name}:{}: commands without a text below them", mark + 1);
        let at = text + 1..end_of(text + 1);
        let lines = page[at.clone()].iter().map(|line| (*line).to_owned()).collect();
        found.push(Block { commands: page[commands].join("\n"), text: lines, at });
    }
    found
}

/// What commands print, as pages have it: without times, sizes and hashes.
fn printed(name: &str, commands: &str, folder: &Path) -> Vec<String> {
    let bin = Path::new(env!("CARGO_BIN_EXE_oreworld")).parent().expect("a folder");
    let path = std::env::join_paths(
        std::iter::once(bin.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let output = Command::new("sh")
        .args(["-e", "-c", &format!("exec 2>&1\n{commands}")])
        .current_dir(folder)
        .env("PATH", path.expect("a path"))
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{name}: {}\n{commands}\n{text}", output.status);
    let here = format!("{}/", folder.canonicalize().expect("a folder").display());
    let text = text.replace(env!("CARGO_BIN_EXE_oreworld"), "oreworld").replace(&here, "");
    text.lines().filter(|line| !line.contains(" a second, ")).map(|line| elided(line).trim_end().to_owned()).collect()
}

/// A line with `…` for hashes, times and sizes.
fn elided(line: &str) -> String {
    const UNITS: [&str; 9] = [" s", " cores", " min", " hours", " core hours", " kB", " MB", " GB", " ms"];
    let mut out = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.';
        let token = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        if token.is_empty() {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let after = &rest[token.len()..];
        let hex = token.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        let hashed = hex && (token.len() == 64 || token.len() == 10 && out.ends_with('-'));
        let ends = |unit: &&&str| {
            after.strip_prefix(**unit).is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric()))
        };
        let counted = token.parse::<f64>().is_ok() && UNITS.iter().any(|unit| ends(&unit));
        // The unit of a size may differ too.
        let unit =
            UNITS.iter().find(ends).filter(|_| counted).map_or("", |unit| if unit.ends_with('B') { unit } else { "" });
        out.push_str(if hashed || counted { ANY } else { token });
        rest = &after[unit.len()..];
    }
    out
}

/// Whether lines are as a page has them.
fn agrees(text: &[String], lines: &[String]) -> bool {
    match (text.split_first(), lines.split_first()) {
        (None, None) => true,
        (Some((any, more)), _) if any == ANY => {
            agrees(more, lines) || lines.split_first().is_some_and(|(_, lines)| agrees(text, lines))
        }
        (Some((text, more)), Some((line, lines))) => stands_for(text, line) && agrees(more, lines),
        _ => false,
    }
}

/// Whether a line is as a page has it.
fn stands_for(text: &str, line: &str) -> bool {
    match text.split_once(ANY) {
        None => text == line,
        Some((begin, "")) => line.starts_with(begin),
        Some((begin, rest)) => line.strip_prefix(begin).is_some_and(|line| {
            line.char_indices().map(|(at, _)| &line[at..]).chain([""]).any(|line| stands_for(rest, line))
        }),
    }
}

/// Runs what a page has checked; with `BLESS` set writes what differs, otherwise says what does.
fn check(name: &str) -> Vec<String> {
    let page = std::fs::read_to_string(name).expect("a page");
    let mut lines: Vec<&str> = page.lines().collect();
    let folder = tempfile::tempdir().expect("a folder");
    for linked in ["worlds", "experiments"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(linked);
        std::os::unix::fs::symlink(from, folder.path().join(linked)).expect("a link");
    }
    let mut commands = Vec::new();
    let mut differing: Vec<(std::ops::Range<usize>, Vec<String>)> = Vec::new();
    for block in blocks(name, &lines) {
        let found = printed(name, &block.commands, folder.path());
        if !agrees(&block.text, &found) {
            differing.push((block.at, found));
        }
        commands.push(block.commands);
    }
    if std::env::var_os("BLESS").is_some() && !differing.is_empty() {
        for (at, found) in differing.iter().rev() {
            lines.splice(at.clone(), found.iter().map(String::as_str));
        }
        std::fs::write(name, lines.join("\n") + "\n").expect("writable");
    } else if let Some((at, found)) = differing.first() {
        panic!(
            "{name}:{}: the commands above print something else; BLESS=1 writes it\n{}",
            at.start + 1,
            found.join("\n")
        );
    }
    commands
}

fn pages() -> Vec<String> {
    let docs = std::fs::read_dir("docs").expect("docs").map(|entry| entry.expect("an entry").path());
    let mut pages: Vec<String> = docs
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| path.to_string_lossy().into_owned())
        .chain(["README.md".to_owned()])
        .collect();
    pages.sort();
    pages
}

/// Verbs that the program, or one of its verbs, lists.
fn verbs(of: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_oreworld")).args(of).arg("--help").output().expect("it runs");
    let help = String::from_utf8(output.stdout).expect("text");
    let listed = help.split("Commands:\n").nth(1).map_or("", |rest| rest.split("\n\n").next().unwrap_or_default());
    let first = |line: &str| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')).map(str::to_owned);
    let words = listed.lines().filter_map(first).filter_map(|line| line.split_whitespace().next().map(str::to_owned));
    words.filter(|verb| verb != "help").collect()
}

#[test]
fn commands_on_pages_print_what_stands_below_them_and_every_verb_is_among_them() {
    let commands: Vec<String> = std::thread::scope(|scope| {
        let checks: Vec<_> = pages().into_iter().map(|name| scope.spawn(move || check(&name))).collect();
        checks
            .into_iter()
            .flat_map(|check| check.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let said: BTreeSet<&str> = commands.iter().flat_map(|commands| commands.lines()).collect();
    let shown = |verb: &str| {
        said.iter().any(|line| {
            line.split(['|', ';', '&'])
                .any(|part| part.trim().strip_prefix(verb).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
        })
    };
    let overview = std::fs::read_to_string("docs/commands.md").expect("a page");
    let mut missing = Vec::new();
    for verb in verbs(&[]) {
        if !overview.contains(&format!("\n## {verb}\n")) {
            missing.push(format!("docs/commands.md has no section on {verb}"));
        }
        let parts = verbs(&[&verb]);
        let full: Vec<String> = if parts.is_empty() {
            vec![format!("oreworld {verb}")]
        } else {
            parts.iter().map(|part| format!("oreworld {verb} {part}")).collect()
        };
        missing
            .extend(full.into_iter().filter(|verb| !shown(verb)).map(|verb| format!("no checked example of {verb}")));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn times_sizes_and_hashes_are_left_out() {
    for (line, left) in [
        ("sweeps/a-0123456789/merged", "sweeps/a-…/merged"),
        (
            "time    about 51 s on 2 cores, 0.03 core hours; a run takes 0.080 s",
            "time    about … s on … cores, … core hours; a run takes … s",
        ),
        ("disk    about 164 kB", "disk    about …"),
        ("20 seeds, 3 shares, -0.5 stays", "20 seeds, 3 shares, -0.5 stays"),
    ] {
        assert_eq!(elided(line), left);
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(agrees(&lines("a\n…\nd"), &lines("a\nb\nc\nd")) && agrees(&lines("…"), &[]));
    assert!(agrees(&lines("a … c"), &lines("a b c")) && !agrees(&lines("a … c"), &lines("a b d")));
    assert!(!agrees(&lines("a\n…\nd"), &lines("a\nb\nc")) && !agrees(&lines("a"), &lines("a\nb")));
}
