//! Mines: dig what the host and luck allow, ask at least their cost, shut and reopen with hysteresis.
//!
//! A by-product follows its host: a plan, the mine that digs the same ore, all the nation's mines of a metal, or the
//! nation's plants. What a by-product of a mine earns beyond its own cost lowers that mine's cost: the by-product credit
//! by which miners report.

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;

use crate::agent::{Agent, Trade};
use crate::deposit::Deposit;
use crate::digest::{Digest, Digestible, digest_fields};
use crate::firm::Owner;
use crate::foresight::Foresights;
use crate::harvest::{self, Harvest, Sown};
use crate::last::Last;
use crate::ledger::{Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::math;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::policy::contract_for_difference;
use crate::seller::Seller;
use crate::setup::{Care, HostLink, MineRule, Setup, Supply};
use crate::step::{Clock, Phase};
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::{MineTerms, Terms};
use crate::units::{Mass, Money, Ppm, Price, WEEKS_PER_YEAR};

pub(crate) mod by_product;

use by_product::Hosts;

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
    /// What it is dug along with, when its metal is a by-product.
    pub host: Option<HostLink>,
    /// Product a week at the host's base-year output, in quanta.
    pub weekly_capacity: f64,
    /// Avoidable cost of the first tonne.
    pub cash_cost: Price,
    /// Cost against that of the first tonne: ore grows poorer and methods better.
    pub grade_cost: f64,
    /// Product from the metal dug, without new technology.
    pub recovery: Ppm,
    /// Share of its capacity that has been built: less than 1 for a project.
    pub built: f64,
    /// Its rule.
    pub rule: MineRule,
    /// Whether it runs.
    pub status: Status,
    /// Product of this week.
    pub output: Mass,
    /// Share of capacity at which ore was dug this week, before the response of recovery: what by-products follow.
    rate: f64,
    /// What its by-products earn beyond their cost at full output, per unit of its own, in cents per 1,000 quanta.
    credit: f64,
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
    /// Closed for good, its reserve dug.
    Closed,
}

impl Digestible for Status {
    fn digest(&self, digest: &mut Digest) {
        match self {
            Self::Running { low_weeks } => digest.add(&(0_u32, *low_weeks)),
            Self::CareAndMaintenance { reopens_in } => digest.add(&(1_u32, *reopens_in)),
            Self::Closed => digest.word(2),
            Self::Seized => digest.word(3),
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
            Self::CareAndMaintenance { reopens_in: Some(_) } | Self::Seized | Self::Closed => self.waited(),
            Self::CareAndMaintenance { reopens_in: None } => {
                let reopens = net_price > (1.0 + care.reopen_above) * cash_cost;
                Self::CareAndMaintenance { reopens_in: reopens.then_some(care.restart_weeks) }
            }
        }
    }

    /// What a change of status costs, as a share of a year's cash cost of full output.
    #[must_use]
    pub fn turning_cost(self, next: Self, care: &Care) -> f64 {
        match (self, next) {
            (Self::Running { .. }, Self::CareAndMaintenance { .. }) => care.closing_cost,
            (Self::CareAndMaintenance { reopens_in: None }, Self::CareAndMaintenance { reopens_in: Some(_) }) => {
                care.reopening_cost
            }
            _ => 0.0,
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
            self.weekly_capacity * self.built * host_output * response * efficiency * (1.0 - self.outage_depth)
        } else {
            0.0
        }
    }

    /// Whether it is there and digs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.status.runs() && self.built > 0.0
    }

    /// Avoidable cost under these terms, at the grade that is left, certificate included.
    #[must_use]
    pub fn cost(&self, terms: &MineTerms) -> Price {
        let cost = scaled(self.cash_cost.0, self.grade_cost * terms.cost).map_or(self.cash_cost, Price);
        cost + terms.certification
    }

    /// Product from the metal dug under these terms.
    #[must_use]
    pub fn recovers(&self, terms: &MineTerms) -> Ppm {
        scaled(self.recovery.0, terms.recovery).map_or(self.recovery, |ppm| Ppm(ppm.min(Ppm::ONE.0)))
    }

    /// Avoidable cost less the by-product credit, in cents per 1,000 quanta.
    #[must_use]
    pub fn net_cost(&self, terms: &MineTerms) -> f64 {
        (self.cost(terms).real() - self.credit).max(0.0)
    }

    /// Whether it is dug along with what the model works out in the same week.
    fn follows(&self) -> bool {
        !matches!(self.host, None | Some(HostLink::Plan(_)))
    }
}

/// A number times a factor, rounded to the nearest; `None` when the factor is 1.
fn scaled(number: i64, factor: f64) -> Option<i64> {
    (factor.to_bits() != 1.0_f64.to_bits()).then(|| math::round(number as f64 * factor))
}

