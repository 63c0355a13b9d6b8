//! The spot market: clears every market, upstream to downstream, and settles what was traded.
//!
//! Buyers pay the price where they are, sellers get the price where they are. The wedge on what travels goes to the
//! carrier, to the customs of both nations, and what is left, the rent of a binding quota, to who holds the quota.

use bevy_ecs::prelude::*;

use crate::agent::{Directory, Trade};
use crate::clearing::{self, Clearing, ClearingError, Network, Side, UNLIMITED};
use crate::ledger::{Account, Ledger, OUTSIDE, Slot};
use crate::market::{Books, Markets};
use crate::nation::Treasuries;
use crate::setup::{Leg, MarketIx, RegionIx, Setup};
use crate::shipping::Pipeline;
use crate::step::Clock;
use crate::terms::{MarketTerms, Terms};
use crate::units::{Mass, Money, PPM, Ppm, Price, deal};

/// The solvers, one per market, and what they reuse from week to week.
#[derive(Resource)]
pub struct Exchange {
    posts: Vec<Post>,
    /// Account in which quota rent waits to be dealt to its holders; empty when the week ends.
    pub quota_office: Account,
    fault: Option<ClearingError>,
    bought: Vec<Mass>,
    buyers: Vec<Vec<Account>>,
    parts: Vec<i64>,
}

/// A market's solver and the shape of its network.
struct Post {
    clearing: Clearing,
    network: Network,
    legs: Vec<Option<Leg>>,
    keys: Vec<u64>,
    /// Regions through which goods would go as cheaply as by the direct way. Their sellers stand at a node of their own,
    /// `regions + place in this list`, from which goods reach the buyers at home or leave; from where the buyers stand
    /// nothing leaves, so nothing is carried on in the week in which it was shipped.
    hubs: Vec<RegionIx>,
    /// Regions whose exports pass a gate of limited width: its node is `regions + hubs + place in this list`.
    gated: Vec<RegionIx>,
    costs: Vec<Option<i64>>,
    last: Vec<i64>,
}

impl Post {
    /// Node of a region's sellers.
    fn sellers(&self, region: RegionIx) -> usize {
        self.hubs.iter().position(|&hub| hub == region).map_or(region, |place| self.keys.len() + place)
    }

    /// Node of the gate through which a region's exports pass, if there is one.
    fn gate(&self, region: RegionIx) -> Option<usize> {
        let place = self.gated.iter().position(|&gated| gated == region);
        place.map(|place| self.keys.len() + self.hubs.len() + place)
    }

    /// Node from which a region's exports leave.
    fn door(&self, region: RegionIx) -> usize {
        self.gate(region).unwrap_or_else(|| self.sellers(region))
    }
}

/// Regions k with `c_ik + c_kj ≤ c_ij` for some i and j, given what a unit pays on each way that is open.
fn hubs(costs: &[Option<i64>], n: usize) -> Vec<RegionIx> {
    let on_the_way = |k: RegionIx, i: RegionIx, into: i64| {
        let cheap = |j: RegionIx| {
            let (onward, direct) = (costs[k * n + j], costs[i * n + j]);
            onward.is_some_and(|onward| direct.is_none_or(|direct| into + onward <= direct))
        };
        (0..n).filter(|&j| j != i && j != k).any(cheap)
    };
    let is_hub = |&k: &RegionIx| (0..n).any(|i| costs[i * n + k].is_some_and(|into| on_the_way(k, i, into)));
    (0..n).filter(is_hub).collect()
}

impl Exchange {
    pub(crate) fn new(setup: &Setup, ledger: &mut Ledger) -> Self {
        let keys: Vec<u64> = setup.regions.iter().map(|region| region.id.key("region")).collect();
        let post = |market: &crate::setup::Market| Post {
            clearing: Clearing::new(),
            network: Network::new(keys.clone()).expect("bug: more regions than the check allows"),
            legs: market.legs.clone(),
            keys: keys.clone(),
            hubs: Vec::new(),
            gated: Vec::new(),
            costs: Vec::new(),
            last: Vec::new(),
        };
        Self {
            posts: setup.markets.iter().map(post).collect(),
            quota_office: ledger.open_clearing("quota office".into(), 0),
            fault: None,
            bought: Vec::new(),
            buyers: vec![Vec::new(); setup.regions.len()],
            parts: Vec::new(),
        }
    }

