//! A sweep in short, as Markdown in one language: question, answer, table of arms, what the factors do, provenance.

use std::fmt::Write as _;

use super::answer::{lines, sentences};
use super::{Swept, named};
use crate::results::report::catalog::{Language, say};
use crate::results::report::markdown::row;
use crate::results::report::measure::phrase;
use crate::sweep::analysis::Interval;

/// The chapter.
pub(in crate::results::report) fn markdown(swept: &Swept, language: Language) -> String {
    let experiment = &swept.sweep.experiment;
    let word = |key: &str| language.of(say(key)).to_owned();
    let mut out = format!(
        "# {}\n\n{}\n\n## {}\n\n",
        language.of(&experiment.label),
        language.of(&experiment.question),
        word("section.answer")
    );
    for (text, _) in sentences(swept) {
        let _ = writeln!(out, "- {}", language.of(&text));
    }
    let _ = writeln!(out, "\n## {}\n", word("section.arms"));
    let heads = [
        "arms.outcome",
        "arms.unit",
        "arms.arm",
        "arms.mean",
        "arms.difference",
        "arms.interval",
        "over.nine",
        "over.above",
    ];
    let _ = writeln!(out, "{}|---|---|---|---:|---:|---:|---:|---:|", row(&heads.map(word)));
    for line in lines(swept) {
        let outcome = &experiment.outcomes[line.outcome];
        let mut cells = vec![
            format!("{} (`{}`)", language.of(&phrase(experiment, outcome)), outcome.id),
            language.of(&swept.unit(line.outcome)).to_owned(),
            language.of(&experiment.arms[line.arm].label).to_owned(),
            line.mean.clone(),
        ];
        cells.extend(line.cells());
        out += &row(&cells);
    }
    let heads =
        ["arms.outcome", "arms.arm", "factor.factor", "sobol.first", "sobol.total", "morris.size", "ranks.rank"];
    let mut rows = Vec::new();
    for found in &swept.found {
        for (arm, label) in experiment.arms.iter().map(|arm| &arm.label).enumerate() {
            for factor in found.order() {
                let one = &found.sensitivities[arm][factor];
                let index =
                    |index: Option<Interval>| index.map_or_else(String::new, |index| format!("{:.2}", index.value));
                let size =
                    one.morris.map(|effect| crate::results::summary::figure(swept.shown(found.outcome, effect.size)));
                rows.push([
                    language.of(&phrase(experiment, &experiment.outcomes[found.outcome])).to_owned(),
                    language.of(label).to_owned(),
                    language.of(&named(&swept.factors()[factor])).to_owned(),
                    index(one.first_order),
                    index(one.total),
                    size.unwrap_or_default(),
                    index(one.rank),
                ]);
            }
        }
    }
    if rows.iter().any(|row| row[3..].iter().any(|cell| !cell.is_empty())) {
        let _ = writeln!(out, "\n## {}\n", word("section.matter"));
        let _ = writeln!(out, "{}|---|---|---|---:|---:|---:|---:|", row(&heads.map(word)));
        for cells in &rows {
            out += &row(cells);
        }
    }
    let program = &swept.merged.program;
    let _ = write!(
        out,
        "\n## {}\n\n- {}: `{}` `{}`\n- oreworld {}{}\n- `oreworld sweep verify {}`\n",
        word("section.provenance"),
        word("provenance.plan"),
        swept.merged.experiment,
        swept.merged.plan_hash,
        program.version,
        program.commit.as_ref().map_or_else(String::new, |commit| format!(", `{commit}`")),
        swept.folder.display(),
    );
    out
}
