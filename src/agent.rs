//! What every agent has: an account, a place, a name for its random draws, and what it traded this week.

use bevy_ecs::prelude::*;

use crate::ledger::Account;
use crate::setup::{NationIx, RegionIx};
use crate::units::{Mass, Money};

/// Identity of an agent.
#[derive(Component, Debug, Clone, Copy)]
pub struct Agent {
    /// Its account in the books; also its handle in order books.
    pub account: Account,
    /// Key of its random draws and of ties: see [`Id::key`](crate::id::Id::key).
    pub key: u64,
    /// Nation that it is in.
    pub nation: NationIx,
    /// Market area that it trades in.
    pub region: RegionIx,
}

/// What an agent traded this week.
#[derive(Component, Debug, Clone, Copy, Default)]
pub struct Trade {
    /// Metal bought.
    pub bought: Mass,
    /// Metal sold.
    pub sold: Mass,
    /// Paid for it.
    pub spent: Money,
    /// Got for it.
    pub earned: Money,
    /// Its part of the rent of a quota.
    pub rent: Money,
    /// Metal bought under contracts, part of what was bought.
    pub contracted: Mass,
    /// What is left of a mine's margin after royalty and the state's share.
    pub margin: Money,
    /// The state's share of a mine's margin.
    pub taken: Money,
    /// Compensation got for a taking.
    pub compensated: Money,
}

/// The entity behind each account.
#[derive(Resource, Debug, Default)]
pub struct Directory(Vec<Option<Entity>>);

impl Directory {
    /// Enters an agent.
    pub fn enter(&mut self, account: Account, entity: Entity) {
        let at = account.0 as usize;
        self.0.resize(self.0.len().max(at + 1), None);
        self.0[at] = Some(entity);
    }

    /// The agent of an account.
    ///
    /// # Panics
    /// When the account is not an agent's.
    #[must_use]
    pub fn entity(&self, account: Account) -> Entity {
        self.0[account.0 as usize].expect("bug: an order from an account that is no agent's")
    }
}

/// Forgets last week's trades.
pub(crate) fn open_week(mut trades: Query<&mut Trade>) {
    for mut trade in &mut trades {
        *trade = Trade::default();
    }
}