    /// Why a market could not be cleared this week, if one could not.
    pub(crate) const fn take_fault(&mut self) -> Option<ClearingError> {
        self.fault.take()
    }

    /// Forgets last week's prices as a starting point; the outcome is the same.
    pub(crate) fn forget(&mut self) {
        self.posts.iter_mut().for_each(|post| post.clearing.forget());
    }

    /// What may leave a region this week and what a unit of it pays, as a network of ticks.
    ///
    /// A limited region i gets a gate: i → gate carries at most the ceiling, gate → j the freight and duties, so one
    /// ceiling binds on all destinations together and the price step at the gate is the value of a unit of quota.
    fn shape(post: &mut Post, market: &crate::market::Market, terms: &MarketTerms) -> Result<(), ClearingError> {
        let n = market.regions.len();
        let ways = post.legs.iter().enumerate().map(|(at, leg)| {
            let (from, to) = (at / n, at % n);
            let open = leg.filter(|_| from != to && terms.exports(from).ceiling != Some(Mass::ZERO));
            open.map(|leg| wedge(market, terms, leg, from, to).sum())
        });
        post.costs.clear();
        post.costs.extend(ways);
        let hubs = hubs(&post.costs, n);
        let gated = (0..n).filter(|&from| terms.exports(from).ceiling.is_some_and(|ceiling| ceiling > Mass::ZERO));
        let gated: Vec<RegionIx> = gated.collect();
        if gated != post.gated || hubs != post.hubs {
            let sellers = hubs.iter().map(|&region| post.keys[region] ^ 0xBB67_AE85_84CA_A73B);
            let gates = gated.iter().map(|&region| post.keys[region] ^ 0x6A09_E667_F3BC_C908);
            post.network = Network::new(post.keys.iter().copied().chain(sellers).chain(gates).collect())?;
            (post.hubs, post.gated) = (hubs, gated);
            post.clearing.forget();
        }
        for from in 0..n {
            let (sellers, door) = (post.sellers(from), post.door(from));
            if sellers != from {
                post.network.set(sellers, from, 0, UNLIMITED)?;
            }
            if let (Some(gate), Some(ceiling)) = (post.gate(from), terms.exports(from).ceiling) {
                post.network.set(sellers, gate, 0, ceiling.0)?;
            }
            for to in (0..n).filter(|&to| to != from) {
                let cost = post.costs[from * n + to];
                post.network.set(door, to, cost.unwrap_or(0), if cost.is_some() { UNLIMITED } else { 0 })?;
            }
        }
        post.last.clear();
        post.last.extend(market.regions.iter().map(|region| region.price.0 / market.tick.0));
        let inside: Vec<i64> = post.hubs.iter().chain(&post.gated).map(|&region| post.last[region]).collect();
        post.last.extend(inside);
        Ok(())
    }
}

/// What a unit pays on its way, in ticks, each to the nearest: freight, export duty, import tariff.
struct Wedge {
    freight: i64,
    duty: i64,
    tariff: i64,
}

impl Wedge {
    const fn sum(&self) -> i64 {
        self.freight + self.duty + self.tariff
    }
}

