//! The spot market: clears every market, upstream to downstream, and settles what was traded.
//!
//! Buyers pay the price where they are, sellers get the price where they are. The wedge on what travels goes to the
//! carrier, to the customs of both nations, and what is left, the rent of a binding quota, to who holds the quota.

use bevy_ecs::prelude::*;

use crate::agent::{Directory, Trade};
use crate::calendar::Week;
use crate::clearing::{self, Clearing, ClearingError, Network, Side, UNLIMITED};
use crate::ledger::{Account, Ledger, OUTSIDE, Slot};
use crate::market::{Books, Market, Markets};
use crate::nation::Treasuries;
use crate::setup::{Leg, MarketIx, NationIx, RegionIx, Setup};
use crate::shipping::Pipeline;
use crate::step::Clock;
use crate::terms::lanes::Leak;
use crate::terms::{MarketTerms, Terms};
use crate::units::{Mass, Money, Ppm, Price, deal};

mod ways;

use ways::Ways;

/// Tells the nodes of leaks apart from others.
const LEAKS: u64 = 0x9E37_79B9_7F4A_7C15;

/// The solvers, one per market, and what they reuse from week to week.
#[derive(Resource)]
pub struct Exchange {
    posts: Vec<Post>,
    /// Account in which quota rent waits to be dealt to its holders; empty when the week ends.
    pub quota_office: Account,
    /// Rent waiting there, by nation and market.
    rents: Vec<(NationIx, MarketIx, Money)>,
    fault: Option<ClearingError>,
    purchases: Vec<Purchases>,
    parts: Vec<i64>,
}

/// Who bought in a region, in order of account when it is dealt, and what is still to be handed to each.
#[derive(Debug, Clone, Default)]
struct Purchases {
    buyers: Vec<(Account, Mass)>,
    open: Vec<i64>,
    ties: Vec<u64>,
}

impl Purchases {
    /// Puts the buyers in order.
    fn sort(&mut self) {
        self.buyers.sort_unstable_by_key(|(agent, _)| *agent);
        self.buyers.dedup_by(|(agent, mass), (kept, sum)| {
            let same = agent == kept;
            if same {
                *sum += *mass;
            }
            same
        });
        self.open.clear();
        self.open.extend(self.buyers.iter().map(|(_, mass)| mass.0));
        self.ties.clear();
        self.ties.extend(self.buyers.iter().map(|(agent, _)| u64::from(agent.0)));
    }
}

/// A market's solver and the shape of its network.
struct Post {
    clearing: Clearing,
    network: Network,
    ways: Ways,
    keys: Vec<u64>,
    last: Vec<i64>,
}

impl Exchange {
    pub(crate) fn new(setup: &Setup, ledger: &mut Ledger) -> Self {
        let keys: Vec<u64> = setup.regions.iter().map(|region| region.id.key("region")).collect();
        let post = |market: &crate::setup::Market| Post {
            clearing: Clearing::new(),
            network: Network::new(keys.clone()).expect("bug: more regions than the check allows"),
            ways: Ways {
                regions: keys.len(),
                legs: market.legs.clone(),
                costs: Vec::new(),
                hubs: Vec::new(),
                gated: Vec::new(),
                leaks: Vec::new(),
            },
            keys: keys.clone(),
            last: Vec::new(),
        };
        Self {
            posts: setup.markets.iter().map(post).collect(),
            quota_office: ledger.open_clearing("quota office".into(), 0),
            rents: Vec::new(),
            fault: None,
            purchases: vec![Purchases::default(); setup.regions.len()],
            parts: Vec::new(),
        }
    }

    /// The rent that waits for the producers of a nation and market, to be dealt now.
    pub(crate) fn take_rents(&mut self) -> Vec<(NationIx, MarketIx, Money)> {
        std::mem::take(&mut self.rents)
    }

    /// Why a market could not be cleared this week, if one could not.
    pub(crate) const fn take_fault(&mut self) -> Option<ClearingError> {
        self.fault.take()
    }

    /// Forgets last week's prices as a starting point; the outcome is the same.
    pub(crate) fn forget(&mut self) {
        self.posts.iter_mut().for_each(|post| post.clearing.forget());
    }
}

