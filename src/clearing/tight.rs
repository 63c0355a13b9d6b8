//! Flow over the arcs whose price gap equals their cost, the only ones whose flow prices leave open.

use super::network::{Lanes, each};

/// Index of what must move at the current prices: orders strictly better than the price, arcs at capacity.
pub(super) const MUST: usize = 0;
/// Index of what may move: orders whose limit is the price itself.
pub(super) const MAY: usize = 1;

/// A flow problem on the tight arcs, and its flow so far.
///
/// Regions give and take; every pass is breadth first with regions in key order, so that the flow is a function of
/// the problem alone. Shares of arcs and regions are bits of a word, which is why a network holds at most 64 regions.
#[derive(Clone, Debug, Default)]
pub(super) struct TightFlow {
    n: usize,
    /// Room left from i to j over tight arcs, [quanta], row-major; pushing one way makes room the other way.
    room: Vec<i64>,
    /// Regions j with room from i, by i; and regions i with room to j, by j.
    out: Vec<u64>,
    into: Vec<u64>,
    /// Arcs with price gap equal to cost, and arcs with a wider gap, which run at capacity; by i, bits j.
    tight: Vec<u64>,
    full: Vec<u64>,
    /// Net outflow over the arcs at capacity.
    pub(super) outflow: Vec<i64>,
    /// What is still to give and take, each split in what must and what may; and the regions with some left.
    pub(super) give: [Vec<i64>; 2],
    pub(super) take: [Vec<i64>; 2],
    pub(super) giving: [u64; 2],
    pub(super) taking: [u64; 2],
    from: Vec<usize>,
    legs: Vec<i32>,
}

impl TightFlow {
    /// Sorts the arcs by their price gap and empties the flow. Call `load` for every region next.
    pub(super) fn prepare(&mut self, lanes: &Lanes, price: &[i64]) {
        let n = price.len();
        self.n = n;
        self.room.clear();
        self.room.resize(n * n, 0);
        for mask in [&mut self.out, &mut self.into, &mut self.tight, &mut self.full] {
            mask.clear();
            mask.resize(n, 0);
        }
        for sum in self.give.iter_mut().chain(&mut self.take).chain([&mut self.outflow]) {
            sum.clear();
            sum.resize(n, 0);
        }
        (self.giving, self.taking) = ([0; 2], [0; 2]);
        self.from.resize(n, 0);
        self.legs.resize(n, 0);
        for i in 0..n {
            let (mut full, mut tight) = (0, 0);
            for (j, (&there, &cost)) in price.iter().zip(lanes.costs(i)).enumerate() {
                let gap = there - price[i] - cost;
                full |= u64::from(gap > 0) << j;
                tight |= u64::from(gap == 0) << j;
            }
            (self.full[i], self.tight[i]) = (full, tight);
            for j in each(full) {
                let capacity = lanes.capacity(i, j);
                self.outflow[i] += capacity;
                self.outflow[j] -= capacity;
            }
            self.out[i] = tight;
            for j in each(tight) {
                self.room[i * n + j] = lanes.capacity(i, j);
                self.into[j] |= 1 << i;
            }
        }
    }

    /// Says what region `r` must give (if positive) or take (if negative), and what it may give and take besides.
    pub(super) fn load(&mut self, r: usize, must: i64, may_give: i64, may_take: i64) {
        self.give[MUST][r] = must.max(0);
        self.take[MUST][r] = (-must).max(0);
        self.give[MAY][r] = may_give;
        self.take[MAY][r] = may_take;
        for kind in [MUST, MAY] {
            self.giving[kind] |= u64::from(self.give[kind][r] > 0) << r;
            self.taking[kind] |= u64::from(self.take[kind][r] > 0) << r;
        }
    }

    /// Moves as much as possible from what is to `give` to what is to `take`, over the fewest legs first.
    ///
    /// A path never draws back what an earlier one gave or took. Routing `MUST` to `MUST`, then `MUST` to `MAY` and
    /// `MAY` to `MUST`, therefore leaves nothing of `MUST` exactly when some flow leaves nothing: what a stranded
    /// giver reaches is closed to later paths, so no other giver's share could have been its own.
    pub(super) fn route(&mut self, give: usize, take: usize) {
        while let Some(end) = self.search(self.giving[give], self.taking[take]) {
            let mut amount = self.take[take][end];
            let mut at = end;
            while self.from[at] != at {
                amount = amount.min(self.room[self.from[at] * self.n + at]);
                at = self.from[at];
            }
            let start = at;
            amount = amount.min(self.give[give][start]);
            let mut at = end;
            while at != start {
                self.push(self.from[at], at, amount);
                at = self.from[at];
            }
            self.give[give][start] -= amount;
            self.take[take][end] -= amount;
            self.giving[give] &= !(u64::from(self.give[give][start] == 0) << start);
            self.taking[take] &= !(u64::from(self.take[take][end] == 0) << end);
        }
    }

