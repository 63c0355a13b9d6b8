//! Step curves: what each region would ship out, net, at each price of its own.

use super::{MAX_TOTAL, Order, Side};

/// One price at which a region's net supply steps up.
///
/// An ask of q at w adds q to supply above w; a bid of q at v takes q from demand above v. Net supply cannot tell
/// them apart, so one ascending list holds both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// Price of the step.
    pub price: i64,
    /// Net supply between the level before and this one, in quanta.
    pub below: i64,
}

/// Closes each region's list, above every price an order or an arc can reach.
const TOP: i64 = i64::MAX;

/// The step curves of all regions, in key order.
#[derive(Clone, Debug, Default)]
pub(super) struct Curves {
    levels: Vec<Level>,
    /// Region r owns `levels[start[r]..start[r + 1]]`, the last of which is a closing level at `TOP`.
    start: Vec<usize>,
    orders: Vec<(i64, i64)>,
    next: Vec<usize>,
    bids: Vec<i64>,
    asks: Vec<i64>,
    best_bid: Vec<i64>,
    best_ask: Vec<i64>,
}

impl Curves {
    /// Sorts the orders into curves. `rank` is each region's place in key order and `count` its number of orders,
    /// by place. Work grows with the orders alone, apart from the logarithm of a sort within a region.
    pub(super) fn build(&mut self, orders: &[Order], rank: &[usize], count: &[usize]) {
        let n = count.len();
        for sum in [&mut self.bids, &mut self.asks] {
            sum.clear();
            sum.resize(n, 0);
        }
        self.best_bid.clear();
        self.best_bid.resize(n, i64::MIN);
        self.best_ask.clear();
        self.best_ask.resize(n, i64::MAX);
        self.next.clear();
        let mut place = 0;
        for &orders in count {
            self.next.push(place);
            place += orders;
        }
        self.orders.resize(orders.len(), (0, 0));
        for order in orders {
            let r = rank[usize::from(order.region)];
            self.orders[self.next[r]] = (order.price, order.quantity);
            self.next[r] += 1;
            match order.side {
                Side::Bid => {
                    self.bids[r] += order.quantity;
                    self.best_bid[r] = self.best_bid[r].max(order.price);
                }
                Side::Ask => {
                    self.asks[r] += order.quantity;
                    self.best_ask[r] = self.best_ask[r].min(order.price);
                }
            }
        }
        self.levels.clear();
        self.start.clear();
        let mut place = 0;
        for r in 0..n {
            self.start.push(self.levels.len());
            let region = &mut self.orders[place..self.next[r]];
            place = self.next[r];
            region.sort_unstable_by_key(|&(price, _)| price);
            let (mut below, mut sum) = (-self.bids[r], -self.bids[r]);
            let mut at = None;
            for &(price, quantity) in &*region {
                if at.is_some_and(|at| at != price) {
                    self.levels.push(Level { price: at.unwrap_or(TOP), below });
                    below = sum;
                }
                at = Some(price);
                sum += quantity;
            }
            if let Some(price) = at {
                self.levels.push(Level { price, below });
            }
            self.levels.push(Level { price: TOP, below: sum });
        }
        self.start.push(self.levels.len());
    }

    /// The most that can change hands: the lesser of all bids and all asks.
    pub(super) fn most(&self) -> i64 {
        let most = self.bids.iter().sum::<i64>().min(self.asks.iter().sum());
        assert!(most <= MAX_TOTAL, "bug: orders of {most} quanta passed the check of their total");
        most
    }

    /// Whether the region's own bids and asks meet, so that it trades whatever its neighbours do.
    pub(super) fn crosses(&self, r: usize) -> bool {
        self.best_bid[r] != i64::MIN && self.best_bid[r] >= self.best_ask[r]
    }

    /// The region's levels, closing level included.
    pub(super) fn of(&self, r: usize) -> &[Level] {
        &self.levels[self.start[r]..self.start[r + 1]]
    }

    /// The price at which the region would balance alone, if it has orders.
    pub(super) fn alone(&self, r: usize) -> Option<i64> {
        let levels = self.of(r);
        let k = levels.partition_point(|level| level.below < 0);
        let level = levels[k.saturating_sub(1)];
        (level.price != TOP).then_some(level.price)
    }

    /// Least and most net supply at `price`, with all limits halved a number of times and rounded down.
    pub(super) fn range(&self, r: usize, price: i64, halvings: u32) -> (i64, i64) {
        let levels = self.of(r);
        let k = levels.partition_point(|level| level.price >> halvings < price);
        let here = levels[k..].iter().take_while(|level| level.price >> halvings == price).count();
        (levels[k].below, levels[k + here].below)
    }

    /// Lowest and highest price at which the region's net supply can be `exports`; none where unbounded.
    pub(super) fn prices(&self, r: usize, exports: i64) -> (Option<i64>, Option<i64>) {
        let levels = self.of(r);
        let k = levels.partition_point(|level| level.below < exports);
        let lowest = k.checked_sub(1).map(|k| levels[k].price);
        match levels.get(k) {
            Some(level) if level.below == exports => (lowest, (level.price != TOP).then_some(level.price)),
            _ => (lowest, lowest),
        }
    }
}
