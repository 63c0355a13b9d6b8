//! Scores of the factors by a random forest: how much worse does it foretell an outcome without knowing a factor?
//!
//! The points are dealt into five parts; each part is foretold by a forest grown on the other four, first as it is and then
//! with the values of one factor dealt anew among its points. The score is the loss of R², the mean over the parts and over
//! ten deals: permutation importance ([Breiman 2001]) on points that the forest has not seen. Unlike rank correlation it
//! sees effects that rise and fall, come in steps or need each other, and factors without order; unlike Sobol's indices it
//! needs no design of its own. Where even all factors foretell little, scores mean little: [`Scores::r2`] says so.
//!
//! [Breiman 2001]: https://doi.org/10.1023/A:1010933404324

use serde::Serialize;
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

use super::Interval;
use crate::statistics::mean;
use crate::streams::{Draw as _, Purpose, Streams};

/// Parts that the points are dealt into.
const PARTS: usize = 5;

/// Deals of a factor in each part.
const DEALS: u64 = 10;

/// Trees of a forest.
const TREES: usize = 100;

/// Fewest points that are worth a forest.
pub const LEAST: usize = 50;

const DEAL: Purpose = Purpose::new("forest.deal");

/// What forests say of an outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// Share of the outcome's variance at unseen points that is foretold from all factors: mean, least and most of the parts.
    pub r2: Interval,
    /// Loss of that share without each factor: mean, least and most of the parts.
    pub factors: Vec<Interval>,
}

/// Scores of the factors whose values stand in `columns`, for an outcome at the same points; `None` when fewer than [`LEAST`]
/// points have a value or the outcome does not vary.
#[must_use]
pub fn scores(columns: &[Vec<f64>], values: &[Option<f64>]) -> Option<Scores> {
    let mut used: Vec<usize> = (0..values.len()).filter(|&point| values[point].is_some()).collect();
    if used.len() < LEAST || columns.is_empty() {
        return None;
    }
    let streams = Streams::new(0);
    streams.at(DEAL, 0, 0).shuffle(&mut used);
    let parts: Vec<Part> = (0..PARTS).map(|part| Part::new(columns, values, &used, part)).collect::<Option<_>>()?;
    let over = |of: &dyn Fn(&Part) -> f64| {
        let each: Vec<f64> = parts.iter().map(of).collect();
        let (low, high) = each.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &x| (a.min(x), b.max(x)));
        Interval { value: mean(&each).unwrap_or_default(), low, high }
    };
    let factors = 0..columns.len();
    Some(Scores {
        r2: over(&|part| part.r2(&part.rows)),
        factors: factors.map(|factor| over(&|part| part.loss(factor, streams))).collect(),
    })
}

type Forest = RandomForestRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;

/// A part of the points, and the forest grown on the others.
struct Part {
    number: usize,
    forest: Forest,
    /// Factors at the points of the part.
    rows: Vec<Vec<f64>>,
    values: Vec<f64>,
    /// Sum of squares about the mean of the part.
    squares: f64,
}

impl Part {
    /// `None` when the outcome does not vary.
    fn new(columns: &[Vec<f64>], values: &[Option<f64>], used: &[usize], number: usize) -> Option<Self> {
        let take = |own: bool| {
            let places = used.iter().enumerate().filter(move |(at, _)| (at % PARTS == number) == own);
            let points: Vec<usize> = places.map(|(_, &point)| point).collect();
            let rows: Vec<Vec<f64>> =
                points.iter().map(|&point| columns.iter().map(|column| column[point]).collect()).collect();
            (rows, points.iter().filter_map(|&point| values[point]).collect::<Vec<f64>>())
        };
        let (known, foretold) = (take(false), take(true));
        let middle = mean(&foretold.1)?;
        let squares: f64 = foretold.1.iter().map(|value| (value - middle) * (value - middle)).sum();
        if squares <= 0.0 {
            return None;
        }
        let parameters = RandomForestRegressorParameters::default()
            .with_n_trees(TREES)
            .with_m(columns.len())
            .with_seed(number as u64);
        let forest = Forest::fit(&DenseMatrix::from_2d_vec(&known.0).ok()?, &known.1, parameters).ok()?;
        Some(Self { number, forest, rows: foretold.0, values: foretold.1, squares })
    }

    /// Share of the variance that is foretold when the factors are these.
    fn r2(&self, rows: &Vec<Vec<f64>>) -> f64 {
        let foretold = DenseMatrix::from_2d_vec(rows).and_then(|matrix| self.forest.predict(&matrix));
        let foretold = foretold.expect("bug: a forest that does not know its own factors");
        let errors: f64 = self.values.iter().zip(&foretold).map(|(is, said)| (is - said) * (is - said)).sum();
        1.0 - errors / self.squares
    }

    /// What is lost when a factor's values are dealt anew.
    fn loss(&self, factor: usize, streams: Streams) -> f64 {
        let whole = self.r2(&self.rows);
        let deal = |deal: u64| {
            let mut column: Vec<f64> = self.rows.iter().map(|row| row[factor]).collect();
            streams.at(DEAL, 1 + deal, (self.number * 1_000 + factor) as u32).shuffle(&mut column);
            let mut rows = self.rows.clone();
            rows.iter_mut().zip(column).for_each(|(row, value)| row[factor] = value);
            whole - self.r2(&rows)
        };
        mean(&(0..DEALS).map(deal).collect::<Vec<f64>>()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points spread evenly over the unit square and cube.
    fn columns(count: usize, width: u32) -> Vec<Vec<f64>> {
        let column = |dimension| (0..count as u32).map(|i| f64::from(sobol_burley::sample(i, dimension, 3))).collect();
        (0..width).map(column).collect()
    }

    #[test]
    fn an_effect_that_rises_and_falls_is_seen_and_one_that_is_not_there_is_not() {
        let columns = columns(400, 3);
        let hill = |x: f64| 1.0 - 4.0 * (x - 0.5) * (x - 0.5);
        let values: Vec<Option<f64>> = (0..400).map(|i| Some(hill(columns[0][i]) + 0.3 * columns[1][i])).collect();
        let found = scores(&columns, &values).expect("scores");
        // Losing a factor that explains the share V of the variance costs 2 V of R²: its values dealt anew err twice its variance.
        let (hill, line) = (4.0 / 45.0, 0.09 / 12.0);
        let share = |variance: f64| 2.0 * variance / (hill + line);
        assert!(found.r2.value > 0.9, "{found:?}");
        assert!((found.factors[0].value - share(hill)).abs() < 0.25, "{found:?}");
        assert!((found.factors[1].value - share(line)).abs() < 0.08, "{found:?}");
        assert!(found.factors[2].value.abs() < 0.01, "{found:?}");
        assert_eq!(scores(&columns, &values), Some(found), "the same each time");
    }

    #[test]
    fn what_nobody_can_foretell_says_so_and_few_points_say_nothing() {
        let columns = columns(200, 2);
        let noise: Vec<Option<f64>> = (0..200).map(|i| Some(f64::from(sobol_burley::sample(i, 5, 9)))).collect();
        let found = scores(&columns, &noise).expect("scores");
        assert!(found.r2.value < 0.2, "{found:?}");
        assert_eq!(scores(&columns, &vec![Some(1.0); 200]), None);
        assert_eq!(scores(&columns, &[vec![None; 160], noise[160..].to_vec()].concat()), None);
    }
}
