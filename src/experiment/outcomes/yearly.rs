//! Outcomes of the yearly tables.

use super::super::written::{Class, ListFigure, OfClass, OfList, OfPosition, OfStage, PositionFigure, StageFigure};
use crate::calendar::{Calendar, Week};
use crate::id::Id;
use crate::outcome::Measure;
use crate::outcome::yearly::{Figure, Rows, World};
use crate::world_file::decode::{At, Cx};

use super::Named;

pub(super) fn position(of: &OfPosition) -> (Measure, Vec<Named<'_>>) {
    const TABLE: &[&str] = &["positions"];
    const RATE: &str = "t_per_year";
    let shared = |column| Figure { world: World::Repeated, ..Figure::own(TABLE, column, "hhi") };
    let figure = match of.figure.value {
        PositionFigure::Mined => Figure::amount(TABLE, "mined_t_per_year", RATE),
        PositionFigure::Refined => Figure::amount(TABLE, "refined_t_per_year", RATE),
        PositionFigure::Recycled => Figure::amount(TABLE, "recycled_t_per_year", RATE),
        PositionFigure::Required => Figure::amount(TABLE, "required_t_per_year", RATE),
        PositionFigure::Use => Figure::amount(TABLE, "use_t_per_year", RATE),
        PositionFigure::OwnedAbroad => Figure::amount(TABLE, "owned_abroad_t_per_year", RATE),
        PositionFigure::OreReserve => Figure::amount(TABLE, "ore_reserve_t", "t"),
        PositionFigure::ReserveLife => Figure::ratio(TABLE, "ore_reserve_t", "mined_t_per_year", "years"),
        PositionFigure::CoverWeeks => Figure { none_at_0: true, ..Figure::own(TABLE, "cover_weeks", "weeks") },
        PositionFigure::Price => Figure { none_at_0: true, ..Figure::own(TABLE, "price_usd_per_t", "usd_per_t") },
        PositionFigure::MiningShare => Figure::own(TABLE, "mining_share", "share"),
        PositionFigure::RefiningShare => Figure::own(TABLE, "refining_share", "share"),
        PositionFigure::ReserveShare => Figure::own(TABLE, "reserve_share", "share"),
        PositionFigure::NetImportReliance => Figure::own(TABLE, "net_import_reliance", "share"),
        PositionFigure::MinedAbroad => Figure::own(TABLE, "mined_abroad_share", "share"),
        PositionFigure::RecycledShare => Figure::ratio(TABLE, "recycled_t_per_year", "use_t_per_year", "share"),
        PositionFigure::SourcesHhi => Figure { none_at_0: true, ..Figure::own(TABLE, "sources_hhi", "hhi") },
        PositionFigure::MiningHhi => shared("world_mining_hhi"),
        PositionFigure::RefiningHhi => shared("world_refining_hhi"),
    };
    of_rows(figure, of.nation.as_ref(), &of.mineral, None)
}

pub(super) fn stage(of: &OfStage) -> (Measure, Vec<Named<'_>>) {
    const TABLE: &[&str] = &["stage_positions"];
    const RATE: &str = "t_per_year";
    let figure = match of.figure.value {
        StageFigure::Made => Figure::amount(TABLE, "made_t_per_year", RATE),
        StageFigure::Use => Figure::amount(TABLE, "use_t_per_year", RATE),
        StageFigure::Imports => Figure::amount(TABLE, "imports_t_per_year", RATE),
        StageFigure::Exports => Figure::amount(TABLE, "exports_t_per_year", RATE),
        StageFigure::Capacity => Figure::amount(TABLE, "capacity_t_per_year", RATE),
        StageFigure::Utilization => Figure::ratio(TABLE, "made_t_per_year", "capacity_t_per_year", "share"),
        StageFigure::Stock => Figure::amount(TABLE, "stock_t", "t"),
        StageFigure::Price => Figure { none_at_0: true, ..Figure::own(TABLE, "price_usd_per_t", "usd_per_t") },
    };
    of_rows(figure, of.nation.as_ref(), &of.mineral, Some(&of.stage))
}

fn of_rows<'a>(
    figure: Figure,
    nation: Option<&'a At<Id>>,
    mineral: &'a At<Id>,
    stage: Option<&'a At<Id>>,
) -> (Measure, Vec<Named<'a>>) {
    let mut names = vec![("mineral", mineral)];
    names.extend(nation.map(|nation| ("nation", nation)));
    names.extend(stage.map(|stage| ("stage", stage)));
    let value = |name: &At<Id>| name.value.clone();
    let rows = Rows { nation: nation.map(value), mineral: value(mineral), stage: stage.map(value) };
    (Measure::Yearly(figure, rows), names)
}

pub(super) fn in_class(of: &OfClass) -> (Measure, Vec<Named<'_>>) {
    let class = match of.class {
        Class::Dominant => crate::position::Class::Dominant,
        Class::LowRisk => crate::position::Class::LowRisk,
        Class::RiskInHand => crate::position::Class::RiskInHand,
        Class::LittleOutput => crate::position::Class::LittleOutput,
    };
    let rows = Rows { nation: Some(of.nation.value.clone()), mineral: of.mineral.value.clone(), stage: None };
    let names = vec![("nation", &of.nation), ("mineral", &of.mineral)];
    (Measure::InClass(rows, crate::position::Class::NAMES[class as usize]), names)
}

pub(super) fn list(of: &OfList) -> (Measure, Vec<Named<'_>>) {
    let (column, unit) = match of.figure {
        ListFigure::Critical => ("critical", "share"),
        ListFigure::SupplyRisk => ("supply_risk", "points"),
        ListFigure::Importance => ("importance", "points"),
    };
    let rows = Rows { nation: Some(of.nation.value.clone()), mineral: of.mineral.value.clone(), stage: None };
    let names = vec![("nation with `criticality`", &of.nation), ("mineral", &of.mineral)];
    (Measure::Yearly(Figure::own(&["critical_lists"], column, unit), rows), names)
}

/// Reports an outcome of a yearly table over weeks in which no year ends, or of a world that has no such figure.
pub(super) fn check(id: &At<Id>, measure: &Measure, weeks: &std::ops::Range<Week>, calendar: Calendar, cx: &mut Cx) {
    let (Measure::Yearly(..) | Measure::InClass(..)) = measure else { return };
    if let Measure::Yearly(Figure { world: World::None, column, .. }, Rows { nation: None, .. }) = measure {
        cx.error_at(&id.origin, format!("the world has no {column}"), "name a `nation`");
    }
    let ends = |week: &Week| calendar.day(*week).year() != calendar.day(*week + 1).year();
    if !weeks.clone().any(|week| ends(&week)) {
        cx.error_at(
            &id.origin,
            "no year ends in the time that this outcome looks at",
            "let the time hold the last week that begins in a year",
        );
    }
}
