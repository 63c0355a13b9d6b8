//! Long swings of a price: their period, whether they are more than red noise, and how long they go up and down.

use std::f64::consts::PI;

use crate::math;
use crate::statistics::mean;

use super::dependence::line;

/// What a series of years does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Swings {
    /// Period in years of the strongest swing, from 2 years to half of the series.
    pub period: f64,
    /// Variance in swings of 5 to 15 years.
    pub band: f64,
    /// Largest power of such a swing against red noise of the same variance and autocorrelation.
    pub peak: f64,
}

/// The swings of a series of years, less its trend: powers of whole turns, 2|Σ yₜ e^(−2πikt/n)|² / n². `None` under ten
/// years, or when nothing swings.
#[must_use]
pub fn swings(years: &[f64]) -> Option<Swings> {
    if years.len() < 10 {
        return None;
    }
    let n = years.len() as f64;
    let (level, slope) = line(&years.iter().enumerate().map(|(t, y)| (t as f64, *y)).collect::<Vec<_>>())?;
    let rest: Vec<f64> = years.iter().enumerate().map(|(t, y)| y - level - slope * t as f64).collect();
    let angle = |turns: usize| 2.0 * PI * turns as f64 / n;
    let power = |turns: usize| {
        let sum =
            |wave: fn(f64) -> f64| rest.iter().enumerate().map(|(t, y)| y * wave(angle(turns) * t as f64)).sum::<f64>();
        let (cosine, sine) = (sum(math::cos), sum(math::sin));
        2.0 * (cosine * cosine + sine * sine) / (n * n)
    };
    let squares = rest.iter().map(|y| y * y).sum::<f64>();
    if squares <= 1e-20 * n {
        return None;
    }
    let turns: Vec<usize> = (1..years.len() / 2).collect();
    let powers: Vec<f64> = turns.iter().map(|turns| power(*turns)).collect();
    let lagged = rest.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / squares;
    // The estimate of so short a series is too small by (1 + 3ρ)/n.
    let rho = (lagged + (1.0 + 3.0 * lagged) / n).clamp(0.0, 0.98);
    let red: Vec<f64> =
        turns.iter().map(|turns| 1.0 / (1.0 - 2.0 * rho * math::cos(angle(*turns)) + rho * rho)).collect();
    let scale = powers.iter().sum::<f64>() / red.iter().sum::<f64>();
    let band = (years.len() / 15).max(1) - 1..years.len() / 5;
    let strongest = (1..powers.len()).max_by(|a, b| powers[*a].total_cmp(&powers[*b]))?;
    Some(Swings {
        period: n / turns[strongest] as f64,
        band: powers[band.clone()].iter().sum(),
        peak: band.map(|at| powers[at] / (red[at] * scale)).fold(0.0, f64::max),
    })
}

/// Means of as many values each.
#[must_use]
pub fn means(values: &[f64], each: usize) -> Vec<f64> {
    values.chunks_exact(each).filter_map(mean).collect()
}

/// Moving mean over as many values.
#[must_use]
pub fn smoothed(values: &[f64], over: usize) -> Vec<f64> {
    values.windows(over).filter_map(mean).collect()
}

/// Mean lengths of contractions and of expansions, in steps, after Bry and Boschan (1971): turning points are the highest
/// and lowest values within `reach` steps either way, and of two peaks or troughs in a row the more extreme counts.
/// `None` without one of each.
#[must_use]
pub fn phases(values: &[f64], reach: usize) -> Option<(f64, f64)> {
    let mut turns: Vec<(usize, bool)> = Vec::new();
    for at in reach..values.len().saturating_sub(reach) {
        let around = &values[at - reach..=at + reach];
        let peak = around.iter().all(|other| *other <= values[at]);
        let trough = around.iter().all(|other| *other >= values[at]);
        if peak == trough {
            continue; // level, or no turning point
        }
        match turns.last_mut() {
            Some(last) if last.1 == peak => {
                if if peak { values[at] > values[last.0] } else { values[at] < values[last.0] } {
                    last.0 = at;
                }
            }
            _ => turns.push((at, peak)),
        }
    }
    let lengths = |from_peak: bool| {
        let phases = turns.windows(2).filter(|pair| pair[0].1 == from_peak);
        mean(&phases.map(|pair| (pair[1].0 - pair[0].0) as f64).collect::<Vec<f64>>())
    };
    Some((lengths(true)?, lengths(false)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_has_its_period() {
        let wave: Vec<f64> =
            (0..60).map(|t| 5.0 + 0.3 * f64::from(t) + math::sin(2.0 * PI * f64::from(t) / 10.0)).collect();
        let found = swings(&wave).expect("a wave");
        assert!((found.period - 10.0).abs() < 1e-12, "{found:?}");
        assert!((found.band - 0.5).abs() < 0.05, "half of its squared height, less what the trend took: {found:?}");
        assert_eq!((swings(&[1.0; 60]), swings(&[1.0, 2.0, 1.0])), (None, None));
    }

    #[test]
    fn a_saw_rises_longer_than_it_falls() {
        // Up for 7 steps, down for 3.
        let saw: Vec<f64> = (0..60).map(|t| [0, 1, 2, 3, 4, 5, 6, 7, 5, 2][t % 10]).map(f64::from).collect();
        assert_eq!(phases(&saw, 2), Some((3.0, 7.0)));
        assert_eq!(phases(&(0..60).map(f64::from).collect::<Vec<_>>(), 2), None);
        assert_eq!(phases(&[1.0; 60], 2), None);
    }

    #[test]
    fn smoothing_takes_what_a_window_holds() {
        assert_eq!(smoothed(&[1.0, 3.0, 5.0, 7.0], 2), [2.0, 4.0, 6.0]);
        assert_eq!(means(&[1.0, 3.0, 5.0, 7.0, 9.0], 2), [2.0, 6.0]);
    }
}
