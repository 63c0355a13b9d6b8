//! The tables as CSV, for programs that read no Parquet. They are copies: the manifest does not list them.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::columns::{Columns, Data, Kind};
use super::files;
use super::manifest::FileEntry;
use super::table_file::{names, read};
use crate::calendar::Date;

/// Folder of the copies among the results.
pub const FOLDER: &str = "csv";

/// Names of the tables among some files, in their order.
pub fn tables(files: &[FileEntry]) -> impl Iterator<Item = &str> {
    files.iter().filter_map(|entry| entry.name.strip_suffix(ENDING))
}

/// Ending of the files of tables.
const ENDING: &str = ".parquet";

/// Writes tables of a folder of results as CSV into `out`: UTF-8, one header line, quantities to the last bit, but zero without a sign. Writes
/// those named; gives their paths.
///
/// # Errors
/// When a table cannot be read or the disk fails.
pub fn write<'a>(folder: &Path, out: &Path, names: impl Iterator<Item = &'a str>) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(out)?;
    files::sweep(out)?;
    let mut written = Vec::new();
    for name in names {
        let path = out.join(format!("{name}.csv"));
        files::write_whole(&path, |sink| table(&folder.join(format!("{name}{ENDING}")), sink))?;
        written.push(path);
    }
    Ok(written)
}

fn table(path: &Path, sink: &mut impl Write) -> io::Result<()> {
    let names = names(path).map_err(io::Error::other)?;
    writeln!(sink, "{}", names.join(","))?;
    let mut failed = Ok(());
    read(
        path,
        |_| true,
        |part| {
            if failed.is_ok() {
                failed = rows(&part, sink);
            }
        },
    )
    .map_err(io::Error::other)?;
    failed
}

fn rows(part: &Columns, sink: &mut impl Write) -> io::Result<()> {
    for row in 0..part.rows() {
        for (place, (field, data)) in part.fields.iter().zip(&part.data).enumerate() {
            if place > 0 {
                sink.write_all(b",")?;
            }
            sink.write_all(cell(field.kind, data, row).as_bytes())?;
        }
        sink.write_all(b"\n")?;
    }
    Ok(())
}

fn cell(kind: Kind, data: &Data, row: usize) -> String {
    match kind {
        Kind::Date => Date::since_1970(data.ints()[row]).to_string(),
        Kind::Text => quoted(data.text(row)),
        // Zero has a sign in the tables, where a sum of nothing was taken away; nobody means one.
        _ => match data.show(row) {
            zero if zero == "-0" => "0".to_owned(),
            shown => shown,
        },
    }
}

/// Text as RFC 4180 has it: between quotes, its own doubled, where it would be read as more than a cell.
fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::fake::{experiment, simulate};
    use super::super::manifest;
    use super::super::runner::{Options, folder, run};
    use super::*;

    #[test]
    fn a_copy_says_what_the_table_says() {
        let parent = tempfile::tempdir().expect("a folder");
        let experiment = experiment(2, 5);
        let options = Options { threads: Some(1), force: false };
        run(&experiment, parent.path(), options, &simulate, &std::sync::atomic::AtomicBool::new(false), &mut |_| ())
            .expect("a disk");
        let folder = folder(&experiment, parent.path());
        let files = manifest::read(&folder).expect("a manifest").files;
        write(&folder, &folder.join(FOLDER), tables(&files)).expect("a disk");
        let text = fs::read_to_string(folder.join("csv/markets.csv")).expect("a file");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "arm,seed,week,date,mineral,stage,region,price_usd_per_t,stock_t,under_way_t");
        assert!(lines[3].starts_with("ban,1,1,2024-01-08,cobalt,refined,north,3") && lines[3].ends_with(",899,11"));
        assert_eq!(lines.len(), 1 + 2 * 2 * 5 * 2);
        let reals = Data::Real(vec![-0.0, -0.5, f64::NAN]);
        assert_eq!([0, 1, 2].map(|row| cell(Kind::Real, &reals, row)), ["0", "-0.5", ""].map(str::to_owned));
        assert_eq!([quoted("a"), quoted("a, \"b\"")], ["a".to_owned(), "\"a, \"\"b\"\"\"".to_owned()]);
        let runs = fs::read_to_string(folder.join("csv/runs.csv")).expect("a file");
        assert!(runs.lines().nth(1).expect("a run").contains(",,00000000000003ec"), "{runs}");
    }
}
