//! NSGA-II: settings compete by whether others beat them and by how lonely they are, and the better ones have offspring.
//!
//! After [Deb et al. 2002]; simulated binary crossover and polynomial mutation on the unit interval after Deb and Agrawal
//! 1995. Choices are exchanged whole and mutated to any other value, since their order may mean nothing. Written here
//! since the libraries that there are draw from one generator in the order in which things happen and take powers from
//! the platform: neither gives the same bits everywhere, nor a step that can be repeated alone.
//!
//! [Deb et al. 2002]: https://doi.org/10.1109/4235.996017

use crate::math;
use crate::streams::{Draw, Purpose, Streams};

use super::score::Score;

/// Chance that a pair of parents is crossed, and that a number of a crossed pair is.
const CROSSED: (f64, f64) = (0.9, 0.5);

/// How often offspring that was met before is thrown away and made anew.
const TRIES: u32 = 50;

const OFFSPRING: Purpose = Purpose::new("optimize.offspring");

/// What a coordinate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gene {
    /// A place in a distribution of numbers.
    Number,
    /// One of some values; in order when they are numbers.
    Choice {
        /// How many.
        of: usize,
        /// Whether they are in order.
        ordered: bool,
    },
}

impl Gene {
    /// The value of a choice at a coordinate.
    #[must_use]
    pub fn place(of: usize, coordinate: f64) -> usize {
        ((coordinate * of as f64) as usize).min(of - 1)
    }

    /// The coordinate in the middle of a value of a choice.
    #[must_use]
    pub fn middle(of: usize, place: usize) -> f64 {
        (place as f64 + 0.5) / of as f64
    }
}

/// How settings are bred.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evolution {
    /// Settings of a generation.
    pub population: usize,
    /// Generations after the first.
    pub generations: u32,
    /// Seed of its randomness.
    pub seed: u64,
    /// Index of crossover.
    pub crossover: f64,
    /// Index of mutation.
    pub mutation: f64,
}

/// Layers of settings: those that no other beats, those that only the first beat, and so on; in order of place.
#[must_use]
pub fn layers(scores: &[&Score]) -> Vec<Vec<usize>> {
    let mut beaten: Vec<usize> =
        scores.iter().map(|one| scores.iter().filter(|other| other.beats(one)).count()).collect();
    let mut left: Vec<usize> = (0..scores.len()).collect();
    let mut found = Vec::new();
    while !left.is_empty() {
        let (layer, rest): (Vec<usize>, Vec<usize>) = left.into_iter().partition(|&place| beaten[place] == 0);
        for &place in &rest {
            beaten[place] -= layer.iter().filter(|&&above| scores[above].beats(scores[place])).count();
        }
        found.push(layer);
        left = rest;
    }
    found
}

/// How lonely each of some settings is among them: over objectives the distance between its neighbors, against the range; infinite at
/// the ends.
#[must_use]
pub fn loneliness(scores: &[&Score]) -> Vec<f64> {
    let mut found = vec![0.0; scores.len()];
    let objectives = scores.first().map_or(0, |score| score.aims.len());
    for aim in 0..objectives {
        let value = |place: usize| scores[place].aims[aim];
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
        let (first, last) = (order[0], order[order.len() - 1]);
        let range = value(last) - value(first);
        (found[first], found[last]) = (f64::INFINITY, f64::INFINITY);
        if range > 0.0 && range.is_finite() {
            for three in order.windows(3) {
                found[three[1]] += (value(three[2]) - value(three[0])) / range;
            }
        }
    }
    found
}

/// Who lives on, best first: whole layers, and of the one that does not fit the loneliest.
#[must_use]
pub fn survivors(scores: &[&Score], keep: usize) -> Vec<usize> {
    let mut found = Vec::with_capacity(keep);
    for layer in layers(scores) {
        let lonely = loneliness(&layer.iter().map(|&place| scores[place]).collect::<Vec<_>>());
        let mut order: Vec<usize> = (0..layer.len()).collect();
        order.sort_by(|&a, &b| lonely[b].total_cmp(&lonely[a]).then(layer[a].cmp(&layer[b])));
        found.extend(order.into_iter().take(keep - found.len()).map(|at| layer[at]));
        if found.len() == keep {
            break;
        }
    }
    found
}

