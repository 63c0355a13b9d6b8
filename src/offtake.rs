//! Offtake contracts: standing sales, delivered before the spot market trades what is left.
//!
//! A contract names seller, buyer, a quantity with a tolerance, and a price formula,
//! P = payable · mean of the benchmark + premium − charge, between floor and cap. The price is delivered to the buyer;
//! the seller pays freight and levies as the spot market has them. The buyer nominates the lower bound when spot is
//! below the price by more than a band, the upper one when it is above. A closed way is force majeure: nothing is
//! delivered, and both sides turn to the spot market. A quota is open to contracts first. Contracts are written in the
//! world, or made in the run: each quarter sellers and buyers are matched ([`matching`]).

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Directory, Trade};
use crate::buyer::Buyer;
use crate::calendar::Week;
use crate::digest::{Digest, Digestible, digest_fields};
use crate::ledger::{Account, Ledger};
use crate::market::{Market, Markets};
use crate::mine::Mine;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::plant::Plant;
use crate::policy::Policy;
use crate::sector::Sector;
use crate::seller::Seller;
use crate::setup::{
    CurrencyIx, Formula, Leg, MarketIx, NationIx, OfftakeRule, OfftakeTerms, Party, Quotation, RegionIx, Setup,
};
use crate::shipping::Pipeline;
use crate::step::{Clock, Phase};
use crate::terms::{MarketTerms, Terms};
use crate::trade::{hand_over, wedge};
use crate::units::{Mass, Money, Price, WEEKS_PER_YEAR};

mod call;
mod conclude;
pub mod matching;
mod pricing;

/// Most weeks over which a price formula takes a mean.
pub const LONGEST_MEAN: Week = 26;

/// Weeks over which a buyer averages how far away its contracts' goods are.
const WAY_MEMORY: f64 = 8.0;

/// Weeks from matching to matching.
const QUARTER: Week = 13;

/// A contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Place of its name in [`names`].
    pub name: usize,
    /// Seller.
    pub seller: Account,
    /// Buyer.
    pub buyer: Account,
    /// Market.
    pub market: MarketIx,
    /// Quanta a week.
    pub per_week: f64,
    /// Weeks in which it is delivered.
    pub weeks: std::ops::Range<Week>,
    /// Price and nomination.
    pub terms: OfftakeTerms,
    /// What of the price was bargained for when it was made.
    pub bargained: Price,
}

impl Digestible for Contract {
    fn digest(&self, digest: &mut Digest) {
        digest.word(u64::from(self.seller.0) << 32 | u64::from(self.buyer.0));
        digest.add(&self.per_week);
        digest.word(u64::from(self.weeks.start) << 32 | u64::from(self.weeks.end));
        // What else there is of its terms follows from the world; whether it follows futures a decree decides.
        if let Formula::Benchmark { of: Quotation::Futures(contract), premium, .. } = self.terms.formula {
            digest.word(contract as u64);
            digest.add(&premium);
        }
        self.terms.currency.iter().for_each(|currency| digest.word(*currency as u64));
        if self.bargained != Price::ZERO {
            digest.add(&self.bargained);
        }
    }
}

/// A week's delivery under a contract or a right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delivery {
    /// Place of its name in [`names`].
    pub name: usize,
    /// Seller.
    pub seller: Account,
    /// Buyer.
    pub buyer: Account,
    /// Market.
    pub market: MarketIx,
    /// Nationality of the seller's owner.
    pub owner: NationIx,
    /// Nation of the seller and nation of the buyer.
    pub nations: (NationIx, NationIx),
    /// What the buyer asked for.
    pub nominated: Mass,
    /// What it would have asked for beyond that, had it room and money.
    pub deferred: Mass,
    /// What it got.
    pub delivered: Mass,
    /// At what price.
    pub price: Price,
    /// What the price follows; nothing when it is fixed.
    pub follows: Option<Quotation>,
    /// Currency that it is settled in; the dollar when there is none.
    pub currency: Option<CurrencyIx>,
    /// Weeks on the way.
    pub weeks: Week,
    /// Whether it will be called for again next week.
    pub goes_on: bool,
    /// Whether the way was closed.
    pub force_majeure: bool,
}

