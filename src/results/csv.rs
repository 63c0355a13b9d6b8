//! The tables as CSV, for programs that read no Parquet. They are copies: the manifest does not list them.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::columns::{Columns, Data, Kind};
use super::files;
use super::manifest::{self, Manifest};
use super::table_file::read;
use crate::calendar::Date;

/// Folder of the copies among the results.
pub const FOLDER: &str = "csv";

/// Names of the tables of some results, in order of the manifest.
pub fn tables(manifest: &Manifest) -> impl Iterator<Item = &str> {
    manifest.files.iter().filter_map(|entry| entry.name.strip_suffix(ENDING))
}

/// Ending of the files of tables.
const ENDING: &str = ".parquet";

/// Writes tables of a folder of results as CSV into `out`: UTF-8, one header line, quantities to the last bit. Writes
/// those of `only`, or all when it is empty; gives their paths.
///
/// # Errors
/// When a table cannot be read or the disk fails.
pub fn write(folder: &Path, out: &Path, only: &[String]) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(out)?;
    files::sweep(out)?;
    let mut written = Vec::new();
    for name in tables(&manifest::read(folder)?).filter(|name| only.is_empty() || only.iter().any(|one| one == name)) {
        let path = out.join(format!("{name}.csv"));
        files::write_whole(&path, |sink| table(&folder.join(format!("{name}{ENDING}")), sink))?;
        written.push(path);
    }
    Ok(written)
}

fn table(path: &Path, sink: &mut impl Write) -> io::Result<()> {
    let mut failed = Ok(());
    let mut head = true;
    read(
        path,
        |_| true,
        |part| {
            if failed.is_ok() {
                failed = rows(&part, head, sink);
                head = false;
            }
        },
    )
    .map_err(io::Error::other)?;
    failed
}

fn rows(part: &Columns, head: bool, sink: &mut impl Write) -> io::Result<()> {
    if head {
        let names: Vec<&str> = part.fields.iter().map(|field| field.name.as_str()).collect();
        writeln!(sink, "{}", names.join(","))?;
    }
    for row in 0..part.rows() {
        for (place, (field, data)) in part.fields.iter().zip(&part.data).enumerate() {
            if place > 0 {
                sink.write_all(b",")?;
            }
            // Ids, numbers and dates hold neither commas nor quotes.
            sink.write_all(cell(field.kind, data, row).as_bytes())?;
        }
        sink.write_all(b"\n")?;
    }
    Ok(())
}

fn cell(kind: Kind, data: &Data, row: usize) -> String {
    match kind {
        Kind::Date => Date::since_1970(data.ints()[row]).to_string(),
        _ => data.show(row),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::{experiment, simulate};
    use super::super::runner::{Options, folder, run};
    use super::*;

    #[test]
    fn a_copy_says_what_the_table_says() {
        let parent = tempfile::tempdir().expect("a folder");
        let experiment = experiment(2, 5);
        let options = Options { threads: Some(1), force: false };
        run(&experiment, parent.path(), options, &simulate, &mut |_| ()).expect("a disk");
        let folder = folder(&experiment, parent.path());
        write(&folder, &folder.join(FOLDER), &[]).expect("a disk");
        let text = fs::read_to_string(folder.join("csv/markets.csv")).expect("a file");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "arm,seed,week,date,mineral,stage,region,price_usd_per_t,stock_t,under_way_t");
        assert!(lines[3].starts_with("ban,1,1,2024-01-08,cobalt,refined,north,3") && lines[3].ends_with(",899,11"));
        assert_eq!(lines.len(), 1 + 2 * 2 * 5 * 2);
        let runs = fs::read_to_string(folder.join("csv/runs.csv")).expect("a file");
        assert!(runs.lines().nth(1).expect("a run").contains(",,00000000000003ec"), "{runs}");
    }
}
