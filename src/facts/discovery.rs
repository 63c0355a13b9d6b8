//! Where a price is found: shares of two markets for the same thing in what moves both for good.
//!
//! Two log prices that stay together follow Δxₜ = α (x₁ − x₂ − c)ₜ₋₁ + Σₗ Γₗ Δxₜ₋ₗ + eₜ (a vector error correction model with a
//! known cointegrating vector). Who does not correct is who leads: the common factor weights are
//! γ = (α₂, −α₁) / (α₂ − α₁), after Gonzalo and Granger (1995). With σ₁, σ₂ and ρ of the residuals, the first market's
//! share of the variance of the common trend (Hasbrouck 1995, in the form of Baillie, Booth, Tse and Zabotina 2002) is
//! at most (γ₁σ₁ + γ₂ρσ₂)² / v and at least γ₁²σ₁²(1 − ρ²) / v, with v = γ₁²σ₁² + 2γ₁γ₂ρσ₁σ₂ + γ₂²σ₂²: what moves both at
//! once is counted as the first one's or as the other's.

use crate::math;
use crate::statistics::mean;

/// Where a price is found, as shares of the first of two markets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Discovery {
    /// Its common factor weight.
    pub component: f64,
    /// Lowest information share.
    pub lower: f64,
    /// Highest information share.
    pub upper: f64,
}

impl Discovery {
    /// Mean of the bounds.
    #[must_use]
    pub const fn middle(&self) -> f64 {
        f64::midpoint(self.lower, self.upper)
    }
}

/// Discovery between two series of log prices, with so many lags of the changes. `None` when the series are too short,
/// do not move, or do not correct towards each other.
#[must_use]
pub fn discovery(first: &[f64], second: &[f64], lags: usize) -> Option<Discovery> {
    let count = first.len().min(second.len());
    let gap = |t: usize| first[t] - second[t];
    let level = mean(&(0..count).map(gap).collect::<Vec<f64>>())?;
    let weeks: Vec<usize> = (lags + 1..count).collect();
    let width = 1 + 2 * lags;
    if weeks.len() < 4 * (width + 1) {
        return None;
    }
    let change = |of: &[f64], t: usize| of[t] - of[t - 1];
    let regressors = |t: usize| {
        let mut row = vec![gap(t - 1) - level];
        row.extend((1..=lags).flat_map(|lag| [change(first, t - lag), change(second, t - lag)]));
        row
    };
    let rows: Vec<Vec<f64>> = weeks.iter().map(|t| regressors(*t)).collect();
    let fit = |of: &[f64]| {
        let changes: Vec<f64> = weeks.iter().map(|t| change(of, *t)).collect();
        let coefficients = least_squares(&rows, &changes)?;
        let fitted = |row: &[f64]| row.iter().zip(&coefficients).map(|(x, b)| x * b).sum::<f64>();
        let rest: Vec<f64> = rows.iter().zip(&changes).map(|(row, change)| change - fitted(row)).collect();
        Some((coefficients[0], rest))
    };
    let ((speed, rest), (other_speed, other_rest)) = (fit(first)?, fit(second)?);
    let apart = other_speed - speed;
    if apart <= 0.0 {
        return None; // they drift apart
    }
    let (own, other) = (other_speed / apart, -speed / apart);
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() / a.len() as f64;
    let (variance, other_variance) = (product(&rest, &rest), product(&other_rest, &other_rest));
    let covariance = product(&rest, &other_rest);
    let total = own * own * variance + 2.0 * own * other * covariance + other * other * other_variance;
    if variance <= 0.0 || other_variance <= 0.0 || total <= 0.0 {
        return None;
    }
    let together = own * math::sqrt(variance) + other * covariance / math::sqrt(variance);
    let alone = own * own * (variance - covariance * covariance / other_variance);
    let ends = [together * together / total, alone / total];
    Some(Discovery { component: own, lower: ends[0].min(ends[1]), upper: ends[0].max(ends[1]) })
}

