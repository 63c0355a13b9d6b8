//! Sectors: use metal as their growth, their shocks and the price have it; what they cannot get is recorded.

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Trade};
use crate::buyer::{Buyer, Carry};
use crate::digest::{Digest, Digestible, digest_fields};
use crate::last::Last;
use crate::ledger::{Ledger, OUTSIDE, Slot};
use crate::market::{Market, Markets};
use crate::math;
use crate::model::Model;
use crate::pass_through::{self, PassThrough};
use crate::service::{Service, Services};
use crate::setup::demand::DemandRule;
use crate::setup::{Path, SectorRule, Setup};
use crate::shipping::Pipeline;
use crate::spot::{Curve, Spot};
use crate::step::{Clock, Phase};
use crate::streams::{Draw, Purpose, Streams};
use crate::substitution::{self, Substitution};
use crate::terms::demand::{DemandTerms, SectorTerms};
use crate::units::{Mass, Ppm, WEEKS_PER_YEAR};
use crate::use_stock::{self, UseStock};

const DEMAND: Purpose = Purpose::new("sector.demand");

/// Spreads of the shutdown above the choke price at which a sector stops bidding.
const LIMIT_SPREADS: f64 = 2.0;

/// A consuming sector.
#[derive(Component, Debug, Clone)]
pub struct Sector {
    /// Its place in [`Setup::sectors`].
    pub index: usize,
    /// Use a week at the opening price in the base year, in quanta.
    pub weekly_use: f64,
    /// Use against the base year.
    pub growth: Path,
    /// Share of what it uses that leaves fabrication as new scrap.
    pub new_scrap: Ppm,
    /// Its rule.
    pub rule: SectorRule,
    /// The service that it uses the metal for.
    pub service: Option<Entity>,
    /// How much of its requirement it wants at a price.
    pub appetite: Appetite,
    /// What it would use this week at the opening price.
    pub required: Mass,
    /// What it used this week.
    pub used: Mass,
    /// What of it went into products.
    pub into_use: Mass,
    /// Share of the requirement that it wants at the price of the last clearing.
    wanted: f64,
    shock: f64,
    adaptation: f64,
}

digest_fields!(Sector { shock, adaptation });

impl Sector {
    /// What was required and not used: given up because of the price, or not to be had.
    #[must_use]
    pub fn unmet(&self) -> Mass {
        (self.required - self.used).or_zero()
    }

    /// Long-run less short-run elasticity under these terms.
    fn elasticity_gap(&self, terms: &SectorTerms) -> f64 {
        self.rule.long_run_elasticity * terms.elasticity - self.rule.short_run_elasticity
    }

    /// What it will need a week some weeks from now, in quanta, once it has adapted to a price that is `ratio` of the
    /// opening price and lasts: R·e^((ρ^n − 1)·s − a − (ε_long − ε)·ln y), times the share wanted at that price.
    ///
    /// Growth, technologies, closed lines and what has switched to substitutes are today's; no ration lasts. Of the
    /// shock s to use only ρ^n is left by then.
    #[must_use]
    pub fn adapted_need(&self, habits: &Habits, terms: &SectorTerms, ratio: f64, weeks: f64) -> f64 {
        let log = math::ln(ratio);
        let seen = habits.pass_through.as_ref().map_or(log, |passing| passing.seen(ratio));
        let open = habits.pass_through.as_ref().map_or(1.0, |passing| 1.0 - passing.closed);
        let left = math::powf(self.rule.shock_persistence, weeks);
        let moved = (left - 1.0) * self.shock - self.adaptation - self.elasticity_gap(terms) * seen;
        self.required.real() * math::exp(moved) * self.appetite.wanted_share(seen, log) * open
    }
}

/// What a sector's use depends on besides price and luck, as far as its rule says so; every sector has it, so that a
/// query meets all sectors in the order in which they were spawned.
#[derive(Component, Debug, Clone, Default)]
pub struct Habits {
    /// Its metal in use.
    pub in_use: Option<UseStock>,
    /// What of its use has switched to substitutes.
    pub substitution: Option<Substitution>,
    /// The margin of its firms.
    pub pass_through: Option<PassThrough>,
}

