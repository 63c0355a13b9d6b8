//! What an agency sees and what it files: triggers on price, shortage and discretion, approved after a while.

use bevy_ecs::prelude::*;

use super::{Reserve, price_at};
use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::calendar::Week;
use crate::digest::{Digest, Digestible};
use crate::market::{Markets, RegionMarket};
use crate::math;
use crate::mine::Mine;
use crate::plant::Plant;
use crate::sector::Sector;
use crate::seller::Seller;
use crate::setup::reserve::{Discretion, Signal};
use crate::setup::{MineralIx, NationIx};
use crate::step::Clock;
use crate::streams::{Draw, Draws, Purpose, Streams};
use crate::units::{Mass, WEEKS_PER_YEAR};
use crate::watch::Warnings;

const DISCRETION: Purpose = Purpose::new("reserve.discretion");

/// Weeks over which the concentration of supply is averaged.
const CONCENTRATION_MEMORY: f64 = 52.0;

/// Whether a trigger has been breached, and from when a release is approved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filed {
    /// Week from which the release is approved, while the breach lasts.
    pub approved_from: Option<Week>,
    /// Week before which somebody's decision holds.
    until: Option<Week>,
}

impl Digestible for Filed {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.approved_from);
        self.until.iter().for_each(|until| digest.add(until));
    }
}

impl Filed {
    /// What is filed a week later: a breach that lasts keeps its place, one that ends is forgotten.
    fn next(self, breached: bool, week: Week, approval: Week) -> Option<Week> {
        match (breached, self.approved_from) {
            (true, None) => Some(week + approval),
            (true, filed) => filed,
            (false, _) => None,
        }
    }
}

/// What an agency saw when it decided last.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Scene {
    /// p/M − 1, M the mean price of 52 weeks; nothing before anything was bought.
    pub gap: Option<f64>,
    /// Share of what the nation's sectors require of the metal that is not met.
    pub unmet: f64,
    /// Output over capacity of the nation's mines and plants that make the market's metal; 1 without any.
    pub utilization: f64,
    /// Share of the largest region in what the world made in a year.
    pub concentration: f64,
    /// Level at which the nation is warned of the metal.
    pub warning: u8,
    /// Whether any trigger is breached.
    pub alarm: bool,
}

/// Chance that somebody decides on a release this week: 1 − e^(−f·e^(g·z)/52.18), z = p/M − 1, f decisions a year at the
/// mean, g slope.
fn chance(rule: &Discretion, gap: f64) -> f64 {
    -math::expm1(-rule.per_year * math::exp(rule.slope * gap) / WEEKS_PER_YEAR)
}

impl Reserve {
    /// Share of the aim that has to stay in store in a week; nothing when no release is approved or decreed.
    #[must_use]
    pub fn keeps(&self, week: Week) -> Option<f64> {
        let filed = self.rule.triggers.iter().zip(&self.filed);
        let ripe = filed.filter(|(_, filed)| filed.approved_from.is_some_and(|from| from <= week));
        ripe.map(|(trigger, _)| trigger.keep).chain(self.ordered).reduce(f64::min)
    }

    /// Files what is breached; whether anything is.
    fn file(&mut self, week: Week, mut draws: Draws) -> bool {
        let (scene, learned) = (self.scene, self.learned);
        let mut alarm = false;
        for (trigger, filed) in self.rule.triggers.iter().zip(&mut self.filed) {
            let breached = match trigger.on {
                Signal::Price(above) => scene.gap.is_some_and(|gap| gap > learned.lowered(above)),
                Signal::Shortage(above) => scene.unmet > above,
                Signal::Warning(level) => scene.warning >= level,
                Signal::Discretion(rule) => {
                    if draws.bernoulli(chance(&rule, scene.gap.unwrap_or(0.0))) {
                        filed.until = Some(week + rule.weeks);
                    }
                    filed.until.is_some_and(|until| week < until)
                }
            };
            filed.approved_from = filed.next(breached, week, trigger.approval);
            alarm |= breached;
        }
        alarm
    }

    /// Price at which it buys next week: M(1 − b) when the price is lower than that, and what its rule offers otherwise.
    fn bid_price(&self, price: f64, mean: Option<f64>) -> Option<f64> {
        let rule = &self.rule.purchase;
        let cheap = mean.filter(|mean| price / mean - 1.0 < -rule.below).map(|mean| mean * (1.0 - rule.below));
        let regular = rule.top_up.map(|premium| price * (1.0 + premium));
        let idle = rule.overcapacity.filter(|of| self.scene.utilization < of.utilization);
        let idle = idle.map(|of| price * (1.0 + of.premium));
        [cheap, regular, idle].into_iter().flatten().reduce(f64::max)
    }
}

