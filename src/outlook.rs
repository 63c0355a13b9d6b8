//! What firms expect of prices some weeks ahead.
//!
//! The forecast mixes two views, ln E = (1 − w)·ln A + w·ln F. A is adaptive: it follows the region's price and forgets
//! over τ weeks; where a world says so, firms choose between it and a forecast by the trend. F reads the balance ahead:
//! metal in reach over the horizon against what is needed, F = p̄·(available / needed)^(−1/ε), with p̄ the long-run price
//! where the region lies and ε the sum of elasticities; for a cut of share s this is the closed form (1 − s)^(−1/ε). Announced export ceilings enter the balance before they bind: a nation
//! whose exports will be held back counts apart, its metal short abroad and long at home, so buyers stock up and
//! holders inside sell. News moves everyone's view together: E is multiplied by e^n, n = φ·n₋₁ + ε. Processors' output
//! ahead is bounded by the feed in reach, so a shortage upstream is foreseen downstream; and since nobody processes at a
//! loss for long, a product's F is at least what it will cost by the cheapest way of making it, F of the feed over
//! recovery plus conversion.

mod ahead;
mod curve;
mod forecast;
mod location;

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::calendar::Week;
use crate::digest::{Digest, Digestible};
use crate::futures::Futures;
use crate::ledger::{Ledger, Slot};
use crate::market::Markets;
use crate::math;
use crate::plant::Plant;
use crate::policy::contract_for_difference::expected;
use crate::reserve::Reserve;
use crate::seller::Seller;
use crate::setup::{Expectations, MarketIx, News, RegionIx, Setup};
use crate::step::Clock;
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::{MarketTerms, Terms};
use crate::units::{Mass, PPM, WEEKS_PER_YEAR};

pub(crate) use ahead::Ahead;
use curve::Curve;
use forecast::Record;

const NEWS: Purpose = Purpose::new("outlook.news");

/// Weeks over which firms average a region's output.
const OUTPUT_MEMORY: f64 = 8.0;

/// The shared forecast of every market and region.
#[derive(Resource, Debug, Clone)]
pub struct Outlook {
    regions: usize,
    /// Long-run price by market and region.
    long_run: Vec<f64>,
    adaptive: Vec<f64>,
    output: Vec<f64>,
    expected: Vec<f64>,
    /// By market, what curves of futures say where there are any.
    curves: Vec<Option<Curve>>,
    rules: Vec<Expectations>,
    /// Where firms choose among forecasts, by market and region: what they choose by.
    records: Vec<Option<Record>>,
    news: Vec<f64>,
    minerals: Vec<(u64, News)>,
    routes: Vec<Route>,
    ahead: Vec<f64>,
    balance: Vec<Balance>,
    /// Output that plants mean to make if they get the feed, by route and region.
    processed: Vec<f64>,
    /// What guarantees are expected to pay on it, in all.
    promised: Vec<f64>,
    /// Share of the need that is in reach, by market and region.
    reach: Vec<f64>,
    /// Regions that ways join have the same number, counted from 0, by market and region.
    joined: Vec<usize>,
    scratch: Zones,
}

impl Digestible for Outlook {
    fn digest(&self, digest: &mut Digest) {
        for state in [&self.adaptive, &self.output, &self.expected, &self.news] {
            digest.add(state);
        }
        self.records.iter().flatten().for_each(|record| digest.add(record));
    }
}

/// A way of making a market's metal: from which feed, and what it takes, averaged by capacity over the plants that are
/// there, or over projects where there are only those.
#[derive(Debug, Clone, Copy)]
struct Route {
    feed: MarketIx,
    product: MarketIx,
    /// Product from feed.
    recovery: f64,
    /// Cost of making the product, in cents per 1,000 quanta.
    conversion_cost: f64,
    /// Whether a plant is there from the start.
    there: bool,
}

