//! Sums over the weeks of a model, and what is held when they end. Reading a model into them changes nothing in it.

use bevy_ecs::prelude::*;

use super::rules::StageFlow;
use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::digest::{Digest, Digestible};
use crate::firm::Owner;
use crate::ledger::{Ledger, Slot};
use crate::market::Markets;
use crate::math;
use crate::merchant::Merchant;
use crate::mine::Mine;
use crate::model::each;
use crate::plant::Plant;
use crate::recycler::Recycler;
use crate::reserve::Reserve;
use crate::sector::Sector;
use crate::seller::Seller;
use crate::setup::{MarketIx, MineralIx, NationIx, RegionIx, Setup};
use crate::statistics::standard_deviation;
use crate::terms::Terms;
use crate::units::{Mass, Price, WEEKS_PER_YEAR};

/// Sums over weeks, in whole quanta.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    regions: usize,
    weeks: u32,
    /// Output by mine.
    mined: Vec<Mass>,
    /// Output of mines abroad, by nation of the owner and market.
    owned_abroad: Vec<Mass>,
    /// Output and feed by plant.
    made: Vec<Mass>,
    fed: Vec<Mass>,
    /// Output by recycler.
    recycled: Vec<Mass>,
    /// Use and requirement by sector.
    used: Vec<Mass>,
    required: Vec<Mass>,
    /// By market, from and to.
    shipped: Vec<Mass>,
    /// By market and region.
    bought: Vec<Mass>,
    paid: Vec<i128>,
    prices: Vec<Vec<Price>>,
    /// By market: output, and the part of it made where exports were limited or taxed.
    output: Vec<Mass>,
    restricted: Vec<Mass>,
}

impl Digestible for Tally {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.weeks);
        let by_agent =
            [&self.mined, &self.owned_abroad, &self.made, &self.fed, &self.recycled, &self.used, &self.required];
        let by_place = [&self.shipped, &self.bought, &self.output, &self.restricted];
        by_agent.into_iter().chain(by_place).for_each(|masses| digest.add(masses));
        self.paid.iter().for_each(|paid| digest.add(&((*paid >> 64) as i64, *paid as i64)));
        digest.add(&self.prices);
    }
}