impl Post {
    /// What may leave a region this week and what a unit of it pays, as a network of ticks.
    ///
    /// A limited region i gets a gate: i → gate carries at most the ceiling, gate → j the freight and duties, so one
    /// ceiling binds on all destinations together and the price step at the gate is the value of a unit of quota.
    fn shape(&mut self, market: &Market, terms: &MarketTerms) -> Result<(), ClearingError> {
        let Self { clearing, network, ways, keys, last } = self;
        if ways.open(market, terms) {
            let sellers = ways.hubs.iter().map(|&region| keys[region] ^ 0xBB67_AE85_84CA_A73B);
            let gates = ways.gated.iter().map(|&region| keys[region] ^ 0x6A09_E667_F3BC_C908);
            let leaks = ways.leaks.iter().enumerate().flat_map(|(place, leak)| {
                let way = keys[leak.from].rotate_left(7) ^ keys[leak.to];
                (0..Leak::STEPS).map(move |step| way ^ LEAKS.wrapping_mul((place * Leak::STEPS + step + 1) as u64))
            });
            *network = Network::new(keys.iter().copied().chain(sellers).chain(gates).chain(leaks).collect())?;
            clearing.forget();
        }
        for from in 0..ways.regions {
            let (sellers, door) = (ways.sellers(from), ways.door(from));
            if sellers != from {
                network.set(sellers, from, 0, UNLIMITED)?;
            }
            if let (Some(gate), Some(left)) = (ways.gate(from), terms.exports(from).left()) {
                network.set(sellers, gate, 0, left.0)?;
            }
            for to in (0..ways.regions).filter(|&to| to != from) {
                let cost = ways.costs[from * ways.regions + to];
                let most = terms.lane(from, to).left().map_or(UNLIMITED, |left| left.0);
                network.set(door, to, cost.unwrap_or(0), if cost.is_some() { most } else { 0 })?;
            }
        }
        for (place, leak) in ways.leaks.iter().enumerate() {
            let leg = ways.legs[leak.from * ways.regions + leak.to].expect("bug: a leak where no leg leads");
            for step in 0..Leak::STEPS {
                let (node, (cost, most)) = (ways.leak(place, step), leak.step(step));
                network.set(ways.sellers(leak.from), node, in_ticks(leg.cost + cost, market.tick), most.0)?;
                network.set(node, leak.to, 0, UNLIMITED)?;
            }
        }
        last.clear();
        last.extend(market.regions.iter().map(|region| region.price.0 / market.tick.0));
        for region in ways.hubs.iter().chain(&ways.gated) {
            last.push(last[*region]);
        }
        for leak in &ways.leaks {
            last.extend([last[leak.from]; Leak::STEPS]);
        }
        Ok(())
    }
}

/// What a unit pays on its way, in ticks, each to the nearest: freight, export duty, import tariff.
pub(crate) struct Wedge {
    freight: i64,
    duty: i64,
    tariff: i64,
}

impl Wedge {
    pub(crate) const fn sum(&self) -> i64 {
        self.freight + self.duty + self.tariff
    }

    /// Pays the carrier and the customs of both sides for a mass; gives the sum.
    pub(crate) fn pay(
        &self,
        payer: Account,
        tick: Price,
        mass: Mass,
        (from, to): (RegionIx, RegionIx),
        ledger: &mut Ledger,
        treasuries: &mut Treasuries,
    ) -> Money {
        let per_tick = |ticks: i64| Price(ticks * tick.0).value(mass);
        let (freight, duty, tariff) = (per_tick(self.freight), per_tick(self.duty), per_tick(self.tariff));
        ledger.pay(payer, OUTSIDE, freight);
        if let (true, Some(nation)) = (duty > Money::ZERO, treasuries.nation_of(from)) {
            let treasury = treasuries.of_mut(nation);
            treasury.duty += duty;
            ledger.pay(payer, treasury.account, duty);
        }
        if let (true, Some(nation)) = (tariff > Money::ZERO, treasuries.nation_of(to)) {
            let treasury = treasuries.of_mut(nation);
            treasury.tariff += tariff;
            ledger.pay(payer, treasury.account, tariff);
        }
        freight + duty + tariff
    }
}

/// Hands metal to a buyer: into its store at once, or under way for some weeks.
pub(crate) fn hand_over(
    ledger: &mut Ledger,
    pipeline: &mut Pipeline,
    from: Account,
    to: Account,
    mass: Mass,
    week: Week,
    weeks: Week,
) {
    if weeks == 0 {
        ledger.transfer((from, Slot::Store), (to, pipeline.into), mass);
    } else {
        pipeline.ship(week, weeks, mass);
        ledger.transfer((from, Slot::Store), (to, Slot::Transit), mass);
    }
}

/// A price in ticks, to the nearest.
fn in_ticks(price: Price, tick: Price) -> i64 {
    (price.0 + tick.0 / 2).div_euclid(tick.0)
}

