//! `oreworld show`: what is in a world, or in the world of an experiment under one of its arms.

use std::path::PathBuf;

use crate::experiment::file::{Changes, load};
use crate::experiment::written::Experiment;
use crate::setup::Setup;
use crate::world_file::balance::Balance;
use crate::world_file::decode::{Cx, Decode as _};
use crate::world_file::disk;
use crate::world_file::overlay::Override;
use crate::world_file::problem::unknown_name;
use crate::world_file::resolved;
use crate::world_file::written::World;

use super::input::{self, Input, Settings};
use super::{Outcome, render};

/// Arguments of `show`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// World file or experiment file.
    file: PathBuf,
    /// Arm of the experiment; the baseline when not given.
    #[arg(long)]
    arm: Option<String>,
    /// Prints every value as RON, with the file and line that it comes from.
    #[arg(long)]
    resolved: bool,
    /// Prints what is in it as JSON.
    #[arg(long, conflicts_with = "resolved")]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

/// Shows a world.
pub(super) fn run(args: &Args) -> Outcome {
    let input = match input::read(&args.file, &args.settings) {
        Ok(input) => input,
        Err(unusable) => return unusable,
    };
    let is_experiment = input.root.as_ref().is_ok_and(|root| root.name.as_deref() == Some("Experiment"));
    let mut input = match if is_experiment { under_arm(args) } else { Ok(input) } {
        Ok(input) => input,
        Err(outcome) => return outcome,
    };
    if args.arm.is_some() && !is_experiment {
        tell!("{}: a world has no arms; give an experiment with --arm", input::shown(&args.file));
        return Outcome::Unusable;
    }
    let checked = match input.world() {
        Ok(checked) => checked,
        Err(problems) => {
            render::problems(&problems, &input.sources);
            return Outcome::Problems;
        }
    };
    render::problems(&checked.problems, &input.sources);
    let Some((setup, balance)) = checked.setup.zip(checked.balance) else { return Outcome::Problems };
    if args.resolved {
        super::print(&resolved::print(&checked.root, &World::shape(), &input.sources));
    } else if args.json {
        super::print(&format!("{:#}\n", json(&setup, &balance)));
    } else {
        super::print(&summary(&setup, &balance));
    }
    Outcome::Fine
}

/// The world of an experiment, with what the experiment, the command line and the arm set, in this order.
fn under_arm(args: &Args) -> Result<Input, Outcome> {
    let changes = Changes { set: args.settings.set.clone(), ..Changes::default() };
    let loaded = load(&args.file, &changes);
    if loaded.experiment.is_none() {
        render::problems(&loaded.problems, &loaded.sources);
        return Err(Outcome::Problems);
    }
    let Input { mut sources, root, overrides: set, problems } = input::read(&args.file, &args.settings)?;
    let written =
        root.ok().and_then(|root| Experiment::decode(&root, &mut Cx::new(&sources))).ok_or(Outcome::Problems)?;
    let name = args.arm.as_deref().unwrap_or(written.baseline.as_str());
    let Some((_, arm)) = written.arms.iter().find(|(id, _)| id.as_str() == name) else {
        let names: Vec<&str> = written.arms.iter().map(|(id, _)| id.as_str()).collect();
        let (what, instead) = unknown_name("arm", name, &names);
        tell!("--arm: {what}; {}", instead.unwrap_or_default());
        return Err(Outcome::Unusable);
    };
    let path = disk::beside(&args.file, &written.world.value.0);
    let bytes = disk::named(&path, None).map_err(|_| Outcome::Unusable)?;
    let root = input::parse(&mut sources, &path, &bytes).map(|joined| joined.root);
    let overrides = [Override::all(&written.set), set, Override::all(&arm.set)].concat();
    Ok(Input { sources, root, overrides, problems })
}

/// What is in a world, for programs.
fn json(setup: &Setup, balance: &Balance) -> serde_json::Value {
    let ids = |ids: Vec<&crate::id::Id>| ids.into_iter().map(ToString::to_string).collect::<Vec<_>>();
    let label = |label: &crate::id::Label| serde_json::json!({ "zh": label.zh, "en": label.en });
    let stages = |markets: &std::ops::Range<usize>| {
        setup.markets[markets.clone()].iter().map(|market| market.stage.to_string()).collect::<Vec<_>>()
    };
    let minerals = setup.minerals.iter().map(|mineral| {
        serde_json::json!({ "id": mineral.id.as_str(), "label": label(&mineral.label), "stages": stages(&mineral.markets) })
    });
    let policies = setup.nations.iter().flat_map(|nation| {
        nation.policies.iter().enumerate().map(move |(place, (id, policy))| {
            let decided = nation.decisions.iter().any(|decision| decision.policy == place);
            let (window, day) = (policy.window(), |week| setup.calendar.day(week).to_string());
            serde_json::json!({
                "nation": nation.id.as_str(), "id": id.as_str(), "kind": policy.name(), "decided": decided,
                "in_force": (!decided).then(|| day(window.in_force)),
                "until": window.until.filter(|_| !decided).map(day),
            })
        })
    });
    serde_json::json!({
        "id": setup.id.as_str(), "label": label(&setup.label),
        "base_year": setup.base_year, "start": setup.calendar.start.to_string(),
        "minerals": minerals.collect::<Vec<_>>(),
        "regions": ids(setup.regions.iter().map(|region| &region.id).collect()),
        "nations": ids(setup.nations.iter().map(|nation| &nation.id).collect()),
        "mines": ids(setup.mines.iter().map(|mine| &mine.id).collect()),
        "plants": ids(setup.plants.iter().map(|plant| &plant.id).collect()),
        "sectors": ids(setup.sectors.iter().map(|sector| &sector.id).collect()),
        "merchants": ids(setup.merchants.iter().map(|merchant| &merchant.id).collect()),
        "reserves": ids(setup.reserves.iter().map(|reserve| &reserve.id).collect()),
        "exchanges": ids(setup.exchanges.iter().map(|exchange| &exchange.id).collect()),
        "contracts": ids(setup.contracts.iter().map(|contract| &contract.id).collect()),
        "traders": ids(setup.traders.iter().map(|traders| &traders.id).collect()),
        "policies": policies.collect::<Vec<_>>(),
        "balance": balance,
    })
}

/// A page on a world.
fn summary(setup: &Setup, balance: &Balance) -> String {
    let list = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let named = |id: &crate::id::Id, label: &crate::id::Label| format!("{id} ({}, {})", label.en, label.zh);
    let policies = setup.nations.iter().flat_map(|nation| {
        nation.policies.iter().enumerate().map(move |(place, (id, policy))| {
            if nation.decisions.iter().any(|decision| decision.policy == place) {
                return format!("{}.{id} decided inside the run", nation.id);
            }
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
        format!("exchanges   {}", list(setup.exchanges.iter().map(|e| e.id.to_string()).collect())),
        format!("contracts   {}", list(setup.contracts.iter().map(|c| c.id.to_string()).collect())),
        format!("traders     {}", list(setup.traders.iter().map(|t| format!("{} × {}", t.count, t.id)).collect())),
    ];
    lines.push(format!("\nBase year, contained metal\n\n{balance}"));
    lines.join("\n")
}
