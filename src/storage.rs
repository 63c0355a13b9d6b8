//! Competitive storage with rational expectations: what a stored unit is worth to those who know the market.
//!
//! Storers and the producer know demand, supply, carry and the odds of the harvest, and expect what then happens. With
//! availability A, stock carried out X ≥ 0, price P and harvest H·e',
//!
//! ```text
//! A = D(P) + X,   A' = (1 − d)·X + H·e'
//! v(X) = (1 − d)/(1 + r)·E[P'] − k ≤ P,   with equality where X > 0 and the warehouses are not full
//! H = K·(E[P'·e']/((1 + i)·p̄))^η
//! ```
//!
//! D demand, d loss, r interest and k cost of a week's storage; K capacity, η elasticity, p̄ long-run price, i interest of
//! the producer, e' of mean 1. After [Wright and Williams 1982]; solved by time iteration on a grid of stocks, each
//! with the availability at which it is carried ([Carroll 2006]), and Gauss–Hermite quadrature over e'. Harvests may
//! come every so many weeks: then each week of the cycle has a value of its own. A public stock may back a floor P̲ with room
//! for X̲: it holds all that is stored while P = P̲, nothing while P > P̲, and is full while P < P̲ (as in the demonstration
//! STO2 of the RECS package; private storers then hold what is beyond it).
//!
//! Nothing here moves metal: merchants and mines bid, ask and plan by these values, and the market clears their orders.
//!
//! [Wright and Williams 1982]: https://doi.org/10.2307/2232552
//! [Carroll 2006]: https://doi.org/10.1016/j.econlet.2005.09.013

use crate::math;

/// Points of the grid of stocks.
const POINTS: usize = 400;

/// A sweep that moves no value by more than this share of it is the last.
const PRECISION: f64 = 1e-10;

/// Reach of the table of demand on either side of the reference price, in logs, and its step. Scarcer or more abundant
/// metal is priced as at its ends.
const REACH: f64 = 7.0;
const STEP: f64 = 0.005;

/// A demand curve that can be read both ways; linear in logs between its points, so exact for a constant elasticity.
#[derive(Debug, Clone)]
pub struct Demand {
    log_lowest: f64,
    /// ln D at prices rising by [`STEP`]; falling.
    log_quantity: Vec<f64>,
}

impl Demand {
    /// The curve of a quantity that falls with the price, around a reference price.
    #[must_use]
    pub fn new(reference: f64, quantity: impl Fn(f64) -> f64) -> Self {
        let log_lowest = math::ln(reference) - REACH;
        let steps = (2.0 * REACH / STEP) as usize;
        let logs = (0..=steps).map(|step| math::ln(quantity(math::exp(log_lowest + step as f64 * STEP))));
        Self { log_lowest, log_quantity: logs.take_while(|log| log.is_finite()).collect() }
    }

    /// Price at which so much is wanted.
    #[must_use]
    pub fn price(&self, quantity: f64) -> f64 {
        let logs = &self.log_quantity;
        let log = math::ln(quantity.max(f64::MIN_POSITIVE)).clamp(logs[logs.len() - 1], logs[0]);
        let after = logs.partition_point(|&other| other > log).clamp(1, logs.len() - 1);
        let part = (logs[after - 1] - log) / (logs[after - 1] - logs[after]);
        math::exp(self.log_lowest + ((after - 1) as f64 + part) * STEP)
    }

    /// Lowest price of the table.
    fn lowest(&self) -> f64 {
        math::exp(self.log_lowest)
    }

    /// What is wanted at a price.
    #[must_use]
    pub fn quantity(&self, price: f64) -> f64 {
        let logs = &self.log_quantity;
        let place = ((math::ln(price.max(self.lowest())) - self.log_lowest) / STEP).clamp(0.0, (logs.len() - 1) as f64);
        let before = (place as usize).min(logs.len() - 2);
        let part = place - before as f64;
        math::exp(logs[before] + part * (logs[before + 1] - logs[before]))
    }
}

/// What keeping a unit for a week comes to.
#[derive(Debug, Clone, Copy)]
pub struct Keeping {
    /// 1/(1 + r).
    pub discount: f64,
    /// 1 − d.
    pub kept: f64,
    /// k, paid when the unit is put away.
    pub cost: f64,
}

