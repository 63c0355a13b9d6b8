//! Turns: how a session asks FCN traders for orders, step by step, and what they see of the price.
//!
//! In a step the traders are asked in random order until as many as the session admits have ordered. All of them see
//! the price that stood at the end of the last step, so each order goes into the book as soon as it is given: PAMS
//! collects a step's orders and shuffles them first, but a random order shuffled is a random order.
//!
//! The price is that of the last trade; before there was one, the middle of best bid and offer in a session that
//! executes, and otherwise what it was. Who is asked depends on seed, contract and step alone, what a trader orders on
//! seed, trader, step and what it sees.
//!
//! The [`floor`](super::floor) and the continuous sessions of [`futures`](crate::futures) both run on these.

use super::fcn::View;
use crate::auction::continuous::Book;
use crate::digest::{Digest, Digestible};
use crate::math;
use crate::streams::{Draw, Purpose, Streams};

/// What a price has been, step by step. Prices are in ticks, with fractions.
#[derive(Debug, Clone, PartialEq)]
pub struct Tape {
    /// Steps so far.
    step: u32,
    price: f64,
    /// ln p of the last steps, the standing price last: at least of the `memory` before it, or of all.
    logs: Vec<f64>,
    memory: usize,
    /// Whether there was a trade.
    traded: bool,
}

impl Digestible for Tape {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.step);
        digest.add(&self.price);
        let first = self.logs.len().saturating_sub(self.memory.saturating_add(1));
        self.logs[first..].iter().for_each(|log| digest.add(log));
        digest.add(&self.traded);
    }
}

impl Tape {
    /// A tape that begins at a price in ticks and remembers at least the last so many prices before the standing one.
    #[must_use]
    pub fn new(price: f64, memory: usize) -> Self {
        Self { step: 0, price, logs: vec![math::ln(price)], memory, traded: false }
    }

    /// Forgets all prices but this one, as when another month is traded.
    pub fn restart(&mut self, price: f64) {
        let (step, memory) = (self.step, self.memory);
        *self = Self { step, ..Self::new(price, memory) };
    }

    /// Steps so far.
    #[must_use]
    pub const fn step(&self) -> u32 {
        self.step
    }

    /// The standing price, in ticks.
    #[must_use]
    pub const fn price(&self) -> f64 {
        self.price
    }

    /// What traders see of it, given the log of the fundamental price in ticks.
    #[inline]
    #[must_use]
    pub fn view(&self, log_fundamental: f64) -> View<'_> {
        let undervaluation = log_fundamental - self.logs[self.logs.len() - 1];
        View { price: self.price, undervaluation, log_prices: &self.logs }
    }

    /// A trade after the last step at this price, in ticks: the standing price of the coming one.
    pub fn amend(&mut self, price: i64) {
        self.traded = true;
        self.price = price as f64;
        let standing = self.logs.len() - 1;
        self.logs[standing] = math::ln(self.price);
    }

    /// Ends a step whose last trade was at this price, in ticks, and sets the price of the next. Before the first trade
    /// the price is the middle of what the book quotes, if it quotes.
    #[inline]
    pub fn end_step(&mut self, last: Option<i64>, book: Option<&Book>) {
        self.traded |= last.is_some();
        let middle = if self.traded { None } else { book.and_then(middle) };
        let price = last.map(|price| price as f64).or(middle).unwrap_or(self.price);
        let same = price.to_bits() == self.price.to_bits();
        let log = if same { self.logs[self.logs.len() - 1] } else { math::ln(price) };
        if self.logs.len() >= self.memory.saturating_mul(2) {
            self.logs.drain(..self.logs.len() - self.memory);
        }
        (self.price, self.step) = (price, self.step + 1);
        self.logs.push(log);
    }
}

/// The middle of best bid and best offer, in ticks.
fn middle(book: &Book) -> Option<f64> {
    let (bid, offer) = book.best_bid().zip(book.best_offer())?;
    Some((bid + offer) as f64 / 2.0)
}

