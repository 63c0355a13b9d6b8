//! Mines, plants, sectors, merchants and reserves.

use std::ops::Range;

use crate::id::Id;
use crate::setup::{self, HostLink, MarketIx, MineralIx};
use crate::units::Quantum;

use super::super::decode::{At, Cx, Keyed};
use super::super::quantity::{Quantity, plain};
use super::super::written::World;
use super::super::written::agents::{Host, Merchant, Mine, Plant, Sector};
use super::demand::Paths;
use super::names::{Names, exact, exact_above_0, find, ppm, weeks_up_to};
use super::project::{Built, empty, placed, project};
use super::{demand, hosts, label, reserves, rules};

/// Longest lead time, in weeks.
const MAX_LEAD: f64 = 52.0;

/// Everybody who acts, in the order of the lists that could be read; nothing where something is wrong.
pub(super) struct Agents {
    pub(super) mines: Vec<Option<setup::Mine>>,
    pub(super) plants: Vec<Option<setup::Plant>>,
    pub(super) sectors: Vec<Option<setup::Sector>>,
    pub(super) merchants: Vec<Option<setup::Merchant>>,
    pub(super) reserves: Vec<Option<setup::Reserve>>,
    pub(super) recyclers: Vec<Option<setup::demand::Recycler>>,
}

/// Rules of one kind by name; one with a problem is there, so that naming it is no second problem.
pub(super) struct Rules<R>(Vec<(Id, Option<R>)>);

impl<R: Clone> Rules<R> {
    pub(super) fn new<W>(written: &Keyed<Id, W>, cx: &mut Cx, rule: impl Fn(&W, &mut Cx) -> Option<R>) -> Self {
        let read = written.iter().map(|(id, written)| (id.value.clone(), rule(written, cx)));
        let lost = written.1.iter().map(|id| (id.value.clone(), None));
        let mut rules: Vec<_> = read.chain(lost).collect();
        rules.sort_by(|a, b| a.0.cmp(&b.0));
        Self(rules)
    }

    pub(super) fn get(&self, kind: &str, name: &At<Id>, cx: &mut Cx) -> Option<R> {
        find(kind, self.0.iter().map(|(id, _)| id), name, cx).and_then(|index| self.0[index].1.clone())
    }
}

pub(super) fn resolve(world: &World, names: &Names, paths: &Paths, cx: &mut Cx) -> Agents {
    let mine_rules = Rules::new(&world.mine_rules, cx, |written, cx| rules::mine(written, names, cx));
    let plant_rules = Rules::new(&world.plant_rules, cx, |written, cx| rules::plant(written, names, cx));
    let sector_rules = Rules::new(&world.sector_rules, cx, |written, cx| rules::sector(written, names, cx));
    let merchant_rules = Rules::new(&world.merchant_rules, cx, rules::merchant);
    let investment_rules = Rules::new(&world.investment_rules, cx, super::project::rule);
    let recycler_rules = Rules::new(&world.recycler_rules, cx, demand::recycler_rule);
    let reserve_rules = Rules::new(&world.reserve_rules, cx, reserves::rule);

    let mines = world.mines.iter();
    let mines =
        mines.map(|(id, written)| mine(&id.value, written, (&mine_rules, &investment_rules), names, cx)).collect();
    hosts::check(world, names, cx);
    let plants = world.plants.iter();
    let plants =
        plants.map(|(id, written)| plant(&id.value, written, (&plant_rules, &investment_rules), names, cx)).collect();
    let sectors = world.sectors.iter();
    let sectors: Vec<Option<setup::Sector>> = sectors
        .map(|(id, written)| {
            let growth = paths.index(&written.growth, cx);
            sector(&id.value, written, growth, (world, &sector_rules), names, cx)
        })
        .collect();
    let merchants = world.merchants.iter();
    let merchants = merchants.map(|(id, written)| merchant(&id.value, written, &merchant_rules, names, cx)).collect();
    let agencies = world.reserves.iter();
    let reserves = agencies
        .map(|(id, written)| reserves::reserve(id, written, &reserve_rules, (world, &sectors), names, cx))
        .collect();
    let recyclers = world.recyclers.iter();
    let recyclers = recyclers
        .map(|(id, written)| {
            let rule = recycler_rules.get("rule in `recycler_rules`", &written.rule, cx);
            demand::recycler(&id.value, written, rule, names, cx)
        })
        .collect();
    Agents { mines, plants, sectors, merchants, reserves, recyclers }
}

