//! Offtake contracts: standing sales, delivered before the spot market trades what is left.
//!
//! A contract names seller, buyer, a quantity with a tolerance, and a price formula,
//! P = payable · mean of the benchmark + premium − charge, between floor and cap. The price is delivered to the buyer;
//! the seller pays freight and levies as the spot market has them. The buyer nominates the lower bound when spot is
//! below the price by more than a band, the upper one when it is above. A closed way is force majeure: nothing is
//! delivered, and both sides turn to the spot market. A quota is open to contracts first. Contracts are written in the
//! world, or made in the run: each quarter sellers and buyers are matched ([`matching`]).

use std::collections::BTreeMap;

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Directory, Trade};
use crate::buyer::Buyer;
use crate::calendar::Week;
use crate::digest::{Digest, Digestible, digest_fields};
use crate::firm::Owner;
use crate::ledger::{Account, Ledger, Slot};
use crate::market::{Market, Markets};
use crate::mine::Mine;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::outlook::Outlook;
use crate::plant::Plant;
use crate::policy::Policy;
use crate::sector::Sector;
use crate::seller::Seller;
use crate::setup::{Formula, Leg, MarketIx, NationIx, OfftakeRule, OfftakeTerms, Party, RegionIx, Setup};
use crate::shipping::Pipeline;
use crate::step::{Clock, Phase};
use crate::terms::{MarketTerms, Right, Terms};
use crate::trade::{hand_over, wedge};
use crate::units::{Mass, Money, Price, WEEKS_PER_YEAR, deal};

pub mod matching;

/// Most weeks over which a price formula takes a mean.
pub const LONGEST_MEAN: Week = 26;

/// Weeks of spot prices of which the price under a right is the mean.
const RIGHT_WEEKS: Week = 13;

/// Weeks over which a seller's record of deliveries is forgotten.
const RELIABILITY_MEMORY: f64 = 52.0;

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
}

impl Digestible for Contract {
    fn digest(&self, digest: &mut Digest) {
        digest.word(u64::from(self.seller.0) << 32 | u64::from(self.buyer.0));
        digest.add(&self.per_week);
        digest.word(u64::from(self.weeks.start) << 32 | u64::from(self.weeks.end));
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
    /// What it got.
    pub delivered: Mass,
    /// At what price.
    pub price: Price,
    /// Weeks on the way.
    pub weeks: Week,
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
    reliability: Vec<f64>,
    /// Each buyer's [`Buyer::blend`] and [`Buyer::contract_weeks`], by account.
    buyers: Vec<(f64, f64)>,
}

digest_fields!(Offtakes { contracts, means, reliability, buyers });

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
        let mean = |market: MarketIx, at: Option<RegionIx>, weeks| {
            let at = at.unwrap_or(region);
            self.means.of(market, at, weeks).unwrap_or_else(|| markets[market].price(at).real())
        };
        price(terms, mean)
    }
}

