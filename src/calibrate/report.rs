//! What a calibration says: prior and posterior of every factor, every target beside what was seen, and what to doubt.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::Calibration;
use super::particles::Weights;
use super::prediction::Mixture;
use crate::experiment::factor::{Drawn, Factor};
use crate::math;
use crate::results::summary::{figure, table};
use crate::world_file::problem::counted;

/// Shares of the bands that are looked at.
const BANDS: [f64; 3] = [0.5, 0.8, 0.95];

/// A factor of which less than this is learned is as uncertain as before.
const LITTLE: f64 = 0.1;

/// Correlation of two factors from which on they stand in for each other.
const TRADED: f64 = 0.7;

/// Share of the posterior within a twentieth of the prior's end from which on it presses against the end.
const PRESSED: f64 = 0.25;

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Id of the calibration.
    pub calibration: String,
    /// Hash of what it follows from.
    pub hash: String,
    /// What people read, in English.
    pub label: String,
    /// What it asks, in English.
    pub question: String,
    /// How the rounds went.
    pub rounds: Vec<Round>,
    /// Factors, in order of id.
    pub factors: Vec<FactorLine>,
    /// Targets, in the order of the file.
    pub targets: Vec<TargetLine>,
    /// How many of the fitted targets lie in bands of the posterior.
    pub fitted: Vec<Coverage>,
    /// The same of those held out.
    pub held_out: Vec<Coverage>,
    /// What to doubt.
    pub warnings: Vec<String>,
}

/// How a round went.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Number, from 0.
    pub round: usize,
    /// Runs so far.
    pub runs: usize,
    /// Of these, those that failed or do not say what was asked.
    pub without: usize,
    /// Tolerance h after it.
    pub tolerance: f64,
    /// How many independent draws all particles are worth.
    pub effective: f64,
    /// Mean of d² by weight, to be compared with the number of targets.
    pub distance: f64,
}

/// What is known of a factor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactorLine {
    /// Its column.
    pub factor: String,
    /// 5 %, median and 95 % of the prior.
    pub prior: [f64; 3],
    /// The same of the posterior.
    pub posterior: [f64; 3],
    /// 1 − variance of the posterior over that of the prior, both as places in the prior's probability: 0 says that nothing
    /// was learned, 1 that all is known.
    pub contraction: f64,
    /// Of a choice that is no number: its values with their share of the prior and of the posterior.
    pub shares: Vec<(String, f64, f64)>,
}

/// What the particles say of a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetLine {
    /// Its column.
    pub target: String,
    /// What was seen.
    pub value: f64,
    /// Standard deviation of the error that the file gives it.
    pub deviation: f64,
    /// Whether it was not fitted.
    pub held_out: bool,
    /// 5 %, median and 95 % before anything was seen, error included; nothing if no run says it.
    pub prior: Option<[f64; 3]>,
    /// The same by the posterior.
    pub posterior: Option<[f64; 3]>,
    /// Share of the posterior below what was seen.
    pub below: Option<f64>,
    /// Who published it.
    pub source: String,
}

/// How many targets lie in a band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Share that the band should hold.
    pub share: f64,
    /// Targets in it.
    pub inside: usize,
    /// Targets.
    pub of: usize,
}

/// All particles, as a report needs them.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// What they count.
    pub weights: &'a Weights,
    /// Places of their factors in the prior's probability.
    pub places: &'a [Vec<f64>],
    /// Values of their factors.
    pub drawn: &'a [Vec<Drawn>],
    /// Outcomes of their runs.
    pub outcomes: &'a [Vec<Vec<Option<f64>>>],
    /// How many of them are the prior's.
    pub first: usize,
    /// How the rounds went.
    pub rounds: &'a [Round],
}

impl Report {
    /// Of a calibration that is done.
    #[must_use]
    pub fn new(calibration: &Calibration, found: &Found) -> Self {
        let experiment = &calibration.experiment;
        let factors: Vec<FactorLine> =
            experiment.design.factors.iter().enumerate().map(|(place, factor)| line(factor, place, found)).collect();
        let targets: Vec<TargetLine> =
            (0..calibration.targets.len()).map(|place| target(calibration, place, found)).collect();
        let coverage = |held_out: bool| {
            let places: Vec<f64> =
                targets.iter().filter(|line| line.held_out == held_out).filter_map(|line| line.below).collect();
            let inside = |share: f64| places.iter().filter(|below| (*below - 0.5).abs() <= share / 2.0).count();
            let all = targets.iter().filter(|line| line.held_out == held_out).count();
            BANDS.map(|share| Coverage { share, inside: inside(share), of: all }).to_vec()
        };
        Self {
            calibration: experiment.id.to_string(),
            hash: experiment.hash().to_string(),
            label: experiment.label.en.clone(),
            question: experiment.question.en.clone(),
            warnings: warnings(calibration, &factors, &targets, found),
            fitted: coverage(false),
            held_out: coverage(true),
            rounds: found.rounds.to_vec(),
            factors,
            targets,
        }
    }

