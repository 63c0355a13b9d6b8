//! Continuous double auction: a book of limit orders that trade as soon as they cross, best price first, then time.
//!
//! A [`Book`] takes the [`Order`]s of [the call auction](super) and a time to live in steps. Orders rest until they are
//! filled, canceled or too old. Whether they trade is up to the caller: a session that only collects never calls
//! [`Book::execute`] or, to have every pair trade at a price of its own, [`Book::trade_best`] until nothing crosses; a
//! continuous one does so after each order.
//!
//! # Who trades at which price
//!
//! 1. The best bid is the highest, the best offer the lowest; of equals the one with the lower key, then the one placed
//!    earlier.
//! 2. While the best bid reaches the best offer these two trade the lots of the smaller.
//! 3. A pair trades at the limit of the one placed earlier. All trades of one execution are at one price: that of its
//!    last pair.
//!
//! The last pair is the worst, so its limits lie between those of every other pair: nobody pays more than its limit or
//! gets less. In a session that executes after each order the price is thus the limit of an order that was resting; one
//! that opens on a crossed book clears it at one price. As in PAMS 0.3.0, after [Hirano, Takata and Izumi 2023].
//!
//! [Hirano, Takata and Izumi 2023]: https://arxiv.org/abs/2309.10729
//!
//! # Cost
//!
//! Each side is a heap, because limits lie so far apart that nearly every price has one order: placing takes O(1) on
//! average, a fill O(log orders), a cancellation or the end of a life O(1): the claim stays in its heap until it comes up
//! or half of the heap is such. All live in buffers that are used again: once a book has reached its size it allocates
//! nothing.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use super::{Band, Order, Reason, Side};
use crate::digest::{Digest, Digestible};

/// A handle to a resting order. It is never given out twice, so an outdated one names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderId {
    /// How many orders came before it.
    arrival: u64,
    slot: u32,
}

/// Lots that changed hands, at the price of their execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    /// The agent that bought.
    pub buyer: u32,
    /// The agent that sold.
    pub seller: u32,
    /// How many, above 0.
    pub lots: i64,
}

/// The best bid and the best offer, as they met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// With the lots that it had before.
    pub bid: Order,
    /// Likewise.
    pub offer: Order,
    /// Lots that changed hands.
    pub lots: i64,
    /// The limit of the one placed earlier, in ticks.
    pub price: i64,
}

/// What one execution did. Borrowed from the [`Book`], valid until its next execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Execution<'a> {
    /// The price of all trades, in ticks.
    pub price: i64,
    /// The trades, best pair first; at least one.
    pub trades: &'a [Trade],
}

/// An order's claim to its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Claim {
    /// How good the limit is: ticks above the band's low end of a bid, below its high end of an offer.
    rank: u32,
    slot: u32,
    key: u64,
    arrival: u64,
}

impl Ord for Claim {
    /// The greater claim comes first.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let by_time = || (other.key, other.arrival).cmp(&(self.key, self.arrival));
        self.rank.cmp(&other.rank).then_with(by_time)
    }
}

impl PartialOrd for Claim {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One side's claims, with those of orders that are gone. The first one is never such.
#[derive(Debug, Clone, Default)]
struct Queue {
    claims: BinaryHeap<Claim>,
    /// How many belong to orders that are gone.
    gone: usize,
}

/// A place for a resting order.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// Of the order that rests here; [`NOBODY`] when none does.
    arrival: u64,
    /// The first step without it.
    leaves: u64,
    order: Order,
}

const NOBODY: u64 = u64::MAX;
const NEVER: u64 = u64::MAX;

impl Slot {
    /// Whether the order of this arrival rests here.
    #[inline]
    const fn rests(&self, arrival: u64, step: u64) -> bool {
        self.arrival == arrival && self.leaves > step
    }
}

/// The book of one contract.
#[derive(Debug, Clone)]
pub struct Book {
    band: Band,
    step: u64,
    arrivals: u64,
    /// Bids and offers.
    queues: [Queue; 2],
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// How many resting bids and offers will be too old in the next step and in those that follow.
    leaving: VecDeque<[usize; 2]>,
    trades: Vec<Trade>,
}

impl Book {
    /// An empty book, at step 0.
    #[must_use]
    pub fn new(band: Band) -> Self {
        Self {
            band,
            step: 0,
            arrivals: 0,
            queues: Default::default(),
            slots: Vec::new(),
            free: Vec::new(),
            leaving: VecDeque::new(),
            trades: Vec::new(),
        }
    }

