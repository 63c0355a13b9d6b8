//! Elementary effects: how much an outcome moves when one factor moves, from many places.
//!
//! The effect of a step is Δf over the step in the factor's probability, so it is what a move over the factor's whole
//! range would do at that slope. μ* is the mean of its size, μ its mean, σ its standard deviation: a factor with large μ*
//! matters, one with σ near μ* acts with others or not in a straight line. After [Campolongo, Cariboni and Saltelli 2007].
//!
//! [Campolongo, Cariboni and Saltelli 2007]: https://doi.org/10.1016/j.envsoft.2006.10.004

use serde::Serialize;

use crate::experiment::design::Points;
use crate::statistics::{estimate, mean, standard_deviation};

/// Morris's measures of a factor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Effect {
    /// Mean size of the effect.
    pub size: f64,
    /// Half width of its 95 % interval over trajectories, after Student.
    pub half_width: Option<f64>,
    /// Mean effect.
    pub mean: f64,
    /// Standard deviation of the effect.
    pub deviation: Option<f64>,
}

/// Measures of every factor, from values at the points; steps to or from a point without a value are left out.
#[must_use]
pub fn effects(points: &Points, values: &[Option<f64>]) -> Vec<Option<Effect>> {
    let mut found: Vec<Vec<f64>> = vec![Vec::new(); points.width];
    for first in (0..points.count).step_by(points.block) {
        for point in first..first + points.block - 1 {
            let (from, to) = (points.at(point), points.at(point + 1));
            let Some((before, after)) = values[point].zip(values[point + 1]) else { continue };
            let moved = from.iter().zip(to).enumerate().find(|(_, (from, to))| from.to_bits() != to.to_bits());
            if let Some((factor, (from, to))) = moved {
                found[factor].push((after - before) / (to - from));
            }
        }
    }
    let measure = |effects: &Vec<f64>| {
        let sizes: Vec<f64> = effects.iter().map(|effect| effect.abs()).collect();
        let size = estimate(&sizes, 0.95)?;
        let (mean, deviation) = (mean(effects)?, standard_deviation(effects));
        Some(Effect { size: size.mean, half_width: size.half_width, mean, deviation })
    };
    found.iter().map(measure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::points::morris_points;

    fn of(f: impl Fn(&[f64]) -> f64) -> Vec<Effect> {
        let points = morris_points(400, 3, 4, 1);
        let values: Vec<Option<f64>> = (0..points.count).map(|point| Some(f(points.at(point)))).collect();
        effects(&points, &values).into_iter().map(|effect| effect.expect("steps")).collect()
    }

    #[test]
    fn in_a_sum_every_effect_is_the_slope() {
        let found = of(|x| 2.0 * x[0] - 3.0 * x[1]);
        for (effect, slope) in found.iter().zip([2.0, -3.0, 0.0_f64]) {
            assert!((effect.mean - slope).abs() < 1e-9 && (effect.size - slope.abs()).abs() < 1e-9);
            assert!(effect.deviation.expect("many") < 1e-9);
        }
    }

    #[test]
    fn in_a_product_the_effect_is_the_other_factor() {
        // The effect of x₁ in x₁x₂ is x₂, which on the four levels has mean ½ and variance 5/36.
        let found = of(|x| x[0] * x[1]);
        for effect in &found[..2] {
            assert!((effect.mean - 0.5).abs() < 0.06, "{effect:?}");
            assert!((effect.deviation.expect("many") - (5.0_f64 / 36.0).sqrt()).abs() < 0.03, "{effect:?}");
        }
        // (x₁ − ½)² falls, then rises: the mean hides what the size shows.
        let bowl = of(|x| (x[0] - 0.5) * (x[0] - 0.5));
        assert!(bowl[0].mean.abs() < 0.05 && bowl[0].size > 0.3, "{bowl:?}");
    }

    #[test]
    fn a_point_without_a_value_costs_its_steps() {
        let points = morris_points(1, 3, 4, 1);
        assert_eq!(effects(&points, &[None; 4]), [None; 3]);
        let found = effects(&points, &[Some(1.0), Some(2.0), None, None]);
        assert_eq!(found.iter().filter(|effect| effect.is_some()).count(), 1);
    }
}
