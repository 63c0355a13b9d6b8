//! From a world as written to a checked one: names become indices, quantities whole numbers, and everything is compared
//! with what it must agree with. Every check goes on after a problem, so that all are reported together.

use crate::calendar::{Calendar, Date};
use crate::id::{Id, Label};
use crate::policy::{Policy, export_control};
use crate::setup::{self, MarketIx, Setup};
use crate::units::Quantum;

use super::decode::{At, Cx, Keyed, Origin};
use super::quantity::Quantity;
use super::written::{self, World};

mod agents;
mod blocs;
mod currencies;
mod curves;
mod decisions;
mod demand;
mod exchanges;
mod firms;
mod hedges;
mod hosts;
mod markets;
pub mod names;
pub mod offtakes;
mod options;
mod places;
mod plans;
mod positions;
mod project;
mod published;
mod reserves;
mod rules;
mod traders;
mod watches;

use agents::Agents;
use names::Names;

/// Editions of the format that this version reads.
pub const EDITIONS: [u32; 1] = [1];

fn label(label: &written::Label) -> Label {
    Label { zh: label.zh.0.clone(), en: label.en.0.clone() }
}

/// Collects what is there, after all of it has been looked at.
fn all<T>(items: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let items: Vec<Option<T>> = items.collect();
    items.into_iter().collect()
}