/// The loneliest of some settings, those that crowd most taken out one by one; in order of place.
#[must_use]
pub fn thinned(scores: &[&Score], keep: usize) -> Vec<usize> {
    let mut left: Vec<usize> = (0..scores.len()).collect();
    while left.len() > keep {
        let lonely = loneliness(&left.iter().map(|&place| scores[place]).collect::<Vec<_>>());
        let crowd = (0..left.len()).min_by(|&a, &b| lonely[a].total_cmp(&lonely[b]).then(b.cmp(&a)));
        left.remove(crowd.unwrap_or_default());
    }
    left
}

impl Evolution {
    /// Offspring of settings given best first: as many as the population, none of them refused. Fewer where nothing new was found.
    ///
    /// `refused` says whether a setting was met before or must not be; it is told of every one that is taken.
    pub fn offspring(
        &self,
        parents: &[&[f64]],
        genes: &[Gene],
        generation: u32,
        mut refused: impl FnMut(&[f64]) -> bool,
    ) -> Vec<Vec<f64>> {
        let mut found = Vec::with_capacity(self.population);
        for number in 0..self.population as u64 {
            let mut draws = Streams::new(self.seed).at(OFFSPRING, number, generation);
            for _ in 0..TRIES {
                let [first, second] = [tournament(parents.len(), &mut draws), tournament(parents.len(), &mut draws)];
                let mut child = self.crossed(parents[first], parents[second], genes, &mut draws);
                self.mutate(&mut child, genes, &mut draws);
                if !refused(&child) {
                    found.push(child);
                    break;
                }
            }
        }
        found
    }

    /// One of the two children of a pair.
    fn crossed(&self, first: &[f64], second: &[f64], genes: &[Gene], draws: &mut impl Draw) -> Vec<f64> {
        let (crossed, swapped) = (draws.bernoulli(CROSSED.0), draws.bernoulli(0.5));
        let of = |((&a, &b), gene): ((&f64, &f64), &Gene)| {
            let (own, other) = if swapped { (b, a) } else { (a, b) };
            if !crossed || !draws.bernoulli(CROSSED.1) {
                return own;
            }
            match gene {
                Gene::Choice { .. } => other,
                Gene::Number => simulated_binary(own, other, self.crossover, draws.unit()),
            }
        };
        first.iter().zip(second).zip(genes).map(of).collect()
    }

    /// Changes one coordinate on average, at least one.
    fn mutate(&self, child: &mut [f64], genes: &[Gene], draws: &mut impl Draw) {
        let certain = draws.below(child.len() as u64) as usize;
        let chance = 1.0 / child.len() as f64;
        for (place, (value, gene)) in child.iter_mut().zip(genes).enumerate() {
            if !draws.bernoulli(chance) && place != certain {
                continue;
            }
            *value = match *gene {
                Gene::Number => polynomial(*value, self.mutation, draws.unit()),
                Gene::Choice { of, .. } => {
                    let other = draws.below(of as u64 - 1) as usize;
                    Gene::middle(of, other + usize::from(other >= Gene::place(of, *value)))
                }
            };
        }
    }
}

/// The better of two at random among settings given best first.
fn tournament(of: usize, draws: &mut impl Draw) -> usize {
    let [first, second] = [draws.below(of as u64), draws.below(of as u64)];
    first.min(second) as usize
}

/// The child on the side of `own` of a pair on the unit interval: within it, and as near its parents as the index says.
///
/// β = (uα)^(1/(η+1)) for u ≤ 1/α, else (1/(2 − uα))^(1/(η+1)), with α = 2 − b^−(η+1) and b from the distance to the end.
fn simulated_binary(own: f64, other: f64, index: f64, u: f64) -> f64 {
    let (low, high) = (own.min(other), own.max(other));
    let apart = high - low;
    if apart < 1e-14 {
        return own;
    }
    let room = if own <= other { low } else { 1.0 - high };
    let alpha = 2.0 - math::powf(1.0 + 2.0 * room / apart, -(index + 1.0));
    let power = 1.0 / (index + 1.0);
    let spread =
        if u <= 1.0 / alpha { math::powf(u * alpha, power) } else { math::powf(1.0 / (2.0 - u * alpha), power) };
    let side = if own <= other { -1.0 } else { 1.0 };
    (0.5 * (low + high + side * spread * apart)).clamp(0.0, 1.0)
}

