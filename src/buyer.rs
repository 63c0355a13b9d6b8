//! The base-stock buyer: a plant that needs feed, a sector that needs metal.
//!
//! A buyer covers its need over lead time and review. A further unit is worth what it will be worth to carry, plus
//! the loss it averts times the chance that need outruns what is held: the newsvendor's rule. So the value of not
//! running out is in the bids, and a convenience yield emerges without being a parameter.

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::digest::digest_fields;
use crate::ledger::{Ledger, Slot};
use crate::market::{Books, Markets};
use crate::math;
use crate::outlook::{Ahead, Outlook};
use crate::setup::{self, Buying, MarketIx};
use crate::spot::Spot;
use crate::units::{Money, WEEKS_PER_YEAR};

/// A base-stock buyer.
#[derive(Component, Debug, Clone, Copy)]
pub struct Buyer {
    /// Market that it buys from.
    pub market: MarketIx,
    /// Where it keeps what it bought.
    pub into: Slot,
    /// Weeks from order to arrival that it plans with.
    pub lead_weeks: f64,
    /// Its rule.
    pub rule: Buying,
    /// What keeping metal over the horizon of its rule costs.
    pub carry: Carry,
    /// Turn at the marginal price; lower goes first.
    pub priority: u8,
    /// Forecast of a week's need in quanta.
    pub need: f64,
    /// Highest price worth paying, in cents per 1,000 quanta.
    pub limit: f64,
    /// Weeks by which its contracts' goods are longer on the way than it plans with, spread over its need; 0 without.
    pub contract_weeks: f64,
    /// What a unit of its need costs against spot: below 1 when contracts are cheaper; 1 without contracts.
    pub blend: f64,
    /// What contracts will be called for next week, in quanta; 0 without. Renewed each week before spot orders are written.
    pub due: f64,
    /// Metal taken from an exchange that is in its warehouses or at their gates, in quanta; 0 without. Renewed each week.
    pub coming: f64,
    /// Most that it may owe; a sector is paid by its customers and has no limit.
    pub credit: Option<Money>,
}

impl Buyer {
    /// Lead and review time, the longer ways of contracts included.
    fn weeks_to_cover(&self) -> f64 {
        self.lead_weeks + self.contract_weeks + self.rule.review_weeks
    }

    /// What covers its need over lead and review but once in 44 times: mean and two standard deviations, in quanta.
    #[must_use]
    pub fn cover(&self) -> f64 {
        let weeks = self.weeks_to_cover();
        let mean = self.need * weeks;
        let sd = self.need * self.rule.need_sd * weeks.sqrt();
        mean + 2.0 * sd
    }

    /// The most that it keeps and has under way, in quanta: its cover, and half the horizon ahead. Beyond, it neither buys at
    /// spot nor takes what contracts bring.
    #[must_use]
    pub fn most_held(&self) -> f64 {
        self.cover() + self.need * self.rule.horizon_weeks / 2.0
    }

    /// Takes what this week would have needed into the forecast of need.
    pub fn expect(&mut self, need: f64) {
        self.need += (need - self.need) / self.rule.forecast_weeks.max(1.0);
    }
}

digest_fields!(Buyer { need });

/// A step of a ladder: price in cents per 1,000 quanta, quantity in quanta.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rung {
    /// Limit price.
    pub price: f64,
    /// Quantity.
    pub quantity: f64,
}

/// Ends of the ladder's rungs in standard deviations of need around its mean, and the chance that need is larger than
/// the middle of the rung (standard normal; the first rung reaches down to nothing held).
const RUNGS: [(f64, f64); 7] =
    [(-2.0, 0.99), (-1.2, 0.945), (-0.6, 0.816), (0.0, 0.618), (0.6, 0.382), (1.2, 0.184), (2.0, 0.055)];

/// What a price ahead is worth today, and what keeping a unit until then costs.
#[derive(Debug, Clone, Copy)]
pub struct Carry {
    /// e^(−r H).
    pub discount: f64,
    /// κ H in cents per 1,000 quanta.
    pub storage: f64,
}