/// Checks a world; gives it with the place of every market's stage. When there is none, `cx` holds at least one error.
pub fn resolve(world: World, cx: &mut Cx) -> Option<(Setup, Vec<Origin>)> {
    let mut world = in_order(world);
    // Stages that nobody can name: what refers to one of the mineral's is no further problem.
    for (_, mineral) in world.minerals.lose(|mineral| mineral.stages.iter().any(|stage| stage.id.is_unread())) {
        rules::expectations(&mineral.expectations, cx);
    }
    // And blocs of which nobody knows who belongs to them.
    let nations = ids(&world.nations);
    for (id, bloc) in world.blocs.lose(|bloc| bloc.members.iter().any(|name| !nations.contains(name))) {
        blocs::check(&id, &bloc, &nations, cx);
    }
    dates(&world, cx);
    at_least_one(&world, cx);
    not_too_many(&world, cx);
    if !world.include.is_empty() {
        let instead = "write it in the file itself: parts are read before values are set";
        cx.error_at(&world.include.origin, "the parts have not been read", instead);
    }
    if !world.set.0.is_empty() {
        let instead = "write it in the file itself: what a world sets is set when its parts are joined";
        cx.error_at(&world.set.origin, "what it sets has not been set", instead);
    }
    let names = names_of(&world, cx);
    let paths = demand::Paths::new(&world, cx);

    let base_year = world.base_year.0.as_ref();

    let minerals = all(world.minerals.iter().map(|(id, mineral)| {
        let index = names.minerals.iter().position(|(other, _)| *other == id.value)?;
        let expectations = rules::expectations(&mineral.expectations, cx)?;
        let (markets, quantum) = (names.markets(index), Quantum::from(&mineral.quantum));
        Some(setup::Mineral { id: id.value.clone(), label: label(&mineral.label), quantum, markets, expectations })
    }));
    let mut markets: Vec<Option<setup::Market>> = Vec::new();
    for (id, mineral) in &world.minerals {
        let index = names.minerals.iter().position(|(other, _)| *other == id.value)?;
        markets.append(&mut markets::of_mineral(index, mineral, &names, cx));
    }
    let regions =
        world.regions.iter().map(|(id, region)| setup::Region { id: id.value.clone(), label: label(&region.label) });
    let hosts = world.hosts.iter().map(|(id, host)| {
        let plan = paths.index(&host.plan, cx)?;
        Some(setup::Host { id: id.value.clone(), label: label(&host.label), plan })
    });
    let hosts = all(hosts);
    let nations = all(world.nations.iter().map(|(id, written)| nation(&id.value, written, &names, cx)));
    let decisions = decisions::resolve(&world, &names, cx);
    if let Some(nations) = &nations {
        ways_past_fit(&world, nations, markets.len(), cx);
    }
    let currencies = currencies::resolve(&world, cx);
    let blocs = blocs::resolve(&world, &names, cx);
    let services = demand::services(&world, &paths, &names, cx);
    let floor = exchanges::resolve(&world, &names, cx);
    let mut agents = agents::resolve(&world, &names, &paths, cx);
    demand::without_scrap(&world, cx);
    let firms = firms::resolve(&world, &names, cx);
    let offtakes = offtakes::resolve(&world, &names, cx);
    hedges::place(&world, &mut agents, &floor, &names, cx);
    let watches = watches::resolve(&world, &agents, &names, cx);
    let published = published::resolve(&world, &names, cx);
    let position_rule = positions::rule(&world.position_rule);

    let stages: Vec<&Origin> =
        world.minerals.iter().flat_map(|(_, mineral)| mineral.stages.iter().map(|stage| &stage.id.origin)).collect();
    values_fit(&markets, &agents, &stages, cx);
    markets::ways_in(&markets, &names, &world, cx);
    markets::detours(&markets, &names, &world, cx);
    curves::knowable(&agents, &names, &world, cx);
    exchanges::tradable(&floor.contracts, &markets, &names, &world, cx);

    // The balance waits for all that it looks at; for what it does not, nothing stands in here: an error forbids using it.
    let physical = !cx.has_errors_in(bears_on_the_balance);
    let (id, base_year, shown) = (world.id.0.clone()?, base_year?.0, world.label.0.as_ref()?);
    let offtakes = offtakes.unwrap_or_default();
    let mut setup = Setup {
        id,
        label: label(shown),
        base_year,
        calendar: names.calendar,
        minerals: minerals?,
        markets: all(markets.into_iter())?,
        regions: regions.collect(),
        nations: deciding(nations?, decisions?),
        hosts: hosts?,
        mines: all(agents.mines.into_iter())?,
        plants: all(agents.plants.into_iter())?,
        sectors: all(agents.sectors.into_iter())?,
        merchants: all(agents.merchants.into_iter())?,
        reserves: all(agents.reserves.into_iter())?,
        firms: firms.unwrap_or_default(),
        offtakes: offtakes.offtakes,
        offtake_rules: offtakes.rules,
        alignment: offtakes.alignment,
        blocs: blocs.unwrap_or_default(),
        services: services?,
        recyclers: all(agents.recyclers.into_iter())?,
        exchanges: floor.exchanges.unwrap_or_default(),
        contracts: all(floor.contracts.into_iter()).unwrap_or_default(),
        currencies: currencies?,
        traders: floor.traders.unwrap_or_default(),
        watches: watches.unwrap_or_default(),
        published: published.unwrap_or_default(),
        position_rule,
    };
    reserves::fill(&world, &mut setup);
    physical.then_some(())?;
    Some((setup, stages.into_iter().cloned().collect()))
}

fn nation(id: &Id, nation: &written::Nation, names: &Names, cx: &mut Cx) -> Option<setup::Nation> {
    let index = names.nations.iter().position(|(other, _)| other == id)?;
    let region = names.region(&nation.region, cx);
    let money = currencies::of_nation(nation, names, cx);
    let elections = decisions::elections(nation, cx);
    let policy = |(id, policy): &(At<Id>, crate::policy::WrittenPolicy)| {
        policy.resolve(index, names, cx).map(|policy| (id.value.clone(), policy))
    };
    let policies: Vec<_> = nation.policies.iter().filter_map(policy).collect();
    let (currency, cover) = money?;
    Some(setup::Nation {
        id: id.clone(),
        label: label(&nation.label),
        region: region?,
        governance: nation.governance.number(),
        criticality: nation.criticality.as_ref().map(positions::criteria),
        hazard: nation.hazard.number(),
        currency,
        cover,
        policies,
        decisions: Vec::new(),
        elections,
    })
}

/// Nations with what they decide on.
fn deciding(nations: Vec<setup::Nation>, decisions: Vec<Vec<setup::decision::Decision>>) -> Vec<setup::Nation> {
    let both = nations.into_iter().zip(decisions);
    both.map(|(nation, decisions)| setup::Nation { decisions, ..nation }).collect()
}

