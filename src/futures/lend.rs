//! Lending: who dominates what can be delivered in the front month offers it, in the month's last two weeks, at no more above
//! the next than the exchange's guidance says, and buys the next month instead.
//!
//! What counts are warrants and long positions in the front month, over all live warrants; without any warrants every long
//! position is lent at the next month's price. A premium per day is for each session from the last one of the front month to
//! that of the next. See [`crate::exchange::lending`].

use crate::auction::{Band, Order, Side};
use crate::digest::{Digest, Digestible};
use crate::exchange::house::House;
use crate::exchange::lending::{Lending, beyond_stock, must_lend};
use crate::exchange::life::Month;
use crate::streams::tie;
use crate::units::Ppm;

use super::desk::OUT_WEEKS;
use super::page::URGENCY;
use super::{Pit, SESSIONS};

/// What tells a member's orders to lend from its others in ties.
const LENT: u64 = 0x1E4D;

/// Holders who dominate a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lenders {
    /// The month that is lent.
    front: Option<Month>,
    /// Sessions in a row in which each member has dominated it.
    sessions: Vec<u32>,
    /// Lots of it that each has lent and not bought in the next month yet.
    owed: Vec<i64>,
}

impl Digestible for Lenders {
    fn digest(&self, digest: &mut Digest) {
        if let Some(front) = self.front {
            digest.add(&front);
            self.sessions.iter().for_each(|sessions| digest.add(sessions));
            self.owed.iter().for_each(|lots| digest.add(lots));
        }
    }
}

impl Lenders {
    /// Takes note of what orders to lend, and to buy back, were filled.
    pub(super) fn note(&mut self, place: usize, orders: &[Order], fills: &[i64]) {
        for (order, filled) in orders.iter().zip(fills) {
            self.owed[order.agent as usize] += if place == 0 { *filled } else { -filled };
        }
    }
}

/// What a member lends, and at which premium per day: as the guidance has it, and at none what it holds beyond all stock.
#[must_use]
fn ladder(held: i64, live: i64, sessions: u32) -> [Lending; 3] {
    let [level, next, last] = must_lend(held, live, sessions);
    // Both rules speak of the same lots.
    [Lending { lots: level.lots.max(beyond_stock(held, live)), ..level }, next, last]
}

/// The least that a lender asks for the front month, in ticks: the next month's price and the premium for so many days.
fn asked(next: i64, cash: i64, premium: Ppm, days: i64) -> i64 {
    next + premium.of(cash * days)
}

impl Pit {
    /// Adds the orders by which holders lend the front month and buy the next.
    pub(super) fn lend(&mut self, place: usize, band: Band, house: &House, orders: &mut Vec<Order>) {
        if self.len() < 2 {
            return;
        }
        match place {
            0 => self.offer(band, house, orders),
            1 => self.buy_back(band, house, orders),
            _ => {}
        }
    }

    fn offer(&mut self, band: Band, house: &House, orders: &mut Vec<Order>) {
        let front = &self.board.months()[0];
        if self.lenders.front != Some(front.month) {
            let nothing = || vec![0; house.size()];
            self.lenders = Lenders { front: Some(front.month), sessions: vec![0; house.size()], owed: nothing() };
        }
        if front.weeks_left > OUT_WEEKS {
            return;
        }
        let (next, live) = (&self.board.months()[1], self.warehouses.live());
        let days = (next.weeks_left - front.weeks_left) * SESSIONS as i64;
        let cash = (self.spot() / self.tick) as i64;
        for member in 0..house.size() {
            let held = self.warehouses.held(member) + house.lots(member, front.series).max(0);
            let sessions = &mut self.lenders.sessions[member];
            let steps = ladder(held, live, *sessions);
            let dominates = steps.iter().any(|step| step.lots > 0);
            *sessions = if dominates { *sessions + 1 } else { 0 };
            // What it sells anyhow it need not lend.
            let sold = orders.iter().filter(|order| order.agent as usize == member && order.side == Side::Sell);
            let mut left = held - sold.map(|order| order.lots).sum::<i64>();
            for step in steps {
                let lots = step.lots.min(left).max(0);
                let tick = asked(next.last, cash, step.premium, days).max(band.low());
                if lots > 0 && tick <= band.high() {
                    let key = tie(house.key(member) ^ LENT, tick);
                    orders.push(Order { tick, lots, key, agent: member as u32, side: Side::Sell });
                }
                left -= lots;
            }
        }
    }

