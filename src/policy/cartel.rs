//! Cartel: nations hold exports to quotas that a markup calls for, cheat the more the more of their capacity idles, and fall
//! out for some quarters when the price is too low. Lever B7.

use bevy_ecs::prelude::*;

use super::export_quota::QuotaHolder;
use super::report::Report;
use super::{Decree, Window};
use crate::agent::Agent;
use crate::calendar::Week;
use crate::digest::digest_fields;
use crate::market::Markets;
use crate::math;
use crate::model::Model;
use crate::seller::Seller;
use crate::setup::{MarketIx, NationIx, RegionIx};
use crate::step::{Clock, Phase};
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::{Horizon, Terms};
use crate::units::{Mass, Ppm, Price, Quantum};

const CHEAT: Purpose = Purpose::new("cartel.cheat");
const PUNISHMENT: Purpose = Purpose::new("cartel.punishment");

/// Weeks over which past exports and the price before the cartel are averaged.
const MEMORY: u32 = 52;

/// Weeks over which the price is averaged that is held against the trigger.
const WATCHED: u32 = 4;

/// Weeks from look to look, and in which a quota must be used.
const QUARTER: Week = 13;

/// A cartel, written by one of its members.
#[derive(Component, Debug, Clone)]
#[require(Discipline, Report)]
pub struct Cartel {
    /// When it is known and binds.
    pub window: Window,
    /// Market of what it exports.
    pub market: MarketIx,
    /// Quantum of the mineral.
    pub quantum: Quantum,
    /// Its members.
    pub members: Vec<Member>,
    /// Region whose price it watches.
    pub watch: RegionIx,
    /// Price elasticity of demand for the market's metal.
    pub demand_elasticity: f64,
    /// Price elasticity of the supply of others.
    pub fringe_elasticity: f64,
    /// Price at which users turn away for good: no markup goes beyond.
    pub choke: Price,
    /// Chance per quarter that a member cheats without idle capacity, and with all of it idle.
    pub cheating: (f64, f64),
    /// Share by which a cheat exceeds its quota.
    pub excess: f64,
    /// Share of the target below which the price starts a punishment.
    pub trigger: f64,
    /// Weeks of cooperation before the price is held against it.
    pub patience_weeks: Week,
    /// Shortest and longest punishment, in quarters.
    pub punishment_quarters: (u32, u32),
    /// Who holds the rent of the quotas.
    pub holder: QuotaHolder,
}

/// A member of a cartel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Nation.
    pub nation: NationIx,
    /// Its region.
    pub region: RegionIx,
    /// Key of its random draws.
    pub key: u64,
}

/// How members keep to their quotas.
#[derive(Component, Debug, Clone, Default)]
pub struct Discipline {
    /// Weeks seen, up to the memory.
    seen: u32,
    /// Mean exports a week of each member, and of all regions, in quanta.
    exports: Vec<f64>,
    world: f64,
    /// Mean price over the memory and over the weeks that are watched, in cents per 1,000 quanta.
    usual: f64,
    price: f64,
    /// Target price, once there is a cartel.
    target: Option<f64>,
    /// Quota of each member, in quanta a week.
    quotas: Vec<f64>,
    /// What each may still ship this quarter, in quanta, and whether it cheats.
    left: Vec<f64>,
    cheats: Vec<bool>,
    /// First week of this time of cooperation.
    since: Week,
    /// First week after the punishment.
    punished_until: Week,
}

digest_fields!(Discipline { seen, exports, world, usual, price, target, quotas, left, cheats, since, punished_until });

/// Price elasticity of what others leave to a cartel with share s: e = (ε_d + (1 − s)·ε_f)/s.
#[must_use]
pub fn residual_elasticity(share: f64, demand: f64, fringe: f64) -> f64 {
    (demand + (1.0 - share) * fringe) / share
}

