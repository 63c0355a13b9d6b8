//! Variance-based sensitivity: which share of an outcome's variance goes with a factor.
//!
//! With N rows f(A), f(B), f(A_Bi), their mean f₀ and variance V over A and B:
//! first order S_i = (1/N) Σ (f(B) − f₀)(f(A_Bi) − f(A)) / V, after [Saltelli et al. 2010], table 2 (b);
//! total T_i = (1/2N) Σ (f(A) − f(A_Bi))² / V, after Jansen, same table (f). Intervals are of 1,000 resamples of the rows.
//!
//! [Saltelli et al. 2010]: https://doi.org/10.1016/j.cpc.2009.09.018

use super::Interval;
use crate::statistics::quantile;
use crate::streams::{Draw as _, Purpose, Streams};

/// Resamples behind an interval.
const RESAMPLES: u32 = 1_000;

/// First-order and total index of a factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indices {
    /// Share of the variance that the factor alone explains.
    pub first: Interval,
    /// Share that goes with it, what it does with others included.
    pub total: Interval,
}

/// Indices of every factor from rows of factors + 2 values each; `None` when there are fewer than two rows or the
/// outcome does not vary.
#[must_use]
pub fn indices(rows: &[Vec<f64>], factors: usize) -> Option<Vec<Indices>> {
    const RESAMPLE: Purpose = Purpose::new("analysis.sobol");
    let all: Vec<usize> = (0..rows.len()).collect();
    let found = estimates(rows, &all, factors)?;
    let mut resampled: Vec<Vec<(f64, f64)>> = vec![Vec::new(); factors];
    for round in 0..RESAMPLES {
        let mut draws = Streams::new(0).at(RESAMPLE, 0, round);
        let taken: Vec<usize> = all.iter().map(|_| draws.below(rows.len() as u64) as usize).collect();
        // A resample of equal rows has no variance and says nothing.
        for (factor, pair) in estimates(rows, &taken, factors).into_iter().flatten().enumerate() {
            resampled[factor].push(pair);
        }
    }
    let interval = |value: f64, mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let end = |share| quantile(&values, share).unwrap_or(value);
        Interval { value, low: end(0.025), high: end(0.975) }
    };
    let of = |((first, total), pairs): (&(f64, f64), &Vec<(f64, f64)>)| Indices {
        first: interval(*first, pairs.iter().map(|pair| pair.0).collect()),
        total: interval(*total, pairs.iter().map(|pair| pair.1).collect()),
    };
    Some(found.iter().zip(&resampled).map(of).collect())
}

