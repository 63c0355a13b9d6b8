//! What a setting is worth: its outcomes over scenarios and seeds, and which of two settings is better.

use serde::Serialize;

use crate::statistics::{Estimate, estimate, mean};
use crate::sweep::chunk::Row;

/// What is taken of an outcome over scenarios and seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Across {
    /// The mean over all.
    Mean,
    /// The scenario in which its mean over seeds is worst.
    WorstScenario,
    /// The worst of all runs.
    WorstRun,
}

/// An outcome over runs, and which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aim {
    /// Place of the outcome.
    pub outcome: usize,
    /// What is taken of it.
    pub across: Across,
    /// Whether more is better.
    pub maximize: bool,
}

/// A limit to an outcome: at least so much of what should be more, at most so much of what should be less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// Of what.
    pub of: Aim,
    /// The limit.
    pub limit: f64,
}

/// Values of one outcome: scenario by scenario, seed by seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Values(pub Vec<Vec<f64>>);

impl Values {
    /// Of the runs of a setting, scenario after scenario; `None` when one has no value.
    #[must_use]
    pub fn of(runs: &[Row], outcome: usize, seeds: usize) -> Option<Self> {
        runs.chunks(seeds)
            .map(|of| of.iter().map(|row| row.outcomes[outcome]).collect())
            .collect::<Option<_>>()
            .map(Self)
    }

    /// The same minus another's, run by run.
    #[must_use]
    pub fn less(&self, other: &Self) -> Self {
        let pairs = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| a - b).collect();
        Self(self.0.iter().zip(&other.0).map(pairs).collect())
    }

    /// Means over scenarios, seed by seed.
    fn by_seed(&self) -> Vec<f64> {
        let seeds = self.0.first().map_or(0, Vec::len);
        let count = self.0.len() as f64;
        (0..seeds).map(|seed| self.0.iter().map(|of| of[seed]).sum::<f64>() / count).collect()
    }

    /// Place of the scenario whose mean is worst, the first of equals.
    #[must_use]
    pub fn worst_scenario(&self, maximize: bool) -> usize {
        let sign = if maximize { -1.0 } else { 1.0 };
        let means = self.0.iter().map(|of| sign * mean(of).unwrap_or(f64::NEG_INFINITY));
        means.enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or(0, |(place, _)| place)
    }

    /// What is taken over scenarios and seeds; the mean and its 95 % interval over seeds, where it is one.
    #[must_use]
    pub fn taken(&self, across: Across, maximize: bool) -> Option<Estimate> {
        match across {
            Across::Mean => estimate(&self.by_seed(), 0.95),
            Across::WorstScenario => estimate(&self.0[self.worst_scenario(maximize)], 0.95),
            Across::WorstRun => {
                let all = self.0.iter().flatten().copied();
                let worst = all.reduce(if maximize { f64::min } else { f64::max })?;
                Some(Estimate { mean: worst, half_width: None, count: self.0.iter().map(Vec::len).sum(), enough: None })
            }
        }
    }
}

impl Aim {
    /// Its value over the runs of a setting; `None` when a run failed or has no value.
    #[must_use]
    pub fn value(&self, runs: &[Row], seeds: usize) -> Option<Estimate> {
        Values::of(runs, self.outcome, seeds)?.taken(self.across, self.maximize)
    }
}

/// A setting against others: objectives turned so that less is better, and how far it breaks constraints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Objectives; less is better.
    pub aims: Vec<f64>,
    /// Sum over constraints of how far they are broken, each against its limit; infinite where a run failed or an outcome has no value.
    pub broken: f64,
}

impl Score {
    /// Of the runs of a setting.
    #[must_use]
    pub fn of(runs: &[Row], seeds: usize, objectives: &[Aim], bounds: &[Bound]) -> Self {
        let turned = |aim: &Aim, value: f64| if aim.maximize { -value } else { value };
        let aims = objectives.iter().map(|aim| aim.value(runs, seeds).map(|found| turned(aim, found.mean)));
        let over = |bound: &Bound| {
            let found = bound.of.value(runs, seeds)?.mean;
            let scale = if bound.limit == 0.0 { 1.0 } else { bound.limit.abs() };
            Some(((turned(&bound.of, found) - turned(&bound.of, bound.limit)) / scale).max(0.0))
        };
        let broken: Option<f64> = bounds.iter().map(over).sum();
        match (aims.collect::<Option<Vec<f64>>>(), broken) {
            (Some(aims), Some(broken)) => Self { aims, broken },
            _ => Self { aims: vec![f64::MAX; objectives.len()], broken: f64::INFINITY },
        }
    }

