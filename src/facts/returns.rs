//! Moments and tails of one series, and how it goes on from week to week. `None` where there are too few values or none
//! that differ.

use crate::math;
use crate::statistics::{mean, standard_deviation};
use crate::units::WEEKS_PER_YEAR;

/// Log changes from each price to the next.
#[must_use]
pub fn log_changes(prices: &[f64]) -> Vec<f64> {
    prices.windows(2).map(|pair| math::ln(pair[1] / pair[0])).collect()
}

/// Annualized volatility of weekly returns: s · √(weeks per year).
#[must_use]
pub fn volatility(returns: &[f64]) -> Option<f64> {
    standard_deviation(returns).map(|sd| sd * math::sqrt(WEEKS_PER_YEAR))
}

/// Σ(x − x̄)ᵏ / n.
fn moment(values: &[f64], power: i32) -> Option<f64> {
    let centre = mean(values)?;
    mean(&values.iter().map(|value| math::powi(value - centre, power)).collect::<Vec<f64>>())
}

/// Skewness m₃ / m₂^(3/2).
#[must_use]
pub fn skewness(values: &[f64]) -> Option<f64> {
    let second = moment(values, 2).filter(|second| *second > 0.0)?;
    Some(moment(values, 3)? / (second * math::sqrt(second)))
}

/// Excess kurtosis m₄ / m₂² − 3.
#[must_use]
pub fn excess_kurtosis(values: &[f64]) -> Option<f64> {
    let second = moment(values, 2).filter(|second| *second > 0.0)?;
    Some(moment(values, 4)? / (second * second) - 3.0)
}

/// Hill's index of a tail: with the k = ⌊share · n⌋ largest of |x| in falling order, α = k / Σ ln(x₍ᵢ₎ / x₍ₖ₊₁₎), after
/// Hill (1975). `None` with fewer than two in the tail.
#[must_use]
pub fn tail_index(values: &[f64], share: f64) -> Option<f64> {
    let mut sizes: Vec<f64> = values.iter().map(|value| value.abs()).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    let tail = math::whole(share * sizes.len() as f64) as usize;
    let threshold = sizes.get(tail).copied().filter(|size| *size > 0.0)?;
    let sum: f64 = sizes[..tail].iter().map(|size| math::ln(size / threshold)).sum();
    (tail > 1 && sum > 0.0).then(|| tail as f64 / sum)
}

/// Autocorrelation Σ(xₜ − x̄)(xₜ₊ₖ − x̄) / Σ(xₜ − x̄)²; pairs of which a value is missing add nothing.
#[must_use]
pub fn autocorrelation(values: &[Option<f64>], lag: usize) -> Option<f64> {
    let present: Vec<f64> = values.iter().copied().flatten().collect();
    let centre = mean(&present)?;
    let squares: f64 = present.iter().map(|value| (value - centre) * (value - centre)).sum();
    let pairs = values.iter().zip(values.iter().skip(lag));
    let products: f64 = pairs.filter_map(|(a, b)| Some((((*a)?) - centre) * (((*b)?) - centre))).sum();
    (squares > 0.0 && values.len() > lag + 1).then(|| products / squares)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() < 1e-12)
    }

    #[test]
    fn moments_by_hand() {
        // About 2: second moments (4 + 1 + 1 + 0 + 36) / 5... of 0, 1, 1, 2, 6 the mean is 2.
        let values = [0.0, 1.0, 1.0, 2.0, 6.0];
        let (second, third, fourth) = (22.0 / 5.0, (-8.0 - 1.0 - 1.0 + 64.0) / 5.0, (16.0 + 1.0 + 1.0 + 256.0) / 5.0);
        assert!(close(skewness(&values), third / (second * f64::sqrt(second))));
        assert!(close(excess_kurtosis(&values), fourth / (second * second) - 3.0));
        assert!(close(excess_kurtosis(&[-1.0, 1.0]), -2.0), "a fair coin has the least kurtosis there is");
        assert_eq!((skewness(&[3.0, 3.0]), excess_kurtosis(&[])), (None, None));
    }

    #[test]
    fn a_price_that_doubles_each_week_has_no_volatility() {
        assert!(close(volatility(&log_changes(&[1.0, 2.0, 4.0])), 0.0));
        let expected = std::f64::consts::LN_2 * f64::sqrt(2.0 * WEEKS_PER_YEAR);
        assert!(close(volatility(&log_changes(&[1.0, 2.0, 1.0])), expected));
        assert_eq!(volatility(&[0.1]), None);
    }

    #[test]
    fn the_tail_of_a_pareto_law_has_its_index() {
        // Quantiles of P(X > x) = x⁻³: exact up to the discreteness of the tail.
        let values: Vec<f64> = (1..=20_000).map(|i| math::powf(f64::from(i) / 20_001.0, -1.0 / 3.0)).collect();
        let found = tail_index(&values, 0.05).expect("a tail");
        assert!((found - 3.0).abs() < 0.02, "{found}");
        // Of 8, 4, 2, 1, signs aside, half: ln(8/2) + ln(4/2) = 3 ln 2.
        assert!(close(tail_index(&[1.0, -8.0, 4.0, 2.0], 0.5), 2.0 / (3.0 * std::f64::consts::LN_2)));
        assert_eq!(tail_index(&[1.0; 40], 0.05), None);
    }

    #[test]
    fn a_series_that_alternates_is_its_own_opposite_a_step_later() {
        let all = [1.0, -1.0, 1.0, -1.0].map(Some);
        assert!(close(autocorrelation(&all, 1), -0.75) && close(autocorrelation(&all, 2), 0.5));
        let gap = [Some(1.0), None, Some(1.0), Some(-1.0), Some(-1.0)];
        assert!(close(autocorrelation(&gap, 1), 0.0), "(1)(−1) + (−1)(−1) over 4");
        assert_eq!(autocorrelation(&[Some(2.0); 9], 1), None);
    }
}
