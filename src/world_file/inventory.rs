//! What a world holds, counted: a line for people, a row for the table of worlds.

use serde::Serialize;

use crate::setup::Setup;

use super::balance::Balance;
use super::problem::counted;

/// How much there is of everything in a world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inventory {
    /// Ids of the minerals.
    pub minerals: Vec<String>,
    /// Minerals at stages.
    pub markets: usize,
    /// Market areas.
    pub regions: usize,
    /// States.
    pub nations: usize,
    /// Kinds of agents and their numbers, in the order in which they act; projects are counted with mines and plants.
    pub agents: Vec<(&'static str, usize)>,
    /// What else there is and how much of it.
    pub others: Vec<(&'static str, usize)>,
}

/// Head of the Markdown table of worlds.
pub const MARKDOWN_HEAD: &str = "| world | minerals | markets | regions | agents | gaps of the base year, supply over use |\n|---|---|---:|---:|---:|---|\n";

/// Counts a world.
#[must_use]
pub fn inventory(setup: &Setup) -> Inventory {
    let mines = setup.mines.iter().filter(|mine| mine.project.is_some()).count();
    let plants = setup.plants.iter().filter(|plant| plant.project.is_some()).count();
    Inventory {
        minerals: setup.minerals.iter().map(|mineral| mineral.id.to_string()).collect(),
        markets: setup.markets.len(),
        regions: setup.regions.len(),
        nations: setup.nations.len(),
        agents: vec![
            ("mines", setup.mines.len()),
            ("plants", setup.plants.len()),
            ("sectors", setup.sectors.len()),
            ("recyclers", setup.recyclers.len()),
            ("merchants", setup.merchants.len()),
            ("reserves", setup.reserves.len()),
            ("traders", setup.traders.iter().map(|group| group.count as usize).sum()),
        ],
        others: vec![
            ("projects", mines + plants),
            ("firms", setup.firms.len()),
            ("contracts", setup.offtakes.len()),
            ("contract rules", setup.offtake_rules.len()),
            ("exchanges", setup.exchanges.len()),
            ("futures contracts", setup.contracts.len()),
            ("services", setup.services.len()),
            ("host plans", setup.hosts.len()),
            ("watches", setup.watches.len()),
            ("policies", setup.nations.iter().map(|nation| nation.policies.len()).sum()),
        ],
    }
}

impl Inventory {
    /// Agents of all kinds.
    #[must_use]
    pub fn agent_count(&self) -> usize {
        self.agents.iter().map(|(_, count)| count).sum()
    }

    /// A line for people.
    #[must_use]
    pub fn line(&self) -> String {
        let list = |kinds: &[(&str, usize)]| -> String {
            let there = kinds.iter().filter(|(_, count)| *count > 0);
            there.map(|(kind, count)| counted(*count, kind)).collect::<Vec<_>>().join(", ")
        };
        let minerals = match self.minerals.len() {
            0 => "no mineral".to_owned(),
            several => format!("{} ({})", counted(several, "minerals"), self.minerals.join(", ")),
        };
        let places = list(&[("markets", self.markets), ("regions", self.regions), ("nations", self.nations)]);
        let agents = counted(self.agent_count(), "agents");
        let parts = [format!("{minerals}, {places}"), format!("{agents}: {}", list(&self.agents)), list(&self.others)];
        parts
            .iter()
            .map(|part| part.trim_end_matches(": "))
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// A row of the Markdown table of worlds.
    #[must_use]
    pub fn markdown(&self, world: &str, balance: &Balance) -> String {
        let gap = |row: &super::balance::Row| {
            let gap = row.gap().map_or("–".to_owned(), |gap| format!("{:+.1} %", gap * 100.0));
            format!("{} {} {gap}", row.mineral, row.stage)
        };
        let gaps: Vec<String> = balance.0.iter().map(gap).collect();
        let (minerals, agents) = (self.minerals.join(", "), self.agent_count());
        format!("| {world} | {minerals} | {} | {} | {agents} | {} |\n", self.markets, self.regions, gaps.join("; "))
    }
}
