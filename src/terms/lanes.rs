//! Terms of single ways from region to region: what controls by destination close or burden, what leaks past them, what
//! trading together saves.

use super::MarketTerms;
use crate::setup::{NationIx, RegionIx};
use crate::units::{Mass, Ppm, Price};

/// Terms of a way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LaneTerms {
    /// Most that customs let pass this week; `None` without limit.
    pub ceiling: Option<Mass>,
    /// What has passed this week under contracts.
    pub contracted: Mass,
    /// Share of last week's price at home that is levied on top of the duty on all exports.
    pub duty: Ppm,
    /// What of freight and handling is saved.
    pub saving: Price,
}

impl LaneTerms {
    /// Lowers this week's ceiling; of several the tightest holds.
    pub fn cap(&mut self, ceiling: Mass) {
        self.ceiling = Some(self.ceiling.map_or(ceiling, |held| held.min(ceiling)));
    }

    /// What of the ceiling is left after the week's contracts; `None` without limit.
    #[must_use]
    pub fn left(&self) -> Option<Mass> {
        self.ceiling.map(|ceiling| (ceiling - self.contracted).or_zero())
    }
}

/// A way past customs, by third countries or by night. The unit at volume v costs c + r·v/V besides freight, V the most that
/// gets through in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leak {
    /// Region that goods leave.
    pub from: RegionIx,
    /// Region that they reach.
    pub to: RegionIx,
    /// Cost of the first unit.
    pub cost: Price,
    /// What the last unit costs more.
    pub rise: Price,
    /// Most that gets through in a week.
    pub capacity: Mass,
}

impl Leak {
    /// Steps in which cost rises with volume.
    pub const STEPS: usize = 4;

    /// Cost at the middle of a step, and its width: c + r·(k + ½)/K on V/K, to the quantum.
    #[must_use]
    pub fn step(&self, step: usize) -> (Price, Mass) {
        let (k, all) = (step as i64, Self::STEPS as i64);
        let up_to = |k: i64| self.capacity.0 / all * k + self.capacity.0 % all * k / all;
        (self.cost + Price(self.rise.0 * (2 * k + 1) / (2 * all)), Mass(up_to(k + 1) - up_to(k)))
    }
}

impl MarketTerms {
    /// Terms of the way between two regions.
    #[must_use]
    pub fn lane(&self, from: RegionIx, to: RegionIx) -> &LaneTerms {
        &self.lanes[from * self.regions + to]
    }

    /// Terms of the way between two regions, to be written by a policy.
    pub fn lane_mut(&mut self, from: RegionIx, to: RegionIx) -> &mut LaneTerms {
        &mut self.lanes[from * self.regions + to]
    }

    /// Whether customs let anything pass from one region to another this week.
    #[must_use]
    pub fn open(&self, from: RegionIx, to: RegionIx) -> bool {
        self.exports(from).left() != Some(Mass::ZERO) && self.lane(from, to).left() != Some(Mass::ZERO)
    }

    /// Nothing that one region brings in from another pays a tariff, now and in weeks ahead for which `waived` says so.
    pub fn waive_tariff(&mut self, from: RegionIx, to: RegionIx, waived: impl Fn(usize) -> bool) {
        let at = from * self.regions + to;
        if waived(0) {
            self.tariff[at] = Ppm(0);
        }
        for (ahead, rate) in self.tariff_ahead[at].0.iter_mut().enumerate() {
            if waived(ahead) {
                *rate = Ppm(0);
            }
        }
    }
}

/// How sellers of a nation deal what they put under contract over blocs of buyers.
#[derive(Debug, Clone, PartialEq)]
pub struct Partners {
    /// Nation of the sellers.
    pub nation: NationIx,
    /// Market.
    pub market: crate::setup::MarketIx,
    /// Members of each bloc and the share kept for its buyers; a nation of several counts for the first.
    pub shares: Vec<(Vec<NationIx>, f64)>,
    /// Share of what the contract is worth to the buyer, or to the best buyer of another bloc if that is less, by which the
    /// price rises.
    pub bargain: f64,
}

impl Partners {
    /// Place of the bloc to which a nation belongs; none for those outside.
    #[must_use]
    pub fn bloc_of(&self, nation: NationIx) -> Option<usize> {
        self.shares.iter().position(|(members, _)| members.contains(&nation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_grows_dearer_step_by_step_up_to_its_capacity() {
        let leak = Leak { from: 0, to: 1, cost: Price(1_000), rise: Price(800), capacity: Mass(10) };
        let steps: Vec<_> = (0..Leak::STEPS).map(|step| leak.step(step)).map(|(cost, mass)| (cost.0, mass.0)).collect();
        assert_eq!(steps, [(1_100, 2), (1_300, 3), (1_500, 2), (1_700, 3)]);
    }

    #[test]
    fn of_several_ceilings_the_tightest_holds_and_contracts_come_first() {
        let mut lane = LaneTerms::default();
        assert_eq!(lane.left(), None);
        lane.cap(Mass(50));
        lane.cap(Mass(80));
        lane.contracted = Mass(60);
        assert_eq!((lane.ceiling, lane.left()), (Some(Mass(50)), Some(Mass::ZERO)));
    }
}
