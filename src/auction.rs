//! Call auction: one price for all, as futures exchanges open and reserve agencies sell.
//!
//! Futures, options and reserve sales all clear here. Orders are a flat slice, fills come back in the same order, and
//! an [`Auction`] keeps its buffers, so that a run that holds hundreds of thousands of auctions allocates nothing.
//!
//! # The price
//!
//! D(p) lots are bid at p or above, S(p) offered at p or below, V(p) = min(D, S) would trade.
//!
//! 1. Of the ticks in the band keep those with the greatest V, and of these those with the least |D − S|.
//! 2. Let a be the highest of them with D ≥ S and b the lowest with D ≤ S.
//! 3. Only a exists: the price is a. Only b: it is b. Both: the reference price, brought between a and b.
//! 4. Orders strictly better than the price fill. At the price the longer side is rationed by [`Rationing`].
//!
//! Bringing the reference into the whole kept range instead is wrong where D − S changes sign inside it: a price on the
//! far side then leaves a strictly better order unfilled.
//!
//! D − S never rises with p, so the ticks that matter lie where it crosses zero: let p₁ be the highest tick with D ≥ S
//! and p₂ the lowest with D ≤ S. Below p₁ V = S is no greater, above p₂ V = D is no greater, and |D − S| is no smaller
//! on either side; hence a is p₁ or nothing, b is p₂ or nothing, and one walk up to the crossing finds the price.
//!
//! # A sealed sale
//!
//! One seller's lots at a reserve price are one sell order with that limit, and the bids are buy orders, in a band from
//! the reserve price to the highest bid. With reference = reserve price every winner pays the highest price at
//! which all lots go; if the bids fall short of the lots, all bids are filled at the reserve price.

pub mod continuous;
mod ration;
pub mod tally;

use bevy_ecs::prelude::Resource;
use ration::Marginal;

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Pays the price and receives lots; its limit is the most it pays.
    Buy,
    /// Gives lots and receives the price; its limit is the least it takes.
    Sell,
}

/// A limit order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Limit price, in ticks.
    pub tick: i64,
    /// Quantity in lots, above 0.
    pub lots: i64,
    /// Priority among orders at the price: of two otherwise equal the lower key comes first. Under
    /// [`Rationing::ProRata`] a hash of agent and step, distinct within the book, makes the slice's order irrelevant;
    /// under [`Rationing::PriceTime`] the arrival time, with close-outs below all others.
    pub key: u64,
    /// Whose it is, for the caller; the auction does not look.
    pub agent: u32,
    /// Bid or offer.
    pub side: Side,
}

impl Order {
    /// An order to buy at `tick` or below.
    #[must_use]
    pub const fn buy(tick: i64, lots: i64, agent: u32, key: u64) -> Self {
        Self { tick, lots, key, agent, side: Side::Buy }
    }

    /// An order to sell at `tick` or above.
    #[must_use]
    pub const fn sell(tick: i64, lots: i64, agent: u32, key: u64) -> Self {
        Self { tick, lots, key, agent, side: Side::Sell }
    }

    /// An order at any price in the band: its limit is the band's edge.
    #[must_use]
    pub const fn market(side: Side, band: Band, lots: i64, agent: u32, key: u64) -> Self {
        match side {
            Side::Buy => Self::buy(band.high, lots, agent, key),
            Side::Sell => Self::sell(band.low, lots, agent, key),
        }
    }
}

/// The prices allowed in a session, both ends included, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    low: i64,
    high: i64,
}

impl Band {
    /// The most ticks a band holds.
    pub const MAX_TICKS: u64 = (1 << 31) - 1;

    /// The band from `low` to `high`; `None` when it is empty, wider than [`Band::MAX_TICKS`] or ends at i64's own ends.
    #[must_use]
    pub const fn new(low: i64, high: i64) -> Option<Self> {
        let fits = low <= high && high.abs_diff(low) < Self::MAX_TICKS;
        if fits && low > i64::MIN && high < i64::MAX { Some(Self { low, high }) } else { None }
    }

    /// The lowest price.
    #[must_use]
    pub const fn low(self) -> i64 {
        self.low
    }

    /// The highest price.
    #[must_use]
    pub const fn high(self) -> i64 {
        self.high
    }