/// Contracts, what prices they follow, and how sellers kept theirs.
#[derive(Resource, Debug)]
pub struct Offtakes {
    names: Vec<String>,
    rules: Vec<OfftakeRule>,
    legs: Vec<Vec<Option<Leg>>>,
    alignment: Vec<f64>,
    nations: usize,
    mines: Vec<Account>,
    /// Contracts in force or to come.
    pub contracts: Vec<Contract>,
    /// This week's deliveries.
    pub deliveries: Vec<Delivery>,
    means: Means,
    quoted: pricing::Quoted,
    reliability: Vec<f64>,
    /// Each buyer's [`Buyer::blend`] and [`Buyer::contract_weeks`], by account.
    buyers: Vec<(f64, f64)>,
}

digest_fields!(Offtakes { contracts, means, quoted, reliability, buyers });

impl Offtakes {
    /// Share of what was nominated that a seller delivered, of late.
    #[must_use]
    pub fn reliability(&self, seller: Account) -> f64 {
        self.reliability[seller.0 as usize]
    }

    fn place(&self, name: &str) -> usize {
        self.names.iter().position(|other| other == name).expect("bug: a contract without a name")
    }

    fn leg(&self, market: MarketIx, from: RegionIx, to: RegionIx) -> Option<Leg> {
        let regions = self.means.regions;
        self.legs[market][from * regions + to]
    }

    /// Price of a contract this week, in cents per 1,000 quanta, delivered in a region.
    fn price(&self, terms: &OfftakeTerms, region: RegionIx, markets: &Markets) -> f64 {
        let spot = |market: MarketIx, at: RegionIx, weeks| {
            self.means.of(market, at, weeks).unwrap_or_else(|| markets[market].price(at).real())
        };
        price(terms, |quotation, weeks| match quotation {
            Quotation::Spot(market, at) => spot(market, at.unwrap_or(region), weeks),
            Quotation::Futures(contract) => self.quoted.mean(contract, weeks, self.means.seen, markets),
        })
    }
}

/// Price of a contract in cents per 1,000 quanta: payable · B + premium − charge, between floor and cap, never negative.
///
/// `benchmark` gives B, the mean of a quotation over some weeks.
pub fn price(terms: &OfftakeTerms, benchmark: impl FnOnce(Quotation, u32) -> f64) -> f64 {
    let free = match terms.formula {
        Formula::Fixed(price) => price.real(),
        Formula::Benchmark { of, weeks, payable, premium, charge } => {
            payable * benchmark(of, weeks) + premium.real() - charge.real()
        }
    };
    let raised = terms.floor.map_or(free, |floor| free.max(floor.real()));
    terms.cap.map_or(raised, |cap| raised.min(cap.real())).max(0.0)
}

/// What a buyer takes of a quantity: less when spot is cheaper than the contract by more than the band, more when it is
/// dearer. Prices in the same unit.
#[must_use]
pub fn nominate(quantity: f64, spot: f64, price: f64, terms: &OfftakeTerms) -> f64 {
    if spot < price * (1.0 - terms.band) {
        quantity * (1.0 - terms.tolerance)
    } else if spot > price * (1.0 + terms.band) {
        quantity * (1.0 + terms.tolerance)
    } else {
        quantity
    }
}

/// Prices of the last weeks, by market and region.
#[derive(Debug)]
struct Means {
    regions: usize,
    seen: Week,
    prices: Vec<[f64; LONGEST_MEAN as usize]>,
}

digest_fields!(Means { seen, prices });

impl Digestible for [f64; LONGEST_MEAN as usize] {
    fn digest(&self, digest: &mut Digest) {
        self.as_slice().digest(digest);
    }
}

impl Means {
    fn of(&self, market: MarketIx, region: RegionIx, weeks: Week) -> Option<f64> {
        let weeks = weeks.min(self.seen);
        let ring = &self.prices[market * self.regions + region];
        let sum: f64 = (1..=weeks).map(|back| ring[((self.seen - back) % LONGEST_MEAN) as usize]).sum();
        (weeks > 0).then(|| sum / f64::from(weeks))
    }
}

