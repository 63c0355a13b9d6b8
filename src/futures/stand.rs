//! Who stands for delivery: a firm that hedges may keep the month that ends, and take or give metal.
//!
//! Who uses the metal is long in it as long as metal from the warehouse costs no more than the same metal at spot, when
//! and where it is needed, and no more than its own best bid then. Who makes the metal where it is delivered is short as
//! long as the month pays more than spot will, and what a warrant costs, for what it has in store. Beyond its limit either
//! leaves the month, at the limit and not at any price: with the metal or without it is served.

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::auction::Order;
use crate::buyer::{self, Buyer, Rung};
use crate::exchange::contract::Delivery;
use crate::ledger::{Ledger, Slot};
use crate::market::Markets;
use crate::outlook::{Ahead, Outlook};
use crate::seller::Seller;
use crate::spot::Spot;
use crate::terms::Terms;
use crate::units::WEEKS_PER_YEAR;

use super::desk::{Desk, Hedger, Trading};
use super::page::Page;
use super::{Futures, Pit};

/// A firm that may stand for delivery.
type Firm = (&'static Agent, Option<&'static Seller>, Option<&'static Buyer>, Option<&'static Spot>);

/// What a firm does with the month that ends next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stand {
    /// Most lots that it takes, or gives when below 0.
    pub lots: i64,
    /// Highest price at which it takes, or lowest at which it gives, in cents per 1,000 quanta.
    pub limit: f64,
}

impl Stand {
    /// Lots that it means to hold when the month stands at a price.
    #[must_use]
    pub(super) fn wanted(&self, price: f64) -> i64 {
        let pays = if self.lots > 0 { price <= self.limit } else { price >= self.limit };
        if pays { self.lots } else { 0 }
    }

    /// Lots of those held that it may keep.
    fn kept(&self, held: i64) -> i64 {
        held.clamp(self.lots.min(0), self.lots.max(0))
    }

    /// Leaves the month with what it may not keep, at any price when it `ends`; the rest changes at its limit.
    pub(super) fn write(&self, page: Page, pace: f64, ends: bool, orders: &mut Vec<Order>) {
        let kept = self.kept(page.held);
        if ends {
            page.end(kept, orders);
        } else {
            page.toward(kept, pace, orders);
        }
        let most = kept.abs().max((self.lots.abs() as f64 * pace) as i64 + 1);
        Page { held: kept, ..page }.schedule(most, |_| 1.0, |price, _| self.wanted(price), orders);
    }
}

/// What metal from a warehouse costs besides the month's price. Money in cents per 1,000 quanta.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way {
    /// Rent until it has left the warehouse.
    pub rent: f64,
    /// Freight and levies less the warehouse's discount.
    pub freight: f64,
    /// Interest on the price while the metal waits to leave, as a share of it.
    pub interest: f64,
}

impl Way {
    /// What metal bought in a month at a price costs where it is used.
    #[must_use]
    fn cost(&self, price: f64) -> f64 {
        price * (1.0 + self.interest) + self.rent + self.freight
    }
}

/// The highest price of a month at which it pays to take: F·(1 + rt) + rent + freight ≤ worth, `worth` the lesser of spot
/// and own best bid when and where the metal is needed; who leaves the month pays a fee for it.
#[must_use]
pub(super) fn most_to_take(worth: f64, way: &Way, fee: f64) -> f64 {
    (worth - way.rent - way.freight) / (1.0 + way.interest) + fee
}

/// The lowest price of a month at which it pays to give: what spot will bring, the warehouse's discount and the rent of a
/// warrant until then, less the fee of buying back.
#[must_use]
pub(super) fn least_to_give(spot: f64, rent: f64, fee: f64) -> f64 {
    spot + rent - fee
}

/// Quanta that a ladder bids for at a cost or above.
#[must_use]
pub(super) fn wanted_at(rungs: &[Rung], cost: f64) -> f64 {
    rungs.iter().filter(|rung| rung.price >= cost).map(|rung| rung.quantity).sum()
}

impl Pit {
    /// Weeks that cancelled warrants wait to leave, in the longest queue.
    fn queue_weeks(&self) -> f64 {
        let waits = |warehouse| {
            let load_out = self.warehouses.terms(warehouse).load_out.max(1);
            self.warehouses.leaving(warehouse) / load_out
        };
        (0..self.warehouses.count()).map(waits).max().unwrap_or(0) as f64
    }

    /// Fee on a lot, in cents per 1,000 quanta.
    fn fee(&self) -> f64 {
        self.board.terms.fee.real() / self.lot
    }
}