/// Price of a contract in cents per 1,000 quanta: payable · B + premium − charge, between floor and cap, never negative.
///
/// `benchmark` gives B, the mean of a market's price in a region (the buyer's when none is named) over some weeks.
pub fn price(terms: &OfftakeTerms, benchmark: impl FnOnce(MarketIx, Option<RegionIx>, u32) -> f64) -> f64 {
    let free = match terms.formula {
        Formula::Fixed(price) => price.real(),
        Formula::Benchmark { market, region, weeks, payable, premium, charge } => {
            payable * benchmark(market, region, weeks) + premium.real() - charge.real()
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
        reliability: vec![1.0; accounts],
        buyers: vec![(1.0, 0.0); accounts],
    };
    model.world.insert_resource(offtakes);
    model.add(Phase::Deliver, (conclude, call, settle, mix).chain());
    model.add(Phase::Observe, remember);
}

/// Whether goods may go from region to region this week, and how.
fn way(leg: Option<Leg>, terms: &MarketTerms, from: RegionIx, to: RegionIx) -> Option<Leg> {
    if from == to {
        return Some(Leg { cost: Price::ZERO, weeks: 0 });
    }
    leg.filter(|_| terms.exports(from).left() != Some(Mass::ZERO))
}

/// What a tonne pays on the way, in cents per 1,000 quanta.
fn way_cost(market: &Market, terms: &MarketTerms, leg: Leg, from: RegionIx, to: RegionIx) -> f64 {
    if from == to { 0.0 } else { (wedge(market, terms, leg, from, to).sum() * market.tick.0) as f64 }
}

/// Each quarter sellers and buyers who have something left are matched, rule by rule, nations' programs last.
fn conclude(
    clock: Res<Clock>,
    terms: Res<Terms>,
    markets: Res<Markets>,
    outlook: Res<Outlook>,
    mut offtakes: ResMut<Offtakes>,
    sellers: Query<(&Agent, &Seller), With<Owner>>,
    plants: Query<(&Agent, &Buyer), With<Plant>>,
    sectors: Query<(&Agent, &Buyer), With<Sector>>,
) {
    let week = clock.week;
    offtakes.contracts.retain(|contract| week < contract.weeks.end);
    let rules =
        offtakes.rules.iter().map(|rule| (0, rule)).chain(terms.programs.iter().map(|(from, rule)| (*from, rule)));
    let due: Vec<OfftakeRule> =
        rules.filter(|(from, _)| (week - from).is_multiple_of(QUARTER)).map(|(_, rule)| rule.clone()).collect();
    for rule in due {
        let mut offering: Vec<(&Agent, &Seller)> =
            sellers.iter().filter(|(_, seller)| seller.market == rule.market).collect();
        let ours = |(agent, buyer): &(&Agent, &Buyer)| {
            buyer.market == rule.market && rule.nation.is_none_or(|nation| agent.nation == nation)
        };
        let mut wanting: Vec<(&Agent, &Buyer)> = plants.iter().chain(&sectors).filter(ours).collect();
        offering.sort_by_key(|(agent, _)| agent.key);
        wanting.sort_by_key(|(agent, _)| agent.key);
        let table = Table { rule: &rule, markets: &markets, terms: terms.market(rule.market), outlook: &outlook };
        let held = matching::stable(&table.market(&offtakes, &offering, &wanting));
        let name = offtakes.place(&rule.name);
        for ((buyer, _), row) in wanting.iter().zip(&held) {
            for ((seller, _), &part) in offering.iter().zip(row).filter(|(_, part)| **part > 0) {
                offtakes.contracts.push(Contract {
                    name,
                    seller: seller.account,
                    buyer: buyer.account,
                    market: rule.market,
                    per_week: part as f64,
                    weeks: week..week.saturating_add(rule.tenor_weeks),
                    terms: rule.terms,
                });
            }
        }
    }
}

/// A table at which sellers and buyers of a market meet.
struct Table<'a> {
    rule: &'a OfftakeRule,
    markets: &'a Markets,
    terms: &'a MarketTerms,
    outlook: &'a Outlook,
}