/// Wedge on the way between two regions under this week's terms; customs value goods at last week's prices.
pub(crate) fn wedge(market: &Market, terms: &MarketTerms, leg: Leg, from: RegionIx, to: RegionIx) -> Wedge {
    let ticks = |price: Price| in_ticks(price, market.tick);
    let levy = |rate: Ppm, price: Price| ticks(price.share_ppm(rate.0));
    let lane = terms.lane(from, to);
    Wedge {
        freight: ticks(leg.cost - lane.saving.min(leg.cost)),
        duty: levy(Ppm(terms.exports(from).duty.0 + lane.duty.0), market.price(from)),
        tariff: levy(terms.tariff(from, to), market.price(to)),
    }
}

/// Clears and settles every market.
pub(crate) fn clear(
    clock: Res<Clock>,
    terms: Res<Terms>,
    mut books: ResMut<Books>,
    directory: Res<Directory>,
    mut markets: ResMut<Markets>,
    mut exchange: ResMut<Exchange>,
    mut ledger: ResMut<Ledger>,
    mut treasuries: ResMut<Treasuries>,
    mut trades: Query<&mut Trade>,
    mut pipelines: Query<&mut Pipeline>,
) {
    let Exchange { posts, quota_office, rents, fault, purchases, parts } = &mut *exchange;
    for (market, post) in posts.iter_mut().enumerate() {
        let orders = &mut books.0[market];
        let (terms, state) = (terms.market(market), &mut markets[market]);
        let Post { clearing, network, ways, last, .. } = match post.shape(state, terms) {
            Ok(()) => post,
            Err(error) => {
                fault.get_or_insert(error);
                continue;
            }
        };
        if !ways.hubs.is_empty() {
            for ask in orders.iter_mut().filter(|order| order.side == Side::Ask) {
                ask.region = ways.sellers(usize::from(ask.region)) as u16;
            }
        }
        match clearing.clear(network, orders, last) {
            Ok(outcome) => {
                let mut desk = Desk { market: state, orders, outcome, ways, ledger: &mut ledger };
                desk.pay(purchases, &directory, &mut trades);
                desk.ship(terms, &mut treasuries, *quota_office, |nation, rent| rents.push((nation, market, rent)));
                desk.deliver(purchases, parts, clock.week, &directory, &mut pipelines);
                desk.quote();
            }
            Err(error) => {
                fault.get_or_insert(error);
            }
        }
    }
}

const NO_PIPELINE: &str = "bug: a buyer without a pipeline";

/// One market's settlement.
struct Desk<'a> {
    market: &'a mut Market,
    orders: &'a [clearing::Order],
    outcome: &'a clearing::Outcome,
    ways: &'a Ways,
    ledger: &'a mut Ledger,
}