impl Route {
    /// Every pair of feed and product that a plant joins, in order of product.
    fn all(setup: &Setup) -> Vec<Self> {
        let mut pairs: Vec<_> = setup.plants.iter().map(|plant| (plant.product, plant.feed)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs.into_iter().map(|(product, feed)| Self::of(setup, feed, product)).collect()
    }

    fn of(setup: &Setup, feed: MarketIx, product: MarketIx) -> Self {
        let on_it = |plant: &&crate::setup::Plant| plant.feed == feed && plant.product == product;
        let there = setup.plants.iter().filter(on_it).any(|plant| plant.project.is_none());
        let plants = || setup.plants.iter().filter(on_it).filter(|plant| plant.project.is_none() == there);
        let capacity: f64 = plants().map(|plant| plant.capacity_per_year.real()).sum();
        let mean = |value: fn(&crate::setup::Plant) -> f64| {
            plants().map(|plant| value(plant) * plant.capacity_per_year.real()).sum::<f64>() / capacity
        };
        Self {
            feed,
            product,
            recovery: mean(|plant| plant.recovery.share()),
            conversion_cost: mean(|plant| plant.conversion_cost.real()),
            there,
        }
    }
}

/// What firms see of a region's market, in quanta.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Balance {
    /// Held by firms and under way to them.
    stock: f64,
    /// Weekly output of mines and recyclers.
    mined: f64,
    /// Weekly need.
    need: f64,
}

/// Balances pooled by zone: the open regions that ways join together, each restricted region apart.
#[derive(Debug, Clone, Default)]
struct Zones {
    /// Zone of each region; first come the open ones, one for all regions that ways join.
    of: Vec<usize>,
    available: Vec<f64>,
    needed: Vec<f64>,
}

impl Outlook {
    pub(crate) fn new(setup: &Setup) -> Self {
        let regions = setup.regions.len();
        let cells = setup.markets.len() * regions;
        let routes = Route::all(setup);
        let opening: Vec<f64> =
            setup.markets.iter().flat_map(|market| vec![market.opening_price.real(); regions]).collect();
        let long_run = (0..setup.markets.len()).flat_map(|market| location::long_run_prices(setup, market)).collect();
        Self {
            regions,
            long_run,
            adaptive: opening.clone(),
            ahead: opening.clone(),
            processed: vec![0.0; routes.len() * regions],
            promised: vec![0.0; routes.len() * regions],
            routes,
            reach: vec![1.0; cells],
            records: setup.markets.iter().flat_map(|market| vec![record(setup, market); regions]).collect(),
            output: vec![-1.0; cells],
            expected: opening,
            curves: (0..setup.markets.len()).map(|market| Curve::of(setup, market)).collect(),
            news: vec![0.0; setup.minerals.len()],
            minerals: setup.minerals.iter().map(|m| (m.id.key("mineral"), m.expectations.news)).collect(),
            rules: setup.markets.iter().map(|market| setup.minerals[market.mineral].expectations).collect(),
            balance: vec![Balance::default(); cells],
            joined: (0..setup.markets.len()).flat_map(|market| joined(setup, market)).collect(),
            scratch: Zones::default(),
        }
    }

    /// Long-run price in a region, in cents per 1,000 quanta.
    #[must_use]
    pub fn long_run(&self, market: MarketIx, region: RegionIx) -> f64 {
        self.long_run[market * self.regions + region]
    }

    /// Price expected at the horizon of the mineral's forecasts, in cents per 1,000 quanta.
    #[must_use]
    pub fn expected(&self, market: MarketIx, region: RegionIx) -> f64 {
        self.expected_in(market, region, f64::from(self.rules[market].horizon_weeks))
    }

    /// Price expected so many weeks ahead, in cents per 1,000 quanta. Where there is no curve of futures one forecast serves
    /// for all.
    #[must_use]
    pub fn expected_in(&self, market: MarketIx, region: RegionIx, weeks: f64) -> f64 {
        let own = self.expected[market * self.regions + region];
        match &self.curves[market] {
            Some(curve) if curve.trust > 0.0 => curve.mix(own, region, weeks),
            _ => own,
        }
    }

