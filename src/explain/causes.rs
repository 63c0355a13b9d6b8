//! What can be taken away from a world: policies, decisions, plans, reserves, large mines and plants, debts, traders, and luck.
//!
//! Each is taken out of the checked world instead of its file: names that point to it stay whole, and what nobody uses changes
//! nothing. A policy is put off beyond the run, a mine is left one quantum of capacity a year, of which nothing comes.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::Week;
use crate::record::{Table, Values};
use crate::setup::decision::Trigger;
use crate::setup::reserve::{Secrecy, Signal, Target};
use crate::setup::{HostLink, MarketIx, MineralIx, NationIx, Party, Setup};
use crate::units::{Mass, Money};

use super::question::Question;
use super::view::View;

/// Mines, and plants, of a chain that are looked at, by share of their market.
const LARGE: usize = 5;

/// Weeks beyond every run, which lasts a century at most.
const BEYOND: Week = 10_000;

/// Something that can be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A policy that comes on its written dates, by nation and place in its policies.
    Policy(NationIx, usize),
    /// A policy that a nation decides on inside the run.
    Decision(NationIx, usize),
    /// What follows the warnings of a watch.
    Plans(usize),
    /// A reserve agency.
    Reserve(usize),
    /// A mine.
    Mine(usize),
    /// A plant.
    Plant(usize),
    /// Debts of a firm, and its default.
    Debts(usize),
    /// Traders of futures.
    Traders(usize),
    /// News of a mineral.
    News(MineralIx),
    /// Outages of a mine.
    Outages(usize),
    /// Shocks to the use of a sector.
    Shocks(usize),
}

impl Cause {
    /// What kind of thing it is.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Policy(..) => "policy",
            Self::Decision(..) => "decision",
            Self::Plans(_) => "plans",
            Self::Reserve(_) => "reserve",
            Self::Mine(_) => "mine",
            Self::Plant(_) => "plant",
            Self::Debts(_) => "debts",
            Self::Traders(_) => "traders",
            Self::News(_) => "news",
            Self::Outages(_) => "outages",
            Self::Shocks(_) => "shocks",
        }
    }

    /// Id of what it is.
    #[must_use]
    pub fn id(self, setup: &Setup) -> String {
        match self {
            Self::Policy(nation, policy) | Self::Decision(nation, policy) => {
                let nation = &setup.nations[nation];
                format!("{}.{}", nation.id, nation.policies[policy].0)
            }
            Self::Plans(watch) => setup.watches[watch].id.to_string(),
            Self::Reserve(reserve) => setup.reserves[reserve].id.to_string(),
            Self::Mine(mine) | Self::Outages(mine) => setup.mines[mine].id.to_string(),
            Self::Plant(plant) => setup.plants[plant].id.to_string(),
            Self::Debts(firm) => setup.firms[firm].id.to_string(),
            Self::Traders(group) => setup.traders[group].id.to_string(),
            Self::News(mineral) => setup.minerals[mineral].id.to_string(),
            Self::Shocks(sector) => setup.sectors[sector].id.to_string(),
        }
    }

    /// What is done to take it away.
    #[must_use]
    pub const fn without(self) -> &'static str {
        match self {
            Self::Policy(..) => "never decreed",
            Self::Decision(..) => "never decided",
            Self::Plans(_) => "nobody acts on its warnings",
            Self::Reserve(_) => "no stock, money or target",
            Self::Mine(_) | Self::Plant(_) => "no output, stock or contracts",
            Self::Debts(_) => "its sites have no balance sheet",
            Self::Traders(_) => "they do not trade",
            Self::News(_) => "no news",
            Self::Outages(_) => "no outages",
            Self::Shocks(_) => "no shocks to its use",
        }
    }

    /// Whether it is a mine or plant that stands from the first week on: how much hangs on it says nothing of a move.
    #[must_use]
    pub fn stands(self, setup: &Setup) -> bool {
        match self {
            Self::Mine(mine) => setup.mines[mine].project.is_none(),
            Self::Plant(plant) => setup.plants[plant].project.is_none(),
            _ => false,
        }
    }

    /// Takes it away.
    pub fn remove(self, setup: &mut Setup) {
        match self {
            Self::Policy(nation, policy) => put_off(setup, nation, policy),
            Self::Decision(nation, policy) => {
                setup.nations[nation].decisions.retain(|decision| decision.policy != policy);
                put_off(setup, nation, policy);
            }
            Self::Plans(watch) => ignore(setup, watch),
            Self::Reserve(reserve) => empty(setup, reserve),
            Self::Mine(mine) => {
                cancel(setup, Party::Mine(mine));
                let mine = &mut setup.mines[mine];
                (mine.capacity_per_year, mine.stock) = (Mass(1), Mass::ZERO);
            }
            Self::Plant(plant) => {
                cancel(setup, Party::Plant(plant));
                let plant = &mut setup.plants[plant];
                (plant.capacity_per_year, plant.feed_stock, plant.product_stock) = (Mass(1), Mass::ZERO, Mass::ZERO);
            }
            Self::Debts(firm) => {
                setup.mines.iter_mut().filter(|mine| mine.firm == Some(firm)).for_each(|mine| mine.firm = None);
                setup.plants.iter_mut().filter(|plant| plant.firm == Some(firm)).for_each(|plant| plant.firm = None);
            }
            Self::Traders(group) => setup.traders[group].count = 0,
            Self::News(mineral) => {
                let news = &mut setup.minerals[mineral].expectations.news;
                (news.sd, news.jumps_per_year) = (0.0, 0.0);
            }
            Self::Outages(mine) => setup.mines[mine].rule.outage.per_year = 0.0,
            Self::Shocks(sector) => setup.sectors[sector].rule.shock_sd = 0.0,
        }
    }
}

