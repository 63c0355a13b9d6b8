//! `oreworld sweep analyze`.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::{Outcome, broken, look_at, merged_in};
use crate::results::summary::{figure, signed, table};
use crate::sweep::analysis::asked::Condition;
use crate::sweep::analysis::data::Outcomes;
use crate::sweep::analysis::forest::{self, Scores};
use crate::sweep::analysis::pairs::{Difference, difference};
use crate::sweep::analysis::prim::Found;
use crate::sweep::analysis::regret::{Choice, choices};
use crate::sweep::analysis::{Interval, Sensitivity, factor_values, sampled, sensitivities};
use crate::sweep::plan::Sweep;
use crate::world_file::problem::{counted, unknown_name};

/// Arguments of `sweep analyze`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder of the sweep, once it is merged, or of merged results.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Looks at this outcome only; may be repeated.
    #[arg(long = "outcome", value_name = "ID")]
    outcomes: Vec<String>,
    /// Looks at the factors in this arm only; may be repeated.
    #[arg(long = "arm", value_name = "ID")]
    arms: Vec<String>,
    /// Compares the arms as options for an outcome of which less is better; may be repeated.
    #[arg(long, value_name = "ID")]
    minimize: Vec<String>,
    /// Compares the arms as options for an outcome of which more is better; may be repeated.
    #[arg(long, value_name = "ID")]
    maximize: Vec<String>,
    /// Looks for the box of factors in which an outcome is above a value, in every arm looked at; may be repeated.
    #[arg(long, value_name = "ID=VALUE")]
    above: Vec<String>,
    /// Looks for the box of factors in which an outcome is below a value; may be repeated.
    #[arg(long, value_name = "ID=VALUE")]
    below: Vec<String>,
    /// Scores the factors by random forests too, which see what rank correlation does not; some seconds for each outcome and arm.
    #[arg(long)]
    forest: bool,
    /// Prints JSON to standard output.
    #[arg(long)]
    json: bool,
}

/// All that was found.
#[derive(Debug, Serialize)]
struct Report {
    experiment: String,
    plan_hash: String,
    design: String,
    arms: Vec<String>,
    baseline: String,
    points: usize,
    seeds: usize,
    failed_runs: usize,
    differences: Vec<Difference>,
    sensitivities: Vec<Sensitivity>,
    choices: Vec<Choice>,
    boxes: Vec<Hits>,
    forests: Vec<Forest>,
}

/// What random forests say of the factors for an outcome in an arm.
#[derive(Debug, Serialize)]
struct Forest {
    outcome: String,
    arm: String,
    factors: Vec<String>,
    scores: Option<Scores>,
}

/// The box of the factors in which something happens.
#[derive(Debug, Serialize)]
struct Hits {
    arm: String,
    condition: String,
    factors: Vec<String>,
    found: Option<Found>,
}

pub(super) fn run(args: &Args) -> Outcome {
    match report(args) {
        Err(outcome) => outcome,
        Ok((_, report)) if args.json => {
            super::super::print(&format!("{:#}\n", serde_json::json!(report)));
            Outcome::Fine
        }
        Ok((sweep, report)) => {
            super::super::print(&text(&sweep, &report));
            Outcome::Fine
        }
    }
}

