//! Export license: shippers apply every week and may ship what was applied for after a random delay. Levers B1, C3.

use super::Window;
use crate::calendar::Week;
use crate::setup::MarketIx;
use crate::units::Mass;

/// A licensing regime.
#[derive(Debug, Clone)]
pub struct ExportLicense {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it governs, each with a capacity of its own.
    pub markets: Vec<MarketIx>,
    /// Shortest and longest weeks from application to license.
    pub delay_weeks: (Week, Week),
    /// Most that is licensed a year, in each market.
    pub capacity_per_year: Mass,
}