/// What the producer brings to market.
#[derive(Debug, Clone, Copy)]
pub struct Crop {
    /// K of a harvest: mass at the present value p̄.
    pub size: f64,
    /// η.
    pub elasticity: f64,
    /// 1/(1 + i) over the week from plan to harvest.
    pub discount: f64,
    /// p̄.
    pub price: f64,
    /// Standard deviation of e'.
    pub sd: f64,
    /// Weeks from harvest to harvest; the first comes in week 0.
    pub every: usize,
}

impl Crop {
    /// Harvest planned for an expectation E[P'·e'].
    #[must_use]
    pub fn planned(&self, incentive: f64) -> f64 {
        self.size * math::powf(self.discount * incentive / self.price, self.elasticity)
    }
}

/// A public stock that backs a price.
#[derive(Debug, Clone, Copy)]
pub struct Floor {
    /// Price at which it buys and sells.
    pub price: f64,
    /// Room that it has.
    pub room: f64,
}

/// What is carried out of one week of the cycle, by stock: all lists go along the grid.
#[derive(Debug, Clone)]
struct Season {
    /// Availability at which the stock is carried out; rising.
    available: Vec<f64>,
    /// v.
    value: Vec<f64>,
    /// E[P'·e'] of the harvest to come; E[P'] where none comes next week.
    incentive: Vec<f64>,
    harvest: Vec<f64>,
}

/// The solution: values of a stored unit and prospects of the harvest, by the stock that all storers together carry.
#[derive(Debug, Clone)]
pub struct Solution {
    demand: Demand,
    /// Stocks of the grid, from nothing to the room of all warehouses. The room of a public stock comes twice: at the floor
    /// and below it.
    stocks: Vec<f64>,
    floor: Option<Floor>,
    seasons: Vec<Season>,
}

impl Solution {
    /// Solves a market with private warehouses for `room` in all.
    ///
    /// Ends because d and r make a contraction of the sweeps: one of them must be above 0.
    #[must_use]
    pub fn new(demand: Demand, crop: &Crop, keeping: &Keeping, room: f64, floor: Option<Floor>, nodes: usize) -> Self {
        let odds = normal_nodes(nodes);
        let evenly = |from: f64, room: f64| (0..POINTS).map(move |i| from + room * i as f64 / (POINTS - 1) as f64);
        let public = floor.map_or(0.0, |floor| floor.room);
        let at_the_floor = if floor.is_some() { POINTS } else { 0 };
        let stocks: Vec<f64> = evenly(0.0, public).take(at_the_floor).chain(evenly(public, room)).collect();
        let flat = |value: f64| vec![value; stocks.len()];
        let none = Season {
            // At first nobody stores: all grid points lie beyond any availability.
            available: flat(f64::INFINITY),
            value: flat(0.0),
            incentive: flat(crop.price),
            harvest: flat(crop.size),
        };
        let mut solution = Self { demand, seasons: vec![none; crop.every], stocks, floor };
        loop {
            let mut moved = 0.0_f64;
            for week in (0..crop.every).rev() {
                let next = (week + 1) % crop.every;
                let mut season = solution.seasons[week].clone();
                for (point, &stock) in solution.stocks.iter().enumerate() {
                    let left = keeping.kept * stock;
                    let (expected, incentive) = if next == 0 {
                        let ahead = |harvest: f64| {
                            odds.iter().fold((0.0, 0.0), |(plain, weighed), &(z, weight)| {
                                let yielded = (1.0 + crop.sd * z).max(0.0);
                                let price = solution.price(next, left + harvest * yielded);
                                (plain + weight * price, weighed + weight * price * yielded)
                            })
                        };
                        let planned = season.harvest[point];
                        let (expected, incentive) = ahead(planned);
                        let nudged = ahead(planned * (1.0 + NUDGE)).1;
                        season.harvest[point] = planned * response(crop, planned, incentive, nudged);
                        moved = moved.max((season.harvest[point] / planned - 1.0).abs());
                        (expected, incentive)
                    } else {
                        let price = solution.price(next, left);
                        (price, price)
                    };
                    let value = keeping.discount * keeping.kept * expected - keeping.cost;
                    moved = moved.max(((value - season.value[point]) / expected).abs());
                    (season.value[point], season.incentive[point]) = (value, incentive);
                    let least = floor.filter(|_| point < at_the_floor).map_or(value, |floor| floor.price);
                    season.available[point] = stock + solution.demand.quantity(value.max(least));
                }
                solution.seasons[week] = season;
            }
            if moved <= PRECISION {
                return solution;
            }
        }
    }

