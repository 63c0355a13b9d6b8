//! What an outcome is where a factor is low and where it is high.
//!
//! Of a sample of the factors' distributions: the mean over the fifth of the points where the factor is lowest and over
//! the fifth where it is highest, after what the other factors do in a straight line is taken out (least squares on their
//! places in their probabilities); so what is left of chance is that of the fifths alone. Of a grid: the mean over all
//! points at the least and at the largest level. Of a choice of what is no number: over the points of the choice where
//! the outcome is lowest and of that where it is highest. Other designs do not tell.

use serde::Serialize;

use super::data::Outcomes;
use super::rank::inverse;
use super::{Interval, sampled};
use crate::experiment::design::{Design, DesignKind};
use crate::experiment::factor::{Drawn, Factor};
use crate::statistics::{estimate, mean};
use crate::sweep::plan::Sweep;

/// Share of the points at either end.
const SHARE: f64 = 0.2;

/// Fewest points at an end.
const LEAST: usize = 3;

/// An outcome at one end of a factor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct End {
    /// Mean, and its 95 % interval after Student where the points are a sample.
    pub mean: f64,
    /// See `mean`.
    pub interval: Option<Interval>,
    /// Least and largest value of the factor there; of a choice that is no number, its place.
    pub from: f64,
    /// See `from`.
    pub to: f64,
    /// Points.
    pub points: usize,
}

/// An outcome at both ends of a factor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ends {
    /// Where the factor is low.
    pub low: End,
    /// Where it is high.
    pub high: End,
}

impl Ends {
    /// How far apart the outcome is.
    #[must_use]
    pub fn span(&self) -> f64 {
        (self.high.mean - self.low.mean).abs()
    }
}

/// A point with a value: coordinates, what the factors are, and the value.
struct Place<'a> {
    at: &'a [f64],
    drawn: Vec<Drawn>,
    value: f64,
}

/// Both ends of every factor; `None` for one that the design does not tell of.
#[must_use]
pub fn ends(sweep: &Sweep, outcomes: &Outcomes, outcome: usize, arm: usize) -> Vec<Option<Ends>> {
    of_values(&sweep.experiment.design, sampled(sweep), &outcomes.means(outcome, arm))
}

fn of_values(design: &Design, sample: Option<Vec<usize>>, values: &[Option<f64>]) -> Vec<Option<Ends>> {
    let is_sample = sample.is_some();
    let taken = match (sample, design.kind) {
        (Some(points), _) => points,
        (None, DesignKind::Grid) => (0..design.points.count).collect(),
        (None, _) => return vec![None; design.factors.len()],
    };
    let place =
        |point: usize| Some(Place { at: design.points.at(point), drawn: design.drawn(point), value: values[point]? });
    let places: Vec<Place> = taken.into_iter().filter_map(place).collect();
    let slopes = if is_sample { slopes(&places, design.factors.len()) } else { None };
    let factors = design.factors.iter().enumerate();
    factors.map(|(at, factor)| of_factor(&places, at, factor, slopes.as_deref(), is_sample)).collect()
}

fn of_factor(places: &[Place], own: usize, factor: &Factor, slopes: Option<&[f64]>, is_sample: bool) -> Option<Ends> {
    let count = places.len() as f64;
    let middle = |other: usize| places.iter().map(|place| place.at[other]).sum::<f64>() / count;
    let middles: Vec<f64> = (0..places.first()?.at.len()).map(middle).collect();
    let others = |place: &Place| {
        let terms = slopes.into_iter().flatten().enumerate().filter(|(other, _)| *other != own);
        terms.map(|(other, slope)| slope * (place.at[other] - middles[other])).sum::<f64>()
    };
    // Value of the factor, place of its choice, and the outcome without what the others do.
    let mut all: Vec<(f64, Option<usize>, f64)> = places
        .iter()
        .map(|place| (place.drawn[own].number, place.drawn[own].chosen, place.value - others(place)))
        .collect();
    let end = |points: &[(f64, Option<usize>, f64)]| {
        let values: Vec<f64> = points.iter().map(|point| point.2).collect();
        let found = estimate(&values, 0.95)?;
        let ends = found.ends().filter(|_| is_sample);
        let numbers = points.iter().map(|point| point.0);
        let (from, to) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        let interval = ends.map(|(low, high)| Interval { value: found.mean, low, high });
        Some(End { mean: found.mean, interval, from, to, points: points.len() })
    };
    let (low, high) = if all.iter().any(|point| point.1.is_some()) || !is_sample {
        let groups = groups(&all, factor.is_number());
        (groups.first()?.clone(), groups.last()?.clone())
    } else {
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let size = (SHARE * count).ceil() as usize;
        if size < LEAST {
            return None;
        }
        (all[..size].to_vec(), all[all.len() - size..].to_vec())
    };
    Some(Ends { low: end(&low)?, high: end(&high)? })
}

/// Points of each value of a factor: in order of the value, or of the mean where values have no order.
fn groups(all: &[(f64, Option<usize>, f64)], is_number: bool) -> Vec<Vec<(f64, Option<usize>, f64)>> {
    let mut sorted = all.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut groups: Vec<Vec<(f64, Option<usize>, f64)>> =
        sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()).map(<[_]>::to_vec).collect();
    if !is_number {
        let middle = |group: &Vec<(f64, Option<usize>, f64)>| {
            mean(&group.iter().map(|point| point.2).collect::<Vec<f64>>()).unwrap_or_default()
        };
        groups.sort_by(|a, b| middle(a).total_cmp(&middle(b)));
    }
    groups
}

