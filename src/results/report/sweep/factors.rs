//! The uncertain numbers: what they are, how much each matters, what outcomes are at their ends.

use super::draw::{self, Bar, BarRow, Named};
use super::{Found, Swept, named, short_number, value_of};
use crate::experiment::design::DesignKind;
use crate::experiment::factor::{Factor, Over};
use crate::id::Label;
use crate::results::canvas;
use crate::results::report::anchor;
use crate::results::report::catalog::{fill, join, plain, say};
use crate::results::report::chart::{Chart, Panel};
use crate::results::report::charts::Drawn;
use crate::results::report::html::{Head, Row, both, escape, table};
use crate::results::report::measure::phrase;
use crate::results::summary::figure;
use crate::sweep::analysis::Interval;
use crate::sweep::analysis::ends::{End, Ends};

/// Most factors of a chart: those that matter most.
const MOST: usize = 24;

/// Colors of the low and of the high end of a factor: their places in the palette.
const LOW: usize = 0;
const HIGH: usize = 1;

/// What the uncertain numbers are.
pub(super) fn table_of(swept: &Swept) -> String {
    let design = &swept.sweep.experiment.design;
    let heads = [Head::words(say("factor.factor")), Head::words(say("factor.over")), Head::words(say("factor.sets"))];
    let row = |factor: &Factor| {
        let paths: Vec<String> =
            factor.paths.iter().map(|(path, _)| format!("<code>{}</code>", escape(path))).collect();
        Row {
            arm: None,
            cells: vec![
                format!("{}<br><span class=\"note\"><code>{}</code></span>", both(&factor.name()), factor.column()),
                both(&over(factor)),
                paths.join("<br>"),
            ],
        }
    };
    let rows: Vec<Row> = design.factors.iter().map(row).collect();
    let kind = match design.kind {
        DesignKind::None => say("design.none"),
        DesignKind::Grid => say("design.grid"),
        DesignKind::List => say("design.list"),
        DesignKind::LatinHypercube => say("design.hypercube"),
        DesignKind::Sobol => say("design.sobol"),
        DesignKind::Saltelli => say("design.saltelli"),
        DesignKind::Morris(_) => say("design.morris"),
        DesignKind::Posterior => say("design.posterior"),
    };
    let (arms, points, seeds, runs) =
        (plain(swept.arms()), plain(swept.outcomes.points), plain(swept.outcomes.seeds), plain(swept.merged.runs));
    let parts = [("arms", &arms), ("points", &points), ("seeds", &seeds), ("runs", &runs), ("design", kind)];
    format!(
        "<p class=\"how\">{}</p>\n{}",
        both(&fill("factor.how", &parts)),
        table(say("factor.caption"), &heads, &rows, false)
    )
}

/// Where a factor may lie, in words.
fn over(factor: &Factor) -> Label {
    let unit = factor.unit().map_or_else(|| plain(""), |unit| crate::results::report::catalog::unit(&unit));
    let number = |value: f64| plain(short_number(value));
    let between =
        |key: &str, low: f64, high: f64| fill(key, &[("low", &number(low)), ("high", &number(high)), ("unit", &unit)]);
    let text = match &factor.over {
        Over::Uniform(_, low, high) => between("over.uniform", *low, *high),
        Over::LogUniform(_, low, high) => between("over.log-uniform", *low, *high),
        Over::Normal(_, mean, sd, (low, high)) => {
            let parts = [
                ("mean", &number(*mean)),
                ("sd", &number(*sd)),
                ("low", &number(*low)),
                ("high", &number(*high)),
                ("unit", &unit),
            ];
            fill("over.normal", &parts)
        }
        Over::Triangular(_, low, mode, high) => {
            let parts = [("low", &number(*low)), ("mode", &number(*mode)), ("high", &number(*high)), ("unit", &unit)];
            fill("over.triangular", &parts)
        }
        Over::Choice(_) => {
            let all: Vec<Label> = factor.names().into_iter().map(plain).collect();
            fill("over.choice", &[("values", &join(&all))])
        }
    };
    // Plain numbers have no unit before what follows it.
    Label { zh: text.zh.replace(" ，", "，"), en: text.en.replace(" ,", ",") }
}

/// What an outcome is called, and its unit.
fn titled(swept: &Swept, key: &str, outcome: usize) -> Label {
    let experiment = &swept.sweep.experiment;
    fill(key, &[("what", &phrase(experiment, &experiment.outcomes[outcome])), ("unit", &swept.unit(outcome))])
}

