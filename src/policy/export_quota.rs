//! Export quota: a tonnage over the time in force, dealt out in equal slices. Of several, the tightest holds. Lever B1.

use super::Window;
use crate::calendar::Week;
use crate::setup::MarketIx;
use crate::units::{Mass, Ppm};

/// A quota on exports of one market.
#[derive(Debug, Clone)]
pub struct ExportQuota {
    /// When it is known and binds; a quota always has an end.
    pub window: Window,
    /// Market that it caps.
    pub market: MarketIx,
    /// Tonnage from the first week in force to the end.
    pub amount: Mass,
    /// Weeks for which an unused slice may still be shipped.
    pub carry_over_weeks: Week,
    /// Share allotted by the state at its discretion; its rent goes to the treasury.
    pub strategic: Ppm,
    /// Who holds the rest.
    pub holder: QuotaHolder,
}

/// Who earns the rent of a binding quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaHolder {
    /// The nation's mines, by their sales of the 52 weeks before.
    Producers,
    /// The nation's treasury, as if it auctioned the rights.
    Treasury,
}
