//! What an agency means to hold: its target by risk and lessons, and, of a firm, as far as it is paid to. Levers E3, E9.

use bevy_ecs::prelude::*;

use super::{Reserve, price_at};
use crate::agent::Agent;
use crate::ledger::{Ledger, Slot};
use crate::market::Markets;
use crate::setup::reserve::Venture;
use crate::units::Mass;

/// Share of its duty that a firm meets: c + (1 − c)·min(1, paid/cost), c what it meets unpaid.
#[must_use]
pub(super) fn compliance(rule: &Venture, paid: f64, cost: f64) -> f64 {
    let covered = if cost > 0.0 { (paid / cost).clamp(0.0, 1.0) } else { 1.0 };
    rule.comply + (1.0 - rule.comply) * covered
}

impl Reserve {
    /// Its target with what risk and lessons add.
    fn duty(&self) -> Mass {
        let risk = self.rule.target.risk;
        let base = if risk > 0.0 {
            Mass::nearest(self.target.real() + risk * self.scene.concentration * self.daily_use)
        } else {
            self.target
        };
        self.learned.scaled(base)
    }
}

/// Agencies set what they mean to hold next week.
pub(super) fn aim(ledger: Res<Ledger>, markets: Res<Markets>, mut agencies: Query<(&Agent, &mut Reserve)>) {
    for (agent, mut agency) in &mut agencies {
        let duty = agency.duty();
        agency.aim = match agency.rule.venture {
            Some(rule) => {
                let (price, storage) = (price_at(agent, &agency, &markets), markets[agency.market].storage_per_year);
                let cost = agency.keeping_cost(duty.real(), price, storage);
                let supported = agency.rule.keeping.map_or(0.0, |keeping| keeping.supported);
                let held = ledger.mass(agent.account, Slot::Store);
                let paid = supported * cost + agency.fixed_support(held);
                Mass::nearest(duty.real() * compliance(&rule, paid, cost))
            }
            None => duty,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_firm_meets_its_duty_as_far_as_it_is_paid() {
        let rule = Venture { band: 0.2, hurdle: 0.02, comply: 0.6, fixed: 0.0 };
        assert!((compliance(&rule, 0.0, 100.0) - 0.6).abs() < 1e-12);
        assert!((compliance(&rule, 50.0, 100.0) - 0.8).abs() < 1e-12);
        assert!((compliance(&rule, 500.0, 100.0) - 1.0).abs() < 1e-12);
        assert!((compliance(&rule, 0.0, 0.0) - 1.0).abs() < 1e-12, "what costs nothing needs no pay");
    }
}
