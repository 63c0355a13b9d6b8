//! Scenario discovery: in which box of the factors does what one looks for happen?
//!
//! The patient rule induction method: from all points, the slice (a twentieth of the points still in the box, at either
//! end of a factor) is peeled off whose removal leaves the largest share of hits, until few points are left. Of the boxes
//! on the way the one with the highest harmonic mean of density (hits in the box over points in it) and coverage (hits in
//! the box over all hits) is given. After [Friedman and Fisher 1999] and [Bryant and Lempert 2010].
//!
//! [Friedman and Fisher 1999]: https://doi.org/10.1023/A:1008894516817
//! [Bryant and Lempert 2010]: https://doi.org/10.1016/j.techfore.2009.08.002

use serde::Serialize;

/// Share of a box's points that a peel takes.
const PEEL: f64 = 0.05;

/// Share of all points that a box must keep.
const LEAST: f64 = 0.05;

/// A box of the factors.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Least and largest value of every factor whose range is cut, by place.
    pub ranges: Vec<(usize, f64, f64)>,
    /// Share of the box's points that are hits.
    pub density: f64,
    /// Share of the hits that lie in the box.
    pub coverage: f64,
    /// Share of the points that lie in the box.
    pub mass: f64,
    /// Share of all points that are hits.
    pub base: f64,
}

/// The box of the hits among points whose factors stand in `columns`; `None` when nothing or everything is a hit.
#[must_use]
pub fn find(columns: &[Vec<f64>], hits: &[bool]) -> Option<Found> {
    let all: Vec<usize> = (0..hits.len()).collect();
    let total = hits.iter().filter(|hit| **hit).count();
    if total == 0 || total == hits.len() {
        return None;
    }
    let count = |points: &[usize]| points.iter().filter(|&&point| hits[point]).count() as f64;
    let least = (LEAST * hits.len() as f64).max(1.0);
    let score = |points: &[usize]| {
        let (density, coverage) = (count(points) / points.len() as f64, count(points) / total as f64);
        if density + coverage > 0.0 { 2.0 * density * coverage / (density + coverage) } else { 0.0 }
    };
    let (mut inside, mut best) = (all.clone(), all.clone());
    while let Some(next) = peeled(columns, &inside, &count).filter(|next| next.len() as f64 >= least) {
        inside = next;
        if score(&inside) > score(&best) {
            best.clone_from(&inside);
        }
    }
    let range = |points: &[usize], column: &[f64]| {
        let values = points.iter().map(|&point| column[point]);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let cut = columns.iter().enumerate().filter_map(|(factor, column)| {
        let (own, whole) = (range(&best, column), range(&all, column));
        (own != whole).then_some((factor, own.0, own.1))
    });
    Some(Found {
        ranges: cut.collect(),
        density: count(&best) / best.len() as f64,
        coverage: count(&best) / total as f64,
        mass: best.len() as f64 / hits.len() as f64,
        base: total as f64 / hits.len() as f64,
    })
}

/// The points left by the best peel; `None` when no factor varies any more.
fn peeled(columns: &[Vec<f64>], inside: &[usize], count: &impl Fn(&[usize]) -> f64) -> Option<Vec<usize>> {
    let taken = ((PEEL * inside.len() as f64) as usize).max(1);
    let mut best: Option<(f64, Vec<usize>)> = None;
    for column in columns {
        let mut values: Vec<f64> = inside.iter().map(|&point| column[point]).collect();
        values.sort_by(f64::total_cmp);
        let (low, high) = (values[taken.min(values.len() - 1)], values[values.len() - 1 - taken.min(values.len() - 1)]);
        // Of values that are the same, all go or all stay: what is peeled is a range.
        let above = values.iter().copied().find(|value| *value > values[0]).map(|next| next.max(low));
        let below =
            values.iter().rev().copied().find(|value| *value < values[values.len() - 1]).map(|next| next.min(high));
        let keeps: [Option<Vec<usize>>; 2] = [
            above.map(|bound| inside.iter().copied().filter(|&point| column[point] >= bound).collect()),
            below.map(|bound| inside.iter().copied().filter(|&point| column[point] <= bound).collect()),
        ];
        for kept in keeps.into_iter().flatten() {
            let density = count(&kept) / kept.len() as f64;
            // Of equal densities the larger box.
            let better = best
                .as_ref()
                .is_none_or(|(known, points)| density.total_cmp(known).then(kept.len().cmp(&points.len())).is_gt());
            if better {
                best = Some((density, kept));
            }
        }
    }
    best.map(|(_, points)| points)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grid of 20 × 20 points over the unit square, and which of them are hits.
    fn square(is_hit: impl Fn(f64, f64) -> bool) -> (Vec<Vec<f64>>, Vec<bool>) {
        let at = |i: usize| (i as f64 + 0.5) / 20.0;
        let (x, y): (Vec<f64>, Vec<f64>) = (0..400).map(|i| (at(i / 20), at(i % 20))).unzip();
        let hits = x.iter().zip(&y).map(|(x, y)| is_hit(*x, *y)).collect();
        (vec![x, y], hits)
    }

    #[test]
    fn the_box_of_the_hits_is_found_to_the_point() {
        let (columns, hits) = square(|x, y| x > 0.6 && y < 0.3);
        let found = find(&columns, &hits).expect("some hits");
        assert_eq!((found.density, found.coverage), (1.0, 1.0));
        assert!((found.mass - 0.12).abs() < 1e-12 && (found.base - 0.12).abs() < 1e-12);
        assert_eq!(found.ranges, [(0, 0.625, 0.975), (1, 0.025, 0.275)]);
    }

    #[test]
    fn a_factor_that_does_not_matter_is_left_whole() {
        let (columns, hits) = square(|x, _| x < 0.5);
        let found = find(&columns, &hits).expect("some hits");
        assert_eq!(found.ranges, [(0, 0.025, 0.475)]);
        assert_eq!(find(&columns, &vec![true; 400]), None);
        assert_eq!(find(&columns, &vec![false; 400]), None);
    }
}