/// Sums of a nation's sectors and producers of a metal.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    required: Mass,
    unmet: Mass,
    made: f64,
    capacity: f64,
}

/// Agencies look at prices, shortages, idle capacity and where the metal comes from.
pub(super) fn look(
    markets: Res<Markets>,
    warnings: Res<Warnings>,
    mut agencies: Query<(&Agent, &mut Reserve)>,
    home: Home,
) {
    for (agent, mut agency) in &mut agencies {
        let market = &markets[agency.market];
        let sums = sums(agent.nation, market.mineral, agency.market, &markets, &home);
        let price = market.price(agent.region).real();
        let required = sums.required.real();
        let made = |region: &RegionMarket| region.made.real();
        let (largest, all) =
            market.regions.iter().map(made).fold((0.0_f64, 0.0), |(most, sum), made| (most.max(made), sum + made));
        let now = if all > 0.0 { largest / all } else { 0.0 };
        let before = agency.scene.concentration;
        agency.scene = Scene {
            gap: market.year_mean(agent.region).map(|mean| price / mean - 1.0),
            unmet: if required > 0.0 { sums.unmet.real() / required } else { 0.0 },
            utilization: if sums.capacity > 0.0 { sums.made / sums.capacity } else { 1.0 },
            concentration: if before > 0.0 { before + (now - before) / CONCENTRATION_MEMORY } else { now },
            warning: warnings.level(agent.nation, market.mineral),
            alarm: agency.scene.alarm,
        };
    }
}

/// Users and producers of all nations.
type Home<'w, 's> = (
    Query<'w, 's, (&'static Agent, &'static Sector, &'static Buyer)>,
    Query<'w, 's, (&'static Agent, &'static Mine, &'static Seller)>,
    Query<'w, 's, (&'static Agent, &'static Plant, &'static Seller)>,
);

/// What a nation's sectors and producers required, made and could make this week.
fn sums(
    nation: NationIx,
    mineral: MineralIx,
    market: usize,
    markets: &Markets,
    (sectors, mines, plants): &Home,
) -> Sums {
    let mut sums = Sums::default();
    for (agent, sector, buyer) in sectors {
        if agent.nation == nation && markets[buyer.market].mineral == mineral {
            sums.required += sector.required;
            sums.unmet += sector.unmet();
        }
    }
    for (agent, mine, seller) in mines {
        if agent.nation == nation && seller.market == market {
            sums.made += mine.output.real();
            sums.capacity += mine.weekly_capacity * mine.built;
        }
    }
    for (agent, plant, seller) in plants {
        if agent.nation == nation && seller.market == market {
            sums.made += plant.output.real();
            sums.capacity += plant.weekly_capacity * plant.built;
        }
    }
    sums
}

/// Agencies file for approval what is breached, or prepare to buy.
pub(super) fn decide(
    clock: Res<Clock>,
    streams: Res<Streams>,
    markets: Res<Markets>,
    mut agencies: Query<(&Agent, &mut Reserve)>,
) {
    for (agent, mut agency) in &mut agencies {
        if let Some((floor, _)) = agency.backed {
            agency.buying_at = Some(floor.real());
            continue;
        }
        let breached = agency.file(clock.week, streams.at(DISCRETION, agent.key, clock.week));
        let alarm = breached || agency.ordered.is_some();
        agency.scene.alarm = alarm;
        let price = price_at(agent, &agency, &markets);
        let mean = markets[agency.market].year_mean(agent.region);
        agency.buying_at = if alarm { None } else { agency.bid_price(price, mean) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breach_is_approved_after_a_while_and_forgotten_when_it_ends() {
        let nothing = Filed::default();
        let filed = Filed { approved_from: nothing.next(true, 10, 4), until: None };
        assert_eq!(filed.approved_from, Some(14));
        assert_eq!(filed.next(true, 12, 4), Some(14));
        assert_eq!(filed.next(false, 12, 4), None);
    }

    #[test]
    fn who_decides_at_discretion_does_so_the_likelier_the_dearer_the_metal() {
        let rule = Discretion { per_year: 0.5, slope: 10.0, weeks: 8 };
        // 1 − e^(−0.5/52.18) and, at +30 %, 1 − e^(−0.5·e³/52.18).
        assert!((chance(&rule, 0.0) - 0.009_536).abs() < 1e-6);
        assert!((chance(&rule, 0.3) - 0.175_078).abs() < 1e-5);
    }
}
