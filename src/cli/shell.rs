//! `oreworld completions` and `oreworld man`: for shells and readers of manuals.

use std::path::PathBuf;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Outcome};

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// Shell.
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// Writes a page for the program and one for every verb into this folder, instead of printing the program's.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints what a shell needs to complete the words of a command.
pub(super) fn completions(args: &Completions) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "oreworld", &mut script);
    super::print(&String::from_utf8_lossy(&script));
    Outcome::Fine
}

/// Prints or writes pages of the manual, in roff.
pub(super) fn man(args: &Man) -> Outcome {
    let made = if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
    } else {
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
        super::print(&String::from_utf8_lossy(&page));
        rendered
    };
    match made {
        Ok(()) => Outcome::Fine,
        Err(error) => {
            let folder = args.out.as_ref().map_or_else(String::new, |folder| folder.display().to_string());
            tell!("{folder}: {error}");
            Outcome::Unusable
        }
    }
}
