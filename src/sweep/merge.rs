//! From chunks to one table: every run exactly once, or nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::chunk::{self, Row};
use super::plan::{self, Sweep};
use crate::results::assemble::{Pending, copy_inputs, outcome_columns};
use crate::results::columns::{Data, Field, Kind};
use crate::results::dictionary::ColumnNote;
use crate::results::manifest::{FileEntry, Program};
use crate::results::runner::RunError;
use crate::results::{files, manifest, sealed};

/// Name of the table.
pub const TABLE: &str = "runs";

/// Rows that go into the table at once: as many whatever the size of chunks, so that its bytes do not depend on it.
const BATCH: usize = 1 << 14;

/// How many chunks are named one by one.
const NAMED: usize = 8;

/// What a folder of merged results holds and what it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    /// Edition of this format.
    pub schema: u32,
    /// That these are the results of a sweep.
    pub kind: String,
    /// Program that made them.
    pub program: Program,
    /// Id of the experiment.
    pub experiment: String,
    /// What it asks, in English.
    pub question: String,
    /// Hash of the plan.
    pub plan_hash: String,
    /// How the points were chosen.
    pub design: String,
    /// Id of the arm that the others are compared with.
    pub baseline: String,
    /// Ids of the arms.
    pub arms: Vec<String>,
    /// Points.
    pub points: u64,
    /// Seeds.
    pub seeds: u32,
    /// Runs, all of them in the table.
    pub runs: u64,
    /// Runs that failed.
    pub failed: u64,
    /// What the columns of the table are.
    pub columns: Vec<ColumnNote>,
    /// Every file but this one.
    pub files: Vec<FileEntry>,
    /// Hash of this file with zeros in place of the hash.
    pub blake3_of_this_file: String,
}

/// Why chunks cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Some cannot be relied on, or are of another plan.
    #[error("{} cannot be read: {}", count(.0, "chunk"), some(.0))]
    Unreadable(Vec<String>),
    /// Some runs are there more than once.
    #[error("{} more than once: {}", count(.0, "chunk"), some(.0))]
    Duplicate(Vec<String>),
    /// Some are not there.
    #[error("{} of {of} chunks are missing: {}", chunks.len(), some(&chunks.iter().map(u64::to_string).collect::<Vec<_>>()))]
    Missing {
        /// Which.
        chunks: Vec<u64>,
        /// How many there are in all.
        of: u64,
    },
    /// The table could not be written.
    #[error(transparent)]
    Write(#[from] RunError),
}

impl From<io::Error> for MergeError {
    fn from(error: io::Error) -> Self {
        Self::Write(error.into())
    }
}

fn count(list: &[String], what: &str) -> String {
    if list.len() == 1 { format!("1 {what}") } else { format!("{} {what}s", list.len()) }
}

fn some(list: &[String]) -> String {
    let shown = list[..list.len().min(NAMED)].join(", ");
    if list.len() > NAMED { format!("{shown}, and {} more", list.len() - NAMED) } else { shown }
}

/// The chunks of a sweep, each read once and relied on.
///
/// # Errors
/// When any is unreadable, there twice or missing, in this order of what is said.
pub fn chunks(sweep: &Sweep, mut each: impl FnMut(Vec<Row>) -> Result<(), MergeError>) -> Result<(), MergeError> {
    let mut seen = vec![false; sweep.plan.chunks as usize];
    let (mut unreadable, mut twice) = (Vec::new(), Vec::new());
    let mut sound: Vec<PathBuf> = Vec::new();
    for (number, path) in chunk::list(&sweep.folder)? {
        let name = path.strip_prefix(&sweep.folder).unwrap_or(&path).display().to_string();
        match read(sweep, &path) {
            Err(why) => unreadable.push(format!("{name} ({why})")),
            // A file under another chunk's name holds runs that stand elsewhere too, or should.
            Ok((own, _)) if own != number || seen[own as usize] => twice.push(format!("{name} (holds chunk {own})")),
            Ok((own, _)) => {
                seen[own as usize] = true;
                sound.push(path);
            }
        }
    }
    if !unreadable.is_empty() {
        return Err(MergeError::Unreadable(unreadable));
    }
    if !twice.is_empty() {
        return Err(MergeError::Duplicate(twice));
    }
    let missing: Vec<u64> = (0..sweep.plan.chunks).filter(|&number| !seen[number as usize]).collect();
    if !missing.is_empty() {
        return Err(MergeError::Missing { chunks: missing, of: sweep.plan.chunks });
    }
    for path in sound {
        let rows =
            read(sweep, &path).map_err(|why| MergeError::Unreadable(vec![format!("{} ({why})", path.display())]))?;
        each(rows.1)?;
    }
    Ok(())
}

