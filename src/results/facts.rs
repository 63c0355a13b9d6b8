//! Results held against the stylized facts: which hold, in how many seeds, and which an arm without a mechanism loses.

use std::fmt::Write as _;
use std::path::Path;

use parquet::errors::Result;
use serde::Serialize;

use super::summary::{Outcomes, figure, load, seeds_from, table};
use crate::experiment::{Arm, Experiment, FactSheet};
use crate::facts::Statistic;
use crate::facts::rows::{Band, Check, EVENTS, ROWS, Role, Row};
use crate::id::Id;
use crate::policy::Policy;
use crate::statistics::quantile;

/// Seeds from which on medians are taken for settled.
const ENOUGH: u32 = 20;

/// Share of the seeds that must be in the band too.
const MOST: f64 = 0.5;

/// How a measure, or a fact, stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// In the band: the median, and half of the seeds.
    Holds,
    /// Not in it.
    Fails,
    /// The statistic is defined in no seed.
    Undefined,
    /// The experiment names no arm for it.
    NotAsked,
}

/// A measure in an arm.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What is measured.
    pub check: Check,
    /// Median over the seeds in which it is defined.
    pub median: Option<f64>,
    /// Seeds in which it is defined.
    pub defined: usize,
    /// Share of all seeds that are in the band.
    pub in_band: f64,
    /// Whether it holds.
    pub verdict: Verdict,
}

/// A fact in an arm.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The fact.
    pub row: &'static Row,
    /// Its measures.
    pub measures: Vec<Measured>,
}

impl Held {
    /// A fact holds when all of its measures do, and fails when one of them does.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.measures.iter().any(|measured| measured.verdict == verdict);
        [Verdict::Fails, Verdict::Undefined, Verdict::NotAsked].into_iter().find(|v| any(*v)).unwrap_or(Verdict::Holds)
    }
}

/// Values by seed of a statistic in an arm, if it is among the outcomes.
fn values<'a>(
    experiment: &Experiment,
    outcomes: &'a Outcomes,
    sheet: &FactSheet,
    arm: usize,
    statistic: Statistic,
) -> &'a [Option<f64>] {
    let wanted = sheet.measure(statistic);
    let mut all = experiment.outcomes.iter();
    let place = all.position(|outcome| outcome.measure == wanted && outcome.weeks == sheet.weeks);
    place.and_then(|place| outcomes.get(place)?.get(arm)).map_or(&[], Vec::as_slice)
}

/// How all facts stand in an arm; what compares an arm that has a role with the baseline stands with the baseline.
fn held(experiment: &Experiment, outcomes: &Outcomes, sheet: &FactSheet, arm: usize) -> Vec<Held> {
    let of = |arm, statistic| values(experiment, outcomes, sheet, arm, statistic);
    let measured = |check: &Check| {
        let nothing = Measured { check: *check, median: None, defined: 0, in_band: 0.0, verdict: Verdict::NotAsked };
        match check {
            Check::Of(statistic, band) => measure(*check, of(arm, *statistic).to_vec(), |v| band.holds(v)),
            Check::Change(role, statistic, band) => {
                let Some(with) = sheet.arm(*role) else { return nothing };
                let pairs = of(arm, *statistic).iter().zip(of(with, *statistic));
                let changes = pairs.map(|(base, with)| Some((*with)? / (*base)? - 1.0)).collect();
                measure(*check, changes, |v| band.holds(v))
            }
            Check::Ever(role, statistic) => {
                let Some(with) = sheet.arm(*role) else { return nothing };
                let found = measure(*check, of(with, *statistic).to_vec(), |v| v > 0.0);
                let verdict = match found.verdict {
                    Verdict::Undefined => Verdict::Undefined,
                    _ if found.in_band > 0.0 => Verdict::Holds,
                    _ => Verdict::Fails,
                };
                Measured { verdict, ..found }
            }
        }
    };
    let here = |row: &&Row| arm == experiment.baseline || row.checks.iter().all(|check| check.role().is_none());
    let row = |row: &'static Row| Held { row, measures: row.checks.iter().map(measured).collect() };
    ROWS.iter().filter(here).map(row).collect()
}

