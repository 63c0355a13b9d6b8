//! Traders: agents that take positions in a contract and have no metal of their own.
//!
//! A strategy is a file that turns what its trader sees into an order, as a pure function. The [`floor`] gives
//! traders a contract, a book and sessions.
//!
//! | module | strategy |
//! |---|---|
//! | [`fcn`] | fundamentalist, chartist and noise in one, after Chiarella and Iori |

pub mod fcn;
pub mod floor;

use bevy_ecs::prelude::*;

use crate::digest::digest_fields;
use crate::units::Money;

/// What a trader has.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// Money, negative when it owes.
    pub cash: Money,
    /// Lots of the contract, negative when it is short.
    pub lots: i64,
}

digest_fields!(Holding { cash, lots });