impl Carry {
    /// Carry over some weeks at a yearly interest rate and a yearly storage cost (cents per 1,000 quanta).
    #[must_use]
    pub fn over(weeks: f64, interest: f64, storage_per_year: f64) -> Self {
        let years = weeks / WEEKS_PER_YEAR;
        Self { discount: math::exp(-interest * years), storage: storage_per_year * years }
    }

    /// Carry of a buyer by this rule in a market.
    #[must_use]
    pub fn buying(rule: &Buying, market: &setup::Market) -> Self {
        Self::over(rule.horizon_weeks, rule.interest, market.storage_per_year.real())
    }

    /// Value today of a unit that will fetch `expected`.
    #[must_use]
    pub fn value(&self, expected: f64) -> f64 {
        expected * self.discount - self.storage
    }
}

/// Bids for units beyond `position`: b(x) = e^(−rH)·E p − κH + π·Pr(need > x), with π a share of E p.
///
/// `need` per week, `position` held and under way in quanta; `expected` and `limit` in cents per 1,000 quanta. Need over
/// lead and review is normal with mean need·(L+R) and standard deviation need·sd·√(L+R). The last rung buys up to half
/// the horizon ahead at carry value alone: that is how a buyer stocks up before a price rise that it sees coming. It
/// leaves room for what contracts will be called for next week. A
/// week's bids end at a multiple of need, since neither yards nor purses take more: gaps are closed over some weeks.
/// After Porteus, Foundations of Stochastic Inventory Theory (2002), ch. 1 and 6.
pub fn ladder(buyer: &Buyer, position: f64, expected: f64, rungs: &mut Vec<Rung>) {
    let weeks = buyer.weeks_to_cover();
    let mean = buyer.need * weeks;
    let sd = buyer.need * buyer.rule.need_sd * weeks.sqrt();
    let value = buyer.carry.value(expected);
    let averted = buyer.rule.stockout_value * expected;
    let mut held = position;
    let mut left = buyer.rule.most * buyer.need;
    let mut rung = |end: f64, price: f64| {
        let quantity = (end - held).min(left);
        if quantity >= 1.0 {
            rungs.push(Rung { price: price.min(buyer.limit), quantity });
            held += quantity;
            left -= quantity;
        }
    };
    for (z, chance) in RUNGS {
        rung(mean + z * sd, value + averted * chance);
    }
    rung(buyer.most_held() - buyer.due, value);
}

/// The bids of a buyer, within its credit; those of a spot buyer along its demand curve.
pub(crate) fn bid(
    (agent, buyer, spot): (&Agent, &Buyer, Option<&Spot>),
    ledger: &Ledger,
    outlook: &Ahead,
    rungs: &mut Vec<Rung>,
) {
    rungs.clear();
    if let Some(curve) = spot.and_then(|spot| spot.0.as_ref()) {
        return curve.ladder(ledger.mass(agent.account, buyer.into).real(), rungs);
    }
    let position = (ledger.mass(agent.account, buyer.into) + ledger.mass(agent.account, Slot::Transit)).real();
    let position = position + buyer.coming;
    let expected = outlook.expected_in(buyer.market, agent.region, buyer.rule.horizon_weeks);
    ladder(buyer, position, expected, rungs);
    if let Some(credit) = buyer.credit {
        let mut cash = (ledger.money(agent.account).real() + credit.real()).max(0.0);
        for rung in rungs.iter_mut() {
            rung.quantity = rung.quantity.min(cash / rung.price.max(1.0));
            cash -= rung.quantity * rung.price;
        }
    }
}