fn measure(check: Check, seeds: Vec<Option<f64>>, holds: impl Fn(f64) -> bool) -> Measured {
    let mut defined: Vec<f64> = seeds.iter().copied().flatten().collect();
    defined.sort_by(f64::total_cmp);
    let median = quantile(&defined, 0.5);
    let in_band = defined.iter().filter(|value| holds(**value)).count() as f64 / seeds.len().max(1) as f64;
    let verdict = match median {
        None => Verdict::Undefined,
        Some(median) if holds(median) && in_band >= MOST => Verdict::Holds,
        Some(_) => Verdict::Fails,
    };
    Measured { check, median, defined: defined.len(), in_band, verdict }
}

/// Why a contract has no prices in an arm, if it has none.
fn lacks(arm: &Arm, contract: &Id) -> Option<String> {
    let Some(of) = arm.setup.contracts.iter().find(|of| of.id == *contract) else {
        return Some(format!("`{}` has no contract \"{contract}\"", arm.id));
    };
    let decreed = |policy: &Policy| match policy {
        Policy::ContractListing(listing) => arm.setup.contracts[listing.contract].id == *contract,
        _ => false,
    };
    let mut policies = arm.setup.nations.iter().flat_map(|nation| &nation.policies);
    (of.listed.is_none() && !policies.any(|(_, policy)| decreed(policy)))
        .then(|| format!("\"{contract}\" is never listed in `{}`", arm.id))
}

/// The facts of an experiment's contracts: a table for one arm, and a line for each of the others.
///
/// # Errors
/// When the runs cannot be read.
pub fn text(experiment: &Experiment, folder: &Path, arm: usize) -> Result<String> {
    let outcomes = load(experiment, folder)?;
    let mut out = String::new();
    for sheet in &experiment.facts {
        let seeds = experiment.seeds.count;
        let base = held(experiment, &outcomes, sheet, experiment.baseline);
        let shown = held(experiment, &outcomes, sheet, arm);
        let day = |week| experiment.calendar.day(week);
        let _ = writeln!(
            out,
            "{}, contract {}, weeks from {} to {}, {}; arm `{}` ({})\n",
            experiment.label.en,
            sheet.contract,
            day(sheet.weeks.start),
            day(sheet.weeks.end.saturating_sub(1)),
            seeds_from(experiment.seeds.first, u64::from(seeds)),
            experiment.arms[arm].id,
            experiment.arms[arm].label.en,
        );
        let lack = lacks(&experiment.arms[arm], &sheet.contract);
        out += &rows(&shown, seeds, lack.as_deref());
        let _ = writeln!(out, "\n{}", counted(&shown));
        if let Some(lack) = lack {
            let _ = writeln!(out, "{lack}, so that no fact of its prices has a number there.");
        }
        let apart = apart(&shown);
        if !apart.is_empty() {
            let _ = writeln!(out, "{apart} compare other arms with the baseline and stand in its table.");
        }
        let _ = writeln!(out, "{EVENTS}");
        if seeds < ENOUGH {
            let _ = writeln!(out, "Under {ENOUGH} seeds a median may yet fall on the other side of a band.");
        }
        for (place, other) in experiment.arms.iter().enumerate().filter(|(place, _)| *place != experiment.baseline) {
            out += &against(other, &base, &held(experiment, &outcomes, sheet, place));
        }
        out.push('\n');
    }
    Ok(out)
}

/// Numbers of the facts that are not looked at in an arm.
fn apart(held: &[Held]) -> String {
    let there = |row: &&Row| held.iter().any(|fact| fact.row.number == row.number);
    let missing: Vec<String> = ROWS.iter().filter(|row| !there(row)).map(|row| row.number.to_string()).collect();
    missing.join(" and ")
}

