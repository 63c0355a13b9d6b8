//! The answer in sentences, and the table of arms behind it: differences to the baseline within seeds.

use std::fmt::Write as _;

use super::catalog::{fill, plain, say, unit};
use super::html::{Head, Row, both, table};
use super::measure::{phrase, window};
use crate::experiment::Experiment;
use crate::id::Label;
use crate::outcome::Measure;
use crate::results::canvas;
use crate::results::plot::joined;
use crate::results::summary::{Compared, InArm, figure, signed};
use crate::statistics::Estimate;

/// Most outcomes that the answer speaks of.
const HEADLINES: usize = 3;

/// More seeds than this settle nothing that anybody would wait for.
const MOST_SEEDS: u64 = 100_000;

/// Differences of more than this share of the baseline's mean are not spoken of as shares [percent].
pub(super) const MOST_PERCENT: f64 = 1_000.0;

/// Width of a drawn interval and half its height, in pixels.
pub(super) const MINI: (f64, f64) = (208.0, 10.0);

/// What the answer says of an arm and an outcome.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sentence {
    /// In words.
    pub(super) text: Label,
    /// Whether the interval leaves zero out.
    pub(super) settled: bool,
}

/// Places of the outcomes that the answer speaks of: the first in the file of a mean price, of unmet demand and of a
/// peak price; where an experiment has none of these, the first in the file.
pub(super) fn headlines(experiment: &Experiment) -> Vec<usize> {
    let kinds: [fn(&Measure) -> bool; HEADLINES] = [
        |measure| matches!(measure, Measure::PriceMean(..)),
        |measure| matches!(measure, Measure::UnmetDemand(_)),
        |measure| matches!(measure, Measure::PricePeak(..)),
    ];
    let first = |kind: &fn(&Measure) -> bool| experiment.outcomes.iter().position(|outcome| kind(&outcome.measure));
    let found: Vec<usize> = kinds.iter().filter_map(first).collect();
    if found.is_empty() { (0..experiment.outcomes.len().min(HEADLINES)).collect() } else { found }
}

/// The answer: for every arm but the baseline, one sentence per headline.
pub(super) fn sentences(experiment: &Experiment, compared: &[Compared]) -> Vec<Sentence> {
    let headlines = headlines(experiment);
    let others = (0..experiment.arms.len()).filter(|arm| *arm != experiment.baseline);
    let pairs = others.flat_map(|arm| headlines.iter().map(move |&place| (arm, place)));
    pairs.map(|(arm, place)| sentence(experiment, &compared[place], arm)).collect()
}

fn sentence(experiment: &Experiment, found: &Compared, arm: usize) -> Sentence {
    let outcome = &experiment.outcomes[found.outcome];
    let what = phrase(experiment, outcome);
    let what = window(experiment, outcome)
        .map_or(what.clone(), |window| fill("measure.within", &[("what", &what), ("window", &window)]));
    let base = found.arms[experiment.baseline].mean;
    let (text, settled) = difference(found.arms[arm].difference.as_ref(), base, &unit(&found.unit));
    let labels =
        [("arm", &experiment.arms[arm].label), ("base", &experiment.arms[experiment.baseline].label), ("what", &what)];
    let mut text = text;
    for (name, label) in labels {
        let place = format!("{{{name}}}");
        text.zh = text.zh.replace(&place, &label.zh);
        text.en = text.en.replace(&place, &label.en);
    }
    Sentence { text, settled }
}

/// A difference in words with places for arm, baseline and outcome left open, and whether it is settled.
fn difference(found: Option<&Estimate>, base: Option<f64>, unit: &Label) -> (Label, bool) {
    let Some(found) = found else { return (say("answer.none").clone(), false) };
    let size = plain(figure(found.mean.abs()));
    let seeds = plain(found.count);
    // Of next to nothing no share says anything.
    let share = base.filter(|base| *base != 0.0 && found.mean != 0.0).map(|base| 100.0 * found.mean / base.abs());
    let share = share.filter(|share| share.abs() < MOST_PERCENT);
    let share = share.map_or_else(|| plain(""), |share| fill("answer.share", &[("share", &plain(signed(share)))]));
    let Some((low, high)) = found.ends() else {
        let parts = [("size", &plain(signed(found.mean))), ("unit", unit), ("share", &share)];
        return (fill("answer.one-seed", &parts), false);
    };
    if low == 0.0 && high == 0.0 {
        return (fill("answer.same", &[("seeds", &seeds)]), false);
    }
    if !found.is_settled() {
        let more = found.enough.filter(|enough| *enough <= MOST_SEEDS);
        let more = more.map_or_else(|| plain(""), |enough| fill("answer.more", &[("enough", &plain(enough))]));
        let (size, low, high) = (plain(signed(found.mean)), plain(signed(low)), plain(signed(high)));
        let parts =
            [("size", &size), ("unit", unit), ("low", &low), ("high", &high), ("seeds", &seeds), ("more", &more)];
        return (fill("answer.open", &parts), false);
    }
    let (key, low, high) = if found.mean > 0.0 { ("answer.higher", low, high) } else { ("answer.lower", -high, -low) };
    let (low, high) = (plain(figure(low)), plain(figure(high)));
    let parts = [("size", &size), ("unit", unit), ("share", &share), ("low", &low), ("high", &high), ("seeds", &seeds)];
    (fill(key, &parts), true)
}

