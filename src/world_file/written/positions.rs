//! By what nations and readers judge a supply position.

use super::super::quantity::Share;
use super::super::record::record;

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