/// Coefficients of y on the rows by least squares, through the normal equations; `None` when these are singular.
fn least_squares(rows: &[Vec<f64>], y: &[f64]) -> Option<Vec<f64>> {
    let width = rows.first()?.len();
    let product = |a: usize, b: usize| rows.iter().map(|row| row[a] * row[b]).sum::<f64>();
    let mut system: Vec<Vec<f64>> = (0..width)
        .map(|a| {
            let right = rows.iter().zip(y).map(|(row, y)| row[a] * y).sum::<f64>();
            (0..width).map(|b| product(a, b)).chain([right]).collect()
        })
        .collect();
    for step in 0..width {
        let largest = system[step][step..width].iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        let pivot = (step..width).max_by(|a, b| system[*a][step].abs().total_cmp(&system[*b][step].abs()))?;
        if system[pivot][step].abs() <= 1e-12 * largest.max(f64::MIN_POSITIVE) {
            return None;
        }
        system.swap(step, pivot);
        let row = system[step].clone();
        for below in &mut system[step + 1..] {
            let factor = below[step] / row[step];
            below.iter_mut().zip(&row).for_each(|(value, above)| *value -= factor * above);
        }
    }
    let mut found = vec![0.0; width];
    for step in (0..width).rev() {
        let known: f64 = (step + 1..width).map(|at| system[step][at] * found[at]).sum();
        found[step] = (system[step][width] - known) / system[step][step];
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::{Draw, Purpose, Streams};

    /// Two markets: a trend that the leader sees at once, and which the other follows by a part of the gap each week.
    fn markets(seed: u64, follow: [f64; 2], noise: [f64; 2]) -> [Vec<f64>; 2] {
        let mut draws = Streams::new(seed).at(Purpose::new("test.discovery"), 0, 0);
        let mut now = [0.0, 0.0];
        let mut all = [Vec::new(), Vec::new()];
        for _ in 0..40_000 {
            let gap = now[0] - now[1];
            now[0] += -follow[0] * gap + noise[0] * draws.normal();
            now[1] += follow[1] * gap + noise[1] * draws.normal();
            all[0].push(now[0]);
            all[1].push(now[1]);
        }
        all
    }

    #[test]
    fn who_does_not_follow_finds_the_price() {
        let [leader, follower] = markets(1, [0.0, 0.3], [0.02, 0.01]);
        let found = discovery(&leader, &follower, 2).expect("two markets");
        assert!(found.component > 0.95 && found.lower > 0.95, "{found:?}");
        let turned = discovery(&follower, &leader, 2).expect("two markets");
        assert!(turned.component < 0.05 && turned.upper < 0.05, "{turned:?}");
    }

    #[test]
    fn markets_alike_find_it_together() {
        let [first, second] = markets(2, [0.2, 0.2], [0.02, 0.02]);
        let found = discovery(&first, &second, 2).expect("two markets");
        assert!((found.component - 0.5).abs() < 0.1 && (found.middle() - 0.5).abs() < 0.1, "{found:?}");
        assert!(found.upper - found.lower < 0.1, "their noise has nothing in common: {found:?}");
        // With three times the noise at the same speed: γ = ½ each, 9σ² of 10σ².
        let [loud, quiet] = markets(3, [0.2, 0.2], [0.03, 0.01]);
        let found = discovery(&loud, &quiet, 2).expect("two markets");
        assert!((found.middle() - 0.9).abs() < 0.05, "{found:?}");
    }

    #[test]
    fn prices_that_do_not_meet_have_no_common_trend() {
        assert_eq!(discovery(&[1.0; 200], &[2.0; 200], 1), None);
        assert_eq!(discovery(&[1.0, 1.1], &[1.0, 1.2], 1), None);
    }

    #[test]
    fn least_squares_by_hand() {
        // y = 2a − b exactly.
        let rows = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]].map(|row| row.to_vec());
        let found = least_squares(&rows, &[2.0, -1.0, 1.0]).expect("two that differ");
        assert!((found[0] - 2.0).abs() < 1e-12 && (found[1] + 1.0).abs() < 1e-12);
        assert_eq!(least_squares(&[vec![1.0, 2.0], vec![2.0, 4.0]], &[1.0, 2.0]), None);
    }
}
