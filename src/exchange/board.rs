//! The board of a contract: its listed months through a week of sessions.
//!
//! A week begins with [`Board::begin_week`], which lists new months. In each session every month that is not suspended
//! holds an auction ([`Board::hold`]), front to back, and then the session closes ([`Board::close`]): all months are
//! settled and their limits and margins set for the next. After the week's last session [`Board::expire`] takes the
//! month off the board that has traded last.

use crate::auction::{Auction, Band, BookTooLarge, Order, Outcome, Side, Terms};
use crate::calendar::{Calendar, Week};
use crate::digest::{Digest, Digestible, digest_fields};
use crate::units::{Ppm, Price};

use super::contract::{ContractTerms, Delivery, DeliveryPrice};
use super::delivery::cash_price;
use super::house::House;
use super::life::Month;
use super::limits::{AfterHalt, Breaker, Ladder, REACH, band};
use super::settlement::{Quotes, Turnover, nearest_traded, without_trade};

mod continuous;

pub use continuous::Continuous;
use continuous::Resting;

/// Open interest of another month over the main month's, in percent, from which the other becomes the main month.
const OVERTAKES: i64 = 110;

/// Bounds of a board whose prices nobody decrees, in ticks.
pub const UNBOUNDED: (i64, i64) = (1, i64::MAX);

/// A listed month.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Delivery month.
    pub month: Month,
    /// Its series in the house.
    pub series: usize,
    /// Weeks until its last one, 0 in the last.
    pub weeks_left: i64,
    /// The last price, in ticks, which ties at the next auction go to: of the last trade, or the settlement of a session
    /// without one.
    pub last: i64,
    /// The week's trades.
    pub week: Turnover,
    ladder: Ladder,
    /// Trades of the weeks whose mean is the delivery price.
    ending: Turnover,
    /// Where it trades continuously, the orders that wait.
    resting: Option<Resting>,
    // Of the session.
    session: Turnover,
    quotes: Quotes,
    /// Sessions of suspension that follow, when the operator has voided the session.
    voided: Option<u32>,
    /// Whether it traded, and what it settles at.
    closing: (bool, i64),
}

digest_fields!(Listed { month, weeks_left, last, week, ladder, ending });

/// A month that has traded for the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expired {
    /// Delivery month.
    pub month: Month,
    /// Its series. Under physical delivery its positions are still open, to be delivered.
    pub series: usize,
    /// The price it was last marked to, in ticks.
    pub price: i64,
}

/// The board of a contract.
#[derive(Debug, Clone)]
pub struct Board {
    /// The contract's terms. A policy may change limits, margins, position limits and the opening cap between sessions.
    pub terms: ContractTerms,
    /// Whether months that come up are listed; those that are there run to their end either way.
    pub lists: bool,
    /// Lowest and highest price, in ticks, at which orders are taken, whatever the limits say: a decreed floor and ceiling.
    pub bounds: (i64, i64),
    first_series: usize,
    months: Vec<Listed>,
    main: Option<Month>,
    breakers: Vec<(usize, Breaker)>,
}

impl Listed {
    /// Lots traded in the session so far.
    #[must_use]
    pub const fn session_lots(&self) -> i64 {
        self.session.lots
    }
}

impl Digestible for Board {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.months);
        digest.add(&self.main);
        self.months.iter().filter_map(|listed| listed.resting.as_ref()).for_each(|resting| digest.add(resting));
    }
}

impl Board {
    /// The board of a contract whose months take the series from `first_series` on, as many as its listing has
    /// [`slots`](super::life::Listing::slots).
    #[must_use]
    pub fn new(terms: ContractTerms, first_series: usize) -> Self {
        let (lists, bounds) = (true, UNBOUNDED);
        Self { terms, lists, bounds, first_series, months: Vec::new(), main: None, breakers: Vec::new() }
    }

    /// The listed months, nearest first.
    #[must_use]
    pub fn months(&self) -> &[Listed] {
        &self.months
    }

    /// Place of the main month, the one with the most open interest; another takes over when it has a tenth more.
    #[must_use]
    pub fn main(&self) -> Option<usize> {
        self.months.iter().position(|listed| Some(listed.month) == self.main)
    }

