//! Mines: dig what the host's plan and luck allow, ask at least their cost, shut and reopen with hysteresis.

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Trade};
use crate::digest::{Digest, Digestible, digest_fields};
use crate::firm::Owner;
use crate::ledger::{Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::math;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::seller::Seller;
use crate::setup::{Care, HostIx, MineRule, Path, Setup};
use crate::step::{Clock, Phase};
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::Terms;
use crate::units::{Mass, Money, Ppm, Price, WEEKS_PER_YEAR};

/// Weeks over which a mine averages its net price before it shuts or reopens.
const NET_PRICE_MEMORY: f64 = 26.0;

/// Furthest that its own price moves recovery, either way: a plant's circuit allows no more.
const RECOVERY_RANGE: f64 = 0.1;

const OUTAGE: Purpose = Purpose::new("mine.outage");

/// A mine.
#[derive(Component, Debug, Clone)]
pub struct Mine {
    /// Its place in [`Setup::mines`].
    pub index: usize,
    /// Metal that it is dug for, when this one is a by-product.
    pub host: Option<HostIx>,
    /// Product a week at the host's base-year plan, in quanta.
    pub weekly_capacity: f64,
    /// Avoidable cost.
    pub cash_cost: Price,
    /// Product from the metal dug.
    pub recovery: Ppm,
    /// Its rule.
    pub rule: MineRule,
    /// Whether it runs.
    pub status: Status,
    /// Product of this week.
    pub output: Mass,
    outage_weeks: u32,
    outage_depth: f64,
    net_price: f64,
}

digest_fields!(Mine { status, outage_weeks, outage_depth, net_price });

/// Whether a mine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It runs; so many weeks in a row its net price has been too low.
    Running {
        /// Weeks below the closing price.
        low_weeks: u32,
    },
    /// Shut, able to reopen after a lead time.
    CareAndMaintenance {
        /// Weeks until it runs again, once it has decided to reopen.
        reopens_in: Option<u32>,
    },
    /// Shut, in the hands of creditors.
    Seized,
}

impl Digestible for Status {
    fn digest(&self, digest: &mut Digest) {
        match self {
            Self::Running { low_weeks } => digest.add(&(0_u32, *low_weeks)),
            Self::CareAndMaintenance { reopens_in } => digest.add(&(1_u32, *reopens_in)),
            Self::Seized => digest.word(2),
        }
    }
}

impl Status {
    /// The status a week later, given the mean net price and the cash cost.
    ///
    /// Shuts after `patience_weeks` below (1 − `close_below`) of cost, reopens `restart_weeks` after the price has
    /// passed (1 + `reopen_above`) of it. After Moel and Tufano, Review of Financial Studies 15 (2002), on gold mines.
    #[must_use]
    pub fn next(self, net_price: f64, cash_cost: f64, care: &Care) -> Self {
        match self {
            Self::Running { low_weeks } if net_price < (1.0 - care.close_below) * cash_cost => {
                if low_weeks + 1 >= care.patience_weeks {
                    Self::CareAndMaintenance { reopens_in: None }
                } else {
                    Self::Running { low_weeks: low_weeks + 1 }
                }
            }
            Self::Running { .. } => Self::Running { low_weeks: 0 },
            Self::CareAndMaintenance { reopens_in: Some(_) } | Self::Seized => self.waited(),
            Self::CareAndMaintenance { reopens_in: None } => {
                let reopens = net_price > (1.0 + care.reopen_above) * cash_cost;
                Self::CareAndMaintenance { reopens_in: reopens.then_some(care.restart_weeks) }
            }
        }
    }

    /// The status a week later of a mine that looks at no price: a decision to reopen is carried out.
    #[must_use]
    pub const fn waited(self) -> Self {
        match self {
            Self::CareAndMaintenance { reopens_in: Some(0) } => Self::Running { low_weeks: 0 },
            Self::CareAndMaintenance { reopens_in: Some(weeks) } => {
                Self::CareAndMaintenance { reopens_in: Some(weeks - 1) }
            }
            other => other,
        }
    }

    /// Whether it runs.
    #[must_use]
    pub const fn runs(self) -> bool {
        matches!(self, Self::Running { .. })
    }
}

impl Mine {
    /// Mean price after royalty of the last half year, in cents per 1,000 quanta.
    #[must_use]
    pub const fn net_price(&self) -> f64 {
        self.net_price
    }

    /// What it would dig for this week in quanta, given the host's output and the response to the price.
    #[must_use]
    pub fn planned_output(&self, host_output: f64, response: f64, efficiency: f64) -> f64 {
        if self.status.runs() {
            self.weekly_capacity * host_output * response * efficiency * (1.0 - self.outage_depth)
        } else {
            0.0
        }
    }
}

