//! Export ban: nothing of the named stages leaves the nation. Metal already under way arrives. Lever B1.

use super::Window;
use crate::setup::MarketIx;

/// A ban on exports.
#[derive(Debug, Clone)]
pub struct ExportBan {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it closes.
    pub markets: Vec<MarketIx>,
}
