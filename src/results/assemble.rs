//! From the journal to the final files, in order of arm and seed whatever the order in which runs were done.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::columns::{Columns, Data, Field, Kind};
use super::dictionary::{self, ColumnNote};
use super::files;
use super::journal::{Journal, RunRecord};
use super::manifest::{self, FileEntry, Manifest, Program, Run};
use super::runner::RunError;
use super::table_file::Writer;
use super::wide::Wide;
use crate::experiment::Experiment;

/// Folder of the copies of the inputs.
pub(crate) const INPUTS: &str = "inputs";

/// A table on its way to its final name.
pub(crate) struct Pending {
    name: String,
    fields: Vec<Field>,
    file: tempfile::NamedTempFile,
    writer: Writer<BufWriter<File>>,
}

impl Pending {
    pub(crate) fn new(folder: &Path, name: &str, fields: Vec<Field>) -> Result<Self, RunError> {
        let file = files::unfinished(folder)?;
        let sink = BufWriter::with_capacity(1 << 18, file.as_file().try_clone()?);
        Ok(Self { name: name.to_owned(), writer: Writer::new(sink, name, &fields)?, fields, file })
    }

    pub(crate) fn push(&mut self, columns: &[Data]) -> Result<(), RunError> {
        Ok(self.writer.push(columns)?)
    }

    pub(crate) fn finish(self, folder: &Path) -> Result<FileEntry, RunError> {
        let (mut sink, rows) = self.writer.finish()?;
        sink.flush()?;
        self.file.as_file().sync_all()?;
        let name = format!("{}.parquet", self.name);
        let path = folder.join(&name);
        files::refuse_special(&path)?;
        self.file.persist(&path).map_err(|error| error.error)?;
        let (blake3, bytes) = files::hash_file(&path)?;
        Ok(FileEntry { name, bytes, rows: Some(rows), blake3 })
    }
}

/// Writes tables, copies of the inputs and, last, the manifest.
pub(super) fn write(experiment: &Experiment, folder: &Path, journal: &mut Journal) -> Result<(), RunError> {
    let mut runs = Pending::new(folder, "runs", run_fields(experiment))?;
    let mut hashes = Pending::new(folder, "hashes", hash_fields())?;
    let wide = Wide::new(experiment);
    let mut wide_file =
        if wide.is_empty() { None } else { Some(Pending::new(folder, "wide", wide.fields().to_vec())?) };
    let mut series: Vec<Pending> = Vec::new();
    let mut entries = Vec::new();
    for key in experiment.runs() {
        let record = journal.read(key)?;
        let arm = experiment.arms[key.0 as usize].id.as_str();
        runs.push(&run_row(&record, arm))?;
        hashes.push(&hash_rows(&record, arm))?;
        if let Some(file) = &mut wide_file {
            file.push(&wide.rows(experiment, &record))?;
        }
        if series.is_empty() {
            for table in &record.tables {
                series.push(Pending::new(folder, &table.name, long_fields(table))?);
            }
        }
        for (file, table) in series.iter_mut().zip(&record.tables) {
            assert_eq!(file.fields, long_fields(table), "bug: runs differ in the columns of {}", file.name);
            file.push(&long_rows(experiment, &record, arm, table))?;
        }
        let state_hash = format!("{:016x}", record.hashes.last().copied().unwrap_or_default());
        entries.push(Run { arm: arm.to_owned(), seed: record.seed, state_hash });
    }
    let mut all: Vec<Pending> = vec![runs, hashes];
    all.extend(wide_file);
    all.append(&mut series);
    let mut listed = Vec::new();
    let mut columns = Vec::new();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    for file in all {
        columns.extend(dictionary::notes(experiment, &file.name, &file.fields));
        listed.push(file.finish(folder)?);
    }
    listed.append(&mut copy_inputs(experiment, folder)?);
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    files::sync_folder(folder)?;
    manifest::write(folder, &describe(experiment, entries, columns, listed))?;
    Ok(())
}

