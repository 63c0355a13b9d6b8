//! Paths by scenario, services, recyclers, and what use answers besides the price.

use crate::id::Id;
use crate::setup::{self, demand};
use crate::units::Quantum;
use crate::world_file::problem::{there_is, unknown_name};

use super::super::decode::{At, Cx, Keyed};
use super::super::quantity::{Quantity, Share};
use super::super::written::agents::Sector;
use super::super::written::demand::{
    Growth, InUse, PassThrough, Recycler, RecyclerRule, Service, Substitution, Technology,
};
use super::super::written::rules::SectorRule;
use super::super::written::{self, World};
use super::names::{Names, above_0, at_least, exact, exact_above_0, find, ppm, whole_weeks};
use super::places::whole;
use super::{all, label, path, rules};

/// Indices over time by name, and the scenario that says which.
pub(super) struct Paths<'a> {
    scenario: Option<&'a At<Id>>,
    written: &'a Keyed<Id, written::demand::Paths>,
    base_year: Option<i16>,
}

impl<'a> Paths<'a> {
    /// The paths of a world, all of them checked: also those of other scenarios, and those that nobody names.
    pub(super) fn new(world: &'a World, cx: &mut Cx) -> Self {
        let base_year = world.base_year.0.as_ref().map(|year| year.0);
        let paths = Self { scenario: world.scenario.as_ref(), written: &world.paths, base_year };
        for (_, written) in &world.paths {
            for (_, index) in &written.scenarios {
                path(index, base_year, cx);
            }
        }
        paths.check_scenario(cx);
        paths
    }

    /// Reports a scenario that no path has, or that some path lacks.
    fn check_scenario(&self, cx: &mut Cx) {
        let Some(scenario) = self.scenario.filter(|_| self.written.1.is_empty()) else { return };
        let of = |paths: &'a written::demand::Paths| paths.scenarios.keys().into_iter().map(Id::as_str);
        let mut known: Vec<&str> = self.written.iter().flat_map(|(_, paths)| of(paths)).collect();
        known.sort_unstable();
        known.dedup();
        if self.written.iter().any(|(_, paths)| paths.scenarios.is_unread(cx)) {
            return;
        }
        if !known.contains(&scenario.as_str()) {
            let (what, instead) = unknown_name("scenario", scenario.as_str(), &known);
            cx.error_at(&scenario.origin, what, instead.unwrap_or_default());
            return;
        }
        for (id, paths) in self.written.iter().filter(|(_, paths)| !of(paths).any(|name| name == scenario.as_str())) {
            let names: Vec<&str> = of(paths).collect();
            let what = format!("the path \"{}\" has no scenario \"{}\"", id.value, scenario.value);
            cx.error_at(&id.origin, what, format!("add it; {}", there_is(&names)));
        }
    }

    /// The index that is meant.
    pub(super) fn index(&self, growth: &At<Growth>, cx: &mut Cx) -> Option<setup::Path> {
        let name = match &growth.value {
            Growth::Inline(inline) => {
                let inline = At { value: inline.clone(), origin: growth.origin.clone() };
                return path(&inline, self.base_year, cx);
            }
            Growth::Path(name) => name,
        };
        let (_, paths) = self.written.iter().find(|(id, _)| id.value == name.value)?;
        let Some(scenario) = self.scenario else {
            let what = format!("the path \"{}\" depends on the scenario, and none is chosen", name.value);
            cx.error_at(&name.origin, what, "write `scenario: \"..\"` in the world");
            return None;
        };
        let (_, index) = paths.scenarios.iter().find(|(id, _)| id.value == scenario.value)?;
        // What is wrong with it has been reported with all paths.
        Some(setup::Path(index.iter().map(|(year, level)| (year.0, level.0)).collect()))
    }
}

/// Services in order of id.
pub(super) fn services(world: &World, paths: &Paths, names: &Names, cx: &mut Cx) -> Option<Vec<demand::Service>> {
    all(world.services.iter().map(|(id, written)| service(&id.value, written, paths, names, cx)))
}

fn service(id: &Id, service: &Service, paths: &Paths, names: &Names, cx: &mut Cx) -> Option<demand::Service> {
    let nation = names.nation(&service.nation, cx);
    let turnover = above_0(&service.turnover, cx);
    let read = |(id, written): &(At<Id>, Technology)| technology(&id.value, written, service, paths, names, cx);
    let technologies = all(service.technologies.iter().map(read));
    let sum: f64 = service.technologies.iter().map(|(_, technology)| technology.share.number()).sum();
    if service.technologies.1.is_empty() && (sum - 1.0).abs() > 1e-6 {
        let what = format!("the shares of the technologies sum to {sum:.6}");
        cx.error_at(&service.technologies.origin, what, "let them sum to 1");
        return None;
    }
    let mut technologies = technologies?;
    technologies.sort_by(|a, b| a.id.cmp(&b.id));
    Some(demand::Service {
        id: id.clone(),
        label: label(&service.label),
        nation: nation?,
        turnover_years: turnover?,
        sensitivity: service.sensitivity.0,
        technologies,
    })
}

