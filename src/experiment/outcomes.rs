//! From an outcome as written to one that can be measured.

use super::written::{self, Measure as Written};
use crate::calendar::{Calendar, Date, Week};
use crate::id::Id;
use crate::outcome::{Levy, MarketName, Measure, Outcome, Projects};
use crate::setup::Setup;
use crate::world_file::decode::{At, Cx};
use crate::world_file::problem::unknown_name;
use crate::world_file::quantity::Quantity;
use crate::world_file::reference::names_in;
use crate::world_file::tree::{Entry, Kind, Node};

mod acts;
mod exchanges;
mod facts;
mod policies;
mod pricing;
mod reserves;
mod warnings;
mod yearly;

pub(super) use facts::{ask, check_asked};

/// Part of the run that an outcome looks at, as written.
type Window<'a> = (&'a Option<At<Date>>, &'a Option<At<Date>>);

/// A name and what it must be the name of.
type Named<'a> = (&'static str, &'a At<Id>);

/// Weeks that begin from the start to a day, both included; 0 when the day comes before.
pub(super) fn weeks_to(calendar: Calendar, day: Date) -> Week {
    let days = day.days_since(calendar.start);
    if days < 0 { 0 } else { Week::try_from(days / 7 + 1).unwrap_or(Week::MAX) }
}

/// Reports names that are known in the world of no arm, as they are written.
pub(super) fn check_names(written: &[(At<Id>, Written)], worlds: &[&Node], cx: &mut Cx) {
    for (_, kind) in written {
        for (what, name) in parts(kind, &[]).1 {
            check_name(what, name, worlds, cx);
        }
        facts::check(kind, cx);
        if let Written::Warning(of) = kind {
            warnings::check(of, cx);
        }
    }
}

/// Resolves outcomes whose names have been checked against the worlds of the arms.
pub(super) fn resolve(
    written: &[(At<Id>, Written)],
    worlds: &[Setup],
    calendar: Calendar,
    weeks: Week,
    cx: &mut Cx,
) -> Vec<Outcome> {
    let mut found = Vec::new();
    for (id, kind) in written {
        let (measure, _, window) = parts(kind, worlds);
        if let Some(weeks) = window_of(id, window, calendar, weeks, cx) {
            yearly::check(id, &measure, &weeks, calendar, cx);
            found.push(Outcome { id: id.value.clone(), measure, weeks });
        }
    }
    found
}

fn window_of(
    id: &At<Id>,
    (from, until): Window,
    calendar: Calendar,
    weeks: Week,
    cx: &mut Cx,
) -> Option<std::ops::Range<Week>> {
    if [from, until].into_iter().flatten().any(|day| cx.is_replaced(&day.origin)) {
        return None;
    }
    let begin = from.as_ref().map_or(0, |day| calendar.week_from(day.value));
    let end = until.as_ref().map_or(weeks, |day| weeks_to(calendar, day.value));
    if let Some(day) = until.as_ref().filter(|_| end > weeks) {
        cx.error_at(
            &day.origin,
            "looks beyond the end of the run",
            "let the experiment's `until` come later, or this one earlier",
        );
        return None;
    }
    if begin >= end {
        let origin = from.as_ref().or(until.as_ref()).map_or(&id.origin, |day| &day.origin);
        cx.error_at(
            origin,
            "no week begins in the time that this outcome looks at",
            "let `from` come before `until` and both lie within the run",
        );
        return None;
    }
    Some(begin..end)
}

fn check_name(what: &'static str, name: &At<Id>, worlds: &[&Node], cx: &mut Cx) {
    let named: Option<Vec<Vec<String>>> = worlds.iter().map(|world| names(what, world)).collect();
    let Some(named) = named.filter(|worlds| !worlds.is_empty()) else { return };
    let mut known: Vec<&str> = named.iter().flatten().map(String::as_str).collect();
    known.sort_unstable();
    known.dedup();
    if !known.contains(&name.value.as_str()) {
        let (problem, instead) = unknown_name(what, name.value.as_str(), &known);
        cx.error_at(&name.origin, problem, instead.unwrap_or_default());
    }
}

