//! MARKET-N with the project's own parts: firms are entities, draws are keyed, the auction is the project's.

use bevy_ecs::prelude::*;
use bevy_ecs::system::BoxedSystem;
use oreworld::auction::tally::{Deal, Tally};
use oreworld::auction::{Band, Order, Side};
use oreworld::math;
use oreworld::streams::{Draw, Purpose, Streams};

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
///
/// Block by block, so that draws and quantiles are worked out side by side while the firms stay in the cache.
fn step(streams: Res<Streams>, mut call: ResMut<Call>, mut firms: Query<&mut Firm>) {
    const BLOCK: usize = 128;
    let Call { tally, deal, step, tick, .. } = &mut *call;
    let price = *tick as f64 * 0.01;
    let first = *step == 0;
    let (mut normals, mut units) = ([0.0; BLOCK], [0.0; BLOCK]);
    for mut firms in firms.contiguous_iter_mut().expect("bug: sparse components") {
        for firms in firms.bypass_change_detection().chunks_mut(BLOCK) {
            let (normals, units) = (&mut normals[..firms.len()], &mut units[..firms.len()]);
            for ((firm, normal), unit) in firms.iter().zip(&mut *normals).zip(&mut *units) {
                let mut draws = streams.at(HOPE, u64::from(firm.key), *step);
                *normal = draws.open_unit();
                *unit = draws.unit();
            }
            math::normal_quantiles(normals);
            if !first {
                for firm in &mut *firms {
                    settle(firm, price, deal);
                }
            }
            for ((firm, g), u) in firms.iter_mut().zip(&*normals).zip(&*units) {
                post(firm, price, *g, *u);
            }
            for firm in firms {
                if firm.lots != 0 {
                    tally.post(&firm.order()).expect("bug: a limit outside the band");
                }
            }
        }
    }
    let call = &mut *call;
    call.deal = call.tally.call(call.tick).expect("few lots");
    call.tick = call.deal.price.unwrap_or(call.tick);
    call.lots += call.deal.volume;
    call.step += 1;
}

/// A firm takes what it traded and produces or consumes.
#[inline]
fn settle(firm: &mut Firm, price: f64, deal: &mut Deal) {
    let capacity = f64::from(firm.capacity);
    let dealt = deal.fill(&firm.order()) as i32;
    let filled = f64::from(if firm.lots > 0 { dealt } else { -dealt });
    let (cash, stock) = (firm.cash - filled * price, firm.inventory + filled);
    if firm.key.is_multiple_of(2) {
        let made = (0.5 * capacity * (price / 100.0).min(1.5)).min(20.0 * capacity - stock).max(0.0);
        firm.inventory = stock + made;
        firm.cash = cash - 60.0 * made;
    } else {
        let used = (0.5 * capacity * (100.0 / price).min(1.5)).min(stock);
        firm.inventory = stock - used;
        firm.cash = cash + 140.0 * used;
    }
}

/// A firm adapts what it expects and writes its next order.
#[inline]
fn post(firm: &mut Firm, price: f64, g: f64, u: f64) {
    let capacity = f64::from(firm.capacity);
    let hope = (firm.expected + 0.2 * (price - firm.expected)) + (0.01 * price) * g;
    firm.expected = hope.clamp(1.0, 300.0);
    let target = 10.0 * capacity;
    let gap = target - firm.inventory;
    let limit = firm.expected * (1.0 + 0.1 * (gap / target) + 0.02 * (u - 0.5));
    let tick = (limit * 100.0 + 0.5).clamp(1.0, 32_767.0) as i32;
    let affordable = firm.cash.max(0.0) / (f64::from(tick) * 0.01);
    let have = if gap > 0.0 { affordable } else { firm.inventory };
    let lots = (gap.abs() + 1.0).min(capacity).min(have) as i32;
    firm.tick = tick as u16;
    firm.lots = if gap > 0.0 { lots } else { -lots } as i8;
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
