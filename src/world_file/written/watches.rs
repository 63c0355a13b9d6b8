//! Watches as files write them.

use crate::world_file::decode::At;
use crate::world_file::quantity::{Share, Weeks};
use crate::world_file::record::record;
use crate::world_file::reference::{self, Ref};
use crate::world_file::value::{Factor, Leaning};

use super::Label;

record! {
    /// A nation's watch on a mineral: what it looks at, and from when on it warns. Levels go from 0, calm, over 1 and 2 to 3,
    /// emergency. A watch that no decision and no reserve reads changes nothing.
    pub struct Watch as "Watch" {
        /// What people read.
        label: Label,
        /// Nation that watches.
        nation: Ref<reference::Nation>,
        /// Metal that it watches.
        mineral: Ref<reference::Mineral>,
        /// Stage whose price and cover it looks at.
        stage: At<crate::id::Id>,
        /// Futures contract on the metal whose positions it looks at; needed for `flows`.
        contract: Option<Ref<reference::Contract>>,
        /// What it looks at; at least one figure.
        observes: At<Observed>,
        /// Scores from which levels are reached.
        levels: At<Levels> = "()",
        /// How far below its score a level is kept.
        margin: Share = "Share(0.05)",
        /// What counts as a shortage when warnings are judged by the outcome `Warning`; no agent knows it.
        shortage: ShortWeek = "()",
    }
}

record! {
    /// Scores from which levels are reached, each above the one before. The score is the mean danger of the figures that have been
    /// published, by weight, from 0 to 1.
    pub struct Levels as "Levels" {
        /// Of level 1.
        first: Share = "Share(0.25)",
        /// Of level 2.
        second: Share = "Share(0.5)",
        /// Of level 3.
        third: Share = "Share(0.75)",
    }
}

record! {
    /// Figures that a watch looks at.
    pub struct Observed as "Observed" {
        /// Price of the stage in the nation's region over its mean of the last 52 weeks.
        price: Option<At<Seen>>,
        /// Metal of the stage and of those before it in the nation, or on its way there, reserves included, over a week's need of the stage: in
        /// weeks. Danger is below: write `red` smaller than `amber`.
        cover: Option<At<Seen>>,
        /// Concentration of what entered the nation in the last 52 weeks by region of origin, from 0 to 1; its own output is one origin.
        concentration: Option<At<Seen>>,
        /// Risk of those origins, from 0 to 1: one half by their governance and the chance that a project there is lost, the other by
        /// the part of their exports that limits and levies in force or announced keep in. Own output carries none.
        host_risk: Option<At<Seen>>,
        /// Part of what entered that comes from nations that are not aligned, from 0 to 1: half of it from those of alignment 0.
        decoupling: Option<At<Seen>>,
        /// What traders for gain are long in `contract`, over its open interest, from -1 to 1.
        flows: Option<At<Seen>>,
    }
}

record! {
    /// A figure as it is seen. To share a figure sooner and clearer between departments and firms is a shorter delay and less noise.
    pub struct Seen as "Seen" {
        /// Its weight in the score.
        weight: Factor = "1",
        /// Value at which danger begins.
        amber: Leaning,
        /// Value at which danger is full.
        red: Leaning,
        /// Time until it is published: 0 to 52 whole weeks. Before anything is published the others count alone.
        delay: At<Weeks> = "Weeks(0)",
        /// Standard deviation of the log of what is published over what is true.
        noise: Share = "Share(0)",
    }
}

record! {
    /// What counts as a shortage.
    pub struct ShortWeek as "ShortWeek" {
        /// Share of the requirement of the nation's sectors that use the metal, above which a week is short when so much is not met.
        unmet: Share = "Share(0.1)",
        /// Price over its mean of 52 weeks above which a week is short whatever is met; never when left out.
        price: Option<Factor>,
    }
}
