//! Are the results what they say? Every file is hashed again, and a sample of the runs is run again and compared
//! value by value.

pub mod made;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use super::assemble::{long_rows, outcome_columns};
use super::columns::{Columns, Data, Kind};
use super::files;
use super::journal::{RunKey, RunRecord};
use super::manifest::{self, FileEntry, Manifest};
use super::runner::{JOURNAL, message_of, record};
use super::simulate::Simulate;
use super::table_file::{Groups, read};
use crate::experiment::Experiment;

/// Why results cannot be verified, or what is wrong with them.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The runs are not done.
    #[error("the results in {0} are not complete: `oreworld run` resumes them")]
    Incomplete(String),
    /// A calibration or a search is not done.
    #[error("{0} is not complete: `oreworld {1}` goes on with it when its file is given again")]
    Unfinished(String, &'static str),
    /// It holds folders of results and is none.
    #[error("{0} holds results and is none itself: name the folder inside, {1}")]
    Above(String, String),
    /// It cannot be read, or its manifest is damaged.
    #[error("{0}: {1}")]
    Unreadable(String, io::Error),
    /// A table cannot be read.
    #[error("{0}: {1}")]
    Table(String, parquet::errors::ParquetError),
}

/// What differs between a stored run and the same run now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Id of the arm.
    pub arm: String,
    /// Seed.
    pub seed: u64,
    /// First week that differs.
    pub week: Option<u32>,
    /// Table and the ids of the row, such as `markets, cobalt refined north`.
    pub place: String,
    /// Column.
    pub field: String,
    /// What is stored.
    pub stored: String,
    /// What the run gives now.
    pub now: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arm {}, seed {}", self.arm, self.seed)?;
        if let Some(week) = self.week {
            write!(f, ", week {week}")?;
        }
        write!(f, ": {}, {}: stored {}, now {}", self.place, self.field, self.stored, self.now)
    }
}

/// Compares every file with the manifest, and reads every page of the tables. Gives the manifest and what is wrong.
///
/// # Errors
/// When the results are not complete or the manifest cannot be relied on.
pub fn files(folder: &Path) -> Result<(Manifest, Vec<String>), VerifyError> {
    if folder.join(JOURNAL).exists() {
        return Err(VerifyError::Incomplete(folder.display().to_string()));
    }
    let unreadable = |error| VerifyError::Unreadable(folder.join(manifest::NAME).display().to_string(), error);
    let manifest = match manifest::read(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let inside = results_in(folder);
            return Err(if inside.is_empty() {
                unreadable(error)
            } else {
                VerifyError::Above(folder.display().to_string(), in_words(&inside))
            });
        }
        read => read.map_err(unreadable)?,
    };
    let mut wrong = changed(folder, &manifest.files);
    wrong.append(&mut strangers(folder, &manifest).map_err(unreadable)?);
    Ok((manifest, wrong))
}

/// What is wrong with the files that a manifest lists: every file is hashed, and every page of the tables read.
#[must_use]
pub fn changed(folder: &Path, entries: &[FileEntry]) -> Vec<String> {
    let mut wrong = Vec::new();
    for entry in entries {
        let path = folder.join(&entry.name);
        match files::hash_file(&path) {
            Err(error) => wrong.push(format!("{}: {error}", entry.name)),
            Ok((hash, bytes)) if hash != entry.blake3 => {
                wrong.push(format!(
                    "{}: its hash differs from the manifest's ({bytes} bytes of {})",
                    entry.name, entry.bytes
                ));
            }
            Ok(_) if entry.rows.is_some() => {
                let mut rows = 0;
                match read(&path, |_| true, |part| rows += part.rows() as u64) {
                    Err(error) => wrong.push(format!("{}: {error}", entry.name)),
                    Ok(()) if Some(rows) != entry.rows => {
                        wrong.push(format!("{}: {rows} rows instead of {}", entry.name, entry.rows.unwrap_or(0)));
                    }
                    Ok(()) => {}
                }
            }
            Ok(_) => {}
        }
    }
    wrong
}

/// Folders of results, complete or not, in a folder, in order of name.
fn results_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let holds = |path: &Path| [manifest::NAME, JOURNAL].iter().any(|name| path.join(name).exists());
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| holds(path));
    let mut found: Vec<String> = paths.map(|path| path.display().to_string()).collect();
    found.sort();
    found
}

/// The first of some folders, and how many more there are.
fn in_words(folders: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = folders[..folders.len().min(SHOWN)].join(" or ");
    if folders.len() > SHOWN { format!("{shown}, or one of {} more", folders.len() - SHOWN) } else { shown }
}

