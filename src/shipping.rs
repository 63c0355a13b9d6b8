//! Goods on their way: bought abroad, owned by the buyer, arriving some weeks later.

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::calendar::Week;
use crate::digest::{Digest, Digestible, ring};
use crate::ledger::{Ledger, Slot};
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
}

impl Digestible for Pipeline {
    fn digest(&self, digest: &mut Digest) {
        ring(&self.arrivals, digest);
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

/// Compares every pipeline with the books, and reports the first whose goods under way differ from its account.
pub(crate) fn audit(mut ledger: ResMut<Ledger>, pipelines: Query<(&Agent, &Pipeline)>) {
    let residual = |(agent, pipeline): (&Agent, &Pipeline)| {
        let under_way = pipeline.arrivals.iter().fold(0_i64, |sum, mass| sum.wrapping_add(mass.0));
        (agent.account, under_way.wrapping_sub(ledger.mass(agent.account, Slot::Transit).0))
    };
    if let Some((account, residual)) = pipelines.iter().map(residual).find(|(_, residual)| *residual != 0) {
        let fault = ledger.unclosed(account, "goods under way".into(), residual);
        ledger.report(fault);
    }
}
