//! The regions and the arcs between them.

use super::{ClearingError, MAX_PRICE, MAX_REGIONS};

/// Capacity of an arc that no quota or fleet limits.
pub const UNLIMITED: i64 = i64::MAX;

/// Regions and arcs of one market: what it costs to bring one unit from i to j, and how much may go.
///
/// Costs are in price units (freight, insurance, duties), capacities in quanta. All arcs start closed. The key of a
/// region decides ties between regions, so that results do not depend on how regions are numbered; keys should
/// differ, and where they do not the index decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    key: Vec<u64>,
    cost: Vec<i64>,
    capacity: Vec<i64>,
}

impl Network {
    /// A network of one region per key, all arcs closed.
    ///
    /// # Errors
    ///
    /// More than 64 regions.
    pub fn new(key: Vec<u64>) -> Result<Self, ClearingError> {
        let n = key.len();
        if n > MAX_REGIONS {
            return Err(ClearingError::TooManyRegions { regions: n });
        }
        Ok(Self { key, cost: vec![0; n * n], capacity: vec![0; n * n] })
    }

    /// Number of regions.
    #[must_use]
    pub fn regions(&self) -> usize {
        self.key.len()
    }

    /// Key of a region, 0 if there is no such region.
    #[must_use]
    pub fn key(&self, region: usize) -> u64 {
        self.key.get(region).copied().unwrap_or(0)
    }

    /// Sets the arc from one region to another: cost in price units, capacity in quanta (0 is a ban, `UNLIMITED` no
    /// limit).
    ///
    /// # Errors
    ///
    /// No such pair of different regions; a cost below 0 (a subsidy on a round trip would be a money pump) or above
    /// 2^40; a capacity below 0.
    pub fn set(&mut self, from: usize, to: usize, cost: i64, capacity: i64) -> Result<(), ClearingError> {
        let n = self.regions();
        if from >= n || to >= n || from == to {
            return Err(ClearingError::NoSuchArc { from, to });
        }
        if !(0..=MAX_PRICE).contains(&cost) {
            return Err(ClearingError::Cost { from, to, cost });
        }
        if capacity < 0 {
            return Err(ClearingError::Capacity { from, to, capacity });
        }
        self.cost[from * n + to] = cost;
        self.capacity[from * n + to] = capacity;
        Ok(())
    }

    /// Cost of one unit from i to j, in price units. Indexes as `set` accepts them; otherwise 0.
    #[must_use]
    pub fn cost(&self, from: usize, to: usize) -> i64 {
        self.at(&self.cost, from, to)
    }

    /// Quanta that may go from i to j. Indexes as `set` accepts them; otherwise 0.
    #[must_use]
    pub fn capacity(&self, from: usize, to: usize) -> i64 {
        self.at(&self.capacity, from, to)
    }

    fn at(&self, table: &[i64], from: usize, to: usize) -> i64 {
        let n = self.regions();
        if from < n && to < n { table[from * n + to] } else { 0 }
    }

    /// Fills `by_key` with the regions in key order, and `rank` with each region's place in it.
    pub(super) fn order(&self, by_key: &mut Vec<usize>, rank: &mut Vec<usize>) {
        by_key.clear();
        by_key.extend(0..self.regions());
        by_key.sort_unstable_by_key(|&r| (self.key[r], r));
        rank.resize(self.regions(), 0);
        for (place, &r) in by_key.iter().enumerate() {
            rank[r] = place;
        }
    }
}

/// Stands in for the cost of a closed arc: no price gap reaches it, as prices stay within 65 · 2^40.
const CLOSED: i64 = 1 << 56;

/// The arcs in key order, with capacities cut to one more than could ever change hands.
///
/// An arc that is limited no lower never binds, and one quantum to spare keeps it slack in the dual as well; so no
/// sum over arcs overflows and unlimited arcs need no other care.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes {
    n: usize,
    cost: Vec<i64>,
    capacity: Vec<i64>,
}

impl Lanes {
    pub(super) fn fill(&mut self, network: &Network, by_key: &[usize], most: i64) {
        let n = by_key.len();
        self.n = n;
        self.cost.clear();
        self.capacity.clear();
        for &from in by_key {
            let costs = &network.cost[from * n..][..n];
            let capacities = &network.capacity[from * n..][..n];
            for &to in by_key {
                let capacity = capacities[to].min(most + 1);
                self.capacity.push(capacity);
                self.cost.push(if capacity == 0 { CLOSED } else { costs[to] });
            }
        }
    }

    /// Makes this `other` with costs halved a number of times, rounded down.
    pub(super) fn halve(&mut self, other: &Lanes, halvings: u32) {
        self.n = other.n;
        self.cost.clear();
        self.cost.extend(other.cost.iter().map(|cost| cost >> halvings));
        self.capacity.clone_from(&other.capacity);
    }

    pub(super) fn regions(&self) -> usize {
        self.n
    }

    /// Costs of the arcs from i, closed ones beyond reach.
    pub(super) fn costs(&self, i: usize) -> &[i64] {
        &self.cost[i * self.n..][..self.n]
    }

    pub(super) fn cost(&self, i: usize, j: usize) -> i64 {
        self.cost[i * self.n + j]
    }

    pub(super) fn capacity(&self, i: usize, j: usize) -> i64 {
        self.capacity[i * self.n + j]
    }
}

/// The positions of the ones in a word, ascending.
pub(super) fn each(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (bits != 0).then(|| {
            let at = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            at
        })
    })
}