/// Question and answer at the top of the page.
pub(super) fn html(experiment: &Experiment, compared: &[Compared]) -> String {
    let sentences = sentences(experiment, compared);
    let mut out = format!("<p class=\"question\">{}</p>\n<div class=\"answer\"><ul>\n", both(&experiment.question));
    for Sentence { text, settled } in &sentences {
        let _ = writeln!(out, "<li{}>{}</li>", if *settled { "" } else { " class=\"open\"" }, both(text));
    }
    if sentences.is_empty() {
        let _ = writeln!(out, "<li>{}</li>", both(say("answer.nothing")));
    }
    out.push_str("</ul></div>\n");
    out
}

/// Cells of the table of arms, without markup: outcome, unit, arm, mean, difference, interval, seeds that settle it.
pub(super) struct Line {
    pub(super) outcome: usize,
    pub(super) arm: usize,
    pub(super) mean: Label,
    pub(super) difference: String,
    pub(super) interval: String,
    pub(super) seeds: Label,
}

/// The table of arms, outcome by outcome, the baseline first.
pub(super) fn lines(experiment: &Experiment, compared: &[Compared]) -> Vec<Line> {
    let others = (0..experiment.arms.len()).filter(|arm| *arm != experiment.baseline);
    let order: Vec<usize> = std::iter::once(experiment.baseline).chain(others).collect();
    let line = |found: &Compared, arm: usize| {
        let InArm { mean, present, runs, difference } = &found.arms[arm];
        let mean = match mean {
            None => say("arms.no-value").clone(),
            Some(mean) if present < runs => {
                let parts = [("mean", &plain(figure(*mean))), ("present", &plain(present)), ("runs", &plain(runs))];
                fill("arms.in-some", &parts)
            }
            Some(mean) => plain(figure(*mean)),
        };
        let ends = difference.and_then(|found| found.ends());
        Line {
            outcome: found.outcome,
            arm,
            mean,
            difference: difference.map_or_else(String::new, |found| signed(found.mean)),
            interval: ends.map_or_else(String::new, |(low, high)| format!("{} … {}", signed(low), signed(high))),
            seeds: difference.as_ref().map_or_else(|| plain(""), settles),
        }
    };
    compared.iter().flat_map(|found| order.iter().map(move |&arm| line(found, arm))).collect()
}

/// How many seeds settle a difference at this spread, and whether these do.
fn settles(found: &Estimate) -> Label {
    match (found.half_width, found.enough) {
        (None, _) => say("arms.one-seed").clone(),
        (Some(half), _) if half == 0.0 && found.mean == 0.0 => say("arms.same").clone(),
        (Some(_), Some(enough)) if found.is_settled() => fill("arms.settled", &[("enough", &plain(enough))]),
        (Some(_), Some(enough)) if enough <= MOST_SEEDS => fill("arms.open", &[("enough", &plain(enough))]),
        _ => say("arms.hopeless").clone(),
    }
}

/// The time that the most outcomes look at, when it is not the whole run.
fn usual_window(experiment: &Experiment) -> Option<Label> {
    let same = |place: &usize| {
        let weeks = &experiment.outcomes[*place].weeks;
        experiment.outcomes.iter().filter(|outcome| outcome.weeks == *weeks).count()
    };
    // Of several the first: `max_by_key` gives the last.
    let place = (0..experiment.outcomes.len()).rev().max_by_key(same)?;
    window(experiment, &experiment.outcomes[place])
}

/// Heads of a table of arms: what is measured, of which arm, its mean, its difference to the baseline, and what follows.
pub(super) fn arm_heads<const MORE: usize>(more: [Head; MORE]) -> Vec<Head> {
    let told = [
        Head::words(say("arms.outcome")),
        Head::words(say("arms.unit")),
        Head::words(say("arms.arm")),
        Head::number(say("arms.mean")),
        Head::number(say("arms.difference")),
        Head::number(say("arms.interval")),
    ];
    told.into_iter().chain(more).collect()
}