/// Firms decide whether they stand for delivery in the month that ends next.
pub(super) fn decide(
    ledger: Res<Ledger>,
    markets: Res<Markets>,
    outlook: Res<Outlook>,
    terms: Res<Terms>,
    futures: Res<Futures>,
    mut desks: Query<&mut Desk>,
    firms: Query<Firm>,
    mut rungs: Local<Vec<Rung>>,
) {
    let expectations = Ahead::of(&outlook);
    for mut desk in &mut desks {
        let (pit, member, home) = (&futures.pits[desk.contract], desk.member, desk.home);
        let Trading::Hedger(hedger) = &mut desk.trading else { continue };
        hedger.stand = None;
        let Some(metal) = pit.metal.filter(|_| near(pit, hedger)) else { continue };
        let (agent, seller, buyer, spot) = firms.get(hedger.of).expect("bug: a hedger without a firm");
        let weeks = pit.weeks_left(0) as f64;
        let now = markets[metal.market].price(agent.region).real();
        hedger.stand = if !hedger.uses {
            // From elsewhere metal does not come to the warehouses in time.
            let Some(home) = home else { continue };
            let own = pit.warehouses.terms(home);
            let price = expectations.spot_in(metal.market, agent.region, weeks, now);
            // What is put on warrant in the last week comes too late, and what is sold in the week before may.
            let spare = seller.map_or(0.0, |seller| ledger.mass(agent.account, Slot::Store).real() - seller.output);
            let lots = match pit.weeks_left(0) {
                0 => pit.warehouses.held(member),
                weeks => {
                    let in_time = (weeks - 1) * own.load_in;
                    pit.warehouses.of(member) + ((spare.max(0.0) / pit.lot) as i64).min(in_time)
                }
            };
            let rent = own.rent.real() / pit.lot * (weeks + 1.0);
            Some(Stand { lots: -lots, limit: least_to_give(price + pit.price(own.discount), rent, pit.fee()) })
        } else if let Some(buyer) = buyer
            && spot.is_none_or(|spot| spot.0.is_none())
            && let Some(haul) = pit.haul(agent.region, &markets[metal.market], terms.market(metal.market))
        {
            let queue = pit.queue_weeks();
            let until = weeks + queue;
            let interest = buyer.rule.interest * queue / WEEKS_PER_YEAR;
            let way = Way { rent: haul.rent * (queue + 1.0), freight: haul.freight, interest };
            let position = [buyer.into, Slot::Transit].map(|slot| ledger.mass(agent.account, slot).real());
            let position = position.iter().sum::<f64>() + buyer.coming + buyer.due * until;
            rungs.clear();
            let ahead = expectations.expected_in(metal.market, agent.region, buyer.rule.horizon_weeks);
            let left = (position - buyer.need * (until + haul.transit)).max(0.0);
            buyer::ladder(buyer, left, ahead, &mut rungs);
            let cost = way.cost(pit.quote(0).price);
            let purse = buyer.credit.map_or(f64::INFINITY, |credit| (ledger.money(agent.account) + credit).real());
            let quantity = wanted_at(&rungs, cost).min(purse.max(0.0) / cost);
            let best = rungs.first().map_or(0.0, |rung| rung.price);
            let spot = expectations.spot_in(metal.market, agent.region, until, now);
            Some(Stand { lots: (quantity / pit.lot) as i64, limit: most_to_take(spot.min(best), &way, pit.fee()) })
        } else {
            None
        };
    }
}

/// Whether a month about to end is delivered in metal, and so near that a firm that hedges would leave it.
fn near(pit: &Pit, hedger: &Hedger) -> bool {
    let rule = &hedger.hedge.rule;
    if rule.ratio + rule.selective <= 0.0 {
        return false;
    }
    let physical = matches!(pit.board.terms.delivery, Delivery::Physical(_)) && pit.warehouses.count() > 0;
    physical && !pit.is_empty() && pit.weeks_left(0) <= i64::from(rule.roll_weeks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_is_long_up_to_his_limit_and_who_gives_short_from_his_limit_on() {
        let (take, give) = (Stand { lots: 10, limit: 100.0 }, Stand { lots: -10, limit: 100.0 });
        assert_eq!([99.0, 100.0, 101.0].map(|price| take.wanted(price)), [10, 10, 0]);
        assert_eq!([99.0, 100.0, 101.0].map(|price| give.wanted(price)), [0, -10, -10]);
        // Nobody who takes keeps a short position, and the other way round.
        assert_eq!([-5, 4, 30].map(|held| take.kept(held)), [0, 4, 10]);
        assert_eq!([-30, -4, 5].map(|held| give.kept(held)), [-10, -4, 0]);
    }

    #[test]
    fn who_takes_pays_no_more_than_the_metal_would_cost_him_at_spot() {
        // Two weeks at 5 % a year are 0.19 %: (10,000 − 10 − 240)/1.0019 = 9,731.3, and 2 saved.
        let way = Way { rent: 10.0, freight: 240.0, interest: 0.05 * 2.0 / 52.18 };
        let limit = most_to_take(10_000.0, &way, 2.0);
        assert!((limit - 9_733.3).abs() < 0.1, "{limit}");
        assert!((way.cost(limit - 2.0) - 10_000.0).abs() < 1e-6);
    }

    #[test]
    fn who_gives_wants_more_than_spot_and_rent() {
        assert!((least_to_give(10_000.0, 12.0, 2.0) - 10_010.0).abs() < 1e-9);
    }

    #[test]
    fn a_firm_takes_no_more_than_it_would_bid_for_at_that_cost() {
        let rungs = [(130.0, 5.0), (110.0, 7.0), (90.0, 40.0)].map(|(price, quantity)| Rung { price, quantity });
        assert!((wanted_at(&rungs, 100.0) - 12.0).abs() < 1e-12 && wanted_at(&rungs, 131.0).abs() < 1e-12);
    }
}