    /// Spot price expected in a region so many weeks from now, when its price is `now`, in cents per 1,000 quanta: what firms
    /// expected of themselves for the horizon comes in equal steps, and what the curve said as it stood, both in logs.
    #[must_use]
    pub fn spot_in(&self, market: MarketIx, region: RegionIx, weeks: f64, now: f64) -> f64 {
        let part = (weeks / f64::from(self.rules[market].horizon_weeks)).min(1.0);
        let own = self.expected[market * self.regions + region];
        let (trust, seen, premium) = match &self.curves[market] {
            Some(curve) => (curve.trust, curve.spots[region], curve.premium(weeks)),
            None => (0.0, math::ln(now), 0.0),
        };
        now * math::exp((1.0 - trust) * part * (math::ln(own) - seen) + premium)
    }

    /// Whether a curve of futures tells what the market's metal will cost.
    #[must_use]
    pub fn has_curve(&self, market: MarketIx) -> bool {
        self.curves[market].as_ref().is_some_and(|curve| curve.trust > 0.0)
    }

    /// Log of the price that fundamentals give in a region: what the balance ahead and costs come to, and news.
    #[must_use]
    pub fn value(&self, markets: &Markets, market: MarketIx, region: RegionIx) -> f64 {
        math::ln(self.ahead[market * self.regions + region]) + self.news[markets[market].mineral]
    }

    /// Weight of the extrapolative forecast in a region, against the adaptive one.
    #[must_use]
    pub fn extrapolating(&self, market: MarketIx, region: RegionIx) -> f64 {
        self.records[market * self.regions + region].as_ref().map_or(0.0, Record::extrapolating)
    }

    fn cell(&mut self, market: MarketIx, region: RegionIx) -> &mut Balance {
        &mut self.balance[market * self.regions + region]
    }

    /// Enters output that a plant of a route and region means to make, and what a guarantee is expected to pay on a unit of it.
    fn process(&mut self, (feed, product): (MarketIx, MarketIx), region: RegionIx, output: f64, promised: f64) {
        let route = self.routes.iter().position(|route| route.feed == feed && route.product == product);
        let at = route.expect("bug: a plant on no route") * self.regions + region;
        self.processed[at] += output;
        self.promised[at] += output * promised;
    }

    /// What guarantees are expected to pay on a unit of a route's output in a region, in cents per 1,000 quanta: so much less
    /// must the price cover.
    fn promised_on(&self, route: usize, region: RegionIx) -> f64 {
        let at = route * self.regions + region;
        if self.processed[at] > 0.0 { self.promised[at] / self.processed[at] } else { 0.0 }
    }

    /// Smooths a region's output and gives the mean.
    fn smooth(&mut self, at: usize, output: f64) -> f64 {
        let mean = &mut self.output[at];
        *mean = if *mean < 0.0 { output } else { *mean + (output - *mean) / OUTPUT_MEMORY };
        *mean
    }
}

/// Numbers of the groups of regions that a market's ways join, in order of their first region.
fn joined(setup: &Setup, market: MarketIx) -> Vec<usize> {
    let n = setup.regions.len();
    let mut first: Vec<usize> = (0..n).collect();
    for (from, to) in (0..n).flat_map(|from| (0..n).map(move |to| (from, to))) {
        if setup.leg(market, from, to).is_some() {
            let (low, high) = (first[from].min(first[to]), first[from].max(first[to]));
            first.iter_mut().filter(|first| **first == high).for_each(|first| *first = low);
        }
    }
    let number = |region: &usize| (0..*region).filter(|&other| first[other] == other).count();
    first.iter().map(number).collect()
}

