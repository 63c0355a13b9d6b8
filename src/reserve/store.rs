//! Age of a stock: what has lain too long no longer meets the standard, until it is replaced. Levers E8 and E10.

use bevy_ecs::prelude::*;

use super::Reserve;
use crate::agent::{Agent, Trade};
use crate::digest::{Digest, Digestible};
use crate::ledger::{Ledger, Slot};
use crate::setup::reserve::{Audit, Rotation};
use crate::units::{Mass, WEEKS_PER_YEAR};

/// Weeks over which replacement is averaged.
const YEAR: f64 = WEEKS_PER_YEAR;

/// Age of a stock and what audits ask of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Aging {
    /// Metal that no longer meets the standard, in quanta.
    pub stale: f64,
    /// Old stock sold that has not been bought back.
    pub owed: Mass,
    /// Share of the stock replaced, a year.
    pub turnover: f64,
    /// Weeks for which the alarm under way has waited for metal; nothing without one.
    pub waited: Option<f64>,
    /// Whether metal has come since.
    pub answered: bool,
    /// Weeks that the last response took; 0 before the first.
    pub response: f64,
    /// Metal sold by its own judgment this year.
    pub own_sales: Mass,
}

impl Digestible for Aging {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&(self.stale, self.owed));
        digest.add(&(self.turnover, self.response));
        digest.add(&(self.waited, (self.answered, self.own_sales)));
    }
}

impl Aging {
    /// A week passes: of fresh metal one part in the weeks that it keeps goes stale.
    fn pass(&mut self, held: f64, rule: &Rotation) {
        self.stale += (held - self.stale).max(0.0) / (rule.shelf_years * WEEKS_PER_YEAR);
    }

    /// Metal sold out of what was held: replaced metal is the oldest, a release takes of all.
    pub(super) fn sold(&mut self, held: Mass, sold: Mass, replaced: Mass) {
        if held > Mass::ZERO {
            let rest = (self.stale - replaced.real()).max(0.0);
            let mixed = (held - replaced).real().max(1.0);
            self.stale = rest * (1.0 - (sold - replaced).real() / mixed).max(0.0);
            self.turnover += (replaced.real() / held.real() * WEEKS_PER_YEAR - self.turnover) / YEAR;
        }
        self.owed += replaced;
    }

    /// Share of a stock that meets the standard; all of none.
    #[must_use]
    pub fn quality(&self, held: Mass) -> f64 {
        if held > Mass::ZERO { (1.0 - self.stale / held.real()).clamp(0.0, 1.0) } else { 1.0 }
    }

    /// Index of an audit: the mean of how far turnover, quality and response are met, each at most 1.
    #[must_use]
    pub fn index(&self, held: Mass, audit: &Audit) -> f64 {
        let weeks = self.waited.filter(|_| !self.answered).unwrap_or(0.0).max(self.response);
        let response = if weeks > 0.0 { audit.response / weeks } else { 1.0 };
        let met = [self.turnover / audit.turnover, self.quality(held) / audit.quality, response];
        met.iter().map(|share| share.min(1.0)).sum::<f64>() / 3.0
    }
}

impl Reserve {
    /// Old stock to be replaced this week: nothing while a release is approved or earlier stock is still to be bought back.
    pub(super) fn to_replace(&self, held: Mass) -> Mass {
        match self.rule.rotation {
            Some(rule) if !self.scene.alarm && self.aging.owed == Mass::ZERO => {
                Mass::nearest(rule.per_year / WEEKS_PER_YEAR * held.real())
            }
            _ => Mass::ZERO,
        }
    }
}

/// Stock grows older, and agencies whose triggers are breached are waited for.
pub(super) fn age(ledger: Res<Ledger>, mut agencies: Query<(&Agent, &mut Reserve)>) {
    for (agent, mut agency) in &mut agencies {
        if let Some(rule) = agency.rule.rotation {
            let held = ledger.mass(agent.account, Slot::Store).real();
            agency.aging.pass(held, &rule);
        }
        if agency.rule.audit.is_some() {
            let (alarm, aging) = (agency.scene.alarm, &mut agency.aging);
            aging.answered &= alarm;
            let more = if aging.answered { 0.0 } else { 1.0 };
            aging.waited = alarm.then(|| aging.waited.unwrap_or(0.0) + more);
        }
    }
}

/// What was bought at spot makes up for old stock sold; metal released answers the alarm.
pub(super) fn replaced(mut agencies: Query<(&mut Reserve, &Trade)>) {
    for (mut agency, trade) in &mut agencies {
        agency.aging.owed = (agency.aging.owed - trade.bought).or_zero();
        agency.aging.own_sales += trade.sold;
        if agency.week.released > agency.week.rotated
            && !agency.aging.answered
            && let Some(waited) = agency.aging.waited
        {
            (agency.aging.response, agency.aging.answered) = (waited, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metal_goes_stale_over_its_shelf_life_and_the_oldest_is_replaced_first() {
        let rule = Rotation { per_year: 0.2, margin: 0.05, shelf_years: 5.0 };
        let mut aging = Aging::default();
        aging.pass(5.0 * WEEKS_PER_YEAR * 10.0, &rule);
        assert!((aging.stale - 10.0).abs() < 1e-9);
        // Of 100 held, 40 of them stale, 20 are replaced: 20 of 80 stay stale; then half of that is released.
        let mut aging = Aging { stale: 40.0, ..Aging::default() };
        aging.sold(Mass(100), Mass(60), Mass(20));
        assert!((aging.stale - 10.0).abs() < 1e-9 && aging.owed == Mass(20));
        assert!((aging.quality(Mass(40)) - 0.75).abs() < 1e-12);
    }

    #[test]
    fn an_audit_is_the_mean_of_three_shares_met() {
        let audit = Audit { turnover: 0.2, quality: 0.9, response: 4.0 };
        let aging = Aging { stale: 55.0, turnover: 0.1, response: 8.0, ..Aging::default() };
        // Half, half, half.
        assert!((aging.index(Mass(100), &audit) - 0.5).abs() < 1e-12);
        assert!((Aging { turnover: 0.3, ..Aging::default() }.index(Mass(0), &audit) - 1.0).abs() < 1e-12);
    }
}