fn technology(
    id: &Id,
    written: &Technology,
    service: &Service,
    paths: &Paths,
    names: &Names,
    cx: &mut Cx,
) -> Option<demand::Technology> {
    let share = above_0(&written.share, cx);
    let pull = paths.index(&written.pull, cx);
    let (mut metals, mut other_cost) = (Vec::new(), written.other_cost.0);
    let mut sound = true;
    for (metal, amount) in &written.metals {
        let here = names.minerals.iter().position(|(id, _)| *id == metal.value);
        let elsewhere = service.prices.iter().find(|(id, _)| id.value == metal.value);
        match (here, elsewhere) {
            (Some(mineral), _) => {
                let markets = names.markets(mineral);
                sound &= !markets.is_empty();
                metals.push((markets.end.saturating_sub(1), amount.0));
            }
            (None, Some((_, price))) => other_cost += amount.0 * price.number() / 1_000.0,
            (None, None) if service.prices.is_unread(cx) || names.minerals.iter().any(|(id, _)| id.is_unread()) => {
                sound = false;
            }
            (None, None) => {
                let what = format!("\"{}\" is no mineral of this world and has no price", metal.value);
                cx.error_at(&metal.origin, what, "add it to the service's `prices`");
                sound = false;
            }
        }
    }
    metals.sort_by_key(|(market, _)| *market);
    sound.then_some(())?;
    let label = label(&written.label);
    Some(demand::Technology { id: id.clone(), label, share: share?, other_cost, metals, pull: pull? })
}

/// The service that a sector names, which must use the sector's metal.
pub(super) fn service_of(
    name: &At<Id>,
    mineral: &At<Id>,
    world: &World,
    cx: &mut Cx,
) -> Option<setup::demand::ServiceIx> {
    let index = find("service", world.services.keys().into_iter(), name, cx)?;
    let (_, service) = world.services.iter().find(|(id, _)| id.value == name.value)?;
    let uses = |technology: &Technology| {
        technology.metals.iter().any(|(metal, amount)| metal.value == mineral.value && amount.0 > 0.0)
    };
    let is_known = whole(&service.technologies) && !cx.is_replaced(&mineral.origin);
    if is_known && !service.technologies.iter().any(|(_, technology)| uses(technology)) {
        let what = format!("no technology of \"{}\" uses {}", name.value, mineral.value);
        cx.error_at(&name.origin, what, "name another service, or add the metal to a technology");
        return None;
    }
    Some(index)
}

/// A recycler.
pub(super) fn recycler(
    id: &Id,
    written: &Recycler,
    rule: Option<demand::RecyclerRule>,
    names: &Names,
    cx: &mut Cx,
) -> Option<demand::Recycler> {
    let nation = names.nation(&written.nation, cx);
    let collects = all(written.collects.iter().map(|name| names.nation(name, cx)));
    let lead_weeks = whole_weeks(&written.lead, 1..=crate::recycler::LONGEST_LEAD, cx);
    let mineral = names.mineral(&written.mineral, cx);
    let quantum = mineral.map(|mineral| names.quantum(mineral));
    let product = mineral.and_then(|mineral| names.market(mineral, &written.product, cx));
    let capacity = exact_above_0(&written.capacity, quantum, cx);
    let recovery = exact_above_0(&written.recovery, Quantum::Kilogram, cx);
    let (cost, stock) = (exact(&written.cost, quantum, cx), exact(&written.stock, quantum, cx));
    let (nation, mut collects) = (nation?, collects?);
    if collects.is_empty() {
        collects.push(nation);
    }
    collects.sort_unstable();
    if let Some(twice) = collects.windows(2).find(|pair| pair[0] == pair[1]) {
        let name = &names.nations[twice[0]].0;
        let at = written.collects.iter().rfind(|written| written.value == *name)?;
        cx.error_at(&at.origin, format!("\"{name}\" is named twice"), "name each nation once");
        return None;
    }
    Some(demand::Recycler {
        id: id.clone(),
        label: label(&written.label),
        nation,
        collects,
        product: product?,
        capacity_per_year: capacity?,
        recovery: recovery?,
        cost: cost?,
        stock: stock?,
        lead_weeks: lead_weeks?,
        rule: rule?,
    })
}