/// A share of what a year of full output costs.
fn of_a_year(share: f64, cost: Price, weekly_capacity: f64) -> Money {
    Money::nearest(share * cost.real() * weekly_capacity * WEEKS_PER_YEAR)
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
pub fn reservation_price(cost: f64, (rate, amount): (Ppm, Price)) -> f64 {
    let kept = 1.0 - rate.share();
    if kept <= 0.0 { f64::MAX } else { (cost + amount.real()) / kept }
}

/// Adds the mines of a world.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    model.world.insert_resource(Hosts::new(setup));
    for (index, mine) in setup.mines.iter().enumerate() {
        let mineral = setup.markets[mine.market].mineral;
        let agent = model.agent("mine", &mine.id, mine.nation, mineral);
        let mut ledger = model.world.resource_mut::<Ledger>();
        let proven = mine.project.is_none_or(|project| project.progress.proven());
        ledger.endow(agent.account, if proven { Slot::Ground } else { Slot::Resource }, mine.ore_reserve);
        ledger.endow(agent.account, Slot::Resource, mine.resource);
        ledger.endow(agent.account, Slot::Store, mine.stock);
        let weekly_capacity = mine.capacity_per_year.real() / WEEKS_PER_YEAR;
        let state = Mine {
            index,
            host: mine.host,
            weekly_capacity,
            cash_cost: mine.cash_cost,
            grade_cost: 1.0,
            recovery: mine.recovery,
            built: mine.project.map_or(1.0, |project| project.built()),
            rule: mine.rule,
            status: Status::Running { low_weeks: 0 },
            output: Mass::ZERO,
            rate: 0.0,
            credit: 0.0,
            outage_weeks: 0,
            outage_depth: 0.0,
            net_price: setup.markets[mine.market].opening_price.real(),
        };
        let seller = Seller::new(mine.market, mine.rule.selling, weekly_capacity * state.built, setup);
        let foreseen = model.world.resource::<Foresights>().at_start(setup, mine.market);
        let expected = foreseen.unwrap_or(setup.markets[mine.market].opening_price.real());
        let harvest = Harvest(match &mine.rule.supply {
            Supply::Planned(rule) => Some(Sown::new(harvest::crop(setup, mine, rule), expected)),
            Supply::Capacity => None,
        });
        let owner = Owner::new(mine.owner, mine.firm, Money::ZERO);
        model.spawn(agent, (state, seller, Trade::default(), owner, Deposit::new(mine, setup), harvest));
    }
    model.digests::<Mine>();
    model.add(Phase::Shock, strike);
    model.add(Phase::Produce, dig);
    model.add(Phase::Plan, (by_product::credit, plan).chain());
    model.add(Phase::Clear, pay_royalty);
}

/// Outages begin and end.
fn strike(clock: Res<Clock>, streams: Res<Streams>, mut mines: Query<(&Agent, &mut Mine)>) {
    for (agent, mut mine) in mines.iter_mut().filter(|(_, mine)| mine.built > 0.0) {
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

/// What digging takes.
#[derive(SystemParam)]
struct Digging<'w> {
    clock: Res<'w, Clock>,
    terms: Res<'w, Terms>,
    markets: ResMut<'w, Markets>,
    ledger: ResMut<'w, Ledger>,
}

/// The last response of recovery that was worked out, by price ratio and elasticity.
type LastResponse = Last<(f64, f64), f64>;

/// A mine as it digs.
type Digger<'a> = (&'a Agent, Mut<'a, Mine>, Mut<'a, Seller>, Mut<'a, Deposit>);

impl Digging<'_> {
    /// Metal leaves the ground; what is not recovered, or finds no room in the store, is lost; the cost is paid.
    fn dig(&mut self, (agent, mut mine, mut seller, mut deposit): Digger, host_output: f64, last: &LastResponse) {
        let (ledger, account) = (&mut self.ledger, agent.account);
        let market = &mut self.markets[seller.market];
        let ratio = market.price(agent.region).real() / market.long_run_price.real();
        let asked = (ratio, mine.rule.recovery_elasticity);
        let response = last.of(asked, || response(asked.0, asked.1));
        let terms = &self.terms.mines[mine.index];
        let (cost, recovery) = (mine.cost(terms), mine.recovers(terms));
        let better = recovery.share() / mine.recovery.share();
        let planned = mine.planned_output(host_output, response, terms.efficiency) * better;
        let room = Mass::floor(mine.rule.store_weeks * mine.weekly_capacity - ledger.mass(account, Slot::Store).real());
        let recovered = if mine.host.is_none() { planned.min(room.real()) } else { planned };
        let dug = Mass::floor(recovered / recovery.share()).min(ledger.mass(account, Slot::Ground));
        let output = dug.share_ppm(recovery.0).min(room);
        ledger.transfer((account, Slot::Ground), (account, Slot::Store), output);
        ledger.transfer((account, Slot::Ground), (account, Slot::Lost), dug - output);
        let upkeep = match mine.rule.care {
            Some(care) if matches!(mine.status, Status::CareAndMaintenance { .. }) => {
                Money::nearest(cost.real() * mine.weekly_capacity * care.upkeep)
            }
            _ => Money::ZERO,
        };
        ledger.pay(account, OUTSIDE, cost.value(output) + upkeep);
        market.regions[agent.region].made += output;
        mine.rate = dug.real() * mine.recovery.share() / (mine.weekly_capacity * response);
        mine.output = output;
        seller.output = output.real();
        seller.works = mine.weekly_capacity * mine.built;
        seller.store = mine.rule.store_weeks * mine.weekly_capacity;
        if let Some(rule) = deposit.depletion {
            deposit.dug += dug;
            mine.grade_cost = deposit.cost(f64::from(self.clock.week + 1) / WEEKS_PER_YEAR);
            if mine.runs() && ledger.mass(account, Slot::Ground).share_ppm(recovery.0) == Mass::ZERO {
                mine.status = Status::Closed;
                ledger.pay(account, OUTSIDE, of_a_year(rule.closing_cost, cost, mine.weekly_capacity));
            }
        }
    }
}

