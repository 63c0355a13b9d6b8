//! What weighted runs say of an outcome: quantiles, with the error that the target's deviation stands for.

use crate::math;

/// Values and their weights, each with a normal error.
#[derive(Debug, Clone)]
pub struct Mixture {
    /// Value and weight, ascending by value; weights add up to 1.
    values: Vec<(f64, f64)>,
    /// Standard deviation of the error; may be 0.
    deviation: f64,
}

impl Mixture {
    /// Of values with weights; values without one are left out. `None` if none is left.
    #[must_use]
    pub fn new(values: impl Iterator<Item = (f64, f64)>, deviation: f64) -> Option<Self> {
        let mut values: Vec<(f64, f64)> = values.filter(|(value, weight)| value.is_finite() && *weight > 0.0).collect();
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = values.iter().map(|(_, weight)| weight).sum();
        for (_, weight) in &mut values {
            *weight /= total;
        }
        (!values.is_empty()).then_some(Self { values, deviation })
    }

    /// Weighted mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.values.iter().map(|(value, weight)| value * weight).sum()
    }

    /// Probability of less than a value; without an error, half of what is equal to it counts as less.
    #[must_use]
    pub fn below(&self, at: f64) -> f64 {
        let share = |value: f64| match () {
            () if self.deviation > 0.0 => math::normal_cdf((at - value) / self.deviation),
            () if value < at => 1.0,
            () if value > at => 0.0,
            () => 0.5,
        };
        self.values.iter().map(|&(value, weight)| weight * share(value)).sum()
    }

    /// The value below which a share lies, 0 < share < 1; without an error, the least value up to which as much lies.
    #[must_use]
    pub fn quantile(&self, share: f64) -> f64 {
        let (first, last) = (self.values[0].0, self.values[self.values.len() - 1].0);
        if self.deviation <= 0.0 {
            let mut sum = 0.0;
            let reached = self.values.iter().find(|(_, weight)| {
                sum += weight;
                sum >= share - 1e-12
            });
            return reached.map_or(last, |&(value, _)| value);
        }
        let (mut low, mut high) = (first - 40.0 * self.deviation, last + 40.0 * self.deviation);
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            if self.below(middle) < share { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    }

    /// Whether a value lies in the central band that holds this share.
    #[must_use]
    pub fn holds(&self, at: f64, share: f64) -> bool {
        (self.below(at) - 0.5).abs() <= share / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_values_are_steps_and_those_with_an_error_are_smooth() {
        let values = || [(3.0, 1.0), (1.0, 2.0), (2.0, 1.0), (9.0, 0.0), (f64::NAN, 5.0)].into_iter();
        let steps = Mixture::new(values(), 0.0).expect("values");
        for (share, value) in [(0.05, 1.0), (0.5, 1.0), (0.51, 2.0), (0.75, 2.0), (0.95, 3.0)] {
            assert!((steps.quantile(share) - value).abs() < 1e-12, "{share}: {}", steps.quantile(share));
        }
        assert!((steps.mean() - 1.75).abs() < 1e-12 && (steps.below(2.0) - 0.625).abs() < 1e-12);
        // One value with an error is a normal distribution.
        let normal = Mixture::new([(10.0, 1.0)].into_iter(), 2.0).expect("a value");
        assert!((normal.quantile(0.975) - (10.0 + 2.0 * 1.959_964)).abs() < 1e-5);
        assert!(normal.holds(13.9, 0.95) && !normal.holds(14.0, 0.95) && !normal.holds(6.0, 0.95));
        // Two values far apart: a quarter lies below the lower one, three quarters below the upper one.
        let two = Mixture::new([(0.0, 1.0), (100.0, 1.0)].into_iter(), 1.0).expect("values");
        assert!((two.quantile(0.25)).abs() < 1e-6 && (two.quantile(0.75) - 100.0).abs() < 1e-6);
        assert!(Mixture::new([(1.0, 0.0)].into_iter(), 1.0).is_none());
    }
}