/// Tables that the manifest does not know: somebody else's, whatever their name says.
fn strangers(folder: &Path, manifest: &Manifest) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".parquet") && manifest.files.iter().all(|file| file.name != name) {
            found.push(format!("{name}: the manifest does not know it"));
        }
    }
    found.sort();
    Ok(found)
}

/// Places of `sample` of `count` runs, spread evenly, so that every arm has its share.
#[must_use]
pub fn sample(count: usize, sample: usize) -> Vec<usize> {
    let taken = sample.min(count);
    (0..taken).map(|i| (2 * i + 1) * count / (2 * taken)).collect()
}

/// Runs the chosen runs again and gives the first difference of each that differs.
///
/// # Errors
/// When a table cannot be read.
pub fn runs(
    folder: &Path,
    manifest: &Manifest,
    experiment: &Experiment,
    chosen: &[usize],
    simulate: &Simulate,
    watch: &(dyn Fn() + Sync),
) -> Result<Vec<Difference>, VerifyError> {
    let names = manifest.files.iter().filter(|file| file.rows.is_some());
    let mut readers = Vec::new();
    for name in names.map(|file| file.name.trim_end_matches(".parquet")).filter(|name| *name != "wide") {
        readers.push((name.to_owned(), RunReader::open(folder, name, experiment)?));
    }
    let all: Vec<RunKey> = experiment.runs().collect();
    let mut differences = Vec::new();
    for batch in chosen.chunks(rayon::current_num_threads().max(1)) {
        let mut work: Vec<(RunKey, BTreeMap<String, Columns>)> = Vec::new();
        for &place in batch {
            let Some(&key) = all.get(place) else { continue };
            let mut stored = BTreeMap::new();
            for (name, reader) in &mut readers {
                stored.insert(name.clone(), reader.take(key)?);
            }
            work.push((key, stored));
        }
        let compared: Vec<Option<Difference>> = work
            .par_iter()
            .map(|(key, stored)| {
                let found = again(experiment, *key, stored, simulate);
                watch();
                found
            })
            .collect();
        differences.extend(compared.into_iter().flatten());
    }
    Ok(differences)
}

/// Runs a run again; its first difference from what is stored.
fn again(
    experiment: &Experiment,
    key: RunKey,
    stored: &BTreeMap<String, Columns>,
    simulate: &Simulate,
) -> Option<Difference> {
    let tables = experiment.recorded();
    let arm = experiment.arms[key.0 as usize].id.to_string();
    let caught = catch_unwind(AssertUnwindSafe(|| record(experiment, key, &tables, simulate)));
    let now = match caught.unwrap_or_else(|panic| Err(message_of(panic.as_ref()))) {
        Ok(now) => now,
        Err(why) => {
            let (place, field) = ("the run".to_owned(), "end".to_owned());
            return Some(Difference {
                arm,
                seed: key.1,
                week: None,
                place,
                field,
                stored: "complete".to_owned(),
                now: why,
            });
        }
    };
    let hash = hashes(&arm, &now, stored);
    let row = now
        .tables
        .iter()
        .filter_map(|table| {
            let rows = long_rows(experiment, &now, &arm, table);
            rows_differ(&arm, key.1, &table.name, stored.get(&table.name)?, &rows)
        })
        .min_by_key(|difference| difference.week);
    match (hash, row) {
        // A value that people can read says more than a hash, when it is as early.
        (Some(hash), Some(row)) if hash.week < row.week => Some(hash),
        (hash, None) => hash.or_else(|| outcomes(experiment, &now, &arm, stored.get("runs")?)),
        (_, row) => row,
    }
}

fn hashes(arm: &str, now: &RunRecord, stored: &BTreeMap<String, Columns>) -> Option<Difference> {
    let kept = stored.get("hashes")?.column("state_hash")?.counts();
    let differs = |week: &usize| kept.get(*week) != now.hashes.get(*week);
    let week = (0..kept.len().max(now.hashes.len())).find(differs)?;
    let show = |hash: Option<&u64>| hash.map_or_else(|| "nothing".to_owned(), |hash| format!("{hash:016x}"));
    Some(Difference {
        arm: arm.to_owned(),
        seed: now.seed,
        week: Some(week as u32),
        place: "the state".to_owned(),
        field: "hash".to_owned(),
        stored: show(kept.get(week)),
        now: show(now.hashes.get(week)),
    })
}

