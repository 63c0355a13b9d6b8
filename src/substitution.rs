//! Substitution: above a price use switches to other materials, and stays there long after the price has fallen.

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::digest::digest_fields;
use crate::market::Markets;
use crate::sector::{Habits, Sector};
use crate::setup::demand;
use crate::terms::demand::{DemandTerms, SectorTerms};
use crate::units::WEEKS_PER_YEAR;

/// What of a sector's use has switched to substitutes.
#[derive(Debug, Clone, Copy)]
pub struct Substitution {
    /// Its rule.
    pub rule: demand::Substitution,
    /// Share of the use that has switched.
    pub switched: f64,
}

digest_fields!(Substitution { switched });

/// Share switched a week later: σ += v·(σ̄ − σ)/T above the threshold, σ −= σ/T′ below the opening price.
///
/// σ̄ the most, T and T′ times of going and coming back in weeks, v speed and θ threshold as programs change them: use
/// switches while p/p₀ > 1 + (threshold − 1)·θ. Between the opening price and the threshold nothing moves: a line that
/// has been converted stays so. `ratio` p/p₀.
#[must_use]
pub fn next(switched: f64, ratio: f64, rule: &demand::Substitution, terms: &SectorTerms) -> f64 {
    let weeks = |years: f64| (years * WEEKS_PER_YEAR).max(1.0);
    if ratio > 1.0 + (rule.threshold - 1.0) * terms.threshold {
        let step = (terms.speed / weeks(rule.years)).min(1.0);
        switched + (rule.most - switched).max(0.0) * step
    } else if ratio < 1.0 {
        switched - switched / weeks(rule.back_years)
    } else {
        switched
    }
}

/// Use switches, or comes back.
pub(crate) fn switch(
    markets: Res<Markets>,
    terms: Res<DemandTerms>,
    mut sectors: Query<(&Agent, &Sector, &Buyer, &mut Habits)>,
) {
    for (agent, sector, buyer, mut habits) in &mut sectors {
        let Some(substitution) = &mut habits.substitution else { continue };
        let market = &markets[buyer.market];
        let ratio = market.price(agent.region).real() / market.opening_price.real();
        let rule = substitution.rule;
        substitution.switched = next(substitution.switched, ratio, &rule, &terms.sectors[sector.index]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: demand::Substitution = demand::Substitution { threshold: 2.0, years: 2.0, most: 0.4, back_years: 10.0 };

    fn after(years: f64, ratio: f64, from: f64, terms: &SectorTerms) -> f64 {
        (0..(years * WEEKS_PER_YEAR) as u32).fold(from, |switched, _| next(switched, ratio, &RULE, terms))
    }

    #[test]
    fn use_switches_above_the_threshold_and_stays_until_metal_is_cheap() {
        let terms = SectorTerms::default();
        // After the time of the rule, 1 − 1/e of the most.
        let switched = after(2.0, 2.5, 0.0, &terms);
        assert!((switched - 0.4 * 0.632).abs() < 0.005, "{switched}");
        assert!((after(5.0, 1.5, switched, &terms) - switched).abs() < 1e-12, "between the prices nothing moves");
        assert!((after(10.0, 0.9, switched, &terms) / switched - 0.368).abs() < 0.005);
        assert!(after(200.0, 9.0, 0.0, &terms) <= 0.4);
    }

    #[test]
    fn a_program_lowers_the_threshold_and_quickens_the_switch() {
        let program = SectorTerms { threshold: 0.4, speed: 2.0, ..SectorTerms::default() };
        assert!(after(1.0, 1.5, 0.0, &SectorTerms::default()).abs() < 1e-12);
        let switched = after(1.0, 1.5, 0.0, &program);
        assert!((switched - 0.4 * 0.632).abs() < 0.005, "{switched}");
    }
}
