//! What a sweep says: which factors matter, how arms differ over points, which arm one would regret least.
//!
//! Every measure is taken of the mean over the seeds of a point, which are the same at all points and in all arms.

use serde::Serialize;

use super::plan::Sweep;
use crate::experiment::design::DesignKind;

pub mod asked;
pub mod data;
pub mod ends;
pub mod forest;
pub mod morris;
pub mod pairs;
pub mod prim;
pub mod rank;
pub mod regret;
pub mod sobol;

use data::Outcomes;

/// A number and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Estimate.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What a factor does to an outcome in an arm. What its design does not tell is not there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sensitivity {
    /// Column of the outcome.
    pub outcome: String,
    /// Id of the arm.
    pub arm: String,
    /// Column of the factor.
    pub factor: String,
    /// Share of the variance that the factor alone explains, of Saltelli's design.
    pub first_order: Option<Interval>,
    /// Share of the variance that goes with the factor, what it does with others included, of Saltelli's design.
    pub total: Option<Interval>,
    /// Morris's measures.
    pub morris: Option<morris::Effect>,
    /// Partial rank correlation, of points that are a sample.
    pub rank: Option<Interval>,
}

/// Points that are a sample of the factors' distributions: all of a hypercube, a sequence or a posterior, the base rows
/// of Saltelli's design; none of a grid, a list or Morris's trajectories.
#[must_use]
pub fn sampled(sweep: &Sweep) -> Option<Vec<usize>> {
    let points = &sweep.experiment.design.points;
    match sweep.experiment.design.kind {
        DesignKind::LatinHypercube | DesignKind::Sobol | DesignKind::Posterior => Some((0..points.count).collect()),
        DesignKind::Saltelli => Some((0..points.count).filter(|point| point % points.block < 2).collect()),
        DesignKind::None | DesignKind::Grid | DesignKind::List | DesignKind::Morris(_) => None,
    }
}

/// What every factor does to an outcome in an arm.
#[must_use]
pub fn sensitivities(sweep: &Sweep, outcomes: &Outcomes, outcome: usize, arm: usize) -> Vec<Sensitivity> {
    let design = &sweep.experiment.design;
    let values = outcomes.means(outcome, arm);
    let count = design.factors.len();
    let block = design.points.block;
    let indices = if design.kind == DesignKind::Saltelli {
        let complete = |block: &[Option<f64>]| block.iter().copied().collect::<Option<Vec<f64>>>();
        sobol::indices(&values.chunks(block).filter_map(complete).collect::<Vec<_>>(), count)
    } else {
        None
    };
    let effects =
        if let DesignKind::Morris(_) = design.kind { morris::effects(&design.points, &values) } else { Vec::new() };
    let ranks = sampled(sweep).map(|points| rank::partial(&design_columns(sweep, &points), &points, &values));
    let of = |factor: usize| Sensitivity {
        outcome: outcomes.columns[outcome].clone(),
        arm: sweep.plan.arms[arm].clone(),
        factor: design.factors[factor].column(),
        first_order: indices.as_ref().map(|indices| indices[factor].first),
        total: indices.as_ref().map(|indices| indices[factor].total),
        morris: effects.get(factor).copied().flatten(),
        rank: ranks.as_ref().and_then(|ranks| ranks[factor]),
    };
    (0..count).map(of).collect()
}

/// Values of every factor at some points; `None` of a choice that is no number and so has no order.
fn design_columns(sweep: &Sweep, points: &[usize]) -> Vec<Option<Vec<f64>>> {
    let factors = sweep.experiment.design.factors.iter();
    factors.zip(factor_values(sweep, points)).map(|(factor, column)| factor.is_number().then_some(column)).collect()
}

/// Values of every factor at some points; the place in its list of a choice that is no number.
#[must_use]
pub fn factor_values(sweep: &Sweep, points: &[usize]) -> Vec<Vec<f64>> {
    let design = &sweep.experiment.design;
    let drawn: Vec<_> = points.iter().map(|&point| design.drawn(point)).collect();
    (0..design.factors.len()).map(|factor| drawn.iter().map(|drawn| drawn[factor].number).collect()).collect()
}
