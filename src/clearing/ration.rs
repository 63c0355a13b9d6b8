//! Fills: orders better than the price in full, orders at the price by class and in proportion.

use super::{Order, Side};

/// Asks and bids as an index.
pub(super) const ASK: usize = 0;
/// Index of bids.
pub(super) const BID: usize = 1;

/// What the orders come to at given prices, by side and region.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    /// Quanta of orders strictly better than the price.
    pub(super) strict: [Vec<i64>; 2],
    /// Quanta of orders whose limit is the price.
    pub(super) marginal: [Vec<i64>; 2],
    /// How much of the marginal quanta trades; set by the caller before `deal`.
    pub(super) dealt: [Vec<i64>; 2],
    margin: Vec<usize>,
    shares: Vec<Share>,
}

#[derive(Clone, Copy, Debug)]
struct Share {
    class: u8,
    key: u64,
    order: usize,
    quantity: i64,
    /// Numerator of the fraction of a quantum that rounding down cut off.
    rest: i128,
}

impl Book {
    /// Sums the orders at `price` and fills those strictly better.
    pub(super) fn read(&mut self, orders: &[Order], price: &[i64], fill: &mut Vec<i64>) {
        for sum in self.strict.iter_mut().chain(&mut self.marginal).chain(&mut self.dealt) {
            sum.clear();
            sum.resize(price.len(), 0);
        }
        self.margin.clear();
        fill.clear();
        fill.resize(orders.len(), 0);
        let [strict_asks, strict_bids] = &mut self.strict;
        for (k, (order, fill)) in orders.iter().zip(fill).enumerate() {
            let r = usize::from(order.region);
            let (gain, strict) = match order.side {
                Side::Ask => (price[r] - order.price, &mut strict_asks[r]),
                Side::Bid => (order.price - price[r], &mut strict_bids[r]),
            };
            *fill = if gain > 0 { order.quantity } else { 0 };
            *strict += *fill;
            if gain == 0 {
                self.margin.push(k);
                self.marginal[side(order)][r] += order.quantity;
            }
        }
    }

    /// Deals what trades of each margin over its orders.
    pub(super) fn deal(&mut self, orders: &[Order], fill: &mut [i64]) {
        let group = |k: usize| (orders[k].region, side(&orders[k]));
        self.margin.sort_unstable_by_key(|&k| group(k));
        for margin in self.margin.chunk_by(|&a, &b| group(a) == group(b)) {
            let (region, side) = group(margin[0]);
            let amount = self.dealt[side][usize::from(region)];
            if amount == self.marginal[side][usize::from(region)] {
                for &k in margin {
                    fill[k] = orders[k].quantity;
                }
            } else if amount > 0 {
                self.shares.clear();
                self.shares.extend(margin.iter().map(|&k| {
                    let Order { class, key, quantity, .. } = orders[k];
                    Share { class, key, order: k, quantity, rest: 0 }
                }));
                ration(amount, &mut self.shares, fill);
            }
        }
    }
}

fn side(order: &Order) -> usize {
    match order.side {
        Side::Ask => ASK,
        Side::Bid => BID,
    }
}

/// Deals `amount` over the shares: lower classes first; within a class in proportion to quantity, rounded down, and
/// what rounding leaves to the largest fractions cut off, then to the lowest key, then to the lowest index.
fn ration(mut amount: i64, shares: &mut [Share], fill: &mut [i64]) {
    shares.sort_unstable_by_key(|share| share.class);
    for class in shares.chunk_by_mut(|a, b| a.class == b.class) {
        let total: i64 = class.iter().map(|share| share.quantity).sum();
        if total <= amount {
            for share in &*class {
                fill[share.order] = share.quantity;
            }
            amount -= total;
            continue;
        }
        let mut left = amount;
        for share in &mut *class {
            let wanted = i128::from(share.quantity) * i128::from(amount);
            let whole = (wanted / i128::from(total)) as i64;
            share.rest = wanted % i128::from(total);
            fill[share.order] = whole;
            left -= whole;
        }
        let left = left as usize;
        if 0 < left && left < class.len() {
            class.select_nth_unstable_by_key(left, |share| (std::cmp::Reverse(share.rest), share.key, share.order));
        }
        for share in &class[..left] {
            fill[share.order] += 1;
        }
        return;
    }
    assert!(amount == 0, "bug: {amount} quanta dealt beyond the orders at the margin");
}
