//! Dealing the lots at the price among orders that want more.

use std::cmp::Reverse;

/// An order at the price on the longer side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marginal {
    /// What it wants, in lots.
    pub(super) lots: i64,
    /// Its priority.
    pub(super) key: u64,
    /// Its place in the slice of orders.
    pub(super) order: u32,
}

/// Deals all but `surplus` of the lots in proportion to the orders, by largest remainder; ties by key, then by place.
///
/// With M lots wanted and R = M − surplus to deal, an order of q lots gets ⌊q·R/M⌋, and the L lots still left go one
/// each to the L greatest q·R mod M. As R < M nobody gets more than it wants.
pub(super) fn pro_rata(orders: &mut [Marginal], surplus: i64, fills: &mut [i64]) {
    let wanted: i64 = orders.iter().map(|order| order.lots).sum();
    let dealt = wanted - surplus;
    assert!(0 <= dealt && dealt <= wanted, "bug: {dealt} of {wanted} lots to deal at the price");
    if dealt == 0 {
        return;
    }
    let largest = orders.iter().fold(0, |bits, order| bits | order.lots);
    let narrow = largest.leading_zeros() + dealt.leading_zeros() >= 64; // the product fits a u64, whose division is fast
    let mut left = dealt;
    for order in orders.iter_mut() {
        let (share, remainder) = if narrow {
            let product = order.lots as u64 * dealt as u64;
            ((product / wanted as u64) as i64, (product % wanted as u64) as i64)
        } else {
            let product = i128::from(order.lots) * i128::from(dealt);
            ((product / i128::from(wanted)) as i64, (product % i128::from(wanted)) as i64)
        };
        fills[order.order as usize] = share;
        left -= share;
        order.lots = remainder;
    }
    let left = left as usize;
    if 0 < left && left < orders.len() {
        orders.select_nth_unstable_by_key(left, |order| (Reverse(order.lots), order.key, order.order));
    }
    for order in &orders[..left] {
        fills[order.order as usize] += 1;
    }
}

/// Deals all but `surplus` of the lots to one order after another, by key, then by place.
pub(super) fn price_time(orders: &mut [Marginal], surplus: i64, fills: &mut [i64]) {
    let wanted: i64 = orders.iter().map(|order| order.lots).sum();
    let mut left = wanted - surplus;
    assert!(0 <= left && left <= wanted, "bug: {left} of {wanted} lots to deal at the price");
    orders.sort_unstable_by_key(|order| (order.key, order.order));
    for order in orders {
        let fill = order.lots.min(left);
        fills[order.order as usize] = fill;
        left -= fill;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(rule: fn(&mut [Marginal], i64, &mut [i64]), wanted: &[(i64, u64)], dealt: i64, expected: &[i64]) {
        let orders = (0..).zip(wanted).map(|(order, &(lots, key))| Marginal { lots, key, order });
        let total: i64 = wanted.iter().map(|(lots, _)| lots).sum();
        let mut fills = vec![0; wanted.len()];
        rule(&mut orders.collect::<Vec<_>>(), total - dealt, &mut fills);
        assert_eq!(fills, expected);
    }

    #[test]
    fn shares_are_proportional_and_remainders_go_to_the_largest() {
        check(pro_rata, &[(10, 0), (20, 0), (30, 0)], 30, &[5, 10, 15]);
        check(pro_rata, &[(10, 0), (20, 0), (30, 0)], 31, &[5, 10, 16]); // remainders 1/6, 2/6, 3/6
        check(pro_rata, &[(1, 9), (1, 3), (1, 5)], 1, &[0, 1, 0]); // the lowest key
        check(pro_rata, &[(1, 7), (1, 7), (1, 7)], 2, &[1, 1, 0]); // then the earliest place
        check(pro_rata, &[(4, 0), (6, 0)], 0, &[0, 0]);
    }

    #[test]
    fn the_first_in_time_is_served_first() {
        check(price_time, &[(10, 2), (20, 1), (30, 2)], 35, &[10, 20, 5]);
    }

    #[test]
    fn shares_of_huge_orders_are_exact() {
        let half = i64::MAX / 2;
        check(pro_rata, &[(half, 1), (half, 0)], half, &[half / 2, half / 2 + 1]);
    }

    proptest! {
        #[test]
        fn dealing_agrees_with_the_plain_rule(
            wanted in prop::collection::vec((1_i64..50, 0_u64..4), 1..30), share in 0.0..1.0_f64, huge in any::<bool>(),
        ) {
            let scale = if huge { 1 << 50 } else { 1 };
            let wanted: Vec<_> = wanted.into_iter().map(|(lots, key)| (lots * scale + key as i64, key)).collect();
            let (lots, keys): (Vec<i64>, Vec<u64>) = wanted.iter().copied().unzip();
            let dealt = (lots.iter().sum::<i64>() as f64 * share) as i64;
            let mut parts = Vec::new();
            crate::units::deal(dealt, &lots, &keys, &mut parts);
            check(pro_rata, &wanted, dealt, &parts);
        }
    }
}
