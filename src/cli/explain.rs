//! `oreworld explain`: why a price moved in a week of a run.

use std::path::{Path, PathBuf};

use super::input::{Settings, present, shown};
use super::progress::Shared;
use super::{Outcome, render};
use crate::experiment::Experiment;
use crate::experiment::design::DesignKind;
use crate::experiment::file::{Changes, load};
use crate::explain::question::{Asked, Question};
use crate::explain::{self, Explanation, Options, text};
use crate::results::files::write_bytes;

/// Seeds over which intervals are taken where the experiment has as many.
const SEEDS: u32 = 20;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Experiment file.
    #[arg(value_name = "EXPERIMENT")]
    file: PathBuf,
    /// Arm; the baseline when not given.
    #[arg(long)]
    arm: Option<String>,
    /// Seed; the experiment's first when not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Whose price: mineral, stage and region, such as cobalt/refined/chn.
    #[arg(long, value_name = "MINERAL/STAGE/REGION")]
    market: String,
    /// Which week: 2025-W10 of the ISO calendar, or a day in it.
    #[arg(long, value_name = "WEEK")]
    week: String,
    /// Weeks over which the price is said to have moved.
    #[arg(long, value_name = "N", default_value_t = 26, value_parser = clap::value_parser!(u32).range(1..=520))]
    window: u32,
    /// Seeds over which the largest effects are looked at again, from the experiment's first on; 20, or as many as the experiment
    /// has, when not given. 0 looks at the one seed alone.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=10_000))]
    seeds: Option<u32>,
    /// How many effects are.
    #[arg(long, value_name = "K", default_value_t = 8)]
    top: usize,
    /// Runs at a time; as many as there are cores when not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Writes explanation.txt, explanation.json and prices.csv into this folder too.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Prints JSON to standard output.
    #[arg(long)]
    json: bool,
    /// Shows no progress.
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    settings: Settings,
}

/// Explains a move.
pub(super) fn run(args: &Args) -> Outcome {
    let (experiment, question) = match asked(args) {
        Ok(asked) => asked,
        Err(outcome) => return outcome,
    };
    let progress = Shared::new(args.quiet);
    let watch = |event| {
        progress.with(|bar| match event {
            explain::Progress::Begun(runs) => bar.begin(runs as u64, 0),
            explain::Progress::Done => bar.step(),
        });
    };
    let options = Options {
        seeds: args.seeds.unwrap_or(SEEDS.min(experiment.seeds.count)),
        top: args.top,
        threads: args.threads.map(usize::from),
    };
    let found = explain::explain(&experiment, &question, options, &watch);
    progress.with(|bar| bar.end());
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            tell!("{}: {error}", shown(&args.file));
            return Outcome::Problems;
        }
    };
    let (words, json) = (text::text(&found), json(&found));
    super::print(if args.json { &json } else { &words });
    if let Some(out) = &args.out {
        let files = [("explanation.txt", &words), ("explanation.json", &json), ("prices.csv", &text::csv(&found))];
        if let Err(error) = write(out, &files) {
            tell!("{}: {error}", out.display());
            return Outcome::Unusable;
        }
    }
    Outcome::Fine
}

/// The experiment and the question, or what is wrong with either.
fn asked(args: &Args) -> Result<(Experiment, Question), Outcome> {
    let file = shown(&args.file);
    present(&args.file)?;
    let loaded = load(&args.file, &Changes { set: args.settings.set.clone(), ..Changes::default() });
    let Some(experiment) = loaded.experiment else {
        render::problems(&loaded.problems, &loaded.sources);
        return Err(Outcome::Problems);
    };
    if experiment.design.kind != DesignKind::None && !args.quiet {
        tell!("{file}: has factors; what follows is at the values that the world itself writes");
    }
    let asked = Asked {
        arm: args.arm.as_deref(),
        seed: args.seed,
        market: &args.market,
        week: &args.week,
        window: args.window,
    };
    let question = Question::new(&experiment, &asked).map_err(|wrong| {
        for line in wrong {
            tell!("{line}");
        }
        Outcome::Unusable
    })?;
    Ok((experiment, question))
}

fn json(found: &Explanation) -> String {
    serde_json::to_string_pretty(found).expect("bug: an explanation that is no JSON") + "\n"
}

fn write(folder: &Path, files: &[(&str, &String)]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    files.iter().try_for_each(|(name, text)| write_bytes(&folder.join(name), text.as_bytes()))
}
