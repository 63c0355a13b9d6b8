//! MARKET-N with the project's own parts: firms are entities, draws are keyed, the auction is the project's.

use bevy_ecs::prelude::*;
use bevy_ecs::system::BoxedSystem;
use oreworld::auction::tally::{Deal, Tally};
use oreworld::auction::{Band, Order, Side};
use oreworld::math;
use oreworld::streams::{Draw, Purpose, Streams, open_unit};

const CAPACITY: Purpose = Purpose::new("peers.capacity");
const START: Purpose = Purpose::new("peers.start");
const HOPE: Purpose = Purpose::new("peers.hope");

/// A firm: what it has, what it expects, and its standing order.
#[derive(Component, Debug, Clone, Copy)]
struct Firm {
    expected: f64,
    inventory: f64,
    cash: f64,
    /// Key of its draws; even ones produce, odd ones consume.
    key: u32,
    tick: u16,
    /// Positive to buy.
    lots: i8,
    capacity: u8,
}

/// The market as firms see it.
#[derive(Resource, Debug)]
struct Call {
    tally: Tally,
    deal: Deal,
    step: u32,
    /// Last price, in ticks of 0.01.
    tick: i64,
    lots: i64,
}

impl Firm {
    fn order(&self) -> Order {
        let side = if self.lots > 0 { Side::Buy } else { Side::Sell };
        Order { tick: i64::from(self.tick), lots: i64::from(self.lots).abs(), key: 0, agent: self.key, side }
    }
}

/// Firms settle what they traded at the last price and post anew; then the auction is called.
fn step(streams: Res<Streams>, mut call: ResMut<Call>, mut firms: Query<&mut Firm>) {
    let Call { tally, deal, step, tick, .. } = &mut *call;
    let price = *tick as f64 * 0.01;
    let mut block = Block::default();
    for mut firms in firms.contiguous_iter_mut().expect("bug: sparse components") {
        for firms in firms.bypass_change_detection().chunks_mut(BLOCK) {
            block.take(firms, deal);
            if *step > 0 {
                block.settle(price);
            }
            block.draw(*streams, firms, *step);
            block.limit(price);
            block.size();
            block.give(firms);
            let orders = firms.iter().filter(|firm| firm.lots != 0).map(Firm::order);
            tally.post_all(orders).expect("bug: a limit outside the band");
        }
    }
    let call = &mut *call;
    call.deal = call.tally.call(call.tick).expect("few lots");
    call.tick = call.deal.price.unwrap_or(call.tick);
    call.lots += call.deal.volume;
    call.step += 1;
}

/// More would be fetched from memory in bursts that a processor does not foresee, fewer would leave tails of quantiles alone.
const BLOCK: usize = 64;

/// Firms taken together, so that all arithmetic is done side by side while they stay in the cache. Where they are fewer,
/// what stands behind them is reckoned for nothing.
struct Block {
    expected: [f64; BLOCK],
    inventory: [f64; BLOCK],
    cash: [f64; BLOCK],
    capacity: [f64; BLOCK],
    /// 1 for who produces, −1 for who consumes.
    makes: [f64; BLOCK],
    /// Lots traded, positive if bought.
    filled: [f64; BLOCK],
    words: [[u64; 2]; BLOCK],
    normals: [f64; BLOCK],
    units: [f64; BLOCK],
    tick: [f64; BLOCK],
    lots: [f64; BLOCK],
}

impl Default for Block {
    fn default() -> Self {
        let ones = [1.0; BLOCK];
        Self {
            expected: ones,
            inventory: ones,
            cash: ones,
            capacity: ones,
            makes: ones,
            filled: ones,
            words: [[0; 2]; BLOCK],
            normals: ones,
            units: ones,
            tick: ones,
            lots: ones,
        }
    }
}

impl Block {
    /// Reads the firms, and asks what their orders got.
    fn take(&mut self, firms: &[Firm], deal: &mut Deal) {
        for (i, firm) in firms.iter().enumerate().take(BLOCK) {
            self.expected[i] = firm.expected;
            self.inventory[i] = firm.inventory;
            self.cash[i] = firm.cash;
            self.capacity[i] = f64::from(firm.capacity);
            self.makes[i] = f64::from(1 - 2 * (firm.key & 1) as i32);
            let dealt = deal.fill(&firm.order()) as i32;
            self.filled[i] = f64::from(if firm.lots > 0 { dealt } else { -dealt });
        }
    }