/// What passed through a stage in a nation in a year, in quanta.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StageTotals {
    /// Output of mines that sell it.
    pub mined: f64,
    /// Output of recyclers.
    pub recycled: f64,
    /// Output of mines, plants and recyclers.
    pub made: f64,
    /// Use of sectors and feed of plants.
    pub used: f64,
    /// Imports.
    pub imports: f64,
    /// Exports.
    pub exports: f64,
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let (markets, regions) = (setup.markets.len(), setup.regions.len());
        Self {
            regions,
            weeks: 0,
            mined: vec![Mass::ZERO; setup.mines.len()],
            owned_abroad: vec![Mass::ZERO; setup.nations.len() * markets],
            made: vec![Mass::ZERO; setup.plants.len()],
            fed: vec![Mass::ZERO; setup.plants.len()],
            recycled: vec![Mass::ZERO; setup.recyclers.len()],
            used: vec![Mass::ZERO; setup.sectors.len()],
            required: vec![Mass::ZERO; setup.sectors.len()],
            shipped: vec![Mass::ZERO; markets * regions * regions],
            bought: vec![Mass::ZERO; markets * regions],
            paid: vec![0; markets * regions],
            prices: vec![Vec::new(); markets * regions],
            output: vec![Mass::ZERO; markets],
            restricted: vec![Mass::ZERO; markets],
        }
    }

    /// Adds the week that was stepped last.
    pub fn add(&mut self, world: &World) {
        self.weeks += 1;
        let markets = self.output.len();
        each::<(&Agent, &Mine, &Seller, &Owner)>(world, |(agent, mine, seller, owner)| {
            self.mined[mine.index] += mine.output;
            if owner.nation != agent.nation {
                self.owned_abroad[owner.nation * markets + seller.market] += mine.output;
            }
        });
        each::<&Plant>(world, |plant| {
            self.made[plant.index] += plant.output;
            self.fed[plant.index] += plant.fed;
        });
        each::<&Recycler>(world, |recycler| self.recycled[recycler.index] += recycler.output);
        each::<&Sector>(world, |sector| {
            self.used[sector.index] += sector.used;
            self.required[sector.index] += sector.required;
        });
        let n = self.regions;
        let terms = world.resource::<Terms>();
        for (ix, market) in world.resource::<Markets>().all().enumerate() {
            let shipped = &mut self.shipped[ix * n * n..(ix + 1) * n * n];
            shipped.iter_mut().zip(&market.shipped).for_each(|(sum, week)| *sum += *week);
            for (region, state) in market.regions.iter().enumerate() {
                let at = ix * n + region;
                self.bought[at] += state.bought;
                self.paid[at] += i128::from(state.price.0) * i128::from(state.bought.0);
                self.prices[at].push(state.price);
                self.output[ix] += state.made;
                let exports = terms.market(ix).exports(region);
                if exports.ceiling.is_some() || exports.duty.0 > 0 {
                    self.restricted[ix] += state.made;
                }
            }
        }
    }

    /// Weeks added.
    #[must_use]
    pub const fn weeks(&self) -> u32 {
        self.weeks
    }

    /// A sum over the weeks as a yearly rate: years have 52 or 53 weeks that begin in them.
    fn per_year(&self, mass: Mass) -> f64 {
        if self.weeks == 0 { 0.0 } else { mass.real() * WEEKS_PER_YEAR / f64::from(self.weeks) }
    }

    /// What passed through a market in a nation, a year.
    #[must_use]
    pub fn totals(&self, setup: &Setup, nation: NationIx, market: MarketIx) -> StageTotals {
        let mined = sum(setup.mines.iter().zip(&self.mined), |mine| mine.nation == nation && mine.market == market);
        let made = sum(setup.plants.iter().zip(&self.made), |p| p.nation == nation && p.product == market);
        let fed = sum(setup.plants.iter().zip(&self.fed), |p| p.nation == nation && p.feed == market);
        let used = sum(setup.sectors.iter().zip(&self.used), |s| s.nation == nation && s.market == market);
        let recycled = sum(setup.recyclers.iter().zip(&self.recycled), |r| r.nation == nation && r.product == market);
        let part = self.part_of_region(setup, nation, market);
        let (n, region) = (self.regions, setup.nations[nation].region);
        let shipped = &self.shipped[market * n * n..(market + 1) * n * n];
        let exports: Mass = shipped[region * n..(region + 1) * n].iter().copied().sum();
        let imports: Mass = shipped.iter().skip(region).step_by(n).copied().sum();
        StageTotals {
            mined: self.per_year(mined),
            recycled: self.per_year(recycled),
            made: self.per_year(mined + made + recycled),
            used: self.per_year(fed + used),
            imports: self.per_year(imports) * part,
            exports: self.per_year(exports) * part,
        }
    }

    /// A nation's part in its region's trade: all of it when it is alone there, else by what its agents made and used.
    fn part_of_region(&self, setup: &Setup, nation: NationIx, market: MarketIx) -> f64 {
        let region = setup.nations[nation].region;
        let here = |other: &NationIx| setup.nations[*other].region == region;
        if (0..setup.nations.len()).filter(here).count() == 1 {
            return 1.0;
        }
        let active = |nation: NationIx| {
            let mines = setup.mines.iter().zip(&self.mined);
            let (made, fed) = (setup.plants.iter().zip(&self.made), setup.plants.iter().zip(&self.fed));
            sum(mines, |mine| mine.nation == nation && mine.market == market)
                + sum(made, |p| p.nation == nation && p.product == market)
                + sum(fed, |p| p.nation == nation && p.feed == market)
                + sum(setup.recyclers.iter().zip(&self.recycled), |r| r.nation == nation && r.product == market)
                + sum(setup.sectors.iter().zip(&self.used), |s| s.nation == nation && s.market == market)
        };
        let all: Mass = (0..setup.nations.len()).filter(here).map(active).sum();
        if all == Mass::ZERO { 0.0 } else { active(nation).real() / all.real() }
    }

    /// What passes through each stage of a mineral within a nation.
    #[must_use]
    pub fn stages(&self, setup: &Setup, nation: NationIx, mineral: MineralIx) -> Vec<StageFlow> {
        let markets = setup.minerals[mineral].markets.clone();
        let stage = |market: MarketIx| {
            let totals = self.totals(setup, nation, market);
            let plants = setup.plants.iter().zip(&self.made);
            let own = plants.filter(|(plant, _)| plant.nation == nation && plant.product == market);
            let fed = sum(setup.plants.iter().zip(&self.fed), |p| p.nation == nation && p.feed == market);
            StageFlow {
                mined: totals.mined,
                made: own.map(|(plant, made)| (plant.feed - markets.start, self.per_year(*made))).collect(),
                recycled: totals.recycled,
                net_imports: totals.imports - totals.exports,
                used: totals.used - self.per_year(fed),
                fed: self.per_year(fed),
            }
        };
        markets.clone().map(stage).collect()
    }

    /// Output of stages that sectors anywhere use, less what of them is processed further; not below 0.
    #[must_use]
    pub fn refined(&self, setup: &Setup, nation: NationIx, mineral: MineralIx, stages: &[StageFlow]) -> f64 {
        let markets = setup.minerals[mineral].markets.clone();
        let net: f64 = markets
            .clone()
            .filter(|&market| is_final(setup, market))
            .map(|market| self.totals(setup, nation, market).made - stages[market - markets.start].fed)
            .sum();
        net.max(0.0)
    }

    /// Output of mines in other nations while their owner was of this nation, a year.
    #[must_use]
    pub fn owned_abroad(&self, setup: &Setup, nation: NationIx, mineral: MineralIx) -> f64 {
        let markets = setup.minerals[mineral].markets.clone();
        let owned = |market: MarketIx| self.owned_abroad[nation * setup.markets.len() + market];
        self.per_year(markets.map(owned).sum())
    }

    /// What enters a nation a year: its own output of mines and recyclers, then imports of any stage by region of origin.
    #[must_use]
    pub fn sources(&self, setup: &Setup, nation: NationIx, mineral: MineralIx, own: f64) -> Vec<f64> {
        let (n, to) = (self.regions, setup.nations[nation].region);
        let from = |from: RegionIx| {
            let markets = setup.minerals[mineral].markets.clone();
            let part = |m: MarketIx| {
                self.per_year(self.shipped[m * n * n + from * n + to]) * self.part_of_region(setup, nation, m)
            };
            markets.map(part).sum::<f64>()
        };
        std::iter::once(own).chain((0..n).map(from)).collect()
    }

    /// Mean price that a region's buyers paid for the stages that sectors use; nothing when nothing was bought.
    #[must_use]
    pub fn price_paid(&self, setup: &Setup, nation: NationIx, mineral: MineralIx) -> Option<f64> {
        let region = setup.nations[nation].region;
        let places = setup.minerals[mineral].markets.clone().filter(|&market| is_final(setup, market));
        let (mut value, mut volume) = (0_i128, 0_i128);
        for at in places.map(|market| market * self.regions + region) {
            value += self.paid[at];
            volume += i128::from(self.bought[at].0);
        }
        (volume > 0).then(|| value as f64 / volume as f64)
    }

    /// Mean of the weekly prices of a market in a region; nothing before the first week.
    #[must_use]
    pub fn mean_price(&self, market: MarketIx, region: RegionIx) -> Option<f64> {
        let prices = &self.prices[market * self.regions + region];
        let sum: i64 = prices.iter().map(|price| price.0).sum();
        (!prices.is_empty()).then(|| sum as f64 / prices.len() as f64)
    }

    /// Annualized standard deviation of the weekly changes of log price in a region.
    #[must_use]
    pub fn volatility(&self, market: MarketIx, region: RegionIx) -> Option<f64> {
        let prices = &self.prices[market * self.regions + region];
        let changes: Vec<f64> = prices.windows(2).map(|pair| math::ln(pair[1].real() / pair[0].real())).collect();
        standard_deviation(&changes).map(|sd| sd * math::sqrt(WEEKS_PER_YEAR))
    }

    /// Largest share, of any stage, of the world's output that was made where its export was limited or taxed.
    #[must_use]
    pub fn restricted_share(&self, setup: &Setup, mineral: MineralIx) -> f64 {
        let share = |market: MarketIx| match self.output[market] {
            Mass::ZERO => 0.0,
            output => self.restricted[market].real() / output.real(),
        };
        setup.minerals[mineral].markets.clone().map(share).fold(0.0, f64::max)
    }

    /// What a nation's sectors would use of a mineral at opening prices, a year.
    #[must_use]
    pub fn required(&self, setup: &Setup, nation: NationIx, mineral: MineralIx) -> f64 {
        let markets = &setup.minerals[mineral].markets;
        let sectors = setup.sectors.iter().zip(&self.required);
        self.per_year(sum(sectors, |sector| sector.nation == nation && markets.contains(&sector.market)))
    }

    /// Use of a sector, a year.
    #[must_use]
    pub fn sector_use(&self, sector: usize) -> f64 {
        self.per_year(self.used[sector])
    }
}

