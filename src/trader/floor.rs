//! A trading floor: one contract, its book, and sessions in which traders are asked for orders step by step
//! ([`turns`](super::turns)).
//!
//! A session either executes after each order or only collects. Cash is exact: a price of so many ticks for a lot is as
//! many times the tick's value in mills.

use bevy_ecs::prelude::*;
use bevy_ecs::system::BoxedSystem;

use super::Holding;
use super::fcn::{Fcn, Spread};
use super::turns::{Tape, Turns};
use crate::auction::Band;
use crate::auction::continuous::Book;
use crate::digest::{Digest, Digestible};
use crate::math;
use crate::streams::{Purpose, Streams};
use crate::units::Money;

const TURN: Purpose = Purpose::new("floor.turn");

/// What a floor is built from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setup {
    /// Prices allowed.
    pub band: Band,
    /// Price before the first trade, in ticks.
    pub start: i64,
    /// Fundamental price, in ticks, above 0.
    pub fundamental: i64,
    /// What one tick is worth for one lot.
    pub tick: Money,
    /// How many traders.
    pub traders: u32,
    /// How their parameters are spread.
    pub spread: Spread,
    /// What each has at the start.
    pub holding: Holding,
}

impl Setup {
    /// The sample CI2002 of PAMS 0.3.0 with so many traders (100 there): a tick of 0.00001, so that one mill is one
    /// tick, a price of 300, 10,000 in cash and 50 lots each.
    ///
    /// # Panics
    /// Never: the band is not empty.
    #[must_use]
    pub fn ci2002(traders: u32) -> Self {
        Self {
            band: Band::new(1, i64::from(i32::MAX)).expect("bug: an empty band"),
            start: 30_000_000,
            fundamental: 30_000_000,
            tick: Money(1),
            traders,
            spread: Spread::CI2002,
            holding: Holding { cash: Money(1_000_000_000), lots: 50 },
        }
    }
}

/// A stretch of steps under the same rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// How many steps.
    pub steps: u32,
    /// Whether orders trade or are only collected.
    pub executes: bool,
    /// After how many orders the step ends.
    pub orders_per_step: u32,
}

impl Session {
    /// The two sessions of the sample CI2002: 100 steps that collect, 500 that execute. There one order ends a step.
    #[must_use]
    pub const fn ci2002(orders_per_step: u32) -> [Self; 2] {
        [Self { steps: 100, executes: false, orders_per_step }, Self { steps: 500, executes: true, orders_per_step }]
    }
}

/// A contract in trade.
#[derive(Resource, Debug)]
pub struct Contract {
    /// Orders that wait.
    pub book: Book,
    tick: Money,
    log_fundamental: f64,
    tape: Tape,
    prices: Vec<f64>,
    /// Lots traded so far.
    pub volume: i64,
    /// Orders placed so far.
    pub orders: u64,
}

impl Contract {
    /// The standing price, in ticks.
    #[must_use]
    pub const fn price(&self) -> f64 {
        self.tape.price()
    }

    /// The standing price of every step so far, the coming one last, in ticks; middles may be halves.
    #[must_use]
    pub fn prices(&self) -> &[f64] {
        &self.prices
    }
}

impl Digestible for Contract {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.book);
        digest.add(&self.tape);
        digest.add(&self.volume);
        digest.add(&self.orders);
    }
}

/// The traders by number, and their turns.
#[derive(Resource, Debug)]
struct Roster {
    traders: Vec<Entity>,
    turns: Turns,
}

/// The session in progress.
#[derive(Resource, Debug, Clone, Copy)]
struct Rules(Session);

/// Holds the session. All its steps are one run of this system, as entering a system takes as long as an order.
fn hold(
    streams: Res<Streams>,
    rules: Res<Rules>,
    mut roster: ResMut<Roster>,
    mut contract: ResMut<Contract>,
    strategies: Query<&Fcn>,
    mut holdings: Query<&mut Holding>,
) {
    for _ in 0..rules.0.steps {
        step(*streams, rules.0, &mut roster, &mut contract, &strategies, &mut holdings);
    }
}

/// One step: traders are asked in random order, their orders go into the book and trade.
fn step(
    streams: Streams,
    Session { executes, orders_per_step, .. }: Session,
    Roster { traders, turns }: &mut Roster,
    contract: &mut Contract,
    strategies: &Query<&Fcn>,
    holdings: &mut Query<&mut Holding>,
) {
    let Contract { book, tick, log_fundamental, tape, prices, volume, orders } = contract;
    let (now, view) = (tape.step(), tape.view(*log_fundamental));
    let mut last = None;
    book.next_step();
    turns.step(streams, TURN, now, orders_per_step, |trader| {
        let fcn = strategies.get(traders[trader as usize]).expect("bug: a trader without a strategy");
        let Some(order) = fcn.trade(&view, &streams, u64::from(trader), trader, now) else { return false };
        if book.place(order, Some(fcn.window)).is_err() {
            return true; // beyond the prices allowed: the exchange does not take it, but the trader had its turn
        }
        *orders += 1;
        let Some(execution) = (if executes { book.execute() } else { None }) else { return true };
        last = Some(execution.price);
        for trade in execution.trades {
            *volume += trade.lots;
            let paid = tick.0.checked_mul(execution.price).and_then(|per_lot| per_lot.checked_mul(trade.lots));
            let paid = Money(paid.expect("bug: a trade beyond what money counts"));
            for (trader, lots, cash) in [(trade.buyer, trade.lots, -paid), (trade.seller, -trade.lots, paid)] {
                let mut holding = holdings.get_mut(traders[trader as usize]).expect("bug: a trader without holdings");
                holding.lots += lots;
                holding.cash += cash;
            }
        }
        true
    });
    tape.end_step(last, executes.then_some(&*book));
    prices.push(tape.price());
}

