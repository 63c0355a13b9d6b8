//! Arms against the baseline, point by point and seed by seed.

use serde::Serialize;

use super::Interval;
use crate::statistics::{estimate, mean, quantile};

/// How an arm differs from the baseline over the points.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Column of the outcome.
    pub outcome: String,
    /// Id of the arm.
    pub arm: String,
    /// Points at which both have a value.
    pub points: usize,
    /// Mean of the baseline over these points.
    pub baseline: f64,
    /// Mean difference.
    pub mean: f64,
    /// Its 95 % interval after Student, where the points are a sample.
    pub interval: Option<Interval>,
    /// Differences that 5 % and 95 % of the points stay below.
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// Share of the points at which the arm is above the baseline.
    pub above: f64,
}

/// The difference of an arm from the baseline; `None` when no point has both. `sampled` says that the points are a
/// sample of the factors' distributions, and so more than a list.
#[must_use]
pub fn difference(
    outcome: &str,
    arm: &str,
    baseline: &[Option<f64>],
    differences: &[Option<f64>],
    sampled: bool,
) -> Option<Difference> {
    let pairs: Vec<(f64, f64)> = baseline.iter().zip(differences).filter_map(|(a, b)| a.zip(*b)).collect();
    let base: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
    let mut found: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let estimate = estimate(&found, 0.95)?;
    let interval = estimate.ends().filter(|_| sampled);
    let above = found.iter().filter(|value| **value > 0.0).count() as f64 / found.len() as f64;
    found.sort_by(f64::total_cmp);
    Some(Difference {
        outcome: outcome.to_owned(),
        arm: arm.to_owned(),
        points: found.len(),
        baseline: mean(&base)?,
        mean: estimate.mean,
        interval: interval.map(|(low, high)| Interval { value: estimate.mean, low, high }),
        low: quantile(&found, 0.05)?,
        high: quantile(&found, 0.95)?,
        above,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_without_a_pair_are_left_out() {
        let baseline = [Some(10.0), Some(20.0), None, Some(30.0), Some(40.0)];
        let differences = [Some(1.0), Some(3.0), Some(9.0), None, Some(-1.0)];
        let found = difference("price", "ban", &baseline, &differences, true).expect("three pairs");
        assert_eq!((found.points, found.mean), (3, 1.0));
        assert!((found.baseline - 70.0 / 3.0).abs() < 1e-12 && (found.above - 2.0 / 3.0).abs() < 1e-12);
        // s = 2, t(0.975; 2) = 4.3027: half width 4.3027 · 2/√3.
        let interval = found.interval.expect("a sample");
        assert!((interval.high - 1.0 - 4.302_653 * 2.0 / 3.0_f64.sqrt()).abs() < 1e-5);
        assert!(difference("price", "ban", &baseline, &differences, false).expect("three pairs").interval.is_none());
        assert_eq!(difference("price", "ban", &baseline, &[None; 5], true), None);
    }
}
