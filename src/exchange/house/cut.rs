//! Cutting orders before an auction to what position limits, opening caps and unmet calls allow.

use crate::auction::{Order, Side};

use super::House;

/// What a member may still do in a book, were all its orders filled. Sides are bids and asks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Room {
    /// Lots that close, by side.
    close: [i64; 2],
    /// Lots that open within the position limit, by side.
    limit: [i64; 2],
    /// Lots that open within the session's cap, on both sides together.
    cap: i64,
    /// The book for which it was worked out, counted from 1.
    book: u64,
}

impl House {
    /// Cuts a book of a series to the position limit (from which hedgers are exempt) and the opening cap, both in lots;
    /// returns how many lots were cut.
    ///
    /// An order first closes and then opens. Who did not meet a call only closes. Of a member's orders on one side those
    /// earlier in the slice keep their lots; all are assumed to fill.
    pub fn cut(&mut self, series: usize, position: Option<i64>, opening: Option<i64>, orders: &mut [Order]) -> i64 {
        self.books += 1;
        let mut cut = 0;
        // A desk's orders stand together; what others wrote for it comes before and after.
        for run in orders.chunk_by_mut(|a, b| a.agent == b.agent) {
            let member = run[0].agent as usize;
            let may_open = self.may_open(member);
            let position = position.filter(|_| !self.accounts[member].hedger);
            if may_open && position.is_none() && opening.is_none() {
                continue;
            }
            if self.rooms[member].book != self.books {
                let lots = self.lots(member, series);
                let most = position.unwrap_or(i64::MAX);
                let opened = || self.cells[self.at(member, series)].opened;
                let cap = opening.map_or(i64::MAX, |cap| (cap - opened()).max(0));
                let limit = [most.saturating_sub(lots.max(0)).max(0), most.saturating_sub((-lots).max(0)).max(0)];
                let (close, cap) = ([(-lots).max(0), lots.max(0)], if may_open { cap } else { 0 });
                self.rooms[member] = Room { close, limit, cap, book: self.books };
            }
            let room = &mut self.rooms[member];
            for order in run.iter_mut().filter(|order| order.lots > 0) {
                let side = usize::from(order.side == Side::Sell);
                let closing = order.lots.min(room.close[side]);
                let opening = (order.lots - closing).min(room.limit[side]).min(room.cap);
                room.close[side] -= closing;
                room.limit[side] -= opening;
                room.cap -= opening;
                cut += order.lots - closing - opening;
                order.lots = closing + opening;
            }
        }
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{deal, house};
    use super::*;
    use crate::units::Ppm;

    /// Cuts a book of members 0, long 5, and 1, short 5; gives the lots that are left.
    fn check(position: Option<i64>, opening: Option<i64>, book: &[Order], expected: &[i64]) {
        let mut house = house(3, [Ppm(0); 2]);
        deal(&mut house, 0, 0, 1, 5, 100);
        house.settle(0, 100);
        let mut orders = book.to_vec();
        let cut = house.cut(0, position, opening, &mut orders);
        assert_eq!(orders.iter().map(|order| order.lots).collect::<Vec<_>>(), expected);
        assert_eq!(cut, book.iter().map(|order| order.lots).sum::<i64>() - expected.iter().sum::<i64>());
    }

    fn buy(member: u32, lots: i64) -> Order {
        Order::buy(100, lots, member, 0)
    }

    fn sell(member: u32, lots: i64) -> Order {
        Order::sell(100, lots, member, 0)
    }

    #[test]
    fn a_position_limit_bounds_what_would_be_held() {
        check(Some(8), None, &[buy(0, 9), sell(0, 20), sell(1, 9), buy(1, 20), buy(2, 9)], &[3, 13, 3, 13, 8]);
        check(Some(3), None, &[buy(0, 1), sell(0, 9)], &[0, 8]); // over the limit: closes 5 and opens 3
        check(None, None, &[buy(0, 1_000)], &[1_000]);
    }

    #[test]
    fn earlier_orders_keep_their_lots() {
        check(Some(8), None, &[buy(2, 5), buy(2, 5), buy(2, 5)], &[5, 3, 0]);
    }

    #[test]
    fn an_opening_cap_counts_both_sides_and_leaves_closing_alone() {
        check(None, Some(4), &[buy(2, 3), sell(2, 3)], &[3, 1]);
        check(None, Some(4), &[sell(0, 20), buy(1, 20)], &[9, 9]);
    }

    #[test]
    fn what_was_opened_in_the_session_counts() {
        let mut house = house(2, [Ppm(0); 2]);
        deal(&mut house, 0, 0, 1, 5, 100);
        let mut orders = [buy(0, 9)];
        house.cut(0, None, Some(7), &mut orders);
        assert_eq!(orders[0].lots, 2);
        house.settle(0, 100);
        let mut orders = [buy(0, 9)];
        house.cut(0, None, Some(7), &mut orders);
        assert_eq!(orders[0].lots, 7);
    }

    #[test]
    fn hedgers_have_no_position_limit() {
        let mut house = house(2, [Ppm(0); 2]);
        house.set_hedger(1, true);
        let mut orders = [buy(0, 9), sell(1, 9)];
        house.cut(0, Some(6), None, &mut orders);
        assert_eq!(orders.map(|order| order.lots), [6, 9]);
    }

    #[test]
    fn who_did_not_meet_a_call_only_closes() {
        let mut house = house(2, [Ppm(100_000); 2]);
        deal(&mut house, 0, 0, 1, 5, 100);
        house.settle(0, 100);
        house.calls();
        house.liquidations();
        let mut orders = [sell(0, 5), sell(0, 2), buy(0, 2)];
        house.cut(0, None, None, &mut orders);
        assert_eq!(orders.map(|order| order.lots), [5, 0, 0]);
    }
}