/// First row and column of a table that differ.
fn rows_differ(arm: &str, seed: u64, table: &str, stored: &Columns, now: &[Data]) -> Option<Difference> {
    let rows = now.first().map_or(0, Data::len);
    let difference = |row: usize, field: &str, kept: String, new: String| {
        let from = |data: &Data, at: usize| (at < data.len()).then(|| data.show(at));
        let ids = stored.fields.iter().enumerate().filter(|(_, field)| field.kind == Kind::Text && field.name != "arm");
        let ids: Vec<String> =
            ids.filter_map(|(i, _)| from(&stored.data[i], row).or_else(|| from(&now[i], row))).collect();
        let at = stored.fields.iter().position(|field| field.kind == Kind::Week);
        let week = at.and_then(|i| from(&now[i], row).or_else(|| from(&stored.data[i], row)));
        Difference {
            arm: arm.to_owned(),
            seed,
            week: week.and_then(|week| week.parse().ok()),
            place: format!("{table}, {}", ids.join(" ")),
            field: field.to_owned(),
            stored: kept,
            now: new,
        }
    };
    if stored.fields.is_empty() || stored.fields.len() != now.len() {
        let count = |rows: usize| format!("{rows} rows");
        return (rows != stored.rows()).then(|| difference(0, "all", count(stored.rows()), count(rows)));
    }
    for row in 0..rows.max(stored.rows()) {
        if row >= rows || row >= stored.rows() {
            let there = |is: bool| if is { "a row" } else { "none" }.to_owned();
            return Some(difference(row, "row", there(row < stored.rows()), there(row < rows)));
        }
        for ((field, kept), new) in stored.fields.iter().zip(&stored.data).zip(now) {
            if !kept.same_row(row, new, row) {
                return Some(difference(row, &field.name, kept.show(row), new.show(row)));
            }
        }
    }
    None
}

fn outcomes(experiment: &Experiment, now: &RunRecord, arm: &str, stored: &Columns) -> Option<Difference> {
    let columns = outcome_columns(experiment).into_iter().zip(&now.outcomes);
    columns.into_iter().find_map(|(name, value)| {
        let kept = stored.column(&name)?;
        let new = Data::Real(vec![value.unwrap_or(f64::NAN)]);
        (kept.len() != 1 || !kept.same_row(0, &new, 0)).then(|| Difference {
            arm: arm.to_owned(),
            seed: now.seed,
            week: None,
            place: "runs".to_owned(),
            field: name,
            stored: if kept.is_empty() { "no row".to_owned() } else { kept.show(0) },
            now: new.show(0),
        })
    })
}

/// Takes the rows of run after run from a table, of which runs may have none; a row group in memory at a time.
struct RunReader {
    name: String,
    arms: Vec<String>,
    groups: Groups<File>,
    held: Option<Columns>,
    at: usize,
}

impl RunReader {
    fn open(folder: &Path, table: &str, experiment: &Experiment) -> Result<Self, VerifyError> {
        let name = format!("{table}.parquet");
        let wrong = |error| VerifyError::Table(name.clone(), error);
        let file = File::open(folder.join(&name)).map_err(|error| wrong(error.into()))?;
        let groups = Groups::open(file).map_err(wrong)?;
        let arms = experiment.arms.iter().map(|arm| arm.id.to_string()).collect();
        Ok(Self { arms, groups, held: None, at: 0, name })
    }

    /// Run of a row; rows come in order of runs.
    fn key(&self, rows: &Columns, row: usize) -> Option<RunKey> {
        let arm = rows.column("arm")?.text(row);
        let place = self.arms.iter().position(|known| known == arm)?;
        Some((place as u32, *rows.column("seed")?.counts().get(row)?))
    }