/// Mines that follow nothing but a plan dig.
fn dig(
    hosts: Res<Hosts>,
    mut digging: Digging,
    mut mines: Query<(&Agent, &mut Mine, &mut Seller, &mut Deposit, &Harvest)>,
    last: Local<LastResponse>,
    mut plans: Local<Vec<f64>>,
) {
    let years = digging.clock.years();
    plans.clear();
    plans.extend(hosts.plans.iter().map(|plan| plan.at(years)));
    for (agent, mine, seller, deposit, harvest) in &mut mines {
        let host_output = match mine.host {
            None => harvest.0.map_or(1.0, |sown| sown.ripe / mine.weekly_capacity),
            Some(HostLink::Plan(host)) => plans[host],
            Some(_) => continue,
        };
        digging.dig((agent, mine, seller, deposit), host_output, &last);
    }
}

/// What a seller keeps of a price after royalty, in cents per 1,000 quanta.
fn net_price(price: Price, (rate, amount): (Ppm, Price)) -> f64 {
    price.real() * (1.0 - rate.share()) - amount.real()
}

/// Mines look at their net price, shut or reopen, and set the least that they ask.
fn plan(
    markets: Res<Markets>,
    terms: Res<Terms>,
    mut ledger: ResMut<Ledger>,
    mut mines: Query<(&Agent, &mut Mine, &mut Seller)>,
) {
    for (agent, mut mine, mut seller) in &mut mines {
        let market = &markets[seller.market];
        let price = market.price(agent.region);
        let royalty = terms.royalty(agent.nation, market.mineral, price);
        let terms = &terms.mines[mine.index];
        let promised = contract_for_difference::expected(terms.guarantee.as_ref(), price.real());
        mine.net_price += (net_price(price, royalty) + promised - mine.net_price) / NET_PRICE_MEMORY;
        let cost = mine.net_cost(terms);
        if let (Some(care), None, true) = (mine.rule.care, mine.host, mine.built > 0.0) {
            let before = mine.status;
            mine.status = before.next(mine.net_price, cost, &care);
            let share = before.turning_cost(mine.status, &care);
            ledger.pay(agent.account, OUTSIDE, of_a_year(share, mine.cost(terms), mine.weekly_capacity));
        } else {
            mine.status = mine.status.waited();
        }
        // What is paid on output does not depend on the price at which a mine sells it itself.
        seller.floor = reservation_price((cost - promised).max(0.0), royalty);
        seller.stock_floor = reservation_price(0.0, royalty);
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
        let terms = &terms.mines[mine.index];
        let treasury = treasuries.of_mut(agent.nation);
        treasury.royalty += royalty;
        ledger.pay(agent.account, treasury.account, royalty);
        let margin = (trade.earned + trade.rent - royalty - mine.cost(terms).value(trade.sold)).or_zero();
        let share = margin.share_ppm(terms.state_share.0);
        treasury.margin += share;
        (trade.margin, trade.taken) = (margin - share, share);
        ledger.pay(agent.account, treasury.account, share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARE: Care = Care {
        close_below: 0.1,
        patience_weeks: 2,
        reopen_above: 0.2,
        restart_weeks: 3,
        upkeep: 0.1,
        closing_cost: 0.05,
        reopening_cost: 0.1,
    };

    #[test]
    fn a_royalty_is_passed_on_by_the_reservation_price() {
        assert!((reservation_price(900.0, (Ppm(100_000), Price(0))) - 1_000.0).abs() < 1e-9);
        assert!((reservation_price(900.0, (Ppm(100_000), Price(90))) - 1_100.0).abs() < 1e-9);
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
    fn shutting_and_reopening_cost_once_each() {
        let mut status = Status::Running { low_weeks: 1 };
        let mut paid = Vec::new();
        for net_price in [50.0, 50.0, 130.0, 130.0, 130.0, 130.0, 130.0] {
            let next = status.next(net_price, 100.0, &CARE);
            paid.push(status.turning_cost(next, &CARE));
            status = next;
        }
        assert_eq!(paid, [0.05, 0.0, 0.1, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(Status::Closed.next(900.0, 100.0, &CARE), Status::Closed, "what is dug out stays shut");
    }

    #[test]
    fn a_good_week_wipes_out_the_bad_ones() {
        let status = Status::Running { low_weeks: 1 };
        assert_eq!(status.next(90.0, 100.0, &CARE), Status::Running { low_weeks: 0 });
    }
}
