//! What a world says beside its agents: figures of the base year to be compared with, and by which rules nations judge
//! their own position. Nothing in a run follows from any of it.

use super::{MarketIx, MineralIx, NationIx, RegionIx};

/// Published figures of the base year, for the minerals that have any.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Mineral.
    pub mineral: MineralIx,
    /// The figures, in the order in which they are shown.
    pub figures: Vec<Figure>,
}

/// A published figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// What it counts.
    pub counts: Counts,
    /// Whose; the world's when there is none.
    pub of: Option<usize>,
    /// Tonnes of contained metal a year, or dollars a tonne.
    pub value: f64,
    /// Largest deviation of the model, as a share of the figure.
    pub within: f64,
}

/// What a published figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Output of mines, whatever stage they sell; [`Figure::of`] is a [`NationIx`].
    Mined,
    /// Output of a market's metal, of plants and mines, and of recyclers where the figure holds it; [`Figure::of`] is a
    /// [`NationIx`].
    Made(MarketIx, Recycled),
    /// Use of a market's metal, by sectors and as feed; [`Figure::of`] is a [`NationIx`].
    Used(MarketIx),
    /// Mean weekly price of a market; [`Figure::of`] is a [`RegionIx`].
    Price(MarketIx),
}

/// Whether a figure of what is made holds what recyclers make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recycled {
    /// It does.
    Within,
    /// It does not.
    Apart,
}

impl Figure {
    /// The nation whose tonnes it counts.
    #[must_use]
    pub fn nation(&self) -> Option<NationIx> {
        self.of.filter(|_| !matches!(self.counts, Counts::Price(_)))
    }

    /// The region whose price it is.
    #[must_use]
    pub fn region(&self) -> Option<RegionIx> {
        self.of.filter(|_| matches!(self.counts, Counts::Price(_)))
    }
}
