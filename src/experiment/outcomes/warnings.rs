//! From outcomes of watches as written to measures.

use super::super::written::{OfWarning, WarningFigure as Written};
use super::Named;
use crate::outcome::Measure;
use crate::outcome::warnings::{Judged, WarningFigure};
use crate::world_file::decode::Cx;
use crate::world_file::quantity::Quantity;
use crate::world_file::resolve::names::{count, whole_weeks};

pub(super) fn score(of: &OfWarning) -> (Measure, Vec<Named<'_>>) {
    let figure = match of.figure {
        Written::Precision => WarningFigure::Precision,
        Written::Recall => WarningFigure::Recall,
        Written::LeadTime => WarningFigure::LeadTime,
        Written::FalseAlarms => WarningFigure::FalseAlarms,
        Written::Shortages => WarningFigure::Shortages,
        Written::Warnings => WarningFigure::Warnings,
        Written::WarnedShare => WarningFigure::WarnedShare,
        Written::ShortShare => WarningFigure::ShortShare,
    };
    let judged = Judged {
        watch: of.watch.value.clone(),
        figure,
        level: of.level.0,
        within: of.within.number() as usize,
        apart: of.apart.number() as usize,
    };
    (Measure::Warning(judged), vec![("watch", &of.watch)])
}

/// Numbers out of range.
pub(super) fn check(of: &OfWarning, cx: &mut Cx) {
    count(&of.level, 1, u32::from(crate::watch::HIGHEST), cx);
    whole_weeks(&of.within, 1..=104, cx);
    whole_weeks(&of.apart, 1..=104, cx);
}
