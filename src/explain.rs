//! Why a price moved: what happened on the way, and what the price would have been without each of it.
//!
//! The asked run is run once more for each cause with that cause alone taken away, with the same seed, and subtracted. Draws
//! are keyed by agent and week, so nothing else of the run's luck moves: a cause that changes nothing has an effect of exactly
//! 0. The causes that matter are then taken away in other seeds too, for an interval. Effects do not add up: what two bans
//! do together is not the sum of what each does alone, and the remainder is said.
//!
//! Let P be the price with and P' without a cause, w the week asked about and s the week before the window. The effect on
//! the price is P(w) − P'(w); the effect on the move is (P(w) − P(s)) − (P'(w) − P'(s)), by which causes are ranked.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;
use serde::Serialize;
use thiserror::Error;

pub mod causes;
pub mod events;
pub mod question;
pub mod text;
mod view;

use crate::experiment::Experiment;
use crate::market::Markets;
use crate::model::Model;
use crate::record::TABLES;
use crate::results::runner::message_of;
use crate::results::simulate::{Keep, simulate};
use crate::setup::Setup;
use crate::statistics;

use causes::Cause;
use events::Event;
use question::Question;

/// Level of the intervals.
pub const LEVEL: f64 = 0.95;

/// How to look.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Seeds over which the causes that matter are looked at, from the experiment's first on.
    pub seeds: u32,
    /// How many causes are.
    pub top: usize,
    /// Runs at a time; as many as the machine has cores when not given.
    pub threads: Option<usize>,
}

/// What happens on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many runs are to be done.
    Begun(usize),
    /// A run is done.
    Done,
}

/// Why there is no explanation.
#[derive(Debug, Error)]
pub enum ExplainError {
    /// A run failed.
    #[error("seed {seed}, {run}: {why}")]
    Run {
        /// Seed.
        seed: u64,
        /// What was taken away.
        run: String,
        /// Why.
        why: String,
    },
    /// The threads could not be started.
    #[error("the threads could not be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// What a cause does to a price \[USD/t\].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Effect {
    /// On the price of the week.
    pub price: f64,
    /// On the mean price of the window.
    pub mean: f64,
    /// On the move over the window.
    pub moved: f64,
}

impl Effect {
    /// What prices with it have over those without.
    #[must_use]
    pub fn of(with: &[f64], without: &[f64], question: &Question) -> Self {
        let (week, from) = (question.week as usize, question.from as usize);
        let differences = with.iter().zip(without).map(|(with, without)| with - without);
        let window: Vec<f64> = differences.skip(from + 1).collect();
        Self {
            price: with[week] - without[week],
            mean: statistics::mean(&window).unwrap_or(0.0),
            moved: moved(with, question) - moved(without, question),
        }
    }
}

/// By how much prices move over the window.
fn moved(prices: &[f64], question: &Question) -> f64 {
    prices[question.week as usize] - prices[question.from as usize]
}

/// Mean over seeds with its Student interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OverSeeds {
    /// Mean.
    pub mean: f64,
    /// Lower end; `None` of a single seed.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// How many.
    pub seeds: usize,
}

impl OverSeeds {
    fn of(values: &[f64]) -> Option<Self> {
        let found = statistics::estimate(values, LEVEL)?;
        let (low, high) = found.ends().unzip();
        Some(Self { mean: found.mean, low, high, seeds: found.count })
    }
}

/// Effects on the move and on the price in other seeds.
type InOthers = (Option<OverSeeds>, Option<OverSeeds>);

/// A cause and what it did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// What kind of thing it is.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// What was done to take it away.
    pub without: &'static str,
    /// What it does in the seed asked about.
    #[serde(flatten)]
    pub effect: Effect,
    /// Effect on the move over the move; nothing when the price did not move.
    pub share: Option<f64>,
    /// Effect on the move in other seeds, if it was looked at.
    pub moved_over_seeds: Option<OverSeeds>,
    /// Effect on the price in other seeds.
    pub price_over_seeds: Option<OverSeeds>,
    /// Price without it in every week from the one before the window on.
    pub prices_without: Vec<f64>,
}

/// Why a price moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Experiment.
    pub experiment: String,
    /// Arm.
    pub arm: String,
    /// Seed.
    pub seed: u64,
    /// Mineral, stage and region.
    pub market: String,
    /// First days of the week before the window and of the week asked about.
    pub from: String,
    /// See `from`.
    pub to: String,
    /// First day of every week from the one before the window on, and its price.
    pub prices: Vec<(String, f64)>,
    /// What happened, in order of time.
    pub events: Vec<Told>,
    /// Policies whose events are left out, since without them this price would have been the same in every week.
    pub beside_the_point: usize,
    /// Causes with an effect, the largest on the move first.
    pub causes: Vec<Ranked>,
    /// Mines and plants that stand from the first week on, the largest effect on the price first. A world that never had one
    /// of them says how much hangs on it, and not why the price moved.
    pub suppliers: Vec<Ranked>,
    /// Causes whose effect is exactly 0 in every week up to the one asked about.
    pub inert: Vec<String>,
    /// Price of the week and before the window, and their difference.
    pub price: f64,
    /// See `price`.
    pub before: f64,
    /// See `price`.
    pub moved: f64,
    /// Sum of the effects on the move.
    pub sum: f64,
    /// Effect of all causes taken away at once.
    pub together: Effect,
    /// Part of the move that stays when all are taken away.
    pub rest: f64,
}