    /// As people read it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("{}\n{}\n\n", self.label, self.question);
        let head = ["round", "runs", "without", "tolerance", "worth", "distance²"];
        let mut rows = vec![head.map(str::to_owned)];
        for round in &self.rounds {
            rows.push([
                round.round.to_string(),
                round.runs.to_string(),
                round.without.to_string(),
                format!("{:.2}", round.tolerance),
                format!("{:.0}", round.effective),
                format!("{:.1}", round.distance),
            ]);
        }
        out += &table(&rows, &[0, 1, 2, 3, 4, 5]);
        out += "\nFactors: 5 %, median and 95 % before and after\n\n";
        out += &factor_table(&self.factors);
        for (held_out, title) in
            [(false, "Targets: 5 %, median and 95 %, error included"), (true, "Held out: predicted, not fitted")]
        {
            if self.targets.iter().any(|line| line.held_out == held_out) {
                let coverage = if held_out { &self.held_out } else { &self.fitted };
                let _ = write!(out, "\n{title}\n\n{}", target_table(&self.targets, held_out));
                let share =
                    |one: &Coverage| format!("{} of {} in the {:.0} % band", one.inside, one.of, 100.0 * one.share);
                let _ = writeln!(out, "{}", coverage.iter().map(share).collect::<Vec<_>>().join(", "));
            }
        }
        if !self.warnings.is_empty() {
            out += "\nTo doubt\n\n";
            for warning in &self.warnings {
                let _ = writeln!(out, "- {warning}");
            }
        }
        out
    }
}

fn factor_table(factors: &[FactorLine]) -> String {
    let head = ["factor", "before", "", "", "after", "", "", "contraction"];
    let mut rows = vec![head.map(str::to_owned)];
    for line in factors.iter().filter(|line| line.shares.is_empty()) {
        let ([a, b, c], [d, e, f]) = (line.prior.map(figure), line.posterior.map(figure));
        rows.push([line.factor.clone(), a, b, c, d, e, f, format!("{:.2}", line.contraction)]);
    }
    for line in factors {
        for (name, prior, posterior) in &line.shares {
            let empty = String::new;
            let share = |share: &f64| format!("{:.0} %", 100.0 * share);
            rows.push([
                format!("{} {name}", line.factor),
                empty(),
                share(prior),
                empty(),
                empty(),
                share(posterior),
                empty(),
                empty(),
            ]);
        }
    }
    table(&rows, &[1, 2, 3, 4, 5, 6, 7])
}

fn target_table(targets: &[TargetLine], held_out: bool) -> String {
    let head = ["target", "seen", "±", "before", "", "", "after", "", "", "below"];
    let mut rows = vec![head.map(str::to_owned)];
    for line in targets.iter().filter(|line| line.held_out == held_out) {
        let three = |band: Option<[f64; 3]>| band.map_or_else(|| ["", "-", ""].map(str::to_owned), |b| b.map(figure));
        let ([a, b, c], [d, e, f]) = (three(line.prior), three(line.posterior));
        let below = line.below.map_or_else(String::new, |below| format!("{:.0} %", 100.0 * below));
        rows.push([line.target.clone(), figure(line.value), figure(line.deviation), a, b, c, d, e, f, below]);
    }
    table(&rows, &[1, 2, 3, 4, 5, 6, 7, 8, 9])
}

const SHOWN: [f64; 3] = [0.05, 0.5, 0.95];

fn line(factor: &Factor, place: usize, found: &Found) -> FactorLine {
    let weights = &found.weights.particles;
    let values = found.drawn.iter().map(|drawn| drawn[place].number).zip(weights.iter().copied());
    let posterior =
        Mixture::new(values, 0.0).map_or([f64::NAN; 3], |mixture| SHOWN.map(|share| mixture.quantile(share)));
    let mean = |of: &dyn Fn(f64) -> f64| -> f64 {
        found.places.iter().zip(weights).map(|(places, weight)| weight * of(places[place])).sum()
    };
    let centre = mean(&|u| u);
    let variance = mean(&|u| (u - centre) * (u - centre));
    let names = if factor.is_number() { Vec::new() } else { factor.names() };
    let count = names.len() as f64;
    let shares = names.into_iter().enumerate().map(|(choice, name)| {
        let chosen = |drawn: &&Vec<Drawn>| drawn[place].chosen == Some(choice);
        let posterior =
            found.drawn.iter().zip(weights).filter(|(drawn, _)| chosen(drawn)).map(|(_, weight)| weight).sum();
        (name, 1.0 / count, posterior)
    });
    FactorLine {
        factor: factor.column(),
        prior: SHOWN.map(|share| factor.drawn(share, false).number),
        posterior,
        contraction: 1.0 - 12.0 * variance, // a uniform place has a variance of 1/12
        shares: shares.collect(),
    }
}

