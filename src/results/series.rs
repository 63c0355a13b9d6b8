//! Series of all runs, read back from the wide table: what charts and pictures show.

use std::path::Path;

use parquet::errors::Result;

use super::columns::Data;
use super::table_file::read;
use crate::experiment::Experiment;
use crate::statistics::quantile;

/// One series of every seed of an arm.
#[derive(Debug, Clone, PartialEq)]
pub struct Fan {
    /// A value per seed and week.
    pub members: Vec<Vec<f64>>,
}

impl Fan {
    /// Quantile over the seeds, week by week; not a number where no seed has a value.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Vec<f64> {
        let weeks = self.members.first().map_or(0, Vec::len);
        let at = |week: usize| {
            let mut values: Vec<f64> = self.members.iter().map(|member| member[week]).filter(|v| !v.is_nan()).collect();
            values.sort_by(f64::total_cmp);
            quantile(&values, share).unwrap_or(f64::NAN)
        };
        (0..weeks).map(at).collect()
    }
}

/// The fan of each arm of the sum of some columns of the wide table, each put under a name by `columns`: a list of
/// (name, columns that are summed). Gives per name the fans in order of the arms.
///
/// # Errors
/// When the table cannot be read.
pub fn fans(experiment: &Experiment, folder: &Path, columns: &[Vec<String>]) -> Result<Vec<Vec<Fan>>> {
    let weeks = experiment.weeks as usize;
    let seeds = experiment.seeds.count as usize;
    let empty = || Fan { members: vec![vec![f64::NAN; weeks]; seeds] };
    let mut found: Vec<Vec<Fan>> = columns.iter().map(|_| experiment.arms.iter().map(|_| empty()).collect()).collect();
    let wanted =
        |name: &str| matches!(name, "arm" | "seed" | "week") || columns.iter().flatten().any(|column| column == name);
    read(&folder.join("wide.parquet"), wanted, |part| {
        let [Some(arms), Some(seeds), Some(numbers)] = ["arm", "seed", "week"].map(|name| part.column(name)) else {
            return;
        };
        for (fans, names) in found.iter_mut().zip(columns) {
            let values: Vec<&[f64]> = names.iter().filter_map(|name| part.column(name)).map(Data::reals).collect();
            for row in 0..part.rows() {
                let arm = experiment.arms.iter().position(|arm| arm.id.as_str() == arms.text(row));
                let seed = seeds.counts()[row].wrapping_sub(experiment.seeds.first) as usize;
                let place = arm.and_then(|arm| fans[arm].members.get_mut(seed)?.get_mut(numbers.ints()[row] as usize));
                if let Some(place) = place {
                    // What an arm does not have adds nothing; when it has none of them there is no value.
                    let present = values.iter().map(|column| column[row]).filter(|value| !value.is_nan());
                    *place = present.reduce(|sum, value| sum + value).unwrap_or(f64::NAN);
                }
            }
        }
    })?;
    Ok(found)
}