/// Whether the base year's balance may depend on a value; policies, firms, contracts, exchanges, watches and figures are not part of it.
fn bears_on_the_balance(path: &str) -> bool {
    const APART: [&str; 15] = [
        "hazard_rules",
        "firms",
        "firm_rules",
        "offtakes",
        "offtake_rules",
        "alliances",
        "blocs",
        "published",
        "position_rule",
        "exchanges",
        "contracts",
        "currencies",
        "trader_rules",
        "traders",
        "watches",
    ];
    let field = path.split(['.', '[']).next().unwrap_or_default();
    !APART.contains(&field) && !path.contains("].policies[") && !path.contains("].decisions[")
}

/// The same world with every list in order of id.
fn in_order(mut world: World) -> World {
    for (_, nation) in &mut world.nations.0 {
        nation.policies.0.sort_by(|a, b| a.0.value.cmp(&b.0.value));
        nation.decisions.0.sort_by(|a, b| a.0.value.cmp(&b.0.value));
    }
    World {
        minerals: world.minerals.sorted(),
        regions: world.regions.sorted(),
        nations: world.nations.sorted(),
        hosts: world.hosts.sorted(),
        mines: world.mines.sorted(),
        plants: world.plants.sorted(),
        sectors: world.sectors.sorted(),
        merchants: world.merchants.sorted(),
        reserves: world.reserves.sorted(),
        firms: world.firms.sorted(),
        offtakes: world.offtakes.sorted(),
        offtake_rules: world.offtake_rules.sorted(),
        blocs: world.blocs.sorted(),
        services: world.services.sorted(),
        recyclers: world.recyclers.sorted(),
        exchanges: world.exchanges.sorted(),
        contracts: world.contracts.sorted(),
        currencies: world.currencies.sorted(),
        traders: world.traders.sorted(),
        watches: world.watches.sorted(),
        ..world
    }
}

fn ids<V>(keyed: &Keyed<Id, V>) -> Vec<Id> {
    keyed.keys().into_iter().cloned().collect()
}

fn names_of(world: &World, cx: &mut Cx) -> Names {
    for (_, mineral) in &world.minerals {
        for (i, stage) in mineral.stages.iter().enumerate() {
            if mineral.stages[..i].iter().any(|other| other.id.value == stage.id.value) {
                cx.error_at(
                    &stage.id.origin,
                    format!("the stage \"{}\" comes twice", stage.id.value),
                    "give it another id",
                );
            }
        }
    }
    let regions = ids(&world.regions);
    let region = |name: &Id| regions.iter().position(|id| id == name);
    let all_nations = ids(&world.nations);
    let nation = |name: &Id| all_nations.iter().position(|id| id == name);
    let stages = |mineral: &written::Mineral| mineral.stages.iter().map(|stage| stage.id.value.clone()).collect();
    let names = Names {
        minerals: ids(&world.minerals)
            .into_iter()
            .map(|id| {
                let written = world.minerals.iter().find(|(other, _)| other.value == id);
                (id, written.map(|(_, mineral)| (Quantum::from(&mineral.quantum), stages(mineral))))
            })
            .collect(),
        nations: all_nations
            .iter()
            .map(|id| {
                let written = world.nations.iter().find(|(other, _)| other.value == *id);
                (id.clone(), written.and_then(|(_, nation)| region(&nation.region)))
            })
            .collect(),
        hosts: ids(&world.hosts),
        mines: ids(&world.mines)
            .into_iter()
            .map(|id| {
                let written = world.mines.iter().find(|(other, _)| other.value == id);
                (id, written.and_then(|(_, mine)| nation(&mine.nation)))
            })
            .collect(),
        blocs: blocs::members(world, &nation),
        plants: ids(&world.plants)
            .into_iter()
            .map(|id| {
                let written = world.plants.iter().find(|(other, _)| other.value == id);
                (id, written.and_then(|(_, plant)| nation(&plant.nation)))
            })
            .collect(),
        firms: ids(&world.firms)
            .into_iter()
            .map(|id| {
                let written = world.firms.iter().find(|(other, _)| other.value == id);
                (id, written.and_then(|(_, firm)| nation(&firm.nation)))
            })
            .collect(),
        sectors: ids(&world.sectors)
            .into_iter()
            .map(|id| {
                let written = world.sectors.iter().find(|(other, _)| other.value == id);
                (id, written.and_then(|(_, sector)| nation(&sector.nation)))
            })
            .collect(),
        reserves: ids(&world.reserves)
            .into_iter()
            .map(|id| {
                let written = world.reserves.iter().find(|(other, _)| other.value == id);
                (id, written.and_then(|(_, reserve)| nation(&reserve.nation)))
            })
            .collect(),
        exchanges: ids(&world.exchanges)
            .into_iter()
            .map(|id| {
                let written = world.exchanges.iter().find(|(other, _)| other.value == id);
                (id, written.and_then(|(_, exchange)| nation(&exchange.nation)))
            })
            .collect(),
        contracts: Vec::new(),
        currencies: ids(&world.currencies),
        watches: ids(&world.watches)
            .into_iter()
            .map(|id| {
                let written = world.watches.iter().find(|(other, _)| other.value == id);
                (id, written.and_then(|(_, watch)| nation(&watch.nation)))
            })
            .collect(),
        // Without a start that could be read, a day long ago makes no policy look late.
        calendar: Calendar { start: world.start.0.as_ref().map_or_else(Date::default, |start| start.value) },
        regions,
    };
    let contract = |(id, written): &(At<Id>, written::exchanges::Contract)| {
        let place = || {
            let exchange = names.exchanges.iter().position(|(other, _)| *other == written.exchange.value)?;
            let market = match &written.mineral {
                Some(mineral) => Some(places::of_contract(mineral, written.stage.as_ref(), &names)?),
                None => None,
            };
            Some((exchange, market))
        };
        (id.value.clone(), place())
    };
    Names { contracts: world.contracts.iter().map(contract).collect(), ..names.clone() }
}