/// Number and rows of a chunk that is whole, of this plan, and of the runs that the plan says.
fn read(sweep: &Sweep, path: &Path) -> Result<(u64, Vec<Row>), String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let (head, rows) = chunk::decode(&bytes).ok_or_else(|| format!("damaged, {} bytes", bytes.len()))?;
    if head.plan != sweep.hash() {
        return Err("of another plan".to_owned());
    }
    if head.chunk >= sweep.plan.chunks || head.range() != sweep.chunk(head.chunk) {
        return Err("of other runs than the plan's".to_owned());
    }
    let width = sweep.experiment.outcomes.len();
    if rows.iter().any(|row| row.outcomes.len() != width) {
        return Err("of other outcomes than the plan's".to_owned());
    }
    Ok((head.chunk, rows))
}

/// Puts the chunks together: `runs.parquet`, copies of plan and inputs and, last, the manifest.
///
/// # Errors
/// When not every run is there exactly once, or the disk fails.
///
/// # Panics
/// Never: chunks that are all there hold every run.
pub fn merge(sweep: &Sweep, to: &Path) -> Result<Merged, MergeError> {
    fs::create_dir_all(to)?;
    files::sweep(to)?;
    let mut table = Pending::new(to, TABLE, fields(sweep))?;
    let (mut failed, mut runs) = (0, 0);
    let mut waiting: Vec<Row> = Vec::with_capacity(BATCH);
    chunks(sweep, |rows| {
        failed += rows.iter().filter(|row| row.error.is_some()).count() as u64;
        runs += rows.len() as u64;
        for row in rows {
            waiting.push(row);
            if waiting.len() == BATCH {
                table.push(&columns(sweep, &waiting))?;
                waiting.clear();
            }
        }
        Ok(())
    })?;
    table.push(&columns(sweep, &waiting))?;
    assert_eq!(runs, sweep.plan.runs, "bug: chunks that are all there lack runs");
    let mut entries = vec![table.finish(to)?];
    for name in [plan::NAME, plan::PILOT] {
        files::write_bytes(&to.join(name), &fs::read(sweep.folder.join(name))?)?;
        let (blake3, bytes) = files::hash_file(&to.join(name))?;
        entries.push(FileEntry { name: name.to_owned(), bytes, rows: None, blake3 });
    }
    entries.append(&mut copy_inputs(&sweep.experiment, to)?);
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    files::sync_folder(to)?;
    let merged = describe(sweep, failed, entries);
    sealed::write(&to.join(manifest::NAME), &merged)?;
    chunk::sweep_old(&sweep.folder)?;
    Ok(merged)
}

fn describe(sweep: &Sweep, failed: u64, files: Vec<FileEntry>) -> Merged {
    let (experiment, plan) = (&sweep.experiment, &sweep.plan);
    Merged {
        schema: 1,
        kind: "sweep".to_owned(),
        program: Program::this(),
        experiment: plan.experiment.clone(),
        question: experiment.question.en.clone(),
        plan_hash: plan.plan_hash.clone(),
        design: plan.design.clone(),
        baseline: plan.arms[experiment.baseline].clone(),
        arms: plan.arms.clone(),
        points: plan.points,
        seeds: plan.seeds,
        runs: plan.runs,
        failed,
        columns: notes(sweep),
        files,
        blake3_of_this_file: sealed::NO_HASH.to_owned(),
    }
}

