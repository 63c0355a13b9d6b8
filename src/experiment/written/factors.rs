//! What is uncertain about a world, and at which points it is looked at.

use crate::experiment::factor::Amount;
use crate::id::Id;
use crate::world_file::decode::{At, Cx, Decode, Keyed, Raw};
use crate::world_file::record::{choice, record};
use crate::world_file::shape::Shape;
use crate::world_file::tree::{Kind, Node};
use crate::world_file::value::{Count, Large, Many, Seed, Text};
use crate::world_file::written::Label;

record! {
    /// Something uncertain: values of the world that move together, and where they may lie.
    pub struct Factor as "Factor" {
        /// What people read; the id when left out.
        label: Option<Label>,
        /// Paths of the values, such as "sector_rules.batteries.elasticity", in the world of every arm. An arm may set one of them only if `over` is `Scale(..)`.
        paths: At<Vec<At<String>>>,
        /// Where they may lie, in the unit that the world writes at the paths.
        over: At<Over>,
        /// Values are rounded to whole multiples of it; if left out, to what the books count where the unit says it: 0.000001 of a `Share`, `UsdPerTonne(0.01)`, whole weeks.
        step: Option<At<Amount>>,
        /// Factor that must be larger; points at which it is not are left out.
        below: Option<At<Id>>,
    }
}

choice! {
    /// Where a factor may lie.
    pub enum Over as "a distribution" {
        /// As likely anywhere from the first to the second.
        Uniform(Ends),
        /// Its logarithm is as likely anywhere from the first to the second.
        LogUniform(Ends),
        /// Around a mean, cut off at both ends.
        Normal(Bell),
        /// Rising to the mode and falling from it.
        Triangular(Triangle),
        /// One of some values, each as likely; they may be of any kind.
        Choice(Vec<Raw>),
        /// Times what the world writes at the path: `Scale(Uniform(0.6, 1.6))`.
        Scale(Multiples),
    }
}

record! {
    /// A normal distribution, cut off.
    pub struct Bell as "Normal" {
        /// Mean before the cut.
        mean: At<Amount>,
        /// Standard deviation before the cut.
        sd: At<Amount>,
        /// Least and largest value.
        within: (At<Amount>, At<Amount>),
    }
}

record! {
    /// A triangular distribution.
    pub struct Triangle as "Triangular" {
        /// Least value.
        low: At<Amount>,
        /// Likeliest value.
        mode: At<Amount>,
        /// Largest value.
        high: At<Amount>,
    }
}

choice! {
    /// At which points an experiment with factors is run. Every point is run with every arm and the same seeds.
    pub enum Design as "a design" {
        /// All combinations of some levels.
        Grid(Levels),
        /// Points as written: `List([{ "elasticity": 0.2, "capex": 1.1 }, ..])`, every factor in each.
        List(Vec<At<Keyed<Id, Raw>>>),
        /// Each factor's range is cut into as many parts as there are points, and each part met once.
        LatinHypercube(Sample),
        /// A scrambled Sobol sequence.
        Sobol(Sample),
        /// Saltelli's points, for variance-based sensitivity: `base` × (factors + 2) of them.
        Saltelli(Base),
        /// Morris's trajectories, for screening: `trajectories` × (factors + 1) points.
        Morris(Trajectories),
        /// Drawn from what a calibration found, whose factors must be these.
        Posterior(Drawn),
    }
}

record! {
    /// All combinations.
    pub struct Levels as "Grid" {
        /// Levels of a factor, evenly spread over its probability from its least to its largest value; a `Choice` has as many as it has values.
        levels: At<Count> = "5",
    }
}

record! {
    /// A sample.
    pub struct Sample as "Sample" {
        /// How many points.
        points: At<Count>,
        /// Seed of the points' own randomness.
        seed: Seed = "1",
    }
}

record! {
    /// Saltelli's design.
    pub struct Base as "Saltelli" {
        /// Rows of the two base samples; powers of 2 fill space most evenly.
        base: At<Count>,
        /// Seed of the points' own randomness.
        seed: Seed = "1",
    }
}

record! {
    /// Morris's design.
    pub struct Trajectories as "Morris" {
        /// Ways through the factors' space, each of which changes every factor once.
        trajectories: At<Count>,
        /// Levels of a factor, an even number.
        levels: At<Count> = "4",
        /// Seed of the points' own randomness.
        seed: Seed = "1",
    }
}

record! {
    /// Points drawn from a posterior: each particle as often as its weight says, in the order of the file.
    pub struct Drawn as "Drawn" {
        /// File that `oreworld calibrate` wrote, from the folder of this file on.
        file: At<Text>,
        /// How many points.
        points: At<Count>,
        /// Seed of the points' own randomness.
        seed: Seed = "1",
    }
}

record! {
    /// What a sweep may cost; `oreworld sweep plan` refuses what would cost more.
    pub struct Limits as "Limits" {
        /// Runs.
        runs: Many = "1_000_000",
        /// Hours of one core.
        core_hours: Large = "1_000",
        /// Memory of one process, in 1e9 bytes.
        memory_gb: Large = "64",
        /// Files, in 1e9 bytes.
        disk_gb: Large = "100",
    }
}

/// Two values in parentheses.
#[derive(Debug, Clone)]
pub struct Ends(pub At<Amount>, pub At<Amount>);

impl Decode for Ends {
    fn shape() -> Shape {
        Shape::Tuple(vec![Amount::shape(), Amount::shape()])
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        <(At<Amount>, At<Amount>)>::decode(node, cx).map(|(low, high)| Self(low, high))
    }

    fn body(node: &Node, cx: &mut Cx) -> Option<Self> {
        if matches!(&node.kind, Kind::Tuple(items) if items.len() == 2) {
            return Self::decode(&Node { name: None, ..node.clone() }, cx);
        }
        let name = node.name.as_deref().or(node.leaf()).unwrap_or_default();
        cx.error(node.span, format!("{name} holds two values"), Some(format!("write {name}(low, high)")));
        None
    }
}

/// A distribution of multiples.
#[derive(Debug, Clone)]
pub struct Multiples(pub Box<At<Over>>);

impl Decode for Multiples {
    fn shape() -> Shape {
        Over::shape()
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        At::<Over>::decode(node, cx).map(|over| Self(Box::new(over)))
    }
}
