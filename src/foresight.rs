//! Foresight: merchants and a mine that know their market, and expect what then happens.
//!
//! [`crate::storage`] solves the market; from the solution a merchant bids for every further unit what it will be worth
//! with all the warehouses filled alike, and asks it for every unit that it holds. Its part of the ladder is its part of
//! all the room. What price comes of it, and who ends up with how much, is for the market to find.

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::buyer::{Carry, Rung};
use crate::calendar::Week;
use crate::harvest;
use crate::ledger::{Ledger, Slot};
use crate::merchant::Merchant;
use crate::reserve::Reserve;
use crate::sector::Appetite;
use crate::setup::{Forecast, MarketIx, Setup, Supply};
use crate::storage::{Crop, Demand, Floor, Keeping, Solution};
use crate::units::{Mass, WEEKS_PER_YEAR};

/// What is known of one market.
#[derive(Debug, Clone)]
pub struct Foresight {
    solution: Solution,
    every: usize,
    /// Value of a unit in the middle of each step from empty to full private warehouses, by week of the cycle; a public stock
    /// that backs a floor is full before.
    values: Vec<Vec<f64>>,
}

impl Foresight {
    /// Solves a market that has rational merchants.
    fn new(setup: &Setup, market: MarketIx) -> Option<Self> {
        let merchants = || setup.merchants.iter().filter(|merchant| merchant.market == market);
        let first = merchants().next()?;
        let Forecast::Rational(rational) = first.rule.forecast else { return None };
        let steps = rational.steps;
        let mine = setup.mines.iter().find(|mine| mine.market == market)?;
        let Supply::Planned(rule) = &mine.rule.supply else { return None };
        let crop: Crop = harvest::crop(setup, mine, rule);
        let terms = &setup.markets[market];
        let opening = terms.opening_price.real();
        let users: Vec<(f64, Appetite)> = setup
            .sectors
            .iter()
            .filter(|sector| sector.market == market)
            .map(|sector| (sector.use_per_year.real() / WEEKS_PER_YEAR, Appetite::new(&sector.rule)))
            .collect();
        let wanted = |price: f64| {
            let log = crate::math::ln(price / opening);
            users.iter().map(|(weekly_use, appetite)| weekly_use * appetite.wanted_share(log, log)).sum()
        };
        let carry = Carry::over(1.0, first.rule.interest, terms.storage_per_year.real());
        let keeping = Keeping {
            discount: carry.discount,
            kept: crate::math::exp(-first.rule.loss / WEEKS_PER_YEAR),
            cost: carry.storage,
        };
        let room: f64 = merchants().map(|merchant| merchant.capacity.real()).sum();
        let reserve = setup.reserves.iter().find(|reserve| reserve.market == market);
        let floor = reserve.and_then(|reserve| {
            let price = reserve.floor?.real();
            Some(Floor { price, room: setup.daily_use(reserve.nation, market) * reserve.rule.target.days })
        });
        let public = floor.map_or(0.0, |floor| floor.room);
        let demand = Demand::new(opening, wanted);
        let solution = Solution::new(demand, &crop, &keeping, room, floor, rational.nodes as usize);
        let middle = |step: u32| public + (f64::from(step) + 0.5) / f64::from(steps) * room;
        let season = |season| (0..steps).map(|step| solution.value(season, middle(step))).collect();
        let values = (0..crop.every).map(season).collect();
        Some(Self { solution, every: crop.every, values })
    }

    /// What all the merchants of the market hold, and the agency that backs its floor.
    pub fn stock<'a>(
        &self,
        market: MarketIx,
        ledger: &Ledger,
        merchants: impl Iterator<Item = (&'a Agent, &'a Merchant)>,
        reserves: impl Iterator<Item = (&'a Agent, &'a Reserve)>,
    ) -> Mass {
        let merchants = merchants.filter(|(_, merchant)| merchant.market == market).map(|(agent, _)| agent);
        let reserves = reserves.filter(|(_, reserve)| reserve.market == market).map(|(agent, _)| agent);
        merchants.chain(reserves).map(|agent| ledger.mass(agent.account, Slot::Store)).sum()
    }

    /// E[P'·e'] of the harvest that comes after a week out of which so much is carried.
    #[must_use]
    pub fn incentive(&self, week: Week, stock: Mass) -> f64 {
        self.solution.incentive(week as usize % self.every, stock.real())
    }

    /// Asks for what a merchant holds and bids for what it has room for, from empty to full in steps of equal mass, each at
    /// what a unit is worth once all are filled so far: bids at value·(1 − spread), asks at value·(1 + spread).
    ///
    /// `stock` and `capacity` in quanta. Steps are cut in whole quanta that add up.
    pub fn ladders(
        &self,
        week: Week,
        (stock, capacity): (f64, f64),
        spread: f64,
        bids: &mut Vec<Rung>,
        asks: &mut Vec<Rung>,
    ) {
        let values = &self.values[week as usize % self.every];
        let end = |step: usize| (capacity * step as f64 / values.len() as f64).floor();
        for (step, &value) in values.iter().enumerate() {
            let (from, to) = (end(step), end(step + 1));
            let held = stock.clamp(from, to);
            if held > from {
                asks.push(Rung { price: (value * (1.0 + spread)).max(1.0), quantity: held - from });
            }
            if to > held {
                bids.push(Rung { price: value * (1.0 - spread), quantity: to - held });
            }
        }
    }
}

/// What is known of each market, by [`MarketIx`]; nothing where no merchant is rational.
#[derive(Resource, Debug, Clone)]
pub struct Foresights(Vec<Option<Foresight>>);

impl Foresights {
    /// Solves the markets of a world that have rational merchants.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        Self((0..setup.markets.len()).map(|market| Foresight::new(setup, market)).collect())
    }

    /// What is known of a market.
    #[must_use]
    pub fn of(&self, market: MarketIx) -> Option<&Foresight> {
        self.0[market].as_ref()
    }

    /// E[P'·e'] of the harvest of the first week, where it is known.
    #[must_use]
    pub fn at_start(&self, setup: &Setup, market: MarketIx) -> Option<f64> {
        let foresight = self.of(market)?;
        let here = setup.merchants.iter().filter(|merchant| merchant.market == market);
        let public = setup.reserves.iter().filter(|reserve| reserve.market == market).map(|reserve| reserve.stock);
        let stock = here.map(|merchant| merchant.stock).chain(public).sum();
        // The week before the first is the last of a cycle.
        Some(foresight.incentive(foresight.every as Week - 1, stock))
    }
}