impl Habits {
    /// What a rule says; `into_use` is what enters products in a week, in quanta.
    fn new(rule: &DemandRule, into_use: f64, start: &mut use_stock::Start) -> Self {
        Self {
            in_use: rule.in_use.map(|rule| start.grown(rule, into_use)),
            substitution: rule.substitution.map(|rule| Substitution { rule, switched: 0.0 }),
            pass_through: rule.pass_through.map(PassThrough::new),
        }
    }
}

impl Digestible for Habits {
    // What is not there leaves no trace.
    fn digest(&self, digest: &mut Digest) {
        self.in_use.iter().for_each(|stock| digest.add(stock));
        self.substitution.iter().for_each(|substitution| digest.add(substitution));
        self.pass_through.iter().for_each(|passing| digest.add(passing));
    }
}

/// Share of the requirement that is wanted at a price: (p/p₀)^(−ε) · Φ((ln c − ln(p/p₀))/s) / Φ(ln c / s).
///
/// p/p₀ price against the opening price, ε short-run elasticity, c choke, s its spread: around the choke price users
/// shut down. Without the second factor stock-outs drive prices to infinity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Appetite {
    /// ε.
    elasticity: f64,
    /// ln c.
    choke: f64,
    /// s.
    spread: f64,
    /// Φ(ln c / s).
    at_opening: f64,
}

impl Appetite {
    /// An elasticity alone, whatever the price.
    #[cfg(test)]
    pub(crate) const fn constant(elasticity: f64) -> Self {
        Self { elasticity, choke: f64::INFINITY, spread: 1.0, at_opening: 1.0 }
    }

    /// The appetite that a rule gives.
    #[must_use]
    pub fn new(rule: &SectorRule) -> Self {
        let choke = math::ln(rule.choke);
        let at_opening = math::normal_cdf(choke / rule.choke_spread);
        Self { elasticity: rule.short_run_elasticity, choke, spread: rule.choke_spread, at_opening }
    }

    /// The share at a price of which `log` is ln(p/p₀), when customers see `seen` of that log.
    #[must_use]
    pub fn wanted_share(&self, seen: f64, log: f64) -> f64 {
        let shutdown = math::normal_cdf((self.choke - log) / self.spread) / self.at_opening;
        math::exp(-self.elasticity * seen) * shutdown
    }
}

/// Adds the sectors of a world.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    let mut start = use_stock::Start::default();
    for (index, sector) in setup.sectors.iter().enumerate() {
        let market = &setup.markets[sector.market];
        let agent = model.agent("sector", &sector.id, sector.nation, market.mineral);
        model.world.resource_mut::<Ledger>().endow(agent.account, Slot::Store, sector.stock);
        let rule = sector.rule;
        let weekly_use = sector.use_per_year.real() / WEEKS_PER_YEAR;
        let state = Sector {
            index,
            weekly_use,
            growth: sector.growth.clone(),
            new_scrap: sector.new_scrap,
            rule,
            service: sector.service.map(|service| model.world.resource::<Services>().0[service]),
            appetite: Appetite::new(&rule),
            required: Mass::ZERO,
            used: Mass::ZERO,
            into_use: Mass::ZERO,
            wanted: 1.0,
            shock: 0.0,
            adaptation: 0.0,
        };
        let buyer = Buyer {
            market: sector.market,
            into: Slot::Store,
            lead_weeks: sector.lead_weeks,
            rule: rule.buying,
            carry: Carry::buying(&rule.buying, market),
            priority: sector.priority,
            need: weekly_use,
            limit: market.opening_price.real() * rule.choke * math::exp(LIMIT_SPREADS * rule.choke_spread),
            contract_weeks: 0.0,
            blend: 1.0,
            due: 0.0,
            coming: 0.0,
            credit: None,
        };
        let into_use = weekly_use * (1.0 - sector.new_scrap.share());
        let habits = Habits::new(&rule.demand, into_use, &mut start);
        let in_use = habits.in_use.as_ref().map_or(Mass::ZERO, UseStock::total);
        model.world.resource_mut::<Ledger>().endow(agent.account, Slot::Use, in_use);
        let curve = rule.spot.map(|spot| Curve::new(&spot, &state.appetite, market.opening_price.real()));
        let (trade, pipeline) = (Trade::default(), Pipeline::new(Slot::Store));
        model.spawn(agent, (state, habits, buyer, trade, pipeline, Spot(curve)));
    }
    model.digests::<Sector>();
    model.digests::<Habits>();
    model.add(Phase::Shock, drift);
    model.add(Phase::Produce, consume);
    model.add(Phase::Produce, use_stock::flow);
    model.add(Phase::Plan, plan);
    model.add(Phase::Plan, (substitution::switch, pass_through::live).chain());
    model.add(Phase::Clear, (use_at_once, be_paid, pass_through::earn).chain());
    model.add(Phase::Audit, use_stock::audit);
}