/// What records call contracts: those written, the rules of the world, then what nations run.
#[must_use]
pub fn names(setup: &Setup) -> Vec<String> {
    let written = setup.offtakes.iter().map(|offtake| offtake.id.to_string());
    let rules = setup.offtake_rules.iter().map(|rule| rule.name.clone());
    let policies = setup.nations.iter().flat_map(|nation| nation.policies.iter().map(|(_, policy)| policy));
    let run = policies.filter_map(|policy| match policy {
        Policy::OfftakeProgram(program) => Some(program.rule.name.clone()),
        Policy::OverseasInvestment(investment) => Some(investment.name.clone()),
        Policy::SecurityForResources(pact) => Some(pact.name.clone()),
        _ => None,
    });
    let mut names: Vec<String> = Vec::new();
    for name in written.chain(rules).chain(run) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Adds contracts to a world that has any.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    let names = names(setup);
    if names.is_empty() {
        return;
    }
    let (mut mines, mut plants, mut sectors) = (Vec::new(), Vec::new(), Vec::new());
    model.each::<(&Agent, &Mine)>(|(agent, _)| mines.push(agent.account));
    model.each::<(&Agent, &Plant)>(|(agent, _)| plants.push(agent.account));
    model.each::<(&Agent, &Sector)>(|(agent, _)| sectors.push(agent.account));
    let account = |party| match party {
        Party::Mine(index) => mines[index],
        Party::Plant(index) => plants[index],
        Party::Sector(index) => sectors[index],
    };
    let market = |seller| match seller {
        Party::Mine(index) => setup.mines[index].market,
        Party::Plant(index) => setup.plants[index].product,
        Party::Sector(index) => setup.sectors[index].market,
    };
    let contract = |(name, offtake): (usize, &crate::setup::Offtake)| Contract {
        name,
        seller: account(offtake.seller),
        buyer: account(offtake.buyer),
        market: market(offtake.seller),
        per_week: offtake.quantity_per_year.real() / WEEKS_PER_YEAR,
        weeks: offtake.weeks.clone(),
        terms: offtake.terms,
        bargained: Price::ZERO,
    };
    let accounts = model.world.resource::<Ledger>().accounts().count();
    let regions = setup.regions.len();
    let offtakes = Offtakes {
        contracts: setup.offtakes.iter().enumerate().map(contract).collect(),
        names,
        rules: setup.offtake_rules.clone(),
        legs: setup.markets.iter().map(|market| market.legs.clone()).collect(),
        alignment: setup.alignment.clone(),
        nations: setup.nations.len(),
        mines,
        deliveries: Vec::new(),
        means: Means { regions, seen: 0, prices: vec![[0.0; LONGEST_MEAN as usize]; setup.markets.len() * regions] },
        quoted: pricing::Quoted::new(setup),
        reliability: vec![1.0; accounts],
        buyers: vec![(1.0, 0.0); accounts],
    };
    model.world.insert_resource(offtakes);
    model.add(Phase::Deliver, (conclude::conclude, call::call, settle, mix).chain());
    model.add(Phase::Observe, remember);
    // After the week's sessions.
    model.add(Phase::Decide, pricing::remember);
}

/// Whether goods may go from region to region this week, and how.
fn way(leg: Option<Leg>, terms: &MarketTerms, from: RegionIx, to: RegionIx) -> Option<Leg> {
    if from == to {
        return Some(Leg { cost: Price::ZERO, weeks: 0 });
    }
    leg.filter(|_| terms.open(from, to))
}

/// What a tonne pays on the way, in cents per 1,000 quanta.
fn way_cost(market: &Market, terms: &MarketTerms, leg: Leg, from: RegionIx, to: RegionIx) -> f64 {
    if from == to { 0.0 } else { (wedge(market, terms, leg, from, to).sum() * market.tick.0) as f64 }
}

