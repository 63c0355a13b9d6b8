//! Coordinate search: from the best setting for an objective every coordinate is moved up and down alone, and what helped is
//! moved together. Steps shrink when nothing helps.

use super::evolve::Gene;
use super::score::Score;

/// First step of numbers, as a part of their probability.
const STEP: f64 = 0.1;

/// Step below which a search ends.
const LEAST: f64 = 1e-3;

/// A coordinate moved alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// Which.
    pub place: usize,
    /// Where to.
    pub to: f64,
}

impl Move {
    /// The setting that it makes of another.
    #[must_use]
    pub fn from(&self, center: &[f64]) -> Vec<f64> {
        let mut moved = center.to_vec();
        moved[self.place] = self.to;
        moved
    }
}

/// Steps of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps(f64);

impl Default for Steps {
    fn default() -> Self {
        Self(STEP)
    }
}

impl Steps {
    /// Half as long.
    pub fn shrink(&mut self) {
        self.0 /= 2.0;
    }

    /// Whether shorter ones would find nothing further: there are no numbers, or they are short already.
    #[must_use]
    pub fn are_least(self, genes: &[Gene]) -> bool {
        self.0 < LEAST || !genes.contains(&Gene::Number)
    }

    /// Moves of every coordinate alone. A number moves by a step, or by as many as make a difference (`differs` says whether a
    /// setting does, its values rounded as they are); a choice to its neighbors, or to any other value if it has no order.
    pub fn moves(self, center: &[f64], genes: &[Gene], differs: impl Fn(&[f64]) -> bool) -> Vec<Move> {
        let mut found = Vec::new();
        for (place, gene) in genes.iter().enumerate() {
            match *gene {
                Gene::Choice { of, ordered } => {
                    let here = Gene::place(of, center[place]);
                    let near = |other: &usize| *other != here && (!ordered || other.abs_diff(here) == 1);
                    found.extend((0..of).filter(near).map(|other| Move { place, to: Gene::middle(of, other) }));
                }
                Gene::Number => {
                    for side in [-1.0, 1.0] {
                        let mut step = self.0;
                        while step < 2.0 {
                            let to = (center[place] + side * step).clamp(0.0, 1.0);
                            let one = Move { place, to };
                            if differs(&one.from(center)) {
                                found.push(one);
                                break;
                            }
                            step *= 2.0;
                        }
                    }
                }
            }
        }
        found
    }
}

/// All that helped moved together, of each coordinate what helped most; `None` when fewer than two coordinates did.
#[must_use]
pub fn together(center: &[f64], of_center: &Score, moves: &[(Move, &Score)], objective: usize) -> Option<Vec<f64>> {
    let mut best: Vec<&(Move, &Score)> = Vec::new();
    for one in moves.iter().filter(|(_, score)| score.beats_in(objective, of_center)) {
        match best.iter_mut().find(|other| other.0.place == one.0.place) {
            Some(other) if one.1.beats_in(objective, other.1) => *other = one,
            Some(_) => {}
            None => best.push(one),
        }
    }
    let mut moved = center.to_vec();
    for (one, _) in &best {
        moved[one.place] = one.to;
    }
    (best.len() > 1).then_some(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENES: [Gene; 3] =
        [Gene::Number, Gene::Choice { of: 4, ordered: true }, Gene::Choice { of: 4, ordered: false }];

    #[test]
    fn every_coordinate_moves_alone_to_where_it_differs() {
        // The number counts in quarters: steps of a tenth are doubled until they make a difference.
        let center = [0.5, 0.125, 0.125];
        let differs = |moved: &[f64]| (4.0 * moved[0]).round() as i32 != 2;
        let moves = Steps::default().moves(&center, &GENES, differs);
        let shown: Vec<(usize, f64)> = moves.iter().map(|one| (one.place, (100.0 * one.to).round() / 100.0)).collect();
        assert_eq!(shown, [(0, 0.3), (0, 0.7), (1, 0.38), (2, 0.38), (2, 0.63), (2, 0.88)]);
        assert!(Steps::default().moves(&center, &GENES[..1], |_| false).is_empty());
    }

    #[test]
    fn what_helped_most_moves_together() {
        let score = |aim: f64| Score { aims: vec![aim], broken: 0.0 };
        let scores = [9.0, 8.0, 11.0, 9.5].map(score);
        let moves = [(0, 0.3), (0, 0.7), (1, 0.375), (2, 0.625)].map(|(place, to)| Move { place, to });
        let tried: Vec<(Move, &Score)> = moves.into_iter().zip(&scores).collect();
        let center = [0.5, 0.125, 0.125];
        assert_eq!(together(&center, &score(10.0), &tried, 0), Some(vec![0.7, 0.125, 0.625]));
        assert_eq!(together(&center, &score(9.0), &tried, 0), None, "one alone is known already");
    }
}