/// Shocks to use fade and new ones come.
fn drift(clock: Res<Clock>, streams: Res<Streams>, mut sectors: Query<(&Agent, &mut Sector)>) {
    for (agent, mut sector) in &mut sectors {
        let noise = streams.at(DEMAND, agent.key, clock.week).normal();
        sector.shock = sector.rule.shock_persistence * sector.shock + sector.rule.shock_sd * noise;
    }
}

/// Metal is used, as far as the store and the ration go; use adapts to the price in the long run.
fn consume(
    clock: Res<Clock>,
    terms: Res<DemandTerms>,
    mut markets: ResMut<Markets>,
    mut ledger: ResMut<Ledger>,
    services: Query<&Service>,
    mut sectors: Query<(&Agent, &mut Sector, &Buyer, &Habits, &mut Spot)>,
) {
    let (years, logs, shares) = (clock.years(), Last::default(), Last::default());
    for (agent, mut sector, buyer, habits, mut spot) in &mut sectors {
        let market = &mut markets[buyer.market];
        let terms = &terms.sectors[sector.index];
        // Metal under contract is not sold on: users go by what theirs costs them.
        let ratio = market.price(agent.region).real() * buyer.blend / market.opening_price.real();
        let log = logs.of(ratio, || math::ln(ratio));
        let passing = habits.pass_through.as_ref();
        let seen = passing.map_or(log, |passing| passing.seen(ratio));
        let service = sector.service.and_then(|service| services.get(service).ok());
        let content = service.map_or(1.0, |service| service.use_index(market.mineral));
        let kept = habits.substitution.map_or(1.0, |substitution| 1.0 - substitution.switched);
        let growth = sector.growth.at(years) * content * kept;
        let required = sector.weekly_use * growth * math::exp(sector.shock + sector.adaptation);
        let rule = sector.rule;
        let gap = sector.elasticity_gap(terms);
        let weeks = rule.adjustment_years * WEEKS_PER_YEAR / terms.speed;
        sector.adaptation -= (sector.adaptation + gap * seen) / weeks;
        let open = passing.map_or(1.0, |passing| 1.0 - passing.closed);
        let appetite = sector.appetite;
        let wanted = shares.of((appetite, seen, log), || appetite.wanted_share(seen, log)) * open;
        sector.wanted = terms.ration.map_or(wanted, |ration| wanted.min(ration));
        sector.required = Mass::floor(required);
        if let Some(curve) = &mut spot.0 {
            curve.required = required;
            curve.most = terms.ration.map_or(f64::INFINITY, |ration| required * ration);
            continue;
        }
        let wanted = Mass::floor(required * sector.wanted);
        let used = wanted.min(ledger.mass(agent.account, Slot::Store));
        use_up(&mut ledger, market, agent, &mut sector, used);
    }
}

/// Metal goes into products in use and new scrap.
fn use_up(ledger: &mut Ledger, market: &mut Market, agent: &Agent, sector: &mut Sector, used: Mass) {
    let account = agent.account;
    let scrap = used.share_ppm(sector.new_scrap.0);
    ledger.transfer((account, Slot::Store), (account, Slot::Use), used - scrap);
    ledger.transfer((account, Slot::Store), (account, Slot::Scrap), scrap);
    market.regions[agent.region].used += used;
    (sector.used, sector.into_use) = (used, used - scrap);
}