    /// Whether the price is allowed.
    #[inline]
    #[must_use]
    pub const fn contains(self, tick: i64) -> bool {
        self.low <= tick && tick <= self.high
    }

    /// How many prices there are.
    #[must_use]
    pub const fn ticks(self) -> usize {
        (self.high - self.low) as usize + 1
    }
}

/// How lots are dealt among the orders at the price when one side has too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rationing {
    /// In proportion to the orders, by largest remainder; ties by key, then by place in the slice.
    #[default]
    ProRata,
    /// One order after another, by key, then by place in the slice.
    PriceTime,
}

/// The terms of one auction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The prices allowed; orders outside are rejected.
    pub band: Band,
    /// Last session's price (at the opening the last settlement) in ticks; may lie outside the band.
    pub reference: i64,
    /// How the orders at the price are rationed.
    pub rationing: Rationing,
}

/// Why an order took no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its limit lies outside the band.
    OutsideBand,
    /// Its quantity is not above 0.
    NoLots,
}

/// An order that took no part; its fill is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected {
    /// Its place in the slice of orders.
    pub order: u32,
    /// Why.
    pub reason: Reason,
}

/// What an auction decided. Borrowed from the [`Auction`], valid until its next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// The price of every trade, in ticks; `None` when nothing trades.
    pub price: Option<i64>,
    /// Bought, and as much sold, in lots.
    pub volume: i64,
    /// D − S at the price, in lots: bids left over when positive, offers when negative; 0 without a price.
    pub imbalance: i64,
    /// All accepted bids, in lots.
    pub bids: i64,
    /// All accepted offers, in lots.
    pub offers: i64,
    /// What each order trades, in lots, in the order of the slice.
    pub fills: &'a [i64],
    /// The orders that took no part, by place in the slice.
    pub rejected: &'a [Rejected],
}

/// One side's lots add up to more than an i64 holds, or the orders number more than a u32 holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an auction holds at most 2^63 - 1 lots on a side and 2^32 - 1 orders")]
pub struct BookTooLarge;

/// The auctioneer: the rule and the buffers that it uses again and again.
#[derive(Resource, Debug, Clone, Default)]
pub struct Auction {
    /// Lots that leave demand and that join supply at each position (see [`position`]).
    histogram: Vec<[i64; 2]>,
    /// Position, side and place of each order, packed so that they sort as numbers.
    sorted: Vec<u64>,
    marginal: Vec<Marginal>,
    fills: Vec<i64>,
    rejected: Vec<Rejected>,
}

#[derive(Debug, Clone, Copy)]
enum Method {
    Sort,
    Histogram,
}