/// Recovery against normal at a price against the long run: (p/p̄)^ε within a plant's range.
#[must_use]
pub fn response(price_ratio: f64, elasticity: f64) -> f64 {
    if elasticity == 0.0 {
        return 1.0;
    }
    math::powf(price_ratio, elasticity).clamp(1.0 - RECOVERY_RANGE, 1.0 + RECOVERY_RANGE)
}

/// The least a seller must get for its cost: (c + ρ_s) / (1 − ρ_v), with ρ_v the royalty on value and ρ_s per tonne.
#[must_use]
pub fn reservation_price(cash_cost: Price, (rate, amount): (Ppm, Price)) -> f64 {
    let kept = 1.0 - rate.share();
    if kept <= 0.0 { f64::MAX } else { (cash_cost + amount).real() / kept }
}

/// Plans of the host metals.
#[derive(Resource, Debug, Clone)]
struct Hosts(Vec<Path>);

/// Adds the mines of a world.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    model.world.insert_resource(Hosts(setup.hosts.iter().map(|host| host.plan.clone()).collect()));
    for (index, mine) in setup.mines.iter().enumerate() {
        let mineral = setup.markets[mine.market].mineral;
        let agent = model.agent("mine", &mine.id, mine.nation, mineral);
        let mut ledger = model.world.resource_mut::<Ledger>();
        ledger.endow(agent.account, Slot::Ground, mine.ore_reserve);
        ledger.endow(agent.account, Slot::Store, mine.stock);
        let weekly_capacity = mine.capacity_per_year.real() / WEEKS_PER_YEAR;
        let state = Mine {
            index,
            host: mine.host,
            weekly_capacity,
            cash_cost: mine.cash_cost,
            recovery: mine.recovery,
            rule: mine.rule,
            status: Status::Running { low_weeks: 0 },
            output: Mass::ZERO,
            outage_weeks: 0,
            outage_depth: 0.0,
            net_price: setup.markets[mine.market].opening_price.real(),
        };
        let seller = Seller::new(mine.market, mine.rule.selling, weekly_capacity, setup);
        let owner = Owner::new(mine.owner, mine.firm, Money::ZERO);
        model.spawn(agent, (state, seller, Trade::default(), owner));
    }
    model.digests::<Mine>();
    model.add(Phase::Shock, strike);
    model.add(Phase::Produce, dig);
    model.add(Phase::Plan, plan);
    model.add(Phase::Clear, pay_royalty);
}

/// Outages begin and end.
fn strike(clock: Res<Clock>, streams: Res<Streams>, mut mines: Query<(&Agent, &mut Mine)>) {
    for (agent, mut mine) in &mut mines {
        if mine.outage_weeks > 0 {
            mine.outage_weeks -= 1;
            if mine.outage_weeks > 0 {
                continue;
            }
            mine.outage_depth = 0.0;
        }
        let outage = mine.rule.outage;
        let mut draws = streams.at(OUTAGE, agent.key, clock.week);
        if draws.bernoulli(outage.per_year / WEEKS_PER_YEAR) {
            mine.outage_depth = draws.exponential(outage.depth).min(1.0);
            mine.outage_weeks = draws.exponential(outage.weeks).ceil().clamp(1.0, 520.0) as u32;
        }
    }
}

/// Metal leaves the ground; what is not recovered, or finds no room in the store, is lost; the cost is paid.
fn dig(
    clock: Res<Clock>,
    hosts: Res<Hosts>,
    terms: Res<Terms>,
    mut markets: ResMut<Markets>,
    mut ledger: ResMut<Ledger>,
    mut mines: Query<(&Agent, &mut Mine, &mut Seller)>,
    mut host_outputs: Local<Vec<f64>>,
) {
    let years = clock.years();
    host_outputs.clear();
    host_outputs.extend(hosts.0.iter().map(|plan| plan.at(years)));
    // Mines side by side mostly share price and rule, and powers are slow.
    let (mut last, mut recovered_more) = ((0.0, 0.0), 1.0);
    for (agent, mut mine, mut seller) in &mut mines {
        let market = &mut markets[seller.market];
        let ratio = market.price(agent.region).real() / market.long_run_price.real();
        let asked = (ratio, mine.rule.recovery_elasticity);
        if asked != last {
            (last, recovered_more) = (asked, response(asked.0, asked.1));
        }
        let host_output = mine.host.map_or(1.0, |host| host_outputs[host]);
        let planned = mine.planned_output(host_output, recovered_more, terms.mines[mine.index].efficiency);
        let account = agent.account;
        let room = Mass::floor(mine.rule.store_weeks * mine.weekly_capacity - ledger.mass(account, Slot::Store).real());
        let recovered = if mine.host.is_none() { planned.min(room.real()) } else { planned };
        let dug = Mass::floor(recovered / mine.recovery.share()).min(ledger.mass(account, Slot::Ground));
        let output = dug.share_ppm(mine.recovery.0).min(room);
        ledger.transfer((account, Slot::Ground), (account, Slot::Store), output);
        ledger.transfer((account, Slot::Ground), (account, Slot::Lost), dug - output);
        let upkeep = match mine.rule.care {
            Some(care) if !mine.status.runs() => {
                Money::nearest(mine.cash_cost.real() * mine.weekly_capacity * care.upkeep)
            }
            _ => Money::ZERO,
        };
        let cost = mine.cash_cost + terms.mines[mine.index].certification;
        ledger.pay(account, OUTSIDE, cost.value(output) + upkeep);
        market.regions[agent.region].made += output;
        mine.output = output;
        seller.output = output.real();
    }
}