/// An empty record of a market's forecasts, where firms choose among them.
fn record(setup: &Setup, market: &crate::setup::Market) -> Option<Record> {
    let rule = &setup.minerals[market.mineral].expectations;
    rule.forecasts.map(|forecasts| Record::new(forecasts, rule.horizon_weeks, market.opening_price.real()))
}

/// Price against the long run when so much of the need is in reach: q^(−1/ε), bent towards bounds that nobody expects
/// to be passed.
///
/// With x = −ln q / ε the multiple is exp(B·tanh(x / B)), B = ln of the upper bound for x > 0 and −ln of the lower one
/// for x < 0: the closed form near balance, ever less sensitive towards the extremes of history.
fn scarcity(available: f64, needed: f64, rule: &Expectations) -> f64 {
    let (low, high) = rule.bounds;
    match (available > 0.0, needed > 0.0) {
        (true, true) => {
            let x = -math::ln(available / needed) / rule.elasticity;
            let bound = if x > 0.0 { math::ln(high) } else { -math::ln(low) };
            math::exp(bound * math::tanh(x / bound))
        }
        (true, false) => low,
        (false, true) => high,
        (false, false) => 1.0,
    }
}

/// What leaves a region over the horizon when its exports are limited, given what it could spare: its stock and what
/// it makes beyond its need, evenly over the weeks.
///
/// `None` when the known ceilings never bind.
fn exports_ahead(terms: &MarketTerms, region: RegionIx, spare: f64, horizon: usize) -> Option<f64> {
    let weekly = spare / horizon as f64;
    let known = terms.exports(region).ceilings_ahead.iter().flatten();
    let held_back: f64 = known.map(|ceiling| (weekly - ceiling.real()).max(0.0)).sum();
    (held_back > 0.0).then_some(spare - held_back)
}

/// News comes, and the effect of older news fades.
pub(crate) fn hear(clock: Res<Clock>, streams: Res<Streams>, mut outlook: ResMut<Outlook>) {
    let Outlook { news, minerals, .. } = &mut *outlook;
    for (news, (key, rule)) in news.iter_mut().zip(minerals) {
        let mut draws = streams.world_at(NEWS.of(*key), clock.week);
        let drift = rule.sd * draws.normal();
        let jump =
            if draws.bernoulli(rule.jumps_per_year / WEEKS_PER_YEAR) { rule.jump_sd * draws.normal() } else { 0.0 };
        *news = rule.persistence * *news + drift + jump;
    }
}

