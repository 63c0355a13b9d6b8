//! Means, quantiles and intervals: what a comparison of two arms says and how sure it is.

use crate::math;

/// Arithmetic mean; `None` without values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Standard deviation of a sample, with n − 1 below the line; `None` under two values.
#[must_use]
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    let squares: f64 = values.iter().map(|v| (v - centre) * (v - centre)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// Quantile of values in ascending order, linear between them (Hyndman and Fan's type 7); `None` without values.
#[must_use]
pub fn quantile(ascending: &[f64], share: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let (low, part) = (place.floor() as usize, place - place.floor());
    let high = (low + 1).min(last);
    Some(ascending[low] + (ascending[high] - ascending[low]) * part)
}

/// A mean and the interval around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Mean of the sample.
    pub mean: f64,
    /// Half the width of the interval; `None` under two values.
    pub half_width: Option<f64>,
    /// Values in the sample.
    pub count: usize,
    /// Values that would bring the half width down to the mean itself, at this sample's spread; `None` when unknown.
    pub enough: Option<u64>,
}

impl Estimate {
    /// Lower and upper end.
    #[must_use]
    pub fn ends(&self) -> Option<(f64, f64)> {
        self.half_width.map(|half| (self.mean - half, self.mean + half))
    }

    /// Whether the interval leaves zero out.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.half_width.is_some_and(|half| self.mean.abs() > half)
    }
}

/// Mean of a sample with its Student interval: x̄ ± t(1 − α/2, n − 1) · s / √n.
#[must_use]
pub fn estimate(values: &[f64], level: f64) -> Option<Estimate> {
    let centre = mean(values)?;
    let count = values.len();
    let scaled = standard_deviation(values).map(|sd| sd * student_quantile(0.5 + level / 2.0, (count - 1) as f64));
    let enough = scaled.filter(|_| centre != 0.0).map(|s| ((s / centre) * (s / centre)).ceil().max(2.0) as u64);
    Some(Estimate { mean: centre, half_width: scaled.map(|s| s / (count as f64).sqrt()), count, enough })
}

/// Mean difference of pairs, second less first, with its Student interval; pairs with a missing half are left out.
#[must_use]
pub fn paired(pairs: impl Iterator<Item = (Option<f64>, Option<f64>)>, level: f64) -> Option<Estimate> {
    let differences: Vec<f64> = pairs.filter_map(|(first, second)| Some(second? - first?)).collect();
    estimate(&differences, level)
}

/// Student's t distribution function with `freedom` > 0 degrees, through the incomplete beta function:
/// for t ≥ 0, F(t) = 1 − ½ I(ν / (ν + t²); ν/2, ½).
#[must_use]
pub fn student_distribution(t: f64, freedom: f64) -> f64 {
    let tail = 0.5 * incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t));
    if t < 0.0 { tail } else { 1.0 - tail }
}

/// Quantile of Student's t distribution with `freedom` > 0 degrees, for 0 < share < 1, by bisection to the last bit.
#[must_use]
pub fn student_quantile(share: f64, freedom: f64) -> f64 {
    if share < 0.5 {
        return -student_quantile(1.0 - share, freedom);
    }
    let mut high = 1.0;
    while student_distribution(high, freedom) < share && high < 1e12 {
        high *= 2.0;
    }
    let mut low = 0.0;
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if student_distribution(middle, freedom) < share { low = middle } else { high = middle }
    }
}

/// Regularized incomplete beta function I(x; a, b) by Lentz's continued fraction ([DLMF 8.17.22]).
///
/// [DLMF 8.17.22]: https://dlmf.nist.gov/8.17#E22
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x); // there the fraction converges slowly
    }
    let log_front =
        math::ln_gamma(a + b) - math::ln_gamma(a) - math::ln_gamma(b) + a * math::ln(x) + b * math::log1p(-x);
    let away = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for m in 1..500 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    math::exp(log_front) * fraction / a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Upper quantiles from the table of the NIST/SEMATECH handbook, section 1.3.6.7.2, to its three decimals.
    #[test]
    fn student_quantiles_agree_with_the_table() {
        for (freedom, row) in [
            (1.0, [3.078, 6.314, 12.706, 31.821, 63.657]),
            (2.0, [1.886, 2.920, 4.303, 6.965, 9.925]),
            (5.0, [1.476, 2.015, 2.571, 3.365, 4.032]),
            (19.0, [1.328, 1.729, 2.093, 2.539, 2.861]),
            (30.0, [1.310, 1.697, 2.042, 2.457, 2.750]),
            (100.0, [1.290, 1.660, 1.984, 2.364, 2.626]),
        ] {
            for (share, expected) in [0.90, 0.95, 0.975, 0.99, 0.995].into_iter().zip(row) {
                let found = student_quantile(share, freedom);
                assert!((found - expected).abs() < 6e-4, "t({share}; {freedom}) = {found}, the table says {expected}");
                assert!((student_quantile(1.0 - share, freedom) + found).abs() < 1e-9);
            }
        }
        // With one degree the distribution is Cauchy's, with two it has a closed form.
        assert!((student_quantile(0.75, 1.0) - 1.0).abs() < 1e-12);
        assert!((student_quantile(0.975, 2.0) - 0.95 * (2.0_f64 / (1.0 - 0.95 * 0.95)).sqrt()).abs() < 1e-10);
    }

    #[test]
    fn a_paired_interval_by_hand() {
        // Differences 1, 2, 3, 4: mean 2.5, s² = 5/3, t(0.975; 3) = 3.18245, half width 3.18245 · √(5/12).
        let pairs = [(1.0, 2.0), (1.0, 3.0), (1.0, 4.0), (1.0, 5.0)].map(|(a, b)| (Some(a), Some(b)));
        let with_gap = pairs.into_iter().chain([(Some(1.0), None)]);
        let found = paired(with_gap, 0.95).expect("pairs");
        assert_eq!(found.count, 4);
        assert!((found.mean - 2.5).abs() < 1e-12);
        assert!((found.half_width.expect("four pairs") - 3.182_446 * (5.0_f64 / 12.0).sqrt()).abs() < 1e-5);
        assert!(found.is_settled());
        assert_eq!(found.enough, Some(3)); // (3.182 · 1.291 / 2.5)² = 2.70
    }

    #[test]
    fn one_value_has_a_mean_and_no_interval() {
        let one = estimate(&[3.0], 0.95).expect("a value");
        assert!((one.mean - 3.0).abs() < 1e-12);
        assert_eq!((one.half_width, one.count), (None, 1));
        assert_eq!(estimate(&[], 0.95), None);
    }

    #[test]
    fn quantiles_are_linear_between_values() {
        for (share, expected) in [(0.0, 1.0), (0.25, 1.75), (0.5, 2.5), (1.0, 4.0)] {
            assert!((quantile(&[1.0, 2.0, 3.0, 4.0], share).expect("values") - expected).abs() < 1e-12);
        }
        assert_eq!(quantile(&[], 0.5), None);
    }
}