/// Who may be asked, by number; all in order of number between steps.
#[derive(Debug, Clone, Default)]
pub struct Turns {
    turns: Vec<u32>,
    /// With which place each place from the first on changed turns in this step.
    swaps: Vec<u32>,
}

impl Turns {
    /// Turns of so many traders.
    #[must_use]
    pub fn of(traders: u32) -> Self {
        Self { turns: (0..traders).collect(), swaps: Vec::new() }
    }

    /// Traders in the order in which they would be asked if nobody had been.
    #[must_use]
    pub fn numbers(&self) -> &[u32] {
        &self.turns
    }

    /// Asks traders in random order until so many have ordered; `ask` tells whether one has.
    #[inline]
    pub fn step(&mut self, streams: Streams, purpose: Purpose, step: u32, most: u32, mut ask: impl FnMut(u32) -> bool) {
        let Self { turns, swaps } = self;
        let mut draws = streams.at(purpose, 0, step);
        let mut ordered = 0;
        for place in 0..turns.len() {
            if ordered == most {
                break;
            }
            // Fisher and Yates from the first on, no further than needed.
            let other = place + draws.below((turns.len() - place) as u64) as usize;
            turns.swap(place, other);
            swaps.push(other as u32);
            ordered += u32::from(ask(turns[place]));
        }
        while let Some(other) = swaps.pop() {
            turns.swap(swaps.len(), other as usize); // back into order of number, so that a step depends on no earlier one
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // whole ticks and halves are exact
mod tests {
    use super::*;
    use crate::auction::{Band, Order};

    #[test]
    fn a_price_is_the_last_trade_or_the_middle_or_what_it_was() {
        let mut book = Book::new(Band::new(1, 1_000).expect("a band"));
        let mut tape = Tape::new(300.0, 10);
        let mut price = |last, book: Option<&Book>| {
            tape.end_step(last, book);
            tape.price()
        };
        assert_eq!(price(None, Some(&book)), 300.0); // no quotes
        book.place(Order::buy(100, 1, 0, 0), None).expect("in the band");
        book.place(Order::sell(201, 1, 0, 0), None).expect("in the band");
        assert_eq!(price(None, None), 300.0);
        assert_eq!(price(None, Some(&book)), 150.5);
        assert_eq!(price(Some(120), Some(&book)), 120.0);
        assert_eq!(price(None, Some(&book)), 120.0); // the middle counts no more
    }

    #[test]
    fn a_tape_remembers_as_much_as_it_is_told_and_hashes_no_more() {
        let (mut tape, mut other) = (Tape::new(1.0, 3), Tape::new(2.0, 3));
        for step in 1..40 {
            tape.end_step(Some(step), None);
            other.end_step(Some(step), None);
        }
        // From 36 to 39 in three steps; no prices from longer ago than needed, give or take as many.
        assert!((tape.view(0.0).trend(3) * 3.0 - math::ln(39.0 / 36.0)).abs() < 1e-12);
        assert!((4..=7).contains(&tape.logs.len()));
        let hash = |tape: &Tape| {
            let mut digest = Digest::default();
            digest.add(tape);
            digest.finish()
        };
        assert_eq!((tape.step(), hash(&tape)), (39, hash(&other)));
        tape.restart(7.0);
        assert_eq!((tape.step(), tape.price(), tape.view(0.0).trend(3)), (39, 7.0, 0.0));
    }

    #[test]
    fn everyone_is_asked_once_a_step_when_all_may_order_and_turns_return() {
        let (streams, purpose) = (Streams::new(1), Purpose::new("test.turn"));
        let mut turns = Turns::of(100);
        let mut asked = Vec::new();
        turns.step(streams, purpose, 0, u32::MAX, |trader| {
            asked.push(trader);
            true
        });
        assert!(asked != turns.numbers());
        asked.sort_unstable();
        assert!(asked == turns.numbers());
        // Who declines leaves the turn to others.
        let mut asked = 0;
        turns.step(streams, purpose, 1, 2, |trader| {
            asked += 1;
            trader % 2 == 0
        });
        assert!(asked >= 2 && turns.numbers().iter().copied().eq(0..100));
    }
}