fn report(args: &Args) -> Result<(Sweep, Report), Outcome> {
    let (folder, _) = merged_in(&args.folder)?;
    let sweep = look_at(&folder)?;
    let outcomes = Outcomes::read(&sweep, &folder).map_err(|error| broken(&folder, &error))?;
    let ids: Vec<&str> = sweep.experiment.outcomes.iter().map(|outcome| outcome.id.as_str()).collect();
    let names: Vec<&str> = sweep.plan.arms.iter().map(String::as_str).collect();
    let looked_at = places("outcome", &args.outcomes, &ids)?;
    let arms = places("arm", &args.arms, &names)?;
    let baseline = sweep.experiment.baseline;
    let sample = sampled(&sweep);
    let all: Vec<usize> = (0..outcomes.points).collect();
    let taken = sample.as_deref().unwrap_or(&all);
    let mut differences = Vec::new();
    let mut found = Vec::new();
    let mut forests = Vec::new();
    let columns = factor_values(&sweep, taken);
    for &outcome in &looked_at {
        let some = |values: Vec<Option<f64>>| taken.iter().map(|&point| values[point]).collect::<Vec<_>>();
        let base = some(outcomes.means(outcome, baseline));
        for arm in (0..names.len()).filter(|&arm| arm != baseline) {
            let pairs = some(outcomes.differences(outcome, arm, baseline));
            differences.extend(difference(&outcomes.columns[outcome], names[arm], &base, &pairs, sample.is_some()));
        }
        for &arm in &arms {
            found.extend(sensitivities(&sweep, &outcomes, outcome, arm));
            if args.forest {
                forests.push(Forest {
                    outcome: outcomes.columns[outcome].clone(),
                    arm: names[arm].to_owned(),
                    factors: sweep.plan.factors.clone(),
                    scores: forest::scores(&columns, &some(outcomes.means(outcome, arm))),
                });
            }
        }
    }
    let mut options = Vec::new();
    for (list, less) in [(&args.minimize, true), (&args.maximize, false)] {
        for outcome in if list.is_empty() { Vec::new() } else { places("outcome", list, &ids)? } {
            let values: Vec<_> = (0..names.len()).map(|arm| outcomes.means(outcome, arm)).collect();
            options.extend(choices(&outcomes.columns[outcome], &sweep.plan.arms, &values, less));
        }
    }
    let boxes = boxes(args, &sweep, &outcomes, &ids, &arms)?;
    let report = Report {
        experiment: sweep.plan.experiment.clone(),
        plan_hash: sweep.plan.plan_hash.clone(),
        design: sweep.plan.design.clone(),
        arms: sweep.plan.arms.clone(),
        baseline: names[baseline].to_owned(),
        points: outcomes.points,
        seeds: outcomes.seeds,
        failed_runs: outcomes.failed,
        differences,
        sensitivities: found,
        choices: options,
        boxes,
        forests,
    };
    Ok((sweep, report))
}

/// Places of some names; of all when none is given.
pub(in crate::cli) fn places(kind: &str, given: &[String], names: &[&str]) -> Result<Vec<usize>, Outcome> {
    if given.is_empty() {
        return Ok((0..names.len()).collect());
    }
    let place = |name: &String| {
        names.iter().position(|known| known == name).ok_or_else(|| {
            let (what, instead) = unknown_name(kind, name, names);
            tell!("{what}; {}", instead.unwrap_or_default());
            Outcome::Unusable
        })
    };
    given.iter().map(place).collect()
}

/// The boxes that are asked for, in every arm looked at.
fn boxes(args: &Args, sweep: &Sweep, outcomes: &Outcomes, ids: &[&str], arms: &[usize]) -> Result<Vec<Hits>, Outcome> {
    let mut found = Vec::new();
    for condition in conditions(&args.above, &args.below, ids)? {
        found.extend(arms.iter().map(|&arm| Hits {
            arm: sweep.plan.arms[arm].clone(),
            condition: condition.show(outcomes),
            factors: sweep.plan.factors.clone(),
            found: condition.boxed(sweep, outcomes, arm),
        }));
    }
    Ok(found)
}

/// Conditions written as an outcome, = and a number.
pub(in crate::cli) fn conditions(above: &[String], below: &[String], ids: &[&str]) -> Result<Vec<Condition>, Outcome> {
    let written = above.iter().map(|text| (text, true)).chain(below.iter().map(|text| (text, false)));
    let read = |(text, above): (&String, bool)| {
        let parts = text.split_once('=').and_then(|(id, value)| Some((id.to_owned(), value.parse::<f64>().ok()?)));
        let Some((id, bound)) = parts else {
            tell!("{text}: write an outcome, = and a number");
            return Err(Outcome::Unusable);
        };
        Ok(Condition { outcome: places("outcome", &[id], ids)?[0], above, bound })
    };
    written.map(read).collect()
}

fn text(sweep: &Sweep, report: &Report) -> String {
    let Report { arms, points, seeds, design, failed_runs, .. } = report;
    // Writing to a string cannot fail.
    let mut out = format!(
        "{}\n{} × {} × {}; points by {design}; {} failed\n",
        sweep.experiment.label.en,
        counted(arms.len(), "arms"),
        counted(*points, "points"),
        counted(*seeds, "seeds"),
        counted(*failed_runs, "runs"),
    );
    if !report.differences.is_empty() {
        let _ = writeln!(out, "\nDifference to `{}` over points, mean over seeds\n", report.baseline);
        out += &differences(report);
    }
    if !report.sensitivities.is_empty() {
        out += "\nWhat the factors do\n\n";
        out += &factors(&report.sensitivities);
    }
    if !report.choices.is_empty() {
        out += "\nArms as options over points\n\n";
        out += &options(&report.choices);
    }
    if !report.forests.is_empty() {
        out += "\nHow much of R² at unseen points a random forest loses without a factor\n\n";
        out += &trees(&report.forests);
    }
    for hits in &report.boxes {
        let _ = write!(out, "\n{} in arm `{}`: ", hits.condition, hits.arm);
        out +=
            &hits.found.as_ref().map_or_else(|| "at all points, or at none\n".to_owned(), |found| boxed(hits, found));
    }
    out
}

