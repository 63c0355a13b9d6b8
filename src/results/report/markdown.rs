//! The report in short, as Markdown in one language: question, answer, table of arms, provenance.

use std::fmt::Write as _;

use super::Runs;
use super::answer::{lines, sentences};
use super::catalog::{Language, say, unit};
use super::measure::phrase;
use super::provenance::command;
use crate::results::summary::Compared;

/// Text within a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// A row of a table with its line end.
pub(super) fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(" | "))
}

/// A chapter.
pub(super) fn chapter(chapter: &Runs, compared: &[Compared], language: Language) -> String {
    let (experiment, manifest) = (&chapter.experiment, &chapter.manifest);
    let word = |key: &str| language.of(say(key)).to_owned();
    let mut out = format!(
        "# {}\n\n{}\n\n## {}\n\n",
        language.of(&experiment.label),
        language.of(&experiment.question),
        word("section.answer")
    );
    for sentence in sentences(experiment, compared) {
        let _ = writeln!(out, "- {}", language.of(&sentence.text));
    }
    let _ = writeln!(out, "\n## {}\n", word("section.arms"));
    let heads =
        ["arms.outcome", "arms.unit", "arms.arm", "arms.mean", "arms.difference", "arms.interval", "arms.seeds"];
    let _ = writeln!(out, "{}|---|---|---|---:|---:|---:|---|", row(&heads.map(word)));
    for line in lines(experiment, compared) {
        let outcome = &experiment.outcomes[line.outcome];
        let cells = [
            format!("{} (`{}`)", language.of(&phrase(experiment, outcome)), outcome.id),
            language.of(&unit(&compared[line.outcome].unit)).to_owned(),
            language.of(&experiment.arms[line.arm].label).to_owned(),
            language.of(&line.mean).to_owned(),
            line.difference,
            line.interval,
            language.of(&line.seeds).to_owned(),
        ];
        out += &row(&cells);
    }
    let program = &manifest.program;
    let _ = write!(
        out,
        "\n## {}\n\n- {}: `{}` `{}`\n- oreworld {}{}\n- `{}`\n- `oreworld verify --all {}`\n",
        word("section.provenance"),
        word("provenance.experiment"),
        manifest.experiment,
        manifest.experiment_hash,
        program.version,
        program.commit.as_ref().map_or_else(String::new, |commit| format!(", `{commit}`")),
        command(manifest),
        chapter.folder.display(),
    );
    out
}
