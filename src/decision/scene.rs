//! What a nation sees of itself, its neighbors and its buyers at the end of a quarter.

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;

use super::hazard::Prospect;
use super::memory::Memory;
use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::market::Markets;
use crate::mine::Mine;
use crate::plant::Plant;
use crate::seller::Seller;
use crate::setup::{MarketIx, NationIx};
use crate::terms::Terms;

/// Mines, plants and buyers.
#[derive(SystemParam)]
pub(super) struct Scene<'w, 's> {
    mines: Query<'w, 's, (&'static Agent, &'static Mine, &'static Seller)>,
    plants: Query<'w, 's, (&'static Agent, &'static Plant, &'static Buyer)>,
    buyers: Query<'w, 's, (&'static Agent, &'static Buyer)>,
}

/// Something of so much a week in a nation, for a market.
struct Amount {
    nation: NationIx,
    market: MarketIx,
    weekly: f64,
}

/// A mine as states see it: capacities in quanta a week, rent as a share of the price.
struct Site {
    at: Amount,
    built: f64,
    rent: f64,
}

/// What there is to be seen in a week.
pub(super) struct Sights<'a> {
    memory: &'a Memory,
    markets: &'a Markets,
    terms: &'a Terms,
    years: f64,
    mines: Vec<Site>,
    feeds: Vec<Amount>,
    needs: Vec<Amount>,
}

impl Scene<'_, '_> {
    /// Looks at everything once. In order of account: sums of real numbers must not depend on how agents are stored.
    pub(super) fn look<'a>(
        &self,
        memory: &'a Memory,
        markets: &'a Markets,
        terms: &'a Terms,
        years: f64,
    ) -> Sights<'a> {
        let mut mines: Vec<_> = self.mines.iter().collect();
        mines.sort_by_key(|(agent, ..)| agent.account.0);
        let site = |(agent, mine, seller): (&Agent, &Mine, &Seller)| {
            let price = markets[seller.market].price(agent.region).real();
            let rent = (price - mine.cost(&terms.mines[mine.index]).real()) / price.max(1.0);
            let at = Amount { nation: agent.nation, market: seller.market, weekly: mine.weekly_capacity };
            Site { at, built: mine.weekly_capacity * mine.built, rent: rent.clamp(0.0, 1.0) }
        };
        let mut plants: Vec<_> = self.plants.iter().collect();
        plants.sort_by_key(|(agent, ..)| agent.account.0);
        let feed = |(agent, plant, buyer): (&Agent, &Plant, &Buyer)| {
            let weekly = plant.weekly_capacity * plant.built / plant.recovery.share();
            Amount { nation: agent.nation, market: buyer.market, weekly }
        };
        let mut buyers: Vec<_> = self.buyers.iter().collect();
        buyers.sort_by_key(|(agent, _)| agent.account.0);
        let need = |(agent, buyer): (&Agent, &Buyer)| Amount {
            nation: agent.nation,
            market: buyer.market,
            weekly: buyer.need,
        };
        Sights {
            memory,
            markets,
            terms,
            years,
            mines: mines.into_iter().map(site).collect(),
            feeds: plants.into_iter().map(feed).collect(),
            needs: buyers.into_iter().map(need).collect(),
        }
    }
}

/// A part of a whole; nothing of nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

impl Sights<'_> {
    /// What a nation sees for the metal of a market.
    pub(super) fn prospect(&self, nation: NationIx, market: MarketIx, acted: bool) -> Prospect {
        let state = &self.memory.states[nation];
        let ours = || self.mines.iter().filter(|mine| (mine.at.nation, mine.at.market) == (nation, market));
        let built: f64 = ours().map(|mine| mine.built).sum();
        let planned: f64 = ours().map(|mine| mine.at.weekly).sum();
        let feed: f64 = of(&self.feeds, nation, market);
        let (alliance, dependence) = self.buyers(nation, market);
        Prospect {
            price: self.memory.log_over_mean(market, self.markets[market].world_price()),
            rent: share(ours().map(|mine| mine.built * mine.rent).sum(), built),
            sunk: share(built, planned),
            neighbors: self.restricted_elsewhere(nation, market),
            gap: if built > 0.0 { (1.0 - feed / built).max(0.0) } else { 0.0 },
            election: state.elections.is_some_and(|elections| elections.years_to_next(self.years) <= 1.0),
            governance: state.governance,
            alliance,
            dependence,
            acted,
        }
    }

    /// Share of other nations' mine capacity for the mineral whose exports of any stage are restricted.
    fn restricted_elsewhere(&self, nation: NationIx, market: MarketIx) -> f64 {
        let mineral = self.memory.minerals[market];
        let same = |market: MarketIx| self.memory.minerals[market] == mineral;
        let restricts = |of: NationIx| {
            let region = self.memory.states[of].region;
            (0..self.memory.minerals.len()).filter(|&market| same(market)).any(|market| {
                let exports = self.terms.market(market).exports(region);
                exports.ceiling.is_some() || exports.duty.0 > 0
            })
        };
        let others = || self.mines.iter().filter(|mine| mine.at.nation != nation && same(mine.at.market));
        let restricted = others().filter(|mine| restricts(mine.at.nation)).map(|mine| mine.built).sum();
        share(restricted, others().map(|mine| mine.built).sum())
    }

    /// Alignment with buyers abroad, weighted by their needs, and the share of the largest of their nations.
    fn buyers(&self, nation: NationIx, market: MarketIx) -> (f64, f64) {
        let nations = self.memory.states.len();
        let needs: Vec<f64> =
            (0..nations).map(|other| if other == nation { 0.0 } else { of(&self.needs, other, market) }).collect();
        let all: f64 = needs.iter().sum();
        let alignment = &self.memory.alignment[nation * nations..(nation + 1) * nations];
        let aligned = needs.iter().zip(alignment).map(|(need, alignment)| need * alignment).sum();
        (share(aligned, all), share(needs.iter().copied().fold(0.0, f64::max), all))
    }
}

/// Sum of a nation's amounts for a market.
fn of(amounts: &[Amount], nation: NationIx, market: MarketIx) -> f64 {
    amounts.iter().filter(|amount| (amount.nation, amount.market) == (nation, market)).map(|amount| amount.weekly).sum()
}