fn span(interval: Option<Interval>, show: fn(f64) -> String) -> String {
    interval.map_or_else(String::new, |Interval { low, high, .. }| format!("[{}, {}]", show(low), show(high)))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn differences(report: &Report) -> String {
    let head = ["outcome", "arm", "baseline", "difference", "interval", "5 %", "95 %", "above", "points"];
    let mut rows = vec![head.map(str::to_owned)];
    for one in &report.differences {
        rows.push([
            one.outcome.clone(),
            one.arm.clone(),
            figure(one.baseline),
            signed(one.mean),
            span(one.interval, signed),
            signed(one.low),
            signed(one.high),
            percent(one.above),
            one.points.to_string(),
        ]);
    }
    table(&rows, &[2, 3, 4, 5, 6, 7, 8])
}

fn factors(found: &[Sensitivity]) -> String {
    let share = |value: f64| format!("{value:.2}");
    let mut rows = vec![
        [
            "outcome", "arm", "factor", "first", "interval", "total", "interval", "size", "±", "mean", "spread",
            "rank", "interval",
        ]
        .map(str::to_owned),
    ];
    for one in found {
        let index = |index: Option<Interval>| index.map_or_else(String::new, |index| share(index.value));
        let effect = |of: fn(&crate::sweep::analysis::morris::Effect) -> Option<f64>| {
            one.morris.as_ref().and_then(of).map_or_else(String::new, figure)
        };
        rows.push([
            one.outcome.clone(),
            one.arm.clone(),
            one.factor.clone(),
            index(one.first_order),
            span(one.first_order, share),
            index(one.total),
            span(one.total, share),
            effect(|effect| Some(effect.size)),
            effect(|effect| effect.half_width),
            effect(|effect| Some(effect.mean)),
            effect(|effect| effect.deviation),
            index(one.rank),
            span(one.rank, share),
        ]);
    }
    // What the design does not tell is no column.
    let told: Vec<usize> = (0..13).filter(|&column| rows[1..].iter().any(|row| !row[column].is_empty())).collect();
    let rows: Vec<[String; 13]> = rows
        .into_iter()
        .map(|row| std::array::from_fn(|at| told.get(at).map_or_else(String::new, |&column| row[column].clone())))
        .collect();
    table(&rows, &[3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
}

fn options(choices: &[Choice]) -> String {
    let head = ["outcome", "better", "arm", "mean", "worst", "mean regret", "largest regret", "best at"];
    let mut rows = vec![head.map(str::to_owned)];
    for one in choices {
        rows.push([
            one.outcome.clone(),
            if one.less_is_better { "less" } else { "more" }.to_owned(),
            one.arm.clone(),
            figure(one.mean),
            figure(one.worst),
            figure(one.mean_regret),
            figure(one.largest_regret),
            percent(one.best),
        ]);
    }
    table(&rows, &[3, 4, 5, 6, 7])
}

fn trees(forests: &[Forest]) -> String {
    let share = |value: f64| format!("{value:.2}");
    let head = ["outcome", "arm", "R² of all", "range", "factor", "loss", "range"];
    let mut rows = vec![head.map(str::to_owned)];
    for Forest { outcome, arm, factors, scores } in forests {
        let Some(scores) = scores else {
            let why = format!("fewer than {} points, or no variation", forest::LEAST);
            rows.push([outcome.clone(), arm.clone(), why, String::new(), String::new(), String::new(), String::new()]);
            continue;
        };
        for (factor, loss) in factors.iter().zip(&scores.factors) {
            rows.push([
                outcome.clone(),
                arm.clone(),
                share(scores.r2.value),
                span(Some(scores.r2), share),
                factor.clone(),
                share(loss.value),
                span(Some(*loss), share),
            ]);
        }
    }
    table(&rows, &[2, 3, 5, 6])
}

fn boxed(hits: &Hits, found: &Found) -> String {
    let ranges: Vec<String> = found
        .ranges
        .iter()
        .map(|(factor, low, high)| format!("  {} from {} to {}\n", hits.factors[*factor], figure(*low), figure(*high)))
        .collect();
    format!(
        "at {} of the points; in the box at {}, which holds {} of them and {} of the points\n{}",
        percent(found.base),
        percent(found.density),
        percent(found.coverage),
        percent(found.mass),
        ranges.concat(),
    )
}
