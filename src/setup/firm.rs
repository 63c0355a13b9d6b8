//! Firms as a checked world has them.

use super::NationIx;
use crate::id::{Id, Label};
use crate::units::{Money, Ppm};

/// Index into [`Setup::firms`](super::Setup::firms).
pub type FirmIx = usize;

/// A firm with a balance sheet: see [`crate::firm`].
#[derive(Debug, Clone)]
pub struct Firm {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Its nationality, wherever its sites lie.
    pub nation: NationIx,
    /// Money at the start; negative when it owes.
    pub cash: Money,
    /// Most that it may owe whatever its sites are worth.
    pub credit: Money,
    /// Its rule of conduct.
    pub rule: FirmRule,
}

/// How a kind of firm behaves.
#[derive(Debug, Clone, Copy)]
pub struct FirmRule {
    /// Share of a quarter's profit that goes to its shareholders.
    pub payout: Ppm,
    /// Further credit as a multiple of what its sites are worth.
    pub leverage: f64,
    /// Interest on debt, per year.
    pub interest: f64,
    /// Weeks in a row beyond its credit after which it defaults.
    pub patience_weeks: u32,
    /// Rate at which it discounts the margins of a site, per year.
    pub discount: f64,
    /// Years over which it counts the margins of a site at most.
    pub years: f64,
    /// Share of what a distressed site is worth to it that it offers.
    pub distressed: f64,
    /// Weeks from buying a distressed mine to its first output.
    pub restart_weeks: u32,
}