/// Spot buyers use what they bought, and what arrived, in the same week.
fn use_at_once(
    mut markets: ResMut<Markets>,
    mut ledger: ResMut<Ledger>,
    mut sectors: Query<(&Agent, &mut Sector, &Buyer, &Spot)>,
) {
    for (agent, mut sector, buyer, _) in sectors.iter_mut().filter(|(.., spot)| spot.0.is_some()) {
        let used = ledger.mass(agent.account, Slot::Store);
        use_up(&mut ledger, &mut markets[buyer.market], agent, &mut sector, used);
    }
}

/// Next week's need, at the price that this week's use went by; a ration cuts it at once.
fn plan(terms: Res<DemandTerms>, mut sectors: Query<(&Sector, &mut Buyer)>) {
    for (sector, mut buyer) in &mut sectors {
        buyer.expect(sector.required.real() * sector.wanted);
        if let Some(ration) = terms.sectors[sector.index].ration {
            buyer.need = buyer.need.min(sector.required.real() * ration);
        }
    }
}

/// Customers pay a sector for the metal in its goods.
fn be_paid(mut ledger: ResMut<Ledger>, sectors: Query<(&Agent, &Trade), With<Sector>>) {
    for (agent, trade) in &sectors {
        ledger.pay(OUTSIDE, agent.account, trade.spent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::Buying;
    use crate::setup::demand::DemandRule;

    const RULE: SectorRule = SectorRule {
        hedging: None,
        short_run_elasticity: 0.2,
        long_run_elasticity: 0.6,
        adjustment_years: 3.0,
        choke: 3.0,
        choke_spread: 0.35,
        spot: None,
        shock_sd: 0.0,
        shock_persistence: 0.0,
        demand: DemandRule { in_use: None, substitution: None, pass_through: None },
        buying: Buying {
            review_weeks: 1.0,
            forecast_weeks: 8.0,
            need_sd: 0.1,
            horizon_weeks: 10.0,
            stockout_value: 0.3,
            most: 2.0,
            interest: 0.08,
        },
    };

    fn wanted(ratio: f64) -> f64 {
        Appetite::new(&RULE).wanted_share(math::ln(ratio), math::ln(ratio))
    }

    #[test]
    fn use_falls_with_the_price_and_halves_again_at_the_choke() {
        assert!((wanted(1.0) - 1.0).abs() < 1e-12);
        // Far below the choke nearly only the elasticity counts: 1.1^-0.2 = 0.981, less 0.1 % shut down.
        assert!((wanted(1.1) - 0.980).abs() < 1e-3);
        // At the choke: 3^-0.2 = 0.803, halved.
        assert!((wanted(3.0) - 0.4018).abs() < 1e-3);
        assert!(wanted(9.0) < 0.001);
    }

    #[test]
    fn adapted_need_leaves_out_what_passes_and_takes_in_what_is_still_to_come() {
        let rule = SectorRule { shock_persistence: 0.5, ..RULE };
        let sector = Sector {
            index: 0,
            weekly_use: 900.0,
            growth: Path(vec![(2024, 1.0)]),
            new_scrap: Ppm(0),
            rule,
            service: None,
            appetite: Appetite::constant(0.2),
            required: Mass(1_000),
            used: Mass(0),
            into_use: Mass(0),
            wanted: 1.0,
            shock: 0.1,
            adaptation: -0.2,
        };
        let need = |elasticity: f64, ratio: f64, weeks: f64| {
            let terms = SectorTerms { elasticity, ..SectorTerms::default() };
            sector.adapted_need(&Habits::default(), &terms, ratio, weeks)
        };
        // At the opening price: 1,000·e^(−0.05 + 0.2), half of the shock gone and all of the adaptation.
        assert!((need(1.0, 1.0, 1.0) - 1_161.834).abs() < 1e-3);
        // At e times that e^−0.6 of it, of which e^−0.2 at once; with twice the elasticity e^−1.2.
        let e = core::f64::consts::E;
        assert!((need(1.0, e, 1.0) - 1_000.0 * math::exp(-0.45)).abs() < 1e-9);
        assert!((need(2.0, e, 1.0) - 1_000.0 * math::exp(-1.05)).abs() < 1e-9);
        // Far ahead the shock is gone.
        assert!((need(1.0, 1.0, 60.0) - 1_000.0 * math::exp(0.1)).abs() < 1e-9);
    }
}