/// A floor in motion.
pub struct Floor {
    world: World,
    hold: BoxedSystem,
}

impl Floor {
    /// The floor before its first step.
    #[must_use]
    pub fn new(setup: &Setup, seed: u64) -> Self {
        let streams = Streams::new(seed);
        let mut world = World::new();
        let trader = |trader| (setup.spread.draw(&streams, u64::from(trader)), setup.holding);
        let traders: Vec<_> = world.spawn_batch((0..setup.traders).map(trader)).collect();
        world.insert_resource(Roster { traders, turns: Turns::of(setup.traders) });
        world.insert_resource(Contract {
            book: Book::new(setup.band),
            tick: setup.tick,
            log_fundamental: math::ln(setup.fundamental as f64),
            tape: Tape::new(setup.start as f64, usize::MAX),
            prices: vec![setup.start as f64],
            volume: 0,
            orders: 0,
        });
        world.insert_resource(streams);
        let mut hold: BoxedSystem = Box::new(IntoSystem::into_system(hold));
        hold.initialize(&mut world);
        Self { world, hold }
    }

    /// Holds a session.
    ///
    /// # Panics
    /// Only on a defect of the floor.
    pub fn hold(&mut self, session: Session) {
        self.world.insert_resource(Rules(session));
        self.hold.run((), &mut self.world).expect("bug: the floor's own resources are there");
    }

    /// The contract: prices, book, volume.
    #[must_use]
    pub fn contract(&self) -> &Contract {
        self.world.resource()
    }

    /// What the traders have, by number.
    pub fn holdings(&self) -> impl Iterator<Item = Holding> {
        let traders = &self.world.resource::<Roster>().traders;
        traders.iter().filter_map(|trader| self.world.get::<Holding>(*trader).copied())
    }

    /// Folds all that carries over to the next step.
    #[must_use]
    pub fn state_hash(&self) -> u64 {
        let mut digest = Digest::default();
        digest.add(self.contract());
        self.holdings().for_each(|holding| digest.add(&holding));
        digest.finish()
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // whole ticks and halves are exact
mod tests {
    use super::*;

    const SAMPLE: u32 = 100;

    fn run(seed: u64, orders_per_step: u32) -> Floor {
        let mut floor = Floor::new(&Setup::ci2002(SAMPLE), seed);
        for session in Session::ci2002(orders_per_step) {
            floor.hold(session);
        }
        floor
    }

    #[test]
    fn the_same_seed_gives_the_same_floor_and_another_another() {
        assert_eq!(run(1, 1).state_hash(), run(1, 1).state_hash());
        assert_ne!(run(1, 1).state_hash(), run(2, 1).state_hash());
    }

    #[test]
    fn money_and_lots_change_hands_and_nothing_is_lost() {
        for orders_per_step in [1, SAMPLE] {
            let floor = run(3, orders_per_step);
            let start = Setup::ci2002(SAMPLE).holding;
            assert!(floor.contract().volume > 100 && floor.holdings().any(|holding| holding != start));
            let cash: Money = floor.holdings().map(|holding| holding.cash).sum();
            let lots: i64 = floor.holdings().map(|holding| holding.lots).sum();
            assert_eq!((cash, lots), (Money(start.cash.0 * i64::from(SAMPLE)), start.lots * i64::from(SAMPLE)));
        }
    }

    #[test]
    fn a_session_that_collects_neither_trades_nor_moves_the_price() {
        let mut floor = Floor::new(&Setup::ci2002(SAMPLE), 1);
        let [collects, executes] = Session::ci2002(1);
        floor.hold(collects);
        let contract = floor.contract();
        assert!(contract.volume == 0 && contract.orders == 100 && contract.book.len() == 100);
        assert!(contract.prices().iter().all(|price| *price == 30_000_000.0));
        floor.hold(Session { steps: 1, ..executes });
        // The first execution meets a crossed book and clears it, many pairs at once.
        assert!(floor.contract().volume > 10, "{}", floor.contract().volume);
        let (bid, offer) = (floor.contract().book.best_bid(), floor.contract().book.best_offer());
        assert!(bid < offer);
    }

    #[test]
    fn everyone_is_asked_once_a_step_when_all_may_order() {
        let mut floor = Floor::new(&Setup::ci2002(SAMPLE), 1);
        floor.hold(Session { steps: 2, executes: false, orders_per_step: u32::MAX });
        assert_eq!(floor.contract().orders, 200);
    }
}