    /// Places an order, which does not yet trade.
    ///
    /// With a time to live of n steps it is in the book during this step and the n that follow; with none it stays
    /// until it is filled or canceled.
    ///
    /// # Errors
    /// When the order has no lots or its limit lies outside the band.
    ///
    /// # Panics
    /// When more than 2³² orders rest.
    #[inline]
    pub fn place(&mut self, order: Order, time_to_live: Option<u16>) -> Result<OrderId, Reason> {
        if order.lots <= 0 {
            return Err(Reason::NoLots);
        }
        if !self.band.contains(order.tick) {
            return Err(Reason::OutsideBand);
        }
        let arrival = self.arrivals;
        self.arrivals += 1;
        let leaves = time_to_live.map_or(NEVER, |steps| self.step + u64::from(steps) + 1);
        let taken = Slot { arrival, leaves, order };
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = taken;
            slot
        } else {
            self.slots.push(taken);
            u32::try_from(self.slots.len() - 1).expect("bug: more than 2^32 resting orders")
        };
        let rank = match order.side {
            Side::Buy => order.tick.abs_diff(self.band.low()),
            Side::Sell => order.tick.abs_diff(self.band.high()),
        } as u32; // a band has less than 2^31 ticks
        self.queues[order.side as usize].claims.push(Claim { rank, slot, key: order.key, arrival });
        if let Some(steps) = time_to_live.map(usize::from) {
            if self.leaving.len() <= steps {
                self.leaving.resize(steps + 1, [0; 2]);
            }
            self.leaving[steps][order.side as usize] += 1;
        }
        Ok(OrderId { arrival, slot })
    }

    /// Takes an order out of the book; gives what was left of it, or nothing when it was gone.
    pub fn cancel(&mut self, id: OrderId) -> Option<Order> {
        let order = *self.get(id)?;
        self.vacate(id.slot);
        self.queues[order.side as usize].gone += 1;
        self.tidy(order.side);
        Some(order)
    }

    /// Begins the next step: orders that are too old leave.
    #[inline]
    pub fn next_step(&mut self) {
        self.step += 1;
        if let Some(gone) = self.leaving.pop_front() {
            for (side, gone) in [Side::Buy, Side::Sell].into_iter().zip(gone) {
                self.queues[side as usize].gone += gone;
                self.tidy(side);
            }
        }
    }

    /// Steps begun so far.
    #[must_use]
    pub const fn step(&self) -> u64 {
        self.step
    }

    /// Trades all that crosses, at one price; `None` when nothing does.
    #[inline]
    pub fn execute(&mut self) -> Option<Execution<'_>> {
        self.trades.clear();
        let mut price = None;
        while let Some(pair) = self.trade_best() {
            price = Some(pair.price);
            let (buyer, seller) = (pair.bid.agent, pair.offer.agent);
            self.trades.push(Trade { buyer, seller, lots: pair.lots });
        }
        price.map(|price| Execution { price, trades: &self.trades })
    }

    /// Trades the best bid with the best offer, at the limit of the one placed earlier; `None` when they do not cross.
    #[inline]
    pub fn trade_best(&mut self) -> Option<Pair> {
        let (&first, &other) = (self.queues[0].claims.peek()?, self.queues[1].claims.peek()?);
        let (bid, offer) = (self.slots[first.slot as usize].order, self.slots[other.slot as usize].order);
        if bid.tick < offer.tick {
            return None;
        }
        let lots = bid.lots.min(offer.lots);
        let price = if first.arrival < other.arrival { bid.tick } else { offer.tick };
        for claim in [first, other] {
            let order = &mut self.slots[claim.slot as usize].order;
            order.lots -= lots;
            if order.lots == 0 {
                let side = order.side;
                self.vacate(claim.slot);
                self.queues[side as usize].claims.pop();
                self.tidy(side);
            }
        }
        Some(Pair { bid, offer, lots, price })
    }

    /// The highest bid, in ticks.
    #[must_use]
    pub fn best_bid(&self) -> Option<i64> {
        self.queues[0].claims.peek().map(|claim| self.band.low() + i64::from(claim.rank))
    }

    /// The lowest offer, in ticks.
    #[must_use]
    pub fn best_offer(&self) -> Option<i64> {
        self.queues[1].claims.peek().map(|claim| self.band.high() - i64::from(claim.rank))
    }

    /// What is left of an order; nothing when it is gone.
    #[must_use]
    pub fn get(&self, id: OrderId) -> Option<&Order> {
        self.slots.get(id.slot as usize).filter(|slot| slot.rests(id.arrival, self.step)).map(|slot| &slot.order)
    }

    /// How many orders rest.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queues.iter().map(|queue| queue.claims.len() - queue.gone).sum()
    }

    /// Whether no order rests.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes a resting order out of its slot; its claim stays behind.
    #[inline]
    fn vacate(&mut self, slot: u32) {
        let Slot { arrival, leaves, order } = &mut self.slots[slot as usize];
        *arrival = NOBODY;
        if *leaves != NEVER {
            self.leaving[(*leaves - self.step) as usize - 1][order.side as usize] -= 1;
        }
        self.free.push(slot);
    }

    /// Drops claims of orders that are gone: always when they are first, all when they are the greater part.
    #[inline]
    fn tidy(&mut self, side: Side) {
        let Self { queues, slots, free, step, .. } = self;
        let queue = &mut queues[side as usize];
        // Whether its order rests. The slot of one that is too old was its own until now.
        let mut keep = |claim: &Claim| {
            let slot = &mut slots[claim.slot as usize];
            let rests = slot.rests(claim.arrival, *step);
            if !rests && slot.arrival == claim.arrival {
                slot.arrival = NOBODY;
                free.push(claim.slot);
            }
            rests
        };
        if queue.gone > queue.claims.len() / 2 + 32 {
            queue.claims.retain(&mut keep);
            queue.gone = 0;
        }
        while queue.gone > 0 && queue.claims.peek().is_some_and(|claim| !keep(claim)) {
            queue.claims.pop();
            queue.gone -= 1;
        }
    }
}

impl Digestible for Book {
    fn digest(&self, digest: &mut Digest) {
        digest.word(self.step);
        digest.word(self.arrivals);
        for (place, slot) in self.slots.iter().enumerate().filter(|(_, slot)| slot.rests(slot.arrival, self.step)) {
            let Slot { arrival, leaves, order: Order { tick, lots, key, agent, side } } = *slot;
            if arrival != NOBODY {
                let order = [tick as u64, lots as u64, key, u64::from(agent), side as u64];
                [place as u64, arrival, leaves].iter().chain(&order).for_each(|word| digest.word(*word));
            }
        }
    }
}

#[cfg(test)]
mod tests;
