//! Export duty: a share of last week's price inside, paid by whoever ships out. Lever B3.

use super::Window;
use crate::setup::MarketIx;
use crate::units::Ppm;

/// A duty on exports.
#[derive(Debug, Clone)]
pub struct ExportDuty {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it burdens.
    pub markets: Vec<MarketIx>,
    /// Share of the customs value.
    pub rate: Ppm,
}