/// An event beside the price of its week.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// First day of the week.
    pub day: String,
    /// Price of the week.
    pub price: f64,
    /// What kind of thing it happened to.
    pub kind: &'static str,
    /// To whom.
    pub who: String,
    /// What.
    pub what: String,
}

/// Explains a move.
///
/// # Errors
/// When a run fails, or the threads cannot be started.
pub fn explain(
    experiment: &Experiment,
    question: &Question,
    options: Options,
    watch: &(dyn Fn(Progress) + Sync),
) -> Result<Explanation, ExplainError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads.unwrap_or(0)).build()?;
    pool.install(|| Look { experiment, setup: &experiment.arms[question.arm].setup, question, watch }.explain(options))
}

/// A look at a move.
struct Look<'a> {
    experiment: &'a Experiment,
    setup: &'a Setup,
    question: &'a Question,
    watch: &'a (dyn Fn(Progress) + Sync),
}

impl Look<'_> {
    fn explain(&self, options: Options) -> Result<Explanation, ExplainError> {
        let question = self.question;
        let tables = guarded(|| simulate(self.setup, question.seed, question.week + 1, Keep::last(TABLES)));
        let tables = tables.map_err(|why| failed(question.seed, "as it was", why))?.tables;
        let with = self.prices(question.seed, &[])?;
        let causes = causes::all(self.setup, question, &tables);

        (self.watch)(Progress::Begun(causes.len() + 1));
        let runs: Result<Vec<Vec<f64>>, _> =
            causes.par_iter().map(|cause| self.counted(question.seed, &[*cause])).collect();
        let mut found: Vec<(Cause, Vec<f64>)> = causes.into_iter().zip(runs?).collect();
        let inert: BTreeSet<Cause> =
            found.iter().filter(|(_, without)| *without == with).map(|(cause, _)| *cause).collect();
        let named = |cause: &Cause| format!("{} {}", cause.kind(), cause.id(self.setup));
        let names = found.iter().filter(|(cause, _)| inert.contains(cause)).map(|(cause, _)| named(cause)).collect();
        found.retain(|(cause, _)| !inert.contains(cause));
        let (suppliers, found): (Vec<_>, Vec<_>) = found.into_iter().partition(|(cause, _)| cause.stands(self.setup));
        let suppliers = self.ranked(&with, suppliers, |effect| effect.price);
        let found = self.ranked(&with, found, |effect| effect.moved);
        let all: Vec<Cause> = found.iter().map(|(cause, _)| *cause).collect();
        let together = self.counted(question.seed, &all)?;
        let chosen = &all[..all.len().min(options.top)];
        let mut others = self.over_seeds(chosen, options.seeds)?.into_iter();
        let with_seeds = |(_, ranked): (Cause, Ranked)| {
            let (moved_over_seeds, price_over_seeds) = others.next().unzip();
            Ranked {
                moved_over_seeds: moved_over_seeds.flatten(),
                price_over_seeds: price_over_seeds.flatten(),
                ..ranked
            }
        };
        let causes: Vec<Ranked> = found.into_iter().map(with_seeds).collect();
        let moved = moved(&with, question);
        let together = Effect::of(&with, &together, question);
        let (events, beside): (Vec<Event>, Vec<Event>) = events::all(self.setup, question, &tables)
            .into_iter()
            .partition(|event| event.cause.is_none_or(|cause| !inert.contains(&cause)));
        let beside: BTreeSet<Option<Cause>> = beside.iter().map(|event| event.cause).collect();
        let day = |week| self.experiment.calendar.day(week).to_string();
        let told = |event: Event| Told {
            day: day(event.week),
            price: with[event.week as usize],
            kind: event.kind,
            who: event.who,
            what: event.what,
        };
        Ok(Explanation {
            experiment: self.experiment.id.to_string(),
            arm: self.experiment.arms[question.arm].id.to_string(),
            seed: question.seed,
            market: question.name(self.setup),
            from: day(question.from),
            to: day(question.week),
            prices: (question.from..=question.week).map(|week| (day(week), with[week as usize])).collect(),
            events: events.into_iter().map(told).collect(),
            beside_the_point: beside.len(),
            inert: names,
            suppliers: suppliers.into_iter().map(|(_, ranked)| ranked).collect(),
            price: with[question.week as usize],
            before: with[question.from as usize],
            moved,
            sum: causes.iter().map(|cause| cause.effect.moved).sum(),
            rest: moved - together.moved,
            together,
            causes,
        })
    }

    /// Causes and their effects, the largest of a kind of effect first.
    fn ranked(&self, with: &[f64], found: Vec<(Cause, Vec<f64>)>, by: fn(&Effect) -> f64) -> Vec<(Cause, Ranked)> {
        let from = self.question.from as usize;
        let all = moved(with, self.question);
        let rank = |(cause, without): (Cause, Vec<f64>)| {
            let effect = Effect::of(with, &without, self.question);
            let ranked = Ranked {
                kind: cause.kind(),
                id: cause.id(self.setup),
                without: cause.without(),
                effect,
                share: (all != 0.0).then(|| effect.moved / all),
                moved_over_seeds: None,
                price_over_seeds: None,
                prices_without: without[from..].to_vec(),
            };
            (cause, ranked)
        };
        let mut ranked: Vec<(Cause, Ranked)> = found.into_iter().map(rank).collect();
        // The sort is stable, and causes come in an order of their own: equal effects stay in it.
        ranked.sort_by(|(_, a), (_, b)| by(&b.effect).abs().total_cmp(&by(&a.effect).abs()));
        ranked
    }

    /// Effects of causes on move and price over seeds, cause by cause.
    fn over_seeds(&self, causes: &[Cause], seeds: u32) -> Result<Vec<InOthers>, ExplainError> {
        let first = self.experiment.seeds.first;
        let seeds: Vec<u64> = (first..first + u64::from(seeds)).collect();
        if causes.is_empty() || seeds.is_empty() {
            return Ok(Vec::new());
        }
        let mut asked: Vec<(u64, Option<Cause>)> = Vec::new();
        for &seed in &seeds {
            asked.push((seed, None));
            asked.extend(causes.iter().map(|cause| (seed, Some(*cause))));
        }
        (self.watch)(Progress::Begun(asked.len()));
        let one = |(seed, cause): &(u64, Option<Cause>)| self.counted(*seed, cause.as_slice());
        let runs: Result<Vec<Vec<f64>>, _> = asked.par_iter().map(one).collect();
        let runs = runs?;
        let effects = |place: usize| -> Vec<Effect> {
            let of_seed = runs.chunks(causes.len() + 1);
            of_seed.map(|runs| Effect::of(&runs[0], &runs[place + 1], self.question)).collect()
        };
        let of = |place: usize| {
            let effects = effects(place);
            let values = |of: fn(&Effect) -> f64| OverSeeds::of(&effects.iter().map(of).collect::<Vec<_>>());
            (values(|effect| effect.moved), values(|effect| effect.price))
        };
        Ok((0..causes.len()).map(of).collect())
    }

    /// The same as `prices`, counted.
    fn counted(&self, seed: u64, without: &[Cause]) -> Result<Vec<f64>, ExplainError> {
        let found = self.prices(seed, without);
        (self.watch)(Progress::Done);
        found
    }

    /// Prices of every week to the one asked about, without some causes.
    fn prices(&self, seed: u64, without: &[Cause]) -> Result<Vec<f64>, ExplainError> {
        let mut setup = self.setup.clone();
        for cause in without {
            cause.remove(&mut setup);
        }
        let found = guarded(|| {
            let mut model = Model::new(&setup, seed);
            let quantum = setup.mineral_of(self.question.market).quantum;
            let weeks = 0..=self.question.week;
            let price = |_| {
                model.step()?;
                let market = &model.world().resource::<Markets>()[self.question.market];
                Ok(quantum.usd_per_tonne(market.price(self.question.region)))
            };
            weeks.map(price).collect()
        });
        found.map_err(|why| {
            let names: Vec<String> = without.iter().map(|cause| cause.id(self.setup)).collect();
            failed(seed, &format!("without {}", names.join(", ")), why)
        })
    }
}

fn failed(seed: u64, run: &str, why: String) -> ExplainError {
    ExplainError::Run { seed, run: run.to_owned(), why }
}

/// What a run gives; a panic in it is an error like any other.
fn guarded<T>(run: impl FnOnce() -> Result<T, crate::model::StepError>) -> Result<T, String> {
    let found = catch_unwind(AssertUnwindSafe(run));
    found.map_err(|panic| message_of(panic.as_ref()))?.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_by_hand() {
        let question = Question { arm: 0, seed: 1, market: 0, region: 0, from: 1, week: 3 };
        let found = Effect::of(&[10.0, 11.0, 13.0, 16.0], &[10.0, 10.0, 11.0, 12.0], &question);
        // 16 − 12; the mean of 13 − 11 and 16 − 12; (16 − 11) − (12 − 10).
        assert_eq!(found, Effect { price: 4.0, mean: 3.0, moved: 3.0 });
    }
}
