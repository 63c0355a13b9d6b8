//! Goods on their way: bought abroad, owned by the buyer, arriving some weeks later.

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::calendar::Week;
use crate::digest::{Digest, Digestible};
use crate::ledger::{Ledger, LedgerError, Slot};
use crate::step::Clock;
use crate::units::Mass;

/// The longest voyage in weeks.
pub const LONGEST_VOYAGE: Week = 26;

const RING: usize = LONGEST_VOYAGE as usize + 1;

/// What is on its way to an agent, by week of arrival.
#[derive(Component, Debug, Clone, Copy)]
pub struct Pipeline {
    /// Where arrivals are stored.
    pub into: Slot,
    arrivals: [Mass; RING],
}

impl Pipeline {
    /// An empty pipeline.
    #[must_use]
    pub const fn new(into: Slot) -> Self {
        Self { into, arrivals: [Mass::ZERO; RING] }
    }

    /// Adds goods that arrive in a later week.
    ///
    /// # Panics
    /// When that week is more than [`LONGEST_VOYAGE`] ahead of now.
    pub fn ship(&mut self, now: Week, weeks: Week, mass: Mass) {
        assert!((1..=LONGEST_VOYAGE).contains(&weeks), "bug: a voyage of {weeks} weeks");
        self.arrivals[(now + weeks) as usize % RING] += mass;
    }

    /// All that is on its way.
    #[must_use]
    pub fn total(&self) -> Mass {
        self.arrivals.iter().copied().sum()
    }
}

impl Digestible for Pipeline {
    fn digest(&self, digest: &mut Digest) {
        for (place, mass) in self.arrivals.iter().enumerate().filter(|(_, mass)| **mass != Mass::ZERO) {
            digest.word(place as u64);
            digest.add(mass);
        }
    }
}

/// Stores what arrives this week.
pub(crate) fn arrive(clock: Res<Clock>, mut ledger: ResMut<Ledger>, mut pipelines: Query<(&Agent, &mut Pipeline)>) {
    for (agent, mut pipeline) in &mut pipelines {
        let into = pipeline.into;
        let due = &mut pipeline.arrivals[clock.week as usize % RING];
        ledger.transfer((agent.account, Slot::Transit), (agent.account, into), std::mem::take(due));
    }
}

/// Compares every pipeline with the books.
///
/// # Errors
/// Names the first agent whose goods under way differ from its account.
pub(crate) fn audit(world: &mut World) -> Result<(), LedgerError> {
    let mut pipelines = world.query::<(&Agent, &Pipeline)>();
    let ledger = world.resource::<Ledger>();
    for (agent, pipeline) in pipelines.iter(world) {
        let residual = pipeline.total().0 - ledger.mass(agent.account, Slot::Transit).0;
        if residual != 0 {
            return Err(ledger.unclosed(agent.account, "goods under way".into(), residual));
        }
    }
    Ok(())
}
