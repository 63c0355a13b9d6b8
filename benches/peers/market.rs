//! MARKET-N: firms that post to one call auction, as other tools run it too.
//!
//! Everything is IEEE arithmetic in the order written, so any tool on any machine reproduces [`HASHES`] to the bit.
//! This is the near limit: plain arrays, one pass a step that settles the last auction and posts to the next.

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
const TICKS: usize = 32_767;

/// What a run has to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) firms: usize,
    pub(crate) steps: u32,
    pub(crate) seed: u64,
    /// Last price, in ticks of 0.01.
    pub(crate) tick: i64,
    /// Lots traded.
    pub(crate) lots: u64,
    pub(crate) price_hash: u64,
    pub(crate) state_hash: u64,
}

const fn known(
    (firms, steps, seed): (usize, u32, u64),
    tick: i64,
    lots: u64,
    price_hash: u64,
    state_hash: u64,
) -> Known {
    Known { firms, steps, seed, tick, lots, price_hash, state_hash }
}

/// As other tools gave them.
pub(crate) const HASHES: [Known; 6] = [
    known((8, 3, 42), 9_523, 20, 0xf1d5_1e9d_3feb_e8cc, 0xf367_1bd5_5999_c572),
    known((1_000, 100, 42), 10_019, 115_349, 0x0d7d_5f7d_52b8_39c7, 0xbf38_e5cc_cfe8_1401),
    known((1_000, 100, 7), 10_127, 113_752, 0x6bf5_7d67_4dd4_d85a, 0x7f3e_136d_50a6_6c9e),
    known((10_000, 100, 42), 10_072, 1_142_206, 0xf9b9_9c38_6505_043c, 0xc901_88ed_32f4_12d9),
    known((100_000, 100, 42), 9_992, 11_436_794, 0xefe7_5ad3_b3a8_391f, 0xba58_3234_0785_241c),
    known((1_000_000, 100, 42), 10_005, 114_391_314, 0x2ff2_b6fa_3aba_f0d5, 0xd724_4df1_3644_3e1f),
];

impl Known {
    /// The same run anew.
    pub(crate) fn again(&self) -> Self {
        let Self { firms, steps, seed, .. } = *self;
        let mut market = Strict::new(firms, seed);
        market.run(steps);
        let Strict { tick, lots, price_hash, .. } = market;
        known((firms, steps, seed), tick, lots, price_hash, market.state_hash())
    }
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(GAMMA);
    mix(*state)
}

