//! What a reader asked: arms as options, and boxes of the factors in which something happens.

use std::fmt::Write as _;

use super::{Swept, named, value_of};
use crate::id::Label;
use crate::results::report::catalog::{fill, plain, say};
use crate::results::report::html::{Head, Row, both, table};
use crate::results::report::measure::phrase;
use crate::results::summary::figure;
use crate::sweep::analysis::regret::{Choice, choices};

fn percent(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}

/// Arms as options over the points: mean, worst point, regret.
pub(super) fn options(swept: &Swept) -> String {
    let experiment = &swept.sweep.experiment;
    let heads = [
        Head::words(say("arms.outcome")),
        Head::words(say("arms.unit")),
        Head::words(say("options.better")),
        Head::words(say("arms.arm")),
        Head::number(say("arms.mean")),
        Head::number(say("options.worst")),
        Head::number(say("options.regret")),
        Head::number(say("options.largest")),
        Head::number(say("options.best")),
    ];
    let mut rows = Vec::new();
    for (list, less) in [(&swept.asked.minimize, true), (&swept.asked.maximize, false)] {
        for &outcome in list {
            let values: Vec<_> = (0..swept.arms()).map(|arm| swept.outcomes.means(outcome, arm)).collect();
            let found = choices(&swept.outcomes.columns[outcome], &swept.sweep.plan.arms, &values, less);
            let show = |value: f64| figure(swept.shown(outcome, value));
            let row = |(arm, one): (&crate::experiment::Arm, &Choice)| Row {
                arm: Some(arm.id.to_string()),
                cells: vec![
                    both(&phrase(experiment, &experiment.outcomes[outcome])),
                    both(&swept.unit(outcome)),
                    both(if less { say("options.less") } else { say("options.more") }),
                    both(&arm.label),
                    show(one.mean),
                    show(one.worst),
                    show(one.mean_regret),
                    show(one.largest_regret),
                    format!("{} %", percent(one.best)),
                ],
            };
            rows.extend(experiment.arms.iter().zip(&found).map(row));
        }
    }
    format!("<p class=\"how\">{}</p>\n{}", both(say("options.how")), table(say("options.caption"), &heads, &rows, true))
}

/// Boxes of the factors in which a condition holds, by arm.
pub(super) fn boxes(swept: &Swept) -> String {
    let experiment = &swept.sweep.experiment;
    let mut out = format!("<p class=\"how\">{}</p>\n<ul>\n", both(say("boxes.how")));
    for condition in &swept.asked.conditions {
        for (place, arm) in experiment.arms.iter().enumerate() {
            let found = condition.boxed(&swept.sweep, &swept.outcomes, place);
            let what = phrase(experiment, &experiment.outcomes[condition.outcome]);
            let bound = plain(figure(swept.shown(condition.outcome, condition.bound)));
            let unit = swept.unit(condition.outcome);
            let key = if condition.above { "boxes.above" } else { "boxes.below" };
            let asked = fill(key, &[("arm", &arm.label), ("what", &what), ("bound", &bound), ("unit", &unit)]);
            let Some(found) = found else {
                let _ = writeln!(
                    out,
                    "<li data-arm=\"{}\">{}</li>",
                    arm.id,
                    both(&fill("boxes.none", &[("asked", &asked)]))
                );
                continue;
            };
            let range = |(factor, low, high): &(usize, f64, f64)| -> Label {
                let factor = &swept.factors()[*factor];
                let (low, high) = (plain(value_of(factor, *low)), plain(value_of(factor, *high)));
                fill("boxes.range", &[("factor", &named(factor)), ("low", &low), ("high", &high)])
            };
            let parts = [
                ("asked", &asked),
                ("base", &plain(percent(found.base))),
                ("density", &plain(percent(found.density))),
                ("coverage", &plain(percent(found.coverage))),
                ("mass", &plain(percent(found.mass))),
            ];
            let _ = write!(out, "<li data-arm=\"{}\">{}<ul>", arm.id, both(&fill("boxes.found", &parts)));
            for one in &found.ranges {
                let _ = write!(out, "<li>{}</li>", both(&range(one)));
            }
            out.push_str("</ul></li>\n");
        }
    }
    out + "</ul>\n"
}
