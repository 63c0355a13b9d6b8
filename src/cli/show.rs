//! `oreworld show`: what is in a world.

use std::path::PathBuf;

use crate::setup::Setup;
use crate::world_file::balance::Balance;
use crate::world_file::decode::Decode as _;
use crate::world_file::written::World;
use crate::world_file::{self, resolved};

use super::input::{self, Settings};
use super::{Outcome, render};

/// Arguments of `show`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// World file.
    file: PathBuf,
    /// Prints every value as RON, with the file and line that it comes from.
    #[arg(long)]
    resolved: bool,
    #[command(flatten)]
    settings: Settings,
}

/// Shows a world.
pub(super) fn run(args: &Args) -> Outcome {
    let input = match input::read(&args.file, &args.settings) {
        Ok(input) => input,
        Err(unusable) => return unusable,
    };
    let root = match input.root {
        Ok(root) => root,
        Err(problems) => {
            render::problems(&problems, &input.sources);
            return Outcome::Problems;
        }
    };
    let checked = world_file::check(&input.sources, root, &input.overrides);
    render::problems(&checked.problems, &input.sources);
    let Some((setup, balance)) = checked.setup.zip(checked.balance) else { return Outcome::Problems };
    if args.resolved {
        super::print(&resolved::print(&checked.root, &World::shape(), &input.sources));
    } else {
        super::print(&summary(&setup, &balance));
    }
    Outcome::Fine
}

/// A page on a world.
fn summary(setup: &Setup, balance: &Balance) -> String {
    let list = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let named = |id: &crate::id::Id, label: &crate::id::Label| format!("{id} ({}, {})", label.en, label.zh);
    let policies = setup.nations.iter().flat_map(|nation| {
        nation.policies.iter().map(move |(id, policy)| {
            let window = policy.window();
            let day = |week| setup.calendar.day(week);
            let until = window.until.map_or(String::new(), |end| format!(", until {}", day(end)));
            format!("{}.{id} in force from {}{until}", nation.id, day(window.in_force))
        })
    });
    let mut lines = vec![
        format!("{} / {}  ({})", setup.label.en, setup.label.zh, setup.id),
        format!("base year   {}, weeks from {}", setup.base_year, setup.calendar.start),
        format!("minerals    {}", list(setup.minerals.iter().map(|m| named(&m.id, &m.label)).collect())),
        format!("regions     {}", list(setup.regions.iter().map(|r| named(&r.id, &r.label)).collect())),
        format!("nations     {}", list(setup.nations.iter().map(|n| named(&n.id, &n.label)).collect())),
        format!("mines       {}", list(setup.mines.iter().map(|m| m.id.to_string()).collect())),
        format!("plants      {}", list(setup.plants.iter().map(|p| p.id.to_string()).collect())),
        format!("sectors     {}", list(setup.sectors.iter().map(|s| s.id.to_string()).collect())),
        format!("merchants   {}", list(setup.merchants.iter().map(|m| m.id.to_string()).collect())),
        format!("reserves    {}", list(setup.reserves.iter().map(|r| r.id.to_string()).collect())),
        format!("policies    {}", list(policies.collect())),
    ];
    lines.push(format!("\nBase year, contained metal\n\n{balance}"));
    lines.join("\n")
}
