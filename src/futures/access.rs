//! Members from abroad: what an exchange lets them hold.

use crate::auction::{Order, Side};
use crate::exchange::house::House;
use crate::units::{Ppm, deal};

/// Cuts foreigners' orders for a series so that, were all filled, they would open no more than brings them to a share of
/// open interest on either side. What closes a position passes. The room is dealt by what each would open; of its orders on one side those earlier in the book keep their lots.
pub(super) fn ration(orders: &mut [Order], abroad: &[bool], house: &House, series: usize, most: Ppm) {
    if !orders.iter().any(|order| abroad[order.agent as usize]) {
        return;
    }
    let foreigners = || (0..house.size()).filter(|member| abroad[*member]);
    for side in [Side::Buy, Side::Sell] {
        let sign = if side == Side::Buy { 1 } else { -1 };
        let theirs = |order: &&Order| order.side == side && abroad[order.agent as usize];
        if !orders.iter().any(|order| theirs(&order)) {
            continue;
        }
        let mut asked = vec![0; house.size()];
        for order in orders.iter().filter(theirs) {
            asked[order.agent as usize] += order.lots;
        }
        let closes = |member: usize| (-sign * house.lots(member, series)).max(0);
        let opens = |member: usize| (asked[member] - closes(member)).max(0);
        let all: i64 = foreigners().map(opens).sum();
        if all == 0 {
            continue;
        }
        let held: i64 = foreigners().map(|member| (sign * house.lots(member, series)).max(0)).sum();
        let room = (most.of(house.open_interest(series)) - held).max(0);
        if all <= room {
            continue;
        }
        let (weights, keys): (Vec<i64>, Vec<u64>) =
            (0..house.size()).map(|member| (if abroad[member] { opens(member) } else { 0 }, house.key(member))).unzip();
        let mut may = Vec::new();
        deal(room, &weights, &keys, &mut may);
        may.iter_mut().enumerate().for_each(|(member, may)| *may += closes(member));
        for order in orders.iter_mut().filter(|order| order.side == side && abroad[order.agent as usize]) {
            let left = &mut may[order.agent as usize];
            order.lots = order.lots.min(*left);
            *left -= order.lots;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Money;

    /// A house in which member 0 is long 60 and 1 long 40, member 2 short 90 and 3 short 10; 1 and 3 come from abroad.
    fn house() -> House {
        let mut house = House::new(&[0, 1, 2, 3], 1, Money(0));
        house.list(0, Money(10), Money(0), 100);
        let orders = [
            Order::buy(100, 60, 0, 0),
            Order::buy(100, 40, 1, 1),
            Order::sell(100, 90, 2, 2),
            Order::sell(100, 10, 3, 3),
        ];
        house.trade(0, 100, &orders, &[60, 40, 90, 10]);
        house.settle(0, 100);
        house
    }

    fn left(most: i64, orders: &[Order]) -> Vec<i64> {
        let mut orders = orders.to_vec();
        ration(&mut orders, &[false, true, false, true], &house(), 0, Ppm(most));
        orders.iter().map(|order| order.lots).collect()
    }

    #[test]
    fn without_access_a_foreigner_only_closes() {
        let orders =
            [Order::buy(101, 5, 1, 0), Order::sell(99, 50, 1, 1), Order::buy(101, 25, 3, 2), Order::buy(101, 5, 0, 3)];
        assert_eq!(left(0, &orders), [0, 40, 10, 5]);
    }

    #[test]
    fn foreigners_share_the_room_by_what_they_would_open() {
        // Half of 100 lots less the 40 held long: 10 for 20 and 20 that would be opened; 3 closes its 10 besides.
        let orders = [Order::buy(101, 15, 1, 0), Order::buy(100, 5, 1, 1), Order::buy(101, 30, 3, 2)];
        assert_eq!(left(500_000, &orders), [5, 0, 15]);
        assert_eq!(left(800_000, &orders), [15, 5, 30], "40 lots of room are enough");
    }
}