/// Metal and money change hands: the buyer pays the price, the seller freight and levies.
fn settle(
    clock: Res<Clock>,
    offtakes: Res<Offtakes>,
    directory: Res<Directory>,
    mut terms: ResMut<Terms>,
    mut markets: ResMut<Markets>,
    mut ledger: ResMut<Ledger>,
    mut treasuries: ResMut<Treasuries>,
    agents: Query<&Agent>,
    mut sellers: Query<&mut Seller>,
    mut trades: Query<&mut Trade>,
    mut pipelines: Query<&mut Pipeline>,
) {
    const PARTY: &str = "bug: a party to a contract that trades nothing";
    let delivered = |delivery: &&Delivery| delivery.delivered > Mass::ZERO;
    for &Delivery { seller, buyer, market: ix, delivered: mass, price, .. } in
        offtakes.deliveries.iter().filter(delivered)
    {
        let [sells, buys] = [seller, buyer].map(|account| directory.entity(account));
        let region = |entity| agents.get(entity).expect(PARTY).region;
        let (from, to) = (region(sells), region(buys));
        let market = &mut markets[ix];
        let value = price.value(mass);
        ledger.pay(buyer, seller, value);
        let (mut cost, mut weeks) = (Money::ZERO, 0);
        if from != to {
            let leg = offtakes.leg(ix, from, to).expect("bug: a contract where no leg leads");
            let wedge = wedge(market, terms.market(ix), leg, from, to);
            cost = wedge.pay(seller, market.tick, mass, (from, to), &mut ledger, &mut treasuries);
            weeks = leg.weeks;
            let regions = market.regions.len();
            market.shipped[from * regions + to] += mass;
            let terms = terms.market_mut(ix);
            terms.exports_mut(from).contracted += mass;
            terms.lane_mut(from, to).contracted += mass;
        }
        let mut pipeline = pipelines.get_mut(buys).expect(PARTY);
        hand_over(&mut ledger, &mut pipeline, seller, buyer, mass, clock.week, weeks);
        market.regions[from].sold += mass;
        market.regions[to].bought += mass;
        let mut sale = trades.get_mut(sells).expect(PARTY);
        sale.sold += mass;
        // What it gets at its gate: royalties look at that.
        sale.earned += (value - cost).or_zero();
        let mut purchase = trades.get_mut(buys).expect(PARTY);
        purchase.bought += mass;
        purchase.contracted += mass;
        purchase.spent += value;
        let mut seller = sellers.get_mut(sells).expect(PARTY);
        seller.output = (seller.output - mass.real()).max(0.0);
    }
}

/// What a unit of need costs against spot, given the quantity and value of what came under contracts; the rest of the
/// need is bought at spot.
///
/// (v + max(0, n − q)·p) / (max(n, q)·p), v value in mills, q and n in quanta, p in cents per 1,000 quanta.
#[must_use]
pub fn blend(quantity: f64, value: f64, need: f64, spot: f64) -> f64 {
    if quantity <= 0.0 {
        return 1.0;
    }
    (value + (need - quantity).max(0.0) * spot) / (need.max(quantity) * spot)
}

/// Buyers see what their metal costs them, what their contracts will be called for, and how much longer than planned
/// what was delivered is on the way: by Little's law Σ q·max(0, L_c − L) more is under way, q a week's delivery, L_c its
/// way and L the lead planned with, in weeks.
fn mix(markets: Res<Markets>, mut offtakes: ResMut<Offtakes>, mut buyers: Query<(&Agent, &mut Buyer)>) {
    let Offtakes { deliveries, buyers: known, .. } = &mut *offtakes;
    for (agent, mut buyer) in &mut buyers {
        let own = deliveries.iter().filter(|delivery| delivery.buyer == agent.account);
        let add = |(mass, value), delivery: &Delivery| {
            (mass + delivery.delivered, value + delivery.price.value(delivery.delivered))
        };
        let (mass, value) = own.fold((Mass::ZERO, Money::ZERO), add);
        let spot = markets[buyer.market].price(agent.region).real();
        buyer.blend = blend(mass.real(), value.real(), buyer.need, spot);
        let own = deliveries.iter().filter(|delivery| delivery.buyer == agent.account);
        let longer =
            |delivery: &Delivery| delivery.delivered.real() * (f64::from(delivery.weeks) - buyer.lead_weeks).max(0.0);
        let under_way: f64 = own.map(longer).sum();
        let weeks = if buyer.need > 0.0 { under_way / buyer.need } else { 0.0 };
        buyer.contract_weeks += (weeks - buyer.contract_weeks) / WAY_MEMORY;
        // As much as this week, but for what the buyer itself put off; a way that is closed brings nothing.
        let goes_on =
            |delivery: &&Delivery| delivery.buyer == agent.account && delivery.goes_on && !delivery.force_majeure;
        let called = deliveries.iter().filter(goes_on).map(|delivery| delivery.delivered + delivery.deferred);
        buyer.due = called.sum::<Mass>().real();
        known[agent.account.0 as usize] = (buyer.blend, buyer.contract_weeks);
    }
}

