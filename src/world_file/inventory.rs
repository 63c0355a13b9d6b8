//! What a world holds, counted: a line for people, a row for the table of worlds.

use serde::Serialize;

use crate::setup::Setup;

use super::balance::Balance;

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
    /// Exchanges of futures.
    pub exchanges: usize,
    /// Futures contracts.
    pub contracts: usize,
    /// Kinds of agents and their numbers, in the order in which they act.
    pub agents: Vec<(&'static str, usize)>,
}

/// Head of the Markdown table of worlds.
pub const MARKDOWN_HEAD: &str = "| world | minerals | markets | regions | agents | gaps of the base year, supply over use |\n|---|---|---:|---:|---:|---|\n";

/// Counts a world.
#[must_use]
pub fn inventory(setup: &Setup) -> Inventory {
    Inventory {
        minerals: setup.minerals.iter().map(|mineral| mineral.id.to_string()).collect(),
        markets: setup.markets.len(),
        regions: setup.regions.len(),
        nations: setup.nations.len(),
        exchanges: setup.exchanges.len(),
        contracts: setup.contracts.len(),
        agents: vec![
            ("mines", setup.mines.len()),
            ("plants", setup.plants.len()),
            ("sectors", setup.sectors.len()),
            ("recyclers", setup.recyclers.len()),
            ("merchants", setup.merchants.len()),
            ("reserves", setup.reserves.len()),
            ("traders", setup.traders.iter().map(|group| group.count as usize).sum()),
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
        let agents: Vec<String> =
            self.agents.iter().filter(|(_, count)| *count > 0).map(|(kind, count)| format!("{count} {kind}")).collect();
        let several = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
        let futures = match (self.exchanges, self.contracts) {
            (0, 0) => String::new(),
            (exchanges, contracts) => {
                format!(", {}, {}", several(exchanges, "exchange"), several(contracts, "contract"))
            }
        };
        format!(
            "{} ({}), {} markets, {} regions, {} nations{futures}; {} agents: {}",
            several(self.minerals.len(), "mineral"),
            self.minerals.join(", "),
            self.markets,
            self.regions,
            self.nations,
            self.agent_count(),
            if agents.is_empty() { "none".to_owned() } else { agents.join(", ") },
        )
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
