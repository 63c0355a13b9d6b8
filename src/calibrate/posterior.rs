//! The file that a calibration leaves, and the points that an experiment draws from it.

use std::fmt::Write as _;

use super::Calibration;
use super::particles::{Weights, systematic};
use super::written::{self, Posterior};
use crate::experiment::design::Points;
use crate::experiment::factor::{Amount, Drawn, Factor, Over, written as as_written};
use crate::experiment::written as file;
use crate::streams::{Draw as _, Purpose, Streams};
use crate::sweep::factors::given;
use crate::sweep::points::MAX_COORDINATES;
use crate::world_file::decode::{Cx, Decode as _};
use crate::world_file::problem::unknown_name;
use crate::world_file::quantity::plain;
use crate::world_file::tree::Node;

/// Its name in the folder of a calibration.
pub const NAME: &str = "posterior.ron";

/// Particles that count less than this share of all are left out.
const LEAST: f64 = 1e-9;

/// The file: every particle that counts, as values of the world.
#[must_use]
pub fn text(calibration: &Calibration, drawn: &[Vec<Drawn>], weights: &Weights) -> String {
    let experiment = &calibration.experiment;
    let factors = &experiment.design.factors;
    let mut out = String::from("// Written by `oreworld calibrate`: settings of the factors, each with its weight.\n");
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "Posterior(\n    schema: 1,\n    of: \"{}\",\n    hash: \"{}\",\n    tolerance: {},\n    effective: {},\n    factors: [\n",
        experiment.id,
        experiment.hash(),
        weights.tolerance,
        weights.effective,
    );
    for factor in factors {
        let paths: Vec<String> = factor.paths.iter().map(|(path, _)| format!("{path:?}")).collect();
        let _ = writeln!(out, "        (id: \"{}\", paths: [{}]),", factor.id, paths.join(", "));
    }
    out += "    ],\n    particles: [\n";
    for (drawn, weight) in drawn.iter().zip(&weights.particles).filter(|(_, weight)| **weight >= LEAST) {
        let values: Vec<String> = factors.iter().zip(drawn).map(|(factor, drawn)| value(factor, drawn)).collect();
        let _ = writeln!(out, "        ({weight}, [{}]),", values.join(", "));
    }
    out + "    ],\n)\n"
}

/// A value as a list of points would write it.
fn value(factor: &Factor, drawn: &Drawn) -> String {
    match (&factor.over, drawn.chosen) {
        (Over::Choice(values), Some(chosen)) => as_written(&values[chosen]),
        _ => as_written(&Amount { unit: factor.over.unit(), number: drawn.number }.node(factor.span)),
    }
}

/// Points drawn from a posterior for the factors of an experiment. `None` after a problem.
pub fn points(root: &Node, asked: &file::Drawn, factors: &[Factor], cx: &mut Cx) -> Option<Points> {
    const POINTS: Purpose = Purpose::new("design.posterior");
    let count = asked.points.value.0 as usize;
    if (count * factors.len()) as u128 > MAX_COORDINATES {
        let most = plain((MAX_COORDINATES / factors.len() as u128) as f64);
        cx.error_at(&asked.points.origin, format!("{count} points"), format!("write at most {most}"));
        return None;
    }
    if root.name.as_deref() != Some("Posterior") {
        cx.expected(root, "Posterior(..)", "name the posterior.ron that `oreworld calibrate` wrote");
        return None;
    }
    let before = cx.count();
    let posterior = Posterior::decode(root, cx)?;
    let places = places(&posterior, asked, factors, cx);
    if cx.count() > before {
        return None;
    }
    let width = posterior.factors.len();
    let (mut weights, mut values) = (Vec::new(), Vec::new());
    for (weight, row) in posterior.particles.iter() {
        if weight.value.0 < 0.0 {
            cx.error_at(&weight.origin, format!("a weight of {}", weight.value.0), "write a number from 0 on");
        } else if row.len() != width {
            let what = format!("{} values of {width} factors", row.len());
            cx.error_at(&weight.origin, what, "write one for each factor, in their order");
        } else {
            weights.push(weight.value.0);
            let read = |(factor, &place): (&Factor, &usize)| given(&weight.origin, &row[place].0, factor, cx);
            values.extend(factors.iter().zip(&places).filter_map(read));
        }
    }
    if weights.iter().sum::<f64>() <= 0.0 && cx.count() == before {
        let what = "no particle has a weight above 0";
        cx.error_at(&posterior.particles.origin, what, "give one that has some");
    }
    if cx.count() > before {
        return None;
    }
    let u = Streams::new(u64::from(asked.seed.0)).world(POINTS).unit();
    let chosen = systematic(&weights, count, u);
    let width = factors.len();
    let coordinates: Vec<f64> =
        chosen.iter().flat_map(|&row| values[row * width..(row + 1) * width].to_vec()).collect();
    Some(Points { width, block: 1, count, coordinates })
}

/// Where in the posterior each factor is; problems where the two do not say the same.
fn places(posterior: &Posterior, asked: &file::Drawn, factors: &[Factor], cx: &mut Cx) -> Vec<usize> {
    let names: Vec<&str> = posterior.factors.iter().map(|factor| factor.id.as_str()).collect();
    let mut places = Vec::new();
    for factor in factors {
        let Some((_, origin)) = factor.paths.first() else { continue };
        let Some(place) = names.iter().position(|name| *name == factor.id.as_str()) else {
            let (what, instead) = unknown_name("factor of the posterior", factor.id.as_str(), &names);
            cx.error_at(origin, what, instead.unwrap_or_default());
            continue;
        };
        let found: &written::PosteriorFactor = &posterior.factors[place];
        if !factor.paths.iter().map(|(path, _)| path).eq(&found.paths) {
            let what = format!("the posterior's \"{}\" sets {}", factor.id, found.paths.join(", "));
            cx.error_at(origin, what, "let the factor set the same, in the same order");
        }
        places.push(place);
    }
    for name in names.iter().filter(|name| !factors.iter().any(|factor| factor.id.as_str() == **name)) {
        let what = format!("the posterior has a factor \"{name}\" and this experiment none");
        cx.error_at(&asked.file.origin, what, "copy it from the calibration: its values belong to those of the others");
    }
    places
}
