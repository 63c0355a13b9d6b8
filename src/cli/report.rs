//! `oreworld report`: results and sweeps as one HTML file that needs nothing else, and its charts as files.

use std::path::{Path, PathBuf};

use super::sweep::analyze::{conditions, places};
use super::verify::{again, unchanged};
use super::{Outcome, sweep};
use crate::results::files;
use crate::results::report::catalog::Language;
use crate::results::report::raster::Raster;
use crate::results::report::sweep::{Asked, Swept};
use crate::results::report::{self, Chapter, Runs};
use crate::sweep::plan;

/// Name of the report where none is given.
const NAME: &str = "report.html";

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders of results, of sweeps that are merged, or of merged results; each is a chapter.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// The file; `report.html` in the folder when not given, and in the working directory for several.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Language that is shown first, and that of Markdown and pictures; the page has a switch.
    #[arg(long, value_enum, default_value_t = Language::En)]
    lang: Language,
    /// Writes the answer, the table of arms and the provenance as Markdown too, in that language, beside the page.
    #[arg(long)]
    md: bool,
    /// Writes every chart as SVG into this folder too.
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// Writes every chart as PNG into this folder too.
    #[arg(long, value_name = "DIR")]
    png: Option<PathBuf>,
    /// Of sweeps: compares the arms as options for an outcome of which less is better; may be repeated.
    #[arg(long, value_name = "ID")]
    minimize: Vec<String>,
    /// Of sweeps: compares the arms as options for an outcome of which more is better; may be repeated.
    #[arg(long, value_name = "ID")]
    maximize: Vec<String>,
    /// Of sweeps: looks for the box of factors in which an outcome is above a value; may be repeated.
    #[arg(long, value_name = "ID=VALUE")]
    above: Vec<String>,
    /// Of sweeps: looks for the box of factors in which an outcome is below a value; may be repeated.
    #[arg(long, value_name = "ID=VALUE")]
    below: Vec<String>,
}

/// Writes one report of all folders; none when one of them cannot be relied on.
pub(super) fn run(args: &Args) -> Outcome {
    let mut chapters = Vec::new();
    for folder in &args.folders {
        let chapter = if folder.join(plan::NAME).exists() { swept(folder, args) } else { chapter(folder) };
        match chapter {
            Ok(chapter) => chapters.push(chapter),
            Err(outcome) => return outcome,
        }
    }
    let asks = [&args.minimize, &args.maximize, &args.above, &args.below].iter().any(|list| !list.is_empty());
    if asks && !chapters.iter().any(|chapter| matches!(chapter, Chapter::Sweep(_))) {
        tell!("--minimize, --maximize, --above and --below are asked of sweeps; none is given");
        return Outcome::Unusable;
    }
    let out = match (&args.out, &args.folders[..]) {
        (Some(out), _) => out.clone(),
        (None, [one]) => one.join(NAME),
        (None, _) => PathBuf::from(NAME),
    };
    let written = write(&chapters, &out, args.lang, args.md).and_then(|mut written| {
        written.extend(pictures(&chapters, args)?);
        Ok(written)
    });
    match written {
        Ok(written) => {
            for path in written {
                super::print(&format!("{}\n", path.display()));
            }
            Outcome::Fine
        }
        Err(error) => {
            tell!("{}: {error}", out.display());
            Outcome::Unusable
        }
    }
}

/// Results whose files are what they were.
pub(super) fn chapter(folder: &Path) -> Result<Chapter, Outcome> {
    let manifest = unchanged(folder)?;
    let experiment = again(folder, &manifest)?;
    Ok(Chapter::Runs(Box::new(Runs { folder: folder.to_owned(), experiment, manifest })))
}

/// A sweep whose merged results are what they were.
fn swept(named: &Path, args: &Args) -> Result<Chapter, Outcome> {
    let (folder, manifest) = sweep::merged_in(named)?;
    let sweep = sweep::look_at(&folder)?;
    let ids: Vec<&str> = sweep.experiment.outcomes.iter().map(|outcome| outcome.id.as_str()).collect();
    let named_by = |list: &[String]| if list.is_empty() { Ok(Vec::new()) } else { places("outcome", list, &ids) };
    let asked = Asked {
        minimize: named_by(&args.minimize)?,
        maximize: named_by(&args.maximize)?,
        conditions: conditions(&args.above, &args.below, &ids)?,
    };
    let swept = Swept::read(named, sweep, manifest, asked).map_err(|error| sweep::broken(&folder, &error))?;
    Ok(Chapter::Sweep(Box::new(swept)))
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

/// Writes the charts that are asked for as files; gives their paths.
fn pictures(chapters: &[Chapter], args: &Args) -> Result<Vec<PathBuf>, Box<dyn std::error::Error>> {
    if args.svg.is_none() && args.png.is_none() {
        return Ok(Vec::new());
    }
    for folder in [&args.svg, &args.png].into_iter().flatten() {
        std::fs::create_dir_all(folder)?;
    }
    let raster = args.png.as_ref().map(|_| Raster::new(args.lang)).transpose()?;
    let mut written = Vec::new();
    for (name, text) in report::pictures(chapters, args.lang)? {
        if let Some(folder) = &args.svg {
            let path = folder.join(format!("{name}.svg"));
            files::write_bytes(&path, text.as_bytes())?;
            written.push(path);
        }
        if let (Some(folder), Some(raster)) = (&args.png, &raster) {
            let path = folder.join(format!("{name}.png"));
            files::write_bytes(&path, &raster.png(&text)?)?;
            written.push(path);
        }
    }
    Ok(written)
}