fn notes(sweep: &Sweep) -> Vec<ColumnNote> {
    let note = |column: &str, role: &str, unit: &str, holds: String| ColumnNote {
        table: TABLE.to_owned(),
        column: column.to_owned(),
        role: role.to_owned(),
        unit: unit.to_owned(),
        holds,
    };
    let factors = sweep.experiment.design.factors.iter().map(|factor| {
        let paths: Vec<&str> = factor.paths.iter().map(|(path, _)| path.as_str()).collect();
        let verb = if factor.scaled.is_some() { "multiplies" } else { "sets" };
        note(&factor.column(), "factor", &factor.unit().unwrap_or_default(), format!("{verb} {}", paths.join(", ")))
    });
    let outcomes =
        sweep.experiment.outcomes.iter().map(|outcome| {
            note(&outcome.column(), "outcome", outcome.measure.unit(), format!("outcome `{}`", outcome.id))
        });
    let mut notes = vec![
        note("arm", "key", "", "id of the arm".to_owned()),
        note("point", "key", "", "point of the design, from 0".to_owned()),
        note("seed", "key", "", "seed of the run".to_owned()),
    ];
    notes.extend(factors.chain(outcomes));
    notes.push(note(
        "state_hash",
        "run",
        "",
        "hash of the state after the last week, 16 hexadecimal digits".to_owned(),
    ));
    notes.push(note("status", "run", "", "`ok` or `failed`".to_owned()));
    notes.push(note("error", "run", "", "why it failed, else empty".to_owned()));
    notes
}

fn fields(sweep: &Sweep) -> Vec<Field> {
    let mut fields =
        vec![Field::new("arm", Kind::Text), Field::new("point", Kind::Count), Field::new("seed", Kind::Count)];
    for factor in &sweep.experiment.design.factors {
        fields.push(Field::new(factor.column(), if factor.is_number() { Kind::Real } else { Kind::Text }));
    }
    fields.extend(outcome_columns(&sweep.experiment).into_iter().map(|name| Field::new(name, Kind::RealOrMissing)));
    fields.extend(["state_hash", "status", "error"].map(|name| Field::new(name, Kind::Text)));
    fields
}

fn columns(sweep: &Sweep, rows: &[Row]) -> Vec<Data> {
    let design = &sweep.experiment.design;
    let runs: Vec<plan::Run> = rows.iter().map(|row| sweep.run(row.run)).collect();
    let mut drawn = Vec::with_capacity(runs.len());
    let mut last = None;
    for run in &runs {
        if last != Some(run.point) {
            last = Some(run.point);
            drawn.push(design.drawn(run.point));
        } else if let Some(same) = drawn.last().cloned() {
            drawn.push(same);
        }
    }
    let text = |values: Vec<String>| Data::Text { rows: (0..values.len() as u32).collect(), names: values };
    let mut columns = vec![
        Data::Text { names: sweep.plan.arms.clone(), rows: runs.iter().map(|run| run.arm as u32).collect() },
        Data::Count(runs.iter().map(|run| run.point as u64).collect()),
        Data::Count(runs.iter().map(|run| run.seed).collect()),
    ];
    for (place, factor) in design.factors.iter().enumerate() {
        let of_run = drawn.iter().map(|drawn| &drawn[place]);
        columns.push(if factor.is_number() {
            Data::Real(of_run.map(|drawn| drawn.number).collect())
        } else {
            let chosen = of_run.map(|drawn| drawn.chosen.unwrap_or_default() as u32).collect();
            Data::Text { names: factor.names(), rows: chosen }
        });
    }
    for outcome in 0..sweep.experiment.outcomes.len() {
        columns.push(Data::Real(rows.iter().map(|row| row.outcomes[outcome].unwrap_or(f64::NAN)).collect()));
    }
    columns.push(text(rows.iter().map(hash_text).collect()));
    let failed = |row: &Row| u32::from(row.error.is_some());
    let status = vec!["ok".to_owned(), "failed".to_owned()];
    columns.push(Data::Text { names: status, rows: rows.iter().map(failed).collect() });
    columns.push(text(rows.iter().map(|row| row.error.clone().unwrap_or_default()).collect()));
    columns
}

/// State hash as the table has it; empty of a failed run.
pub(crate) fn hash_text(row: &Row) -> String {
    if row.error.is_some() { String::new() } else { format!("{:016x}", row.state_hash) }
}