/// Price that the cartel aims at: P = c/(1 − 1/e), or the choke price where that is lower or e ≤ 1; never below c.
///
/// (P − c)/P = 1/e is Lerner's rule for a dominant group with a fringe; c the price before the cartel.
#[must_use]
pub fn target(usual: f64, elasticity: f64, choke: f64) -> f64 {
    let free = if elasticity > 1.0 { usual / (1.0 - 1.0 / elasticity) } else { f64::INFINITY };
    free.min(choke).max(usual)
}

/// Exports at the target against those before: (P/c)^(−e).
#[must_use]
pub fn cut(target: f64, usual: f64, elasticity: f64) -> f64 {
    math::powf(target / usual, -elasticity)
}

/// Chance that a member cheats in a quarter, on a line from none of its capacity idle to all of it.
#[must_use]
pub fn temptation((busy, idle): (f64, f64), share_idle: f64) -> f64 {
    busy + (idle - busy) * share_idle.clamp(0.0, 1.0)
}

impl Discipline {
    /// A mean that begins with the first value.
    fn mean(mean: &mut f64, value: f64, seen: u32, memory: u32) {
        *mean += (value - *mean) / f64::from(seen.min(memory));
    }

    /// Quotas that the target calls for, split by past exports.
    fn agree(&mut self, cartel: &Cartel, week: Week) {
        let own: f64 = self.exports.iter().sum();
        let elasticity = residual_elasticity(own / self.world, cartel.demand_elasticity, cartel.fringe_elasticity);
        let price = target(self.usual, elasticity, cartel.choke.real());
        let cut = cut(price, self.usual, elasticity);
        self.quotas = self.exports.iter().map(|exports| exports * cut).collect();
        (self.target, self.since) = (Some(price), week);
    }

    /// Whether quotas hold in a week.
    fn holds(&self, week: Week) -> bool {
        self.target.is_some() && week >= self.punished_until
    }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.digests::<Discipline>();
    model.add(Phase::Decree, apply);
    model.add(Phase::Observe, remember);
}

fn apply(
    clock: Res<Clock>,
    horizon: Res<Horizon>,
    streams: Res<Streams>,
    mut terms: ResMut<Terms>,
    mut cartels: Query<(&Decree, &Cartel, &mut Discipline)>,
    sellers: Query<(&Agent, &Seller)>,
) {
    let week = clock.week;
    for (decree, cartel, mut state) in &mut cartels {
        let state = &mut *state;
        if !cartel.window.binds(week) {
            (state.target, state.punished_until) = (None, 0);
            continue;
        }
        // Who does not know yet what was exported has nothing to split.
        if state.target.is_none()
            && state.seen >= QUARTER
            && state.world > 0.0
            && state.exports.iter().sum::<f64>() > 0.0
        {
            state.agree(cartel, week);
        }
        let Some(target) = state.target else { continue };
        if week == state.punished_until {
            state.since = week;
        }
        let patient = week < state.since + cartel.patience_weeks;
        if state.holds(week) && !patient && state.price < cartel.trigger * target {
            let (shortest, longest) = cartel.punishment_quarters;
            let quarters = streams.at(PUNISHMENT, decree.key, week).range(i64::from(shortest)..=i64::from(longest));
            state.punished_until = week + quarters as Week * QUARTER;
        }
        if !state.holds(week) {
            continue;
        }
        if (week - state.since).is_multiple_of(QUARTER) {
            state.left = vec![0.0; cartel.members.len()];
            state.cheats = cartel
                .members
                .iter()
                .map(|member| {
                    let chance = temptation(cartel.cheating, idle(member, cartel.market, &sellers));
                    streams.at(CHEAT, member.key, week).bernoulli(chance)
                })
                .collect();
        }
        let (terms, horizon) = (terms.market_mut(cartel.market), horizon.of(cartel.market));
        for (place, member) in cartel.members.iter().enumerate() {
            let more = if state.cheats[place] { 1.0 + cartel.excess } else { 1.0 };
            state.left[place] += state.quotas[place] * more;
            let exports = terms.exports_mut(member.region);
            if exports.cap(Mass::floor(state.left[place])) {
                (exports.strategic, exports.holder) = (Ppm(0), cartel.holder);
            }
            for ahead in (0..horizon).filter(|ahead| cartel.window.binds(week + ahead)) {
                let known = if ahead == 0 { state.left[place] } else { state.quotas[place] };
                exports.cap_ahead(horizon as usize, ahead as usize, Mass::floor(known));
            }
        }
    }
}

