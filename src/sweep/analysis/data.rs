//! Outcomes of a merged sweep by arm, point and seed.

use std::path::Path;

use crate::results::assemble::outcome_columns;
use crate::results::columns::{Columns, Data};
use crate::results::table_file::read_all;
use crate::statistics::mean;
use crate::sweep::merge::TABLE;
use crate::sweep::plan::Sweep;

/// Outcomes in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes {
    /// Column of each.
    pub columns: Vec<String>,
    /// Seeds of a point.
    pub seeds: usize,
    /// Points of an arm.
    pub points: usize,
    /// Values of each in order of arm, point and seed; not a number where there is none.
    pub values: Vec<Vec<f64>>,
    /// Runs that failed.
    pub failed: usize,
}

impl Outcomes {
    /// Reads them from a folder of merged results.
    ///
    /// # Errors
    /// When the table cannot be read, or has not the rows of the plan, or other points than this program's: those of a
    /// design may differ between builds.
    pub fn read(sweep: &Sweep, folder: &Path) -> parquet::errors::Result<Self> {
        let columns = outcome_columns(&sweep.experiment);
        let wanted = |name: &str| name == "status" || columns.iter().chain(&sweep.plan.factors).any(|one| one == name);
        let table = read_all(&folder.join(format!("{TABLE}.parquet")), wanted)?;
        if table.rows() as u64 != sweep.plan.runs {
            let what = format!("{} rows instead of {}", table.rows(), sweep.plan.runs);
            return Err(parquet::errors::ParquetError::General(what));
        }
        if let Some(factor) = moved(sweep, &table) {
            let what = format!(
                "the points of this build differ from the table's in {factor}; look at it with the build that ran it"
            );
            return Err(parquet::errors::ParquetError::General(what));
        }
        let of = |name: &String| table.column(name).map(|column| column.reals().to_vec()).unwrap_or_default();
        let status = table.column("status");
        let failed = (0..table.rows()).filter(|&row| status.is_some_and(|status| status.text(row) != "ok")).count();
        let values = columns.iter().map(of).collect();
        let (seeds, points) = (sweep.plan.seeds as usize, sweep.plan.points as usize);
        Ok(Self { columns, seeds, points, values, failed })
    }

    /// Values of the seeds at a point of an arm.
    #[must_use]
    pub fn at(&self, outcome: usize, arm: usize, point: usize) -> &[f64] {
        let first = (arm * self.points + point) * self.seeds;
        &self.values[outcome][first..first + self.seeds]
    }

    /// Mean over the seeds that have a value, at every point of an arm.
    #[must_use]
    pub fn means(&self, outcome: usize, arm: usize) -> Vec<Option<f64>> {
        let present = |point| self.at(outcome, arm, point).iter().copied().filter(|value| !value.is_nan());
        (0..self.points).map(|point| mean(&present(point).collect::<Vec<f64>>())).collect()
    }

    /// Mean over seeds of an arm's value less another's with the same seed, at every point.
    #[must_use]
    pub fn differences(&self, outcome: usize, arm: usize, other: usize) -> Vec<Option<f64>> {
        let at = |point| {
            let pairs = self.at(outcome, arm, point).iter().zip(self.at(outcome, other, point));
            let differences: Vec<f64> = pairs.map(|(a, b)| a - b).filter(|value| !value.is_nan()).collect();
            mean(&differences)
        };
        (0..self.points).map(at).collect()
    }
}

/// The first factor of which the table holds other values than the points of the design give.
fn moved<'a>(sweep: &'a Sweep, table: &Columns) -> Option<&'a str> {
    let design = &sweep.experiment.design;
    let differs = |place: usize, column: &Data| {
        (0..sweep.plan.points as usize).any(|point| {
            let (row, drawn) = (point * sweep.plan.seeds as usize, &design.drawn(point)[place]);
            let factor = &design.factors[place];
            match column {
                Data::Text { .. } => {
                    let name = drawn.chosen.and_then(|chosen| factor.names().get(chosen).cloned());
                    name.as_deref() != Some(column.text(row))
                }
                _ => column.reals()[row].to_bits() != drawn.number.to_bits(),
            }
        })
    };
    let names = sweep.plan.factors.iter().enumerate();
    names
        .filter(|(place, name)| table.column(name).is_none_or(|column| differs(*place, column)))
        .map(|(_, name)| name.as_str())
        .next()
}