/// Gathers stocks, output and need of every region and looks ahead.
pub(crate) fn look(
    clock: Res<Clock>,
    ledger: Res<Ledger>,
    markets: Res<Markets>,
    terms: Res<Terms>,
    mut outlook: ResMut<Outlook>,
    makers: Query<(&Agent, &Seller), Without<Plant>>,
    plants: Query<(&Agent, &Plant, &Buyer, &Seller)>,
    sectors: Query<(&Agent, &Buyer), Without<Plant>>,
    merchants: Query<(&Agent, &crate::merchant::Merchant)>,
    reserves: Query<(&Agent, &Reserve)>,
    futures: Res<Futures>,
) {
    let outlook = &mut *outlook;
    outlook.balance.fill(Balance::default());
    outlook.processed.fill(0.0);
    outlook.promised.fill(0.0);
    // What mines and recyclers hold and make are whole numbers: their sum does not depend on who comes first.
    for (agent, seller) in &makers {
        let cell = outlook.cell(seller.market, agent.region);
        cell.stock += ledger.mass(agent.account, Slot::Store).real();
        cell.mined += seller.output;
    }
    for (agent, plant, buyer, seller) in &plants {
        let cell = outlook.cell(seller.market, agent.region);
        let in_process = ledger.mass(agent.account, Slot::Process).real() * plant.recovery.share();
        cell.stock += ledger.mass(agent.account, Slot::Store).real();
        cell.stock += in_process;
        let guarantee = terms.plants[plant.index].guarantee;
        let promised = expected(guarantee.as_ref(), markets[seller.market].price(agent.region).real());
        outlook.process((buyer.market, seller.market), agent.region, plant.wanted_output(), promised);
    }
    let feeders = plants.iter().map(|(agent, _, buyer, _)| (agent, buyer));
    for (agent, buyer) in feeders.chain(&sectors) {
        let cell = outlook.cell(buyer.market, agent.region);
        cell.stock += (ledger.mass(agent.account, buyer.into) + ledger.mass(agent.account, Slot::Transit)).real();
        cell.need += buyer.need;
    }
    for (agent, merchant) in &merchants {
        let cell = outlook.cell(merchant.market, agent.region);
        cell.stock += (ledger.mass(agent.account, Slot::Store) + ledger.mass(agent.account, Slot::Transit)).real();
    }
    // Of reserves firms know what agencies let them see.
    for (agent, agency) in reserves.iter().filter(|(_, agency)| agency.figure + agency.wanted > Mass::ZERO) {
        let weeks = f64::from(outlook.rules[agency.market].horizon_weeks);
        let cell = outlook.cell(agency.market, agent.region);
        cell.stock += agency.counted_on(weeks);
        cell.need += agency.wanted.real();
    }
    for pit in &futures.pits {
        let Some(metal) = pit.metal else { continue };
        for (region, stored) in pit.stores() {
            outlook.cell(metal.market, region).stock += stored.real();
        }
    }
    for market in 0..markets.len() {
        foresee(outlook, market, clock.week, &markets, terms.market(market));
        if let Some(curve) = &mut outlook.curves[market] {
            curve.follow(futures.curves(market), &markets[market]);
        }
    }
}

/// Looks ahead in one market; the markets upstream of it have been looked at before.
fn foresee(outlook: &mut Outlook, market: MarketIx, week: Week, markets: &Markets, terms: &MarketTerms) {
    let n = outlook.regions;
    let rule = outlook.rules[market];
    let horizon = rule.horizon_weeks as usize;
    let row = market * n..(market + 1) * n;
    let mut zones = std::mem::take(&mut outlook.scratch);
    zones.of.clear();
    zones.available.clear();
    zones.needed.clear();
    zones.available.resize(n, 0.0);
    zones.needed.resize(n, 0.0);
    for region in 0..n {
        let at = market * n + region;
        let (Balance { stock, mined, need }, open) = (outlook.balance[at], outlook.joined[at]);
        let made = outlook.routes.iter().enumerate().filter(|(_, route)| route.product == market);
        let fed =
            made.map(|(i, route)| outlook.processed[i * n + region] * outlook.reach[route.feed * n + region].min(1.0));
        let output = fed.fold(mined, |sum, output| sum + output);
        let supply = outlook.smooth(at, output);
        let weeks = horizon as f64;
        let available = stock + weeks * supply;
        let needed = (weeks + markets[market].normal_cover_weeks) * need;
        let exports = exports_ahead(terms, region, (available - weeks * need).max(0.0), horizon);
        if let Some(exports) = exports {
            zones.of.push(zones.available.len());
            zones.available.push(available);
            zones.needed.push(needed + exports);
            zones.available[open] += exports;
        } else {
            zones.of.push(open);
            zones.available[open] += available;
            zones.needed[open] += needed;
        }
    }
    for region in 0..n {
        let at = market * n + region;
        let zone = zones.of[region];
        let price = markets[market].price(region).real();
        outlook.adaptive[at] += (price - outlook.adaptive[at]) / rule.memory_weeks;
        let balance = outlook.long_run[at] * scarcity(zones.available[zone], zones.needed[zone], &rule);
        let works = |i: usize| outlook.processed[i * n..(i + 1) * n].iter().any(|output| *output > 0.0);
        let routes = outlook.routes.iter().enumerate();
        let made = routes.filter(|(i, route)| route.product == market && (route.there || works(*i)));
        let costs = made.map(|(i, route)| {
            let feed = outlook.ahead[route.feed * n + region] / route.recovery;
            feed + route.conversion_cost - outlook.promised_on(i, region)
        });
        let ahead = costs.reduce(f64::min).map_or(balance, |cost| balance.max(cost));
        outlook.ahead[at] = ahead;
        let w = rule.balance_weight;
        let adaptive = outlook.adaptive[at];
        let learned = match &mut outlook.records[at] {
            Some(record) => record.look(week, price, adaptive),
            None => math::ln(adaptive),
        };
        let mixed = math::exp((1.0 - w) * learned + w * math::ln(ahead));
        let news = math::exp(outlook.news[markets[market].mineral]);
        outlook.expected[at] =
            mixed * news * levies_ahead(terms, region, &outlook.output[row.clone()], &outlook.joined[row.clone()]);
    }
    for region in 0..n {
        let (available, needed) = (zones.available[zones.of[region]], zones.needed[zones.of[region]]);
        outlook.reach[market * n + region] = if needed > 0.0 { available / needed } else { 1.0 };
    }
    outlook.scratch = zones;
}

