//! The answer of a sweep in sentences, and the table of arms behind it: differences to the baseline over the points.

use std::fmt::Write as _;

use super::Swept;
use crate::experiment::design::DesignKind;
use crate::id::Label;
use crate::results::canvas;
use crate::results::report::answer::{MINI, MOST_PERCENT, arm_heads, headlines};
use crate::results::report::catalog::{fill, join, plain, say};
use crate::results::report::html::{Head, Row, both, table};
use crate::results::report::measure::{phrase, window};
use crate::results::summary::{figure, signed};
use crate::statistics::mean;
use crate::sweep::analysis::ends::Ends;
use crate::sweep::analysis::pairs::{Difference, difference};
use crate::sweep::analysis::{Interval, sampled};

/// The difference of an arm to the baseline in an outcome, in the unit that people read; none when no point has both.
fn of(swept: &Swept, outcome: usize, arm: usize) -> Option<Difference> {
    let base = swept.sweep.experiment.baseline;
    let taken = swept.taken();
    let some = |values: Vec<Option<f64>>| -> Vec<Option<f64>> {
        taken.iter().map(|&point| values[point].map(|value| swept.shown(outcome, value))).collect()
    };
    let (baseline, pairs) =
        (some(swept.outcomes.means(outcome, base)), some(swept.outcomes.differences(outcome, arm, base)));
    let (column, name) = (&swept.outcomes.columns[outcome], &swept.sweep.plan.arms[arm]);
    difference(column, name, &baseline, &pairs, sampled(&swept.sweep).is_some())
}

/// What the answer says, and whether it is settled.
pub(super) fn sentences(swept: &Swept) -> Vec<(Label, bool)> {
    let experiment = &swept.sweep.experiment;
    let mut out = Vec::new();
    let headlines = headlines(experiment);
    for arm in (0..swept.arms()).filter(|arm| *arm != experiment.baseline) {
        for &outcome in &headlines {
            let (text, settled) = compared(of(swept, outcome, arm).as_ref(), &swept.unit(outcome));
            let what = phrase(experiment, &experiment.outcomes[outcome]);
            let what = window(experiment, &experiment.outcomes[outcome])
                .map_or(what.clone(), |window| fill("measure.within", &[("what", &what), ("window", &window)]));
            let labels = [
                ("{arm}", &experiment.arms[arm].label),
                ("{base}", &experiment.arms[experiment.baseline].label),
                ("{what}", &what),
            ];
            let filled = labels.into_iter().fold(text, |text, (place, label)| Label {
                zh: text.zh.replace(place, &label.zh),
                en: text.en.replace(place, &label.en),
            });
            out.push((filled, settled));
        }
    }
    out.extend(headlines.iter().filter_map(|&outcome| Some((strongest(swept, outcome)?, true))));
    out
}

/// A difference over points in words, with places for arm, baseline and outcome left open.
fn compared(found: Option<&Difference>, unit: &Label) -> (Label, bool) {
    let Some(found) = found else { return (say("over.none").clone(), false) };
    let points = plain(found.points);
    if found.mean == 0.0 && found.low == 0.0 && found.high == 0.0 {
        return (fill("over.same", &[("points", &points)]), false);
    }
    let share = Some(found.baseline).filter(|base| *base != 0.0).map(|base| 100.0 * found.mean / base.abs());
    let share = share.filter(|share| share.abs() < MOST_PERCENT);
    let share = share.map_or_else(|| plain(""), |share| fill("answer.share", &[("share", &plain(signed(share)))]));
    let size = plain(figure(found.mean.abs()));
    let (five, most) = (plain(signed(found.low)), plain(signed(found.high)));
    let above = found.above;
    let at = |share: f64| plain(format!("{:.0}", 100.0 * share));
    match found.interval {
        None => {
            let parts = [
                ("points", &points),
                ("size", &plain(signed(found.mean))),
                ("unit", unit),
                ("share", &share),
                ("five", &five),
                ("most", &most),
                ("above", &at(above)),
            ];
            (fill("over.points", &parts), true)
        }
        Some(Interval { low, high, .. }) if low <= 0.0 && high >= 0.0 => {
            let (size, low, high) = (plain(signed(found.mean)), plain(signed(low)), plain(signed(high)));
            let parts = [
                ("points", &points),
                ("size", &size),
                ("unit", unit),
                ("low", &low),
                ("high", &high),
                ("five", &five),
                ("most", &most),
                ("above", &at(above)),
            ];
            (fill("over.open", &parts), false)
        }
        Some(Interval { low, high, .. }) => {
            let rises = found.mean > 0.0;
            let (key, low, high) = if rises { ("over.higher", low, high) } else { ("over.lower", -high, -low) };
            let there = at(if rises { above } else { 1.0 - above });
            let (low, high) = (plain(figure(low)), plain(figure(high)));
            let parts = [
                ("points", &points),
                ("size", &size),
                ("unit", unit),
                ("share", &share),
                ("low", &low),
                ("high", &high),
                ("five", &five),
                ("most", &most),
                ("there", &there),
            ];
            (fill(key, &parts), true)
        }
    }
}