/// Share of what a member's makers can make that they do not sell.
fn idle(member: &Member, market: MarketIx, sellers: &Query<(&Agent, &Seller)>) -> f64 {
    let ours = sellers.iter().filter(|(agent, seller)| agent.nation == member.nation && seller.market == market);
    let (sales, works) =
        ours.fold((0.0, 0.0), |(sales, works), (_, seller)| (sales + seller.sales, works + seller.works));
    if works > 0.0 { 1.0 - sales / works } else { 0.0 }
}

/// The week's exports and price enter the means; what was shipped uses up quotas.
fn remember(clock: Res<Clock>, markets: Res<Markets>, mut cartels: Query<(&Cartel, &mut Discipline, &mut Report)>) {
    for (cartel, mut state, mut report) in &mut cartels {
        let (state, market) = (&mut *state, &markets[cartel.market]);
        *report = Report::default();
        let shipped: Vec<Mass> = cartel.members.iter().map(|member| market.declared_from(member.region)).collect();
        let holds = cartel.window.binds(clock.week) && state.holds(clock.week);
        if holds {
            state.left.iter_mut().zip(&shipped).for_each(|(left, shipped)| *left = (*left - shipped.real()).max(0.0));
            let loyal = state.cheats.iter().filter(|cheats| !**cheats).count();
            report.active = loyal as f64 / cartel.members.len() as f64;
        }
        report.tonnes = cartel.quantum.tonnes(shipped.iter().copied().sum());
        state.seen = (state.seen + 1).min(MEMORY);
        state.exports.resize(shipped.len(), 0.0);
        let price = market.price(cartel.watch).real();
        let world: f64 = (0..market.regions.len()).map(|region| market.shipped_from(region).real()).sum();
        let seen = state.seen;
        for (mean, shipped) in state.exports.iter_mut().zip(&shipped) {
            Discipline::mean(mean, shipped.real(), seen, MEMORY);
        }
        Discipline::mean(&mut state.world, world, seen, MEMORY);
        Discipline::mean(&mut state.usual, price, seen, MEMORY);
        Discipline::mean(&mut state.price, price, seen, WATCHED);
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::{Cartel, Member};
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::export_quota::QuotaHolder;
    use crate::policy::export_quota::written::Holder;
    use crate::policy::window_in_run;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, UsdPerTonne, Weeks};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, count, exact_above_0, whole_weeks};
    use crate::world_file::value::{Count, Factor};

    record! {
        /// Nations hold their exports to quotas, cheat and punish; written by one member for all. It forms once a quarter of exports
        /// has been seen.
        pub struct Written as "Cartel" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stage that it exports.
            stage: At<Id>,
            /// Nations and blocs that belong to it.
            members: At<Vec<Ref<reference::Party>>>,
            /// Region whose price it watches.
            watch: Ref<reference::Region>,
            /// Price elasticity of demand, as the cartel sees it.
            demand_elasticity: Factor,
            /// Price elasticity of the supply of others, as the cartel sees it.
            fringe_elasticity: Factor,
            /// Price beyond which it does not aim.
            choke: At<UsdPerTonne>,
            /// Chance per quarter that a member cheats without idle capacity, and with all of its capacity idle.
            cheating: (Share, Share) = "(Share(0), Share(0))",
            /// Share by which a cheat exceeds its quota.
            excess: Share = "Share(0.3)",
            /// Share of the target below which a mean price of four weeks starts a punishment, in which there are no quotas.
            trigger: Share = "Share(0)",
            /// Time that quotas are given before the price is held against the trigger: 4 to 104 whole weeks.
            patience: At<Weeks> = "Weeks(52)",
            /// Shortest and longest punishment, in quarters: 1 to 40.
            punishment: At<(At<Count>, At<Count>)> = "(2, 6)",
            /// Who holds the rent of the quotas.
            holder: Holder,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<Cartel> {
            let window = window_in_run(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let patience = whole_weeks(&self.patience, 4..=104, cx);
            let (shortest, longest) = (count(&self.punishment.0, 1, 40, cx), count(&self.punishment.1, 1, 40, cx));
            if shortest.zip(longest).is_some_and(|(shortest, longest)| longest < shortest) {
                cx.error_at(
                    &self.punishment.origin,
                    "the longest punishment is shorter than the shortest",
                    "swap them",
                );
            }
            let watch = names.region(&self.watch, cx);
            let mineral = names.mineral(&self.mineral, cx);
            let market = mineral.and_then(|mineral| names.market(mineral, &self.stage, cx));
            let quantum = mineral.map(|mineral| names.quantum(mineral));
            let choke = exact_above_0(&self.choke, quantum, cx);
            let nations = names.parties(&self.members, cx)?;
            if !nations.contains(&nation) {
                let what = format!("\"{}\" is not a member of its own cartel", names.nations[nation].0);
                cx.error_at(&self.members.origin, what, "let a member write it");
                return None;
            }
            // Members are one nation each here, so that a border can be asked for in the place of the list.
            let place = At { value: names.nations[nation].0.clone(), origin: self.members.origin.clone() };
            let members: Vec<Option<Member>> = nations
                .iter()
                .map(|&nation| {
                    let region = names.border(nation, &place, cx)?;
                    Some(Member { nation, region, key: names.nations[nation].0.key("nation") })
                })
                .collect();
            Some(Cartel {
                window: window?,
                market: market?,
                quantum: quantum?,
                members: members.into_iter().collect::<Option<_>>()?,
                watch: watch?,
                demand_elasticity: self.demand_elasticity.0,
                fringe_elasticity: self.fringe_elasticity.0,
                choke: choke?,
                cheating: (self.cheating.0.number(), self.cheating.1.number()),
                excess: self.excess.number(),
                trigger: self.trigger.number(),
                patience_weeks: patience?,
                punishment_quarters: (shortest?, longest?),
                holder: match self.holder {
                    Holder::Producers => QuotaHolder::Producers,
                    Holder::Treasury => QuotaHolder::Treasury,
                },
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_share_marks_up_little_and_a_large_one_up_to_the_choke() {
        // s 0.3, both elasticities 1: e = 1.7/0.3 = 5.667, P/c = 1/(1 − 0.17647) = 1.21429, Q = 1.21429^(−5.667) = 0.33284.
        let e = residual_elasticity(0.3, 1.0, 1.0);
        let price = target(10_000.0, e, 50_000.0);
        assert!((e - 17.0 / 3.0).abs() < 1e-12 && (price - 12_142.857).abs() < 1e-3);
        assert!((cut(price, 10_000.0, e) - 0.332_84).abs() < 1e-4);
        // s 0.7, both 0.3: e = 0.39/0.7 < 1, so the choke price; Q = 2^(−0.557).
        let e = residual_elasticity(0.7, 0.3, 0.3);
        assert!((target(10_000.0, e, 20_000.0) - 20_000.0).abs() < 1e-9);
        assert!((cut(20_000.0, 10_000.0, e) - 0.679_7).abs() < 1e-3);
        assert!(
            (target(30_000.0, e, 20_000.0) - 30_000.0).abs() < 1e-9,
            "nobody cuts where the price is beyond the choke"
        );
    }

    #[test]
    fn idle_capacity_tempts() {
        for (idle, chance) in [(-0.1, 0.05), (0.0, 0.05), (0.5, 0.25), (1.0, 0.45)] {
            assert!((temptation((0.05, 0.45), idle) - chance).abs() < 1e-12, "{idle}");
        }
    }
}
