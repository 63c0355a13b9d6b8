//! Uncertain factors, and the points at which an experiment looks at them.
//!
//! A point is kept as one coordinate per factor: its place in the factor's probability, from 0 to 1, or the value itself
//! where the file lists the points. [`Factor::drawn`] turns it into the number and the text that the world is given.

use crate::world_file::Base;
use crate::world_file::overlay::Override;

use super::factor::{Drawn, Factor};

/// The factors of an experiment and the points at which it is run.
#[derive(Debug, Clone)]
pub struct Design {
    /// How the points were chosen.
    pub kind: DesignKind,
    /// Factors, in order of id.
    pub factors: Vec<Factor>,
    /// Points.
    pub points: Points,
    /// What a sweep may cost.
    pub limits: Limits,
    /// World of every arm before any factor is set, as written.
    pub worlds: Vec<Base>,
}

/// How points are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DesignKind {
    /// There are no factors, and one point.
    None,
    /// All combinations.
    Grid,
    /// As the file lists them.
    List,
    /// Latin hypercube.
    LatinHypercube,
    /// Sobol sequence.
    Sobol,
    /// Saltelli's blocks: A, B, and A with one column of B for each factor.
    Saltelli,
    /// Morris's trajectories on a grid of so many levels.
    Morris(u32),
    /// Drawn from a posterior.
    Posterior,
}

/// What a sweep may cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Runs.
    pub runs: u64,
    /// Hours of one core.
    pub core_hours: f64,
    /// Memory of one process \[bytes\].
    pub memory: f64,
    /// Files \[bytes\].
    pub disk: f64,
}

/// Points, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// Coordinates per point.
    pub width: usize,
    /// How many points belong together: Saltelli's and Morris's are kept or left out as blocks.
    pub block: usize,
    /// How many there are.
    pub count: usize,
    /// Coordinates of one point after the other.
    pub coordinates: Vec<f64>,
}

impl Design {
    /// Of an experiment without factors: one point.
    #[must_use]
    pub fn of_one_point() -> Self {
        Self {
            kind: DesignKind::None,
            factors: Vec::new(),
            points: Points { width: 0, block: 1, count: 1, coordinates: Vec::new() },
            limits: Limits { runs: 1_000_000, core_hours: 1_000.0, memory: 64e9, disk: 100e9 },
            worlds: Vec::new(),
        }
    }

    /// What every factor is at a point.
    #[must_use]
    pub fn drawn(&self, point: usize) -> Vec<Drawn> {
        let given = matches!(self.kind, DesignKind::List | DesignKind::Posterior);
        self.factors.iter().zip(self.points.at(point)).map(|(factor, &at)| factor.drawn(at, given)).collect()
    }

    /// What a point sets into the world of an arm.
    #[must_use]
    pub fn overrides(&self, arm: usize, point: usize) -> Vec<Override> {
        let drawn = self.drawn(point);
        self.factors.iter().zip(&drawn).flat_map(|(factor, drawn)| factor.overrides(arm, drawn)).collect()
    }
}

impl DesignKind {
    /// As people read it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "one point",
            Self::Grid => "grid",
            Self::List => "list",
            Self::LatinHypercube => "Latin hypercube",
            Self::Sobol => "Sobol sequence",
            Self::Saltelli => "Saltelli's design",
            Self::Morris(_) => "Morris's trajectories",
            Self::Posterior => "draws from a posterior",
        }
    }
}

impl Points {
    /// Coordinates of a point.
    #[must_use]
    pub fn at(&self, point: usize) -> &[f64] {
        &self.coordinates[point * self.width..(point + 1) * self.width]
    }
}
