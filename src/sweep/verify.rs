//! Is a sweep what it says? Plan, inputs and chunks, or merged results, are hashed, and a sample of the runs done again.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use rayon::prelude::*;

use super::chunk;
use super::merge::{self, MergeError, Merged, TABLE};
use super::plan::{Sweep, row_hash};
use crate::results::assemble::outcome_columns;
use crate::results::columns::{Columns, Data};
use crate::results::simulate::Simulate;
use crate::results::table_file::read;
use crate::results::{manifest, sealed, verify};

/// Whether a folder holds merged results rather than chunks.
#[must_use]
pub fn is_merged(folder: &Path) -> bool {
    folder.join(manifest::NAME).exists()
}

/// What is wrong with the chunks of a sweep: none is missing in this sense, since the rest may come yet.
///
/// # Errors
/// When a folder cannot be read.
pub fn chunks(sweep: &Sweep) -> io::Result<Vec<String>> {
    match merge::chunks(sweep, |_| Ok(())) {
        Ok(()) | Err(MergeError::Missing { .. }) => Ok(Vec::new()),
        Err(MergeError::Write(error)) => Err(io::Error::other(error)),
        Err(wrong) => Ok(vec![wrong.to_string()]),
    }
}

/// What is wrong with the files of merged results.
///
/// # Errors
/// When the manifest cannot be relied on.
pub fn merged(folder: &Path) -> io::Result<(Merged, Vec<String>)> {
    let merged: Merged = sealed::read(&folder.join(manifest::NAME))?;
    let wrong = verify::changed(folder, &merged.files);
    Ok((merged, wrong))
}

/// Does some runs again; says which differ from what is stored, and how many were there to compare.
///
/// # Errors
/// When what is stored cannot be read.
pub fn again(
    sweep: &Sweep,
    chosen: &[u64],
    simulate: &Simulate,
    watch: &(dyn Fn() + Sync),
) -> io::Result<(usize, Vec<String>)> {
    let stored = stored(sweep, chosen)?;
    let differs = |(run, stored): (&u64, &String)| {
        let row = sweep.alone(*run, simulate);
        let now = if is_merged(&sweep.folder) { of_table(&row) } else { row_hash(&row) };
        watch();
        let place = sweep.run(*run);
        let name = format!("arm {}, point {}, seed {}", sweep.plan.arms[place.arm], place.point, place.seed);
        (now != *stored).then(|| format!("{name}: stored {stored}, now {now}"))
    };
    Ok((stored.len(), stored.par_iter().filter_map(differs).collect()))
}

/// What a merged table says of a run, in words: its state hash and the bits of its outcomes.
fn of_table(row: &chunk::Row) -> String {
    let outcomes = row.outcomes.iter().map(|value| value.unwrap_or(f64::NAN));
    words(&merge::hash_text(row), outcomes)
}

fn words(hash: &str, outcomes: impl Iterator<Item = f64>) -> String {
    let bits = |value: f64| if value.is_nan() { "none".to_owned() } else { value.to_string() };
    format!("{hash} with {}", outcomes.map(bits).collect::<Vec<_>>().join(", "))
}

/// What is stored of some runs, by number.
fn stored(sweep: &Sweep, chosen: &[u64]) -> io::Result<BTreeMap<u64, String>> {
    let mut found = BTreeMap::new();
    if is_merged(&sweep.folder) {
        let names = outcome_columns(&sweep.experiment);
        let mut first = 0;
        let take = |part: Columns| {
            let end = first + part.rows() as u64;
            let hashes = part.column("state_hash");
            for &run in chosen.iter().filter(|run| (first..end).contains(run)) {
                let row = (run - first) as usize;
                let outcomes =
                    names.iter().map(|name| part.column(name).map_or(f64::NAN, |column| column.reals()[row]));
                found.insert(run, words(hashes.map_or("", |data: &Data| data.text(row)), outcomes));
            }
            first = end;
        };
        let path = sweep.folder.join(format!("{TABLE}.parquet"));
        read(&path, |name| name == "state_hash" || names.iter().any(|own| own == name), take)
            .map_err(io::Error::other)?;
        return Ok(found);
    }
    let numbers: std::collections::BTreeSet<u64> = chosen.iter().map(|run| run / sweep.plan.chunk_runs).collect();
    for number in numbers {
        let Ok(bytes) = fs::read(chunk::path(&sweep.folder, number)) else { continue }; // not there yet
        let (_, rows) = chunk::decode(&bytes).ok_or_else(|| io::Error::other(format!("chunk {number} is damaged")))?;
        found.extend(rows.iter().filter(|row| chosen.contains(&row.run)).map(|row| (row.run, row_hash(row))));
    }
    Ok(found)
}

/// Runs of a sample, spread evenly over all.
#[must_use]
pub fn sample(runs: u64, share: f64) -> Vec<u64> {
    let count = ((runs as f64 * share).ceil() as u64).clamp(1, runs.max(1)).min(runs);
    (0..count).map(|i| (u128::from(2 * i + 1) * u128::from(runs) / u128::from(2 * count)) as u64).collect()
}