    /// Whether it keeps to all constraints.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.broken <= 0.0
    }

    /// Whether it is better than another: it breaks less, or neither breaks anything, it is no worse in any objective and better in
    /// one. After [Deb et al. 2002], section VI.
    ///
    /// [Deb et al. 2002]: https://doi.org/10.1109/4235.996017
    #[must_use]
    pub fn beats(&self, other: &Self) -> bool {
        if !self.is_allowed() || !other.is_allowed() {
            return self.broken < other.broken;
        }
        let pairs = || self.aims.iter().zip(&other.aims);
        pairs().all(|(a, b)| a <= b) && pairs().any(|(a, b)| a < b)
    }

    /// Whether it is better than another in one objective alone, constraints first.
    #[must_use]
    pub fn beats_in(&self, objective: usize, other: &Self) -> bool {
        if self.is_allowed() && other.is_allowed() {
            self.aims[objective] < other.aims[objective]
        } else {
            self.broken < other.broken
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESS: Aim = Aim { outcome: 0, across: Across::Mean, maximize: false };
    const MORE: Aim = Aim { outcome: 1, across: Across::WorstScenario, maximize: true };

    /// Two scenarios of two seeds: outcome 0 is 1, 3 and 5, 7; outcome 1 is 10, 20 and 30, 40.
    fn runs() -> Vec<Row> {
        let row = |(run, (a, b)): (u64, (f64, f64))| Row {
            run,
            error: None,
            state_hash: 0,
            outcomes: vec![Some(a), Some(b)],
        };
        (0..).zip([(1.0, 10.0), (3.0, 20.0), (5.0, 30.0), (7.0, 40.0)]).map(row).collect()
    }

    #[test]
    fn outcomes_are_taken_over_seeds_and_scenarios_by_hand() {
        let runs = runs();
        let of = |aim: Aim| aim.value(&runs, 2).expect("values");
        // Means by seed are 3 and 5: mean 4, s = √2, t(0.975; 1) = 12.706.
        assert!((of(LESS).mean - 4.0).abs() < 1e-12);
        assert!((of(LESS).half_width.expect("two seeds") - 12.706_2).abs() < 1e-3);
        assert!((of(MORE).mean - 15.0).abs() < 1e-12, "the worst of what should be more is the least");
        assert!((of(Aim { maximize: false, ..MORE }).mean - 35.0).abs() < 1e-12);
        assert!((of(Aim { across: Across::WorstRun, ..LESS }).mean - 7.0).abs() < 1e-12);
        let difference = Values::of(&runs, 1, 2).expect("values").less(&Values::of(&runs, 0, 2).expect("values"));
        assert_eq!(difference.0, [[9.0, 17.0], [25.0, 33.0]]);
    }

    #[test]
    fn what_breaks_less_is_better_and_what_failed_is_worst() {
        let score = |limit: f64| Score::of(&runs(), 2, &[LESS, MORE], &[Bound { of: LESS, limit }]);
        assert_eq!(score(4.0), Score { aims: vec![4.0, -15.0], broken: 0.0 });
        assert!((score(2.0).broken - 1.0).abs() < 1e-12, "4 is over 2 by 2, once the limit");
        let at_least = Bound { of: MORE, limit: 20.0 };
        assert!((Score::of(&runs(), 2, &[LESS], &[at_least]).broken - 0.25).abs() < 1e-12);
        let mut failed = runs();
        failed[3].outcomes = vec![None, None];
        let failed = Score::of(&failed, 2, &[LESS, MORE], &[]);
        assert!(score(4.0).beats(&score(2.0)) && score(2.0).beats(&failed) && !failed.beats(&failed));
    }

    #[test]
    fn one_setting_beats_another_when_it_is_no_worse_anywhere() {
        let score = |aims: [f64; 2]| Score { aims: aims.to_vec(), broken: 0.0 };
        assert!(score([1.0, 2.0]).beats(&score([1.0, 3.0])) && !score([1.0, 2.0]).beats(&score([1.0, 2.0])));
        assert!(!score([1.0, 2.0]).beats(&score([2.0, 1.0])) && score([1.0, 2.0]).beats_in(0, &score([2.0, 1.0])));
    }
}
