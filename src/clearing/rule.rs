//! Which of the optimal prices the market quotes.
//!
//! Optimal duals form a polyhedron of difference constraints `p_j − p_i ≤ b_ij`, read off any optimal flow. Its closure
//! (Floyd and Warshall) holds the extreme duals and tells what stays possible once some prices are fixed. It is
//! L-natural convex, so the midpoint of the extremes, rounded down, is optimal as well.

use super::curve::Curves;
use super::network::{Lanes, each};
use super::tight::TightFlow;

/// No bound. Sums of two stay within range, and bounds proper are far below its half.
const FREE: i64 = i64::MAX / 4;

/// Buffers of the price rule.
#[derive(Clone, Debug, Default)]
pub(super) struct PriceRule {
    /// Row-major over the regions and one more node at price 0: `p_j − p_i ≤ bound[i, j]`.
    bound: Vec<i64>,
    exports: Vec<i64>,
    /// The regions that trade, as bits.
    traded: u64,
}

impl PriceRule {
    /// Reads the set of optimal prices off an optimal `flow` without circles.
    pub(super) fn read(&mut self, lanes: &Lanes, curves: &Curves, flow: &TightFlow) {
        self.traded = self.constrain(lanes, curves, flow);
        self.close(lanes.regions() + 1);
    }

    /// Lowest and highest optimal price of a region; none where unbounded.
    pub(super) fn extremes(&self, n: usize, r: usize) -> (Option<i64>, Option<i64>) {
        let (low, high) = (-self.bound[r * (n + 1) + n], self.bound[n * (n + 1) + r]);
        ((low > -FREE / 2).then_some(low), (high < FREE / 2).then_some(high))
    }

    /// Sets `price` by rule: midpoints where there is trade, elsewhere in key order the price nearest to `last` that
    /// the prices set before leave optimal.
    ///
    /// A region trades if its own bids and asks meet or goods pass its border. Where optimal flows disagree on that,
    /// its price is tied to that of a trading region in every optimal dual, and both rules agree.
    pub(super) fn quote(&self, last: &[i64], price: &mut [i64]) {
        let n = price.len();
        for r in each(self.traded) {
            let (Some(low), Some(high)) = self.extremes(n, r) else {
                unreachable!("bug: no price bounds the trade of region {r} in key order")
            };
            price[r] = (low + high) >> 1;
        }
        let mut fixed = self.traded;
        for r in (0..n).filter(|r| self.traded >> r & 1 == 0) {
            let (mut low, mut high) = (-self.bound[r * (n + 1) + n], self.bound[n * (n + 1) + r]);
            for k in each(fixed) {
                low = low.max(price[k] - self.bound[r * (n + 1) + k]);
                high = high.min(price[k] + self.bound[k * (n + 1) + r]);
            }
            assert!(low <= high, "bug: no optimal price left for region {r} in key order");
            price[r] = last[r].clamp(low, high);
            fixed |= 1 << r;
        }
    }

    /// Reads the constraints off the flow; returns the regions that trade.
    fn constrain(&mut self, lanes: &Lanes, curves: &Curves, flow: &TightFlow) -> u64 {
        let n = lanes.regions();
        let m = n + 1;
        self.bound.clear();
        self.bound.resize(m * m, FREE);
        self.exports.clear();
        self.exports.resize(n, 0);
        let mut traded = 0;
        for i in 0..n {
            for (j, &cost) in lanes.costs(i).iter().enumerate() {
                if i != j && lanes.capacity(i, j) > 0 {
                    self.bound[i * m + j] = self.bound[i * m + j].min(cost);
                }
            }
        }
        for i in 0..n {
            for j in each(flow.arcs(i)) {
                let moved = flow.flow(lanes, i, j);
                if moved == 0 {
                    continue;
                }
                traded |= 1 << i | 1 << j;
                self.exports[i] += moved;
                self.exports[j] -= moved;
                let cost = lanes.cost(i, j);
                self.bound[j * m + i] = -cost;
                if moved == lanes.capacity(i, j) {
                    self.bound[i * m + j] = FREE;
                }
            }
        }
        for r in 0..n {
            traded |= u64::from(curves.crosses(r)) << r;
            let (low, high) = curves.prices(r, self.exports[r]);
            self.bound[n * m + r] = high.unwrap_or(FREE);
            self.bound[r * m + n] = low.map_or(FREE, |low| -low);
        }
        traded
    }

    /// Shortest paths between all nodes, which makes every constraint explicit.
    fn close(&mut self, m: usize) {
        for k in 0..m {
            for i in 0..m {
                let first = self.bound[i * m + k];
                if i == k || first >= FREE / 2 {
                    continue;
                }
                let (via, row) = if k < i {
                    let (head, tail) = self.bound.split_at_mut(i * m);
                    (&head[k * m..][..m], &mut tail[..m])
                } else {
                    let (head, tail) = self.bound.split_at_mut(k * m);
                    (&tail[..m], &mut head[i * m..][..m])
                };
                for (bound, &second) in row.iter_mut().zip(via) {
                    *bound = (*bound).min(first + second);
                }
            }
        }
    }
}
