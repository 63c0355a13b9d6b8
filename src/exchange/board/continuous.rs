//! A month's session in continuous trade: orders come one by one and trade at the limits of those that wait.
//!
//! Better limits come first, then earlier orders ([`crate::auction::continuous`]); every trade is booked at its own price
//! and the session settles at their mean or at the last. Orders at any price, those of close-outs among them, are placed
//! last and walk through what waits; where two such orders meet they trade at the last price.

use crate::auction::continuous::{Book, OrderId, Trade};
use crate::auction::{Band, Order};
use crate::digest::{Digest, Digestible};

use super::super::house::House;
use super::super::settlement::Quotes;
use super::{Board, Listed};

/// Key of orders at any price: of orders with the same limit they come last.
const AT_ANY_PRICE: u64 = u64::MAX;

/// A month's book, and in it orders that may wait for another session.
#[derive(Debug, Clone)]
pub(super) struct Resting {
    book: Book,
    /// By arrival; some may be gone.
    waiting: Vec<OrderId>,
}

impl Digestible for Resting {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.book);
    }
}

impl Resting {
    /// An empty book, for all prices; what a session allows is told with its orders.
    fn new() -> Self {
        let band = Band::new(1, Band::MAX_TICKS as i64).expect("bug: an empty band");
        Self { book: Book::new(band), waiting: Vec::new() }
    }

    /// Orders that wait, by arrival.
    fn orders(&self) -> Vec<Order> {
        self.waiting.iter().filter_map(|id| self.book.get(*id)).copied().collect()
    }

    /// Takes out waiting orders, and forgets those that are gone.
    fn drop_unless(&mut self, mut keep: impl FnMut(&Order) -> bool) {
        let Self { book, waiting } = self;
        waiting.retain(|id| {
            let stays = book.get(*id).map(&mut keep);
            if stays == Some(false) {
                book.cancel(*id);
            }
            stays == Some(true)
        });
    }
}

/// A session in progress.
#[derive(Debug)]
pub struct Continuous<'a> {
    listed: &'a mut Listed,
    resting: Resting,
    house: &'a mut House,
    band: Band,
    position: Option<i64>,
    opening: Option<i64>,
    stays: bool,
    /// Orders that end with the session.
    passing: Vec<OrderId>,
    /// Price of the last trade since it was asked for.
    traded: Option<i64>,
}

impl Board {
    /// Opens a month's session. Of the orders that wait from an earlier one those stay that have a limit in the band, whose
    /// owners may open positions, and that no limit on positions or opening cuts; none where `stays` is false, and none
    /// of this session's after it.
    ///
    /// # Panics
    /// When the month is suspended.
    pub fn open<'a>(&'a mut self, place: usize, house: &'a mut House, stays: bool) -> Continuous<'a> {
        let band = self.band(place, house).expect("bug: a session of a month that is suspended");
        let (position, opening) = (self.position_limit(place, house), self.terms.opening_cap);
        let listed = &mut self.months[place];
        let mut resting = listed.resting.take().unwrap_or_else(Resting::new);
        resting.drop_unless(|order| stays && band.contains(order.tick) && house.may_open(order.agent as usize));
        if position.is_some() || opening.is_some() {
            let mut waiting = resting.orders();
            house.cut(listed.series, position, opening, &mut waiting);
            let mut cut = waiting.iter();
            resting.drop_unless(|order| cut.next().is_some_and(|left| left.lots == order.lots));
        }
        Continuous { listed, resting, house, band, position, opening, stays, passing: Vec::new(), traded: None }
    }
}

impl Continuous<'_> {
    /// Cuts orders written before the session to the limits on positions and on opening, as for an auction; those that
    /// wait come before them.
    pub fn cut(&mut self, orders: &mut [Order]) {
        let mut all = self.resting.orders();
        let waiting = all.len();
        all.extend_from_slice(orders);
        self.house.cut(self.listed.series, self.position, self.opening, &mut all);
        orders.copy_from_slice(&all[waiting..]);
    }

    /// Places an order that ends with the session, and trades what crosses. Limits outside the band are refused.
    pub fn place(&mut self, order: Order) {
        self.enter(Order { key: 0, ..order }, None, true);
    }

    /// Places an order that takes what price there is; its limit is the worst that the exchange makes it take.
    pub fn place_at_any_price(&mut self, order: Order) {
        self.enter(Order { key: AT_ANY_PRICE, ..order }, None, true);
    }

    /// Places the order of a trader whose turn it is, cut to what it may hold if all its orders fill, for so many steps
    /// of this session and, where orders stay, of those that follow. Who did not meet a call orders nothing.
    pub fn place_in_turn(&mut self, order: Order, steps: u16) {
        if !self.house.may_open(order.agent as usize) {
            return;
        }
        let mut order = Order { key: 0, ..order };
        if self.position.is_some() || self.opening.is_some() {
            let ids = self.resting.waiting.iter().chain(&self.passing);
            let waiting = ids.filter_map(|id| self.resting.book.get(*id)).filter(|other| other.agent == order.agent);
            let mut own: Vec<Order> = waiting.copied().chain([order]).collect();
            self.house.cut(self.listed.series, self.position, self.opening, &mut own);
            order = own[own.len() - 1];
        }
        self.enter(order, Some(steps), !self.stays);
    }

    fn enter(&mut self, order: Order, time_to_live: Option<u16>, passes: bool) {
        if order.lots == 0 || !self.band.contains(order.tick) {
            return;
        }
        let Ok(id) = self.resting.book.place(order, time_to_live) else { return };
        if passes {
            self.passing.push(id);
        } else {
            self.resting.waiting.push(id);
        }
        while let Some(pair) = self.resting.book.trade_best() {
            let anything = [pair.bid, pair.offer].iter().all(|order| order.key == AT_ANY_PRICE);
            let price = if anything { self.listed.last.clamp(self.band.low(), self.band.high()) } else { pair.price };
            let trade = Trade { buyer: pair.bid.agent, seller: pair.offer.agent, lots: pair.lots };
            self.house.trade_pair(self.listed.series, price, trade);
            self.listed.session.add(price, pair.lots);
            self.listed.last = price;
            self.traded = Some(price);
        }
    }

    /// Begins the next step: orders that are too old leave.
    pub fn next_step(&mut self) {
        self.resting.book.next_step();
    }

    /// Orders that wait.
    #[must_use]
    pub const fn book(&self) -> &Book {
        &self.resting.book
    }

    /// Price of the last trade since this was asked before, in ticks.
    pub const fn take_last(&mut self) -> Option<i64> {
        self.traded.take()
    }

    /// Ends the session. Gives what is left of its orders, and of those that go on waiting.
    #[must_use]
    pub fn end(mut self) -> Vec<Order> {
        let book = &mut self.resting.book;
        let ids = self.resting.waiting.iter().chain(&self.passing);
        let left: Vec<Order> = ids.filter_map(|id| book.get(*id)).copied().collect();
        self.listed.quotes = Quotes::of(left.iter());
        for id in self.passing {
            book.cancel(id);
        }
        self.listed.resting = Some(self.resting);
        left
    }
}

#[cfg(test)]
mod tests;
