//! Partial rank correlation: does an outcome rise with a factor, the others held?
//!
//! Values are replaced by their ranks, ties by the mean of theirs. With P the inverse of the ranks' correlation matrix,
//! the coefficient of factor i is −P_iy/√(P_ii P_yy); its interval is Fisher's, tanh(artanh r ± 1.96/√(n − k − 2)) with k
//! factors. It says something where the outcome rises or falls throughout. After [Marino et al. 2008].
//!
//! [Marino et al. 2008]: https://doi.org/10.1016/j.jtbi.2008.04.011

use super::Interval;
use crate::math;

/// Coefficients of every factor; `None` for one without order or that does not vary, and for all when there are too few
/// points. `columns` hold each factor at `points`, `values` the outcome at all points of the design.
#[must_use]
pub fn partial(columns: &[Option<Vec<f64>>], points: &[usize], values: &[Option<f64>]) -> Vec<Option<Interval>> {
    let used: Vec<usize> = (0..points.len()).filter(|&at| values[points[at]].is_some()).collect();
    let outcome: Vec<f64> = used.iter().filter_map(|&at| values[points[at]]).collect();
    let of = |column: &Option<Vec<f64>>| {
        let column: Vec<f64> =
            used.iter().map(|&at| column.as_ref().map(|column| column[at])).collect::<Option<_>>()?;
        scores(&column)
    };
    let mut kept: Vec<(usize, Vec<f64>)> =
        columns.iter().enumerate().filter_map(|(factor, column)| Some((factor, of(column)?))).collect();
    let mut found = vec![None; columns.len()];
    let factors = kept.len();
    let Some(outcome) = scores(&outcome) else { return found };
    if used.len() < factors + 5 {
        return found;
    }
    kept.push((columns.len(), outcome));
    let correlation = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let matrix: Vec<Vec<f64>> =
        kept.iter().map(|(_, a)| kept.iter().map(|(_, b)| correlation(a, b)).collect()).collect();
    let Some(inverse) = inverse(matrix) else { return found };
    for (place, (factor, _)) in kept[..factors].iter().enumerate() {
        let value = -inverse[place][factors] / (inverse[place][place] * inverse[factors][factors]).sqrt();
        let value = value.clamp(-1.0, 1.0);
        let width = 1.96 / ((used.len() - factors - 2) as f64).sqrt();
        let artanh = 0.5 * (math::log1p(value) - math::log1p(-value));
        let end = |shift: f64| if value.abs() < 1.0 { math::tanh(artanh + shift) } else { value };
        found[*factor] = Some(Interval { value, low: end(-width), high: end(width) });
    }
    found
}

/// Ranks less their mean, scaled to a sum of squares of 1; `None` when all are the same.
fn scores(values: &[f64]) -> Option<Vec<f64>> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let same = order[first..].iter().take_while(|&&at| values[at].total_cmp(&values[order[first]]).is_eq()).count();
        let rank = first as f64 + (same - 1) as f64 / 2.0;
        order[first..first + same].iter().for_each(|&at| ranks[at] = rank);
        first += same;
    }
    let middle = (values.len() as f64 - 1.0) / 2.0;
    let squares: f64 = ranks.iter().map(|rank| (rank - middle) * (rank - middle)).sum();
    (squares > 0.0).then(|| ranks.iter().map(|rank| (rank - middle) / squares.sqrt()).collect())
}

/// Inverse by Gauss and Jordan with pivots; `None` of a matrix that has none, as when the outcome's rank is a factor's.
pub(super) fn inverse(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let size = matrix.len();
    for (i, row) in matrix.iter_mut().enumerate() {
        row.extend((0..size).map(|j| f64::from(u8::from(i == j))));
    }
    for column in 0..size {
        let largest = |a: &usize, b: &usize| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs());
        let pivot = (column..size).max_by(largest)?;
        if matrix[pivot][column].abs() < 1e-12 {
            return None;
        }
        matrix.swap(column, pivot);
        let scale = matrix[column][column];
        matrix[column].iter_mut().for_each(|value| *value /= scale);
        let row = matrix[column].clone();
        for other in (0..size).filter(|&other| other != column) {
            let times = matrix[other][column];
            matrix[other].iter_mut().zip(&row).for_each(|(value, pivot)| *value -= times * pivot);
        }
    }
    Some(matrix.into_iter().map(|row| row[size..].to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn correlation(a: &[f64], b: &[f64]) -> f64 {
        let (a, b) = (scores(a).expect("varies"), scores(b).expect("varies"));
        a.iter().zip(&b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn of_two_factors_it_is_the_textbook_s_coefficient() {
        let (x, z) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], [2.0, 1.0, 4.0, 3.0, 6.0, 8.0, 5.0, 7.0]);
        let y = [1.0, 8.0, 4.0, 30.0, 16.0, 90.0, 70.0, 64.0];
        let points: Vec<usize> = (0..8).collect();
        let found = partial(&[Some(x.to_vec()), Some(z.to_vec())], &points, &y.map(Some));
        let (xy, xz, zy) = (correlation(&x, &y), correlation(&x, &z), correlation(&z, &y));
        let exact = (xy - xz * zy) / ((1.0 - xz * xz) * (1.0 - zy * zy)).sqrt();
        let interval = found[0].expect("a coefficient");
        assert!((interval.value - exact).abs() < 1e-12, "{interval:?}, exactly {exact}");
        assert!(interval.low < exact && exact < interval.high);
    }

    #[test]
    fn ties_share_their_rank_and_what_has_no_order_is_left_out() {
        assert_eq!(scores(&[5.0, 5.0, 5.0]), None);
        let tied = scores(&[1.0, 2.0, 2.0, 3.0]).expect("varies");
        assert!((tied[1] - tied[2]).abs() < 1e-15 && tied[0] < tied[1] && tied[1] < tied[3]);
        let (x, y): (Vec<f64>, Vec<Option<f64>>) = (0..20).map(|i| (f64::from(i), Some(f64::from(i * 7 % 20)))).unzip();
        let points: Vec<usize> = (0..20).collect();
        let found = partial(&[None, Some(x.clone()), Some(vec![1.0; 20])], &points, &y);
        assert!(found[0].is_none() && found[1].is_some() && found[2].is_none());
        assert_eq!(partial(&[Some(x)], &points[..3], &y), [None]);
    }
}
