//! Where the numbers come from: program, inputs, seeds, hashes, and the commands that give and check them again.

use std::fmt::Write as _;

use super::catalog::{fill, plain, say};
use super::html::{Head, Row, both, escape, folded, table, text};
use crate::experiment::Experiment;
use crate::results::manifest::{FileEntry, Manifest, Program};

/// Where the program comes from, with the commit if it is known.
pub(super) fn program(program: &Program) -> String {
    let mut out = format!("oreworld {}", escape(&program.version));
    if let Some(commit) = &program.commit {
        let _ = write!(out, ", {} <code>{}</code>", text("provenance.commit"), escape(commit));
    }
    if program.dirty == Some(true) {
        let _ = write!(out, " {}", text("provenance.dirty"));
    }
    for built in [&program.rustc, &program.target].into_iter().flatten() {
        let _ = write!(out, "; {}", escape(built));
    }
    out
}

/// The command that gives the same results from the copies of the inputs.
pub(super) fn command(manifest: &Manifest) -> String {
    let mut out = format!("oreworld run EXPERIMENT.ron --seeds {}", manifest.seeds);
    for set in &manifest.overrides {
        let _ = write!(out, " --set '{set}'");
    }
    out
}

/// Provenance as HTML.
pub(super) fn html(experiment: &Experiment, manifest: &Manifest, folder: &str) -> String {
    let hash = |hash: &str| format!("<code>{}</code>", escape(hash));
    let known = |found: &Option<String>| found.as_deref().map_or_else(|| text("provenance.unknown"), hash);
    let last = manifest.first_seed + u64::from(manifest.seeds.max(1)) - 1;
    let size = [("arms", manifest.arms.len()), ("seeds", manifest.seeds as usize), ("runs", manifest.runs.len())];
    let size: Vec<(&str, crate::id::Label)> = size.into_iter().map(|(name, count)| (name, plain(count))).collect();
    let mut parts: Vec<(&str, &crate::id::Label)> = size.iter().map(|(name, label)| (*name, label)).collect();
    let (first, last, weeks) = (plain(manifest.first_seed), plain(last), plain(manifest.weeks));
    let (from, until) =
        (plain(experiment.calendar.day(0)), plain(experiment.calendar.day(experiment.weeks.saturating_sub(1))));
    parts.extend([("first", &first), ("last", &last), ("weeks", &weeks), ("from", &from), ("until", &until)]);
    let levers = if manifest.levers.is_empty() { text("provenance.none") } else { escape(&manifest.levers.join(", ")) };
    let entries = [
        (
            "provenance.experiment",
            format!("<code>{}</code>, {}", escape(&manifest.experiment), hash(&manifest.experiment_hash)),
        ),
        ("provenance.runs", both(&fill("provenance.size", &parts))),
        ("provenance.levers", levers),
        ("provenance.program", program(&manifest.program)),
        ("provenance.source", known(&manifest.program.source_blake3)),
        ("provenance.lock", known(&manifest.program.lock_blake3)),
        ("provenance.overrides", list(&manifest.overrides)),
        ("provenance.warnings", list(&manifest.warnings)),
        ("provenance.residual", format!("{}", manifest.ledger_residual)),
        ("provenance.manifest", hash(&manifest.blake3_of_this_file)),
    ];
    let mut out = String::from("<dl>\n");
    for (key, value) in entries {
        let _ = writeln!(out, "<dt>{}</dt><dd>{value}</dd>", text(key));
    }
    let _ = writeln!(
        out,
        "</dl>\n<p>{}</p>\n<pre tabindex=\"0\"><code>{}\noreworld verify --all {}</code></pre>",
        text("provenance.again"),
        escape(&command(manifest)),
        escape(folder)
    );
    out + &files(&manifest.files)
}

/// Texts one beneath the other.
pub(super) fn list(all: &[String]) -> String {
    if all.is_empty() {
        return text("provenance.none");
    }
    all.iter().map(|one| format!("<code>{}</code>", escape(one))).collect::<Vec<_>>().join("<br>")
}

/// Every file with its hash.
pub(super) fn files(all: &[FileEntry]) -> String {
    let row = |file: &FileEntry| Row {
        arm: None,
        cells: vec![
            format!("<code>{}</code>", escape(&file.name)),
            file.bytes.to_string(),
            file.rows.map_or_else(String::new, |rows| rows.to_string()),
            format!("<code>{}</code>", escape(&file.blake3)),
        ],
    };
    let heads = [
        Head::words(say("provenance.file")),
        Head::number(say("provenance.bytes")),
        Head::number(say("provenance.rows")),
        Head::words(say("provenance.blake3")),
    ];
    let rows: Vec<Row> = all.iter().map(row).collect();
    folded(say("provenance.files"), &table(say("provenance.files"), &heads, &rows, true))
}
