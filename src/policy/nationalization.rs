//! Nationalization: the state takes a share of the named mines against compensation, and they lose output. Lever B2.

use super::Window;
use crate::units::Ppm;

/// A taking of mines.
#[derive(Debug, Clone)]
pub struct Nationalization {
    /// When it is known and takes place.
    pub window: Window,
    /// Indices into [`crate::setup::Setup::mines`] of the mines taken.
    pub mines: Vec<usize>,
    /// Share of the owner's margin that the treasury takes from then on.
    pub share: Ppm,
    /// Share of the taken value that is paid to the owner.
    pub compensation: Ppm,
    /// Share of output lost under the new management.
    pub efficiency_loss: f64,
}