fn mine(
    id: &Id,
    mine: &Mine,
    (rules, investment): (&Rules<setup::MineRule>, &Rules<setup::InvestmentRule>),
    names: &Names,
    cx: &mut Cx,
) -> Option<setup::Mine> {
    let (nation, owner) = (names.nation(&mine.nation, cx), names.owner(&mine.owner, cx));
    let mineral = names.mineral(&mine.mineral, cx);
    let host = match &mine.host {
        Some(host) => host_link(host, names, cx).map(Some),
        None => Some(None),
    };
    let rule = rules.get("rule in `mine_rules`", &mine.rule, cx);
    let market = stage_or(mineral, mine.stage.as_ref(), |stages| stages.start, names, cx);
    let quantum = mineral.map(|mineral| names.quantum(mineral));
    if let (Some(setup::Supply::Planned(_)), Some(host)) = (rule.map(|rule| rule.supply), &mine.host) {
        cx.error_at(&host.origin, "its rule plans by the price", "drop the host, or name a rule without `supply`");
    }
    let capacity = exact_above_0(&mine.capacity, quantum, cx);
    let cash_cost = exact(&mine.cash_cost, quantum, cx);
    let recovery = exact_above_0(&mine.recovery, Quantum::Kilogram, cx);
    let ore_reserve = exact_above_0(&mine.ore_reserve, quantum, cx);
    let (resource, stock) = (exact(&mine.resource, quantum, cx), exact(&mine.stock, quantum, cx));
    let written = mine.project.as_ref();
    let project = project(written, Built::Mine, investment, (quantum, names), cx);
    empty(&mine.stock, written, cx)?;
    Some(setup::Mine {
        id: id.clone(),
        label: label(&mine.label),
        nation: nation?,
        owner: owner?.0,
        firm: owner?.1,
        market: market?,
        host: host?,
        capacity_per_year: capacity?,
        cash_cost: placed(cash_cost?, written),
        recovery: recovery?,
        ore_reserve: ore_reserve?,
        resource: resource?,
        stock: stock?,
        rule: rule?,
        project: project?,
    })
}

/// The market of a stage that may be left out.
fn stage_or(
    mineral: Option<MineralIx>,
    stage: Option<&At<Id>>,
    otherwise: impl Fn(Range<MarketIx>) -> MarketIx,
    names: &Names,
    cx: &mut Cx,
) -> Option<MarketIx> {
    match stage {
        Some(stage) => names.market(mineral?, stage, cx),
        None => Some(names.markets(mineral?)).filter(|stages| !stages.is_empty()).map(otherwise),
    }
}

fn host_link(host: &Host, names: &Names, cx: &mut Cx) -> Option<HostLink> {
    match host {
        Host::Plan(plan) => names.host(plan, cx).map(HostLink::Plan),
        Host::Mine(mine) => names.mine(mine, cx).map(HostLink::Mine),
        Host::Mines(mineral) => names.mineral(mineral, cx).map(HostLink::Mines),
        Host::Plants(plants) => {
            let mineral = names.mineral(&plants.mineral, cx)?;
            names.market(mineral, &plants.stage, cx).map(HostLink::Plants)
        }
    }
}

