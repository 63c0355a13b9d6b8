//! From outcomes of policies and of trade between regions, as written, to measures.

use super::super::written::{OfReport, OfShipments, PolicyFigure as WrittenFigure};
use super::{Named, market};
use crate::outcome::Measure;
use crate::outcome::policies::{PolicyFigure, Reports, Shipments};

pub(super) fn policy(of: &OfReport) -> (Measure, Vec<Named<'_>>) {
    let figure = match of.figure {
        WrittenFigure::Active => PolicyFigure::Active,
        WrittenFigure::Tonnes => PolicyFigure::Tonnes,
        WrittenFigure::Cost => PolicyFigure::Cost,
    };
    let reports = Reports { nation: of.nation.value.clone(), policy: of.policy.value.clone(), figure };
    (Measure::Policy(reports), vec![("nation", &of.nation), ("policy", &of.policy)])
}

pub(super) fn shipments(of: &OfShipments) -> (Measure, Vec<Named<'_>>) {
    let mut names = vec![("mineral", &of.mineral), ("stage", &of.stage), ("region", &of.origin)];
    names.extend(of.destination.iter().map(|region| ("region", region)));
    let shipments = Shipments {
        market: market(&of.mineral, &of.stage),
        from: of.origin.value.clone(),
        to: of.destination.as_ref().map(|region| region.value.clone()),
    };
    (Measure::Shipped(shipments), names)
}