/// Uniform in [0, 1).
fn uniform(z: u64) -> f64 {
    (z >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// Mean 0, variance 1, within ±3.46: the sum of a word's four 16-bit parts.
fn bell(z: u64) -> f64 {
    let sum = (z & 0xffff) + ((z >> 16) & 0xffff) + ((z >> 32) & 0xffff) + (z >> 48);
    (sum as i64 - 131_070) as f64 * 2.642_899_792_130_301_4e-5
}

/// One firm's order: its limit in ticks, and its lots, positive to buy.
#[derive(Debug, Clone, Copy, Default)]
struct Order {
    tick: u16,
    lots: i8,
}

/// The market, one array for each thing that firms have.
#[derive(Debug, Clone)]
pub(crate) struct Strict {
    draws: Vec<u64>,
    capacity: Vec<f64>,
    expected: Vec<f64>,
    inventory: Vec<f64>,
    cash: Vec<f64>,
    orders: Vec<Order>,
    bids: Vec<u32>,
    offers: Vec<u32>,
    /// The lowest and the highest tick that was posted at.
    posted: (usize, usize),
    /// Last price, in ticks of 0.01.
    tick: i64,
    /// Lots traded so far.
    lots: u64,
    /// Folds the prices and volumes of all steps.
    price_hash: u64,
}

/// What the auction decided about one side: orders better than `tick` fill, at it `left` lots do, in order of firm.
#[derive(Debug, Clone, Copy)]
struct Last {
    tick: usize,
    left: u32,
}

impl Strict {
    /// `firms` firms before their first step.
    pub(crate) fn new(firms: usize, seed: u64) -> Self {
        let mut market = Self {
            draws: Vec::with_capacity(firms),
            capacity: Vec::with_capacity(firms),
            expected: Vec::with_capacity(firms),
            inventory: Vec::with_capacity(firms),
            cash: Vec::with_capacity(firms),
            orders: vec![Order::default(); firms],
            bids: vec![0; TICKS + 2],
            offers: vec![0; TICKS + 2],
            posted: (TICKS, 1),
            tick: 10_000,
            lots: 0,
            price_hash: 0,
        };
        for firm in 0..firms as u64 {
            let mut draws = mix(seed.wrapping_add(GAMMA.wrapping_mul(firm + 1)));
            let capacity = 1.0 + (uniform(next(&mut draws)) * 8.0).floor();
            market.capacity.push(capacity);
            market.expected.push(100.0 * (1.0 + 0.05 * bell(next(&mut draws))));
            market.inventory.push(10.0 * capacity * (0.5 + uniform(next(&mut draws))));
            market.cash.push(10_000.0 * capacity);
            market.draws.push(draws);
        }
        market
    }

    /// Steps the market: firms post, the auction is called, trades are settled.
    pub(crate) fn run(&mut self, steps: u32) {
        if steps == 0 {
            return;
        }
        self.pass::<false, true>(Last { tick: 0, left: 0 }, Last { tick: 0, left: 0 });
        for step in 1..=steps {
            let (bid, offer) = self.call();
            if step < steps {
                self.pass::<true, true>(bid, offer);
            } else {
                self.pass::<true, false>(bid, offer);
            }
        }
    }

    /// One pass over the firms: each settles what it traded and posts its next order.
    #[allow(clippy::comparison_chain)] // a match on the ordering is slower
    fn pass<const SETTLE: bool, const POST: bool>(&mut self, bid: Last, offer: Last) {
        let price = self.tick as f64 * 0.01;
        let (up, down) = ((price / 100.0).min(1.5), (100.0 / price).min(1.5));
        let (mut bids_left, mut offers_left) = (bid.left, offer.left);
        let (mut low, mut high) = self.posted;
        let firms = self.cash.len();
        let (draws, capacity) = (&mut self.draws[..firms], &self.capacity[..firms]);
        let (expected, inventory) = (&mut self.expected[..firms], &mut self.inventory[..firms]);
        let (cash, orders) = (&mut self.cash[..firms], &mut self.orders[..firms]);
        for firm in 0..firms {
            let capacity = capacity[firm];
            if SETTLE {
                let Order { tick, lots } = orders[firm];
                let tick = usize::from(tick);
                let filled = if lots > 0 {
                    if tick > bid.tick {
                        i32::from(lots)
                    } else if tick == bid.tick {
                        ration(&mut bids_left, lots)
                    } else {
                        0
                    }
                } else if tick < offer.tick {
                    i32::from(lots)
                } else if tick == offer.tick {
                    -ration(&mut offers_left, lots)
                } else {
                    0
                };
                let filled = f64::from(filled);
                let paid = cash[firm] - filled * price;
                let stock = inventory[firm] + filled;
                if firm % 2 == 0 {
                    let made = (0.5 * capacity * up).min(20.0 * capacity - stock).max(0.0);
                    inventory[firm] = stock + made;
                    cash[firm] = paid - 60.0 * made;
                } else {
                    let used = (0.5 * capacity * down).min(stock);
                    inventory[firm] = stock - used;
                    cash[firm] = paid + 140.0 * used;
                }
            }
            if POST {
                let (g, u) = (bell(next(&mut draws[firm])), uniform(next(&mut draws[firm])));
                let mut hope = expected[firm];
                hope = ((hope + 0.2 * (price - hope)) + (0.01 * price) * g).clamp(1.0, 300.0);
                expected[firm] = hope;
                let target = 10.0 * capacity;
                let gap = target - inventory[firm];
                let limit = hope * (1.0 + 0.1 * (gap / target) + 0.02 * (u - 0.5));
                let tick = ((limit * 100.0 + 0.5) as i64).clamp(1, TICKS as i64); // truncation: the limit is positive
                let wanted = (gap.abs() + 1.0).min(capacity);
                let buys = gap > 0.0;
                let have = if buys { cash[firm].max(0.0) / (tick as f64 * 0.01) } else { inventory[firm] };
                let lots = wanted.min(have) as i32;
                orders[firm] = Order { tick: tick as u16, lots: if buys { lots } else { -lots } as i8 };
                let side = if buys { &mut self.bids } else { &mut self.offers };
                side[tick as usize] += lots as u32;
                (low, high) = (low.min(tick as usize), high.max(tick as usize));
            }
        }
        self.posted = (low, high);
    }

    /// Calls the auction on all that is posted and forgets the posts.
    fn call(&mut self) -> (Last, Last) {
        let (low, high) = self.posted;
        let ticks = low..=high;
        let (mut demand, mut supply) = (self.bids[ticks.clone()].iter().map(|lots| u64::from(*lots)).sum::<u64>(), 0);
        let mut volume = 0;
        for tick in ticks.clone() {
            supply += u64::from(self.offers[tick]);
            volume = demand.min(supply).max(volume);
            demand -= u64::from(self.bids[tick]);
        }
        let none = (Last { tick: TICKS + 1, left: 0 }, Last { tick: 0, left: 0 });
        let lasts = if volume == 0 {
            none
        } else {
            let bid = last(&self.bids, ticks.clone().rev(), volume);
            let offer = last(&self.offers, ticks.clone(), volume);
            self.tick = i64::midpoint(bid.tick as i64, offer.tick as i64);
            (bid, offer)
        };
        self.lots += volume;
        self.price_hash = mix(self.price_hash ^ self.tick as u64).wrapping_add(volume);
        self.bids[ticks.clone()].fill(0);
        self.offers[ticks].fill(0);
        self.posted = (TICKS, 1);
        lasts
    }

    /// Folds all that the firms have.
    fn state_hash(&self) -> u64 {
        (0..self.cash.len()).fold(0, |sum: u64, firm| {
            let key = GAMMA.wrapping_mul(firm as u64 + 1);
            sum.wrapping_add(mix(self.cash[firm].to_bits() ^ key))
                .wrapping_add(mix(self.inventory[firm].to_bits().wrapping_add(key)))
                .wrapping_add(mix(self.expected[firm].to_bits() ^ !key))
        })
    }
}

/// Takes an order's lots from what is left for its tick.
fn ration(left: &mut u32, lots: i8) -> i32 {
    let filled = u32::from(lots.unsigned_abs()).min(*left);
    *left -= filled;
    filled as i32
}

/// The tick of the `volume`th lot in this order of ticks, and how many lots of that tick are among the first `volume`.
fn last(lots: &[u32], ticks: impl Iterator<Item = usize>, volume: u64) -> Last {
    let mut left = volume;
    for tick in ticks {
        let here = u64::from(lots[tick]);
        if here >= left {
            return Last { tick, left: left as u32 };
        }
        left -= here;
    }
    unreachable!("bug: fewer lots than trade")
}