/// Id of a chart of an outcome.
pub(super) fn id(kind: &str, swept: &Swept, outcome: usize, chapter: usize) -> String {
    anchor(&format!("{kind}-{}", swept.sweep.experiment.outcomes[outcome].id), chapter)
}

/// A chart with a panel per arm.
fn chart(
    swept: &Swept,
    id: String,
    (title, how): (Label, Label),
    note: impl Fn(usize) -> Label,
    draw: impl Fn(usize) -> String,
    data: String,
) -> Chart {
    let arms = swept.sweep.experiment.arms.iter().enumerate();
    let panel = |(place, arm): (usize, &crate::experiment::Arm)| Panel {
        arm: arm.id.to_string(),
        color: place,
        title: arm.label.clone(),
        note: note(place),
        drawn: draw(place),
    };
    Chart::one(id, title, how, arms.map(panel).collect(), data)
}

/// Which of the factors matter: Sobol's indices, Morris's measures or rank correlations, as the design has them.
pub(super) fn matter(swept: &Swept, chapter: usize) -> Drawn {
    let of = |found: &Found| match swept.kind() {
        DesignKind::Saltelli => indices(swept, found, chapter),
        DesignKind::Morris(_) => effects(swept, found, chapter),
        DesignKind::LatinHypercube | DesignKind::Sobol | DesignKind::Posterior => ranks(swept, found, chapter),
        DesignKind::None | DesignKind::Grid | DesignKind::List => None,
    };
    Drawn { charts: swept.found.iter().filter_map(of).collect(), after: String::new() }
}

/// Whiskers of an interval.
fn ends_of(interval: Interval) -> (f64, f64) {
    (interval.low, interval.high)
}

fn number_or(value: Option<f64>, show: impl Fn(f64) -> String) -> String {
    value.map_or_else(String::new, show)
}

fn two(value: f64) -> String {
    let text = format!("{value:.2}");
    if text == "-0.00" { "0.00".to_owned() } else { text }
}

fn between(interval: Option<Interval>, show: impl Fn(f64) -> String) -> String {
    interval.map_or_else(String::new, |found| format!("{} … {}", show(found.low), show(found.high)))
}

