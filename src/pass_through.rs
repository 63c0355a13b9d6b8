//! Pass-through: of a rise in the metal's cost customers bear a part, the rest is lost margin, and firms that lose close.

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::digest::digest_fields;
use crate::ledger::{Ledger, OUTSIDE};
use crate::market::Markets;
use crate::math;
use crate::sector::{Habits, Sector};
use crate::setup::demand;
use crate::terms::demand::DemandTerms;
use crate::units::{Money, WEEKS_PER_YEAR};

/// The margin of a sector's firms, and what of them has closed.
#[derive(Debug, Clone, Copy)]
pub struct PassThrough {
    /// Its rule.
    pub rule: demand::PassThrough,
    /// Share of a rise in cost that customers bear this week.
    pub share: f64,
    /// Margin over the product's opening price.
    pub margin: f64,
    /// Share of capacity that has closed.
    pub closed: f64,
    /// Margin earned this week, a loss if negative.
    pub profit: Money,
    losing_weeks: u32,
}

digest_fields!(PassThrough { share, margin, closed, losing_weeks });

/// Margin at a price: μ₀ − (1 − s)·m·(p/p₀ − 1), over the product's opening price.
///
/// μ₀ margin and m cost of the metal over the product's price, both at the opening price; s share passed on; p/p₀ the
/// metal's price against the opening price. A fall that is not passed on widens it.
#[must_use]
pub fn margin(rule: &demand::PassThrough, share: f64, ratio: f64) -> f64 {
    rule.margin - (1.0 - share) * rule.metal_share * (ratio - 1.0)
}

impl PassThrough {
    /// A sector whose firms all run.
    #[must_use]
    pub const fn new(rule: demand::PassThrough) -> Self {
        let (share, margin) = (rule.share, rule.margin);
        Self { rule, share, margin, closed: 0.0, profit: Money::ZERO, losing_weeks: 0 }
    }

    /// Log of what customers see of a price: ln(1 + s·(p/p₀ − 1)).
    #[must_use]
    pub fn seen(&self, ratio: f64) -> f64 {
        math::ln(1.0 + self.share * (ratio - 1.0))
    }

    /// A week at a price: firms that have lost for longer than their patience close, 1/T of those that run a week;
    /// while there is a margin 1/T′ of the closed comes back.
    pub fn live(&mut self, ratio: f64, least_share: f64) {
        self.share = self.rule.share.max(least_share);
        self.margin = margin(&self.rule, self.share, ratio);
        let weeks = |years: f64| (years * WEEKS_PER_YEAR).max(1.0);
        if self.margin < 0.0 {
            self.losing_weeks += 1;
            if self.losing_weeks > self.rule.patience_weeks {
                self.closed += (1.0 - self.closed) / weeks(self.rule.exit_years);
            }
        } else {
            self.losing_weeks = 0;
            self.closed -= self.closed / weeks(self.rule.reentry_years);
        }
    }
}

/// Margins follow prices, and firms close or come back.
pub(crate) fn live(
    markets: Res<Markets>,
    terms: Res<DemandTerms>,
    mut sectors: Query<(&Agent, &Sector, &Buyer, &mut Habits)>,
) {
    for (agent, sector, buyer, mut habits) in &mut sectors {
        let Some(passing) = &mut habits.pass_through else { continue };
        let market = &markets[buyer.market];
        let ratio = market.price(agent.region).real() / market.opening_price.real();
        passing.live(ratio, terms.sectors[sector.index].pass_through);
    }
}

/// Besides what the metal cost, customers pay a sector its margin, and a sector that loses bears its loss.
pub(crate) fn earn(
    markets: Res<Markets>,
    mut ledger: ResMut<Ledger>,
    mut sectors: Query<(&Agent, &Sector, &Buyer, &mut Habits)>,
) {
    for (agent, sector, buyer, mut habits) in &mut sectors {
        let Some(passing) = &mut habits.pass_through else { continue };
        let product = markets[buyer.market].opening_price.real() / passing.rule.metal_share;
        passing.profit = Money::nearest(passing.margin * product * sector.used.real());
        ledger.pay(OUTSIDE, agent.account, passing.profit.or_zero());
        ledger.pay(agent.account, OUTSIDE, (-passing.profit).or_zero());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: demand::PassThrough = demand::PassThrough {
        share: 0.0,
        metal_share: 0.1,
        margin: 0.08,
        patience_weeks: 4,
        exit_years: 1.0,
        reentry_years: 4.0,
    };

    fn firms(share: f64) -> PassThrough {
        PassThrough::new(demand::PassThrough { share, ..RULE })
    }

    #[test]
    fn what_is_passed_on_is_seen_and_what_is_not_is_lost() {
        let (all, none) = (firms(1.0), firms(0.0));
        assert!((all.seen(2.0) - math::ln(2.0)).abs() < 1e-12 && none.seen(2.0).abs() < 1e-12);
        // At twice the price a metal share of 10 % costs 10 % of the product's price.
        assert!((margin(&RULE, 1.0, 2.0) - 0.08).abs() < 1e-12);
        assert!((margin(&RULE, 0.0, 2.0) + 0.02).abs() < 1e-12);
        assert!((margin(&RULE, 0.5, 2.0) - 0.03).abs() < 1e-12);
    }

    #[test]
    fn firms_that_bear_the_rise_close_after_their_patience_and_come_back_slowly() {
        let (mut all, mut none) = (firms(1.0), firms(0.0));
        for _ in 0..4 {
            all.live(2.0, 0.0);
            none.live(2.0, 0.0);
        }
        assert!(none.closed.abs() < 1e-12, "patient");
        for _ in 0..52 {
            all.live(2.0, 0.0);
            none.live(2.0, 0.0);
        }
        assert!(all.closed.abs() < 1e-12);
        assert!((none.closed - 0.632).abs() < 0.01, "{}", none.closed);
        let closed = none.closed;
        for _ in 0..52 {
            none.live(1.0, 0.0);
        }
        assert!((none.closed / closed - 0.779).abs() < 0.01, "a quarter of the time: e^-0.25");
    }

    #[test]
    fn a_decree_lets_firms_pass_on_at_least_so_much() {
        let mut firms = firms(0.0);
        firms.live(2.0, 0.6);
        assert!((firms.margin - 0.04).abs() < 1e-12 && firms.closed.abs() < 1e-12);
    }
}
