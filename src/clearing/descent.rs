//! Optimal prices: steepest descent on the dual, which is L-natural convex.
//!
//! ```text
//! g(p) = Σ_b D_b·max(0, v_b − p) + Σ_a S_a·max(0, p − w_a) + Σ_ij u_ij·max(0, p_j − p_i − c_ij)
//! ```
//!
//! The steepest set of regions to lower or to raise is a minimum cut of the flow problem on tight arcs: the regions
//! that goods stranded at the current prices can still reach, or from which a shortage could still be met ([Murota
//! 2003], chapter 10). Each set moves at once to where g stops falling, so the number of rounds depends on regions
//! rather than on order levels.
//!
//! [Murota 2003]: https://doi.org/10.1137/1.9780898718508

use super::MAX_PRICE;
use super::curve::Curves;
use super::network::{Lanes, each};
use super::tight::{MAY, MUST, TightFlow};

/// Which way a set of prices moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// Rounds of long steps, per region, before the descent turns to scaling. One or two are usual.
pub(super) const PATIENCE: usize = 8;

/// Most levels of one region that a long step tries at once.
const LONGEST: usize = 1 << 20;

/// Buffers of the descent.
#[derive(Clone, Debug)]
pub(super) struct Descent {
    /// Arcs across the boundary of the moving set: the distance at which more flow weighs in, and how much.
    events: Vec<(i64, i64)>,
    cursor: Vec<usize>,
    trial: Vec<usize>,
    /// Least and most net supply of each region at its price.
    range: Vec<(i64, i64)>,
    /// The network with costs halved.
    coarse: Lanes,
    /// Rounds of the last descent.
    pub(super) rounds: usize,
    /// `PATIENCE`, or less in tests of scaling.
    pub(super) patience: usize,
}

impl Default for Descent {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            cursor: Vec::new(),
            trial: Vec::new(),
            range: Vec::new(),
            coarse: Lanes::default(),
            rounds: 0,
            patience: PATIENCE,
        }
    }
}

impl Descent {
    /// Moves `price` to an optimum of the dual and leaves in `flow` a flow that proves it.
    ///
    /// Long steps almost always arrive within a few rounds. They may also zigzag, so after a number of rounds the
    /// descent starts over by scaling, whose number of rounds is bounded.
    pub(super) fn run(&mut self, lanes: &Lanes, curves: &Curves, price: &mut [i64], flow: &mut TightFlow) {
        self.rounds = 0;
        if !self.stride(lanes, curves, price, flow) {
            self.scale(lanes, curves, price, flow);
        }
    }

    /// Descends by long steps; false if that takes too many.
    fn stride(&mut self, lanes: &Lanes, curves: &Curves, price: &mut [i64], flow: &mut TightFlow) -> bool {
        let n = price.len();
        self.range.clear();
        self.range.extend(price.iter().enumerate().map(|(r, &price)| curves.range(r, price, 0)));
        self.cursor.resize(n, 0);
        self.trial.resize(n, 0);
        for _ in 0..self.patience * (n + 1) {
            let (stranded, short) = self.balance(lanes, price, flow);
            if stranded | short == 0 {
                return true;
            }
            let mut moved = 0;
            for r in each(stranded) {
                let set = flow.reach(1 << r);
                if set & moved == 0 {
                    moved |= set;
                    self.shift(lanes, curves, price, set, Way::Down);
                }
            }
            for r in each(short) {
                let set = flow.reached_from(1 << r);
                if set & moved == 0 {
                    moved |= set;
                    self.shift(lanes, curves, price, set, Way::Up);
                }
            }
            for r in each(moved) {
                self.range[r] = curves.range(r, price[r], 0);
            }
        }
        false
    }

    /// Descends by unit steps on the market with all prices and costs halved until they are small, then doubles.
    ///
    /// Halving changes limits and costs by less than one, which moves optimal prices by no more than the number of
    /// regions; and unit steps along steepest sets, first up and then down, need no more rounds than prices have to
    /// move ([Murota and Shioura 2014]).
    ///
    /// [Murota and Shioura 2014]: https://doi.org/10.1007/s10878-012-9550-2
    fn scale(&mut self, lanes: &Lanes, curves: &Curves, price: &mut [i64], flow: &mut TightFlow) {
        let n = price.len();
        let mut coarse = std::mem::take(&mut self.coarse);
        price.fill(0);
        for halvings in (0..=MAX_PRICE.ilog2()).rev() {
            coarse.halve(lanes, halvings);
            for price in &mut *price {
                *price *= 2;
            }
            for way in [Way::Up, Way::Down] {
                loop {
                    self.range.clear();
                    self.range.extend((0..n).map(|r| curves.range(r, price[r], halvings)));
                    let (stranded, short) = self.balance(&coarse, price, flow);
                    let (set, step) = match way {
                        Way::Up => (flow.reached_from(short), 1),
                        Way::Down => (flow.reach(stranded), -1),
                    };
                    if set == 0 {
                        break;
                    }
                    for r in each(set) {
                        price[r] += step;
                    }
                }
            }
        }
        self.coarse = coarse;
    }