impl Auction {
    /// Clears a book.
    ///
    /// The time is O(orders + ticks), or O(orders · log orders) where the band is much wider than the book.
    ///
    /// # Errors
    /// When the book is beyond what integers of 64 bits can add up.
    pub fn clear(&mut self, orders: &[Order], terms: &Terms) -> Result<Outcome<'_>, BookTooLarge> {
        // Measured with 2,400 ticks: the histogram is ahead from 170 orders on. One far wider than the cache never is.
        let ticks = terms.band.ticks();
        let few = orders.len() <= 48 || orders.len() < ticks / 16 || ticks > 1 << 18;
        self.clear_by(if few { Method::Sort } else { Method::Histogram }, orders, terms)
    }

    fn clear_by(&mut self, method: Method, orders: &[Order], terms: &Terms) -> Result<Outcome<'_>, BookTooLarge> {
        if u32::try_from(orders.len()).is_err() {
            return Err(BookTooLarge);
        }
        self.rejected.clear();
        let band = terms.band;
        let (totals, cross) = match method {
            Method::Sort => {
                let (totals, meeting) = self.sort(orders, band)?;
                (totals, find_price(sorted_changes(&self.sorted, orders), meeting, terms))
            }
            Method::Histogram => {
                let totals = self.count(orders, band)?;
                let changes = self.histogram.iter().enumerate().map(|(at, &lots)| (at as i64, lots));
                (totals, find_price(changes, totals, terms))
            }
        };
        let [bids, offers] = totals;
        let Some(Cross { price, demand, supply }) = cross else {
            self.fills.clear();
            self.fills.resize(orders.len(), 0);
            let (fills, rejected) = (&self.fills, &self.rejected);
            return Ok(Outcome { price: None, volume: 0, imbalance: 0, bids, offers, fills, rejected });
        };
        self.fill(method, orders, price, demand, supply, terms.rationing);
        let (fills, rejected) = (&self.fills, &self.rejected);
        let (volume, imbalance) = (demand.min(supply), demand - supply);
        Ok(Outcome { price: Some(price), volume, imbalance, bids, offers, fills, rejected })
    }

    /// Sorts by position the accepted orders that meet one of the other side; returns all bids and offers, in lots, and
    /// those among the sorted.
    ///
    /// Bids below every offer and offers above every bid are left out: between the lowest offer and the highest bid, where
    /// alone there is anything to trade, the ones have left demand and the others not joined supply yet.
    fn sort(&mut self, orders: &[Order], band: Band) -> Result<([i64; 2], [i64; 2]), BookTooLarge> {
        self.sorted.clear();
        let sorted = &mut self.sorted;
        let (mut lowest_offer, mut highest_bid) = (u64::MAX, 0);
        let totals = accept(orders, band, &mut self.rejected, |place, order| {
            let position = position(order, band) as u64;
            match order.side {
                Side::Buy => highest_bid = position.max(highest_bid),
                Side::Sell => lowest_offer = position.min(lowest_offer),
            }
            sorted.push(position << 33 | (order.side as u64) << 32 | place as u64);
        })?;
        let mut meeting = [0; 2];
        sorted.retain(|packed| {
            let (position, side) = (packed >> 33, (packed >> 32 & 1) as usize);
            let meets = if side == Side::Buy as usize { position > lowest_offer } else { position < highest_bid };
            if meets {
                meeting[side] += orders[*packed as u32 as usize].lots;
            }
            meets
        });
        sorted.sort_unstable();
        Ok((totals, meeting))
    }

    /// Counts the accepted orders' lots by position; returns all bids and offers, in lots.
    fn count(&mut self, orders: &[Order], band: Band) -> Result<[i64; 2], BookTooLarge> {
        self.histogram.clear();
        self.histogram.resize(band.ticks() + 1, [0; 2]);
        let histogram = self.histogram.as_mut_slice();
        accept(orders, band, &mut self.rejected, |_, order| {
            let lots = &mut histogram[position(order, band)][order.side as usize];
            *lots = lots.wrapping_add(order.lots);
        })
    }

    /// Fills the better orders, and deals what is left among those at the price on the longer side.
    fn fill(&mut self, method: Method, orders: &[Order], price: i64, demand: i64, supply: i64, rationing: Rationing) {
        let long_side = if demand > supply { Side::Buy } else { Side::Sell };
        let lowest_bid = price + i64::from(demand > supply);
        let highest_offer = price - i64::from(demand < supply);
        self.fills.clear();
        self.marginal.clear();
        let better = |order: &Order| {
            let buy = order.side == Side::Buy;
            let better = if buy { order.tick >= lowest_bid } else { order.tick <= highest_offer };
            order.lots & -i64::from(better) // the lots or nothing, without a branch that coin-flip sides would mispredict
        };
        let at_the_price = |order: &Order| order.tick == price && order.side == long_side && order.lots > 0;
        let marginal = |order: &Order, place| Marginal { lots: order.lots, key: order.key, order: place };
        match method {
            // Who meets nobody fills nothing.
            Method::Sort => {
                self.fills.resize(orders.len(), 0);
                for place in self.sorted.iter().map(|packed| *packed as u32) {
                    let order = &orders[place as usize];
                    self.fills[place as usize] = better(order);
                    if at_the_price(order) {
                        self.marginal.push(marginal(order, place));
                    }
                }
            }
            Method::Histogram => {
                self.fills.extend(orders.iter().map(better));
                for rejected in &self.rejected {
                    self.fills[rejected.order as usize] = 0;
                }
                let at_the_price = (0_u32..).zip(orders).filter(|(_, order)| at_the_price(order));
                self.marginal.extend(at_the_price.map(|(place, order)| marginal(order, place)));
            }
        }
        if demand == supply {
            return;
        }
        let surplus = (demand - supply).abs();
        match rationing {
            Rationing::ProRata => ration::pro_rata(&mut self.marginal, surplus, &mut self.fills),
            Rationing::PriceTime => ration::price_time(&mut self.marginal, surplus, &mut self.fills),
        }
    }
}