impl Table<'_> {
    /// What a tonne would fetch without the contract: spot, which indexed contracts follow, or for a fixed price what
    /// spot is expected to be.
    fn alternative(&self, region: RegionIx) -> f64 {
        match self.rule.terms.formula {
            Formula::Fixed(_) => self.outlook.expected(self.rule.market, region),
            Formula::Benchmark { .. } => self.markets[self.rule.market].price(region).real(),
        }
    }

    /// Both sides' scores of a tonne from seller to buyer, each when that side accepts.
    ///
    /// Seller: P − way − alternative + a·λ, when what is left of P pays its cost and is not worse than its alternative by
    /// more than the band. Buyer: alternative − P·(1 + i·w) + ρ·π·E + a·λ, when that is not negative and P is worth paying;
    /// w years on the way and i interest, so that of equal sellers the nearer is preferred. a alignment of the nations, λ alliance premium, ρ reliability of the seller, π value of not running out, E expected
    /// price; cents per 1,000 quanta.
    fn scores(
        &self,
        offtakes: &Offtakes,
        (seller, sells): &(&Agent, &Seller),
        (buyer, buys): &(&Agent, &Buyer),
    ) -> (Option<f64>, Option<f64>) {
        let market = &self.markets[self.rule.market];
        let (from, to) = (seller.region, buyer.region);
        let Some(leg) = way(offtakes.leg(self.rule.market, from, to), self.terms, from, to) else {
            return (None, None);
        };
        let price = offtakes.price(&self.rule.terms, to, self.markets);
        let net = price - way_cost(market, self.terms, leg, from, to);
        let friends = offtakes.alignment[seller.nation * offtakes.nations + buyer.nation];
        let bonus = friends * self.rule.alliance_premium.real();
        let (outside, spot) = (self.alternative(from), market.price(from).real());
        let gain = net - outside + bonus;
        let sale = (net >= sells.floor && gain >= -self.rule.terms.band * spot).then_some(gain);
        let averted = buys.rule.stockout_value * self.outlook.expected(self.rule.market, to);
        let capital = price * buys.rule.interest * f64::from(leg.weeks) / WEEKS_PER_YEAR;
        let worth = self.alternative(to) - price - capital + offtakes.reliability(seller.account) * averted + bonus;
        let purchase = (worth >= 0.0 && price <= buys.limit).then_some(worth);
        (sale, purchase)
    }

    fn market(
        &self,
        offtakes: &Offtakes,
        sellers: &[(&Agent, &Seller)],
        buyers: &[(&Agent, &Buyer)],
    ) -> matching::Market {
        let bound = |party: &dyn Fn(&Contract) -> bool| -> f64 {
            offtakes.contracts.iter().filter(|contract| party(contract)).map(|contract| contract.per_week).sum()
        };
        let offers = sellers.iter().map(|(agent, seller)| {
            let sold = bound(&|contract| contract.seller == agent.account);
            Mass::floor(self.rule.share_of_output * seller.sales - sold).0
        });
        let wants = buyers.iter().map(|(agent, buyer)| {
            let bought = bound(&|contract| contract.buyer == agent.account);
            Mass::floor(self.rule.share_of_need * buyer.need - bought).0
        });
        let scores: Vec<Vec<_>> = sellers
            .iter()
            .map(|seller| buyers.iter().map(|buyer| self.scores(offtakes, seller, buyer)).collect())
            .collect();
        // Both lists are in order of key, so that a stable sort leaves ties to the lower key.
        let order = |scores: Vec<Option<f64>>| -> Vec<usize> {
            let mut order: Vec<usize> = (0..scores.len()).filter(|&place| scores[place].is_some()).collect();
            order.sort_by(|&a, &b| scores[b].unwrap_or_default().total_cmp(&scores[a].unwrap_or_default()));
            order
        };
        let lists = scores.iter().map(|row| order(row.iter().map(|(sale, _)| *sale).collect())).collect();
        let ranks = (0..buyers.len()).map(|buyer| {
            let order = order(scores.iter().map(|row| row[buyer].1).collect());
            (0..sellers.len()).map(|seller| order.iter().position(|&other| other == seller)).collect()
        });
        matching::Market { offers: offers.collect(), wants: wants.collect(), ranks: ranks.collect(), lists }
    }
}