    fn push(&mut self, i: usize, j: usize, amount: i64) {
        let left = self.room[i * self.n + j] - amount;
        self.room[i * self.n + j] = left;
        self.room[j * self.n + i] += amount;
        if left == 0 {
            self.out[i] &= !(1 << j);
            self.into[j] &= !(1 << i);
        }
        self.out[j] |= 1 << i;
        self.into[i] |= 1 << j;
    }

    /// Breadth first from `sources`; the nearest of `sinks`, with the path in `from`.
    fn search(&mut self, sources: u64, sinks: u64) -> Option<usize> {
        for r in each(sources) {
            self.from[r] = r;
        }
        let (mut seen, mut layer) = (sources, sources);
        while layer != 0 {
            if let Some(end) = each(layer & sinks).next() {
                return Some(end);
            }
            let mut next = 0;
            for i in each(layer) {
                let fresh = self.out[i] & !seen;
                for j in each(fresh) {
                    self.from[j] = i;
                }
                seen |= fresh;
                next |= fresh;
            }
            layer = next;
        }
        None
    }

    /// The regions that `regions` can still ship to, themselves included.
    pub(super) fn reach(&self, regions: u64) -> u64 {
        closure(&self.out, regions)
    }

    /// The regions that can still ship to `regions`, themselves included.
    pub(super) fn reached_from(&self, regions: u64) -> u64 {
        closure(&self.into, regions)
    }

    /// What moves from i to j at the end.
    pub(super) fn flow(&self, lanes: &Lanes, i: usize, j: usize) -> i64 {
        if self.full[i] >> j & 1 == 1 {
            lanes.capacity(i, j)
        } else if self.tight[i] >> j & 1 == 1 {
            (lanes.capacity(i, j) - self.room[i * self.n + j]).max(0)
        } else {
            0
        }
    }

    /// Arcs that can have flow from i, as bits.
    pub(super) fn arcs(&self, i: usize) -> u64 {
        self.full[i] | self.tight[i]
    }

    /// Reroutes until no flow with the same exports makes fewer legs; no goods then go in a circle.
    ///
    /// Klein's cycle canceling with a cost of one per leg.
    pub(super) fn straighten(&mut self, lanes: &Lanes) {
        while let Some(mut at) = self.detour(lanes) {
            for _ in 0..self.n {
                at = self.from[at];
            }
            let start = at;
            let mut amount = i64::MAX;
            loop {
                let i = self.from[at];
                let carried = self.carried(lanes, at, i);
                amount = amount.min(if carried > 0 { carried } else { self.room[i * self.n + at] });
                at = i;
                if at == start {
                    break;
                }
            }
            loop {
                let i = self.from[at];
                self.push(i, at, amount);
                at = i;
                if at == start {
                    break;
                }
            }
        }
    }

    /// Flow from i to j over a tight arc.
    fn carried(&self, lanes: &Lanes, i: usize, j: usize) -> i64 {
        if self.tight[i] >> j & 1 == 1 { lanes.capacity(i, j) - self.room[i * self.n + j] } else { 0 }
    }

    /// A region downstream of a cycle that would save legs (Bellman and Ford), with the way back in `from`.
    fn detour(&mut self, lanes: &Lanes) -> Option<usize> {
        self.legs.fill(0);
        let mut changed = None;
        for _ in 0..self.n {
            changed = None;
            for i in 0..self.n {
                for j in each(self.out[i]) {
                    let legs = self.legs[i] + if self.carried(lanes, j, i) > 0 { -1 } else { 1 };
                    if legs < self.legs[j] {
                        self.legs[j] = legs;
                        self.from[j] = i;
                        changed = Some(j);
                    }
                }
            }
            changed?;
        }
        changed
    }
}

fn closure(arcs: &[u64], regions: u64) -> u64 {
    let (mut seen, mut layer) = (regions, regions);
    while layer != 0 {
        let next = each(layer).fold(0, |next, i| next | arcs[i]);
        layer = next & !seen;
        seen |= next;
    }
    seen
}
