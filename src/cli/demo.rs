//! `oreworld demo` and `oreworld new`: from nothing to a report, and from nothing to files of one's own.

use std::io;
use std::path::{Path, PathBuf};

use super::Outcome;
use super::report::{chapter, write};
use super::run;
use crate::id::Id;
use crate::results::files;
use crate::results::report::catalog::Language;

/// The one-page world and its experiment.
const WORLD: &str = include_str!("../../worlds/two-shores.ron");
const EXPERIMENT: &str = include_str!("../../experiments/two-shores-ban.ron");

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// Folder that gets world, experiment, results and report.
    #[arg(long, value_name = "DIR", default_value = "oreworld-demo")]
    out: PathBuf,
    /// Language that the report shows first.
    #[arg(long, value_enum, default_value_t = Language::En)]
    lang: Language,
    /// Shows neither progress nor summary.
    #[arg(long)]
    quiet: bool,
}

/// Arguments of `new`.
#[derive(Debug, clap::Args)]
pub(super) struct New {
    /// Name of the world: lower-case letters, digits and hyphens, beginning with a letter.
    name: String,
    /// Folder that gets `world.ron` and `experiment.ron`; one of that name when not given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Does not say what may come next.
    #[arg(long)]
    quiet: bool,
}

/// Runs an export ban on the one-page world and writes a report of it.
pub(super) fn demo(args: &Demo) -> Outcome {
    let (world, file) = (args.out.join("worlds/two-shores.ron"), args.out.join("experiments/two-shores-ban.ron"));
    if let Err(error) = put(&[(world, WORLD), (file.clone(), EXPERIMENT)]) {
        tell!("{error}");
        return Outcome::Unusable;
    }
    let runs = run::Args::into(args.out.join("results"), args.quiet);
    let found = run::complete(&file, &runs, &mut Vec::new()).and_then(|folder| chapter(&folder));
    let results = match found {
        Ok(results) => results,
        Err(outcome) => return outcome,
    };
    let out = args.out.join("report.html");
    match write(&[results], &out, args.lang, false) {
        Ok(_) => {
            super::print(&format!("{}\n", out.display()));
            if !args.quiet {
                tell!("next: open {} in a browser, or write a world of your own: oreworld new NAME", out.display());
            }
            Outcome::Fine
        }
        Err(error) => {
            tell!("{}: {error}", out.display());
            Outcome::Unusable
        }
    }
}

/// Writes a world and an experiment that run, to be changed.
pub(super) fn new(args: &New) -> Outcome {
    let Some((world, experiment)) = scaffold(&args.name) else {
        let longest = Id::MAX_LEN - BAN.len();
        tell!(
            "{}: no name; write lower-case letters, digits and hyphens, beginning with a letter, at most {longest}",
            args.name
        );
        return Outcome::Unusable;
    };
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from(&args.name));
    let (to, file) = (folder.join("world.ron"), folder.join("experiment.ron"));
    if let Err(error) = put(&[(to.clone(), &world), (file.clone(), &experiment)]) {
        tell!("{error}");
        return Outcome::Unusable;
    }
    super::print(&format!("{}\n{}\n", to.display(), file.display()));
    if !args.quiet {
        tell!("next: oreworld run {}", file.display());
    }
    Outcome::Fine
}

/// What the id of the experiment adds to that of its world.
const BAN: &str = "-ban";

/// World and experiment of a name; nothing when it is none.
fn scaffold(name: &str) -> Option<(String, String)> {
    Id::new(&format!("{name}{BAN}"))?;
    let world = WORLD
        .replace("id: \"two-shores\"", &format!("id: \"{name}\""))
        .replace("zh: \"两岸\", en: \"Two shores\"", &format!("zh: \"{name}\", en: \"{name}\""));
    let experiment = EXPERIMENT
        .replace("id: \"two-shores-ban\"", &format!("id: \"{name}{BAN}\""))
        .replace("zh: \"两岸：", &format!("zh: \"{name}："))
        .replace("en: \"Two shores:", &format!("en: \"{name}:"))
        .replace("\"../worlds/two-shores.ron\"", "\"world.ron\"");
    Some((world, experiment))
}

/// Writes files; one that is there with other words in it is nobody's to write over.
fn put(all: &[(PathBuf, &str)]) -> io::Result<()> {
    let taken = |path: &Path, text: &str| std::fs::read(path).is_ok_and(|found| found != text.as_bytes());
    if let Some((path, _)) = all.iter().find(|(path, text)| taken(path, text)) {
        let what = format!("{} is there already and says something else; choose another folder", path.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
    }
    for (path, text) in all {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(named)?;
        }
        files::write_bytes(path, text.as_bytes()).map_err(named)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world_file::load_text;

    #[test]
    fn a_scaffold_bears_its_name_alone() {
        let (world, experiment) = scaffold("my-world").expect("a name");
        for text in [&world, &experiment] {
            assert!(!text.contains("two-shores") && !text.contains("Two shores") && !text.contains("两岸"), "{text}");
        }
        assert_eq!(load_text("world.ron", &world).expect("a sound world").id.as_str(), "my-world");
        assert!(experiment.contains("id: \"my-world-ban\"") && experiment.contains("world: \"world.ron\""));
        for bad in ["", "My", "9x", "a b", "钴", &"a".repeat(45)] {
            assert!(scaffold(bad).is_none(), "{bad}");
        }
    }
}