/// Names of a kind in a world as written; nothing where they cannot be read, which is reported with the world.
fn names(what: &str, world: &Node) -> Option<Vec<String>> {
    let keys = |field| names_in(world, field).filter(|_| world.name.as_deref() == Some("World"));
    match what {
        "mineral" => keys("minerals"),
        "stage" => {
            let stages = |mineral: &Node| match mineral.field("stages").map(|stages| &stages.kind) {
                Some(Kind::List(stages)) => stages.iter().map(|stage| stage.field("id")?.string()).collect(),
                _ => None,
            };
            let found: Option<Vec<Vec<String>>> =
                entries(world, "minerals")?.map(|(_, mineral)| stages(mineral)).collect();
            Some(found?.concat())
        }
        "region" => keys("regions"),
        "nation" => keys("nations"),
        "nation with `criticality`" => {
            let judges = |nation: &Node| nation.field("criticality").is_some_and(|criteria| !criteria.is_none());
            Some(entries(world, "nations")?.filter(|(_, nation)| judges(nation)).map(|(id, _)| id).collect())
        }
        "mine" => keys("mines"),
        "plant" => keys("plants"),
        "plant or sector" => Some([keys("plants")?, keys("sectors")?].concat()),
        "sector" => keys("sectors"),
        "contract" => keys("contracts"),
        "service" => keys("services"),
        "exchange" => keys("exchanges"),
        "watch" => keys("watches"),
        "policy" => {
            let nations: Vec<&Node> = entries(world, "nations")?.map(|(_, nation)| nation).collect();
            let policies = nations.into_iter().map(|nation| names_in(nation, "policies"));
            Some(policies.collect::<Option<Vec<_>>>()?.concat())
        }
        "technology" => {
            let services: Vec<&Node> = entries(world, "services")?.map(|(_, service)| service).collect();
            let technologies = services.into_iter().map(|service| names_in(service, "technologies"));
            Some(technologies.collect::<Option<Vec<_>>>()?.concat())
        }
        _ => keys("reserves"),
    }
}

/// Keys and values of a map of a world; none when it is not written, nothing when it is no map.
fn entries<'a>(world: &'a Node, field: &str) -> Option<impl Iterator<Item = (String, &'a Node)>> {
    let entries: &[Entry] = match world.field(field).map(|node| &node.kind) {
        Some(Kind::Map(entries)) => entries,
        Some(_) => return None,
        None => &[],
    };
    Some(entries.iter().map(|entry| (entry.key.key_text(), &entry.value)))
}

