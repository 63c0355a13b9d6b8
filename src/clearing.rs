//! Spatial spot market: one uniform price per region, goods shipped wherever the price gap pays for the way.
//!
//! Each week one mineral at one stage clears as a whole:
//!
//! ```text
//! max Σ_b v_b·d_b − Σ_a w_a·s_a − Σ_ij c_ij·x_ij
//! subject to s_i + Σ_j x_ji − Σ_j x_ij − d_i = 0, 0 ≤ x_ij ≤ u_ij, 0 ≤ d_b ≤ D_b, 0 ≤ s_a ≤ S_a
//! ```
//!
//! v, w limits of bids and asks and c cost of the way, in price units; D, S their quantities and u capacity, in quanta.
//! This is the spatial price equilibrium of [Samuelson 1952] and [Takayama and Judge 1971] for step curves, a
//! minimum-cost flow problem ([Ahuja, Magnanti and Orlin 1993]), so the optimum is integral. Prices are its duals.
//!
//! The outcome is a function of orders, network and last prices alone:
//!
//! 1. `descent` finds an optimal dual by steepest descent on an L-natural convex function ([Murota 2003]), from last
//!    week's prices or, cold, from the price at which each region balances alone. Where it starts decides only how
//!    long it takes. Warm, `curve` sorts only the orders around last week's prices, and all of them if the optimum
//!    turns out to lie elsewhere.
//! 2. `rule` takes the midpoint of the least and the greatest optimal price of a region, rounded down. A region without trade keeps its last price,
//!    or the nearest that is optimal together with the prices set before it, in order of region keys.
//! 3. At these prices orders strictly better fill, orders strictly worse do not, and arcs with a gap above or below
//!    their cost are full or empty. What is left, orders at the price and arcs with a gap equal to their cost, is a
//!    small flow problem: `tight` trades as much as possible over as few legs as possible, in order of keys.
//! 4. `ration` deals the margin over its orders.
//!
//! [Samuelson 1952]: https://www.jstor.org/stable/1810381
//! [Takayama and Judge 1971]: https://www.worldcat.org/isbn/9780720431636
//! [Ahuja, Magnanti and Orlin 1993]: https://www.worldcat.org/isbn/9780136175490
//! [Murota 2003]: https://doi.org/10.1137/1.9780898718508

mod curve;
mod descent;
mod network;
mod outcome;
mod ration;
mod rule;
#[cfg(test)]
mod tests;
mod tight;

use std::fmt;

pub use network::{Network, UNLIMITED};
pub use outcome::{Outcome, Violation};

use curve::{Curves, Window};
use descent::Descent;
use network::Lanes;
use ration::{ASK, BID, Book};
use rule::PriceRule;
use tight::{MAY, MUST, TightFlow};

/// Most regions in one network: sets of regions are the bits of a word.
pub const MAX_REGIONS: usize = 64;
/// Largest limit price, last price and arc cost, and minus the smallest, in price units.
pub const MAX_PRICE: i64 = 1 << 40;
/// Most quanta in all orders of one market together. Sums over all arcs then fit 64 bits.
pub const MAX_TOTAL: i64 = 1 << 49;

/// Half the widest window, beyond any price.
const WIDEST: i64 = 1 << 50;
/// Half a window over the largest recent distance of an optimal price from the start.
const ROOM: i64 = 3;

/// Whether an order buys or sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Buys at its price or below.
    Bid,
    /// Sells at its price or above.
    Ask,
}

/// A limit order for the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Limit, in price units; within ±2^40.
    pub price: i64,
    /// Quanta wanted or offered; above 0.
    pub quantity: i64,
    /// Decides who gets the odd quantum; a stable hash that differs between orders.
    pub key: u64,
    /// The caller's name for whose order it is; not read here.
    pub agent: u32,
    /// Index of the region.
    pub region: u16,
    /// Whether it buys or sells.
    pub side: Side,
    /// Who comes first at the marginal price: lower classes are served in full before higher ones.
    pub class: u8,
}

/// Orders one after another on one side in one region: whoever goes through a book looks up region and side once for
/// each such run.
fn runs(orders: &[Order]) -> impl Iterator<Item = &[Order]> {
    orders.chunk_by(|a, b| (a.region, a.side) == (b.region, b.side))
}

/// One market's solver: buffers, and last week's prices as a place to start from.
///
/// Once the buffers have grown to the market's size, a week allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Clearing {
    warm: bool,
    by_key: Vec<usize>,
    rank: Vec<usize>,
    windows: Vec<Window>,
    width: Vec<i64>,
    curves: Curves,
    lanes: Lanes,
    started: Vec<i64>,
    price: Vec<i64>,
    last: Vec<i64>,
    descent: Descent,
    flow: TightFlow,
    rule: PriceRule,
    book: Book,
    outcome: Outcome,
}

