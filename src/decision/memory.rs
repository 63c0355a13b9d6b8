//! What states remember: what each took in a year, and prices of five years; and what never changes about them.

use std::collections::VecDeque;

use bevy_ecs::prelude::*;

use super::{Decision, quarter_ends};
use crate::calendar::Week;
use crate::digest::{Digest, Digestible};
use crate::market::Markets;
use crate::math;
use crate::nation::Treasuries;
use crate::policy::Window;
use crate::setup::decision::{Elections, Trigger};
use crate::setup::{MarketIx, MineralIx, NationIx, RegionIx, Setup};
use crate::step::Clock;
use crate::units::Money;

/// Weeks over which takings are summed.
pub(super) const YEAR: Week = 52;

/// Quarters over which a price is compared with its mean.
const QUARTERS: usize = 20;

/// What states remember and are.
#[derive(Resource, Debug, Clone)]
pub struct Memory {
    /// Of each nation: takings of the last 52 weeks, oldest first, and their sum.
    takings: Vec<(VecDeque<Money>, Money)>,
    /// World prices at the ends of the last quarters, of the markets that some nation looks at.
    prices: Vec<(MarketIx, VecDeque<f64>)>,
    /// Written dates of every nation's policies.
    dated: Vec<Vec<Window>>,
    pub(super) states: Vec<State>,
    /// Alignment of nations, row by row.
    pub(super) alignment: Vec<f64>,
    /// The mineral of each market.
    pub(super) minerals: Vec<MineralIx>,
}

/// What does not change about a nation.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    pub(super) region: RegionIx,
    pub(super) governance: f64,
    pub(super) elections: Option<Elections>,
}

impl Digestible for Memory {
    fn digest(&self, digest: &mut Digest) {
        for (weeks, _) in &self.takings {
            for week in weeks {
                digest.add(week);
            }
        }
        for (_, quarters) in &self.prices {
            for price in quarters {
                digest.add(price);
            }
        }
    }
}

impl Memory {
    pub(super) fn new(setup: &Setup, dated: Vec<Vec<Window>>) -> Self {
        let rules = setup.nations.iter().flat_map(|nation| &nation.decisions);
        let mut watched: Vec<MarketIx> = rules
            .filter_map(|rule| match rule.trigger {
                Trigger::Hazard(_, market) => Some(market),
                _ => None,
            })
            .collect();
        watched.sort_unstable();
        watched.dedup();
        let opening = |market: MarketIx| VecDeque::from([setup.markets[market].opening_price.real()]);
        let state = |nation: &crate::setup::Nation| State {
            region: nation.region,
            governance: nation.governance,
            elections: nation.elections,
        };
        Self {
            takings: vec![(VecDeque::new(), Money::ZERO); setup.nations.len()],
            prices: watched.into_iter().map(|market| (market, opening(market))).collect(),
            dated,
            states: setup.nations.iter().map(state).collect(),
            alignment: setup.alignment.clone(),
            minerals: setup.markets.iter().map(|market| market.mineral).collect(),
        }
    }

    /// Levies, rents and margins of a nation in the last 52 weeks; nothing while it has been less.
    #[must_use]
    pub fn taken(&self, nation: NationIx) -> Option<Money> {
        let (weeks, sum) = &self.takings[nation];
        (weeks.len() == YEAR as usize).then_some(*sum)
    }

    /// Political stability of a nation, 0 to 1.
    pub(super) fn governance(&self, nation: NationIx) -> f64 {
        self.states[nation].governance
    }

    /// Log of a price over its mean at the ends of the last 20 quarters, or of as many as there were.
    pub(super) fn log_over_mean(&self, market: MarketIx, price: f64) -> f64 {
        let quarters = self.prices.iter().find(|(watched, _)| *watched == market).map(|(_, quarters)| quarters);
        let quarters = quarters.expect("bug: a price that no state remembers");
        let mean = quarters.iter().sum::<f64>() / quarters.len() as f64;
        math::ln(price / mean)
    }

    /// Dates of every policy by nation and place, decided ones by their latest act.
    pub(super) fn windows<'a>(&self, decisions: impl Iterator<Item = &'a Decision>) -> Vec<Vec<Window>> {
        let mut windows = self.dated.clone();
        for decision in decisions {
            windows[decision.nation][decision.policy()] = decision.window;
        }
        windows
    }
}

/// What came in this week, and at the end of a quarter the price.
pub(super) fn remember(
    clock: Res<Clock>,
    treasuries: Res<Treasuries>,
    markets: Res<Markets>,
    mut memory: ResMut<Memory>,
) {
    for (treasury, (weeks, sum)) in treasuries.all().zip(&mut memory.takings) {
        let taken = treasury.royalty + treasury.duty + treasury.tariff + treasury.rent + treasury.margin;
        weeks.push_back(taken);
        *sum += taken;
        if weeks.len() > YEAR as usize {
            *sum -= weeks.pop_front().unwrap_or_default();
        }
    }
    if quarter_ends(clock.week) {
        for (market, quarters) in &mut memory.prices {
            quarters.push_back(markets[*market].world_price());
            if quarters.len() > QUARTERS {
                quarters.pop_front();
            }
        }
    }
}