impl Desk<'_> {
    fn price(&self, node: usize) -> Price {
        Price(self.outcome.price[node] * self.market.tick.0)
    }

    /// Sellers give metal and are paid; buyers pay and are noted for delivery.
    ///
    /// An agent writes its orders one after the other, and they all trade at its region's price: they settle as one.
    fn pay(&mut self, purchases: &mut [Purchases], directory: &Directory, trades: &mut Query<&mut Trade>) {
        let account = self.market.account;
        for region in &mut *purchases {
            region.buyers.clear();
        }
        let mut fills = &*self.outcome.fill;
        for orders in self.orders.chunk_by(|a, b| (a.agent, a.side) == (b.agent, b.side)) {
            let (filled, rest) = fills.split_at(orders.len());
            fills = rest;
            let mass = Mass(filled.iter().sum());
            if mass == Mass::ZERO {
                continue;
            }
            let (agent, region) = (Account(orders[0].agent), usize::from(orders[0].region));
            let value = self.price(region).value(mass);
            let mut trade = trades.get_mut(directory.entity(agent)).expect("bug: an agent without a trade record");
            match orders[0].side {
                Side::Ask => {
                    self.ledger.transfer((agent, Slot::Store), (account, Slot::Store), mass);
                    self.ledger.pay(account, agent, value);
                    trade.sold += mass;
                    trade.earned += value;
                }
                Side::Bid => {
                    self.ledger.pay(agent, account, value);
                    trade.bought += mass;
                    trade.spent += value;
                    purchases[region].buyers.push((agent, mass));
                }
            }
        }
    }

    /// Pays carrier, customs and quota holders from the wedge on what travels.
    ///
    /// `wait` takes down what producers will get.
    fn ship(
        &mut self,
        terms: &MarketTerms,
        treasuries: &mut Treasuries,
        quota_office: Account,
        mut wait: impl FnMut(NationIx, Money),
    ) {
        let account = self.market.account;
        let n = self.market.regions.len();
        for from in 0..n {
            let (sellers, door) = (self.ways.sellers(from), self.ways.door(from));
            let mut rent = Money::ZERO;
            for to in (0..n).filter(|&to| to != from) {
                let mass = Mass(self.outcome.shipped(door, to));
                if mass == Mass::ZERO {
                    continue;
                }
                self.market.shipped[from * n + to] += mass;
                let leg = self.ways.legs[from * n + to].expect("bug: goods went where no leg leads");
                let wedge = wedge(self.market, terms, leg, from, to);
                rent += self.price(to).value(mass) - self.price(sellers).value(mass);
                rent -= wedge.pay(account, self.market.tick, mass, (from, to), self.ledger, treasuries);
            }
            self.leak(from);
            if let Some((nation, producers)) = self.deal_rent(terms, treasuries, quota_office, from, rent) {
                wait(nation, producers);
            }
        }
    }

    /// What went past customs: who carried it keeps the whole wedge, what it cost him and what he earned.
    fn leak(&mut self, from: RegionIx) {
        let n = self.market.regions.len();
        for (place, leak) in self.ways.leaks.iter().enumerate().filter(|(_, leak)| leak.from == from) {
            let steps = (0..Leak::STEPS).map(|step| self.outcome.shipped(self.ways.leak(place, step), leak.to));
            let mass = Mass(steps.sum());
            self.market.shipped[from * n + leak.to] += mass;
            self.market.leaked[from * n + leak.to] += mass;
            let wedge = self.price(leak.to).value(mass) - self.price(self.ways.sellers(from)).value(mass);
            self.ledger.pay(self.market.account, OUTSIDE, wedge);
        }
    }

    /// The strategic share of a quota's rent, or all of it, to the treasury; the rest waits for the producers.
    fn deal_rent(
        &mut self,
        terms: &MarketTerms,
        treasuries: &mut Treasuries,
        quota_office: Account,
        from: RegionIx,
        rent: Money,
    ) -> Option<(NationIx, Money)> {
        use crate::policy::export_quota::QuotaHolder;
        let nation = treasuries.nation_of(from).filter(|_| rent > Money::ZERO)?;
        let exports = terms.exports(from);
        let treasury = treasuries.of_mut(nation);
        let state = match exports.holder {
            QuotaHolder::Treasury => rent,
            QuotaHolder::Producers => rent.share_ppm(exports.strategic.0),
        };
        treasury.rent += state;
        treasury.producer_rent += rent - state;
        self.ledger.pay(self.market.account, treasury.account, state);
        self.ledger.pay(self.market.account, quota_office, rent - state);
        (rent > state).then_some((nation, rent - state))
    }

    /// Hands each buyer its metal: imports are dealt over the region's buyers in proportion, the rest is from here.
    fn deliver(
        &mut self,
        purchases: &mut [Purchases],
        parts: &mut Vec<i64>,
        week: Week,
        directory: &Directory,
        pipelines: &mut Query<&mut Pipeline>,
    ) {
        let account = self.market.account;
        let n = self.market.regions.len();
        for (to, purchases) in purchases.iter_mut().enumerate() {
            purchases.sort();
            let Purchases { buyers, open, ties } = purchases;
            for from in (0..n).filter(|&from| from != to) {
                let declared = Mass(self.outcome.shipped(self.ways.door(from), to));
                let mass = declared + self.market.leaked[from * n + to];
                if mass == Mass::ZERO {
                    continue;
                }
                let weeks = self.ways.legs[from * n + to].map_or(0, |leg| leg.weeks);
                deal(mass.0, open, ties, parts);
                for ((&(agent, _), open), &part) in buyers.iter().zip(&mut *open).zip(&*parts) {
                    *open -= part;
                    let mut pipeline = pipelines.get_mut(directory.entity(agent)).expect(NO_PIPELINE);
                    hand_over(self.ledger, &mut pipeline, account, agent, Mass(part), week, weeks);
                }
            }
            for (&(agent, _), &rest) in buyers.iter().zip(&*open).filter(|(_, rest)| **rest > 0) {
                let pipeline = pipelines.get(directory.entity(agent)).expect(NO_PIPELINE);
                self.ledger.transfer((account, Slot::Store), (agent, pipeline.into), Mass(rest));
            }
        }
    }

    /// Writes the week's prices and quantities.
    fn quote(&mut self) {
        for region in 0..self.market.regions.len() {
            // Where goods may pass through, sellers stand at a node of their own: when nobody bought here, theirs is the
            // price at which metal changed hands.
            let sellers = self.ways.sellers(region);
            let only_sold = self.outcome.demand[region] == 0 && self.outcome.supply[sellers] > 0;
            let price = self.price(if only_sold { sellers } else { region });
            let state = &mut self.market.regions[region];
            state.price = price;
            state.bought += Mass(self.outcome.demand[region]);
            state.sold += Mass(self.outcome.supply[sellers]);
        }
    }
}