fn plant(
    id: &Id,
    plant: &Plant,
    (rules, investment): (&Rules<setup::PlantRule>, &Rules<setup::InvestmentRule>),
    names: &Names,
    cx: &mut Cx,
) -> Option<setup::Plant> {
    let (nation, owner) = (names.nation(&plant.nation, cx), names.owner(&plant.owner, cx));
    let rule = rules.get("rule in `plant_rules`", &plant.rule, cx);
    let lead = weeks_up_to(&plant.lead, MAX_LEAD, cx);
    let mineral = names.mineral(&plant.mineral, cx);
    let quantum = mineral.map(|mineral| names.quantum(mineral));
    let feed = mineral.and_then(|mineral| names.market(mineral, &plant.feed, cx));
    let product = mineral.and_then(|mineral| names.market(mineral, &plant.product, cx));
    let onward = feed.zip(product).filter(|(feed, product)| feed < product);
    if onward.is_none()
        && let (Some(mineral), Some((feed, product))) = (mineral, feed.zip(product))
    {
        let markets = names.markets(mineral);
        let stage = |market: MarketIx| &names.stages_of(mineral)[market - markets.start];
        let what = format!(
            "a plant makes a later stage than its feed, and \"{}\" does not come after \"{}\"",
            stage(product),
            stage(feed)
        );
        let later: Vec<String> = (feed + 1..markets.end).map(|market| format!("\"{}\"", stage(market))).collect();
        let instead = if later.is_empty() {
            format!("\"{}\" is the last stage: name an earlier feed", stage(feed))
        } else {
            format!("write {}", later.join(" or "))
        };
        cx.error_at(&plant.product.origin, what, instead);
    }
    let capacity = exact_above_0(&plant.capacity, quantum, cx);
    let recovery = exact_above_0(&plant.recovery, Quantum::Kilogram, cx);
    let conversion_cost = exact(&plant.conversion_cost, quantum, cx);
    let (feed_stock, product_stock) = (exact(&plant.feed_stock, quantum, cx), exact(&plant.product_stock, quantum, cx));
    let written = plant.project.as_ref();
    let project = project(written, Built::Plant, investment, (quantum, names), cx);
    empty(&plant.feed_stock, written, cx).and(empty(&plant.product_stock, written, cx))?;
    let (feed, product) = onward?;
    Some(setup::Plant {
        id: id.clone(),
        label: label(&plant.label),
        nation: nation?,
        owner: owner?.0,
        firm: owner?.1,
        feed,
        product,
        capacity_per_year: capacity?,
        recovery: recovery?,
        conversion_cost: placed(conversion_cost?, written),
        feed_stock: feed_stock?,
        product_stock: product_stock?,
        lead_weeks: lead?,
        rule: rule?,
        project: project?,
    })
}

fn sector(
    id: &Id,
    sector: &Sector,
    growth: Option<setup::Path>,
    (world, rules): (&World, &Rules<setup::SectorRule>),
    names: &Names,
    cx: &mut Cx,
) -> Option<setup::Sector> {
    let nation = names.nation(&sector.nation, cx);
    let rule = rules.get("rule in `sector_rules`", &sector.rule, cx);
    let lead = weeks_up_to(&sector.lead, MAX_LEAD, cx);
    let new_scrap = ppm(&sector.new_scrap, cx);
    let mineral = names.mineral(&sector.mineral, cx);
    let market = stage_or(mineral, sector.stage.as_ref(), |stages| stages.end - 1, names, cx);
    let service = match &sector.service {
        Some(name) => demand::service_of(name, &sector.mineral, world, cx).map(Some),
        None => Some(None),
    };
    let quantum = mineral.map(|mineral| names.quantum(mineral));
    let used = exact_above_0(&sector.r#use, quantum, cx);
    let stock = exact(&sector.stock, quantum, cx);
    Some(setup::Sector {
        id: id.clone(),
        label: label(&sector.label),
        nation: nation?,
        market: market?,
        use_per_year: used?,
        growth: growth?,
        service: service?,
        new_scrap: new_scrap?,
        value: sector.value.number(),
        priority: sector.priority.0,
        stock: stock?,
        lead_weeks: lead?,
        rule: rule?,
    })
}

fn merchant(
    id: &Id,
    merchant: &Merchant,
    rules: &Rules<setup::MerchantRule>,
    names: &Names,
    cx: &mut Cx,
) -> Option<setup::Merchant> {
    let nation = names.nation(&merchant.nation, cx);
    let rule = rules.get("rule in `merchant_rules`", &merchant.rule, cx);
    let mineral = names.mineral(&merchant.mineral, cx);
    let quantum = mineral.map(|mineral| names.quantum(mineral));
    let market = mineral.and_then(|mineral| names.market(mineral, &merchant.stage, cx));
    let (stock, capacity) = (exact(&merchant.stock, quantum, cx), exact_above_0(&merchant.capacity, quantum, cx));
    if merchant.stock.number() > merchant.capacity.number() {
        let instead = format!("write at most Tonnes({}), or more `capacity`", plain(merchant.capacity.number()));
        cx.error_at(&merchant.stock.origin, "the stock is more than the warehouse holds", instead);
    }
    let credit = exact(&merchant.credit, quantum, cx);
    Some(setup::Merchant {
        id: id.clone(),
        label: label(&merchant.label),
        nation: nation?,
        market: market?,
        stock: stock?,
        capacity: capacity?,
        credit: credit?,
        rule: rule?,
    })
}
