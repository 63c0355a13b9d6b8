//! Watches: what an agency looks at in a mineral, how late and how blurred, and from when on it warns.

use super::exchange::ContractIx;
use super::{MarketIx, MineralIx, NationIx};
use crate::id::{Id, Label};

/// A nation's watch on a mineral: levers G1 and G4.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Who watches.
    pub nation: NationIx,
    /// What is watched.
    pub mineral: MineralIx,
    /// Market whose price and cover are looked at.
    pub market: MarketIx,
    /// Contract whose positions are looked at.
    pub contract: Option<ContractIx>,
    /// What it looks at.
    pub observes: Vec<Indicator>,
    /// Scores from which the levels 1, 2 and 3 are reached; each above the one before.
    pub levels: [f64; 3],
    /// How far below its score a level is kept.
    pub margin: f64,
    /// What counts as a shortage when warnings are judged.
    pub shortage: Shortage,
}

/// A figure as an agency sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indicator {
    /// Which.
    pub figure: Figure,
    /// Its weight in the score.
    pub weight: f64,
    /// Value at which danger begins.
    pub amber: f64,
    /// Value at which danger is full.
    pub red: f64,
    /// Weeks until it is published.
    pub delay: u32,
    /// Standard deviation of the log of what is published over what is true.
    pub noise: f64,
}

/// What can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Price over the mean of the last 52 weeks.
    Price,
    /// Metal held in the nation over its users' need, in weeks.
    Cover,
    /// Concentration of what enters the nation, 0 to 1.
    Concentration,
    /// Risk of the nations that it comes from, 0 to 1.
    HostRisk,
    /// Part of it that comes from nations that are not aligned, 0 to 1.
    Decoupling,
    /// Net long position of those who trade a contract for gain, over its open interest.
    Flows,
}

impl Figure {
    /// All of them, in the order in which they are kept.
    pub const ALL: [Self; 6] =
        [Self::Price, Self::Cover, Self::Concentration, Self::HostRisk, Self::Decoupling, Self::Flows];

    /// How files and draws name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Cover => "cover",
            Self::Concentration => "concentration",
            Self::HostRisk => "host_risk",
            Self::Decoupling => "decoupling",
            Self::Flows => "flows",
        }
    }
}

/// What counts as a shortage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shortage {
    /// Share of the requirement of the nation's sectors that is not met, above which a week is short.
    pub unmet: f64,
    /// Price over its mean of 52 weeks above which a week is short whatever is met.
    pub price: Option<f64>,
}
