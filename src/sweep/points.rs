//! The points of a design, as places in the factors' probabilities. The same file gives the same points everywhere.

use rand::Rng as _;

use crate::experiment::design::{DesignKind, Points};
use crate::experiment::factor::{Factor, Over};
use crate::streams::{Draw as _, Purpose, Streams};

/// Most coordinates that are held in memory, points times factors.
pub const MAX_COORDINATES: u128 = 20_000_000;

/// Most points of a Sobol sequence: beyond them the library repeats itself.
pub const MAX_SOBOL: u32 = 1 << 16;

/// Most factors: Saltelli's design takes two dimensions of the sequence for each.
pub const MAX_FACTORS: usize = sobol_burley::NUM_DIMENSIONS as usize / 2;

/// How to choose points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generator {
    /// All combinations of so many levels.
    Grid(u32),
    /// So many points, from a seed.
    LatinHypercube(u32, u32),
    /// So many points, from a seed.
    Sobol(u32, u32),
    /// So many rows of the base samples, from a seed.
    Saltelli(u32, u32),
    /// So many trajectories over so many levels, from a seed.
    Morris(u32, u32, u32),
}

impl Generator {
    /// What it is called.
    #[must_use]
    pub const fn kind(self) -> DesignKind {
        match self {
            Self::Grid(_) => DesignKind::Grid,
            Self::LatinHypercube(..) => DesignKind::LatinHypercube,
            Self::Sobol(..) => DesignKind::Sobol,
            Self::Saltelli(..) => DesignKind::Saltelli,
            Self::Morris(_, levels, _) => DesignKind::Morris(levels),
        }
    }

    /// Points that belong together.
    #[must_use]
    pub const fn block(self, factors: usize) -> usize {
        match self {
            Self::Grid(_) | Self::LatinHypercube(..) | Self::Sobol(..) => 1,
            Self::Saltelli(..) => factors + 2,
            Self::Morris(..) => factors + 1,
        }
    }

    /// How many points it gives, before any are left out.
    #[must_use]
    pub fn count(self, factors: &[Factor]) -> u128 {
        let blocks = match self {
            Self::Grid(levels) => {
                let each = factors.iter().map(|factor| u128::from(levels_of(factor, levels)));
                return each.fold(1, u128::saturating_mul);
            }
            Self::LatinHypercube(points, _) | Self::Sobol(points, _) => points,
            Self::Saltelli(base, _) => base,
            Self::Morris(trajectories, ..) => trajectories,
        };
        u128::from(blocks) * self.block(factors.len()) as u128
    }

    /// The points.
    #[must_use]
    pub fn points(self, factors: &[Factor]) -> Points {
        let width = factors.len();
        let count = self.count(factors) as usize;
        let mut coordinates = Vec::with_capacity(count * width);
        match self {
            Self::Grid(levels) => grid(factors, levels, count, &mut coordinates),
            Self::LatinHypercube(points, seed) => coordinates = latin_hypercube(factors, points, seed),
            Self::Sobol(points, seed) => {
                let row = |i| (0..width as u32).map(move |dimension| sobol(i, dimension, seed));
                coordinates.extend((0..points).flat_map(row));
            }
            Self::Saltelli(base, seed) => (0..base).for_each(|i| saltelli_block(i, width, seed, &mut coordinates)),
            Self::Morris(trajectories, levels, seed) => {
                (0..trajectories).for_each(|t| trajectory(t, width, levels, seed, &mut coordinates));
            }
        }
        Points { width, block: self.block(width), count, coordinates }
    }
}

fn levels_of(factor: &Factor, levels: u32) -> u32 {
    if let Over::Choice(values) = &factor.over { values.len() as u32 } else { levels }
}