/// Buyers' spot orders.
pub(crate) fn order(
    ledger: Res<Ledger>,
    outlook: Res<Outlook>,
    markets: Res<Markets>,
    mut books: ResMut<Books>,
    buyers: Query<(&Agent, &Buyer, Option<&Spot>)>,
    mut rungs: Local<Vec<Rung>>,
) {
    let outlook = Ahead::of(&outlook);
    for (agent, buyer, spot) in &buyers {
        bid((agent, buyer, spot), &ledger, &outlook, &mut rungs);
        books.bid(&markets, buyer.market, agent, buyer.priority, &rungs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buyer(limit: f64) -> Buyer {
        let rule = Buying {
            review_weeks: 2.0,
            forecast_weeks: 8.0,
            need_sd: 0.25,
            horizon_weeks: 10.0,
            stockout_value: 0.3,
            most: 100.0,
            interest: 0.0,
        };
        let carry = Carry { discount: 1.0, storage: 0.0 };
        Buyer {
            market: 0,
            into: Slot::Feed,
            lead_weeks: 2.0,
            rule,
            carry,
            priority: 0,
            need: 100.0,
            limit,
            contract_weeks: 0.0,
            blend: 1.0,
            due: 0.0,
            coming: 0.0,
            credit: None,
        }
    }

    #[test]
    fn an_empty_store_bids_for_lead_and_review_most_dearly_for_the_first_units() {
        let mut rungs = Vec::new();
        ladder(&buyer(1e9), 0.0, 1_000.0, &mut rungs);
        assert!(rungs.windows(2).all(|pair| pair[0].price > pair[1].price));
        assert_eq!(rungs.len(), RUNGS.len() + 1);
        let total: f64 = rungs.iter().map(|rung| rung.quantity).sum();
        // 400 over lead and review, two standard deviations of 50, half of ten weeks ahead.
        assert!((total - (400.0 + 100.0 + 500.0)).abs() < 1e-9);
        assert!((rungs[0].price - 1_297.0).abs() < 1e-9 && (rungs[7].price - 1_000.0).abs() < 1e-9);
    }

    #[test]
    fn goods_on_a_longer_way_under_contract_do_not_stand_in_for_what_must_come_sooner() {
        // Half of the need comes under contract on a way of six weeks longer: three weeks of need more are under way.
        let buyer = Buyer { contract_weeks: 3.0, ..buyer(1e9) };
        let (mut near, mut far) = (Vec::new(), Vec::new());
        ladder(&Buyer { contract_weeks: 0.0, ..buyer }, 200.0, 1_000.0, &mut near);
        ladder(&buyer, 500.0, 1_000.0, &mut far);
        assert!((far[0].price - near[0].price).abs() < 1e-9, "{far:?} {near:?}");
    }

    #[test]
    fn spot_leaves_room_for_what_contracts_will_be_called_for() {
        let (mut free, mut bound) = (Vec::new(), Vec::new());
        ladder(&buyer(1e9), 0.0, 1_000.0, &mut free);
        ladder(&Buyer { due: 40.0, ..buyer(1e9) }, 0.0, 1_000.0, &mut bound);
        // Cover is bought all the same, and 40 of 500 are left out of what goes beyond.
        assert_eq!(bound[..7], free[..7]);
        assert!((free[7].quantity - 500.0).abs() < 1e-9 && (bound[7].quantity - 460.0).abs() < 1e-9);
        assert!((buyer(1e9).most_held() - 1_000.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_held_or_under_way_is_not_bought_again() {
        let mut rungs = Vec::new();
        ladder(&buyer(1e9), 400.0, 1_000.0, &mut rungs);
        assert!((rungs[0].price - (1_000.0 + 300.0 * 0.382)).abs() < 1e-9);
        rungs.clear();
        ladder(&buyer(1e9), 1_000.0, 1_000.0, &mut rungs);
        assert!(rungs.is_empty());
    }

    #[test]
    fn a_week_s_bids_end_at_a_multiple_of_need_most_urgent_first() {
        let mut rungs = Vec::new();
        let mut buyer = buyer(1e9);
        buyer.rule.most = 3.2;
        ladder(&buyer, 0.0, 1_000.0, &mut rungs);
        let quantities: Vec<i64> = rungs.iter().map(|rung| rung.quantity.round() as i64).collect();
        assert_eq!(quantities, [300, 20]);
    }

    #[test]
    fn nobody_bids_above_what_the_metal_is_worth_to_him() {
        let mut rungs = Vec::new();
        ladder(&buyer(900.0), 0.0, 1_000.0, &mut rungs);
        assert!(rungs.iter().all(|rung| rung.price <= 900.0));
    }
}