    /// Price in a week of the cycle when so much is there.
    #[must_use]
    pub fn price(&self, season: usize, available: f64) -> f64 {
        self.demand.price(available - self.carried(season, available))
    }

    /// Stock carried out of a week of the cycle when so much is there.
    #[must_use]
    pub fn carried(&self, season: usize, available: f64) -> f64 {
        let grid = &self.seasons[season].available;
        let after = grid.partition_point(|&other| other <= available);
        if after == 0 {
            return 0.0;
        }
        let before = after - 1;
        let part = grid.get(after).map_or(0.0, |end| (available - grid[before]) / (end - grid[before]));
        let end = *self.stocks.get(after).unwrap_or(&self.stocks[before]);
        self.stocks[before] + part * (end - self.stocks[before])
    }

    /// v: what a further unit is worth when so much is stored.
    #[must_use]
    pub fn value(&self, season: usize, stock: f64) -> f64 {
        let season = &self.seasons[season];
        let value = self.read(&season.value, stock);
        // Near a certain stock-out v is steep and bent; the availability that goes with it is nearly straight.
        let wanted = self.read(&season.available, stock) - stock;
        let private = self.floor.is_none_or(|floor| stock >= floor.room);
        if private && value > self.demand.lowest() { self.demand.price(wanted) } else { value }
    }

    /// E[P'·e'] of a harvest next week when so much is stored.
    #[must_use]
    pub fn incentive(&self, season: usize, stock: f64) -> f64 {
        self.read(&self.seasons[season].incentive, stock)
    }

    fn read(&self, values: &[f64], stock: f64) -> f64 {
        let after = self.stocks.partition_point(|&other| other <= stock).clamp(1, self.stocks.len() - 1);
        let (low, high) = (self.stocks[after - 1], self.stocks[after]);
        let part = ((stock - low) / (high - low)).min(1.0);
        values[after - 1] + part * (values[after] - values[after - 1])
    }
}

/// Relative change of the plan by which its effect on the incentive is measured.
const NUDGE: f64 = 1e-4;

/// Factor by which a Newton step in logs brings the plan nearer to what its incentive calls for.
fn response(crop: &Crop, planned: f64, incentive: f64, nudged: f64) -> f64 {
    let gap = math::ln(crop.planned(incentive) / planned);
    let slope = crop.elasticity * math::ln(nudged / incentive) / math::log1p(NUDGE) - 1.0;
    math::exp((-gap / slope).clamp(-0.2, 0.2))
}

