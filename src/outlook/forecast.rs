//! Forecasts of the price and the weight that each has: firms follow what has been right.
//!
//! ```text
//! A  adaptive        the region's price, averaged over τ weeks
//! X  extrapolative   A·clamp((p/p₋ᵥ)^γ, 1/b, b)
//! n_h = exp(−β·e_h/ē) / Σ exp(−β·e_j/ē),   ln M = Σ n_h·ln(forecast h)
//! ```
//!
//! p price, v window, γ strength and b bound of the trend; e_h mean squared log error of what h said of this week a
//! horizon ago, over m weeks, ē their mean over the forecasts, so that β has no unit. Before there is a record all have
//! the same weight. After [Brock and Hommes 1997].
//!
//! [Brock and Hommes 1997]: https://doi.org/10.2307/2171879

use crate::calendar::Week;
use crate::digest::{Digest, Digestible};
use crate::math;
use crate::setup::Forecasts;

/// Forecasts among which firms choose: adaptive and extrapolative.
const KINDS: usize = 2;

/// What firms remember of a region's price and of the forecasts made of it.
#[derive(Debug, Clone)]
pub(super) struct Record {
    rule: Forecasts,
    /// Prices of the last v weeks, by week.
    prices: Vec<f64>,
    /// Logs of the forecasts made in the last weeks, as many as the horizon has, by week.
    made: Vec<[f64; KINDS]>,
    /// Mean squared errors.
    errors: [f64; KINDS],
    weights: [f64; KINDS],
}

impl Digestible for Record {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.prices);
        for value in self.made.as_flattened().iter().chain(&self.errors) {
            digest.add(value);
        }
    }
}

impl Record {
    pub(super) fn new(rule: Forecasts, horizon: u32, opening: f64) -> Self {
        let made = vec![[math::ln(opening); KINDS]; horizon as usize];
        let weights = [1.0 / KINDS as f64; KINDS];
        Self { rule, prices: vec![opening; rule.window_weeks as usize], made, errors: [0.0; KINDS], weights }
    }

    /// Weight of the extrapolative forecast.
    pub(super) const fn extrapolating(&self) -> f64 {
        self.weights[1]
    }

    /// Log of the mean forecast of a horizon ahead, given this week's price and adaptive forecast; forecasts that fall due
    /// are compared with the price.
    pub(super) fn look(&mut self, week: Week, price: f64, adaptive: f64) -> f64 {
        let (due, window) = (week as usize % self.made.len(), week as usize % self.prices.len());
        if week as usize >= self.made.len() {
            for (error, forecast) in self.errors.iter_mut().zip(self.made[due]) {
                let miss = forecast - math::ln(price);
                *error += (miss * miss - *error) / self.rule.memory_weeks;
            }
            self.weights = weights(self.errors, self.rule.intensity);
        }
        let then = std::mem::replace(&mut self.prices[window], price);
        let adaptive = math::ln(adaptive);
        let made = [adaptive, adaptive + trend(price / then, &self.rule)];
        self.made[due] = made;
        self.weights.iter().zip(made).map(|(weight, forecast)| weight * forecast).sum()
    }
}

/// Log of what a trend adds, given the price against that of a window ago.
fn trend(ratio: f64, rule: &Forecasts) -> f64 {
    let bound = math::ln(rule.bound);
    (rule.strength * math::ln(ratio)).clamp(-bound, bound)
}

/// Weights of forecasts with these mean squared errors.
fn weights(errors: [f64; KINDS], intensity: f64) -> [f64; KINDS] {
    let mean = errors.iter().sum::<f64>() / KINDS as f64;
    if mean == 0.0 {
        return [1.0 / KINDS as f64; KINDS];
    }
    let raw = errors.map(|error| math::exp(-intensity * error / mean));
    let sum: f64 = raw.iter().sum();
    raw.map(|weight| weight / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Forecasts =
        Forecasts { strength: 0.5, window_weeks: 4, bound: 1.2, memory_weeks: 26.0, intensity: 2.0 };

    #[test]
    fn a_trend_goes_on_by_its_strength_and_no_further_than_its_bound() {
        assert!((math::exp(trend(1.21, &RULE)) - 1.1).abs() < 1e-12);
        assert!((math::exp(trend(4.0, &RULE)) - 1.2).abs() < 1e-12);
        assert!((math::exp(trend(0.01, &RULE)) - 1.0 / 1.2).abs() < 1e-12);
    }

    #[test]
    fn weights_follow_errors_and_not_their_unit() {
        // Errors of 1 and 3 are half and one and a half times their mean: weights as 1 to e^−2.
        let [low, high] = weights([1.0, 3.0], 2.0);
        assert!((high / low - math::exp(-2.0)).abs() < 1e-12 && (low + high - 1.0).abs() < 1e-12);
        assert!((weights([1e-4, 3e-4], 2.0)[0] - low).abs() < 1e-12);
        assert!(weights([0.0; 2], 2.0).iter().all(|weight| (weight - 0.5).abs() < 1e-12));
    }

    /// Weight of the trend after two years of a price whose log follows a path.
    fn after(path: impl Fn(f64) -> f64) -> f64 {
        let mut record = Record::new(RULE, 4, math::exp(path(0.0)));
        let mut adaptive = math::exp(path(0.0));
        for week in 0..104 {
            let price = math::exp(path(f64::from(week)));
            adaptive += (price - adaptive) / 8.0;
            record.look(week, price, adaptive);
        }
        record.extrapolating()
    }

    #[test]
    fn firms_follow_the_trend_while_there_is_one() {
        assert!(after(|week| 0.01 * week) > 0.6);
        // Up for two weeks, down for two: what the last four weeks did says nothing but noise.
        let zigzag = |week: f64| if week % 8.0 < 4.0 { 0.1 } else { -0.1 };
        assert!(after(zigzag) < 0.4);
    }

    #[test]
    fn without_a_record_all_forecasts_count_alike() {
        let mut record = Record::new(RULE, 4, 100.0);
        // The price is up by a fifth on four weeks ago, its root is the trend: half of it counts.
        let mixed = record.look(0, 120.0, 100.0);
        assert!((mixed - math::ln(100.0) - 0.5 * 0.5 * math::ln(1.2)).abs() < 1e-12);
    }
}
