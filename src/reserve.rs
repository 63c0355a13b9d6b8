//! Reserve agencies: buy when metal is cheap against the year's mean, release by sealed auction when their rule says so.
//!
//! A rule is data: who holds the metal, how much of it, what triggers a release, how it is bought, sold, replaced, kept
//! and audited. Each concept of it has a file here, and an agency carries the state of those that its rule has.

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Trade};
use crate::auction::Auction;
use crate::buyer::Carry;
use crate::digest::{Digest, Digestible};
use crate::ledger::{Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::merchant;
use crate::model::Model;
use crate::setup::exchange::ContractIx;
use crate::setup::reserve::{Base, Standby};
use crate::setup::{MarketIx, ReserveRule, Setup};
use crate::shipping::Pipeline;
use crate::step::Phase;
use crate::units::{Mass, Money, Price};

mod keeping;
mod learning;
mod order;
mod release;
mod sight;
mod standby;
mod store;
mod trigger;
mod venture;

pub use keeping::Standing;
pub use learning::Learned;
pub use store::Aging;
pub use trigger::{Filed, Scene};

/// A reserve agency.
#[derive(Component, Debug, Clone)]
pub struct Reserve {
    /// Its place in [`Setup::reserves`].
    pub index: usize,
    /// Market whose metal it holds.
    pub market: MarketIx,
    /// Metal that it means to hold, before risk, lessons and its own interest.
    pub target: Mass,
    /// What that is worth at the opening price.
    pub worth: Money,
    /// What the nation uses a day, in quanta.
    pub daily_use: f64,
    /// Most that it buys in a week.
    pub buy_per_week: Mass,
    /// Most that it releases in a week.
    pub release_per_week: Mass,
    /// Its rule.
    pub rule: ReserveRule,
    /// Prices at which it buys and sells, instead of comparing with the mean.
    pub backed: Option<(Price, Price)>,
    /// Where its stock lies.
    pub base: Option<Base>,
    /// What it keeps ready besides metal.
    pub standby: Option<Standby>,
    /// One step of its table, in quanta; 0 without one.
    pub step: f64,
    /// What a price ahead is worth to it today.
    pub carry: Carry,
    /// What happened this week.
    pub week: Flows,
    /// Puts that a decree makes it hold this week.
    pub puts: Option<Puts>,
    /// What a decree makes it sell forward this week.
    pub forward: Option<Forward>,
    /// Share of the target that stays in store when a decree makes it release this week.
    pub ordered: Option<f64>,
    /// Of each trigger, whether it has been breached and since when.
    filed: Vec<Filed>,
    /// Price at which it would buy this week.
    buying_at: Option<f64>,
    /// First week in which what it keeps ready comes out, once approved.
    opens: Option<crate::calendar::Week>,
    /// What it saw of the nation and the market when it decided last.
    pub scene: Scene,
    /// Metal that it means to hold this week.
    pub aim: Mass,
    /// Money, debts, bonds.
    pub standing: Standing,
    /// Age of its stock.
    pub aging: Aging,
    /// What releases taught it.
    pub learned: Learned,
    /// What others see of its stock.
    pub figure: Mass,
    /// What others know that it wants in a week.
    pub wanted: Mass,
}

impl Digestible for Reserve {
    // What its rule does not have leaves no trace.
    fn digest(&self, digest: &mut Digest) {
        self.filed.iter().for_each(|filed| digest.add(filed));
        digest.add(&self.buying_at);
        if self.standby.is_some() {
            digest.add(&self.opens);
        }
        if self.rule.target.risk > 0.0 || self.rule.venture.is_some() {
            digest.add(&(self.scene.concentration, self.aim));
        }
        if self.can_fail() || self.rule.purchase.bonds > 0.0 {
            digest.add(&self.standing);
        }
        if self.rule.rotation.is_some() || self.rule.audit.is_some() || self.rule.venture.is_some() {
            digest.add(&self.aging);
        }
        if self.rule.learning.is_some() {
            digest.add(&self.learned);
        }
        if self.rule.secrecy != crate::setup::reserve::Secrecy::Hidden {
            digest.add(&(self.figure, self.wanted));
        }
    }
}

/// What an agency did in a week, besides what the spot market says of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flows {
    /// Metal released or sold by auction.
    pub released: Mass,
    /// Got for it.
    pub proceeds: Money,
    /// Of that, old stock replaced.
    pub rotated: Mass,
    /// Rent, interest and what bonds sold would have brought.
    pub kept_for: Money,
    /// Carriage of what was bought and released.
    pub carriage: Money,
    /// Fees for what is kept ready.
    pub fees: Money,
    /// Got from the treasury.
    pub support: Money,
}