/// All combinations, the last factor moving fastest. Levels reach from the least to the largest value.
fn grid(factors: &[Factor], levels: u32, count: usize, coordinates: &mut Vec<f64>) {
    let sizes: Vec<u32> = factors.iter().map(|factor| levels_of(factor, levels)).collect();
    for point in 0..count {
        let mut rest = point;
        let mut row = vec![0.0; factors.len()];
        for (place, factor) in factors.iter().enumerate().rev() {
            let (size, level) = (f64::from(sizes[place]), (rest % sizes[place] as usize) as f64);
            rest /= sizes[place] as usize;
            let is_choice = matches!(factor.over, Over::Choice(_));
            row[place] = if is_choice || sizes[place] == 1 { (level + 0.5) / size } else { level / (size - 1.0) };
        }
        coordinates.append(&mut row);
    }
}

/// Each factor's probability is cut into as many parts as there are points and each part met once, at random within it.
/// After [McKay, Beckman and Conover 1979]. The parts of a factor depend on its id alone: a further factor leaves them.
///
/// [McKay, Beckman and Conover 1979]: https://doi.org/10.2307/1268522
fn latin_hypercube(factors: &[Factor], points: u32, seed: u32) -> Vec<f64> {
    const PARTS: Purpose = Purpose::new("design.latin_hypercube");
    let width = factors.len();
    let mut coordinates = vec![0.0; points as usize * width];
    for (place, factor) in factors.iter().enumerate() {
        let mut draws = Streams::new(u64::from(seed)).world(PARTS.of(factor.id.key("factor")));
        let mut parts: Vec<u32> = (0..points).collect();
        draws.shuffle(&mut parts);
        for (point, part) in parts.into_iter().enumerate() {
            coordinates[point * width + place] = (f64::from(part) + draws.unit()) / f64::from(points);
        }
    }
    coordinates
}

/// A coordinate of the Sobol sequence with Owen's scrambling by hash. After [Burley 2020].
///
/// [Burley 2020]: https://jcgt.org/published/0009/04/01/
fn sobol(point: u32, dimension: u32, seed: u32) -> f64 {
    f64::from(sobol_burley::sample(point, dimension, seed))
}

/// One row of the base samples A and B, and of A with each column in turn from B: f(A), f(B), f(A_B1), .., f(A_Bk).
/// After [Saltelli et al. 2010], with A and B the two halves of one sequence of 2k dimensions.
///
/// [Saltelli et al. 2010]: https://doi.org/10.1016/j.cpc.2009.09.018
fn saltelli_block(row: u32, width: usize, seed: u32, coordinates: &mut Vec<f64>) {
    let half = |from: usize| (from..from + width).map(|dimension| sobol(row, dimension as u32, seed)).collect();
    let (a, b): (Vec<f64>, Vec<f64>) = (half(0), half(width));
    coordinates.extend_from_slice(&a);
    coordinates.extend_from_slice(&b);
    for place in 0..width {
        coordinates.extend((0..width).map(|i| if i == place { b[i] } else { a[i] }));
    }
}

/// How far a Morris step goes in a factor's probability: p / (2(p − 1)) for p levels.
#[must_use]
pub fn morris_step(levels: u32) -> f64 {
    f64::from(levels) / (2.0 * (f64::from(levels) - 1.0))
}

/// A trajectory: from a random point of the grid, every factor moves once, up or down, in random order.
/// After [Morris 1991].
///
/// [Morris 1991]: https://doi.org/10.1080/00401706.1991.10484804
fn trajectory(number: u32, width: usize, levels: u32, seed: u32, coordinates: &mut Vec<f64>) {
    const WAY: Purpose = Purpose::new("design.morris");
    let mut draws = Streams::new(u64::from(seed)).at(WAY, u64::from(number), 0);
    let half = levels / 2;
    let start = |draws: &mut crate::streams::Draws| {
        let (low, up) = (draws.below(u64::from(half)) as u32, draws.next_u64() & 1 == 0);
        (low, up)
    };
    let starts: Vec<(u32, bool)> = (0..width).map(|_| start(&mut draws)).collect();
    let mut order: Vec<usize> = (0..width).collect();
    draws.shuffle(&mut order);
    let place = |level: u32| f64::from(level) / f64::from(levels - 1);
    let mut row: Vec<f64> = starts.iter().map(|&(low, up)| place(if up { low } else { low + half })).collect();
    coordinates.extend_from_slice(&row);
    for factor in order {
        let (low, up) = starts[factor];
        row[factor] = place(if up { low + half } else { low });
        coordinates.extend_from_slice(&row);
    }
}