fn parts<'a>(written: &'a Written, worlds: &[Setup]) -> (Measure, Vec<Named<'a>>, Window<'a>) {
    match written {
        Written::PriceMean(of) => price(of, Measure::PriceMean),
        Written::PricePeak(of) => price(of, Measure::PricePeak),
        Written::PriceTimeToPeak(of) => price(of, Measure::PriceTimeToPeak),
        Written::PriceVolatility(of) => price(of, Measure::PriceVolatility),
        Written::PriceQuantile(of) => with_window(reserves::quantile(of), (&of.from, &of.until)),
        Written::PrivateStock(of) => nations_market(of, Measure::PrivateStock),
        Written::Agency(of) => with_window(reserves::agency(of), (&of.from, &of.until)),
        Written::UnmetDemand(of) => of_sectors(of, Measure::UnmetDemand),
        Written::FirstShortage(of) => {
            let measure = Measure::FirstShortage(ids(&of.sectors), of.above.number());
            (measure, sectors(&of.sectors), (&of.from, &of.until))
        }
        Written::Use(of) => of_sectors(of, Measure::Use),
        Written::SubstitutedShare(of) => of_sectors(of, Measure::SubstitutedShare),
        Written::ClosedShare(of) => of_sectors(of, Measure::ClosedShare),
        Written::SectorMargin(of) => of_sectors(of, Measure::SectorMargin),
        Written::RecycledShare(of) => {
            let measure = Measure::RecycledShare(of.nation.value.clone(), of.mineral.value.clone());
            (measure, vec![("nation", &of.nation), ("mineral", &of.mineral)], (&of.from, &of.until))
        }
        Written::TechnologyShare(of) => {
            let measure = Measure::TechnologyShare(of.service.value.clone(), of.technology.value.clone());
            (measure, vec![("service", &of.service), ("technology", &of.technology)], (&of.from, &of.until))
        }
        Written::WeeksOfCover(of) => nations_market(of, Measure::WeeksOfCover),
        Written::ImportDependence(of) => nations_market(of, Measure::ImportDependence),
        Written::MiningConcentration(of) => {
            let measure = Measure::MiningConcentration(of.mineral.value.clone());
            (measure, vec![("mineral", &of.mineral)], (&of.from, &of.until))
        }
        Written::RefiningConcentration(of) => {
            let measure = Measure::RefiningConcentration(market(&of.mineral, &of.stage));
            (measure, vec![("mineral", &of.mineral), ("stage", &of.stage)], (&of.from, &of.until))
        }
        Written::Revenue(of) => {
            let levy = match of.levy {
                written::Levy::Royalty => Levy::Royalty,
                written::Levy::Duty => Levy::Duty,
                written::Levy::Tariff => Levy::Tariff,
                written::Levy::QuotaRent => Levy::QuotaRent,
                written::Levy::StateMargin => Levy::StateMargin,
                written::Levy::Programs => Levy::Programs,
            };
            (Measure::Revenue(of.nation.value.clone(), levy), vec![("nation", &of.nation)], (&of.from, &of.until))
        }
        Written::PricePaid(of) => (Measure::PricePaid(ids(&of.buyers)), buyers(of), (&of.from, &of.until)),
        Written::ContractedShare(of) => (Measure::ContractedShare(ids(&of.buyers)), buyers(of), (&of.from, &of.until)),
        Written::TonnesSecured(of) => nations_mineral(of, Measure::TonnesSecured),
        Written::HostTake(of) => nations_mineral(of, Measure::HostTake),
        Written::OverseasReturn(of) => nations_mineral(of, Measure::OverseasReturn),
        Written::ImportPrice(of) => with_window(pricing::purchases(of, Measure::ImportPrice), (&of.from, &of.until)),
        Written::PricedShare(of) => with_window(pricing::purchases(of, Measure::PricedShare), (&of.from, &of.until)),
        Written::ExchangeGain(of) => with_window(pricing::exchange_gain(of), (&of.from, &of.until)),
        Written::Warning(of) => with_window(warnings::score(of), (&of.from, &of.until)),
        Written::Policy(of) => with_window(policies::policy(of), (&of.from, &of.until)),
        Written::Shipped(of) => with_window(policies::shipments(of), (&of.from, &of.until)),
        Written::Acts(of) => with_window(acts::acts(of, Measure::Acts), (&of.from, &of.until)),
        Written::ActDispersion(of) => with_window(acts::acts(of, Measure::ActDispersion), (&of.from, &of.until)),
        Written::WeeksInForce(of) => {
            let measure = Measure::WeeksInForce(of.nation.value.clone(), of.policy.value.clone());
            (measure, vec![("nation", &of.nation), ("policy", &of.policy)], (&of.from, &of.until))
        }
        Written::Defaults(of) => (Measure::Defaults, Vec::new(), (&of.from, &of.until)),
        Written::ProjectsBuilt(of) => projects(of, Measure::ProjectsBuilt),
        Written::CapacityBuilt(of) => projects(of, Measure::CapacityBuilt),
        Written::LoansWrittenOff(of) => projects(of, Measure::LoansWrittenOff),
        Written::ReserveCost(of) => of_reserve(of, Measure::ReserveCost),
        Written::SupplyCost(of) => with_window(reserves::supply(of), (&of.from, &of.until)),
        Written::ReserveDrawdown(of) => of_reserve(of, Measure::ReserveDrawdown),
        Written::ReserveHedgeGain(of) => of_reserve(of, Measure::ReserveHedgeGain),
        Written::ReservePremiums(of) => of_reserve(of, Measure::ReservePremiums),
        Written::Contract(of) => {
            let measure = Measure::Exchange(exchanges::of_contract(&of.figure), of.contract.value.clone());
            (measure, vec![("contract", &of.contract)], (&of.from, &of.until))
        }
        Written::Clearing(of) => {
            let measure = Measure::Exchange(exchanges::of_house(&of.figure), of.exchange.value.clone());
            (measure, vec![("exchange", &of.exchange)], (&of.from, &of.until))
        }
        Written::Fact(of) => {
            let measure = Measure::Fact(of.contract.value.clone(), of.of);
            (measure, vec![("contract", &of.contract)], (&of.from, &of.until))
        }
        Written::HedgeEffectiveness(of) => with_window(facts::hedge(of), (&of.from, &of.until)),
        Written::InformationShare(of) => with_window(facts::pair(of), (&of.from, &of.until)),
        Written::Position(of) => with_window(yearly::position(of), (&of.from, &of.until)),
        Written::Stage(of) => with_window(yearly::stage(of), (&of.from, &of.until)),
        Written::InClass(of) => with_window(yearly::in_class(of), (&of.from, &of.until)),
        Written::CriticalList(of) => with_window(yearly::list(of), (&of.from, &of.until)),
        Written::TreatmentCharge(of) => with_window(of_plant(of), (&of.from, &of.until)),
        Written::TreasuryTake(of) => {
            (Measure::TreasuryTake(of.nation.value.clone()), vec![("nation", &of.nation)], (&of.from, &of.until))
        }
        Written::UnmetByPriority(of) => {
            let mut names = vec![("mineral", &of.mineral)];
            names.extend(of.nation.iter().map(|nation| ("nation", nation)));
            (Measure::UnmetDemand(up_to(of, worlds)), names, (&of.from, &of.until))
        }
    }
}

