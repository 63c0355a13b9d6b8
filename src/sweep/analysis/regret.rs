//! Arms as options under uncertainty: how far each stays behind the best at every point.
//!
//! The regret of an arm at a point is what the best arm there has more (or less, where less is better). After
//! [Savage 1951]; a robust option has a small regret at the worst point.
//!
//! [Savage 1951]: https://doi.org/10.1080/01621459.1951.10500768

use serde::Serialize;

use crate::statistics::mean;

/// An arm as an option.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// Column of the outcome.
    pub outcome: String,
    /// Whether less of it is better.
    pub less_is_better: bool,
    /// Id of the arm.
    pub arm: String,
    /// Mean over the points.
    pub mean: f64,
    /// Its value at the point where it is worst.
    pub worst: f64,
    /// Mean regret.
    pub mean_regret: f64,
    /// Regret at the point where it is largest.
    pub largest_regret: f64,
    /// Share of the points at which no arm is better.
    pub best: f64,
    /// Points at which every arm has a value.
    pub points: usize,
}

/// Every arm as an option for an outcome; none when no point has a value of every arm.
#[must_use]
pub fn choices(outcome: &str, arms: &[String], values: &[Vec<Option<f64>>], less_is_better: bool) -> Vec<Choice> {
    let points = values.first().map_or(0, Vec::len);
    let at = |point: usize| values.iter().map(|arm| arm[point]).collect::<Option<Vec<f64>>>();
    let complete: Vec<Vec<f64>> = (0..points).filter_map(at).collect();
    let sign = if less_is_better { 1.0 } else { -1.0 };
    let best = |values: &[f64]| values.iter().map(|value| sign * value).fold(f64::INFINITY, f64::min);
    let of = |(arm, name): (usize, &String)| {
        let own: Vec<f64> = complete.iter().map(|values| values[arm]).collect();
        let regrets: Vec<f64> = complete.iter().map(|values| sign * values[arm] - best(values)).collect();
        Some(Choice {
            outcome: outcome.to_owned(),
            less_is_better,
            arm: name.clone(),
            mean: mean(&own)?,
            worst: own.iter().copied().max_by(|a, b| (sign * a).total_cmp(&(sign * b)))?,
            mean_regret: mean(&regrets)?,
            largest_regret: regrets.iter().copied().max_by(f64::total_cmp)?,
            best: regrets.iter().filter(|regret| **regret <= 0.0).count() as f64 / regrets.len() as f64,
            points: regrets.len(),
        })
    };
    arms.iter().enumerate().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_option_may_be_regretted_least() {
        let arms = ["low", "middle", "high"].map(str::to_owned);
        let values = [[1.0, 9.0, 5.0], [3.0, 4.0, 5.0], [8.0, 2.0, 5.0]].map(|row| row.map(Some).to_vec());
        let found = choices("unmet", &arms, &values, true);
        let regrets: Vec<f64> = found.iter().map(|choice| choice.largest_regret).collect();
        assert_eq!(regrets, [7.0, 2.0, 7.0]);
        let best: Vec<f64> = found.iter().map(|choice| (choice.best * 3.0).round()).collect();
        assert_eq!(best, [2.0, 1.0, 2.0], "a tie is best for all");
        assert_eq!((found[0].worst, found[0].mean, found[1].mean_regret), (9.0, 5.0, 4.0 / 3.0));
        let more = choices("use", &arms, &values, false);
        assert_eq!((more[0].worst, more[0].largest_regret), (1.0, 7.0));
        let missing = [vec![None], vec![Some(1.0)]];
        assert!(choices("use", &arms[..2], &missing, true).is_empty());
    }
}
