//! Sessions of traders who are asked for orders in turn, and of contracts that trade continuously.
//!
//! A continuous session gives so many turns. In each one trader is asked, in the random order of
//! [`Turns`]; what other desks wrote before the session comes in between, evenly, in random order, each order ending with
//! the session. Orders at any price come last. In a call auction every trader of this kind writes one order a session.

use bevy_ecs::prelude::*;

use super::desk::{Desk, Trading};
use super::{Pit, SESSIONS};
use crate::auction::{Band, Order, Side};
use crate::digest::{Digest, Digestible};
use crate::exchange::board::Listed;
use crate::exchange::contract::Matching;
use crate::exchange::house::House;
use crate::exchange::life::Month;
use crate::math;
use crate::step::Clock;
use crate::streams::{Draw, Purpose, Streams, tie};
use crate::trader::fcn::Fcn;
use crate::trader::turns::{Tape, Turns};

const TURN: Purpose = Purpose::new("pit.turn");
const ARRIVAL: Purpose = Purpose::new("pit.arrival");

/// Longest window of a trader who is asked in turn, in steps.
pub const LONGEST_WINDOW: u16 = 1_000;

/// A trader who is asked in turn.
#[derive(Debug, Clone, Copy)]
pub struct InTurn {
    /// How it forms orders.
    pub fcn: Fcn,
    /// Key of its noise.
    pub key: u64,
}

/// Those of a contract who are asked in turn, and what they know of its price.
#[derive(Debug)]
pub struct Asked {
    turns: Turns,
    /// Prices in the month that they trade, once there is one.
    tape: Option<(Month, Tape)>,
}

impl Digestible for Asked {
    fn digest(&self, digest: &mut Digest) {
        if let Some((month, tape)) = &self.tape {
            digest.add(month);
            digest.add(tape);
        }
    }
}

impl Asked {
    /// So many traders of a contract; nothing of none.
    pub(super) fn of(traders: u32) -> Option<Self> {
        (traders > 0).then(|| Self { turns: Turns::of(traders), tape: None })
    }

    /// From now on they trade this month; of one that is new to them they know the last price.
    pub(super) fn turn_to(&mut self, active: &Listed) {
        let price = active.last as f64;
        match &mut self.tape {
            Some((month, _)) if *month == active.month => {}
            Some((month, tape)) => {
                tape.restart(price);
                *month = active.month;
            }
            None => self.tape = Some((active.month, Tape::new(price, usize::from(LONGEST_WINDOW)))),
        }
    }

    fn tape(&mut self) -> &mut Tape {
        &mut self.tape.as_mut().expect("bug: a session before the week began").1
    }
}

/// A contract's traders in turn, in order of members.
fn in_turn<'a>(pit: &Pit, desks: &'a [Mut<Desk>]) -> Vec<(u32, &'a InTurn)> {
    let index = pit.index;
    let of = |desk: &'a Mut<Desk>| match &desk.trading {
        Trading::InTurn(trader) if desk.contract == index => Some((desk.member as u32, trader)),
        _ => None,
    };
    desks.iter().filter_map(of).collect()
}

/// Log of the price that fundamentals give, in ticks.
fn log_fundamental(pit: &Pit) -> f64 {
    pit.value - math::ln(pit.tick)
}

/// Writes one order of each trader for the active month's auction.
pub(super) fn write(pit: &mut Pit, streams: Streams, desks: &[Mut<Desk>], band: Band, orders: &mut Vec<Order>) {
    let fundamental = log_fundamental(pit);
    let traders = in_turn(pit, desks);
    let Some(asked) = &mut pit.asked else { return };
    let tape = asked.tape();
    let (now, view) = (tape.step(), tape.view(fundamental));
    for (member, trader) in traders {
        let order = trader.fcn.trade(&view, &streams, trader.key, member, now);
        let order = order.filter(|order| band.contains(order.tick));
        orders.extend(order.map(|order| Order { key: tie(trader.key, order.tick), ..order }));
    }
}

/// Takes note of an auction of the active month.
pub(super) fn note(pit: &mut Pit, price: Option<i64>) {
    pit.asked.iter_mut().for_each(|asked| asked.tape().end_step(price, None));
}

/// A session of orders in random order: first those that name a price.
struct Arrivals {
    priced: Vec<Order>,
    at_any_price: Vec<Order>,
}

impl Arrivals {
    /// The first orders are of those who did not meet a call; they and those at the edge of the band take any price.
    fn new(orders: &[Order], close_outs: usize, band: Band, luck: impl Fn(&Order) -> u64) -> Self {
        let edge = |order: &Order| match order.side {
            Side::Buy => order.tick == band.high(),
            Side::Sell => order.tick == band.low(),
        };
        let (due, others) = orders.split_at(close_outs);
        let (any, priced): (Vec<Order>, Vec<Order>) = others.iter().partition(|order| edge(order));
        let shuffled = |mut orders: Vec<Order>| {
            orders.sort_by_cached_key(|order| (luck(order), order.agent, order.tick));
            orders
        };
        Self { priced: shuffled(priced), at_any_price: shuffled([due, &any].concat()) }
    }
}

/// Holds a month's continuous session; gives what is left of its orders.
#[expect(clippy::too_many_arguments, reason = "what a session needs to know")]
pub(super) fn hold(
    pit: &mut Pit,
    place: usize,
    (clock, session): (Clock, usize),
    streams: Streams,
    house: &mut House,
    desks: &[Mut<Desk>],
    orders: &mut [Order],
    close_outs: usize,
) -> Vec<Order> {
    let Matching::Continuous { turns: most, stays } = pit.board.terms.matching else {
        unreachable!("bug: an auction held as a continuous session")
    };
    let (fundamental, key) = (log_fundamental(pit), pit.key);
    let active = place == pit.active;
    let traders = if active { in_turn(pit, desks) } else { Vec::new() };
    let band = pit.board.band(place, house).expect("bug: a session of a month that is suspended");
    let step = clock.week * SESSIONS as u32 + session as u32;
    let keys: Vec<u64> = (0..house.size()).map(|member| house.key(member)).collect();
    let mut open = pit.board.open(place, house, stays && active);
    open.cut(orders);
    let luck = |order: &Order| streams.at(ARRIVAL.of(key), tie(keys[order.agent as usize], order.tick), step).u64();
    let Arrivals { priced, at_any_price } = Arrivals::new(orders, close_outs, band, luck);
    let mut waiting = priced.iter().copied();
    if let Some(asked) = pit.asked.as_mut().filter(|_| active) {
        let (_, tape) = asked.tape.as_mut().expect("bug: a session before the week began");
        let mut placed = 0;
        for turn in 1..=most as usize {
            let due = priced.len() * turn / most as usize - placed;
            placed += due;
            waiting.by_ref().take(due).for_each(|order| open.place(order));
            open.next_step();
            let (now, view) = (tape.step(), tape.view(fundamental));
            asked.turns.step(streams, TURN.of(key), now, 1, |number| {
                let (member, InTurn { fcn, key }) = traders[number as usize];
                let order = fcn.trade(&view, &streams, *key, member, now);
                if let Some(order) = order {
                    open.place_in_turn(order, fcn.window);
                }
                order.is_some()
            });
            let last = open.take_last();
            tape.end_step(last, Some(open.book()));
        }
    }
    waiting.for_each(|order| open.place(order));
    for order in at_any_price {
        open.place_at_any_price(order);
    }
    if let Some(asked) = pit.asked.as_mut().filter(|_| active)
        && let Some(last) = open.take_last()
    {
        asked.tape().amend(last);
    }
    open.end()
}