    /// Lists the months that begin to trade in a week. `reference` gives a month's first settlement in ticks, from that
    /// of the month before it, if there is one.
    ///
    /// # Panics
    /// When a month that traded last in an earlier week has not expired.
    pub fn begin_week(
        &mut self,
        week: Week,
        calendar: Calendar,
        house: &mut House,
        mut reference: impl FnMut(Month, Option<i64>) -> i64,
    ) {
        let listing = self.terms.listing;
        for (place, month) in listing.live(week, calendar).enumerate() {
            let weeks_left = listing.last_week(month, calendar) - i64::from(week);
            if let Some(listed) = self.months.get_mut(place) {
                assert!(listed.month == month, "bug: {} is on the board in week {week}", listed.month);
                listed.weeks_left = weeks_left;
                listed.week = Turnover::default();
                continue;
            }
            if !self.lists {
                break;
            }
            let before = self.months.last().map(|listed| house.settled(listed.series));
            let price = reference(month, before).clamp(self.bounds.0, self.bounds.1);
            let series = self.first_series + listing.slot(month);
            house.list(series, self.terms.tick_value(), self.terms.fee, price);
            self.months.push(Listed {
                month,
                series,
                weeks_left,
                last: price,
                week: Turnover::default(),
                ladder: Ladder::listed(price),
                ending: Turnover::default(),
                resting: None,
                session: Turnover::default(),
                quotes: Quotes::default(),
                voided: None,
                closing: (false, price),
            });
        }
        for listed in &self.months {
            house.set_margin(listed.series, self.terms.margin.rates(listed.weeks_left, limit(&self.terms, listed)));
        }
    }

    /// The prices allowed in a month's next auction; `None` when it is suspended. Where limit and decreed bounds do not
    /// meet, the bound is the only price.
    #[must_use]
    pub fn band(&self, place: usize, house: &House) -> Option<Band> {
        (!self.months[place].ladder.halted()).then(|| self.bounded(self.limited(place, house)))
    }

    /// The prices that a month's limit allows.
    fn limited(&self, place: usize, house: &House) -> Band {
        let listed = &self.months[place];
        band(house.settled(listed.series), limit(&self.terms, listed))
    }

    /// A band within the decreed bounds.
    fn bounded(&self, band: Band) -> Band {
        let (low, high) = self.bounds;
        Band::new(band.low().clamp(low, high), band.high().clamp(low, high)).expect("bug: bounds the wrong way round")
    }

    /// The prices at which positions that have to be closed are closed in a month's next auction: the band, or where there
    /// are no limits [`REACH`] either way. `None` when the month is suspended.
    #[must_use]
    pub fn close_out_band(&self, place: usize, house: &House) -> Option<Band> {
        let settled = house.settled(self.months[place].series);
        let reach = || self.bounded(band(settled, Some(REACH)));
        self.band(place, house).map(|band| if self.terms.limit.is_some() { band } else { reach() })
    }