    /// Rows of a run that comes later than those taken before.
    fn take(&mut self, run: RunKey) -> Result<Columns, VerifyError> {
        let mut taken = Columns { name: self.name.clone(), fields: Vec::new(), data: Vec::new() };
        loop {
            if self.held.as_ref().is_none_or(|held| self.at == held.rows()) {
                let next = self.groups.next(&|_: &str| true);
                self.held = next.map_err(|error| VerifyError::Table(self.name.clone(), error))?;
                self.at = 0;
            }
            let Some(held) = &self.held else { break };
            if taken.fields.is_empty() {
                taken.fields.clone_from(&held.fields);
                taken.data = held.fields.iter().map(|field| Data::empty(field.kind)).collect();
            }
            let from = |begin: usize, late: &dyn Fn(RunKey) -> bool| {
                (begin..held.rows()).find(|&row| self.key(held, row).is_none_or(late)).unwrap_or(held.rows())
            };
            let begin = from(self.at, &|key| key >= run);
            let end = from(begin, &|key| key > run);
            taken.data.iter_mut().zip(&held.data).for_each(|(to, rows)| to.append(&rows.slice(begin..end)));
            self.at = end;
            if end < held.rows() {
                break;
            }
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::fake::{contents, experiment, simulate};
    use super::super::runner::{Finish, Options, folder, run};
    use super::super::simulate::RunOutput;
    use super::*;
    use crate::record::Values;

    fn made(parent: &Path) -> PathBuf {
        let options = Options { threads: Some(2), force: false };
        let ended = run(
            &experiment(5, 10),
            parent,
            options,
            &simulate,
            &std::sync::atomic::AtomicBool::new(false),
            &mut |_| (),
        )
        .expect("a disk");
        assert_eq!(ended, Finish::Complete);
        folder(&experiment(5, 10), parent)
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = made(parent.path());
        assert_eq!(files(&folder).expect("complete").1, Vec::<String>::new());
        let all = contents(&folder);
        let total: usize = all.values().map(Vec::len).sum();
        for flip in 0..1_000_u64 {
            let hash = blake3::hash(&flip.to_le_bytes());
            let mut at = u64::from_le_bytes(*hash.as_bytes().first_chunk().expect("32 bytes")) as usize % (total * 8);
            let (name, good) = all
                .iter()
                .find(|(_, bytes)| {
                    let here = at < bytes.len() * 8;
                    at -= if here { 0 } else { bytes.len() * 8 };
                    here
                })
                .expect("a byte of some file");
            let mut bad = good.clone();
            bad[at / 8] ^= 1 << (at % 8);
            std::fs::write(folder.join(name), &bad).expect("a disk");
            let found = match files(&folder) {
                Err(_) => true,
                Ok((_, wrong)) => !wrong.is_empty(),
            };
            assert!(found, "{name}, bit {at}");
            std::fs::write(folder.join(name), good).expect("a disk");
        }
    }

    #[test]
    fn a_missing_or_foreign_file_and_a_journal_are_named() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = made(parent.path());
        std::fs::rename(folder.join("wide.parquet"), folder.join("mine.parquet")).expect("a disk");
        let wrong = files(&folder).expect("complete").1;
        assert_eq!(wrong.len(), 2);
        assert!(wrong[0].starts_with("wide.parquet: ") && wrong[1].starts_with("mine.parquet: "), "{wrong:?}");
        std::fs::write(folder.join(JOURNAL), b"").expect("a disk");
        assert!(matches!(files(&folder), Err(VerifyError::Incomplete(_))));
    }

    #[test]
    fn a_folder_above_results_names_those_inside() {
        let parent = tempfile::tempdir().expect("a folder");
        let refused = |folder: &Path| files(folder).expect_err("no results").to_string();
        assert!(refused(parent.path()).contains("manifest.json: "), "{}", refused(parent.path()));
        let folder = made(parent.path());
        assert!(refused(parent.path()).ends_with(&format!("inside, {}", folder.display())));
        for other in 0..6 {
            let folder = parent.path().join(format!("z{other}"));
            std::fs::create_dir(&folder).expect("a disk");
            std::fs::write(folder.join(JOURNAL), b"").expect("a disk");
        }
        let message = refused(parent.path());
        assert!(message.ends_with("z3, or one of 2 more") && message.matches(" or ").count() == 5, "{message}");
    }

    fn differences(folder: &Path, simulate: &Simulate) -> Vec<String> {
        let (manifest, _) = files(folder).expect("complete");
        let chosen: Vec<usize> = (0..10).collect();
        let found = runs(folder, &manifest, &experiment(5, 10), &chosen, simulate, &|| ()).expect("sound tables");
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_first_week_agent_and_field_that_differ_are_named() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = made(parent.path());
        assert_eq!(differences(&folder, &simulate), Vec::<String>::new());

        let other_price = |output: &mut RunOutput| {
            let Values::Real(stocks) = &mut output.tables[0].columns[5].values else { panic!("stocks") };
            stocks[7] += 1.0; // week 3, south-east
        };
        let found = differences(&folder, &|setup, seed, weeks, keep| {
            let mut output = simulate(setup, seed, weeks, keep)?;
            if seed == 4 && setup.markets[0].opening_price.0 == 2_500_000 {
                other_price(&mut output);
                output.hashes[3..].fill(1);
            }
            Ok(output)
        });
        assert_eq!(
            found,
            ["arm open, seed 4, week 3: markets, cobalt refined south-east, stock_t: stored 897, now 898"]
        );

        let found = differences(&folder, &|setup, seed, weeks, keep| {
            let mut output = simulate(setup, seed, weeks, keep)?;
            if seed == 1 {
                other_price(&mut output);
                output.hashes[2] = 0xabc;
            }
            Ok(output)
        });
        let expected = "seed 1, week 2: the state, hash: stored 00000000000003ea, now 0000000000000abc";
        assert_eq!(found, ["ban", "open"].map(|arm| format!("arm {arm}, {expected}")));
    }

    #[test]
    fn a_sample_is_spread_over_all_runs() {
        assert_eq!(sample(100, 4), [12, 37, 62, 87]);
        assert_eq!(sample(3, 10), [0, 1, 2]);
        assert_eq!(sample(0, 4), Vec::<usize>::new());
    }
}