    /// Routes what the market must move at `price`; the regions where goods stay stranded and where they are short.
    fn balance(&mut self, lanes: &Lanes, price: &[i64], flow: &mut TightFlow) -> (u64, u64) {
        self.rounds += 1;
        flow.prepare(lanes, price);
        for (r, range) in self.range.iter().enumerate() {
            let (least, most) = (range.0 - flow.outflow[r], range.1 - flow.outflow[r]);
            if least > 0 {
                flow.load(r, least, most - least, 0);
            } else if most < 0 {
                flow.load(r, most, 0, most - least);
            } else {
                flow.load(r, 0, most, -least);
            }
        }
        flow.route(MUST, MUST);
        flow.route(MUST, MAY);
        flow.route(MAY, MUST);
        (flow.giving[MUST], flow.taking[MUST])
    }

    /// Moves the prices of `set` together to the nearest point from which g no longer falls.
    ///
    /// The slope changes only at breakpoints: a level of a moved region, or an arc across the boundary becoming
    /// tight. The search strides over a doubling number of levels, then halves its stride.
    fn shift(&mut self, lanes: &Lanes, curves: &Curves, price: &mut [i64], set: u64, way: Way) {
        let mut arcs = self.cross(lanes, price, set, way);
        let mut slope = arcs;
        for r in each(set) {
            let levels = curves.of(r);
            self.cursor[r] = match way {
                Way::Up => levels.partition_point(|level| level.price <= price[r]),
                Way::Down => levels.partition_point(|level| level.price < price[r]),
            };
            let supply = levels[self.cursor[r]].below;
            slope += if way == Way::Up { supply } else { -supply };
        }
        let (mut moved, mut stride, mut growing) = (0, 1, true);
        while slope < 0 {
            let mut next = self.events.iter().map(|event| event.0).min().unwrap_or(i64::MAX);
            for r in each(set) {
                let (levels, at) = (curves.of(r), self.cursor[r]);
                let distance = match way {
                    Way::Up if at + 1 < levels.len() => {
                        levels[(at + stride - 1).min(levels.len() - 2)].price - price[r]
                    }
                    Way::Down if at > 0 => price[r] - levels[at.saturating_sub(stride)].price,
                    _ => continue,
                };
                next = next.min(distance);
            }
            assert!(next != i64::MAX, "bug: the dual of a clearing falls without end");
            let mut trial_arcs = arcs;
            for &(distance, more) in &self.events {
                trial_arcs += if distance <= next { more } else { 0 };
            }
            let mut trial = trial_arcs;
            for r in each(set) {
                let (levels, at) = (curves.of(r), self.cursor[r]);
                let supply = match way {
                    Way::Up => {
                        let to = (at + stride).min(levels.len() - 1);
                        self.trial[r] = at + levels[at..to].partition_point(|level| level.price - price[r] <= next);
                        levels[self.trial[r]].below
                    }
                    Way::Down => {
                        let to = at.saturating_sub(stride);
                        self.trial[r] = to + levels[to..at].partition_point(|level| price[r] - level.price > next);
                        -levels[self.trial[r]].below
                    }
                };
                trial += supply;
            }
            if trial < 0 || stride == 1 {
                (moved, slope, arcs) = (next, trial, trial_arcs);
                self.events.retain(|event| event.0 > next);
                for r in each(set) {
                    self.cursor[r] = self.trial[r];
                }
                if growing {
                    stride = (2 * stride).min(LONGEST);
                }
            } else {
                (stride, growing) = (stride / 2, false);
            }
        }
        for r in each(set) {
            price[r] += if way == Way::Up { moved } else { -moved };
        }
    }

    /// Collects the arcs across the boundary of `set`; the part of the slope that they make up at the start.
    ///
    /// An arc whose gap widens adds its capacity once the gap exceeds the cost; one whose gap narrows takes its
    /// capacity off until the gap is down to the cost.
    fn cross(&mut self, lanes: &Lanes, price: &[i64], set: u64, way: Way) -> i64 {
        self.events.clear();
        let mut slope = 0;
        let others = !set & (u64::MAX >> (64 - price.len()));
        for inside in each(set) {
            for outside in each(others) {
                let (widens, narrows) = match way {
                    Way::Up => ((outside, inside), (inside, outside)),
                    Way::Down => ((inside, outside), (outside, inside)),
                };
                let gap = |(i, j): (usize, usize)| price[j] - price[i] - lanes.cost(i, j);
                let (gap_in, room_in) = (gap(widens), lanes.capacity(widens.0, widens.1));
                if gap_in >= 0 {
                    slope += room_in;
                } else if room_in > 0 {
                    self.events.push((-gap_in, room_in));
                }
                let (gap_out, room_out) = (gap(narrows), lanes.capacity(narrows.0, narrows.1));
                if gap_out > 0 {
                    slope -= room_out;
                    self.events.push((gap_out, room_out));
                }
            }
        }
        slope
    }
}
