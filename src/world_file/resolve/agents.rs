//! Mines, plants, sectors, merchants and reserves.

use crate::id::Id;
use crate::setup::{self, HostLink, MarketIx, MineralIx, NationIx};
use crate::units::Mass;

use super::super::decode::{At, Cx, Keyed};
use super::super::quantity::{Quantity, plain};
use super::super::written::agents::{Host, Merchant, Mine, Plant, Reserve, Sector};
use super::super::written::{Holding, World};
use super::demand::Paths;
use super::names::{Names, exact, exact_above_0, find, ppm, weeks_up_to, whole_weeks};
use super::project::{Built, empty, placed, project};
use super::{all, chain, demand, hosts, label, rules};

/// Longest lead time, in weeks.
const MAX_LEAD: f64 = 52.0;

/// Everybody who acts.
pub(super) struct Agents {
    pub(super) mines: Vec<setup::Mine>,
    pub(super) plants: Vec<setup::Plant>,
    pub(super) sectors: Vec<setup::Sector>,
    pub(super) merchants: Vec<setup::Merchant>,
    pub(super) reserves: Vec<setup::Reserve>,
    pub(super) recyclers: Vec<setup::demand::Recycler>,
}

/// Rules of one kind by name; one with a problem is there, so that naming it is no second problem.
pub(super) struct Rules<R>(Vec<(Id, Option<R>)>);

impl<R: Copy> Rules<R> {
    pub(super) fn new<W>(written: &Keyed<Id, W>, cx: &mut Cx, rule: impl Fn(&W, &mut Cx) -> Option<R>) -> Self {
        let read = written.iter().map(|(id, written)| (id.value.clone(), rule(written, cx)));
        let lost = written.1.iter().map(|id| (id.value.clone(), None));
        let mut rules: Vec<_> = read.chain(lost).collect();
        rules.sort_by(|a, b| a.0.cmp(&b.0));
        Self(rules)
    }

    pub(super) fn get(&self, kind: &str, name: &At<Id>, cx: &mut Cx) -> Option<R> {
        find(kind, self.0.iter().map(|(id, _)| id), name, cx).and_then(|index| self.0[index].1)
    }
}

pub(super) fn resolve(
    world: &World,
    names: &Names,
    paths: &Paths,
    services: Option<&[setup::demand::Service]>,
    cx: &mut Cx,
) -> Option<Agents> {
    let mine_rules = Rules::new(&world.mine_rules, cx, |written, cx| rules::mine(written, names, cx));
    let plant_rules = Rules::new(&world.plant_rules, cx, |written, cx| rules::plant(written, names, cx));
    let sector_rules = Rules::new(&world.sector_rules, cx, |written, cx| rules::sector(written, names, cx));
    let merchant_rules = Rules::new(&world.merchant_rules, cx, rules::merchant);
    let investment_rules = Rules::new(&world.investment_rules, cx, super::project::rule);
    let recycler_rules = Rules::new(&world.recycler_rules, cx, demand::recycler_rule);

    let mines = all(world
        .mines
        .iter()
        .map(|(id, written)| mine(&id.value, written, (&mine_rules, &investment_rules), names, cx)));
    hosts::check(world, names, cx);
    let plants = all(world
        .plants
        .iter()
        .map(|(id, written)| plant(&id.value, written, (&plant_rules, &investment_rules), names, cx)));
    let sectors = all(world.sectors.iter().map(|(id, written)| {
        let growth = paths.index(&written.growth, cx);
        sector(&id.value, written, growth, services, &sector_rules, names, cx)
    }));
    let merchants =
        all(world.merchants.iter().map(|(id, written)| merchant(&id.value, written, &merchant_rules, names, cx)));
    let used = |nation, mineral| sectors.as_ref().map(|sectors| used_per_year(sectors, names, nation, mineral));
    let reserves = all(world.reserves.iter().map(|(id, written)| reserve(&id.value, written, used, names, cx)));
    let recyclers = all(world.recyclers.iter().map(|(id, written)| {
        let rule = recycler_rules.get("rule in `recycler_rules`", &written.rule, cx);
        demand::recycler(&id.value, written, rule, names, cx)
    }));
    Some(Agents {
        mines: mines?,
        plants: plants?,
        sectors: sectors?,
        merchants: merchants?,
        reserves: reserves?,
        recyclers: recyclers?,
    })
}

/// What a nation's sectors use of a mineral in the base year.
fn used_per_year(sectors: &[setup::Sector], names: &Names, nation: NationIx, mineral: MineralIx) -> Mass {
    let markets = names.markets(mineral);
    let own = sectors.iter().filter(|sector| sector.nation == nation && markets.contains(&sector.market));
    own.map(|sector| sector.use_per_year).sum()
}