/// A table of numbers by arm and factor: arm, factor, and a column for each of what `cells` gives.
fn by_factor(
    swept: &Swept,
    caption: &Label,
    columns: &[&'static str],
    order: &[usize],
    cells: impl Fn(usize, usize) -> Vec<String>,
) -> String {
    let mut heads = vec![Head::words(say("arms.arm")), Head::words(say("factor.factor"))];
    heads.extend(columns.iter().map(|key| Head::number(say(key))));
    let mut rows = Vec::new();
    for (place, arm) in swept.sweep.experiment.arms.iter().enumerate() {
        for &factor in order {
            let mut row = vec![both(&arm.label), both(&named(&swept.factors()[factor]))];
            row.extend(cells(place, factor));
            rows.push(Row { arm: Some(arm.id.to_string()), cells: row });
        }
    }
    table(caption, &heads, &rows, true)
}

/// Sobol's indices: two bars for each factor.
fn indices(swept: &Swept, found: &Found, chapter: usize) -> Option<Chart> {
    let all = || found.sensitivities.iter().flatten().flat_map(|one| [one.first_order, one.total]).flatten();
    all().next()?;
    let order = found.order();
    // Of estimates beyond 0 and 1 the end is seen, their intervals as far as the axis goes.
    let (low, high) = all().fold((0.0_f64, 1.0_f64), |(low, high), one| (low.min(one.value), high.max(one.value)));
    let axis = (if all().any(|one| one.low < 0.0) { low.min(-0.1) } else { low }, high.max(1.0));
    let id = id("sobol", swept, found.outcome, chapter);
    let draw = |arm: usize| {
        let row = |&factor: &usize| {
            let one = &found.sensitivities[arm][factor];
            let bar = |line: usize, index: Option<Interval>, opacity: f64| {
                let index = index?;
                let (to, span, color) = (index.value, Some(ends_of(index)), canvas::color(arm));
                Some(Bar { line, from: 0.0, to, span, color, opacity })
            };
            let bars = [bar(0, one.first_order, 1.0), bar(1, one.total, 0.45)].into_iter().flatten().collect();
            BarRow { name: swept.factors()[factor].name(), note: plain(""), bars }
        };
        draw::bars(&order.iter().take(MOST).map(row).collect::<Vec<_>>(), 2, axis, 0.0, &id)
    };
    let title = titled(swept, "sobol.title", found.outcome);
    let rows = plain(swept.outcomes.points / swept.sweep.experiment.design.points.block.max(1));
    let how = fill("sobol.how", &[("rows", &rows)]);
    let columns = ["sobol.first", "arms.interval", "sobol.total", "arms.interval", "ranks.rank", "arms.interval"];
    let data = by_factor(swept, &title, &columns, &order, |arm, factor| {
        let one = &found.sensitivities[arm][factor];
        [one.first_order, one.total, one.rank]
            .into_iter()
            .flat_map(|one| [number_or(one.map(|one| one.value), two), between(one, two)])
            .collect()
    });
    Some(chart(swept, id.clone(), (title, how), |_| say("sobol.axis").clone(), draw, data))
}

/// Partial rank correlations: a bar for each factor.
fn ranks(swept: &Swept, found: &Found, chapter: usize) -> Option<Chart> {
    found.sensitivities.iter().flatten().find_map(|one| one.rank)?;
    let order = found.order();
    let id = id("ranks", swept, found.outcome, chapter);
    let draw = |arm: usize| {
        let row = |&factor: &usize| {
            let rank = found.sensitivities[arm][factor].rank;
            let bar = |rank: Interval| {
                let (to, span, color) = (rank.value, Some(ends_of(rank)), canvas::color(arm));
                Bar { line: 0, from: 0.0, to, span, color, opacity: 0.8 }
            };
            BarRow { name: swept.factors()[factor].name(), note: plain(""), bars: rank.map(bar).into_iter().collect() }
        };
        draw::bars(&order.iter().take(MOST).map(row).collect::<Vec<_>>(), 1, (-1.0, 1.0), 0.0, &id)
    };
    let title = titled(swept, "ranks.title", found.outcome);
    let data = by_factor(swept, &title, &["ranks.rank", "arms.interval"], &order, |arm, factor| {
        let rank = found.sensitivities[arm][factor].rank;
        vec![number_or(rank.map(|rank| rank.value), two), between(rank, two)]
    });
    let how = fill("ranks.how", &[("points", &plain(swept.taken().len()))]);
    Some(chart(swept, id.clone(), (title, how), |_| say("ranks.axis").clone(), draw, data))
}

/// Morris's measures: a point for each factor.
fn effects(swept: &Swept, found: &Found, chapter: usize) -> Option<Chart> {
    let outcome = found.outcome;
    let shown = |value: f64| swept.shown(outcome, value);
    let all = || found.sensitivities.iter().flatten().filter_map(|one| one.morris);
    all().next()?;
    let far = all().fold((0.0_f64, 0.0_f64), |(size, deviation), one| {
        (size.max(shown(one.size + one.half_width.unwrap_or(0.0))), deviation.max(shown(one.deviation.unwrap_or(0.0))))
    });
    let order = found.order();
    let id = id("morris", swept, outcome, chapter);
    let draw = |arm: usize| {
        let point = |&factor: &usize| {
            let one = found.sensitivities[arm][factor].morris?;
            Some(Named {
                name: swept.factors()[factor].name(),
                x: shown(one.size),
                y: shown(one.deviation.unwrap_or(0.0)),
                half: one.half_width.map(shown),
            })
        };
        let points: Vec<Named> = order.iter().take(MOST).filter_map(point).collect();
        draw::points(&points, (1.08 * far.0, 1.08 * far.1), arm, &id)
    };
    let title = titled(swept, "morris.title", outcome);
    let columns = ["morris.size", "morris.half", "morris.mean", "morris.deviation"];
    let data = by_factor(swept, &title, &columns, &order, |arm, factor| {
        let one = found.sensitivities[arm][factor].morris;
        let cell = |of: fn(crate::sweep::analysis::morris::Effect) -> Option<f64>| {
            number_or(one.and_then(of), |value| figure(shown(value)))
        };
        vec![
            cell(|one| Some(one.size)),
            cell(|one| one.half_width),
            cell(|one| Some(one.mean)),
            cell(|one| one.deviation),
        ]
    });
    let trajectories = plain(swept.outcomes.points / swept.sweep.experiment.design.points.block.max(1));
    let how = fill("morris.how", &[("trajectories", &trajectories)]);
    let unit = swept.unit(outcome);
    let axes = [("across", &fill("morris.across", &[("unit", &unit)])), ("up", &fill("morris.up", &[("unit", &unit)]))];
    Some(chart(swept, id.clone(), (title, how), |_| fill("graph.axes", &axes), draw, data))
}

/// Values of a factor at one of its ends.
fn range(factor: &Factor, end: &End) -> String {
    let (from, to) = (value_of(factor, end.from), value_of(factor, end.to));
    if from == to { from } else { format!("{from}–{to}") }
}

/// Outcomes at the low and the high end of each factor, the widest on top.
pub(super) fn tornado(swept: &Swept, chapter: usize) -> Drawn {
    let charts = swept.found.iter().filter_map(|found| tornado_of(swept, found, chapter)).collect();
    Drawn { charts, after: String::new() }
}

fn tornado_of(swept: &Swept, found: &Found, chapter: usize) -> Option<Chart> {
    let outcome = found.outcome;
    let shown = |value: f64| swept.shown(outcome, value);
    let middles: Vec<f64> = (0..swept.arms())
        .map(|arm| {
            let values = swept.outcomes.means(outcome, arm);
            let values: Vec<f64> = swept.taken().into_iter().filter_map(|point| values[point]).collect();
            crate::statistics::mean(&values).unwrap_or_default()
        })
        .collect();
    // Ends are drawn by how far they are from the mean of the arm, so that arms far apart have one scale.
    let reach = |end: &End| end.interval.map_or([end.mean, end.mean], |one| [one.low, one.high]);
    let of_arm = |(arm, ends): (usize, &Vec<Option<Ends>>)| -> Vec<f64> {
        let reached = ends.iter().flatten().flat_map(|ends| [reach(&ends.low), reach(&ends.high)]).flatten();
        reached.map(|value| shown(value - middles[arm])).collect()
    };
    let all: Vec<f64> = found.ends.iter().enumerate().flat_map(of_arm).collect();
    if all.is_empty() {
        return None;
    }
    let (low, high) = all.into_iter().fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let room = 0.04 * (high - low).max(f64::MIN_POSITIVE);
    let axis = (low - room, high + room);
    let id = id("tornado", swept, outcome, chapter);
    // In each arm the factor that moves it most stands on top.
    let sorted = |arm: usize| {
        let span = |factor: usize| found.ends[arm][factor].as_ref().map_or(0.0, Ends::span);
        let mut order: Vec<usize> = (0..swept.factors().len()).collect();
        order.sort_by(|&a, &b| super::descending(span(a), span(b)).then(a.cmp(&b)));
        order
    };
    let draw = |arm: usize| {
        let from_mean = |value: f64| shown(value - middles[arm]);
        let row = |factor: usize| {
            let of = &swept.factors()[factor];
            let Some(ends) = &found.ends[arm][factor] else {
                return BarRow { name: of.name(), note: plain(""), bars: Vec::new() };
            };
            let bar = |line: usize, end: &End, color: usize| Bar {
                line,
                from: 0.0,
                to: from_mean(end.mean),
                span: end.interval.map(|one| (from_mean(one.low), from_mean(one.high))),
                color: canvas::color(color),
                opacity: 0.75,
            };
            let note = plain(format!("{} | {}", range(of, &ends.low), range(of, &ends.high)));
            BarRow { name: named(of), note, bars: vec![bar(0, &ends.low, LOW), bar(1, &ends.high, HIGH)] }
        };
        let rows: Vec<BarRow> = sorted(arm).into_iter().take(MOST).map(row).collect();
        draw::bars(&rows, 2, axis, 0.0, &id)
    };
    let title = titled(swept, "tornado.title", outcome);
    let how = if swept.kind() == DesignKind::Grid { say("tornado.grid") } else { say("tornado.sample") };
    let columns = [
        "tornado.low-at",
        "tornado.low",
        "arms.interval",
        "tornado.high-at",
        "tornado.high",
        "arms.interval",
        "tornado.apart",
        "tornado.points",
    ];
    let data = by_factor(swept, &title, &columns, &found.order(), |arm, factor| {
        let Some(ends) = &found.ends[arm][factor] else { return vec![String::new(); 8] };
        let of = &swept.factors()[factor];
        let show = |value: f64| figure(shown(value));
        let side = |end: &End| [range(of, end), show(end.mean), between(end.interval, show)];
        let mut cells: Vec<String> = [side(&ends.low), side(&ends.high)].concat();
        cells.push(crate::results::summary::signed(shown(ends.high.mean - ends.low.mean)));
        cells.push(ends.low.points.to_string());
        cells
    });
    let note = |arm: usize| {
        fill("tornado.axis", &[("unit", &swept.unit(outcome)), ("mean", &plain(figure(shown(middles[arm]))))])
    };
    Some(chart(swept, id.clone(), (title, how.clone()), note, draw, data))
}
