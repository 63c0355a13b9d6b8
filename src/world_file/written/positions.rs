//! By what nations and readers judge a supply position.

use super::super::quantity::Share;
use super::super::record::{choice, record};
use super::super::value::Level;

record! {
    /// Classes of supply position in the table `positions`, after the four of Sun 2025. A nation is dominant when it mines
    /// much of the world's output and little of what it uses was mined abroad; otherwise at low risk up to a share mined
    /// abroad; above it the risk is in hand when some is mined at home or much of the world's metal refined, and else it
    /// has little output. The defaults put China's published figures of 2024 into the groups of that paper.
    pub struct PositionRule as "PositionRule" {
        /// Share of world mining from which a nation dominates.
        dominant_mining: Share = "Share(0.5)",
        /// Most that a dominant nation may have mined abroad.
        dominant_abroad: Share = "Share(0.3)",
        /// Share mined abroad above which dependence is high.
        high_abroad: Share = "Share(0.7)",
        /// Share mined at home from which a high dependence is in hand.
        some_output: Share = "Share(0.1)",
        /// Share of world refining from which a high dependence is in hand.
        processing: Share = "Share(0.2)",
    }
}

record! {
    /// By which criteria a nation calls a mineral critical in the table `critical_lists`: its supply risk and its economic
    /// importance must both reach a threshold. Emergency plans may wait for a mineral to be on it.
    pub struct Criticality as "Criticality" {
        /// How supply risk follows from concentration, governance, dependence and importance.
        formula: Formula,
        /// Supply risk from which a mineral may be critical.
        risk_from: Level,
        /// Economic importance from which a mineral may be critical.
        importance_from: Level = "0",
        /// Supply risk is multiplied by 1 + this × the annualized volatility of the price in the year …
        volatility: Level = "0",
        /// … + this × the share of the world's output made under export limits or levies.
        intervention: Level = "0",
    }
}

choice! {
    /// A formula of supply risk.
    pub enum Formula as "a formula of supply risk" {
        /// After the European Commission's methodology of 2017; risk and importance from 0 to 10. The thresholds there are 1 and 2.8.
        European,
        /// After Nassar et al. 2020 for the United States; risk and importance from 0 to 1. The threshold of risk there is 0.4.
        American,
    }
}
