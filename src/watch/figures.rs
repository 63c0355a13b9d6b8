//! The figures that watches look at, as they truly are.

use std::ops::RangeInclusive;

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;

use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::digest::{Digest, Digestible, ring};
use crate::futures::{Desk, Futures, Trading};
use crate::ledger::{Account, Ledger, Slot};
use crate::market::Markets;
use crate::merchant::Merchant;
use crate::mine::Mine;
use crate::plant::Plant;
use crate::recycler::Recycler;
use crate::reserve::Reserve;
use crate::sector::Sector;
use crate::seller::Seller;
use crate::setup::exchange::ContractIx;
use crate::setup::watch::{Figure, Watch};
use crate::setup::{MarketIx, NationIx, RegionIx, Setup};
use crate::terms::{ExportTerms, Terms};
use crate::units::Mass;

/// Weeks over which flows are added up.
const YEAR: usize = 52;

/// Sums of masses over the last 52 weeks.
#[derive(Debug, Clone, PartialEq)]
struct Year {
    weeks: Vec<Mass>,
    sums: Vec<Mass>,
    next: usize,
    counted: usize,
}

impl Year {
    fn new(places: usize) -> Self {
        Self { weeks: vec![Mass::ZERO; YEAR * places], sums: vec![Mass::ZERO; places], next: 0, counted: 0 }
    }

    fn add(&mut self, week: impl Iterator<Item = Mass>) {
        let places = self.sums.len();
        for (place, mass) in week.enumerate() {
            let old = std::mem::replace(&mut self.weeks[self.next * places + place], mass);
            self.sums[place] += mass - old;
        }
        self.next = (self.next + 1) % YEAR;
        self.counted = (self.counted + 1).min(YEAR);
    }

    fn sum(&self, place: usize) -> f64 {
        self.sums[place].real()
    }

    /// Mean of a week.
    fn weekly(&self, place: usize) -> f64 {
        self.sum(place) / self.counted.max(1) as f64
    }
}

impl Digestible for Year {
    fn digest(&self, digest: &mut Digest) {
        ring(&self.weeks, digest);
    }
}

/// What passed into a nation in the last 52 weeks, and what it is told of those that it comes from.
///
/// Trade is known by region: what enters a region that several nations share is taken for what enters each of them.
#[derive(Debug, Clone)]
pub(super) struct Passage {
    /// First of the mineral's markets.
    first: MarketIx,
    /// Number of regions.
    regions: usize,
    /// The nation's.
    region: RegionIx,
    /// Own output of mines and recyclers, then imports by market and region of origin.
    entered: Year,
    /// What left a region for anywhere, by market and region.
    left: Year,
    /// Nations of each region.
    nations: Vec<Vec<NationIx>>,
    /// Mean governance by region.
    governance: Vec<f64>,
    /// Mean alignment with the nation by region.
    alignment: Vec<f64>,
}

impl Digestible for Passage {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.entered);
        digest.add(&self.left);
    }
}

impl Passage {
    pub(super) fn new(setup: &Setup, watch: &Watch) -> Self {
        let (markets, regions) = (setup.minerals[watch.mineral].markets.clone(), setup.regions.len());
        let of = |region: RegionIx| {
            (0..setup.nations.len()).filter(|&nation| setup.nations[nation].region == region).collect()
        };
        let nations: Vec<Vec<NationIx>> = (0..regions).map(of).collect();
        let mean = |value: &dyn Fn(NationIx) -> f64| {
            let of = |there: &Vec<NationIx>| {
                let values: Vec<f64> = there.iter().map(|&nation| value(nation)).collect();
                crate::statistics::mean(&values).unwrap_or(0.0)
            };
            nations.iter().map(of).collect()
        };
        let governance = mean(&|nation| setup.nations[nation].governance);
        let alignment = mean(&|other| setup.alignment[watch.nation * setup.nations.len() + other]);
        Self {
            first: markets.start,
            regions,
            region: setup.nations[watch.nation].region,
            entered: Year::new(1 + markets.len() * regions),
            left: Year::new(markets.len() * regions),
            nations,
            governance,
            alignment,
        }
    }

