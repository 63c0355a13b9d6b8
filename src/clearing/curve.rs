//! Step curves: what each region would ship out, net, at each price of its own.

use super::{MAX_TOTAL, Order, Side, runs};

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

/// Prices around which the curve of one region is worth sorting, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) low: i64,
    pub(super) high: i64,
}

impl Window {
    /// Holds every price.
    pub(super) const OPEN: Self = Self { low: i64::MIN, high: i64::MAX };
}

/// The step curves of all regions, in key order.
///
/// Orders outside a region's window enter its curve as one step at either end: the curve is exact within the window.
#[derive(Clone, Debug, Default)]
pub(super) struct Curves {
    levels: Vec<Level>,
    /// Region r owns `levels[start[r]..start[r + 1]]`, the last of which is a closing level at `TOP`.
    start: Vec<usize>,
    totals: Vec<Totals>,
    /// Orders within the windows: region, price and quantity as they come, then price and quantity by region.
    picked: Vec<(usize, i64, i64)>,
    sorted: Vec<(i64, i64)>,
}

/// What one region's orders come to.
#[derive(Clone, Copy, Debug)]
struct Totals {
    bids: i64,
    asks: i64,
    best_bid: i64,
    /// The best ask with its sign turned, so that better is greater on both sides.
    best_ask: i64,
    /// Quanta of the orders with limits under and over the window.
    under: i64,
    over: i64,
    /// Number of orders within the window; then the place of the next of them in `sorted`.
    place: usize,
}

impl Curves {
    /// Sorts the orders into curves. `rank` is each region's place in key order, windows are in that order.
    ///
    /// Work grows with the orders alone, apart from the logarithm of a sort of those within one window.
    pub(super) fn build(&mut self, orders: &[Order], rank: &[usize], windows: &[Window]) {
        self.pick(orders, rank, windows);
        let mut place = 0;
        for region in &mut self.totals {
            place += std::mem::replace(&mut region.place, place);
        }
        self.sorted.resize(self.picked.len(), (0, 0));
        for &(r, price, quantity) in &self.picked {
            self.sorted[self.totals[r].place] = (price, quantity);
            self.totals[r].place += 1;
        }
        self.levels.clear();
        self.start.clear();
        let mut place = 0;
        for (region, window) in self.totals.iter().zip(windows) {
            self.start.push(self.levels.len());
            let orders = &mut self.sorted[place..region.place];
            place = region.place;
            orders.sort_unstable_by_key(|&(price, _)| price);
            let mut sum = -region.bids;
            if region.under > 0 {
                self.levels.push(Level { price: window.low - 1, below: sum });
                sum += region.under;
            }
            for level in orders.chunk_by(|a, b| a.0 == b.0) {
                self.levels.push(Level { price: level[0].0, below: sum });
                sum += level.iter().map(|&(_, quantity)| quantity).sum::<i64>();
            }
            if region.over > 0 {
                self.levels.push(Level { price: window.high + 1, below: sum });
                sum += region.over;
            }
            self.levels.push(Level { price: TOP, below: sum });
        }
        self.start.push(self.levels.len());
    }

    /// Sums the orders by region and picks those within the windows.
    fn pick(&mut self, orders: &[Order], rank: &[usize], windows: &[Window]) {
        let none = Totals { bids: 0, asks: 0, best_bid: i64::MIN, best_ask: i64::MIN, under: 0, over: 0, place: 0 };
        self.totals.clear();
        self.totals.resize(windows.len(), none);
        // Written to whether an order is picked or not: no branch for the processor to guess.
        self.picked.resize(orders.len() + 1, (0, 0, 0));
        let mut picked = 0;
        for run in runs(orders) {
            let r = rank[usize::from(run[0].region)];
            let (window, before) = (windows[r], picked);
            let (mut all, mut under, mut over) = (0, 0, 0);
            let (mut lowest, mut highest) = (i64::MAX, i64::MIN);
            for &Order { price, quantity, .. } in run {
                all += quantity;
                under += if price < window.low { quantity } else { 0 };
                over += if price > window.high { quantity } else { 0 };
                (lowest, highest) = (lowest.min(price), highest.max(price));
                self.picked[picked] = (r, price, quantity);
                picked += usize::from((window.low..=window.high).contains(&price));
            }
            let totals = &mut self.totals[r];
            match run[0].side {
                Side::Bid => (totals.bids, totals.best_bid) = (totals.bids + all, totals.best_bid.max(highest)),
                Side::Ask => (totals.asks, totals.best_ask) = (totals.asks + all, totals.best_ask.max(-lowest)),
            }
            (totals.under, totals.over) = (totals.under + under, totals.over + over);
            totals.place += picked - before;
        }
        self.picked.truncate(picked);
    }

    /// Whether the curve holds all orders that optimal prices from `low` to `high` (if bounded) can depend on.
    ///
    /// Within the window the curve is exact, steps at its ends included. Convexity does the rest: prices that are
    /// optimal for curves exact around them are so for the whole.
    pub(super) fn suffices(&self, r: usize, window: Window, low: Option<i64>, high: Option<i64>) -> bool {
        let Totals { under, over, .. } = self.totals[r];
        (under == 0 || low.is_some_and(|low| low >= window.low))
            && (over == 0 || high.is_some_and(|high| high <= window.high))
    }

    /// The most that can change hands: the lesser of all bids and all asks.
    pub(super) fn most(&self) -> i64 {
        let bids: i64 = self.totals.iter().map(|region| region.bids).sum();
        let most = bids.min(self.totals.iter().map(|region| region.asks).sum());
        assert!(most <= MAX_TOTAL, "bug: orders of {most} quanta passed the check of their total");
        most
    }

    /// Whether the region's own bids and asks meet, so that it trades whatever its neighbours do.
    pub(super) fn crosses(&self, r: usize) -> bool {
        let Totals { best_bid, best_ask, .. } = self.totals[r];
        best_bid.min(best_ask) != i64::MIN && best_bid + best_ask >= 0
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
