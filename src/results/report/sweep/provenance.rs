//! Where the numbers of a sweep come from.

use std::fmt::Write as _;

use super::Swept;
use crate::results::report::catalog::{fill, plain, say};
use crate::results::report::html::{both, escape, text};
use crate::results::report::provenance::{files, list, program};

/// Provenance as HTML.
pub(super) fn html(swept: &Swept) -> String {
    let (experiment, plan, merged) = (&swept.sweep.experiment, &swept.sweep.plan, &swept.merged);
    let hash = |hash: &str| format!("<code>{}</code>", escape(hash));
    let known = |found: &Option<String>| found.as_deref().map_or_else(|| text("provenance.unknown"), hash);
    let last = plan.first_seed + u64::from(plan.seeds.max(1)) - 1;
    let (arms, points, runs, weeks) =
        (plain(swept.arms()), plain(plan.points), plain(plan.runs), plain(experiment.weeks));
    let (seeds, first, last) = (plain(plan.seeds), plain(plan.first_seed), plain(last));
    let day = |week| plain(experiment.calendar.day(week));
    let (from, until) = (day(0), day(experiment.weeks.saturating_sub(1)));
    let parts = [
        ("arms", &arms),
        ("points", &points),
        ("seeds", &seeds),
        ("first", &first),
        ("last", &last),
        ("runs", &runs),
        ("weeks", &weeks),
        ("from", &from),
        ("until", &until),
    ];
    let levers =
        if experiment.levers.is_empty() { text("provenance.none") } else { escape(&experiment.levers.join(", ")) };
    let entries = [
        (
            "provenance.experiment",
            format!("<code>{}</code>, {}", escape(&merged.experiment), hash(&plan.experiment_hash)),
        ),
        ("provenance.plan", hash(&merged.plan_hash)),
        ("provenance.runs", both(&fill("provenance.sweep-size", &parts))),
        ("provenance.levers", levers),
        ("provenance.program", program(&merged.program)),
        ("provenance.source", known(&merged.program.source_blake3)),
        ("provenance.lock", known(&merged.program.lock_blake3)),
        ("provenance.overrides", list(&plan.overrides)),
        ("provenance.warnings", list(&experiment.warnings)),
        ("provenance.manifest", hash(&merged.blake3_of_this_file)),
    ];
    let mut out = String::from("<dl>\n");
    for (key, value) in entries {
        let _ = writeln!(out, "<dt>{}</dt><dd>{value}</dd>", text(key));
    }
    let mut set = String::new();
    for one in &plan.overrides {
        let _ = write!(set, " --set '{one}'");
    }
    let commands = format!(
        "oreworld sweep plan EXPERIMENT.ron{set} --out S\noreworld sweep run S\noreworld sweep merge S\noreworld sweep verify {}",
        swept.folder.display()
    );
    let _ = writeln!(
        out,
        "</dl>\n<p>{}</p>\n<pre tabindex=\"0\"><code>{}</code></pre>",
        both(say("provenance.again")),
        escape(&commands)
    );
    out + &files(&merged.files)
}