/// Coordinates of Saltelli's design, for functions of the unit cube.
#[cfg(test)]
pub(super) fn saltelli_rows(base: u32, width: usize, seed: u32) -> Vec<f64> {
    let mut coordinates = Vec::new();
    (0..base).for_each(|row| saltelli_block(row, width, seed, &mut coordinates));
    coordinates
}

/// Morris's trajectories, for functions of the unit cube.
#[cfg(test)]
pub(super) fn morris_points(trajectories: u32, width: usize, levels: u32, seed: u32) -> Points {
    let mut coordinates = Vec::new();
    (0..trajectories).for_each(|number| trajectory(number, width, levels, seed, &mut coordinates));
    Points { width, block: width + 1, count: coordinates.len() / width, coordinates }
}

/// Leaves out the blocks in which a factor is not below the one that must be larger.
#[must_use]
pub fn allowed(points: Points, factors: &[Factor], given: bool) -> Points {
    let ordered: Vec<(usize, usize)> =
        factors.iter().enumerate().filter_map(|(low, factor)| Some((low, factor.below?))).collect();
    if ordered.is_empty() {
        return points;
    }
    let value = |point: &[f64], factor: usize| factors[factor].drawn(point[factor], given).number;
    let fits = |point: &[f64]| ordered.iter().all(|&(low, high)| value(point, low) < value(point, high));
    let blocks = points.coordinates.chunks(points.block * points.width);
    let kept: Vec<f64> =
        blocks.filter(|block| block.chunks(points.width).all(fits)).flat_map(<[f64]>::to_vec).collect();
    Points { count: kept.len() / points.width, coordinates: kept, ..points }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use crate::world_file::decode::Origin;
    use crate::world_file::source::{Sources, Span};

    fn span() -> Span {
        let mut sources = Sources::default();
        let id = sources.add("a", "0");
        sources.whole(id)
    }

    fn factors(count: usize) -> Vec<Factor> {
        let factor = |i: usize| Factor {
            id: Id::new(&format!("f{i}")).expect("an id"),
            label: None,
            paths: vec![("a".to_owned(), Origin { span: span(), path: "a".into() })],
            over: Over::Uniform(None, 0.0, 1.0),
            span: span(),
            scaled: None,
            step: None,
            below: None,
        };
        (0..count).map(factor).collect()
    }

    fn column(points: &Points, place: usize) -> Vec<f64> {
        (0..points.count).map(|point| points.at(point)[place]).collect()
    }

    /// How often each of `parts` equal parts of [0, 1) is met.
    fn met(values: &[f64], parts: usize) -> Vec<usize> {
        let mut counts = vec![0; parts];
        for value in values {
            counts[(value * parts as f64) as usize] += 1;
        }
        counts
    }

    #[test]
    fn a_latin_hypercube_meets_every_part_of_every_factor_once() {
        let points = Generator::LatinHypercube(17, 3).points(&factors(4));
        assert_eq!(points.count, 17);
        for place in 0..4 {
            assert_eq!(met(&column(&points, place), 17), vec![1; 17], "factor {place}");
        }
        let fewer = Generator::LatinHypercube(17, 3).points(&factors(2));
        assert_eq!(column(&fewer, 1), column(&points, 1), "a further factor leaves the others");
        assert_ne!(column(&Generator::LatinHypercube(17, 4).points(&factors(2)), 1), column(&fewer, 1));
    }

    #[test]
    fn a_sobol_sequence_fills_every_elementary_interval() {
        let points = Generator::Sobol(64, 9).points(&factors(6));
        for place in 0..6 {
            assert_eq!(met(&column(&points, place), 64), vec![1; 64], "factor {place}");
        }
        // Its first two dimensions are a (0, 2)-sequence: 8 × 8, 4 × 16 and 32 × 2 boxes hold one point each.
        for across in [2, 4, 8, 16, 32] {
            let down = 64 / across;
            let boxes = points.coordinates.chunks(6);
            let mut places: Vec<usize> =
                boxes.map(|x| (x[0] * across as f64) as usize * down + (x[1] * down as f64) as usize).collect();
            places.sort_unstable();
            assert_eq!(places, (0..64).collect::<Vec<_>>(), "{across} × {down}");
        }
    }

    #[test]
    fn sobol_points_stay_what_they_are() {
        // Pinned: another version of the library would change every design without a word.
        let bits: Vec<u32> = (0..4).map(|i| sobol_burley::sample(i, 1, 7).to_bits()).collect();
        assert_eq!(bits, PINNED);
    }

    const PINNED: [u32; 4] = [1_058_518_114, 1_044_859_408, 1_052_434_772, 1_065_000_086];

    #[test]
    fn a_block_of_saltelli_differs_from_a_in_one_column() {
        let points = Generator::Saltelli(8, 1).points(&factors(3));
        assert_eq!((points.count, points.block), (40, 5));
        for block in points.coordinates.chunks(15) {
            let (a, b) = (&block[..3], &block[3..6]);
            for place in 0..3 {
                let mixed = &block[6 + 3 * place..9 + 3 * place];
                for i in 0..3 {
                    assert!((mixed[i] - if i == place { b[i] } else { a[i] }).abs() < 1e-15);
                }
            }
        }
    }

    #[test]
    fn a_trajectory_moves_every_factor_once_by_the_same_step() {
        let points = Generator::Morris(20, 4, 5).points(&factors(3));
        assert_eq!((points.count, points.block), (80, 4));
        let mut ups = 0;
        for way in points.coordinates.chunks(12) {
            let mut moved = [0; 3];
            for step in 0..3 {
                let (from, to) = (&way[3 * step..3 * step + 3], &way[3 * step + 3..3 * step + 6]);
                for i in 0..3 {
                    let change = to[i] - from[i];
                    if change != 0.0 {
                        assert!((change.abs() - morris_step(4)).abs() < 1e-12);
                        ups += usize::from(change > 0.0);
                        moved[i] += 1;
                    }
                }
            }
            assert_eq!(moved, [1; 3]);
            assert!(way.iter().all(|u| (3.0 * u - (3.0 * u).round()).abs() < 1e-12 && (0.0..=1.0).contains(u)));
        }
        assert!((15..45).contains(&ups), "{ups} of 60 steps go up");
    }

    #[test]
    fn a_grid_has_all_combinations() {
        let points = Generator::Grid(3).points(&factors(2));
        let rows: Vec<[i64; 2]> =
            points.coordinates.chunks(2).map(|x| [(x[0] * 2.0) as i64, (x[1] * 2.0) as i64]).collect();
        assert_eq!(rows, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [2, 0], [2, 1], [2, 2]]);
        assert_eq!(Generator::Grid(1_000).count(&factors(60)), u128::MAX, "1,000^60 is beyond what can be counted");
    }

    #[test]
    fn points_out_of_order_are_left_out_by_blocks() {
        let mut factors = factors(2);
        factors[0].below = Some(1);
        let points = allowed(Generator::Grid(3).points(&factors), &factors, false);
        let rows: Vec<[f64; 2]> = points.coordinates.chunks(2).map(|x| [x[0], x[1]]).collect();
        assert_eq!(rows, [[0.0, 0.5], [0.0, 1.0], [0.5, 1.0]]);
        let blocks = allowed(Generator::Saltelli(64, 1).points(&factors), &factors, false);
        assert!(blocks.count > 0 && blocks.count.is_multiple_of(4));
        assert!(blocks.coordinates.chunks(2).all(|x| x[0] < x[1]));
    }
}
