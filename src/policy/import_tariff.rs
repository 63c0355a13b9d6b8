//! Import tariff: a share of last week's price at home, paid on what comes in. Lever C1.

use super::Window;
use crate::setup::{MarketIx, NationIx};
use crate::units::Ppm;

/// A tariff on imports.
#[derive(Debug, Clone)]
pub struct ImportTariff {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it burdens.
    pub markets: Vec<MarketIx>,
    /// Share of the customs value.
    pub rate: Ppm,
    /// Nations whose goods pay it; empty means all.
    pub origins: Vec<NationIx>,
}
