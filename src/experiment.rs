//! A question put to a world: which settings are compared, over which seeds, and what is measured.

pub mod design;
pub mod factor;
#[cfg(feature = "cli")]
pub mod file;
#[cfg(feature = "cli")]
mod outcomes;
#[cfg(feature = "cli")]
mod resolve;
pub mod written;

use std::ops::Range;

use crate::calendar::{Calendar, Week};
use crate::facts::Statistic;
use crate::facts::rows::Role;
use crate::id::{Id, Label};
use crate::outcome::{Measure, Outcome};
use crate::record::TABLES;
use crate::setup::Setup;

use design::Design;

/// A checked experiment.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// What it asks.
    pub question: Label,
    /// Ids of the policy levers that it moves, such as `B1`.
    pub levers: Vec<String>,
    /// Which day each week begins.
    pub calendar: Calendar,
    /// Weeks that every run lasts.
    pub weeks: Week,
    /// Seeds that every arm is run with.
    pub seeds: Seeds,
    /// Place of the arm that the others are compared with.
    pub baseline: usize,
    /// What is compared, in order of id.
    pub arms: Vec<Arm>,
    /// What is uncertain, and the points at which it is looked at.
    pub design: Design,
    /// What is measured.
    pub outcomes: Vec<Outcome>,
    /// Contracts that are held against the stylized facts; what these need is among the outcomes.
    pub facts: Vec<FactSheet>,
    /// Tables that are kept, of [`TABLES`].
    pub tables: Vec<&'static str>,
    /// Files that it was read from.
    pub inputs: Vec<Input>,
    /// What was set beyond the files, as `path=value`.
    pub overrides: Vec<String>,
    /// What the check has to say about it.
    pub warnings: Vec<String>,
}

/// Seeds from a first one on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeds {
    /// The first.
    pub first: u64,
    /// How many.
    pub count: u32,
}

impl Seeds {
    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = u64> {
        self.first..self.first + u64::from(self.count)
    }
}

/// A setting of the levers.
#[derive(Debug, Clone)]
pub struct Arm {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// The world under it.
    pub setup: Setup,
    /// Numbers of the facts that must fail in it.
    pub destroys: Vec<u32>,
}

/// A contract that is held against the stylized facts.
#[derive(Debug, Clone, PartialEq)]
pub struct FactSheet {
    /// The contract.
    pub contract: Id,
    /// Weeks that are looked at.
    pub weeks: Range<Week>,
    /// Places of the arms with a floor, a ceiling and a reserve, if there are any.
    pub floor: Option<usize>,
    /// See `floor`.
    pub ceiling: Option<usize>,
    /// See `floor`.
    pub reserve: Option<usize>,
}

impl FactSheet {
    /// The arm that has a role.
    #[must_use]
    pub const fn arm(&self, role: Role) -> Option<usize> {
        match role {
            Role::Floor => self.floor,
            Role::Ceiling => self.ceiling,
            Role::Reserve => self.reserve,
        }
    }

    /// A statistic of it as a measure.
    #[must_use]
    pub fn measure(&self, statistic: Statistic) -> Measure {
        Measure::Fact(self.contract.clone(), statistic)
    }

    /// A statistic of it as an outcome; `None` when the ids of both together are too long for one.
    #[must_use]
    pub fn outcome(&self, statistic: Statistic) -> Option<Outcome> {
        let id = Id::new(&format!("{}-{}", self.contract, statistic.id()))?;
        Some(Outcome { id, measure: self.measure(statistic), weeks: self.weeks.clone() })
    }
}

/// A file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Name of its copy among the results.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Experiment {
    /// Hash of everything that its numbers follow from: files, what was set beyond them, seeds, version of the model.
    #[must_use]
    pub fn hash(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(concat!("oreworld ", env!("OREWORLD_SOURCE_HASH")).as_bytes());
        part(&(self.inputs.len() as u64).to_le_bytes());
        for input in &self.inputs {
            part(input.name.as_bytes());
            part(&input.bytes);
        }
        for set in &self.overrides {
            part(set.as_bytes());
        }
        part(&self.seeds.first.to_le_bytes());
        part(&self.seeds.count.to_le_bytes());
        hasher.finalize()
    }

    /// Name of its folder of results: the id and the first ten digits of the hash.
    #[must_use]
    pub fn folder_name(&self) -> String {
        format!("{}-{}", self.id, &self.hash().to_hex()[..10])
    }

    /// Arm and seed of every run, in the order of the results.
    pub fn runs(&self) -> impl Iterator<Item = (u32, u64)> {
        (0..self.arms.len() as u32).flat_map(|arm| self.seeds.iter().map(move |seed| (arm, seed)))
    }

    /// Tables that a run must record: those kept, and those that the outcomes read.
    #[must_use]
    pub fn recorded(&self) -> Vec<&'static str> {
        let needed = self.needed();
        TABLES.iter().copied().filter(|table| self.tables.contains(table) || needed.contains(table)).collect()
    }

    /// Tables that the outcomes read.
    #[must_use]
    pub fn needed(&self) -> Vec<&'static str> {
        let needed = |table: &&str| self.outcomes.iter().any(|outcome| outcome.measure.tables().contains(table));
        TABLES.iter().copied().filter(needed).collect()
    }

    /// First day of a week, as days since 1970-01-01.
    #[must_use]
    pub fn day_number(&self, week: Week) -> i32 {
        self.calendar.day(week).days_since_1970()
    }
}