fn rows(held: &[Held], seeds: u32, lack: Option<&str>) -> String {
    let heads = ["#", "fact", "measure", "unit", "median", "band", "in band", ""];
    let mut lines = vec![heads.map(str::to_owned)];
    for fact in held {
        for (line, measured) in fact.measures.iter().enumerate() {
            let first = |text: String| if line == 0 { text } else { String::new() };
            let statistic = measured.check.statistic();
            let (of, unit) = match measured.check {
                Check::Of(..) => (statistic.name().to_owned(), statistic.unit().replace('_', " ")),
                Check::Change(role, ..) => (format!("{}, {}", statistic.name(), role.field()), "change".to_owned()),
                Check::Ever(role, _) => {
                    (format!("{}, {}", statistic.name(), role.field()), statistic.unit().to_owned())
                }
            };
            lines.push([
                first(fact.row.number.to_string()),
                first(fact.row.name.to_owned()),
                of,
                unit,
                measured.median.map_or_else(String::new, figure),
                band(&measured.check),
                format!("{:.0} %", 100.0 * measured.in_band),
                note(measured, seeds, lack),
            ]);
        }
    }
    table(&lines, &[0, 4, 6])
}

fn band(check: &Check) -> String {
    match check {
        Check::Ever(..) => "> 0 in some seed".to_owned(),
        Check::Of(_, band) | Check::Change(_, _, band) if *band == Band::ABOVE_ZERO => "> 0".to_owned(),
        Check::Of(_, band) | Check::Change(_, _, band) if *band == Band::BELOW_ZERO => "< 0".to_owned(),
        Check::Of(_, Band { low, high }) | Check::Change(_, _, Band { low, high }) => {
            match (low.is_finite(), high.is_finite()) {
                (true, true) => format!("{low:.2} to {high:.2}"),
                (true, false) => format!("at least {low:.2}"),
                _ => format!("at most {high:.2}"),
            }
        }
    }
}

/// What a measure comes to, and why it has no number where it has none.
fn note(measured: &Measured, seeds: u32, lack: Option<&str>) -> String {
    let statistic = measured.check.statistic();
    let partly = if measured.defined < seeds as usize && measured.defined > 0 {
        format!("; defined in {} of {seeds} seeds", measured.defined)
    } else {
        String::new()
    };
    match (measured.verdict, measured.check.role()) {
        (Verdict::Holds, _) => format!("holds{partly}"),
        (Verdict::Fails, _) => format!("fails{partly}"),
        (Verdict::Undefined, None) if lack.is_some() => format!("not defined: {}", lack.unwrap_or_default()),
        (Verdict::Undefined, _) => format!("not defined: needs {}", statistic.needs()),
        (Verdict::NotAsked, role) => {
            let field = role.map_or("", Role::field);
            format!("not asked: name the arm in `facts`, such as {field}: \"..\"")
        }
    }
}

/// How many facts hold.
fn counted(held: &[Held]) -> String {
    let count = |verdict| held.iter().filter(|fact| fact.verdict() == verdict).count();
    let without = count(Verdict::Undefined) + count(Verdict::NotAsked);
    let rest = match without {
        0 => String::new(),
        1 => "; 1 has no number".to_owned(),
        _ => format!("; {without} have no number"),
    };
    let holds = count(Verdict::Holds);
    format!("{holds} of {} facts {}{rest}.", held.len(), if holds == 1 { "holds" } else { "hold" })
}

/// What an arm loses and wins against the baseline, and whether it loses what it must.
fn against(arm: &Arm, base: &[Held], held: &[Held]) -> String {
    let holds = |facts: &[Held], number: u32| {
        facts.iter().find(|fact| fact.row.number == number).map(|fact| fact.verdict() == Verdict::Holds)
    };
    let numbers = |from: &[Held], to: &[Held]| {
        let kept = from.iter().map(|fact| fact.row.number).filter(|number| holds(to, *number).is_some());
        let lost: Vec<String> = kept
            .filter(|number| holds(from, *number) == Some(true) && holds(to, *number) == Some(false))
            .map(|number| number.to_string())
            .collect();
        if lost.is_empty() { "none".to_owned() } else { lost.join(", ") }
    };
    let mut out = format!(
        "`{}` ({}): {} Lost against the baseline: {}; won: {}.\n",
        arm.id,
        arm.label.en,
        counted(held),
        numbers(base, held),
        numbers(held, base),
    );
    for &number in &arm.destroys {
        let said = match (holds(base, number), holds(held, number)) {
            (Some(true), Some(false)) => "yes",
            (Some(true), Some(true)) => "no, it holds",
            (Some(false), _) => "cannot be said, since it does not hold in the baseline",
            _ => "cannot be said, since it is about another arm",
        };
        let medians = |facts: &[Held]| {
            let fact = facts.iter().find(|fact| fact.row.number == number);
            let of = |measured: &Measured| measured.median.map_or_else(|| "not defined".to_owned(), figure);
            fact.map_or_else(String::new, |fact| fact.measures.iter().map(of).collect::<Vec<_>>().join(", "))
        };
        let _ = writeln!(out, "  must lose {number}: {said} (from {} to {}).", medians(base), medians(held));
    }
    out
}