/// Copies the inputs of an experiment below a folder.
pub(crate) fn copy_inputs(experiment: &Experiment, folder: &Path) -> io::Result<Vec<FileEntry>> {
    let copies = folder.join(INPUTS);
    fs::create_dir_all(&copies)?;
    files::sweep(&copies)?;
    let mut listed = Vec::new();
    for input in &experiment.inputs {
        let path = copies.join(&input.name);
        files::write_bytes(&path, &input.bytes)?;
        let (blake3, bytes) = files::hash_file(&path)?;
        listed.push(FileEntry { name: format!("{INPUTS}/{}", input.name), bytes, rows: None, blake3 });
    }
    Ok(listed)
}

fn describe(experiment: &Experiment, runs: Vec<Run>, columns: Vec<ColumnNote>, files: Vec<FileEntry>) -> Manifest {
    Manifest {
        schema: 1,
        program: Program::this(),
        experiment: experiment.id.to_string(),
        experiment_hash: experiment.hash().to_string(),
        question: experiment.question.en.clone(),
        levers: experiment.levers.clone(),
        baseline: experiment.arms[experiment.baseline].id.to_string(),
        arms: experiment.arms.iter().map(|arm| arm.id.to_string()).collect(),
        first_seed: experiment.seeds.first,
        seeds: experiment.seeds.count,
        weeks: experiment.weeks,
        overrides: experiment.overrides.clone(),
        warnings: experiment.warnings.clone(),
        ledger_residual: 0.0,
        runs,
        columns,
        files,
        blake3_of_this_file: String::new(),
    }
}

fn run_fields(experiment: &Experiment) -> Vec<Field> {
    let mut fields = vec![Field::new("arm", Kind::Text), Field::new("seed", Kind::Count)];
    fields.extend(outcome_columns(experiment).into_iter().map(|name| Field::new(name, Kind::RealOrMissing)));
    fields.push(Field::new("state_hash", Kind::Text));
    fields
}

/// Names of the outcomes' columns.
pub(crate) fn outcome_columns(experiment: &Experiment) -> Vec<String> {
    experiment.outcomes.iter().map(crate::outcome::Outcome::column).collect()
}

fn run_row(record: &RunRecord, arm: &str) -> Vec<Data> {
    let mut row = vec![Data::same(arm, 1), Data::Count(vec![record.seed])];
    row.extend(record.outcomes.iter().map(|value| Data::Real(vec![value.unwrap_or(f64::NAN)])));
    row.push(Data::same(&format!("{:016x}", record.hashes.last().copied().unwrap_or_default()), 1));
    row
}

fn hash_fields() -> Vec<Field> {
    let names = [("arm", Kind::Text), ("seed", Kind::Count), ("week", Kind::Week), ("state_hash", Kind::Count)];
    names.map(|(name, kind)| Field::new(name, kind)).to_vec()
}

fn hash_rows(record: &RunRecord, arm: &str) -> Vec<Data> {
    let weeks = record.hashes.len();
    let numbers = (0..weeks as i32).collect();
    vec![
        Data::same(arm, weeks),
        Data::Count(vec![record.seed; weeks]),
        Data::Int(numbers),
        Data::Count(record.hashes.clone()),
    ]
}

/// Columns of a table of all runs: arm and seed, then the run's own with the day beside the week.
pub(super) fn long_fields(table: &Columns) -> Vec<Field> {
    let mut fields = vec![Field::new("arm", Kind::Text), Field::new("seed", Kind::Count)];
    for field in &table.fields {
        fields.push(field.clone());
        if field.kind == Kind::Week {
            fields.push(Field::new("date", Kind::Date));
        }
    }
    fields
}

/// Rows of a table of all runs.
pub(super) fn long_rows(experiment: &Experiment, record: &RunRecord, arm: &str, table: &Columns) -> Vec<Data> {
    let mut columns = vec![Data::same(arm, table.rows()), Data::Count(vec![record.seed; table.rows()])];
    for (field, data) in table.fields.iter().zip(&table.data) {
        columns.push(data.clone());
        if field.kind == Kind::Week {
            columns.push(Data::Int(data.ints().iter().map(|&week| experiment.day_number(week as u32)).collect()));
        }
    }
    columns
}
