//! What others see of a stock and of what an agency wants. Lever E14.

use bevy_ecs::prelude::*;

use super::Reserve;
use crate::agent::Agent;
use crate::ledger::{Ledger, Slot};
use crate::math;
use crate::setup::reserve::Secrecy;
use crate::step::Clock;
use crate::streams::{Draw, Purpose, Streams};
use crate::units::Mass;

const FIGURE: Purpose = Purpose::new("reserve.figure");

impl Reserve {
    /// What others count on over so many weeks: what they believe is there, as far as it can come out by then.
    #[must_use]
    pub fn counted_on(&self, weeks: f64) -> f64 {
        self.figure.real().min(self.learned.scaled(self.release_per_week).real() * weeks)
    }
}

/// Figures come out, as far as the rule lets them.
pub(super) fn report(
    clock: Res<Clock>,
    streams: Res<Streams>,
    ledger: Res<Ledger>,
    mut agencies: Query<(&Agent, &mut Reserve)>,
) {
    for (agent, mut agency) in &mut agencies {
        let held = ledger.mass(agent.account, Slot::Store);
        match agency.rule.secrecy {
            Secrecy::Hidden => {}
            Secrecy::Public => {
                agency.figure = held;
                let gap = (agency.aim - held - ledger.mass(agent.account, Slot::Transit)).or_zero();
                agency.wanted = if agency.buying_at.is_some() { gap.min(agency.buy_per_week) } else { Mass::ZERO };
            }
            Secrecy::Reported { every, noise } => {
                if clock.week.is_multiple_of(every) {
                    let z = streams.at(FIGURE, agent.key, clock.week).normal();
                    agency.figure = Mass::nearest(held.real() * math::exp(noise * z));
                }
            }
        }
    }
}