/// Whether sectors anywhere in the world use a market's metal.
#[must_use]
pub(super) fn is_final(setup: &Setup, market: MarketIx) -> bool {
    setup.sectors.iter().any(|sector| sector.market == market)
}

fn sum<'a, T: 'a>(all: impl Iterator<Item = (&'a T, &'a Mass)>, keep: impl Fn(&T) -> bool) -> Mass {
    all.filter(|(item, _)| keep(item)).map(|(_, mass)| *mass).sum()
}

/// What is there at the end of a week, in quanta: ore by mine; stocks, reserves' included, and yearly capacity by nation
/// and market.
#[derive(Debug, Clone, PartialEq)]
pub struct Holdings {
    ore: Vec<Mass>,
    stocks: Vec<Mass>,
    capacity: Vec<Mass>,
}

impl Holdings {
    /// Takes stock.
    #[must_use]
    pub fn of(setup: &Setup, world: &World) -> Self {
        let ledger = world.resource::<Ledger>();
        let markets = setup.markets.len();
        let mut ore = vec![Mass::ZERO; setup.mines.len()];
        let mut stocks = vec![Mass::ZERO; setup.nations.len() * markets];
        let mut capacity = stocks.clone();
        let yearly = |weekly: f64| Mass::nearest(weekly * WEEKS_PER_YEAR);
        each::<(&Agent, &Plant, &Seller)>(world, |(agent, plant, seller)| {
            capacity[agent.nation * markets + seller.market] += yearly(plant.weekly_capacity * plant.built);
        });
        each::<(&Agent, &Recycler, &Seller)>(world, |(agent, recycler, seller)| {
            capacity[agent.nation * markets + seller.market] += yearly(recycler.weekly_capacity);
        });
        // Ore that yields not even a quantum of product is no reserve, and a mine without ore has no capacity.
        each::<(&Agent, &Mine, &Seller)>(world, |(agent, mine, seller)| {
            let left = ledger.mass(agent.account, Slot::Ground);
            if left.share_ppm(mine.recovery.0) > Mass::ZERO {
                ore[mine.index] = left;
                capacity[agent.nation * markets + seller.market] += yearly(mine.weekly_capacity * mine.built);
            }
        });
        each::<(&Agent, &Seller)>(world, |(agent, seller)| {
            stocks[agent.nation * markets + seller.market] += ledger.mass(agent.account, Slot::Store);
        });
        each::<(&Agent, &Buyer)>(world, |(agent, buyer)| {
            stocks[agent.nation * markets + buyer.market] += ledger.mass(agent.account, buyer.into);
        });
        each::<(&Agent, &Merchant)>(world, |(agent, merchant)| {
            stocks[agent.nation * markets + merchant.market] += ledger.mass(agent.account, Slot::Store);
        });
        each::<(&Agent, &Reserve)>(world, |(agent, reserve)| {
            stocks[agent.nation * markets + reserve.market] += ledger.mass(agent.account, Slot::Store);
        });
        Self { ore, stocks, capacity }
    }

    /// Ore reserves left in a nation.
    #[must_use]
    pub fn ore_reserve(&self, setup: &Setup, nation: NationIx, mineral: MineralIx) -> f64 {
        let markets = &setup.minerals[mineral].markets;
        sum(setup.mines.iter().zip(&self.ore), |mine| mine.nation == nation && markets.contains(&mine.market)).real()
    }

    /// Stocks of a market's metal in a nation.
    #[must_use]
    pub fn stage(&self, setup: &Setup, nation: NationIx, market: MarketIx) -> f64 {
        self.stocks[nation * setup.markets.len() + market].real()
    }

    /// What mines, plants and recyclers of a nation can make of a market's metal in a year.
    #[must_use]
    pub fn capacity(&self, setup: &Setup, nation: NationIx, market: MarketIx) -> f64 {
        self.capacity[nation * setup.markets.len() + market].real()
    }

    /// Stocks of the stages that sectors use.
    #[must_use]
    pub fn stock(&self, setup: &Setup, nation: NationIx, mineral: MineralIx) -> f64 {
        let markets = setup.minerals[mineral].markets.clone();
        markets.filter(|&market| is_final(setup, market)).map(|market| self.stage(setup, nation, market)).sum()
    }
}