    fn buy_back(&self, band: Band, house: &House, orders: &mut Vec<Order>) {
        let last = self.board.months()[1].last;
        let tick = (last + ((last as f64 * URGENCY) as i64).max(1)).clamp(band.low(), band.high());
        for (member, &lots) in self.lenders.owed.iter().enumerate().filter(|(_, lots)| **lots > 0) {
            let key = tie(house.key(member) ^ LENT, tick);
            orders.push(Order { tick, lots, key, agent: member as u32, side: Side::Buy });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;
    use crate::step::Clock;
    use crate::units::Money;
    use crate::world_file::load;

    #[test]
    fn what_exceeds_all_stock_is_lent_at_no_premium() {
        let lots = |held, live| ladder(held, live, 0).map(|lending| lending.lots);
        assert_eq!(lots(95, 100), [6, 10, 30]);
        assert_eq!(lots(250, 100), [161, 10, 30], "to 89 of 100, which is more than the 150 beyond stock");
        assert_eq!(lots(40, 0), [40, 0, 0], "nothing is on warrant");
    }

    #[test]
    fn a_premium_is_for_every_day_between_the_months() {
        // 0.5 % of 1,000 ticks for each of 20 days.
        assert_eq!(asked(900, 1_000, Ppm(5_000), 20), 1_000);
        assert_eq!(asked(900, 1_000, Ppm(0), 20), 900);
    }

    /// The first week in which January trades its last two: member 0 has all of ten warrants.
    #[test]
    fn a_holder_of_all_warrants_offers_the_front_month_and_buys_the_next() {
        let setup = load("worlds/two-shores-futures.ron").expect("a world");
        let mut contract = setup.contracts[0].clone();
        (contract.terms.limit, contract.terms.lending) = (None, true);
        let mut ledger = Ledger::new(vec!["cobalt".to_owned()]);
        let mut pit = Pit::new(&contract, 0, 7, 0, 2, ledger.open("warehouses".to_owned(), 0));
        let mut house = House::new(&[7, 8], contract.terms.listing.slots(), Money(0));
        let spot = contract.terms.price(1_000);
        pit.begin_week(Clock { week: 1, calendar: setup.calendar }, spot, 0.0, &mut house);
        pit.warehouses.place(0, 0, 10);
        pit.warehouses.pass_week(&mut Vec::new());

        let (mut orders, band) = (Vec::new(), pit.board.band(0, &house).expect("a session"));
        pit.lend(0, band, &house, &mut orders);
        // Two down to less than nine tenths at level; one at 0.25 %, three at 0.5 % for each of 20 days.
        let offers: Vec<_> = orders.iter().map(|order| (order.agent, order.side, order.tick, order.lots)).collect();
        assert_eq!(offers, [(0, Side::Sell, 1_000, 2), (0, Side::Sell, 1_050, 1), (0, Side::Sell, 1_100, 3)]);

        pit.lenders.note(0, &orders, &[2, 1, 0]);
        let mut orders = Vec::new();
        pit.lend(1, band, &house, &mut orders);
        let bids: Vec<_> = orders.iter().map(|order| (order.agent, order.side, order.tick, order.lots)).collect();
        assert_eq!(bids, [(0, Side::Buy, 1_010, 3)]);

        // What the holder sells anyhow it need not lend.
        let mut orders = vec![Order::sell(990, 9, 0, 0)];
        pit.lend(0, band, &house, &mut orders);
        assert_eq!(orders[1..].iter().map(|order| order.lots).collect::<Vec<_>>(), [1]);
    }
}