fn mine(
    id: &Id,
    mine: &Mine,
    (rules, investment): (&Rules<setup::MineRule>, &Rules<setup::InvestmentRule>),
    names: &Names,
    cx: &mut Cx,
) -> Option<setup::Mine> {
    let (nation, owner) = (names.nation(&mine.nation, cx), names.owner(&mine.owner, cx));
    let chain = chain(names, &mine.mineral, cx);
    let host = match &mine.host {
        Some(host) => host_link(host, names, cx).map(Some),
        None => Some(None),
    };
    let rule = rules.get("rule in `mine_rules`", &mine.rule, cx);
    let (mineral, first, _) = chain?;
    let market = stage_or(mineral, mine.stage.as_ref(), first, names, cx);
    let quantum = names.quantum(mineral);
    let capacity = exact_above_0(&mine.capacity, quantum, cx);
    let cash_cost = exact(&mine.cash_cost, quantum, cx);
    let recovery = exact_above_0(&mine.recovery, quantum, cx);
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
    mineral: MineralIx,
    stage: Option<&At<Id>>,
    otherwise: MarketIx,
    names: &Names,
    cx: &mut Cx,
) -> Option<MarketIx> {
    stage.map_or(Some(otherwise), |stage| names.market(mineral, stage, cx))
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
    let (mineral, first, last) = chain(names, &plant.mineral, cx)?;
    let stage = |market: MarketIx| &names.stages_of(mineral)[market - first];
    let quantum = names.quantum(mineral);
    let feed = names.market(mineral, &plant.feed, cx);
    let product = names.market(mineral, &plant.product, cx);
    let onward = feed.zip(product).filter(|(feed, product)| feed < product);
    if onward.is_none()
        && let Some((feed, product)) = feed.zip(product)
    {
        let what = format!(
            "a plant makes a later stage than its feed, and \"{}\" does not come after \"{}\"",
            stage(product),
            stage(feed)
        );
        let later: Vec<String> = (feed + 1..=last).map(|market| format!("\"{}\"", stage(market))).collect();
        let instead = if later.is_empty() {
            format!("\"{}\" is the last stage: name an earlier feed", stage(feed))
        } else {
            format!("write {}", later.join(" or "))
        };
        cx.error_at(&plant.product.origin, what, instead);
    }
    let capacity = exact_above_0(&plant.capacity, quantum, cx);
    let recovery = exact_above_0(&plant.recovery, quantum, cx);
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
    services: Option<&[setup::demand::Service]>,
    rules: &Rules<setup::SectorRule>,
    names: &Names,
    cx: &mut Cx,
) -> Option<setup::Sector> {
    let nation = names.nation(&sector.nation, cx);
    let rule = rules.get("rule in `sector_rules`", &sector.rule, cx);
    let lead = weeks_up_to(&sector.lead, MAX_LEAD, cx);
    let new_scrap = ppm(&sector.new_scrap, cx);
    let (mineral, _, last) = chain(names, &sector.mineral, cx)?;
    let market = stage_or(mineral, sector.stage.as_ref(), last, names, cx);
    let service = match &sector.service {
        Some(name) => demand::service_of(name, mineral, services, names, cx).map(Some),
        None => Some(None),
    };
    let quantum = names.quantum(mineral);
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
    let mineral = names.mineral(&merchant.mineral, cx)?;
    let quantum = names.quantum(mineral);
    let market = names.market(mineral, &merchant.stage, cx);
    let (stock, capacity) = (exact(&merchant.stock, quantum, cx), exact_above_0(&merchant.capacity, quantum, cx));
    if stock.zip(capacity).is_some_and(|(stock, capacity)| stock > capacity) {
        let instead = format!("write at most Tonnes({}), or more `capacity`", plain(merchant.capacity.number()));
        cx.error_at(&merchant.stock.origin, "the stock is more than the warehouse holds", instead);
        return None;
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

fn reserve(
    id: &Id,
    reserve: &Reserve,
    used: impl Fn(NationIx, MineralIx) -> Option<Mass>,
    names: &Names,
    cx: &mut Cx,
) -> Option<setup::Reserve> {
    let nation = names.nation(&reserve.nation, cx);
    let approval = whole_weeks(&reserve.approval, 0..=104, cx);
    let mineral = names.mineral(&reserve.mineral, cx)?;
    let quantum = names.quantum(mineral);
    let market = names.market(mineral, &reserve.stage, cx);
    let used = nation.and_then(|nation| used(nation, mineral));
    let in_days = reserve.target.number() > 0.0 || matches!(reserve.stock.value, Holding::DaysOfUse(_));
    if in_days && used == Some(Mass::ZERO) {
        let what = format!("\"{}\" has no sector that uses {}", reserve.nation.value, reserve.mineral.value);
        cx.warn_at(&reserve.target.origin, what, "days of no use are no metal: add a sector, or write Tonnes(..)");
    }
    let stock = match reserve.stock.value {
        Holding::Tonnes(tonnes) => exact(&At { value: tonnes, origin: reserve.stock.origin.clone() }, quantum, cx),
        Holding::DaysOfUse(days) => used.map(|used| Mass::nearest(used.real() / 365.25 * days.number())),
    };
    let budget = exact(&reserve.budget, quantum, cx);
    let floor = match &reserve.floor {
        Some(floor) => exact_above_0(floor, quantum, cx).map(Some),
        None => Some(None),
    };
    Some(setup::Reserve {
        id: id.clone(),
        label: label(&reserve.label),
        nation: nation?,
        market: market?,
        stock: stock?,
        target_days: reserve.target.number(),
        buy_below: reserve.buy_below.number(),
        release_above: reserve.release_above.number(),
        approval_weeks: approval?,
        buy_days_per_week: reserve.buy_per_week.number(),
        release_days_per_week: reserve.release_per_week.number(),
        budget: budget?,
        floor: floor?,
        loss: reserve.loss.number(),
    })
}