/// The first offset from the band's low end at which the order makes a difference: an offer joins supply at its limit,
/// a bid leaves demand one tick above.
#[inline]
fn position(order: &Order, band: Band) -> usize {
    (order.tick - band.low) as usize + usize::from(order.side == Side::Buy)
}

/// Passes on the orders that take part, lists the others, and adds up bids and offers, in lots.
#[inline]
fn accept(
    orders: &[Order],
    band: Band,
    rejected: &mut Vec<Rejected>,
    mut take: impl FnMut(usize, &Order),
) -> Result<[i64; 2], BookTooLarge> {
    let (mut bids, mut all, mut any_bit) = (0_i64, 0_i64, 0_i64);
    for (place, order) in orders.iter().enumerate() {
        if band.contains(order.tick) && order.lots > 0 {
            all = all.wrapping_add(order.lots);
            bids = bids.wrapping_add(order.lots & -i64::from(order.side == Side::Buy));
            any_bit |= order.lots;
            take(place, order);
        } else {
            let reason = if order.lots > 0 { Reason::OutsideBand } else { Reason::NoLots };
            rejected.push(Rejected { order: place as u32, reason });
        }
    }
    // No order is larger than `any_bit`. Where that leaves a doubt, the sums are taken again without wrapping.
    if any_bit.leading_zeros() + (orders.len() as u64).leading_zeros() <= 64 {
        for side in [Side::Buy, Side::Sell] {
            let accepted = |order: &&Order| order.side == side && order.lots > 0 && band.contains(order.tick);
            let sum: i128 = orders.iter().filter(accepted).map(|order| i128::from(order.lots)).sum();
            i64::try_from(sum).map_err(|_| BookTooLarge)?;
        }
    }
    Ok([bids, all.wrapping_sub(bids)])
}

/// The sorted orders as changes: each position with the lots that leave demand and that join supply there.
fn sorted_changes(sorted: &[u64], orders: &[Order]) -> impl Iterator<Item = (i64, [i64; 2])> {
    let mut rest = sorted.iter().peekable();
    std::iter::from_fn(move || {
        let position = rest.peek().copied()? >> 33;
        let mut lots = [0; 2];
        while let Some(packed) = rest.next_if(|packed| **packed >> 33 == position) {
            lots[(packed >> 32 & 1) as usize] += orders[*packed as u32 as usize].lots;
        }
        Some((position as i64, lots))
    })
}

/// A price in ticks, with D and S there in lots.
struct Cross {
    price: i64,
    demand: i64,
    supply: i64,
}

/// Walks up the changes to where demand no longer exceeds supply and applies the price rule there.
#[inline]
fn find_price(
    mut changes: impl Iterator<Item = (i64, [i64; 2])>,
    [bids, offers]: [i64; 2],
    terms: &Terms,
) -> Option<Cross> {
    if bids == 0 || offers == 0 {
        return None;
    }
    let low = terms.band.low;
    let (mut demand, mut supply) = (bids, 0);
    loop {
        let below = (demand, supply);
        let (position, [left, joined]) = changes.next().expect("bug: demand is 0 above the highest bid");
        demand -= left;
        supply += joined;
        if demand > supply {
            continue;
        }
        // Here D ≤ S for the first time: p₂. Outside the band V would be 0, so its ends need no case of their own.
        let tick = low + position;
        let upper = Cross { price: tick, demand, supply };
        let lower = Cross { price: tick - 1, demand: below.0, supply: below.1 };
        let cross = if demand == supply {
            let (next, _) = changes.find(|(_, lots)| *lots != [0; 2])?; // none is left only when V = 0
            Cross { price: terms.reference.clamp(tick, low + next - 1), ..upper }
        } else {
            let by_volume = lower.supply.cmp(&upper.demand);
            let by_surplus = (upper.supply - upper.demand).cmp(&(lower.demand - lower.supply));
            let by_reference = tick.cmp(&terms.reference);
            if by_volume.then(by_surplus).then(by_reference).is_gt() { lower } else { upper }
        };
        return (cross.demand.min(cross.supply) > 0).then_some(cross);
    }
}

#[cfg(test)]
mod tests;