impl Clearing {
    /// A solver without history.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets last week's prices, so that the next clearing starts cold. Its outcome is the same.
    pub fn forget(&mut self) {
        self.warm = false;
    }

    /// Clears the market. `last` holds the price that each region keeps if it does not trade.
    ///
    /// # Errors
    ///
    /// An order in no region, with a price beyond ±2^40 or a quantity below 1; orders of more than 2^49 quanta in all;
    /// last prices not one per region or beyond ±2^40. Nothing changes then.
    pub fn clear(&mut self, network: &Network, orders: &[Order], last: &[i64]) -> Result<&Outcome, ClearingError> {
        let n = network.regions();
        Self::check(n, orders, last)?;
        network.order(&mut self.by_key, &mut self.rank);
        self.last.clear();
        self.last.extend(self.by_key.iter().map(|&r| last[r]));
        self.start(n, orders);
        while !self.solve(network) {
            self.windows.fill(Window::OPEN);
            self.curves.build(orders, &self.rank, &self.windows);
        }
        self.widen(n);

        let Self { by_key, lanes, price, flow, book, outcome, .. } = self;
        self.rule.quote(&self.last, price);
        outcome.price.resize(n, 0);
        for (&r, &price) in by_key.iter().zip(&*price) {
            outcome.price[r] = price;
        }
        book.read(orders, &outcome.price, &mut outcome.fill);
        ship(lanes, by_key, price, book, flow);
        report(lanes, by_key, flow, book, outcome);
        book.deal(orders, &mut outcome.fill);
        self.warm = true;
        Ok(&self.outcome)
    }

    /// Sets the prices to start from and the curves around them.
    fn start(&mut self, n: usize, orders: &[Order]) {
        self.windows.clear();
        self.price.clear();
        if self.warm && self.outcome.regions() == n {
            self.price.extend(self.by_key.iter().map(|&r| self.outcome.price[r]));
            let around = |(&price, &width): (&i64, &i64)| Window { low: price - width, high: price + width };
            self.windows.extend(self.price.iter().zip(&self.width).map(around));
            self.curves.build(orders, &self.rank, &self.windows);
        } else {
            self.width.clear();
            self.width.resize(n, WIDEST);
            self.windows.resize(n, Window::OPEN);
            self.curves.build(orders, &self.rank, &self.windows);
            let Self { curves, last, .. } = self;
            self.price.extend((0..n).map(|r| curves.alone(r).unwrap_or(last[r])));
        }
        self.started.clone_from(&self.price);
    }

    /// Finds the optimal prices; false if they lie outside the windows of the curves.
    fn solve(&mut self, network: &Network) -> bool {
        let Self { by_key, curves, lanes, price, flow, rule, .. } = self;
        lanes.fill(network, by_key, curves.most());
        self.descent.run(lanes, curves, price, flow);
        flow.straighten(lanes);
        rule.read(lanes, curves, flow);
        self.windows.iter().enumerate().all(|(r, &window)| {
            let (low, high) = rule.extremes(by_key.len(), r);
            curves.suffices(r, window, low, high)
        })
    }

    /// Fits next week's windows to how far optimal prices were from the start in the last weeks.
    fn widen(&mut self, n: usize) {
        for (r, (width, &start)) in self.width.iter_mut().zip(&self.started).enumerate() {
            let (low, high) = self.rule.extremes(n, r);
            let away = [low, high].into_iter().flatten().map(|price| (price - start).abs()).max().unwrap_or(0);
            let wanted = (ROOM * away).clamp(1, WIDEST);
            *width = if *width == WIDEST { wanted } else { wanted.max(*width - *width / 8) };
        }
    }

    fn check(n: usize, orders: &[Order], last: &[i64]) -> Result<(), ClearingError> {
        let prices = -MAX_PRICE..=MAX_PRICE;
        if last.len() != n {
            return Err(ClearingError::LastPrices { regions: n, given: last.len() });
        }
        if let Some(region) = last.iter().position(|price| !prices.contains(price)) {
            return Err(ClearingError::LastPrice { region, price: last[region] });
        }
        let mut total = 0_i128;
        for (k, order) in orders.iter().enumerate() {
            if usize::from(order.region) >= n || !prices.contains(&order.price) || order.quantity <= 0 {
                return Err(Self::fault(n, k, order));
            }
            total += i128::from(order.quantity);
        }
        if total > i128::from(MAX_TOTAL) { Err(ClearingError::Total) } else { Ok(()) }
    }

    #[cold]
    fn fault(n: usize, k: usize, order: &Order) -> ClearingError {
        if usize::from(order.region) >= n {
            ClearingError::NoSuchRegion { order: k, region: order.region }
        } else if order.quantity <= 0 {
            ClearingError::Quantity { order: k, quantity: order.quantity }
        } else {
            ClearingError::Price { order: k, price: order.price }
        }
    }
}