/// Warns of a recycler for which nobody has scrap: no sector of the nations that it collects from makes any of new
/// metal, or keeps account of what is in use.
pub(super) fn without_scrap(world: &World, cx: &mut Cx) {
    if !whole(&world.sectors) || !whole(&world.sector_rules) {
        return;
    }
    for (_, recycler) in &world.recyclers {
        let from = |nation: &Id| match &recycler.collects {
            collects if collects.is_empty() => recycler.nation.may_be(nation),
            collects => collects.iter().any(|name| name.may_be(nation)),
        };
        let gives = |sector: &Sector| {
            let rule = world.sector_rules.iter().find(|(id, _)| id.value == sector.rule.value);
            let in_use = rule.is_none_or(|(_, rule)| rule.in_use.is_some());
            sector.mineral.may_be(&recycler.mineral)
                && from(&sector.nation.value)
                && (sector.new_scrap.number() > 0.0 || sector.new_scrap.number().is_nan() || in_use)
        };
        if !world.sectors.iter().any(|(_, sector)| gives(sector)) {
            let what = format!("nobody that it collects from has scrap of {}", recycler.mineral.value);
            let instead = "give a sector there `new_scrap`, or a rule with `in_use`";
            cx.warn_at(&recycler.capacity.origin, what, instead);
        }
    }
}

/// A rule of recyclers.
pub(super) fn recycler_rule(written: &RecyclerRule, cx: &mut Cx) -> Option<demand::RecyclerRule> {
    let (scrap_price, selling) = (ppm(&written.scrap_price, cx), rules::selling(&written.selling, cx));
    let ramp_per_week = written.ramp_per_week.number();
    Some(demand::RecyclerRule { scrap_price: scrap_price?, ramp_per_week, selling: selling? })
}

/// What use answers besides the price.
pub(super) fn rule(written: &SectorRule, cx: &mut Cx) -> Option<demand::DemandRule> {
    let in_use = written.in_use.as_ref().map(|written| in_use(written, cx));
    let substitution = written.substitution.as_ref().map(|written| substitution(written, cx));
    let pass_through = written.pass_through.as_ref().map(|written| pass_through(written, cx));
    let sound = |given: bool, read: bool| given == read;
    let (in_use, substitution, pass_through) = (in_use.flatten(), substitution.flatten(), pass_through.flatten());
    let all_read = sound(written.in_use.is_some(), in_use.is_some())
        && sound(written.substitution.is_some(), substitution.is_some())
        && sound(written.pass_through.is_some(), pass_through.is_some());
    all_read.then_some(demand::DemandRule { in_use, substitution, pass_through })
}

fn in_use(written: &InUse, cx: &mut Cx) -> Option<demand::InUse> {
    let mean = at_least(&written.mean, 0.25, cx);
    let shape = (written.shape.0 >= 0.5).then_some(written.shape.0);
    if shape.is_none() {
        let what = format!("with a shape of {} most products fail at once", written.shape.0);
        cx.error_at(&written.shape.origin, what, "write 0.5 or more");
    }
    let (collection, most) = (written.collection.number(), written.most.number());
    if most < collection {
        let what = format!("at most {most} is collected, but {collection} at the opening price");
        cx.error_at(&written.most.origin, what, format!("write Share({collection}) or more"));
        return None;
    }
    Some(demand::InUse {
        mean_years: mean?,
        shape: shape?,
        past_growth: written.past_growth.number(),
        collection,
        elasticity: written.elasticity.0,
        most,
    })
}

fn substitution(written: &Substitution, cx: &mut Cx) -> Option<demand::Substitution> {
    let (years, back_years) = (at_least(&written.time, 0.1, cx), at_least(&written.back, 0.1, cx));
    let threshold = written.threshold.0;
    if threshold <= 1.0 {
        let what = format!("use would switch at {threshold} times the opening price");
        cx.error_at(&written.threshold.origin, what, "write a multiple above 1");
        return None;
    }
    let most = written.most.number();
    Some(demand::Substitution { threshold, years: years?, most, back_years: back_years? })
}

fn pass_through(written: &PassThrough, cx: &mut Cx) -> Option<demand::PassThrough> {
    let metal_share = above_0::<Share>(&written.metal_share, cx);
    let patience_weeks = whole_weeks(&written.patience, 0..=520, cx);
    let (exit, reentry) = (at_least(&written.exit, 0.1, cx), at_least(&written.reentry, 0.1, cx));
    Some(demand::PassThrough {
        share: written.share.number(),
        metal_share: metal_share?,
        margin: written.margin.number(),
        patience_weeks: patience_weeks?,
        exit_years: exit?,
        reentry_years: reentry?,
    })
}