    /// Firms take what they traded and produce or consume.
    fn settle(&mut self, price: f64) {
        let (up, down) = (lesser(price / 100.0, 1.5), lesser(100.0 / price, 1.5));
        for i in 0..BLOCK {
            let (capacity, makes) = (self.capacity[i], self.makes[i] > 0.0);
            let stock = self.inventory[i] + self.filled[i];
            let pace = if makes { up } else { down };
            let room = if makes { 20.0 * capacity - stock } else { stock };
            let worked = greater(lesser(0.5 * capacity * pace, room), 0.0);
            let earned = if makes { -60.0 } else { 140.0 };
            self.inventory[i] = stock + self.makes[i] * worked;
            self.cash[i] = self.cash[i] - self.filled[i] * price + earned * worked;
        }
    }

    fn draw(&mut self, streams: Streams, firms: &[Firm], step: u32) {
        streams.pairs(HOPE, firms.iter().map(|firm| u64::from(firm.key)), step, &mut self.words);
        for ((words, normal), unit) in self.words.iter().zip(&mut self.normals).zip(&mut self.units) {
            (*normal, *unit) = (open_unit(words[0]), open_unit(words[1]));
        }
        math::normal_quantiles(&mut self.normals[..firms.len()]);
    }

    /// Firms adapt what they expect, which with their stock makes their limits.
    fn limit(&mut self, price: f64) {
        for i in 0..BLOCK {
            let expected = self.expected[i];
            let hope = (expected + 0.2 * (price - expected)) + (0.01 * price) * self.normals[i];
            let hope = lesser(greater(hope, 1.0), 300.0);
            let target = 10.0 * self.capacity[i];
            let gap = target - self.inventory[i];
            let limit = hope * (1.0 + 0.1 * (gap / target) + 0.02 * (self.units[i] - 0.5));
            self.expected[i] = hope;
            self.tick[i] = lesser(greater(limit * 100.0, 1.0), 32_767.0) + WHOLE - WHOLE;
        }
    }

    /// How much of what they lack or have too much they can pay for or have.
    fn size(&mut self) {
        for i in 0..BLOCK {
            let (capacity, stock) = (self.capacity[i], self.inventory[i]);
            let gap = 10.0 * capacity - stock;
            let affordable = greater(self.cash[i], 0.0) / (self.tick[i] * 0.01);
            let have = if gap > 0.0 { affordable } else { stock };
            let lots = math::whole(lesser(lesser(gap.abs() + 1.0, capacity), have));
            self.lots[i] = lots.copysign(gap);
        }
    }

    /// Writes back what the firms have now, and their orders.
    fn give(&self, firms: &mut [Firm]) {
        for (i, firm) in firms.iter_mut().enumerate().take(BLOCK) {
            firm.expected = self.expected[i];
            firm.inventory = self.inventory[i];
            firm.cash = self.cash[i];
            firm.tick = (self.tick[i] + WHOLE).to_bits() as u16;
            firm.lots = (self.lots[i] + WHOLE).to_bits() as i8;
        }
    }
}

/// Added to a smaller real it leaves no fraction, and a whole number in the lowest bits, at no cost of a conversion.
const WHOLE: f64 = 6_755_399_441_055_744.0;

/// The lesser of two numbers: one instruction, where `f64::min` also asks whether either is one.
fn lesser(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

fn greater(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The market of so many firms.
pub(crate) struct Entities {
    world: World,
    step: BoxedSystem,
}

impl Entities {
    /// The market before its first step.
    pub(crate) fn new(firms: u32, seed: u64) -> Self {
        let streams = Streams::new(seed);
        let mut world = World::new();
        let firm = |key| {
            let capacity = streams.at(CAPACITY, u64::from(key), 0).range(1..=8) as u8;
            let mut draws = streams.at(START, u64::from(key), 0);
            let expected = 100.0 * (1.0 + 0.05 * draws.normal());
            let inventory = 10.0 * f64::from(capacity) * (0.5 + draws.unit());
            Firm { expected, inventory, cash: 10_000.0 * f64::from(capacity), key, tick: 1, lots: 0, capacity }
        };
        world.spawn_batch((0..firms).map(firm));
        let mut tally = Tally::new(Band::new(1, 32_767).expect("not empty"));
        let deal = tally.call(0).expect("nothing is posted");
        world.insert_resource(Call { tally, deal, step: 0, tick: 10_000, lots: 0 });
        world.insert_resource(streams);
        let mut step: BoxedSystem = Box::new(IntoSystem::into_system(step));
        step.initialize(&mut world);
        Self { world, step }
    }

    /// Steps the market.
    pub(crate) fn run(&mut self, steps: u32) {
        for _ in 0..steps {
            self.step.run((), &mut self.world).expect("resources are there");
        }
    }

    /// Last price, in ticks of 0.01.
    pub(crate) fn tick(&self) -> i64 {
        self.world.resource::<Call>().tick
    }

    /// Lots traded so far.
    pub(crate) fn lots(&self) -> i64 {
        self.world.resource::<Call>().lots
    }
}