/// A measure of a fact in an arm, as programs read it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Experiment.
    pub experiment: String,
    /// Contract.
    pub contract: String,
    /// Arm.
    pub arm: String,
    /// Number of the fact.
    pub row: u32,
    /// Statistic.
    pub statistic: &'static str,
    /// Role of the arm that it is compared with; empty without.
    pub role: &'static str,
    /// Median over the seeds.
    pub median: Option<f64>,
    /// Ends of the band; an open one is infinite, and null in JSON.
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// Share of the seeds in the band.
    pub share_of_seeds_in_band: f64,
    /// Whether it holds.
    pub verdict: Verdict,
}

/// Every measure of every arm.
///
/// # Errors
/// When the runs cannot be read.
pub fn lines(experiment: &Experiment, folder: &Path) -> Result<Vec<Line>> {
    let outcomes = load(experiment, folder)?;
    let mut lines = Vec::new();
    for sheet in &experiment.facts {
        for (place, arm) in experiment.arms.iter().enumerate() {
            for fact in held(experiment, &outcomes, sheet, place) {
                lines.extend(fact.measures.iter().map(|measured| {
                    let (low, high) = match measured.check {
                        Check::Of(_, band) | Check::Change(_, _, band) => (band.low, band.high),
                        Check::Ever(..) => (f64::MIN_POSITIVE, f64::INFINITY),
                    };
                    Line {
                        experiment: experiment.id.to_string(),
                        contract: sheet.contract.to_string(),
                        arm: arm.id.to_string(),
                        row: fact.row.number,
                        statistic: measured.check.statistic().name(),
                        role: measured.check.role().map_or("", Role::field),
                        median: measured.median,
                        low,
                        high,
                        share_of_seeds_in_band: measured.in_band,
                        verdict: measured.verdict,
                    }
                }));
            }
        }
    }
    Ok(lines)
}

/// Every measure of every arm as lines of comma-separated values.
///
/// # Errors
/// When the runs cannot be read.
pub fn csv(experiment: &Experiment, folder: &Path) -> Result<String> {
    let mut out = String::new();
    for line in lines(experiment, folder)? {
        let Line { experiment, contract, arm, row, statistic, role, low, high, verdict, .. } = &line;
        let median = line.median.map_or_else(String::new, |median| (median + 0.0).to_string()); // no sign of a zero
        let share = line.share_of_seeds_in_band;
        let _ = writeln!(
            out,
            "{experiment},{contract},{arm},{row},{statistic},{role},{median},{low:?},{high:?},{share},{verdict:?}"
        );
    }
    Ok(out)
}

/// Names of the columns of [`csv`].
pub const HEAD: &str = "experiment,contract,arm,row,statistic,role,median,low,high,share_of_seeds_in_band,verdict\n";

#[cfg(test)]
mod tests {
    use super::super::fake::{experiment, id};
    use super::*;

    /// An experiment with an arm that has a reserve and must lose two facts, and values of its statistics by arm.
    fn asked(value: impl Fn(usize, Statistic, usize) -> Option<f64>) -> (Experiment, Outcomes) {
        let mut experiment = experiment(4, 30);
        let sheet = FactSheet { contract: id("tin"), weeks: 5..30, floor: None, ceiling: None, reserve: Some(0) };
        let needed = crate::facts::rows::needed(|role| role == Role::Reserve);
        experiment.outcomes = needed.iter().filter_map(|statistic| sheet.outcome(*statistic)).collect();
        experiment.facts = vec![sheet];
        experiment.arms[0].destroys = vec![4, 8];
        let seeds = |arm, of| (0..4).map(|seed| value(arm, of, seed)).collect();
        let outcomes = needed.iter().map(|of| (0..2).map(|arm| seeds(arm, *of)).collect()).collect();
        (experiment, outcomes)
    }