fn wedge(market: &crate::market::Market, terms: &MarketTerms, leg: Leg, from: RegionIx, to: RegionIx) -> Wedge {
    let tick = market.tick;
    let ticks = |price: Price| (price.0 + tick.0 / 2).div_euclid(tick.0);
    let levy =
        |rate: Ppm, price: Price| ticks(Price((i128::from(price.0) * i128::from(rate.0) / i128::from(PPM)) as i64));
    Wedge {
        freight: ticks(leg.cost),
        duty: levy(terms.exports(from).duty, market.price(from)),
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
    for market in 0..markets.len() {
        let orders = &mut books.0[market];
        let terms = terms.market(market);
        let post = &mut exchange.posts[market];
        let cleared = Exchange::shape(post, &markets[market], terms).and_then(|()| {
            for ask in orders.iter_mut().filter(|order| order.side == Side::Ask) {
                ask.region = post.sellers(usize::from(ask.region)) as u16;
            }
            post.clearing.clear(&post.network, orders, &post.last).cloned()
        });
        let outcome = match cleared {
            Ok(outcome) => outcome,
            Err(fault) => {
                exchange.fault.get_or_insert(fault);
                continue;
            }
        };
        let mut desk = Desk { market, orders, outcome: &outcome, ledger: &mut ledger, markets: &mut markets };
        desk.pay(&mut exchange, &directory, &mut trades);
        desk.ship(&mut exchange, terms, &mut treasuries);
        desk.deliver(&mut exchange, clock.week, &directory, &mut pipelines);
        desk.quote(&exchange);
    }
}

/// One market's settlement.
struct Desk<'a> {
    market: MarketIx,
    orders: &'a [clearing::Order],
    outcome: &'a clearing::Outcome,
    ledger: &'a mut Ledger,
    markets: &'a mut Markets,
}