/// A coordinate moved within the unit interval, the less the larger the index.
fn polynomial(value: f64, index: f64, u: f64) -> f64 {
    let power = 1.0 / (index + 1.0);
    let bent = |room: f64| math::powf(1.0 - room, index + 1.0);
    let change = if u < 0.5 {
        math::powf(2.0 * u + (1.0 - 2.0 * u) * bent(value), power) - 1.0
    } else {
        1.0 - math::powf(2.0 * (1.0 - u) + (2.0 * u - 1.0) * bent(1.0 - value), power)
    };
    (value + change).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(aims: &[[f64; 2]]) -> Vec<Score> {
        aims.iter().map(|aims| Score { aims: aims.to_vec(), broken: 0.0 }).collect()
    }

    #[test]
    fn layers_and_loneliness_by_hand() {
        let scores = scores(&[[1.0, 5.0], [2.0, 3.0], [4.0, 1.0], [3.0, 4.0], [5.0, 5.0]]);
        let all: Vec<&Score> = scores.iter().collect();
        assert_eq!(layers(&all), [vec![0, 1, 2], vec![3], vec![4]]);
        // Of the first layer the middle one spans both ranges.
        assert_eq!(loneliness(&all[..3]), [f64::INFINITY, 2.0, f64::INFINITY]);
        assert_eq!(survivors(&all, 2), [0, 2]);
        assert_eq!(survivors(&all, 4), [0, 2, 1, 3]);
        assert_eq!(thinned(&all[..3], 2), [0, 2]);
    }

    #[test]
    fn what_breaks_a_constraint_comes_after_all_that_do_not() {
        let mut scores = scores(&[[1.0, 1.0], [9.0, 9.0], [0.0, 0.0]]);
        (scores[0].broken, scores[2].broken) = (0.1, 0.2);
        assert_eq!(layers(&scores.iter().collect::<Vec<_>>()), [vec![1], vec![0], vec![2]]);
    }

    #[test]
    fn crossover_and_mutation_stay_inside_and_near() {
        for (a, b) in [(0.0, 1.0), (0.2, 0.3), (0.9, 0.4), (0.5, 0.5)] {
            for u in [0.0, 0.1, 0.5, 0.9, 1.0 - 1e-16] {
                assert!((0.0..=1.0).contains(&simulated_binary(a, b, 15.0, u)));
            }
            // The middle of the draws leaves a child where its parent is, or nearly so where there is no room beyond.
            assert!((simulated_binary(a, b, 15.0, 0.5) - a).abs() < 0.03, "{a} {b}");
        }
        for value in [0.0, 0.3, 1.0] {
            for u in [0.0, 0.25, 0.5, 0.75, 1.0 - 1e-16] {
                assert!((0.0..=1.0).contains(&polynomial(value, 20.0, u)));
            }
            assert!((polynomial(value, 20.0, 0.5) - value).abs() < 1e-9);
        }
        // The extreme draws reach the ends.
        assert!(polynomial(0.3, 20.0, 0.0) < 1e-9 && polynomial(0.3, 20.0, 1.0) > 1.0 - 1e-9);
    }

    /// Schaffer's problem: x² and (x − 2)² for x from −10 to 10. Settings that no other beats have x from 0 to 2.
    #[test]
    fn a_known_front_is_found() {
        let x = |coordinates: &[f64]| 20.0 * coordinates[0] - 10.0;
        let score = |coordinates: &[f64]| {
            let x = x(coordinates);
            Score { aims: vec![x * x, (x - 2.0) * (x - 2.0)], broken: 0.0 }
        };
        let evolution = Evolution { population: 20, generations: 30, seed: 1, crossover: 15.0, mutation: 20.0 };
        let mut all: Vec<Vec<f64>> = (0..20).map(|i| vec![f64::from(i) / 19.0]).collect();
        let mut living: Vec<usize> = (0..20).collect();
        for generation in 1..=evolution.generations {
            let parents: Vec<&[f64]> = living.iter().map(|&place| all[place].as_slice()).collect();
            let known = all.clone();
            let born =
                evolution.offspring(&parents, &[Gene::Number], generation, |child| known.contains(&child.to_vec()));
            living.extend(all.len()..all.len() + born.len());
            all.extend(born);
            let scores: Vec<Score> = living.iter().map(|&place| score(&all[place])).collect();
            let kept = survivors(&scores.iter().collect::<Vec<_>>(), evolution.population);
            living = kept.into_iter().map(|at| living[at]).collect();
        }
        let mut found: Vec<f64> = living.iter().map(|&place| x(&all[place])).collect();
        found.sort_by(f64::total_cmp);
        assert!(found[0] > -0.05 && found[19] < 2.05, "{found:?}");
        assert!(found.windows(2).all(|pair| pair[1] - pair[0] < 0.3), "{found:?}");
        assert!(found[0] < 0.1 && found[19] > 1.9, "{found:?}");
    }
}
