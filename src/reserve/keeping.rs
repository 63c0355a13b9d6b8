//! What an agency lives on: grants, support, bonds and credit; what it pays for keeping its stock; and what happens when
//! it cannot. Levers E7, E9 and E11.

use bevy_ecs::prelude::*;

use super::{Flows, Reserve, price_at};
use crate::agent::{Agent, Trade};
use crate::digest::{Digest, Digestible};
use crate::ledger::{Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::nation::Treasuries;
use crate::step::Clock;
use crate::units::{Mass, Money, WEEKS_PER_YEAR};

/// Weeks of a year of the run, after which grants come anew.
pub(super) const BUDGET_YEAR: u32 = 52;

/// How an agency stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Foreign bonds sold for metal.
    pub bonds_sold: Money,
    /// Whether it owes more than it may and sells for what it gets.
    pub distressed: bool,
    /// Whether it has nothing left to sell: it acts no longer.
    pub bankrupt: bool,
}

impl Digestible for Standing {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&(self.bonds_sold, (self.distressed, self.bankrupt)));
    }
}

/// Standing a week later of an agency with so much money and metal that may owe `credit`: who owes more is in distress
/// until nothing is owed, and bankrupt when there is no metal left to pay with.
fn next(standing: Standing, money: Money, credit: Money, held: Mass) -> Standing {
    let beyond = money < -credit;
    let distressed = standing.bankrupt || beyond || standing.distressed && money < Money::ZERO;
    let bankrupt = standing.bankrupt || distressed && money < Money::ZERO && held == Mass::ZERO;
    Standing { distressed, bankrupt, ..standing }
}

impl Reserve {
    /// What it may spend beyond its money, in mills: bonds that it has left and credit that is free.
    pub(super) fn borrowable(&self, money: Money) -> f64 {
        let owed = (-money.real()).max(0.0);
        (self.credit().real() - owed).max(0.0) + self.bonds_left().real()
    }

    fn credit(&self) -> Money {
        self.of_worth(self.rule.keeping.map_or(0.0, |keeping| keeping.credit))
    }

    fn bonds_left(&self) -> Money {
        (self.of_worth(self.rule.purchase.bonds) - self.standing.bonds_sold).or_zero()
    }

    /// A multiple of what the target is worth at the opening price.
    fn of_worth(&self, times: f64) -> Money {
        Money::nearest(self.worth.real() * times)
    }

    /// Rent and interest of a week for so many quanta, in mills; p price, κ storage a year, both in cents per 1,000 quanta:
    /// S·(m·κ + r·p)/52.18.
    #[must_use]
    pub fn keeping_cost(&self, held: f64, price: f64, storage: f64) -> f64 {
        let rent = self.base.map_or_else(|| self.rule.keeping.map_or(0.0, |keeping| keeping.rent), |base| base.rent);
        let interest = self.rule.keeping.map_or(0.0, |keeping| keeping.interest);
        held * (rent * storage + interest * price) / WEEKS_PER_YEAR
    }

    /// Index of its audit; 1 without one.
    #[must_use]
    pub fn audit_index(&self, held: Mass) -> f64 {
        self.rule.audit.map_or(1.0, |audit| self.aging.index(held, &audit))
    }

    /// What the treasury pays a venture in a week, by its audit, in mills.
    pub(super) fn fixed_support(&self, held: Mass) -> f64 {
        let fixed = self.rule.venture.map_or(0.0, |venture| venture.fixed);
        self.worth.real() * fixed * self.audit_index(held) / WEEKS_PER_YEAR
    }
}

/// The week's account begins; at the start of a year treasuries give what budgets say.
pub(super) fn grant(
    clock: Res<Clock>,
    mut treasuries: ResMut<Treasuries>,
    mut ledger: ResMut<Ledger>,
    mut agencies: Query<(&Agent, &mut Reserve)>,
) {
    for (agent, mut agency) in &mut agencies {
        agency.week = Flows::default();
        if !clock.week.is_multiple_of(BUDGET_YEAR) {
            continue;
        }
        agency.aging.own_sales = Mass::ZERO;
        let grant = agency.of_worth(agency.rule.purchase.yearly);
        if grant > Money::ZERO && !agency.standing.bankrupt {
            treasuries.spend(agent.nation, agent.account, grant, &mut ledger);
            agency.week.support += grant;
        }
    }
}

/// Agencies pay for what they keep and carry, and sell bonds for what they have bought beyond their money.
pub(super) fn pay(
    markets: Res<Markets>,
    mut treasuries: ResMut<Treasuries>,
    mut ledger: ResMut<Ledger>,
    mut agencies: Query<(&Agent, &mut Reserve, &Trade)>,
) {
    for (agent, mut agency, trade) in &mut agencies {
        let held = ledger.mass(agent.account, Slot::Store);
        let price = price_at(agent, &agency, &markets);
        let cost = Money::nearest(agency.keeping_cost(held.real(), price, markets[agency.market].storage_per_year));
        let forgone = agency.standing.bonds_sold.real() * agency.rule.purchase.bond_yield / WEEKS_PER_YEAR;
        let kept_for = cost + Money::nearest(forgone);
        let carriage = agency.base.map_or(Money::ZERO, |base| base.intake.value(trade.bought));
        ledger.pay(agent.account, OUTSIDE, kept_for + carriage);
        let supported = agency.rule.keeping.map_or(0.0, |keeping| keeping.supported);
        let support = Money::nearest(cost.real() * supported + agency.fixed_support(held));
        treasuries.spend(agent.nation, agent.account, support, &mut ledger);
        let short = (-ledger.money(agent.account)).or_zero().min(agency.bonds_left());
        ledger.pay(OUTSIDE, agent.account, short);
        agency.standing.bonds_sold += short;
        agency.week.kept_for += kept_for;
        agency.week.carriage += carriage;
        agency.week.support += support;
        if agency.can_fail() {
            let held = held + ledger.mass(agent.account, Slot::Transit);
            agency.standing = next(agency.standing, ledger.money(agent.account), agency.credit(), held);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_owes_more_than_he_may_sells_until_nothing_is_owed() {
        let fine = Standing::default();
        let credit = Money(100);
        assert_eq!(next(fine, Money(-100), credit, Mass(5)), fine);
        let distressed = next(fine, Money(-101), credit, Mass(5));
        assert!(distressed.distressed && !distressed.bankrupt);
        assert!(next(distressed, Money(-1), credit, Mass(5)).distressed, "not yet");
        assert_eq!(next(distressed, Money(0), credit, Mass(5)), fine);
        let bankrupt = next(distressed, Money(-1), credit, Mass(0));
        assert!(bankrupt.bankrupt && next(bankrupt, Money(1_000), credit, Mass(0)).distressed, "for good");
    }
}
