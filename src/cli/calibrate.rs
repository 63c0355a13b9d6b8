//! `oreworld calibrate`: which values of uncertain numbers make a world do what was seen.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::input::{Finding, present, shown};
use super::on_signals;
use super::progress::Shared;
use super::{Outcome, render};
use crate::calibrate::file::load;
use crate::calibrate::posterior;
use crate::calibrate::report::{Report, Round};
use crate::calibrate::work::{CalibrateError, Ended, Event, calibrate};
use crate::results::simulate::simulate;
use crate::world_file::problem::counted;

/// Arguments of `calibrate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Calibration file.
    #[arg(value_name = "CALIBRATION")]
    file: PathBuf,
    /// Folder of the calibration; calibrations/ID-HASH when not given.
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    finding: Finding,
}

pub(super) fn run(args: &Args) -> Outcome {
    if let Err(outcome) = present(&args.file) {
        return outcome;
    }
    let loaded = load(&args.file, &args.finding.settings.set);
    render::problems(&loaded.problems, &loaded.sources);
    let Some(calibration) = loaded.calibration else { return Outcome::Problems };
    let name = calibration.experiment.folder_name();
    let folder = args.out.clone().unwrap_or_else(|| Path::new("calibrations").join(name));
    let stop = Arc::new(AtomicBool::new(false));
    if let Err(error) = on_signals(&stop) {
        return fails(&folder, &error.into());
    }
    let progress = Shared::new(args.finding.quiet);
    let rounds = calibration.method.rounds;
    let watch = |event: &Event| {
        progress.with(|bar| match event {
            Event::Begun { round, runs, kept } => {
                if !args.finding.quiet {
                    let kept = if *kept > 0 { format!(", {kept} of them done already") } else { String::new() };
                    let runs = counted(*runs as usize, "runs");
                    bar.note(&format!("round {round} of at most {rounds}: {runs}{kept}"));
                }
                bar.begin(*runs, *kept);
            }
            Event::Done => bar.step(),
            Event::Failed(failure) => {
                bar.note(&format!("particle {}, seed {} failed: {}", failure.point, failure.seed, failure.why));
            }
            Event::Ended(round) => {
                bar.end();
                if !args.finding.quiet {
                    bar.note(&said(round));
                }
            }
        });
    };
    let threads = args.finding.threads();
    let ended = calibrate(&calibration, loaded.sources, &folder, threads, &stop, &simulate, &watch);
    progress.with(|bar| bar.end());
    match ended {
        Err(error) => fails(&folder, &error),
        Ok(Ended::Stopped) => {
            tell!("{}: stopped; what is done is kept, and the same command goes on", folder.display());
            Outcome::Stopped
        }
        Ok(Ended::Found(report)) => {
            if !args.finding.quiet {
                tell!("{} is complete already", folder.display());
            }
            show(&report, &folder, args)
        }
        Ok(Ended::Done(report)) => show(&report, &folder, args),
    }
}

fn said(round: &Round) -> String {
    let Round { round, tolerance, effective, distance, .. } = round;
    format!("round {round}: tolerance {tolerance:.2}, worth {effective:.0} draws, distance² {distance:.1}")
}

fn show(report: &Report, folder: &Path, args: &Args) -> Outcome {
    if args.finding.json {
        let json = serde_json::to_string_pretty(report).expect("bug: a report that is no JSON");
        super::print(&(json + "\n"));
        return Outcome::Fine;
    }
    super::print(&format!("{}\n{}\n", report.text(), folder.display()));
    if !args.finding.quiet {
        let file = shown(&folder.join(posterior::NAME));
        tell!("next: design: Posterior(file: \"{file}\", points: 100) in an experiment");
    }
    Outcome::Fine
}

fn fails(folder: &Path, error: &CalibrateError) -> Outcome {
    tell!("{}: {error}", folder.display());
    match error {
        CalibrateError::Io(_) | CalibrateError::Run(_) | CalibrateError::Other => Outcome::Unusable,
        CalibrateError::OtherProgram => Outcome::Foreign,
        CalibrateError::Damaged(_) => Outcome::Unreadable,
        CalibrateError::Nothing(_) => Outcome::Problems,
    }
}