/// Mines look at their net price, shut or reopen, and set the least that they ask.
fn plan(markets: Res<Markets>, terms: Res<Terms>, mut mines: Query<(&Agent, &mut Mine, &mut Seller)>) {
    for (agent, mut mine, mut seller) in &mut mines {
        let market = &markets[seller.market];
        let price = market.price(agent.region);
        let royalty = terms.royalty(agent.nation, market.mineral, price);
        let net = price.real() * (1.0 - royalty.0.share()) - royalty.1.real();
        mine.net_price += (net - mine.net_price) / NET_PRICE_MEMORY;
        mine.status = match (mine.rule.care, mine.host) {
            (Some(care), None) => mine.status.next(mine.net_price, mine.cash_cost.real(), &care),
            _ => mine.status.waited(),
        };
        seller.floor = reservation_price(mine.cash_cost + terms.mines[mine.index].certification, royalty);
        seller.stock_floor = reservation_price(Price::ZERO, royalty);
    }
}

/// Royalty on what was sold, and the state's share of the margin, quota rent included, of mines that it took.
fn pay_royalty(
    markets: Res<Markets>,
    terms: Res<Terms>,
    mut ledger: ResMut<Ledger>,
    mut treasuries: ResMut<Treasuries>,
    mut mines: Query<(&Agent, &Mine, &Seller, &mut Trade)>,
) {
    for (agent, mine, seller, mut trade) in &mut mines {
        let market = &markets[seller.market];
        let (rate, amount) = terms.royalty(agent.nation, market.mineral, market.price(agent.region));
        let royalty = trade.earned.share_ppm(rate.0) + amount.value(trade.sold);
        let treasury = treasuries.of_mut(agent.nation);
        treasury.royalty += royalty;
        ledger.pay(agent.account, treasury.account, royalty);
        let terms = terms.mines[mine.index];
        let cost = (mine.cash_cost + terms.certification).value(trade.sold);
        let margin = (trade.earned + trade.rent - royalty - cost).or_zero();
        let share = margin.share_ppm(terms.state_share.0);
        treasury.margin += share;
        (trade.margin, trade.taken) = (margin - share, share);
        ledger.pay(agent.account, treasury.account, share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARE: Care = Care { close_below: 0.1, patience_weeks: 2, reopen_above: 0.2, restart_weeks: 3, upkeep: 0.1 };

    #[test]
    fn a_royalty_is_passed_on_by_the_reservation_price() {
        assert!((reservation_price(Price(900), (Ppm(100_000), Price(0))) - 1_000.0).abs() < 1e-9);
        assert!((reservation_price(Price(900), (Ppm(100_000), Price(90))) - 1_100.0).abs() < 1e-9);
    }

    #[test]
    fn a_mine_shuts_late_and_reopens_later() {
        let mut status = Status::Running { low_weeks: 0 };
        for (net_price, runs) in [(95.0, true), (89.0, true), (89.0, false), (115.0, false), (121.0, false)] {
            status = status.next(net_price, 100.0, &CARE);
            assert_eq!(status.runs(), runs, "{net_price}");
        }
        for runs in [false, false, false, true] {
            status = status.next(50.0, 100.0, &CARE);
            assert_eq!(status.runs(), runs, "a decision to reopen is carried out");
        }
    }

    #[test]
    fn a_good_week_wipes_out_the_bad_ones() {
        let status = Status::Running { low_weeks: 1 };
        assert_eq!(status.next(90.0, 100.0, &CARE), Status::Running { low_weeks: 0 });
    }
}