/// Gauss–Hermite nodes and weights for the mean over a standard normal number: roots of the Hermite polynomial by
/// Newton's method from both ends, in the orthonormal recurrence that stays finite for many nodes.
#[must_use]
pub fn normal_nodes(count: usize) -> Vec<(f64, f64)> {
    let n = count as f64;
    // Orthonormal under the normal density: √(j+1)·h_{j+1} = x·h_j − √j·h_{j−1}; h_n' = √n·h_{n−1}.
    let pair = |x: f64| {
        (0..count).fold((0.0, 1.0), |(before, here), j| {
            let j = j as f64;
            (here, (x * here - j.sqrt() * before) / (j + 1.0).sqrt())
        })
    };
    let mut roots: Vec<f64> = Vec::new();
    for _ in 0..count {
        // From above all remaining roots, dividing out those found: Newton's method then falls onto the next.
        let mut x = 2.0 * (n + 1.0).sqrt();
        for _ in 0..1_000 {
            let (before, here) = pair(x);
            let ratio = here / (n.sqrt() * before);
            let found: f64 = roots.iter().map(|root| 1.0 / (x - root)).sum();
            let move_by = ratio / (1.0 - ratio * found);
            x -= move_by;
            if move_by.abs() < 1e-14 * (1.0 + x.abs()) {
                break;
            }
        }
        roots.push(x);
    }
    let weights = roots.iter().map(|&x| {
        let (before, _) = pair(x);
        (x, 1.0 / (n * before * before))
    });
    weights.rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parameters of the RECS demonstration STO1.
    fn sto1(nodes: usize) -> Solution {
        let demand = Demand::new(1.0, |price| math::powf(price, -0.2));
        let discount = 1.0 / 1.03;
        let crop = Crop { size: 1.0, elasticity: 0.2, discount, price: discount, sd: 0.05, every: 1 };
        Solution::new(demand, &crop, &Keeping { discount, kept: 0.98, cost: 0.06 }, 0.6, None, nodes)
    }

    #[test]
    fn nodes_integrate_the_moments_of_the_normal_distribution() {
        for count in [7, 51] {
            let nodes = normal_nodes(count);
            let moment = |power: i32| nodes.iter().map(|(z, weight)| weight * math::powi(*z, power)).sum::<f64>();
            for (power, exact) in [(0, 1.0), (1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0), (8, 105.0)] {
                assert!((moment(power) - exact).abs() < 1e-10 * (1.0 + exact), "{count} {power}: {}", moment(power));
            }
            assert!(nodes.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        assert!((normal_nodes(3)[2].0 - 3.0_f64.sqrt()).abs() < 1e-14);
    }

    #[test]
    fn demand_reads_both_ways() {
        let demand = Demand::new(100.0, |price| 2.0 * math::powf(price / 100.0, -0.3));
        for price in [20.0, 100.0, 333.0] {
            let quantity = demand.quantity(price);
            assert!((quantity / (2.0 * math::powf(price / 100.0, -0.3)) - 1.0).abs() < 1e-12);
            assert!((demand.price(quantity) / price - 1.0).abs() < 1e-10);
        }
    }

    #[test]
    fn the_solution_is_that_of_the_published_demonstration() {
        for (nodes, cut_off, available, harvest) in [(7, 0.93376, 1.01380, 1.00681), (51, 0.93572, 1.01338, 1.00721)] {
            let solution = sto1(nodes);
            let season = &solution.seasons[0];
            let found = (season.value[0], season.available[0], season.harvest[0]);
            assert!((found.0 - cut_off).abs() < 1e-5, "{found:?}");
            assert!((found.1 - available).abs() < 1e-5, "{found:?}");
            assert!((found.2 - harvest).abs() < 1e-5, "{found:?}");
        }
        let solution = sto1(7);
        for (available, stock) in [(1.0, 0.0), (1.05, 0.02496), (1.1, 0.06094), (1.2, 0.13638), (1.5, 0.38487)] {
            assert!((solution.carried(0, available) - stock).abs() < 1e-5, "{available}");
        }
    }

    #[test]
    fn a_floor_holds_the_price_until_the_public_stock_is_full() {
        let demand = Demand::new(1.0, |price| math::powf(price, -0.2));
        let discount = 1.0 / 1.03;
        let crop = Crop { size: 1.0, elasticity: 0.2, discount, price: discount, sd: 0.0, every: 1 };
        let keeping = Keeping { discount, kept: 0.98, cost: 0.06 };
        let floor = Floor { price: 1.02, room: 0.4 };
        let solution = Solution::new(demand, &crop, &keeping, 0.2, Some(floor), 1);
        // Without luck the stock comes to rest where it loses what is grown too much: (1.02^.2 − 1.02^−.2)/.02.
        let rest = (math::powf(1.02, 0.2) - math::powf(1.02, -0.2)) / 0.02;
        let available = 0.98 * rest + crop.planned(solution.incentive(0, rest));
        assert!((available - 1.3921).abs() < 5e-5, "{available}");
        assert!((solution.price(0, available) - 1.02).abs() < 1e-9);
        assert!((solution.carried(0, available) - 0.39605).abs() < 5e-6);
        assert!(solution.price(0, 1.45) < 1.02 && solution.price(0, 0.9) > 1.02);
    }
}
