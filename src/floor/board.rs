//! A contract as it trades: its months, its curve, and what traders remember of it.

use std::collections::VecDeque;

use crate::auction::Band;
use crate::calendar::Calendar;
use crate::digest::{Digest, Digestible};
use crate::exchange::contract::ContractTerms;
use crate::exchange::house::House;
use crate::exchange::life::Month;
use crate::exchange::limits::{self, Ladder};
use crate::exchange::settlement::{self, Quotes, Turnover};
use crate::ledger::Account;
use crate::math;
use crate::setup::exchange::{ContractIx, ExchangeIx};
use crate::setup::{MarketIx, RegionIx, Setup};
use crate::step::Clock;
use crate::trader::Quote;
use crate::units::{Price, WEEKS_PER_YEAR};

use super::SESSIONS;

/// Weeks before its last from which a month is no longer the active one.
const ROLL_WEEKS: i64 = 6;

/// Longest trend that anybody looks at, in weeks.
pub const LONGEST_TREND: usize = 26;

/// Weeks over which the variance of the active month is forgotten.
const VARIANCE_MEMORY: f64 = 26.0;

/// Variance of a week's log change that traders reckon with at least, 1 %², and at the start, 4 %².
const VARIANCE: (f64, f64) = (1e-4, 1.6e-3);

/// By how much another month's open interest must exceed the main month's to take its place.
const HYSTERESIS: f64 = 1.1;

/// A month as it trades.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Which.
    pub month: Month,
    /// Its series in the clearing house.
    pub series: usize,
    /// The week in which it trades last.
    pub last_week: i64,
    /// Price of the last auction, in ticks.
    pub last: i64,
    /// Last settlement, in ticks.
    pub settled: i64,
    /// Lots traded this week.
    pub volume: i64,
    /// Sessions of this week that ended at the limit.
    pub locked: u32,
    pub(super) ladder: Ladder,
    pub(super) quotes: Quotes,
    pub(super) turnover: Turnover,
    pub(super) bounds: Option<Band>,
}

/// A contract as it trades.
#[derive(Debug)]
pub struct Board {
    /// Its place among contracts.
    pub index: ContractIx,
    /// Where it is listed.
    pub exchange: ExchangeIx,
    /// Metal that it is for.
    pub market: MarketIx,
    /// Where the metal is delivered.
    pub region: RegionIx,
    /// Its terms.
    pub terms: ContractTerms,
    /// Weight of its curve in what firms expect.
    pub weight: f64,
    /// Account through which metal is delivered.
    pub account: Account,
    /// Quanta in a lot.
    pub lot: f64,
    /// Cents per 1,000 quanta in a tick.
    pub tick: f64,
    /// Months that trade, nearest first.
    pub months: Vec<Listed>,
    /// Place of the month on which speculation acts: the first that is far enough from its end.
    pub active: usize,
    /// Place of the month with the most open interest.
    pub main: usize,
    /// Share of speculators who are fundamentalists.
    pub fundamentalists: f64,
    /// Variance of the active month's weekly log change, as traders reckon it.
    pub variance: f64,
    /// Log of the price that fundamentals give.
    pub value: f64,
    /// Spot price where the metal is delivered.
    pub spot: f64,
    /// What moves fundamentalists' views together, and chartists', in logs.
    pub moods: [f64; 2],
    /// Spot prices of the last weeks, latest last.
    pub(super) spots: VecDeque<f64>,
    /// Sum of the active months' log changes by week, latest last: the price without the jumps between months.
    track: VecDeque<f64>,
    week: i64,
    first_series: usize,
    opening: f64,
}

impl Digestible for Board {
    fn digest(&self, digest: &mut Digest) {
        for month in &self.months {
            digest.add(&month.month);
            digest.add(&month.last);
            digest.add(&month.settled);
            digest.add(&month.ladder);
        }
        digest.word(self.active as u64);
        digest.word(self.main as u64);
        for real in [self.fundamentalists, self.variance, self.moods[0], self.moods[1]] {
            digest.add(&real);
        }
        self.track.iter().chain(&self.spots).for_each(|real| digest.add(real));
    }
}

impl Board {
    pub(super) fn new(setup: &Setup, index: ContractIx, first_series: usize, account: Account) -> Self {
        let contract = &setup.contracts[index];
        let terms = contract.terms.clone();
        Self {
            index,
            exchange: contract.exchange,
            market: contract.market,
            region: contract.region,
            weight: contract.weight,
            account,
            lot: terms.lot.real(),
            tick: terms.tick.real(),
            terms,
            months: Vec::new(),
            active: 0,
            main: 0,
            fundamentalists: 0.5,
            variance: VARIANCE.1,
            value: 0.0,
            spot: setup.markets[contract.market].opening_price.real(),
            moods: [0.0; 2],
            spots: VecDeque::new(),
            track: VecDeque::from([0.0]),
            week: 0,
            first_series,
            opening: 0.0,
        }
    }

    /// Weeks until a month trades last.
    #[must_use]
    pub fn weeks_left(&self, place: usize) -> i64 {
        self.months[place].last_week - self.week
    }

    /// A month as traders see it.
    #[must_use]
    pub fn quote(&self, place: usize) -> Quote {
        let years = (self.weeks_left(place).max(0) as f64 + 0.5) / WEEKS_PER_YEAR;
        Quote { price: self.price(self.months[place].last), years }
    }

    /// All months as traders see them, nearest first.
    pub fn quotes(&self) -> impl Iterator<Item = Quote> {
        (0..self.months.len()).map(|place| self.quote(place))
    }

    /// Price of so many ticks.
    #[must_use]
    pub fn price(&self, ticks: i64) -> f64 {
        ticks as f64 * self.tick
    }