/// Price ahead against today's from levies that will be higher than they are: each origin's rise by its share of the
/// output of all regions that ways join.
fn levies_ahead(terms: &MarketTerms, to: RegionIx, output: &[f64], joined: &[usize]) -> f64 {
    let origins = || (0..output.len()).filter(|&from| joined[from] == joined[to]);
    let world: f64 = origins().map(|from| output[from].max(0.0)).sum();
    let levy = |from: RegionIx| {
        let exports = terms.exports(from);
        let duty = (exports.duty_ahead.highest().0 - exports.duty.0).max(0);
        let tariff =
            (terms.tariff_ahead(from, to).highest().0 - terms.tariff(from, to).0 - terms.lane(from, to).duty.0).max(0);
        (duty + tariff) as f64 / PPM as f64
    };
    let burden: f64 = origins().filter(|&from| from != to).map(|from| levy(from) * output[from].max(0.0)).sum();
    if world > 0.0 { 1.0 + burden / world } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Mass;

    const RULE: Expectations = Expectations {
        memory_weeks: 13.0,
        horizon_weeks: 20,
        balance_weight: 0.5,
        elasticity: 0.3,
        bounds: (0.4, 6.0),
        forecasts: None,
        news: News { sd: 0.0, jumps_per_year: 0.0, jump_sd: 0.0, persistence: 0.0 },
    };

    #[test]
    fn a_missing_share_moves_the_price_by_the_closed_form_where_no_bound_is_near() {
        let unbound = Expectations { bounds: (1e-40, 1e40), ..RULE };
        for (share, ratio) in [(0.1, 1.42), (0.2, 2.10), (0.3, 3.28)] {
            assert!((scarcity(1.0 - share, 1.0, &unbound) - ratio).abs() < 0.005, "{share}");
        }
    }

    #[test]
    fn expectations_rise_with_scarcity_and_stay_within_their_bounds() {
        let multiples: Vec<f64> = [5.0, 2.0, 1.2, 1.0, 0.8, 0.5, 0.2].map(|q| scarcity(q, 1.0, &RULE)).to_vec();
        assert!(multiples.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(multiples.iter().all(|multiple| (0.4..6.0).contains(multiple)));
        assert!((multiples[3] - 1.0).abs() < 1e-12);
        assert!((scarcity(0.0, 1.0, &RULE) - 6.0).abs() < 1e-12);
    }

    #[test]
    fn only_ceilings_below_the_free_flow_hold_exports_back() {
        let mut exports = crate::terms::ExportTerms::default();
        for week in 10..20 {
            exports.cap_ahead(20, week, Mass(40));
        }
        let terms = MarketTerms::single(exports);
        assert_eq!(exports_ahead(&terms, 0, 2_000.0, 20), Some(1_400.0));
        assert_eq!(exports_ahead(&terms, 0, 600.0, 20), None);
    }
}