fn put_off(setup: &mut Setup, nation: NationIx, policy: usize) {
    let policy = &mut setup.nations[nation].policies[policy].1;
    *policy = policy.clone().put_off(BEYOND);
}

/// Contracts with a party are never made.
fn cancel(setup: &mut Setup, party: Party) {
    setup.offtakes.retain(|contract| contract.seller != party && contract.buyer != party);
}

/// Nobody acts on a watch: neither plans nor agencies that release on a warning.
fn ignore(setup: &mut Setup, watch: usize) {
    for nation in 0..setup.nations.len() {
        let policies: Vec<usize> =
            hanging(setup, watch).filter(|(of, _)| *of == nation).map(|(_, place)| place).collect();
        for policy in policies {
            Cause::Decision(nation, policy).remove(setup);
        }
    }
    let (nation, mineral) = (setup.watches[watch].nation, setup.watches[watch].mineral);
    for reserve in 0..setup.reserves.len() {
        let heeds = setup.markets[setup.reserves[reserve].market].mineral == mineral;
        let reserve = &mut setup.reserves[reserve];
        if heeds && reserve.nation == nation {
            reserve.rule.triggers.retain(|trigger| !matches!(trigger.on, Signal::Warning(_)));
        }
    }
}

/// An agency that has nothing, wants nothing and may do nothing.
fn empty(setup: &mut Setup, reserve: usize) {
    let reserve = &mut setup.reserves[reserve];
    (reserve.stock, reserve.budget) = (Mass::ZERO, Money::ZERO);
    (reserve.floor, reserve.standby) = (None, None);
    let rule = &mut reserve.rule;
    rule.target = Target { days: 0.0, by_priority: Vec::new(), risk: 0.0 };
    (rule.band, rule.rotation, rule.keeping, rule.venture, rule.table) = (None, None, None, None, None);
    (rule.audit, rule.learning, rule.secrecy) = (None, None, Secrecy::Public);
}

/// Decisions that hang on a watch.
fn hanging(setup: &Setup, watch: usize) -> impl Iterator<Item = (NationIx, usize)> {
    let nations = setup.nations.iter().enumerate();
    nations.flat_map(move |(ix, nation)| {
        let follows = move |trigger: &Trigger| trigger.plan().is_some_and(|plan| plan.watch == watch);
        let decisions = nation.decisions.iter().filter(move |decision| follows(&decision.trigger));
        decisions.map(move |decision| (ix, decision.policy))
    })
}

/// The market and those from which its metal comes, hosts of by-products included, in order.
#[must_use]
pub fn chain(setup: &Setup, market: MarketIx) -> Vec<MarketIx> {
    let mut chain = BTreeSet::from([market]);
    loop {
        let feeds = setup.plants.iter().filter(|plant| chain.contains(&plant.product)).map(|plant| plant.feed);
        let mines = setup.mines.iter().filter(|mine| chain.contains(&mine.market));
        let hosts = mines.filter_map(|mine| match mine.host? {
            HostLink::Plan(_) => None,
            HostLink::Mine(host) => Some(setup.mines[host].market),
            HostLink::Mines(mineral) => Some(setup.minerals[mineral].markets.start),
            HostLink::Plants(market) => Some(market),
        });
        let more: BTreeSet<MarketIx> = feeds.chain(hosts).filter(|market| !chain.contains(market)).collect();
        if more.is_empty() {
            return chain.into_iter().collect();
        }
        chain.extend(more);
    }
}

