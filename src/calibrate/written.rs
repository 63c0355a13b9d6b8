//! A calibration, and what comes of it, as files write them. What stands here as comments is the reference that
//! `oreworld schema` prints.

use crate::calendar::Date;
use crate::experiment::written::{Factor, Measure, Seeds};
use crate::id::Id;
use crate::world_file::decode::{At, Cx, Decode, Keyed, Origin, Raw};
use crate::world_file::quantity::Share;
use crate::world_file::record::{choice, record};
use crate::world_file::shape::Shape;
use crate::world_file::tree::{Kind, Node};
use crate::world_file::value::{Count, Edition, Positive, Real, Seed, Text};
use crate::world_file::written::Label;

record! {
    /// A question put to what was seen: at which values of uncertain numbers does a world do the same? Answered by `oreworld calibrate`.
    pub struct Calibration as "Calibration" {
        /// Edition of this format; there is only 1 so far.
        schema: At<Edition>,
        /// Id of the calibration.
        id: Id,
        /// What people read.
        label: Label,
        /// What it asks.
        question: Label,
        /// World file, from the folder of this file on.
        world: At<Text>,
        /// Last day on which a week of the run may begin.
        until: At<Date>,
        /// Seeds of the world, which particles take in turn.
        seeds: Seeds,
        /// What is set in the world, such as the policies of those years: values by path.
        set: Keyed<String, Raw> = "{}",
        /// What is uncertain; `over` is what is believed of it before anything was seen (the prior).
        factors: Keyed<Id, Factor>,
        /// What was seen.
        targets: Keyed<Id, Target>,
        /// Targets that are not fitted, only predicted.
        hold_out: HoldOut = "()",
        /// How it is fitted.
        method: At<Method>,
    }
}

record! {
    /// What was seen, to be held against an outcome of a run.
    pub struct Target as "CalibrationTarget" {
        /// What is measured of a run, as an outcome of an experiment. With `values` it names no `from` and no `until`.
        outcome: Unread,
        /// What was seen, in the unit of the outcome.
        value: Option<At<Real>>,
        /// What was seen in each of some years or months, such as `{ 2019: 31_500, "2025-03": 31_535 }`; each is a target of its own.
        values: Keyed<Period, Real> = "{}",
        /// How far a run with the right factors may be off: standard deviation of what was measured wrongly and of what the model leaves out, in the same unit.
        sd: Positive,
        /// Who published it, and when.
        source: Text,
    }
}

record! {
    /// Targets that are not fitted, only predicted: those named, and those that look at the time from a day to another.
    pub struct HoldOut as "HoldOut" {
        /// Ids of targets; of one with `values`, all of it.
        targets: Vec<At<Id>> = "[]",
        /// First day that no fitted target may look at.
        from: Option<At<Date>>,
        /// Last such day; the end of the run when left out, if `from` is there.
        until: Option<At<Date>>,
    }
}

choice! {
    /// How a world is fitted.
    pub enum Method as "a method" {
        /// Approximate Bayesian computation in rounds: each draws its particles where those before came close to what was seen.
        AbcSmc(AbcSmc),
    }
}

record! {
    /// Approximate Bayesian computation in rounds.
    pub struct AbcSmc as "AbcSmc" {
        /// Particles of a round: settings of the factors that are tried.
        particles: At<Count>,
        /// Rounds at most; fewer once what was asked for is reached.
        rounds: At<Count> = "8",
        /// How many particles, as a share of a round's, those that come close must be worth; it decides how fast the tolerance falls.
        keep: At<Share> = "Share(0.3)",
        /// Runs of a particle, with as many seeds.
        runs: At<Count> = "1",
        /// Seed of the particles' own randomness.
        seed: Seed = "1",
    }
}

record! {
    /// What a calibration found: settings of the factors and how much each counts. Written by `oreworld calibrate`, drawn from by the design `Posterior`.
    pub struct Posterior as "Posterior" {
        /// Edition of this format; there is only 1 so far.
        schema: At<Edition>,
        /// Id of the calibration.
        of: Id,
        /// Hash of what it follows from.
        hash: Text,
        /// Times the deviations of the targets that runs were taken to be off; 1 if it went as asked.
        tolerance: Positive,
        /// How many independent draws it is worth.
        effective: Positive,
        /// What was uncertain.
        factors: Vec<PosteriorFactor>,
        /// Weight, and a value for each factor.
        particles: At<Vec<(At<Real>, Vec<Raw>)>>,
    }
}

record! {
    /// A factor of a posterior.
    pub struct PosteriorFactor as "PosteriorFactor" {
        /// Its id.
        id: Id,
        /// What it sets.
        paths: Vec<String>,
    }
}

/// An outcome that is read once it is known which time it looks at.
#[derive(Debug, Clone)]
pub struct Unread {
    /// As written.
    pub node: Node,
    /// Where.
    pub origin: Origin,
}

impl Decode for Unread {
    fn shape() -> Shape {
        Measure::shape()
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        Some(Self { node: node.clone(), origin: cx.origin(node.span) })
    }
}

/// A year or a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// A year.
    Year(i16),
    /// A year and its month, 1 to 12.
    Month(i16, i8),
}

impl Period {
    /// Its first and last day; `None` of what no calendar has.
    #[must_use]
    pub fn days(self) -> Option<(Date, Date)> {
        let (first, next) = match self {
            Self::Year(year) => (Date::new(year, 1, 1), Date::new(year + 1, 1, 1)),
            Self::Month(year, 12) => (Date::new(year, 12, 1), Date::new(year + 1, 1, 1)),
            Self::Month(year, month) => (Date::new(year, month, 1), Date::new(year, month + 1, 1)),
        };
        Some((first?, next?.plus(-1)))
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year}"),
            Self::Month(year, month) => write!(f, "{year}-{month:02}"),
        }
    }
}

impl Decode for Period {
    fn shape() -> Shape {
        let means = "a year from 1900 to 2300, or a month of one";
        Shape::Value { write: "2019 or \"2019-03\"".to_owned(), means: means.to_owned() }
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let text = node.string().or_else(|| node.leaf().map(str::to_owned)).unwrap_or_default();
        let year = |text: &str| text.parse().ok().filter(|year| (1900..=2300).contains(year));
        let month = |text: &str| text.parse().ok().filter(|month| text.len() == 2 && (1..=12).contains(month));
        let found = match (&node.kind, text.split_once('-')) {
            (Kind::Leaf(_), None) if node.string().is_none() => year(&text).map(Self::Year),
            (Kind::Leaf(_), Some((before, after))) if node.string().is_some() => {
                year(before).zip(month(after)).map(|(year, month)| Self::Month(year, month))
            }
            _ => None,
        };
        if found.is_none() {
            cx.expected(node, "a year or a month", "write a year such as 2019, or a month such as \"2019-03\"");
        }
        found
    }

    // No year that a file may write.
    fn recover(_at: &Origin) -> Option<Self> {
        Some(Self::Year(0))
    }
}
