//! `oreworld report`: results as one HTML file that needs nothing else.

use std::path::{Path, PathBuf};

use super::Outcome;
use super::verify::{again, unchanged};
use crate::results::files;
use crate::results::report::catalog::Language;
use crate::results::report::{self, Chapter};

/// Name of the report where none is given.
const NAME: &str = "report.html";

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders of results; each is a chapter.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// The file; `report.html` among the results when not given, and in the working directory for several.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Language that is shown first; the page has a switch.
    #[arg(long, value_enum, default_value_t = Language::En)]
    lang: Language,
    /// Writes the answer, the table of arms and the provenance as Markdown too, in that language, beside the page.
    #[arg(long)]
    md: bool,
}

/// Writes one report of all folders; none when one of them cannot be relied on.
pub(super) fn run(args: &Args) -> Outcome {
    let mut chapters = Vec::new();
    for folder in &args.folders {
        match chapter(folder) {
            Ok(chapter) => chapters.push(chapter),
            Err(outcome) => return outcome,
        }
    }
    let out = match (&args.out, &args.folders[..]) {
        (Some(out), _) => out.clone(),
        (None, [one]) => one.join(NAME),
        (None, _) => PathBuf::from(NAME),
    };
    match write(&chapters, &out, args.lang, args.md) {
        Ok(written) => {
            for path in written {
                super::print(&format!("{}\n", path.display()));
            }
            Outcome::Fine
        }
        Err(error) => {
            eprintln!("{}: {error}", out.display());
            Outcome::Unusable
        }
    }
}

/// Results whose files are what they were.
pub(super) fn chapter(folder: &Path) -> Result<Chapter, Outcome> {
    let manifest = unchanged(folder)?;
    let experiment = again(folder, &manifest)?;
    Ok(Chapter { folder: folder.to_owned(), experiment, manifest })
}

/// Writes the page, and the Markdown beside it; gives their paths.
pub(super) fn write(
    chapters: &[Chapter],
    out: &Path,
    lang: Language,
    md: bool,
) -> Result<Vec<PathBuf>, Box<dyn std::error::Error>> {
    if let Some(folder) = out.parent() {
        std::fs::create_dir_all(folder)?;
    }
    files::write_bytes(out, report::html(chapters, lang)?.as_bytes())?;
    let mut written = vec![out.to_owned()];
    if md {
        let beside = out.with_extension("md");
        files::write_bytes(&beside, report::markdown(chapters, lang)?.as_bytes())?;
        written.push(beside);
    }
    Ok(written)
}