    /// Adds the week.
    pub(super) fn add(&mut self, sight: &Sight, watch: &Watch) {
        let (first, n) = (self.first, self.regions);
        let places = (0..self.left.sums.len()).map(|place| (first + place / n, place % n));
        let to = self.region;
        let imports = places.clone().map(|(market, from)| sight.markets[market].shipped[from * n + to]);
        self.entered.add(std::iter::once(sight.own(watch, first..first + self.left.sums.len() / n)).chain(imports));
        self.left.add(places.map(|(market, from)| sight.markets[market].shipped_from(from)));
    }

    /// What entered: own output first, then by region of origin.
    fn origins(&self) -> Vec<f64> {
        let from = |region: RegionIx| {
            (0..self.left.sums.len() / self.regions).map(|m| self.entered.sum(1 + m * self.regions + region)).sum()
        };
        std::iter::once(self.entered.sum(0)).chain((0..self.regions).map(from)).collect()
    }

    /// Concentration of what entered: Σ s², s the share of an origin; own output is one.
    fn concentration(&self) -> Option<f64> {
        let origins = self.origins();
        let total: f64 = origins.iter().sum();
        (total > 0.0).then(|| origins.iter().map(|amount| (amount / total) * (amount / total)).sum())
    }

    /// Mean over what entered of (1 − a)/2, a alignment with its origin from −1 to 1; own output is aligned.
    fn decoupling(&self) -> Option<f64> {
        let origins = self.origins();
        let total: f64 = origins.iter().sum();
        let estranged: f64 =
            origins[1..].iter().zip(&self.alignment).map(|(amount, alignment)| amount * (1.0 - alignment) / 2.0).sum();
        (total > 0.0).then(|| estranged / total)
    }

    /// Mean over what entered of ½·(1 − g·(1 − h)) + ½·v: g governance of its origin, h chance a year that a project there is
    /// lost to its owner, v severity of measures known there. One half is what may happen, the other what has been
    /// announced. Own output carries no risk.
    fn host_risk(&self, terms: &Terms) -> Option<f64> {
        let hazard = |region: RegionIx| {
            let there: Vec<f64> = self.nations[region].iter().map(|&nation| terms.hazards[nation].min(1.0)).collect();
            crate::statistics::mean(&there).unwrap_or(0.0)
        };
        let (mut total, mut at_risk) = (self.entered.sum(0), 0.0);
        for place in 0..self.left.sums.len() {
            let (amount, region) = (self.entered.sum(1 + place), place % self.regions);
            if amount > 0.0 {
                let exports = terms.market(self.first + place / self.regions).exports(region);
                let latent = 1.0 - self.governance[region] * (1.0 - hazard(region));
                total += amount;
                at_risk += amount * (latent + severity(exports, self.left.weekly(place))) / 2.0;
            }
        }
        (total > 0.0).then(|| at_risk / total)
    }
}

/// Share of what normally leaves a region that measures known there keep in or levy, in the worst week that is known of.
#[must_use]
pub fn severity(exports: &ExportTerms, normal: f64) -> f64 {
    let ceilings = exports.ceilings_ahead.iter().copied().flatten().chain(exports.ceiling);
    let tightest =
        ceilings.min().map_or(0.0, |ceiling| if normal > 0.0 { (1.0 - ceiling.real() / normal).max(0.0) } else { 0.0 });
    tightest.max(exports.duty.share()).max(exports.duty_ahead.highest().share()).min(1.0)
}