fn target(calibration: &Calibration, place: usize, found: &Found) -> TargetLine {
    let (target, outcome) = (&calibration.targets[place], &calibration.experiment.outcomes[place]);
    let seen = |runs: &[Vec<Option<f64>>], run: usize| runs[run][place].unwrap_or(f64::NAN);
    let of = |weight: &dyn Fn(usize, usize) -> f64, particles: usize, deviation: f64| {
        let all = found.outcomes.iter().take(particles).enumerate();
        let values =
            all.flat_map(|(particle, runs)| (0..runs.len()).map(move |run| (seen(runs, run), weight(particle, run))));
        Mixture::new(values.collect::<Vec<_>>().into_iter(), deviation)
    };
    let band = |mixture: &Mixture| SHOWN.map(|share| mixture.quantile(share));
    let prior = of(&|_, _| 1.0, found.first, target.deviation);
    let error = target.deviation * found.weights.tolerance;
    let posterior = of(&|particle, run| found.weights.runs[particle][run], usize::MAX, error);
    TargetLine {
        target: outcome.column(),
        value: target.value,
        deviation: target.deviation,
        held_out: target.held_out,
        prior: prior.as_ref().map(band),
        posterior: posterior.as_ref().map(band),
        below: posterior.as_ref().map(|mixture| mixture.below(target.value)),
        source: target.source.clone(),
    }
}

fn warnings(calibration: &Calibration, factors: &[FactorLine], targets: &[TargetLine], found: &Found) -> Vec<String> {
    let mut out = Vec::new();
    let fitted = calibration.targets.iter().filter(|target| !target.held_out).count() as f64;
    let Weights { tolerance, effective, particles, .. } = found.weights;
    let last = found.rounds.last();
    if *tolerance > 1.0 {
        out.push(format!(
            "runs are taken to be off by {tolerance:.3} times the deviations that the file gives: closer than that, fewer particles than asked for would count. Raise `rounds` or `particles`, or what the targets may be off"
        ));
    }
    if *effective < 50.0 {
        out.push(format!("all particles are worth {effective:.0} independent draws: raise `rounds` or `particles`"));
    }
    if let Some(round) = last.filter(|round| round.distance > fitted + 4.0 * math::sqrt(2.0 * fitted)) {
        out.push(format!(
            "the world does not do what was seen anywhere in the prior: distance² is {:.0}, and {fitted} targets with the deviations of the file would give about {fitted}",
            round.distance
        ));
    }
    for line in targets.iter().filter(|line| !line.held_out) {
        if let Some(below) = line.below.filter(|below| (below - 0.5).abs() > 0.475) {
            let which = if below < 0.5 { "too high" } else { "too low" };
            out.push(format!("{}: fitted runs are {which}, what was seen lies outside their 95 % band", line.target));
        }
    }
    for (place, line) in factors.iter().enumerate() {
        if line.contraction < LITTLE {
            out.push(format!("{}: as uncertain as before, the targets say little of it", line.factor));
        }
        let within = |near: &dyn Fn(f64) -> bool| -> f64 {
            found.places.iter().zip(particles).filter(|(u, _)| near(u[place])).map(|(_, weight)| weight).sum()
        };
        let ends = [(within(&|u| u < 0.05), "lower"), (within(&|u| u > 0.95), "upper")];
        for (share, end) in ends.into_iter().filter(|(share, _)| *share > PRESSED && line.shares.is_empty()) {
            out.push(format!(
                "{}: presses against the {end} end of its prior ({:.0} % within a twentieth of it)",
                line.factor,
                100.0 * share
            ));
        }
    }
    for one in 0..factors.len() {
        for other in one + 1..factors.len() {
            let together = correlation(found, one, other);
            if together.abs() > TRADED {
                let how = if together > 0.0 { "rise" } else { "trade off" };
                out.push(format!(
                    "{} and {} {how} together (correlation {together:.2}): only both are known, not each",
                    factors[one].factor, factors[other].factor
                ));
            }
        }
    }
    if let Some(round) = last.filter(|round| round.without > 0) {
        let runs = counted(round.without, "runs");
        out.push(format!("{runs} without all that was asked, failed or not, which count nothing"));
    }
    out
}

fn correlation(found: &Found, one: usize, other: usize) -> f64 {
    let mean = |of: &dyn Fn(&[f64]) -> f64| -> f64 {
        found.places.iter().zip(&found.weights.particles).map(|(places, weight)| weight * of(places)).sum()
    };
    let (a, b) = (mean(&|u| u[one]), mean(&|u| u[other]));
    let of = |i: usize, m: f64, j: usize, n: f64| mean(&|u| (u[i] - m) * (u[j] - n));
    let scale = math::sqrt(of(one, a, one, a) * of(other, b, other, b));
    if scale > 0.0 { of(one, a, other, b) / scale } else { 0.0 }
}