fn dates(world: &World, cx: &mut Cx) {
    let Some((written, base)) = world.start.0.as_ref().zip(world.base_year.0.as_ref()) else { return };
    let (start, base) = (written.year(), base.0);
    if (start - base).abs() > 1 {
        let instead = format!("begin between {} and {}, or bring the numbers to another base year", base - 1, base + 1);
        cx.error_at(&written.origin, format!("the world starts in {start}, but its numbers describe {base}"), instead);
    }
}

/// Most regions of a world: in the clearing each may need a node for its buyers, its sellers and its gate.
const MAX_REGIONS: usize = crate::clearing::MAX_REGIONS / 3;

fn not_too_many(world: &World, cx: &mut Cx) {
    if let Some((id, _)) = world.regions.iter().nth(MAX_REGIONS) {
        let what = format!("{} regions are more than a market can hold", world.regions.iter().count());
        cx.error_at(&id.origin, what, format!("write at most {MAX_REGIONS}: put small ones together"));
    }
}

/// Refuses the export control with which a market has more ways past controls than its network has room for.
fn ways_past_fit(world: &World, nations: &[setup::Nation], markets: usize, cx: &mut Cx) {
    let room = export_control::room_for_ways_past(world.regions.iter().count());
    let mut ways = vec![0; markets];
    for ((_, written), nation) in world.nations.iter().zip(nations) {
        for (id, policy) in &nation.policies {
            let Policy::ExportControl(control) = policy else { continue };
            let over = |(market, ways): (usize, &mut usize)| {
                let before = *ways;
                *ways += control.ways_past(market);
                before <= room && *ways > room
            };
            let beyond = ways.iter_mut().enumerate().map(over).fold(false, |any, over| any | over);
            let name = written.policies.iter().find(|(name, _)| beyond && name.value == *id);
            if let Some((name, _)) = name {
                let what = "ways past controls take more room than the clearing of a market has";
                let instead = format!("leave at most {room} pairs of origin and destination a way past in each stage");
                cx.error_at(&name.origin, what, instead);
            }
        }
    }
}

