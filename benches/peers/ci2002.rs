//! CI2002 as a hand-written loop: arrays, two heaps, a generator with state. The near limit of a trading floor.
//!
//! Everything that the workload does not need is left out: lots are 1, nobody cancels, and what is too old is only
//! dropped when it comes up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use oreworld::math;

const TICKS: f64 = 1e5;
const FUNDAMENTAL: f64 = 300.0;

/// `SplitMix64`, with normal draws by Marsaglia's polar method.
struct Draws {
    state: u64,
    spare: Option<f64>,
}

impl Draws {
    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.word()) * n as u128) >> 64) as usize
    }

    fn exponential(&mut self) -> f64 {
        -math::ln(1.0 - self.unit())
    }

    fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let s = x * x + y * y;
            if 0.0 < s && s < 1.0 {
                let scale = math::sqrt(-2.0 * math::ln(s) / s);
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }
}

struct Trader {
    fundamental: f64,
    noise: f64,
    reversion: f64,
    window: u32,
    margin: f64,
    cash: i64,
    lots: i64,
}

/// Limit (of offers the negative), arrival, the step in which it is too old, the trader.
type Claim = (i64, Reverse<u32>, u32, u32);

/// The market and its history.
pub(crate) struct Plain {
    draws: Draws,
    traders: Vec<Trader>,
    turns: Vec<u32>,
    bids: BinaryHeap<Claim>,
    offers: BinaryHeap<Claim>,
    /// The standing price of every step, the coming one last.
    pub(crate) prices: Vec<f64>,
    traded: bool,
    /// Buyers and sellers of an execution.
    pairs: Vec<(u32, u32)>,
    /// Orders placed so far.
    pub(crate) orders: u32,
    /// Lots traded so far.
    pub(crate) volume: u32,
}

fn first(claims: &mut BinaryHeap<Claim>, now: u32) -> Option<Claim> {
    while claims.peek().is_some_and(|claim| claim.2 <= now) {
        claims.pop();
    }
    claims.peek().copied()
}

impl Plain {
    /// So many traders before their first step.
    pub(crate) fn new(traders: u32, seed: u64) -> Self {
        let mut draws = Draws { state: seed, spare: None };
        draws.state = draws.word();
        let trader = |_| Trader {
            fundamental: draws.exponential(),
            noise: draws.exponential(),
            reversion: (50 + draws.below(50)) as f64,
            window: 100 + draws.below(100) as u32,
            margin: 0.1 * draws.unit(),
            cash: 1_000_000_000,
            lots: 50,
        };
        Self {
            traders: (0..traders).map(trader).collect(),
            draws,
            turns: (0..traders).collect(),
            bids: BinaryHeap::new(),
            offers: BinaryHeap::new(),
            prices: vec![FUNDAMENTAL],
            traded: false,
            pairs: Vec::new(),
            orders: 0,
            volume: 0,
        }
    }

    /// Holds a session of so many steps with so many orders in each.
    pub(crate) fn run(&mut self, steps: u32, executes: bool, orders_per_step: u32) {
        for _ in 0..steps {
            let now = self.prices.len() as u32 - 1;
            let price = self.prices[now as usize];
            let undervaluation = math::ln(FUNDAMENTAL / price);
            let mut next = price;
            for place in 0..self.turns.len().min(orders_per_step as usize) {
                let other = place + self.draws.below(self.turns.len() - place);
                self.turns.swap(place, other);
                let agent = self.turns[place];
                let trader = &self.traders[agent as usize];
                let noise = 0.001 * self.draws.normal();
                let sum = trader.fundamental * undervaluation / trader.reversion + trader.noise * noise;
                let forecast = sum / (trader.fundamental + trader.noise);
                let expected = price * math::exp(forecast * f64::from(trader.window));
                let claim = |limit| (limit, Reverse(self.orders), now + trader.window + 1, agent);
                if expected > price {
                    self.bids.push(claim((expected * (1.0 - trader.margin) * TICKS) as i64));
                } else {
                    self.offers.push(claim(-math::ceil(expected * (1.0 + trader.margin) * TICKS)));
                }
                self.orders += 1;
                if executes {
                    next = self.execute(now).unwrap_or(next);
                }
            }
            if executes && !self.traded {
                next = self.middle().unwrap_or(next);
            }
            self.prices.push(next);
        }
    }

    /// The middle of best bid and best offer, if there are both.
    pub(crate) fn middle(&mut self) -> Option<f64> {
        let now = self.prices.len() as u32 - 1;
        let (bid, offer) = first(&mut self.bids, now).zip(first(&mut self.offers, now))?;
        Some((bid.0 - offer.0) as f64 / 2.0 / TICKS)
    }

    fn execute(&mut self, now: u32) -> Option<f64> {
        let mut price = None;
        self.pairs.clear();
        while let Some((bid, offer)) = first(&mut self.bids, now).zip(first(&mut self.offers, now)) {
            if bid.0 < -offer.0 {
                break;
            }
            price = Some(if bid.1 > offer.1 { bid.0 } else { -offer.0 });
            self.pairs.push((bid.3, offer.3));
            self.bids.pop();
            self.offers.pop();
        }
        let price = price?;
        for (buyer, seller) in &self.pairs {
            self.traders[*buyer as usize].cash -= price;
            self.traders[*buyer as usize].lots += 1;
            self.traders[*seller as usize].cash += price;
            self.traders[*seller as usize].lots -= 1;
        }
        self.traded = true;
        self.volume += self.pairs.len() as u32;
        Some(price as f64 / TICKS)
    }
}