/// Buyers nominate, sellers deal what they have, and a quota what it leaves: what will be delivered.
fn call(
    clock: Res<Clock>,
    terms: Res<Terms>,
    markets: Res<Markets>,
    ledger: Res<Ledger>,
    mut offtakes: ResMut<Offtakes>,
    sellers: Query<(&Agent, &Seller, &Owner)>,
    plants: Query<(&Agent, &Buyer), With<Plant>>,
    sectors: Query<(&Agent, &Buyer), With<Sector>>,
) {
    let offering: BTreeMap<Account, (&Agent, &Seller, &Owner)> =
        sellers.iter().map(|found| (found.0.account, found)).collect();
    let wanting: BTreeMap<Account, (&Agent, &Buyer)> =
        plants.iter().chain(&sectors).map(|found| (found.0.account, found)).collect();
    let mut open: Vec<Open> = Vec::new();
    for contract in offtakes.contracts.iter().filter(|contract| contract.weeks.contains(&clock.week)) {
        let region = wanting[&contract.buyer].0.region;
        let price = offtakes.price(&contract.terms, region, &markets);
        let spot = markets[contract.market].price(region).real();
        let Contract { name, seller, buyer, market, .. } = *contract;
        let quantity = Mass::floor(nominate(contract.per_week, spot, price, &contract.terms));
        open.push(Open { name, seller, buyer, market, price, quantity });
    }
    for right in &terms.rights {
        let (agent, seller, _) = offering[&offtakes.mines[right.mine]];
        divide_right(right, agent, seller, &offtakes, &markets, &wanting, &mut open);
    }

    let mut room: BTreeMap<Account, (Mass, f64)> = BTreeMap::new();
    let mut deliveries = Vec::with_capacity(open.len());
    for Open { name, seller, buyer, market, price, quantity } in open {
        let (from, sells, owner) = offering[&seller];
        let (to, buys) = wanting[&buyer];
        let leg = way(offtakes.leg(market, from.region, to.region), terms.market(market), from.region, to.region);
        let force_majeure = leg.is_none();
        let price = Price::nearest(price);
        let (space, cash) = room.entry(buyer).or_insert_with(|| {
            let held = ledger.mass(buyer, buys.into) + ledger.mass(buyer, Slot::Transit);
            let cash = buys.credit.map_or(f64::INFINITY, |credit| (ledger.money(buyer) + credit).or_zero().real());
            // Beyond its cover a buyer defers: it has no way to sell on.
            (Mass::floor(buys.cover() - held.real()), cash)
        });
        let payable = if price > Price::ZERO { *cash / price.real() } else { f64::INFINITY };
        let nominated = quantity.min(*space).min(Mass::floor(payable));
        if !force_majeure {
            *space -= nominated;
            *cash -= price.value(nominated).real();
        }
        let delivered = if force_majeure { Mass::ZERO } else { nominated };
        debug_assert_eq!(sells.market, market, "a contract for what its seller does not make");
        deliveries.push(Delivery {
            name,
            seller,
            buyer,
            market,
            owner: owner.nation,
            nations: (from.nation, to.nation),
            nominated,
            delivered,
            price,
            weeks: leg.map_or(0, |leg| leg.weeks),
            force_majeure,
        });
    }
    let key = |delivery: &Delivery| offering[&delivery.seller].0.key ^ wanting[&delivery.buyer].0.key.rotate_left(17);
    let sellers = offering.keys().map(|&seller| (ledger.mass(seller, Slot::Store), seller));
    for (stock, seller) in sellers {
        share_out(&mut deliveries, stock, |delivery| delivery.seller == seller, key);
    }
    let region = |delivery: &Delivery| (offering[&delivery.seller].0.region, wanting[&delivery.buyer].0.region);
    for market in 0..markets.len() {
        for from in 0..offtakes.means.regions {
            if let Some(left) = terms.market(market).exports(from).left() {
                let leaves = |d: &Delivery| d.market == market && region(d).0 == from && region(d).1 != from;
                share_out(&mut deliveries, left, leaves, key);
            }
        }
    }
    offtakes.keep_record(&deliveries);
    offtakes.deliveries = deliveries;
}

/// What a buyer may call for this week; price in cents per 1,000 quanta.
struct Open {
    name: usize,
    seller: Account,
    buyer: Account,
    market: MarketIx,
    price: f64,
    quantity: Mass,
}