/// All that is looked at, given what a run left.
#[must_use]
pub fn all(setup: &Setup, question: &Question, tables: &[Table]) -> Vec<Cause> {
    let chain = chain(setup, question.market);
    let minerals: BTreeSet<MineralIx> = chain.iter().map(|&market| setup.markets[market].mineral).collect();
    let in_minerals = |market: MarketIx| minerals.contains(&setup.markets[market].mineral);
    let acts: BTreeSet<(NationIx, usize)> =
        acts(setup, tables).map(|(_, nation, policy, _)| (nation, policy)).collect();
    let mut causes = Vec::new();
    for (ix, nation) in setup.nations.iter().enumerate() {
        for (place, (_, policy)) in nation.policies.iter().enumerate() {
            let decision = nation.decisions.iter().find(|decision| decision.policy == place);
            let alone = |watch| hanging(setup, watch).count() == 1;
            match decision.map(|decision| decision.trigger.plan()) {
                None if policy.window().known(question.week) => causes.push(Cause::Policy(ix, place)),
                // What alone follows a watch is taken away with the watch.
                Some(Some(plan)) if alone(plan.watch) => {}
                Some(_) if acts.contains(&(ix, place)) => causes.push(Cause::Decision(ix, place)),
                _ => {}
            }
        }
    }
    causes.extend((0..setup.watches.len()).filter(|&watch| heeded(setup, watch)).map(Cause::Plans));
    let reserves = setup.reserves.iter().enumerate().filter(|(_, reserve)| in_minerals(reserve.market));
    causes.extend(reserves.map(|(place, _)| Cause::Reserve(place)));
    let mined = |place: usize| chain.contains(&setup.mines[place].market);
    let in_chain = |market: MarketIx| chain.contains(&market).then_some(market);
    let mines = largest(tables, "mines", question, |mine| in_chain(setup.mines[mine].market));
    let plants = largest(tables, "plants", question, |plant| in_chain(setup.plants[plant].product));
    causes.extend(mines.into_iter().map(Cause::Mine).chain(plants.into_iter().map(Cause::Plant)));
    causes.extend(defaulted(tables).map(Cause::Debts));
    let groups =
        setup.traders.iter().enumerate().filter(|(_, group)| {
            setup.contracts[group.contract].metal().is_some_and(|metal| in_minerals(metal.market))
        });
    causes.extend(groups.map(|(place, _)| Cause::Traders(place)));
    let news = minerals.iter().filter(|&&mineral| {
        let news = setup.minerals[mineral].expectations.news;
        news.sd > 0.0 || news.jumps_per_year > 0.0
    });
    causes.extend(news.map(|&mineral| Cause::News(mineral)));
    let outages =
        setup.mines.iter().enumerate().filter(|(place, mine)| mined(*place) && mine.rule.outage.per_year > 0.0);
    causes.extend(outages.map(|(place, _)| Cause::Outages(place)));
    let sectors = setup.sectors.iter().enumerate();
    let shaken = sectors.filter(|(_, sector)| in_minerals(sector.market) && sector.rule.shock_sd > 0.0);
    causes.extend(shaken.map(|(place, _)| Cause::Shocks(place)));
    causes
}

/// Whether anybody acts on a watch.
fn heeded(setup: &Setup, watch: usize) -> bool {
    let of = &setup.watches[watch];
    let releases = setup.reserves.iter().any(|reserve| {
        let on_warning = reserve.rule.triggers.iter().any(|trigger| matches!(trigger.on, Signal::Warning(_)));
        on_warning && reserve.nation == of.nation && setup.markets[reserve.market].mineral == of.mineral
    });
    releases || hanging(setup, watch).next().is_some()
}

/// Acts of nations: week, nation, place of the policy, and what happened.
pub(super) fn acts<'a>(
    setup: &'a Setup,
    tables: &'a [Table],
) -> impl Iterator<Item = (Week, NationIx, usize, &'a str)> {
    let view = View::of(tables, "acts");
    let (nations, policies, events) = (view.keys("nation").1, view.keys("policy").1, view.keys("event"));
    let first = |nation: usize| -> usize { setup.nations[..nation].iter().map(|nation| nation.policies.len()).sum() };
    view.weeks().iter().enumerate().map(move |(row, week)| {
        let nation = usize::from(nations[row]);
        let event = events.0[usize::from(events.1[row])].as_str();
        (*week, nation, usize::from(policies[row]) - first(nation), event)
    })
}

/// Firms that defaulted.
fn defaulted(tables: &[Table]) -> impl Iterator<Item = usize> {
    let view = View::of(tables, "firms");
    let (firms, yes) = (view.keys("firm").1, view.reals("defaulted"));
    let found: BTreeSet<usize> =
        firms.iter().zip(yes).filter(|(_, yes)| **yes > 0.0).map(|(firm, _)| usize::from(*firm)).collect();
    found.into_iter()
}