/// First-order and total index of every factor from some of the rows.
fn estimates(rows: &[Vec<f64>], taken: &[usize], factors: usize) -> Option<Vec<(f64, f64)>> {
    let count = taken.len() as f64;
    let base = || taken.iter().flat_map(|&row| &rows[row][..2]);
    let middle = base().sum::<f64>() / (2.0 * count);
    let variance = base().map(|value| (value - middle) * (value - middle)).sum::<f64>() / (2.0 * count);
    if taken.len() < 2 || variance <= 1e-24 * middle * middle {
        return None;
    }
    let of = |factor: usize| {
        let (mut first, mut total) = (0.0, 0.0);
        for row in taken.iter().map(|&row| &rows[row]) {
            let (a, b, mixed) = (row[0], row[1], row[2 + factor]);
            first += (b - middle) * (mixed - a);
            total += (a - mixed) * (a - mixed);
        }
        (first / count / variance, total / (2.0 * count) / variance)
    };
    Some((0..factors).map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;
    use crate::sweep::points::saltelli_rows;

    /// Values of a function at Saltelli's points.
    fn rows(base: u32, factors: usize, f: impl Fn(&[f64]) -> f64) -> Vec<Vec<f64>> {
        let points = saltelli_rows(base, factors, 1);
        points.chunks(factors * (factors + 2)).map(|block| block.chunks(factors).map(&f).collect()).collect()
    }

    fn check(found: &[Indices], exact: &[(f64, f64)], within: f64) {
        let mut inside = 0;
        for (i, (found, (first, total))) in found.iter().zip(exact).enumerate() {
            assert!((found.first.value - first).abs() < within, "S{i}: {found:?}, exactly {first}");
            assert!((found.total.value - total).abs() < within, "T{i}: {found:?}, exactly {total}");
            let holds = |interval: Interval, exact: f64| interval.low - 1e-9 <= exact && exact <= interval.high + 1e-9;
            inside += usize::from(holds(found.first, *first)) + usize::from(holds(found.total, *total));
        }
        assert!(10 * inside >= 8 * 2 * exact.len(), "{inside} of {} intervals hold the exact value", 2 * exact.len());
    }

    #[test]
    fn ishigami_s_function_has_its_exact_indices() {
        // sin x₁ + a sin² x₂ + b x₃⁴ sin x₁ on [−π, π]³ with a = 7, b = 0.1: V₁ = ½(1 + bπ⁴/5)², V₂ = a²/8,
        // V₁₃ = 8b²π⁸/225, V = V₁ + V₂ + V₁₃.
        let (a, b, pi) = (7.0, 0.1, std::f64::consts::PI);
        let (pi4, pi8) = (math::powi(pi, 4), math::powi(pi, 8));
        let one = 1.0 + b * pi4 / 5.0;
        let (v1, v2, v13) = (0.5 * one * one, a * a / 8.0, 8.0 * b * b * pi8 / 225.0);
        let v = v1 + v2 + v13;
        assert!((v1 / v - 0.3139).abs() < 1e-4 && (v2 / v - 0.4424).abs() < 1e-4, "as published");
        let f = |u: &[f64]| {
            let x: Vec<f64> = u.iter().map(|u| pi * (2.0 * u - 1.0)).collect();
            math::sin(x[0]) + a * math::sin(x[1]) * math::sin(x[1]) + b * math::powi(x[2], 4) * math::sin(x[0])
        };
        let found = indices(&rows(4_096, 3, f), 3).expect("it varies");
        check(&found, &[(v1 / v, (v1 + v13) / v), (v2 / v, v2 / v), (0.0, v13 / v)], 0.02);
    }

    #[test]
    fn sobol_s_g_function_has_its_exact_indices() {
        // Π (|4x − 2| + aᵢ)/(1 + aᵢ): Vᵢ = 1/(3(1 + aᵢ)²), V = Π(1 + Vᵢ) − 1, Tᵢ = Vᵢ Π_{j≠i}(1 + Vⱼ)/V.
        let a = [0.0, 1.0, 4.5, 9.0, 99.0];
        let parts: Vec<f64> = a.iter().map(|a| 1.0 / (3.0 * (1.0 + a) * (1.0 + a))).collect();
        let product: f64 = parts.iter().map(|part| 1.0 + part).product();
        let v = product - 1.0;
        let exact: Vec<(f64, f64)> = parts.iter().map(|part| (part / v, part * product / (1.0 + part) / v)).collect();
        let f = |u: &[f64]| u.iter().zip(a).map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a)).product();
        check(&indices(&rows(4_096, 5, f), 5).expect("it varies"), &exact, 0.02);
    }

    #[test]
    fn a_sum_is_explained_by_its_parts_and_a_constant_by_nothing() {
        // x₁ + 2x₂: variances 1 and 4 of 5, and nothing together.
        let found = indices(&rows(512, 2, |u| u[0] + 2.0 * u[1]), 2).expect("it varies");
        check(&found, &[(0.2, 0.2), (0.8, 0.8)], 0.02);
        assert_eq!(indices(&rows(64, 2, |_| 3.0), 2), None);
        assert_eq!(indices(&[vec![1.0, 2.0, 3.0]], 1), None);
    }
}