fn at_least_one(world: &World, cx: &mut Cx) {
    let root = Origin { span: world.schema.origin.span, path: "".into() };
    let missing = [
        // A contract on a value needs none.
        (world.minerals.keys().is_empty() && world.contracts.keys().is_empty(), "mineral", "minerals"),
        (world.regions.keys().is_empty(), "region", "regions"),
        (world.nations.keys().is_empty(), "nation", "nations"),
    ];
    for (_, kind, field) in missing.iter().filter(|(empty, ..)| *empty) {
        cx.error_at(&root, format!("the world has no {kind}"), format!("add one to `{field}`"));
    }
    for (_, mineral) in world.minerals.iter().filter(|(_, mineral)| mineral.stages.is_empty()) {
        cx.error_at(&mineral.stages.origin, "the mineral has no stage", "add at least one");
    }
}

/// An index over time, with years in order and a value of 1 in the base year.
fn path(written: &At<written::Path>, base_year: Option<i16>, cx: &mut Cx) -> Option<setup::Path> {
    if !written.1.is_empty() {
        return None;
    }
    let points: Vec<(i16, f64)> = written.iter().map(|(year, level)| (year.0, level.0)).collect();
    for pair in written.0.windows(2) {
        let (before, year) = (&pair[0].0, &pair[1].0);
        // The same year twice has been reported with the keys.
        if before.0 > year.0 {
            let what = format!("the year {} comes after {}", year.0, before.0);
            cx.error_at(&year.origin, what, "write the years in order");
            return None;
        }
    }
    let path = setup::Path(points);
    let base = base_year.map(|year| path.at(f64::from(year) + 0.5));
    if let Some((base, base_year)) = base.zip(base_year).filter(|(base, _)| (base - 1.0).abs() > 0.005) {
        let what = format!("the index is {base:.3} in the base year {base_year}");
        cx.warn_at(&written.origin, what, "indices count from the base year: write 1 there");
    }
    Some(path)
}

/// Largest multiple of the opening or long-run price that values are sized for.
const PRICE_ROOM: f64 = 20.0;

/// Refuses worlds in which all the metal of a mineral at twenty times its price would not fit into the books. Agents with
/// another problem are left out, which can only make the sum smaller.
fn values_fit(markets: &[Option<setup::Market>], agents: &Agents, stages: &[&Origin], cx: &mut Cx) {
    for (terms, at) in markets.iter().zip(stages) {
        let Some(terms) = terms else { continue };
        let of = |other: MarketIx| markets[other].as_ref().is_some_and(|market| market.mineral == terms.mineral);
        let mines = agents.mines.iter().flatten().filter(|mine| of(mine.market));
        let yearly = mines.map(|mine| mine.capacity_per_year.real() + mine.stock.real());
        let plants = agents.plants.iter().flatten().filter(|plant| of(plant.product));
        let made = plants.map(|plant| {
            let (capacity, stocks) =
                (plant.capacity_per_year.real(), plant.feed_stock.real() + plant.product_stock.real());
            capacity / plant.recovery.share() + stocks
        });
        let sectors = agents.sectors.iter().flatten().filter(|sector| of(sector.market));
        let used = sectors.map(|sector| sector.use_per_year.real() + sector.stock.real());
        let merchants = agents.merchants.iter().flatten().filter(|merchant| of(merchant.market));
        let kept = merchants.map(|merchant| merchant.capacity.real());
        let reserves = agents.reserves.iter().flatten().filter(|reserve| of(reserve.market));
        let held = reserves.map(|reserve| reserve.stock.real());
        let recyclers = agents.recyclers.iter().flatten().filter(|recycler| of(recycler.product));
        let recycled = recyclers.map(|recycler| recycler.capacity_per_year.real() + recycler.stock.real());
        let quanta: f64 = yearly.chain(made).chain(recycled).chain(used).chain(kept).chain(held).sum();
        let price = terms.opening_price.real().max(terms.long_run_price.real()) * PRICE_ROOM;
        if quanta * price > i64::MAX as f64 {
            let what = format!("a year's metal at {PRICE_ROOM} times the price is worth more than the books can hold");
            cx.error_at(
                at,
                what,
                "look for a price or a tonnage with too many digits, or a mineral in grams that trades in tonnes",
            );
        }
    }
}