/// The sites with the largest share of what their market made within the window, in order of place; those whose market is not
/// looked at are left out. Shares, since a chain may lead to copper, of which a small mine gives more tonnes than all cobalt.
fn largest(
    tables: &[Table],
    table: &str,
    question: &Question,
    market: impl Fn(usize) -> Option<MarketIx>,
) -> Vec<usize> {
    let view = View::of(tables, table);
    let Values::Key { names, rows } = &view.0.columns[1].values else { panic!("bug: {table} without a key") };
    let mut output = vec![0.0; names.len()];
    for ((week, site), made) in view.weeks().iter().zip(rows).zip(view.reals("output_t")) {
        if *week > question.from {
            output[usize::from(*site)] += made;
        }
    }
    let mut made: BTreeMap<MarketIx, f64> = BTreeMap::new();
    for (site, output) in output.iter().enumerate() {
        if let Some(market) = market(site) {
            *made.entry(market).or_default() += output;
        }
    }
    let share = |site: usize| market(site).map(|market| output[site] / made[&market]).filter(|share| *share > 0.0);
    let mut sites: Vec<(usize, f64)> = (0..names.len()).filter_map(|site| Some((site, share(site)?))).collect();
    sites.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    sites.truncate(LARGE);
    sites.sort_unstable_by_key(|(site, _)| *site);
    sites.into_iter().map(|(site, _)| site).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Markets;
    use crate::model::{Model, tests::world};
    use crate::record::TABLES;
    use crate::results::simulate::{Keep, simulate};
    use crate::units::Price;

    const WEEKS: Week = 80;

    /// Prices of all markets and regions, week by week.
    fn prices(setup: &Setup) -> Vec<Vec<Price>> {
        let mut model = Model::new(setup, 7);
        let week = |_| {
            model.step().unwrap_or_else(|error| panic!("{error}"));
            let markets = model.world().resource::<Markets>();
            markets.all().flat_map(|market| market.regions.iter().map(|region| region.price)).collect()
        };
        (0..WEEKS).map(week).collect()
    }

    fn without(setup: &Setup, cause: Cause) -> Setup {
        let mut setup = setup.clone();
        cause.remove(&mut setup);
        setup
    }

    #[test]
    fn a_policy_of_any_kind_that_is_put_off_was_never_there() {
        let world = world();
        let (all, mut matter) = (prices(&world), 0);
        for nation in 0..world.nations.len() {
            for place in 0..world.nations[nation].policies.len() {
                if world.nations[nation].decisions.iter().any(|decision| decision.policy == place) {
                    continue;
                }
                let mut lacks = world.clone();
                let state = &mut lacks.nations[nation];
                let (id, _) = state.policies.remove(place);
                state
                    .decisions
                    .iter_mut()
                    .filter(|decision| decision.policy > place)
                    .for_each(|decision| decision.policy -= 1);
                let put_off = prices(&without(&world, Cause::Policy(nation, place)));
                assert!(put_off == prices(&lacks), "{id}");
                matter += usize::from(put_off != all);
            }
        }
        assert!(matter > 10, "{matter} policies change a price");
    }

    #[test]
    fn of_a_world_with_everything_each_cause_can_be_taken_away() {
        let world = world();
        let question = Question { arm: 0, seed: 7, market: 1, region: 0, from: 40, week: WEEKS - 1 };
        let tables = simulate(&world, 7, WEEKS, Keep::last(TABLES)).expect("a sound run").tables;
        let causes = all(&world, &question, &tables);
        let kinds: BTreeSet<&str> = causes.iter().map(|cause| cause.kind()).collect();
        let expected =
            ["debts", "decision", "mine", "news", "outages", "plans", "plant", "policy", "reserve", "shocks"];
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected);
        for &cause in causes.iter().filter(|cause| !matches!(cause, Cause::Policy(..))) {
            let left = without(&world, cause);
            let tables = simulate(&left, 7, WEEKS, Keep::last(TABLES))
                .unwrap_or_else(|error| panic!("{cause:?}: {error}"))
                .tables;
            let gone = match cause {
                Cause::Plans(_) => acts(&left, &tables).next().is_none(),
                Cause::Debts(firm) => left.mines.iter().all(|mine| mine.firm != Some(firm)),
                Cause::Decision(nation, policy) => {
                    !acts(&left, &tables).any(|(_, of, act, _)| (of, act) == (nation, policy))
                }
                // What has not been built stands still for nobody.
                Cause::Outages(mine) if world.mines[mine].project.is_some() => prices(&left) == prices(&world),
                _ => prices(&left) != prices(&world),
            };
            assert!(gone, "{cause:?}");
        }
    }
}