/// Puts that an agency holds for its stock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Puts {
    /// Contract on whose months.
    pub contract: ContractIx,
    /// Share of the stock.
    pub share: f64,
    /// Highest strike, share of the year's mean price.
    pub strike: f64,
    /// Share of its money that it may spend on premiums in a week.
    pub spend: f64,
}

/// What an agency sells forward of its stock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forward {
    /// Contract in whose months.
    pub contract: ContractIx,
    /// Share of the stock.
    pub ratio: f64,
    /// Weeks to the last week of the nearest and of the furthest month that it sells.
    pub weeks: (i64, i64),
}

impl Reserve {
    /// Whether it pays for what it keeps, and so may run out of money.
    #[must_use]
    pub fn can_fail(&self) -> bool {
        self.rule.keeping.is_some() || self.base.is_some() || self.standby.is_some()
    }

    /// An agency at the start of a run.
    fn new(index: usize, setup: &Setup) -> Self {
        let reserve = &setup.reserves[index];
        let rule = reserve.rule.clone();
        let market = &setup.markets[reserve.market];
        let daily_use = setup.daily_use(reserve.nation, reserve.market);
        let days = |days: f64| Mass::nearest(days * daily_use);
        let target = Mass::nearest(setup.reserve_target(reserve));
        let in_band = |times: f64| Price::nearest(market.long_run_price.real() * times);
        let band = rule.band.map(|(floor, ceiling)| (in_band(floor), in_band(ceiling)));
        let backed = reserve.floor.map(|floor| (floor, floor)).or(band);
        let mineral = setup.mineral_of(reserve.market);
        let horizon = f64::from(mineral.expectations.horizon_weeks);
        let interest = rule.keeping.map_or(0.0, |keeping| keeping.interest);
        Self {
            index,
            market: reserve.market,
            target,
            worth: market.opening_price.value(target),
            daily_use,
            buy_per_week: days(rule.purchase.days_per_week),
            release_per_week: days(rule.release.days_per_week),
            backed,
            base: reserve.base,
            standby: reserve.standby,
            step: rule.table.as_ref().map_or(0.0, |table| mineral.quantum.mass(table.step).real()),
            carry: Carry::over(horizon, interest, market.storage_per_year.real()),
            week: Flows::default(),
            puts: None,
            forward: None,
            ordered: None,
            filed: vec![Filed::default(); rule.triggers.len()],
            buying_at: backed.map(|(floor, _)| floor.real()),
            opens: None,
            scene: Scene::default(),
            aim: target,
            standing: Standing::default(),
            aging: Aging::default(),
            learned: Learned::default(),
            figure: Mass::ZERO,
            wanted: Mass::ZERO,
            rule,
        }
    }
}

/// Adds the reserve agencies of a world.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    for (index, reserve) in setup.reserves.iter().enumerate() {
        let agent = model.agent("reserve", &reserve.id, reserve.nation, setup.markets[reserve.market].mineral);
        let mut ledger = model.world.resource_mut::<Ledger>();
        ledger.endow(agent.account, Slot::Store, reserve.stock);
        ledger.pay(OUTSIDE, agent.account, reserve.budget);
        model.spawn(agent, (Reserve::new(index, setup), Trade::default(), Pipeline::new(Slot::Store)));
    }
    model.world.init_resource::<Auction>();
    model.digests::<Reserve>();
    model.add(Phase::Decree, (keeping::grant, standby::hold_back).chain());
    model.add(Phase::Produce, (spoil, store::age).chain());
    model.add(Phase::Release, release::release);
    model.add(Phase::Order, order::order);
    model.add(Phase::Clear, (store::replaced, standby::pay, keeping::pay).chain());
    model.add(Phase::Decide, (trigger::look, trigger::decide, learning::learn, venture::aim, sight::report).chain());
}

/// A part of what lies in store is lost.
fn spoil(mut ledger: ResMut<Ledger>, agencies: Query<(&Agent, &Reserve)>) {
    for (agent, agency) in agencies.iter().filter(|(_, agency)| agency.rule.loss > 0.0) {
        merchant::spoil_share(&mut ledger, agent.account, agency.rule.loss);
    }
}

/// The price where an agency is.
fn price_at(agent: &Agent, agency: &Reserve, markets: &Markets) -> f64 {
    markets[agency.market].price(agent.region).real()
}