    fn fact(held: &[Held], number: u32) -> &Held {
        held.iter().find(|fact| fact.row.number == number).expect("a fact")
    }

    #[test]
    fn a_fact_holds_when_the_median_and_half_of_the_seeds_do() {
        let spread = [0.1, 0.25, 0.4, 0.9];
        let (experiment, outcomes) = asked(|_, of, seed| match of {
            Statistic::SpotVolatility => Some(spread[seed]),
            Statistic::ThreeMonthVolatility => Some(0.3),
            // The median is in the band and only a quarter of the seeds.
            Statistic::MaturityVolatility => [Some(0.6), None, None, None][seed],
            Statistic::Backwardation => None,
            _ => Some(0.5),
        });
        let base = held(&experiment, &outcomes, &experiment.facts[0], 1);
        let volatility = &fact(&base, 1).measures[0];
        assert!(
            (volatility.median.expect("a median") - 0.325).abs() < 1e-12 && (volatility.in_band - 0.5).abs() < 1e-12
        );
        assert_eq!(fact(&base, 1).verdict(), Verdict::Holds);
        assert_eq!((fact(&base, 2).verdict(), fact(&base, 2).measures[0].defined), (Verdict::Fails, 1));
        assert_eq!(fact(&base, 4).verdict(), Verdict::Undefined);
        assert_eq!(fact(&base, 19).verdict(), Verdict::NotAsked);
        let text = rows(&base, 4, None);
        assert!(
            text.contains("not defined: needs a month 13 to 16 weeks away") && text.contains("floor: \"..\""),
            "{text}"
        );
        assert!(text.contains("fails; defined in 1 of 4 seeds"), "{text}");
        let unlisted = rows(&base, 4, Some("`open` has no contract \"tin\""));
        assert!(unlisted.contains("not defined: `open` has no contract \"tin\""), "{unlisted}");
        assert!(
            apart(&base).is_empty() && apart(&held(&experiment, &outcomes, &experiment.facts[0], 0)) == "19 and 20"
        );
    }

    #[test]
    fn a_reserve_is_held_against_the_baseline_seed_by_seed() {
        let with = |empty: f64| {
            asked(move |arm, of, seed| match of {
                // 7 % lower within each seed, whose levels differ.
                Statistic::HighPrice => Some((1.0 + seed as f64) * if arm == 0 { 0.93 } else { 1.0 }),
                Statistic::SpotVolatility => Some(if arm == 0 { 0.3 } else { 0.31 }),
                Statistic::ReserveEmpty => (arm == 0).then_some(if seed == 2 { empty } else { 0.0 }),
                _ => Some(0.5),
            })
        };
        let (experiment, outcomes) = with(0.1);
        let base = held(&experiment, &outcomes, &experiment.facts[0], 1);
        let reserve = fact(&base, 20);
        assert_eq!(reserve.verdict(), Verdict::Holds, "{reserve:?}");
        assert!((reserve.measures[0].median.expect("a median") + 0.07).abs() < 1e-12);
        let (experiment, outcomes) = with(0.0);
        let base = held(&experiment, &outcomes, &experiment.facts[0], 1);
        assert_eq!(fact(&base, 20).verdict(), Verdict::Fails, "it never runs out");
        let arm = held(&experiment, &outcomes, &experiment.facts[0], 0);
        assert!(arm.iter().all(|fact| fact.row.number != 20), "rows about roles stand with the baseline");
    }

    #[test]
    fn an_arm_says_what_it_lost_and_whether_it_had_to() {
        let (experiment, outcomes) = asked(|arm, of, _| match of {
            Statistic::ContangoOverCarry => Some(if arm == 0 { 6.8 } else { 1.0 }),
            Statistic::Backwardation => Some(0.5),
            _ => Some(0.0),
        });
        let of = |arm| held(&experiment, &outcomes, &experiment.facts[0], arm);
        let said = against(&experiment.arms[0], &of(1), &of(0));
        assert!(said.contains("Lost against the baseline: 8; won: none."), "{said}");
        assert!(said.contains("must lose 8: yes (from 1.00 to 6.80)."), "{said}");
        assert!(said.contains("must lose 4: no, it holds (from 0.500 to 0.500)."), "{said}");
    }
}