    /// Holds a month's auction: cuts the orders to the limits on positions and on opening, clears them and books the
    /// trades. An order's agent is a member of the house. Returns what the auction decided and how many lots were cut.
    ///
    /// # Errors
    /// When the book is beyond what integers of 64 bits can add up.
    ///
    /// # Panics
    /// When the month is suspended.
    pub fn hold<'a>(
        &mut self,
        place: usize,
        house: &mut House,
        auction: &'a mut Auction,
        orders: &mut [Order],
    ) -> Result<(Outcome<'a>, i64), BookTooLarge> {
        let band = self.band(place, house).expect("bug: an auction of a month that is suspended");
        let position = self.position_limit(place, house);
        let listed = &mut self.months[place];
        let cut = house.cut(listed.series, position, self.terms.opening_cap, orders);
        let terms = Terms { band, reference: listed.last, rationing: self.terms.rationing };
        let outcome = auction.clear(orders, &terms)?;
        if let Some(price) = outcome.price {
            house.trade(listed.series, price, orders, outcome.fills);
            listed.session.add(price, outcome.volume);
            listed.last = price;
        }
        // A month that traded and has orders left on both sides neither locks nor settles by what is left.
        let idle = outcome.price.is_some() && outcome.bids > outcome.volume && outcome.offers > outcome.volume;
        listed.quotes = if idle { Quotes::default() } else { Quotes::left(orders, outcome.fills, band) };
        Ok((outcome, cut))
    }

    /// Whether a month's session, as held so far, leaves orders at its limit on one side alone.
    #[must_use]
    pub fn locks(&self, place: usize, house: &House) -> bool {
        self.band(place, house).is_some_and(|band| self.months[place].quotes.lock(band).is_some())
    }

    /// The most lots that a member who does not hedge may hold in a month; `None` without limits.
    fn position_limit(&self, place: usize, house: &House) -> Option<i64> {
        let listed = &self.months[place];
        let limit = self.terms.position.as_ref().map(|staged| staged.at(listed.weeks_left));
        limit.map(|limit| limit.most(house.open_interest(listed.series)))
    }

    /// The series that traded in the session, and the price at which each would settle, in ticks.
    pub fn prices(&self) -> impl Iterator<Item = (usize, i64)> {
        self.months.iter().filter_map(|month| Some((month.series, month.session.price(self.terms.settlement)?)))
    }

    /// Voids a month's session at the operator's decision and suspends so many sessions after it.
    pub fn void(&mut self, place: usize, house: &mut House, sessions: u32) {
        let listed = &mut self.months[place];
        house.void(listed.series);
        (listed.session, listed.quotes, listed.voided) = (Turnover::default(), Quotes::default(), Some(sessions));
        listed.last = house.settled(listed.series);
    }

    /// Closes a session: settles every month and sets limits and margins for the next. Returns the breakers that
    /// tripped, by place; a forced reduction is the caller's to carry out ([`House::reduce`]).
    pub fn close(&mut self, house: &mut House) -> &[(usize, Breaker)] {
        self.breakers.clear();
        for listed in &mut self.months {
            let traded = listed.session.price(self.terms.settlement);
            listed.closing = (traded.is_some(), traded.unwrap_or_else(|| house.settled(listed.series)));
        }
        // Those that traded come first: the others follow them, unless their day is cancelled.
        for traded in [true, false] {
            for place in 0..self.months.len() {
                if self.months[place].closing.0 == traded {
                    self.close_month(place, house);
                }
            }
        }
        house.settle_all(self.months.iter().map(|listed| (listed.series, listed.closing.1)));
        for listed in &mut self.months {
            let (traded, settling) = listed.closing;
            if !traded {
                listed.last = settling;
            }
            (listed.session, listed.quotes) = (Turnover::default(), Quotes::default());
            house.set_margin(listed.series, self.terms.margin.rates(listed.weeks_left, limit(&self.terms, listed)));
        }
        self.update_main(house);
        &self.breakers
    }

    /// Finds a month's settlement and what its limits make of the session.
    fn close_month(&mut self, place: usize, house: &mut House) {
        let listed = &self.months[place];
        let previous = house.settled(listed.series);
        if let Some(sessions) = listed.voided {
            let listed = &mut self.months[place];
            listed.voided = None;
            listed.ladder.suspend(sessions);
            return;
        }
        let Some(band) = self.band(place, house) else {
            self.months[place].ladder.sit_out();
            return;
        };
        let (traded, _) = listed.closing;
        if !traded {
            let moved =
                |month: &Listed| (month.session.lots > 0).then(|| (house.settled(month.series), month.closing.1));
            let nearest = nearest_traded(self.months.iter().map(moved), place);
            let settling = without_trade(listed.quotes, previous, band, nearest);
            self.months[place].closing.1 = settling.clamp(self.bounds.0, self.bounds.1);
        }
        // Orders that wait at a decreed bound do not lock a market: the limit is not what stops it.
        let limited = self.limited(place, house);
        let listed = &mut self.months[place];
        if let Some(limit) = &self.terms.limit {
            let lock = listed.quotes.lock(band).filter(|side| match side {
                Side::Buy => band.high() == limited.high(),
                Side::Sell => band.low() == limited.low(),
            });
            if let Some(breaker) = listed.ladder.close(limit, listed.weeks_left, lock, traded, listed.closing.1) {
                self.breakers.push((place, breaker));
                if matches!(breaker, Breaker::Locked { then: AfterHalt::CancelDay, .. }) {
                    house.void(listed.series);
                    (listed.closing.1, listed.last, listed.session) = (previous, previous, Turnover::default());
                }
            }
        }
        listed.week.merge(&listed.session);
        if let Delivery::Physical(physical) = self.terms.delivery
            && let DeliveryPrice::MeanOfWeeks(weeks) = physical.price
            && listed.weeks_left < weeks
        {
            listed.ending.merge(&listed.session);
        }
    }

    fn update_main(&mut self, house: &House) {
        let open = |listed: &Listed| house.open_interest(listed.series);
        let most = self.months.iter().rev().max_by_key(|listed| open(listed)); // of equals the nearest
        let Some(most) = most else { return };
        let overtaken = self.main().is_none_or(|main| open(most) * 100 >= open(&self.months[main]) * OVERTAKES);
        if overtaken && Some(most.month) != self.main {
            self.main = Some(most.month);
        }
    }

    /// Takes the month off the board whose last week this was, after its last session, and marks it to its delivery price
    /// or, where it ends in cash, to the mean of the metal's weekly prices (oldest first) and closes it out.
    ///
    /// # Panics
    /// When a contract that ends in cash is given no prices.
    pub fn expire(&mut self, house: &mut House, weekly: &[Price]) -> Option<Expired> {
        self.months.first().filter(|listed| listed.weeks_left == 0)?;
        let Listed { month, series, ending, .. } = self.months.remove(0);
        let price = match self.terms.delivery {
            Delivery::Physical(_) => ending.mean().unwrap_or_else(|| house.settled(series)),
            Delivery::Cash { weeks } => {
                cash_price(&self.terms, weekly, weeks).expect("bug: cash settlement without prices")
            }
        };
        house.settle(series, price);
        match self.terms.delivery {
            Delivery::Physical(_) => house.freeze(series),
            Delivery::Cash { .. } => house.close_out(series),
        }
        Some(Expired { month, series, price })
    }
}

/// The limit of a month's next session.
fn limit(terms: &ContractTerms, listed: &Listed) -> Option<Ppm> {
    terms.limit.as_ref().map(|limit| listed.ladder.limit(limit, listed.weeks_left))
}

#[cfg(test)]
mod tests;