    /// The curve some years ahead, in cents per 1,000 quanta: between spot and months by their logs, level after the last.
    #[must_use]
    pub fn at(&self, years: f64) -> f64 {
        let mut before = Quote { price: self.spot, years: 0.0 };
        for quote in self.quotes() {
            if years < quote.years {
                let part = (years - before.years) / (quote.years - before.years);
                return math::exp(math::ln(before.price) * (1.0 - part) + math::ln(quote.price) * part);
            }
            before = quote;
        }
        before.price
    }

    /// Log change of the active month over the last weeks, at most as many as there were.
    #[must_use]
    pub fn trend(&self, weeks: usize) -> f64 {
        let last = self.track.len() - 1;
        self.track[last] - self.track[last - weeks.min(last)] + self.this_week()
    }

    /// Log change of the active month since the week began.
    fn this_week(&self) -> f64 {
        math::ln(self.quote(self.active).price) - self.opening
    }

    /// Places of months in the order in which they are auctioned: the active one, then the others, nearest first.
    pub(super) fn in_order(&self) -> impl Iterator<Item = usize> + use<> {
        let active = self.active;
        std::iter::once(active).chain((0..self.months.len()).filter(move |place| *place != active))
    }

    /// Prices that the next session of a month takes.
    pub(super) fn band(&self, place: usize) -> Band {
        let Listed { settled, ladder, .. } = &self.months[place];
        let limit = self.terms.limit.as_ref().map(|terms| ladder.limit(terms, self.weeks_left(place)));
        limits::band(*settled, limit)
    }

    /// Lists the months of the week and reads what fundamentals give.
    pub(super) fn open_week(&mut self, clock: &Clock, spot: f64, value: f64, house: &mut House) {
        (self.week, self.spot, self.value) = (i64::from(clock.week), spot, value);
        self.spots.push_back(spot);
        while self.spots.len() > LONGEST_TREND {
            self.spots.pop_front();
        }
        for month in self.terms.listing.live(clock.week, clock.calendar) {
            if !self.months.iter().any(|listed| listed.month == month) {
                self.list(month, clock.calendar, house);
            }
        }
        let settles_later = |listed: &Listed| listed.last_week - self.week > ROLL_WEEKS;
        self.active = self.months.iter().position(settles_later).unwrap_or(self.months.len() - 1);
        let open = |place: usize| house.open_interest(self.months[place].series) as f64;
        self.main = self.main.min(self.months.len() - 1);
        for place in 0..self.months.len() {
            if open(place) > HYSTERESIS * open(self.main) {
                self.main = place;
            }
        }
        for listed in &mut self.months {
            (listed.volume, listed.locked) = (0, 0);
        }
        self.opening = math::ln(self.quote(self.active).price);
    }

    /// A month begins where the one before it settled, the first at spot.
    fn list(&mut self, month: Month, calendar: Calendar, house: &mut House) {
        let listing = &self.terms.listing;
        let series = self.first_series + listing.slot(month);
        let spot = self.terms.ticks(Price::nearest(self.spot));
        let reference = self.months.last().map_or(spot, |far| far.settled);
        house.list(series, self.terms.tick_value(), self.terms.fee, reference);
        self.months.push(Listed {
            month,
            series,
            last_week: listing.last_week(month, calendar),
            last: reference,
            settled: reference,
            volume: 0,
            locked: 0,
            ladder: Ladder::listed(reference),
            quotes: Quotes::default(),
            turnover: Turnover::default(),
            bounds: None,
        });
        self.set_margin(self.months.len() - 1, house);
    }

    fn set_margin(&self, place: usize, house: &mut House) {
        let weeks_left = self.weeks_left(place);
        let month = &self.months[place];
        let limit = self.terms.limit.as_ref().map(|terms| month.ladder.limit(terms, weeks_left));
        house.set_margin(month.series, self.terms.margin.rates(weeks_left, limit));
    }

    /// Settles all months at the end of a session: positions are marked, and ladders of limits move on.
    pub(super) fn settle(&mut self, house: &mut House) {
        let traded = |month: &Listed| month.turnover.price(self.terms.settlement);
        let prices: Vec<Option<(i64, i64)>> =
            self.months.iter().map(|month| traded(month).map(|price| (month.settled, price))).collect();
        for place in 0..self.months.len() {
            let weeks_left = self.weeks_left(place);
            let month = &mut self.months[place];
            let band = month.bounds.take().expect("bug: a session without a band");
            if month.ladder.halted() {
                month.ladder.sit_out();
                continue;
            }
            let lock = month.quotes.lock(band);
            let nearest = settlement::nearest_traded(prices.iter().copied(), place);
            let price = match prices[place] {
                Some((_, price)) => price,
                None => settlement::without_trade(month.quotes, month.settled, band, nearest),
            };
            month.locked += u32::from(lock.is_some());
            house.settle(month.series, price);
            (month.settled, month.last) = (price, if prices[place].is_some() { month.last } else { price });
            if let Some(terms) = &self.terms.limit {
                month.ladder.close(terms, weeks_left, lock, prices[place].is_some(), price);
            }
            self.set_margin(place, house);
        }
    }

    /// The week's change of the active month enters the track and the variance.
    pub(super) fn close_week(&mut self) {
        let change = self.this_week();
        self.track.push_back(self.track[self.track.len() - 1] + change);
        while self.track.len() > LONGEST_TREND + 1 {
            self.track.pop_front();
        }
        self.variance += (change * change - self.variance) / VARIANCE_MEMORY;
        self.variance = self.variance.max(VARIANCE.0);
    }
}

/// A week has as many sessions as the ladder of limits looks back.
const _: () = assert!(SESSIONS == limits::SESSIONS);