/// Slopes of the outcome in the places of the factors, by least squares; `None` when there are too few points.
fn slopes(places: &[Place], factors: usize) -> Option<Vec<f64>> {
    if places.len() < factors + 2 {
        return None;
    }
    let row = |place: &Place| std::iter::once(1.0).chain(place.at.iter().copied()).collect::<Vec<f64>>();
    let rows: Vec<Vec<f64>> = places.iter().map(row).collect();
    let size = factors + 1;
    let product = |i: usize, j: usize| rows.iter().map(|row| row[i] * row[j]).sum::<f64>();
    let matrix: Vec<Vec<f64>> = (0..size).map(|i| (0..size).map(|j| product(i, j)).collect()).collect();
    let right: Vec<f64> =
        (0..size).map(|i| rows.iter().zip(places).map(|(row, place)| row[i] * place.value).sum()).collect();
    let inverse = inverse(matrix)?;
    Some(inverse[1..].iter().map(|row| row.iter().zip(&right).map(|(a, b)| a * b).sum()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::design::Limits;
    use crate::experiment::factor::Over;
    use crate::id::Id;
    use crate::sweep::points::Generator;
    use crate::world_file::decode::Origin;
    use crate::world_file::scan::read;
    use crate::world_file::source::Sources;

    fn design(generator: Generator, overs: Vec<Over>) -> Design {
        let span = read(&mut Sources::default(), "a.ron", b"0").expect("RON").span;
        let factor = |(place, over): (usize, Over)| Factor {
            id: Id::new(&format!("f{place}")).expect("an id"),
            label: None,
            paths: vec![("a".to_owned(), Origin { span, path: "x".into() })],
            over,
            span,
            scaled: None,
            step: None,
            below: None,
        };
        let factors: Vec<Factor> = overs.into_iter().enumerate().map(factor).collect();
        let points = generator.points(&factors);
        let limits = Limits { runs: 1, core_hours: 1.0, memory: 1.0, disk: 1.0 };
        Design { kind: generator.kind(), factors, points, limits, worlds: Vec::new() }
    }

    fn of(design: &Design, is_sample: bool, f: impl Fn(&[Drawn]) -> f64) -> Vec<Option<Ends>> {
        let all = 0..design.points.count;
        let values: Vec<Option<f64>> = all.clone().map(|point| Some(f(&design.drawn(point)))).collect();
        of_values(design, is_sample.then(|| all.collect()), &values)
    }

    fn uniform() -> Over {
        Over::Uniform(None, 0.0, 10.0)
    }

    #[test]
    fn a_grid_gives_its_outermost_levels_exactly() {
        // 3x + y² on {0, 5, 10}²: at x = 0 the mean of y² is 125/3.
        let design = design(Generator::Grid(3), vec![uniform(), uniform()]);
        let found = of(&design, false, |x| 3.0 * x[0].number + x[1].number * x[1].number);
        let first = found[0].as_ref().expect("a grid tells");
        assert!((first.low.mean - 125.0 / 3.0).abs() < 1e-9 && (first.high.mean - 30.0 - 125.0 / 3.0).abs() < 1e-9);
        assert_eq!((first.low.from, first.low.to, first.low.points, first.low.interval), (0.0, 0.0, 3, None));
        assert!((found[1].as_ref().expect("too").span() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn of_a_sample_what_the_others_do_is_taken_out() {
        let design = design(Generator::LatinHypercube(100, 7), vec![uniform(), uniform(), uniform()]);
        let found = of(&design, true, |x| x[0].number + 100.0 * x[1].number);
        // The lowest fifth lies from 0 to 2 with mean 1, the highest has mean 9, whatever the second factor is.
        let first = found[0].as_ref().expect("a sample tells");
        assert!((first.span() - 8.0).abs() < 0.05, "{first:?}");
        let interval = first.low.interval.expect("a sample");
        assert!(interval.high - interval.low < 0.7 && first.low.points == 20 && first.low.to < 2.0 + 1e-9);
        assert!(found[2].as_ref().expect("a sample tells").span() < 1e-6, "the third does nothing");
    }

    #[test]
    fn a_choice_without_order_gives_its_lowest_and_highest() {
        let node = |text: &str| read(&mut Sources::default(), "a.ron", text.as_bytes()).expect("RON");
        let choice = Over::Choice(["Fixed(1)", "None", "Free"].map(node).to_vec());
        let design = design(Generator::Grid(2), vec![choice, uniform()]);
        let found = of(&design, false, |x| [5.0, 9.0, 1.0][x[0].number as usize]);
        let first = found[0].as_ref().expect("a grid tells");
        assert_eq!((first.low.from, first.low.mean, first.high.from, first.high.mean), (2.0, 1.0, 1.0, 9.0));
    }

    #[test]
    fn trajectories_and_few_points_tell_nothing() {
        let few = design(Generator::LatinHypercube(9, 1), vec![uniform()]);
        assert_eq!(of(&few, true, |x| x[0].number), [None], "a fifth of nine points is two");
        let trajectories = design(Generator::Morris(4, 4, 1), vec![uniform()]);
        assert_eq!(of(&trajectories, false, |x| x[0].number), [None]);
    }
}