/// What the figures are taken from.
#[derive(SystemParam)]
pub(crate) struct Sight<'w, 's> {
    ledger: Res<'w, Ledger>,
    markets: Res<'w, Markets>,
    terms: Res<'w, Terms>,
    futures: Res<'w, Futures>,
    mines: Query<'w, 's, (&'static Agent, &'static Mine, &'static Seller)>,
    recyclers: Query<'w, 's, (&'static Agent, &'static Recycler, &'static Seller)>,
    plants: Query<'w, 's, (&'static Agent, &'static Plant, &'static Buyer)>,
    sectors: Query<'w, 's, (&'static Agent, &'static Sector, &'static Buyer)>,
    sellers: Query<'w, 's, (&'static Agent, &'static Seller)>,
    buyers: Query<'w, 's, (&'static Agent, &'static Buyer)>,
    merchants: Query<'w, 's, (&'static Agent, &'static Merchant)>,
    reserves: Query<'w, 's, (&'static Agent, &'static Reserve)>,
    desks: Query<'w, 's, &'static Desk>,
}

impl Sight<'_, '_> {
    /// A figure of the week.
    pub(super) fn figure(&self, figure: Figure, watch: &Watch, passage: &Passage) -> Option<f64> {
        match figure {
            Figure::Price => {
                let (market, region) = (&self.markets[watch.market], passage.region);
                market.year_mean(region).map(|mean| market.price(region).real() / mean)
            }
            Figure::Cover => self.cover(watch, passage),
            Figure::Concentration => passage.concentration(),
            Figure::HostRisk => passage.host_risk(&self.terms),
            Figure::Decoupling => passage.decoupling(),
            Figure::Flows => watch.contract.and_then(|contract| self.speculative_share(contract)),
        }
    }

    /// Metal of the watched stage and of those before it that lies in the nation or is on its way to it, reserves'
    /// included, over what its users need of the stage a week: sectors at opening prices, plants at normal utilization.
    fn cover(&self, watch: &Watch, passage: &Passage) -> Option<f64> {
        let stages = passage.first..=watch.market;
        let firms: Mass = self.stores(watch, &stages).map(|(account, slot)| self.ledger.mass(account, slot)).sum();
        let need = self.need(watch);
        (need > 0.0).then(|| (firms + self.beyond_stores(watch, &stages)).real() / need)
    }

    /// Where the nation's firms store metal of these stages.
    pub(crate) fn stores(
        &self,
        watch: &Watch,
        stages: &RangeInclusive<MarketIx>,
    ) -> impl Iterator<Item = (Account, Slot)> {
        let here = |agent: &Agent, market: MarketIx| agent.nation == watch.nation && stages.contains(&market);
        let sellers = self.sellers.iter().filter(move |(agent, seller)| here(agent, seller.market));
        let buyers = self.buyers.iter().filter(move |(agent, buyer)| here(agent, buyer.market));
        let merchants = self.merchants.iter().filter(move |(agent, merchant)| here(agent, merchant.market));
        sellers
            .map(|(agent, _)| (agent.account, Slot::Store))
            .chain(buyers.map(|(agent, buyer)| (agent.account, buyer.into)))
            .chain(merchants.map(|(agent, _)| (agent.account, Slot::Store)))
    }

    /// Metal of these stages that is on its way to the nation, or in the stores of its reserves.
    pub(crate) fn beyond_stores(&self, watch: &Watch, stages: &RangeInclusive<MarketIx>) -> Mass {
        let here = |agent: &Agent, market: MarketIx| agent.nation == watch.nation && stages.contains(&market);
        let in_slot = |agent: &Agent, slot: Slot| self.ledger.mass(agent.account, slot);
        let buyers = self.buyers.iter().filter(|(agent, buyer)| here(agent, buyer.market));
        let merchants = self.merchants.iter().filter(|(agent, merchant)| here(agent, merchant.market));
        let reserves = self.reserves.iter().filter(|(agent, reserve)| here(agent, reserve.market));
        buyers
            .map(|(agent, _)| in_slot(agent, Slot::Transit))
            .chain(merchants.map(|(agent, _)| in_slot(agent, Slot::Transit)))
            .chain(reserves.map(|(agent, _)| in_slot(agent, Slot::Store) + in_slot(agent, Slot::Transit)))
            .sum()
    }

    /// What the nation's users need of the watched stage in a week, in quanta.
    pub(crate) fn need(&self, watch: &Watch) -> f64 {
        let of_watch = |agent: &Agent, buyer: &Buyer| agent.nation == watch.nation && buyer.market == watch.market;
        let sectors = self.sectors.iter().filter(|(agent, _, buyer)| of_watch(agent, buyer));
        let plants = self.plants.iter().filter(|(agent, _, buyer)| of_watch(agent, buyer));
        let feed = |plant: &Plant| {
            plant.weekly_capacity * plant.built * plant.rule.normal_utilization / plant.recovery.share()
        };
        sectors.map(|(_, sector, _)| sector.required).sum::<Mass>().real()
            + plants.map(|(_, plant, _)| feed(plant)).sum::<f64>()
    }

    /// Output of the nation's mines and recyclers in these markets.
    fn own(&self, watch: &Watch, markets: std::ops::Range<MarketIx>) -> Mass {
        let here = |agent: &Agent, seller: &Seller| agent.nation == watch.nation && markets.contains(&seller.market);
        let mined = self.mines.iter().filter(|(agent, _, seller)| here(agent, seller)).map(|(_, mine, _)| mine.output);
        let recycled = self.recyclers.iter().filter(|(agent, _, seller)| here(agent, seller));
        mined.chain(recycled.map(|(_, recycler, _)| recycler.output)).sum()
    }

    /// What those who neither hedge, carry nor stockpile are long, over the open interest; none when nothing is open.
    fn speculative_share(&self, contract: ContractIx) -> Option<f64> {
        let pit = &self.futures.pits[contract];
        let house = &self.futures.houses[pit.exchange].house;
        let open: i64 = pit.board.months().iter().map(|month| house.open_interest(month.series)).sum();
        let commercial = |desk: &&Desk| {
            desk.contract == contract
                && matches!(desk.trading, Trading::Hedger(_) | Trading::Carrier(_) | Trading::Stockpile(_))
        };
        let lots =
            |desk: &Desk| pit.board.months().iter().map(|month| house.lots(desk.member, month.series)).sum::<i64>();
        let held: i64 = self.desks.iter().filter(commercial).map(lots).sum();
        (open > 0).then(|| -held as f64 / open as f64)
    }

    /// Share of the requirement of the nation's sectors that use the mineral that was not met this week.
    pub(super) fn unmet(&self, watch: &Watch) -> f64 {
        let (mut required, mut unmet) = (Mass::ZERO, Mass::ZERO);
        for (agent, sector, buyer) in &self.sectors {
            if agent.nation == watch.nation && self.markets[buyer.market].mineral == watch.mineral {
                required += sector.required;
                unmet += sector.unmet();
            }
        }
        if required > Mass::ZERO { unmet.real() / required.real() } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Ppm;

    #[test]
    fn a_year_forgets_what_is_52_weeks_old() {
        let mut year = Year::new(2);
        for week in 0..54 {
            year.add([Mass(week), Mass(1)].into_iter());
        }
        // 2 + 3 + … + 53.
        assert!((year.sum(0) - 1_430.0).abs() < 1e-12 && (year.weekly(1) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_measure_is_as_severe_as_what_it_keeps_in() {
        let free = ExportTerms::default();
        assert!(severity(&free, 100.0).abs() < 1e-12);
        let mut quota = ExportTerms { ceiling: Some(Mass(60)), ..ExportTerms::default() };
        assert!((severity(&quota, 100.0) - 0.4).abs() < 1e-12);
        assert!(severity(&quota, 50.0).abs() < 1e-12);
        // A ban that is known of for the third week ahead.
        quota.cap_ahead(4, 2, Mass::ZERO);
        assert!((severity(&quota, 100.0) - 1.0).abs() < 1e-12);
        let duty = ExportTerms { duty: Ppm(250_000), ..ExportTerms::default() };
        assert!((severity(&duty, 100.0) - 0.25).abs() < 1e-12);
    }

    fn passage(own: i64, imports: [i64; 2], governance: [f64; 2], alignment: [f64; 2]) -> Passage {
        let mut entered = Year::new(3);
        entered.add([Mass(own), Mass(imports[0]), Mass(imports[1])].into_iter());
        let mut left = Year::new(2);
        left.add(imports.map(Mass).into_iter());
        Passage {
            first: 0,
            regions: 2,
            region: 0,
            entered,
            left,
            nations: vec![vec![], vec![]],
            governance: governance.to_vec(),
            alignment: alignment.to_vec(),
        }
    }

    #[test]
    fn concentration_and_decoupling_look_at_where_metal_comes_from() {
        let passage = passage(20, [60, 20], [0.5, 0.5], [-1.0, 0.5]);
        // 0.2² + 0.6² + 0.2²; 0.6 · 1 + 0.2 · 0.25.
        assert!((passage.concentration().expect("trade") - 0.44).abs() < 1e-12);
        assert!((passage.decoupling().expect("trade") - 0.65).abs() < 1e-12);
        assert_eq!(Passage { entered: Year::new(3), ..passage }.concentration(), None);
    }
}