/// What an outcome hangs on most, by arm; none of a list or where it does not vary.
fn strongest(swept: &Swept, outcome: usize) -> Option<Label> {
    let experiment = &swept.sweep.experiment;
    let found = swept.found.iter().find(|found| found.outcome == outcome)?;
    let in_arm = |(arm, label): (usize, &Label)| {
        let factors = 0..swept.factors().len();
        let most = factors.max_by(|&a, &b| found.weight(arm, a).total_cmp(&found.weight(arm, b)))?;
        let one = &found.sensitivities[arm][most];
        let ends = found.ends[arm][most].as_ref();
        let unit = swept.unit(outcome);
        let measured = match swept.kind() {
            DesignKind::Saltelli => fill("hangs.total", &[("index", &plain(format!("{:.2}", one.total?.value)))]),
            DesignKind::Morris(_) => {
                let size = plain(figure(swept.shown(outcome, one.morris?.size)));
                fill("hangs.effect", &[("size", &size), ("unit", &unit)])
            }
            DesignKind::LatinHypercube | DesignKind::Sobol | DesignKind::Posterior => {
                fill("hangs.rank", &[("rank", &plain(format!("{:+.2}", one.rank?.value)))])
            }
            DesignKind::Grid => {
                let span = plain(figure(swept.shown(outcome, ends.map(Ends::span)?)));
                fill("hangs.ends", &[("size", &span), ("unit", &unit)])
            }
            DesignKind::None | DesignKind::List => return None,
        };
        let name = swept.factors()[most].name();
        Some(fill("hangs.on", &[("arm", label), ("factor", &name), ("measured", &measured)]))
    };
    let arms: Vec<Label> =
        experiment.arms.iter().enumerate().filter_map(|(place, arm)| in_arm((place, &arm.label))).collect();
    let what = phrase(experiment, &experiment.outcomes[outcome]);
    (!arms.is_empty()).then(|| fill("hangs.outcome", &[("what", &what), ("arms", &join(&arms))]))
}

/// Question and answer at the top of the chapter.
pub(super) fn html(swept: &Swept) -> String {
    let question = &swept.sweep.experiment.question;
    let mut out = format!("<p class=\"question\">{}</p>\n<div class=\"answer\"><ul>\n", both(question));
    let sentences = sentences(swept);
    for (text, settled) in &sentences {
        let _ = writeln!(out, "<li{}>{}</li>", if *settled { "" } else { " class=\"open\"" }, both(text));
    }
    if sentences.is_empty() {
        let _ = writeln!(out, "<li>{}</li>", both(say("answer.nothing")));
    }
    out + "</ul></div>\n"
}

/// Cells of the table of arms without markup.
pub(super) struct Line {
    pub(super) outcome: usize,
    pub(super) arm: usize,
    pub(super) mean: String,
    pub(super) found: Option<Difference>,
}

impl Line {
    /// Difference, its interval, the range of nine of ten points, share of the points above.
    pub(super) fn cells(&self) -> [String; 4] {
        let cell =
            |show: &dyn Fn(&Difference) -> Option<String>| self.found.as_ref().and_then(show).unwrap_or_default();
        let span = |low: f64, high: f64| format!("{} … {}", signed(low), signed(high));
        [
            cell(&|found| Some(signed(found.mean))),
            cell(&|found| found.interval.map(|one| span(one.low, one.high))),
            cell(&|found| Some(span(found.low, found.high))),
            cell(&|found| Some(format!("{:.0} %", 100.0 * found.above))),
        ]
    }
}

/// The table of arms, outcome by outcome, the baseline first.
pub(super) fn lines(swept: &Swept) -> Vec<Line> {
    let experiment = &swept.sweep.experiment;
    let taken = swept.taken();
    let others = (0..swept.arms()).filter(|arm| *arm != experiment.baseline);
    let order: Vec<usize> = std::iter::once(experiment.baseline).chain(others).collect();
    let line = |outcome: usize, arm: usize| {
        let values = swept.outcomes.means(outcome, arm);
        let values: Vec<f64> = taken.iter().filter_map(|&point| values[point]).collect();
        let mean = mean(&values).map_or_else(String::new, |value| figure(swept.shown(outcome, value)));
        let found = if arm == experiment.baseline { None } else { of(swept, outcome, arm) };
        Line { outcome, arm, mean, found }
    };
    (0..swept.units.len())
        .flat_map(|outcome| order.iter().map(move |&arm| (outcome, arm)))
        .map(|(o, a)| line(o, a))
        .collect()
}