/// Finds the flow at the final prices: what must move, then as much as may.
fn ship(lanes: &Lanes, by_key: &[usize], price: &[i64], book: &Book, flow: &mut TightFlow) {
    flow.prepare(lanes, price);
    for (k, &r) in by_key.iter().enumerate() {
        let must = book.strict[ASK][r] - book.strict[BID][r] - flow.outflow[k];
        flow.load(k, must, book.marginal[ASK][r], book.marginal[BID][r]);
    }
    for (give, take) in [(MUST, MUST), (MUST, MAY), (MAY, MUST), (MAY, MAY)] {
        flow.route(give, take);
    }
    assert!(flow.giving[MUST] | flow.taking[MUST] == 0, "bug: no flow agrees with the prices of the clearing");
    flow.straighten(lanes);
}

/// Turns the flow back to the caller's regions, and into what the orders at the margin share.
fn report(lanes: &Lanes, by_key: &[usize], flow: &TightFlow, book: &mut Book, outcome: &mut Outcome) {
    let n = by_key.len();
    outcome.flow.clear();
    outcome.flow.resize(n * n, 0);
    for (i, &from) in by_key.iter().enumerate() {
        for j in network::each(flow.arcs(i)) {
            outcome.flow[from * n + by_key[j]] = flow.flow(lanes, i, j);
        }
    }
    outcome.supply.resize(n, 0);
    outcome.demand.resize(n, 0);
    for (k, &r) in by_key.iter().enumerate() {
        book.dealt[ASK][r] = book.marginal[ASK][r] - flow.give[MAY][k];
        book.dealt[BID][r] = book.marginal[BID][r] - flow.take[MAY][k];
        outcome.supply[r] = book.strict[ASK][r] + book.dealt[ASK][r];
        outcome.demand[r] = book.strict[BID][r] + book.dealt[BID][r];
    }
}

/// Why a market cannot be cleared or a network not be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClearingError {
    /// More than 64 regions.
    TooManyRegions {
        /// Number of regions.
        regions: usize,
    },
    /// No pair of different regions has these indexes.
    NoSuchArc {
        /// Index of the region of origin.
        from: usize,
        /// Index of the region of destination.
        to: usize,
    },
    /// A cost below 0 or above 2^40.
    Cost {
        /// Index of the region of origin.
        from: usize,
        /// Index of the region of destination.
        to: usize,
        /// The cost, in price units.
        cost: i64,
    },
    /// A capacity below 0.
    Capacity {
        /// Index of the region of origin.
        from: usize,
        /// Index of the region of destination.
        to: usize,
        /// The capacity, in quanta.
        capacity: i64,
    },
    /// Last prices are not one per region.
    LastPrices {
        /// Number of regions.
        regions: usize,
        /// Number of last prices.
        given: usize,
    },
    /// A last price beyond ±2^40.
    LastPrice {
        /// Index of the region.
        region: usize,
        /// The price, in price units.
        price: i64,
    },
    /// An order in a region that the network lacks.
    NoSuchRegion {
        /// Index of the order.
        order: usize,
        /// Index of the region.
        region: u16,
    },
    /// A limit beyond ±2^40.
    Price {
        /// Index of the order.
        order: usize,
        /// The limit, in price units.
        price: i64,
    },
    /// A quantity below 1.
    Quantity {
        /// Index of the order.
        order: usize,
        /// The quantity, in quanta.
        quantity: i64,
    },
    /// Orders of more than 2^49 quanta in all.
    Total,
}

impl fmt::Display for ClearingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyRegions { regions } => write!(f, "{regions} regions; a network holds at most {MAX_REGIONS}"),
            Self::NoSuchArc { from, to } => write!(f, "no arc from region {from} to {to}: give two different regions"),
            Self::Cost { from, to, cost } => {
                write!(f, "cost {cost} from region {from} to {to}; it must be from 0 to {MAX_PRICE}")
            }
            Self::Capacity { from, to, capacity } => {
                write!(f, "capacity {capacity} from region {from} to {to}; it must be 0 (a ban) or more")
            }
            Self::LastPrices { regions, given } => {
                write!(f, "{given} last prices for {regions} regions; give one each")
            }
            Self::LastPrice { region, price } => {
                write!(f, "last price {price} of region {region}; it must be within ±{MAX_PRICE}")
            }
            Self::NoSuchRegion { order, region } => write!(f, "orders[{order}]: no region {region}"),
            Self::Price { order, price } => write!(f, "orders[{order}]: price {price}; it must be within ±{MAX_PRICE}"),
            Self::Quantity { order, quantity } => write!(f, "orders[{order}]: quantity {quantity}; it must be above 0"),
            Self::Total => write!(f, "orders of more than {MAX_TOTAL} quanta in all; use a larger quantum"),
        }
    }
}

impl std::error::Error for ClearingError {}