/// The table of arms as HTML, each interval drawn beside its numbers.
pub(super) fn arms(experiment: &Experiment, compared: &[Compared]) -> String {
    let heads = arm_heads([Head::words(say("arms.drawn")), Head::words(say("arms.seeds"))]);
    let usual = usual_window(experiment);
    let rows: Vec<Row> = lines(experiment, compared)
        .into_iter()
        .map(|line| {
            let (found, outcome) = (&compared[line.outcome], &experiment.outcomes[line.outcome]);
            let own = window(experiment, outcome).filter(|own| Some(own) != usual.as_ref());
            let own = own.map_or_else(String::new, |own| format!("; {}", both(&own)));
            let name = format!(
                "{}<br><span class=\"note\"><code>{}</code>{own}</span>",
                both(&phrase(experiment, outcome)),
                outcome.id
            );
            let arm = &experiment.arms[line.arm];
            let color = line.arm % super::COLORS;
            Row {
                arm: Some(arm.id.to_string()),
                cells: vec![
                    name,
                    both(&unit(&found.unit)),
                    format!("<span class=\"dot c{color}\"></span>{}", both(&arm.label)),
                    both(&line.mean),
                    line.difference,
                    line.interval,
                    drawn(found, line.arm),
                    both(&line.seeds),
                ],
            }
        })
        .collect();
    let base = &experiment.arms[experiment.baseline].label;
    let mut how = fill("arms.how", &[("base", base), ("seeds", &plain(experiment.seeds.count))]);
    if let Some(window) = &usual {
        how = joined(&how, &fill("arms.window", &[("window", window)]));
    }
    format!("<p class=\"how\">{}</p>\n{}", both(&how), table(say("arms.caption"), &heads, &rows, true))
}

/// The interval of a difference around zero, on the scale of the outcome's widest.
fn drawn(found: &Compared, arm: usize) -> String {
    let reach = |one: &InArm| {
        let found = one.difference.as_ref()?;
        Some(found.mean.abs() + found.half_width.unwrap_or(0.0))
    };
    let widest = found.arms.iter().filter_map(reach).fold(0.0, f64::max);
    let Some(difference) = found.arms[arm].difference.as_ref().filter(|_| widest > 0.0) else { return String::new() };
    let ((width, middle), color) = (MINI, canvas::color(arm));
    let place = |value: f64| width / 2.0 * (1.0 + 0.94 * value / widest);
    let (low, high) = difference.ends().unwrap_or((difference.mean, difference.mean));
    let height = 2.0 * middle;
    format!(
        "<svg class=\"mini\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">\
         <path stroke=\"#8a8a8a\" d=\"M{0} 0v{height}\"/><rect fill=\"{color}\" x=\"{1:.1}\" y=\"{2}\" width=\"{3:.1}\" height=\"3\"/>\
         <circle fill=\"{color}\" cx=\"{4:.1}\" cy=\"{middle}\" r=\"4.5\"/></svg>",
        width / 2.0,
        place(low),
        middle - 1.5,
        (place(high) - place(low)).max(0.5),
        place(difference.mean),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(mean: f64, half: Option<f64>, enough: Option<u64>) -> Estimate {
        Estimate { mean, half_width: half, count: 20, enough }
    }

    #[test]
    fn a_sentence_says_direction_size_interval_and_seeds() {
        let tonnes = unit("t");
        let say = |found: Estimate| difference(Some(&found), Some(400.0), &tonnes);
        let (text, settled) = say(estimate(100.0, Some(20.0), Some(3)));
        assert!(settled && text.en.contains("100 t higher") && text.en.contains("+25.0 %"), "{}", text.en);
        assert!(text.en.contains("80.0 to 120") && text.en.contains("20 seeds"), "{}", text.en);
        assert!(text.zh.contains("高 100 吨"), "{}", text.zh);
        // A fall is spoken of in sizes: from the smaller to the larger.
        let (text, _) = say(estimate(-100.0, Some(20.0), Some(3)));
        assert!(text.en.contains("100 t lower") && text.en.contains("80.0 to 120"), "{}", text.en);
    }

    #[test]
    fn what_holds_zero_cannot_be_told_apart() {
        let tonnes = unit("t");
        let say = |found: Estimate| difference(Some(&found), Some(400.0), &tonnes);
        let (text, settled) = say(estimate(10.0, Some(20.0), Some(80)));
        assert!(!settled && text.en.contains("cannot be told apart") && text.en.contains("80 seeds"), "{}", text.en);
        assert!(text.en.contains("-10.0 to +30.0") && text.zh.contains("无法区分"), "{}", text.en);
        let (text, _) = say(estimate(1e-9, Some(20.0), Some(u64::MAX)));
        assert!(!text.en.contains("settle"), "{}", text.en);
        let (text, settled) = say(estimate(0.0, Some(0.0), None));
        assert!(!settled && text.en.contains("the same"), "{}", text.en);
        let (text, settled) = say(Estimate { mean: 5.0, half_width: None, count: 1, enough: None });
        assert!(!settled && text.en.contains("one seed"), "{}", text.en);
    }
}