/// The week's prices enter the means that contracts follow.
fn remember(markets: Res<Markets>, mut offtakes: ResMut<Offtakes>) {
    let Means { regions, seen, prices } = &mut offtakes.means;
    for (ix, market) in markets.all().enumerate() {
        for (region, state) in market.regions.iter().enumerate() {
            prices[ix * *regions + region][(*seen % LONGEST_MEAN) as usize] = state.price.real();
        }
    }
    *seen += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(formula: Formula) -> OfftakeTerms {
        OfftakeTerms { tolerance: 0.1, band: 0.02, formula, floor: None, cap: None, currency: None }
    }

    const BENCHMARK: Formula = Formula::Benchmark {
        of: Quotation::Spot(1, Some(2)),
        weeks: 4,
        payable: 0.8,
        premium: Price(50),
        charge: Price(150),
    };

    #[test]
    fn the_formula_pays_its_share_of_the_benchmark_between_floor_and_cap() {
        // 0.8 · 1,000 + 50 − 150.
        let mean = |quotation, weeks| {
            assert_eq!((quotation, weeks), (Quotation::Spot(1, Some(2)), 4));
            1_000.0
        };
        let free = terms(BENCHMARK);
        let floored = OfftakeTerms { floor: Some(Price(720)), ..free };
        let capped = OfftakeTerms { cap: Some(Price(650)), ..free };
        for (terms, paid) in
            [(free, 700.0), (floored, 720.0), (capped, 650.0), (terms(Formula::Fixed(Price(900))), 900.0)]
        {
            assert!((price(&terms, mean) - paid).abs() < 1e-9, "{terms:?}");
        }
    }

    #[test]
    fn a_charge_beyond_the_benchmark_makes_the_metal_free_and_no_more() {
        assert!(price(&terms(BENCHMARK), |_, _| 100.0).abs() < 1e-12);
    }

    #[test]
    fn buyers_use_their_tolerance_when_spot_leaves_the_band() {
        let terms = terms(BENCHMARK);
        for (spot, taken) in [(970.0, 90.0), (985.0, 100.0), (1_015.0, 100.0), (1_030.0, 110.0)] {
            assert!((nominate(100.0, spot, 1_000.0, &terms) - taken).abs() < 1e-9, "{spot}");
        }
    }

    #[test]
    fn need_beyond_the_contract_costs_spot() {
        // 60 at 50 and 40 at 100, against 100 at 100; what comes beyond need is bought all the same.
        for (quantity, value, against_spot) in [(60.0, 3_000.0, 0.7), (0.0, 0.0, 1.0), (200.0, 10_000.0, 0.5)] {
            assert!((blend(quantity, value, 100.0, 100.0) - against_spot).abs() < 1e-12, "{quantity}");
        }
    }

    #[test]
    fn a_mean_takes_the_last_weeks_and_fewer_at_the_start() {
        let mut means = Means { regions: 1, seen: 0, prices: vec![[0.0; LONGEST_MEAN as usize]] };
        assert_eq!(means.of(0, 0, 4), None);
        for week in 0..40_u32 {
            means.prices[0][(week % LONGEST_MEAN) as usize] = f64::from(week);
            means.seen += 1;
            let weeks = 4.min(week + 1);
            let expected = f64::from(week) - f64::from(weeks - 1) / 2.0;
            assert!((means.of(0, 0, 4).expect("seen") - expected).abs() < 1e-9, "{week}");
        }
    }
}