/// The table of arms as HTML, each difference drawn beside its numbers.
pub(super) fn arms(swept: &Swept) -> String {
    let experiment = &swept.sweep.experiment;
    let heads =
        arm_heads([Head::number(say("over.nine")), Head::words(say("over.drawn")), Head::number(say("over.above"))]);
    let lines = lines(swept);
    let reach = |line: &Line| line.found.as_ref().map_or(0.0, |found| found.low.abs().max(found.high.abs()));
    let row = |line: &Line| {
        let outcome = &experiment.outcomes[line.outcome];
        let arm = &experiment.arms[line.arm];
        let widest = lines.iter().filter(|other| other.outcome == line.outcome).map(reach).fold(0.0, f64::max);
        let [difference, interval, nine, above] = line.cells();
        let name = format!(
            "{}<br><span class=\"note\"><code>{}</code></span>",
            both(&phrase(experiment, outcome)),
            outcome.id
        );
        let drawn = line.found.as_ref().map_or_else(String::new, |found| drawn(found, widest, line.arm));
        let color = line.arm % canvas::COLORS;
        let cells = vec![
            name,
            both(&swept.unit(line.outcome)),
            format!("<span class=\"dot c{color}\"></span>{}", both(&arm.label)),
            line.mean.clone(),
            difference,
            interval,
            nine,
            drawn,
            above,
        ];
        Row { arm: Some(arm.id.to_string()), cells }
    };
    let rows: Vec<Row> = lines.iter().map(row).collect();
    let base = &experiment.arms[experiment.baseline].label;
    let key = if sampled(&swept.sweep).is_some() { "over.how" } else { "over.how-no-sample" };
    let how =
        fill(key, &[("base", base), ("points", &plain(swept.taken().len())), ("seeds", &plain(swept.outcomes.seeds))]);
    format!("<p class=\"how\">{}</p>\n{}", both(&how), table(say("over.caption"), &heads, &rows, true))
}

/// Where nine of ten points lie around zero, with the mean.
fn drawn(found: &Difference, widest: f64, arm: usize) -> String {
    if widest <= 0.0 {
        return String::new();
    }
    let ((width, middle), color) = (MINI, canvas::color(arm));
    let place = |value: f64| width / 2.0 * (1.0 + 0.94 * value / widest);
    let height = 2.0 * middle;
    format!(
        "<svg class=\"mini\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">\
         <path stroke=\"#8a8a8a\" d=\"M{0} 0v{height}\"/><rect fill=\"{color}\" opacity=\"0.45\" x=\"{1:.1}\" y=\"{2}\" width=\"{3:.1}\" height=\"7\"/>\
         <circle fill=\"{color}\" cx=\"{4:.1}\" cy=\"{middle}\" r=\"4.5\"/></svg>",
        width / 2.0,
        place(found.low),
        middle - 3.5,
        (place(found.high) - place(found.low)).max(0.5),
        place(found.mean),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::report::catalog::unit;

    fn found(mean: f64, interval: Option<(f64, f64)>, above: f64) -> Difference {
        let interval = interval.map(|(low, high)| Interval { value: mean, low, high });
        let (outcome, arm) = ("unmet_t".to_owned(), "ban".to_owned());
        Difference {
            outcome,
            arm,
            points: 128,
            baseline: 400.0,
            mean,
            interval,
            low: mean - 60.0,
            high: mean + 60.0,
            above,
        }
    }

    #[test]
    fn a_sentence_says_size_interval_range_and_where() {
        let say = |found: &Difference| compared(Some(found), &unit("t"));
        let (text, settled) = say(&found(-100.0, Some((-120.0, -80.0)), 0.02));
        assert!(settled && text.en.contains("100 t lower") && text.en.contains("-25.0 %"), "{}", text.en);
        assert!(text.en.contains("80.0 to 120") && text.en.contains("98 %"), "{}", text.en);
        assert!(text.en.contains("-160") && text.en.contains("-40.0") && text.zh.contains("低 100 吨"), "{}", text.en);
        let (text, settled) = say(&found(10.0, Some((-5.0, 25.0)), 0.6));
        assert!(!settled && text.en.contains("cannot be told apart") && text.en.contains("60 %"), "{}", text.en);
        let (text, settled) = say(&found(10.0, None, 0.6));
        assert!(settled && text.en.contains("no sample") && !text.en.contains("95 %"), "{}", text.en);
        assert!(!compared(None, &unit("t")).1);
    }
}