fn with_window<'a>(
    (measure, names): (Measure, Vec<Named<'a>>),
    window: Window<'a>,
) -> (Measure, Vec<Named<'a>>, Window<'a>) {
    (measure, names, window)
}

/// Sectors of any arm that use a mineral and are served up to a priority.
fn up_to(of: &written::OfPriority, worlds: &[Setup]) -> Vec<Id> {
    let mut ids: Vec<Id> = Vec::new();
    for world in worlds {
        let wanted = |sector: &&crate::setup::Sector| {
            world.mineral_of(sector.market).id == of.mineral.value
                && sector.priority <= of.up_to.0
                && of.nation.as_ref().is_none_or(|nation| world.nations[sector.nation].id == nation.value)
        };
        ids.extend(world.sectors.iter().filter(wanted).map(|sector| sector.id.clone()));
    }
    ids.sort();
    ids.dedup();
    ids
}

fn of_reserve(of: &written::OfReserve, measure: fn(Id) -> Measure) -> (Measure, Vec<Named<'_>>, Window<'_>) {
    (measure(of.reserve.value.clone()), vec![("reserve", &of.reserve)], (&of.from, &of.until))
}

fn of_sectors(of: &written::OfSectors, measure: fn(Vec<Id>) -> Measure) -> (Measure, Vec<Named<'_>>, Window<'_>) {
    (measure(ids(&of.sectors)), sectors(&of.sectors), (&of.from, &of.until))
}

fn of_plant(of: &written::OfPlant) -> (Measure, Vec<Named<'_>>) {
    (Measure::TreatmentCharge(of.plant.value.clone()), vec![("plant", &of.plant)])
}

fn market(mineral: &At<Id>, stage: &At<Id>) -> MarketName {
    MarketName { mineral: mineral.value.clone(), stage: stage.value.clone() }
}

fn price(of: &written::OfPrice, measure: fn(MarketName, Id) -> Measure) -> (Measure, Vec<Named<'_>>, Window<'_>) {
    let names = vec![("mineral", &of.mineral), ("stage", &of.stage), ("region", &of.region)];
    (measure(market(&of.mineral, &of.stage), of.region.value.clone()), names, (&of.from, &of.until))
}

fn nations_market(
    of: &written::OfNationsMarket,
    measure: fn(MarketName, Id) -> Measure,
) -> (Measure, Vec<Named<'_>>, Window<'_>) {
    let names = vec![("nation", &of.nation), ("mineral", &of.mineral), ("stage", &of.stage)];
    (measure(market(&of.mineral, &of.stage), of.nation.value.clone()), names, (&of.from, &of.until))
}

fn nations_mineral(
    of: &written::OfNationsMineral,
    measure: fn(Id, Id) -> Measure,
) -> (Measure, Vec<Named<'_>>, Window<'_>) {
    let names = vec![("nation", &of.nation), ("mineral", &of.mineral)];
    (measure(of.nation.value.clone(), of.mineral.value.clone()), names, (&of.from, &of.until))
}

fn projects(of: &written::OfProjects, measure: fn(Projects) -> Measure) -> (Measure, Vec<Named<'_>>, Window<'_>) {
    let mut names = vec![("mineral", &of.mineral)];
    names.extend([&of.nation, &of.owner].into_iter().flatten().map(|nation| ("nation", nation)));
    let [nation, owner] = [&of.nation, &of.owner].map(|name| name.as_ref().map(|name| name.value.clone()));
    (measure(Projects { mineral: of.mineral.value.clone(), nation, owner }), names, (&of.from, &of.until))
}

fn buyers(of: &written::OfBuyers) -> Vec<Named<'_>> {
    of.buyers.iter().map(|buyer| ("plant or sector", buyer)).collect()
}

fn ids(sectors: &[At<Id>]) -> Vec<Id> {
    sectors.iter().map(|sector| sector.value.clone()).collect()
}

fn sectors(sectors: &[At<Id>]) -> Vec<Named<'_>> {
    sectors.iter().map(|sector| ("sector", sector)).collect()
}
