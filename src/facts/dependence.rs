//! How two series go together: correlation, ranks, slopes, thirds. `None` where there are too few values or none that
//! differ.

use crate::math;
use crate::statistics::quantile;

/// Means, and sums of squares and products around them.
struct Sums {
    centre: (f64, f64),
    squares: (f64, f64),
    products: f64,
}

fn sums(pairs: &[(f64, f64)]) -> Option<Sums> {
    let count = pairs.len() as f64;
    let add = |(a, b): (f64, f64), (x, y): &(f64, f64)| (a + x, b + y);
    let total = pairs.iter().fold((0.0, 0.0), add);
    let centre = (total.0 / count, total.1 / count);
    let mut found = Sums { centre, squares: (0.0, 0.0), products: 0.0 };
    for (x, y) in pairs {
        let (x, y) = (x - centre.0, y - centre.1);
        found.squares.0 += x * x;
        found.squares.1 += y * y;
        found.products += x * y;
    }
    (pairs.len() > 2 && found.squares.0 > 0.0).then_some(found)
}

/// Pearson's correlation.
#[must_use]
pub fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let found = sums(pairs).filter(|found| found.squares.1 > 0.0)?;
    Some(found.products / math::sqrt(found.squares.0 * found.squares.1))
}

/// Intercept and slope of y on x by least squares.
#[must_use]
pub fn line(pairs: &[(f64, f64)]) -> Option<(f64, f64)> {
    let found = sums(pairs)?;
    let slope = found.products / found.squares.0;
    Some((found.centre.1 - slope * found.centre.0, slope))
}

/// Ranks from 1; equal values share the mean of theirs.
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for equal in order.chunk_by(|a, b| values[*a].total_cmp(&values[*b]).is_eq()) {
        let first = order.partition_point(|place| values[*place].total_cmp(&values[equal[0]]).is_lt());
        let rank = first as f64 + f64::midpoint(equal.len() as f64, 1.0);
        for place in equal {
            ranks[*place] = rank;
        }
    }
    ranks
}

/// Spearman's rank correlation.
#[must_use]
pub fn rank_correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let [first, second] = [|pair: &(f64, f64)| pair.0, |pair: &(f64, f64)| pair.1]
        .map(|of| ranks(&pairs.iter().map(of).collect::<Vec<f64>>()));
    correlation(&first.into_iter().zip(second).collect::<Vec<_>>())
}

/// The values above which the highest part of a series lies and up to which the lowest does.
#[must_use]
pub fn bounds(values: &[f64], lowest: f64, highest: f64) -> Option<(f64, f64)> {
    let mut ascending = values.to_vec();
    ascending.sort_by(f64::total_cmp);
    Some((quantile(&ascending, lowest)?, quantile(&ascending, 1.0 - highest)?))
}

/// How much steeper y runs in x where x is among the lowest `low` of its values than where it is among the highest
/// `high`: the ratio of the slopes by least squares, signs aside.
#[must_use]
pub fn steepness(pairs: &[(f64, f64)], low: f64, high: f64) -> Option<f64> {
    let (below, above) = bounds(&pairs.iter().map(|(x, _)| *x).collect::<Vec<f64>>(), low, high)?;
    let slope = |here: &dyn Fn(f64) -> bool| {
        let part: Vec<(f64, f64)> = pairs.iter().copied().filter(|(x, _)| here(*x)).collect();
        line(&part).map(|(_, slope)| slope.abs())
    };
    let flat = slope(&|x| x >= above).filter(|slope| *slope > 0.0)?;
    Some(slope(&|x| x <= below)? / flat)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() < 1e-12)
    }

    #[test]
    fn correlations_by_hand() {
        // Around (2, 2): products 1 + 0 + 0, squares 2 and 2.
        let pairs = [(1.0, 1.0), (2.0, 3.0), (3.0, 2.0)];
        assert!(close(correlation(&pairs), 0.5));
        assert_eq!(line(&pairs), Some((1.0, 0.5)));
        assert_eq!(correlation(&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)]), None);
    }

    #[test]
    fn ranks_see_the_order_alone() {
        assert_eq!(ranks(&[10.0, 30.0, 10.0, 20.0]), [1.5, 4.0, 1.5, 3.0]);
        let cubes: Vec<(f64, f64)> = (-5..=5).map(|x| (f64::from(x), math::powi(f64::from(x), 3))).collect();
        assert!(close(rank_correlation(&cubes), 1.0));
    }

    #[test]
    fn a_hyperbola_is_steeper_at_its_beginning() {
        // y = 10 − 3x up to 1, then 7 − 0.5(x − 1): the slopes are 3 and 0.5.
        let kinked = |x: f64| if x < 1.0 { 10.0 - 3.0 * x } else { 7.0 - 0.5 * (x - 1.0) };
        let pairs: Vec<(f64, f64)> = (0..100).map(|i| f64::from(i) * 0.05).map(|x| (x, kinked(x))).collect();
        assert!(steepness(&pairs, 0.15, 1.0 / 3.0).is_some_and(|found| (found - 6.0).abs() < 1e-9));
        let level: Vec<(f64, f64)> = (0..100).map(|i| (f64::from(i), 1.0)).collect();
        assert_eq!(steepness(&level, 0.15, 1.0 / 3.0), None);
    }
}