impl Desk<'_> {
    fn price(&self, node: usize) -> Price {
        Price(self.outcome.price[node] * self.markets[self.market].tick.0)
    }

    fn account(&self) -> Account {
        self.markets[self.market].account
    }

    /// Sellers give metal and are paid; buyers pay and are noted for delivery.
    fn pay(&mut self, exchange: &mut Exchange, directory: &Directory, trades: &mut Query<&mut Trade>) {
        let account = self.account();
        exchange.buyers.iter_mut().for_each(Vec::clear);
        for (order, &fill) in self.orders.iter().zip(&self.outcome.fill).filter(|(_, fill)| **fill > 0) {
            let (agent, region, mass) = (Account(order.agent), usize::from(order.region), Mass(fill));
            let value = self.price(region).value(mass);
            let mut trade = trades.get_mut(directory.entity(agent)).expect("bug: an agent without a trade record");
            match order.side {
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
                    let at = agent.0 as usize;
                    if exchange.bought.len() <= at {
                        exchange.bought.resize(at + 1, Mass::ZERO);
                    }
                    if exchange.bought[at] == Mass::ZERO {
                        exchange.buyers[region].push(agent);
                    }
                    exchange.bought[at] += mass;
                }
            }
        }
    }

    /// Pays carrier, customs and quota holders from the wedge on what travels.
    fn ship(&mut self, exchange: &mut Exchange, terms: &MarketTerms, treasuries: &mut Treasuries) {
        let account = self.account();
        let n = self.markets[self.market].regions.len();
        for from in 0..n {
            let post = &exchange.posts[self.market];
            let (sellers, door) = (post.sellers(from), post.door(from));
            let mut rent = Money::ZERO;
            for to in (0..n).filter(|&to| to != from) {
                let mass = Mass(self.outcome.shipped(door, to));
                self.markets[self.market].shipped[from * n + to] = mass;
                if mass == Mass::ZERO {
                    continue;
                }
                let leg = post.legs[from * n + to].expect("bug: goods went where no leg leads");
                let market = &self.markets[self.market];
                let wedge = wedge(market, terms, leg, from, to);
                let per_tick = |ticks: i64| Price(ticks * market.tick.0).value(mass);
                let (freight, duty, tariff) = (per_tick(wedge.freight), per_tick(wedge.duty), per_tick(wedge.tariff));
                rent += self.price(to).value(mass) - self.price(sellers).value(mass) - freight - duty - tariff;
                self.ledger.pay(account, OUTSIDE, freight);
                if let (true, Some(nation)) = (duty > Money::ZERO, treasuries.nation_of(from)) {
                    let treasury = treasuries.of_mut(nation);
                    treasury.duty += duty;
                    self.ledger.pay(account, treasury.account, duty);
                }
                if let (true, Some(nation)) = (tariff > Money::ZERO, treasuries.nation_of(to)) {
                    let treasury = treasuries.of_mut(nation);
                    treasury.tariff += tariff;
                    self.ledger.pay(account, treasury.account, tariff);
                }
            }
            self.deal_rent(exchange, terms, treasuries, from, rent);
        }
    }

    /// The strategic share of a quota's rent, or all of it, to the treasury; the rest waits for the producers.
    fn deal_rent(
        &mut self,
        exchange: &Exchange,
        terms: &MarketTerms,
        treasuries: &mut Treasuries,
        from: RegionIx,
        rent: Money,
    ) {
        use crate::policy::export_quota::QuotaHolder;
        let Some(nation) = treasuries.nation_of(from).filter(|_| rent > Money::ZERO) else { return };
        let exports = terms.exports(from);
        let treasury = treasuries.of_mut(nation);
        let state = match exports.holder {
            QuotaHolder::Treasury => rent,
            QuotaHolder::Producers => rent.share_ppm(exports.strategic.0),
        };
        treasury.rent += state;
        treasury.producer_rent += rent - state;
        self.ledger.pay(self.markets[self.market].account, treasury.account, state);
        self.ledger.pay(self.markets[self.market].account, exchange.quota_office, rent - state);
    }

    /// Hands each buyer its metal: imports are dealt over the region's buyers in proportion, the rest is from here.
    fn deliver(
        &mut self,
        exchange: &mut Exchange,
        week: u32,
        directory: &Directory,
        pipelines: &mut Query<&mut Pipeline>,
    ) {
        let account = self.account();
        let n = self.markets[self.market].regions.len();
        for to in 0..n {
            let buyers = &mut exchange.buyers[to];
            buyers.sort_unstable();
            let mut open: Vec<i64> = buyers.iter().map(|agent| exchange.bought[agent.0 as usize].0).collect();
            let ties: Vec<u64> = buyers.iter().map(|agent| u64::from(agent.0)).collect();
            for from in (0..n).filter(|&from| from != to) {
                let mass = self.markets[self.market].shipped[from * n + to];
                if mass == Mass::ZERO {
                    continue;
                }
                let weeks = exchange.posts[self.market].legs[from * n + to].map_or(0, |leg| leg.weeks);
                deal(mass.0, &open, &ties, &mut exchange.parts);
                for ((agent, open), &part) in buyers.iter().zip(&mut open).zip(&exchange.parts) {
                    *open -= part;
                    let mut pipeline =
                        pipelines.get_mut(directory.entity(*agent)).expect("bug: a buyer without a pipeline");
                    if weeks == 0 {
                        self.ledger.transfer((account, Slot::Store), (*agent, pipeline.into), Mass(part));
                    } else {
                        pipeline.ship(week, weeks, Mass(part));
                        self.ledger.transfer((account, Slot::Store), (*agent, Slot::Transit), Mass(part));
                    }
                }
            }
            for (agent, &rest) in buyers.iter().zip(&open) {
                let pipeline = pipelines.get(directory.entity(*agent)).expect("bug: a buyer without a pipeline");
                self.ledger.transfer((account, Slot::Store), (*agent, pipeline.into), Mass(rest));
                exchange.bought[agent.0 as usize] = Mass::ZERO;
            }
        }
    }

    /// Writes the week's prices and quantities.
    fn quote(&mut self, exchange: &Exchange) {
        for region in 0..self.markets[self.market].regions.len() {
            let price = self.price(region);
            let state = &mut self.markets[self.market].regions[region];
            state.price = price;
            state.bought += Mass(self.outcome.demand[region]);
            state.sold += Mass(self.outcome.supply[exchange.posts[self.market].sellers(region)]);
        }
    }
}