/// Deals a right's share of the week's output over the nation's buyers by their need.
fn divide_right(
    right: &Right,
    agent: &Agent,
    seller: &Seller,
    offtakes: &Offtakes,
    markets: &Markets,
    wanting: &BTreeMap<Account, (&Agent, &Buyer)>,
    open: &mut Vec<Open>,
) {
    let ours = |(agent, buyer): &&(&Agent, &Buyer)| agent.nation == right.nation && buyer.market == seller.market;
    let buyers: Vec<&(&Agent, &Buyer)> = wanting.values().filter(ours).collect();
    let needs: Vec<i64> = buyers.iter().map(|(_, buyer)| Mass::floor(buyer.need).0).collect();
    let ties: Vec<u64> = buyers.iter().map(|(agent, _)| agent.key).collect();
    let formula = Formula::Benchmark {
        market: seller.market,
        region: None,
        weeks: RIGHT_WEEKS,
        payable: right.payable,
        premium: Price::ZERO,
        charge: Price::ZERO,
    };
    let terms = OfftakeTerms { tolerance: 0.0, band: 0.0, formula, floor: None, cap: None };
    let mut parts = Vec::new();
    deal(Mass::floor(right.share * seller.output).0, &needs, &ties, &mut parts);
    for ((buyer, _), part) in buyers.into_iter().zip(parts) {
        open.push(Open {
            name: offtakes.place(&right.name),
            seller: agent.account,
            buyer: buyer.account,
            market: seller.market,
            price: offtakes.price(&terms, buyer.region, markets),
            quantity: Mass(part),
        });
    }
}

/// Cuts the deliveries that share a limit in proportion, when together they exceed it.
fn share_out(
    deliveries: &mut [Delivery],
    limit: Mass,
    shares: impl Fn(&Delivery) -> bool,
    key: impl Fn(&Delivery) -> u64,
) {
    let sum: Mass = deliveries.iter().filter(|d| shares(d)).map(|d| d.delivered).sum();
    if sum <= limit {
        return;
    }
    let (weights, ties): (Vec<i64>, Vec<u64>) =
        deliveries.iter().filter(|d| shares(d)).map(|d| (d.delivered.0, key(d))).unzip();
    let mut parts = Vec::new();
    deal(limit.0, &weights, &ties, &mut parts);
    for (delivery, part) in deliveries.iter_mut().filter(|d| shares(d)).zip(parts) {
        delivery.delivered = Mass(part);
    }
}

impl Offtakes {
    /// What a seller delivered of what was nominated enters its record.
    fn keep_record(&mut self, deliveries: &[Delivery]) {
        let mut sums: BTreeMap<Account, (Mass, Mass)> = BTreeMap::new();
        for delivery in deliveries {
            let (nominated, delivered) = sums.entry(delivery.seller).or_default();
            *nominated += delivery.nominated;
            *delivered += delivery.delivered;
        }
        for (seller, (nominated, delivered)) in sums.into_iter().filter(|(_, sums)| sums.0 > Mass::ZERO) {
            let kept = &mut self.reliability[seller.0 as usize];
            *kept += (delivered.real() / nominated.real() - *kept) / RELIABILITY_MEMORY;
        }
    }
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
            terms.market_mut(ix).exports_mut(from).contracted += mass;
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

/// Buyers see what their metal costs them, and how much longer than planned what was delivered is on the way: by Little's
/// law Σ q·max(0, L_c − L) more is under way, q a week's delivery, L_c its way and L the lead planned with, in weeks.
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
        OfftakeTerms { tolerance: 0.1, band: 0.02, formula, floor: None, cap: None }
    }

    const BENCHMARK: Formula = Formula::Benchmark {
        market: 1,
        region: Some(2),
        weeks: 4,
        payable: 0.8,
        premium: Price(50),
        charge: Price(150),
    };

    #[test]
    fn the_formula_pays_its_share_of_the_benchmark_between_floor_and_cap() {
        // 0.8 · 1,000 + 50 − 150.
        let mean = |market, region, weeks| {
            assert_eq!((market, region, weeks), (1, Some(2), 4));
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
        assert!(price(&terms(BENCHMARK), |_, _, _| 100.0).abs() < 1e-12);
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
