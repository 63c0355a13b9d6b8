//! A contract's pit: its board, and what traders there know and remember.

use std::collections::VecDeque;

use crate::digest::{Digest, Digestible};
use crate::exchange::board::Board;
use crate::exchange::contract::ContractTerms;
use crate::exchange::house::House;
use crate::exchange::rules::Rules;
use crate::exchange::warehouse::Warehouses;
use crate::ledger::Account;
use crate::math;
use crate::setup::exchange::{Contract, ContractIx, ExchangeIx, Metal};
use crate::step::Clock;
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::futures::SessionTerms;
use crate::trader::Quote;
use crate::trader::arbitrage::Costs;
use crate::trader::speculator::LONGEST_TREND;
use crate::units::{Price, WEEKS_PER_YEAR};

use super::Place;
use super::lend::Lenders;
use super::load_out::{AtGate, Bill};
use super::turns::Asked;
use super::value::Walk;
use super::{Close, SESSIONS};

const MOOD: Purpose = Purpose::new("pit.mood");

/// Weeks before its last from which a month is no longer the active one. Assumed; sweep 4–8.
const ROLL_WEEKS: i64 = 6;

/// Weeks over which the variance of the active month and the gains of either rule are forgotten. Assumed; sweep 8–52.
const MEMORY: f64 = 13.0;

/// Variance of a week's log change at the start, (4 %)², and the bounds within which traders reckon with it.
const VARIANCE: f64 = 1.6e-3;
const VARIANCES: (f64, f64) = (1e-4, 1e-2);

/// Part of the mood that is left after a day, of fundamentalists, who hold on to a price, and of chartists, who start
/// from the last one. Assumed; sweep the first 0.9–0.995: half of a view is gone after five weeks.
const PERSISTENCE: [f64; 2] = [0.97, 0.0];

/// A contract as it trades.
#[derive(Debug)]
pub struct Pit {
    /// Its place among contracts.
    pub index: ContractIx,
    /// Key of the draws that move the views of all who trade its mineral, here or on another exchange.
    mood_key: u64,
    /// Where it is listed.
    pub exchange: ExchangeIx,
    /// Sessions a week, of five the last ones.
    pub(super) sessions: usize,
    /// Stable key of the contract, by which it draws.
    pub key: u64,
    /// Metal that it is for, if it is for metal.
    pub metal: Option<Metal>,
    /// Otherwise the value that it is on.
    pub walk: Option<Walk>,
    /// Who is asked for orders in turn, if any trader is.
    pub asked: Option<Asked>,
    /// What physical contracts follow this week, in cents per 1,000 quanta.
    pub benchmark: f64,
    /// Prices at which the week's sessions ended, by session and month.
    pub closes: Vec<Close>,
    /// Weight of its curve in what firms expect.
    pub weight: f64,
    /// Its months.
    pub board: Board,
    /// Metal on warrant.
    pub warehouses: Warehouses,
    /// Account that this metal lies in.
    pub account: Account,
    /// Where they stand, warehouse by warehouse.
    pub places: Vec<Place>,
    /// Lots outside the warehouses that wait for a ship.
    pub gate: Vec<AtGate>,
    /// What was bought and sold by delivery this week.
    pub(super) bills: Vec<Bill>,
    /// Quanta in a lot.
    pub lot: f64,
    /// Cents per 1,000 quanta in a tick.
    pub tick: f64,
    /// Place of the month on which speculation acts: the first that is far enough from its end.
    pub active: usize,
    /// Share of speculators who are fundamentalists.
    pub fundamentalists: f64,
    /// Variance of the active month's weekly log change, as traders reckon it.
    pub variance: f64,
    /// Where other contracts for the same metal have the active month, in cents per 1,000 quanta, if there are any.
    pub(super) parity: Option<f64>,
    /// Log of the price that fundamentals give.
    pub value: f64,
    /// What moves the views of all fundamentalists, and of all chartists, in standard deviations of a week of 4 %. The more
    /// the price moved of late, the further apart are views: what makes volatility come in clusters in the call market of
    /// Raberto, Cincotti, Focardi & Marchesi (2001), "Agent-based simulation of a financial market".
    pub moods: [f64; 2],
    /// The active month when the spot market cleared, on whose price spot was bid; as it opened in the week of listing.
    pub before: Quote,
    /// Log distance of the curve a quarter ahead from spot at that time.
    pub slope: f64,
    /// Spot prices of the last weeks, latest last.
    pub spots: VecDeque<Price>,
    /// Sessions of the week that tripped a breaker, over all months.
    pub locked: u32,
    /// Sessions of the week that the operator voided.
    pub voided: u32,
    /// Who dominates what can be delivered, and what it lent.
    pub(super) lenders: Lenders,
    /// Lots whose warrants were cancelled this week.
    pub cancelled: i64,
    /// Lots delivered this week, and lots whose longs were paid off instead.
    pub delivered: i64,
    /// See `delivered`.
    pub paid_off: i64,
    /// Mean log distance from the price to what fundamentalists expect, and chartists, when the week began.
    stances: [f64; 2],
    /// Mean and mean square of how much more the fundamental rule gained in a week, in squared logs.
    gains: (f64, f64),
    /// Sum of the active months' log changes by week, latest last: the price without the jumps from month to month.
    track: VecDeque<f64>,
    /// Log of the active month's price when the week began.
    opening: f64,
    /// Terms of the contract without what is decreed.
    base: ContractTerms,
    /// What is decreed in them.
    rules: Rules,
}

impl Digestible for Pit {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.board);
        digest.add(&self.warehouses);
        digest.add(&self.lenders);
        digest.add(&self.gate);
        digest.add(&self.bills);
        digest.word(self.active as u64);
        let [fundamental, trend] = self.moods;
        for real in [self.fundamentalists, self.variance, fundamental, trend, self.gains.0, self.gains.1] {
            digest.add(&real);
        }
        self.track.iter().for_each(|real| digest.add(real));
        self.spots.iter().for_each(|price| digest.add(price));
        self.walk.iter().for_each(|walk| digest.add(walk));
        self.asked.iter().for_each(|asked| digest.add(asked));
    }
}

impl Pit {
    pub(super) fn new(
        contract: &Contract,
        index: ContractIx,
        mood_key: u64,
        first_series: usize,
        members: usize,
        account: Account,
    ) -> Self {
        Self {
            index,
            mood_key,
            exchange: contract.exchange,
            sessions: SESSIONS,
            key: contract.id.key("contract"),
            metal: contract.metal(),
            walk: Walk::new(contract),
            asked: None,
            benchmark: 0.0,
            closes: Vec::new(),
            weight: contract.weight,
            board: Board::new(contract.terms.clone(), first_series),
            warehouses: Warehouses::new(members, &contract.warehouses.iter().map(|at| at.terms).collect::<Vec<_>>()),
            account,
            places: Vec::new(),
            gate: Vec::new(),
            bills: Vec::new(),
            lot: contract.terms.lot.real(),
            tick: contract.terms.tick.real(),
            active: 0,
            fundamentalists: 0.5,
            variance: VARIANCE,
            parity: None,
            value: 0.0,
            before: Quote { price: 1.0, years: 1.0 },
            slope: 0.0,
            moods: [0.0; 2],
            spots: VecDeque::new(),
            locked: 0,
            voided: 0,
            lenders: Lenders::default(),
            cancelled: 0,
            delivered: 0,
            paid_off: 0,
            stances: [0.0; 2],
            gains: (0.0, 0.0),
            track: VecDeque::from([0.0]),
            opening: 0.0,
            base: contract.terms.clone(),
            rules: Rules::default(),
        }
    }

    /// How many months trade.
    #[must_use]
    pub fn len(&self) -> usize {
        self.board.months().len()
    }

    /// Spot price where metal is cheapest to deliver, in cents per 1,000 quanta.
    #[must_use]
    pub fn spot(&self) -> f64 {
        self.spots.back().map_or(0.0, |price| price.real())
    }

    /// Whether none does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.board.months().is_empty()
    }

    /// Weeks until a month trades last.
    #[must_use]
    pub fn weeks_left(&self, place: usize) -> i64 {
        self.board.months()[place].weeks_left
    }

    /// A month as traders see it.
    #[must_use]
    pub fn quote(&self, place: usize) -> Quote {
        let month = &self.board.months()[place];
        Quote { price: self.price(month.last), years: (month.weeks_left as f64 + 0.5) / WEEKS_PER_YEAR }
    }

    /// Price of so many ticks, in cents per 1,000 quanta.
    #[must_use]
    pub fn price(&self, ticks: i64) -> f64 {
        ticks as f64 * self.tick
    }

    /// The curve some years ahead, in cents per 1,000 quanta: straight in logs between spot and months, level after the
    /// last.
    #[must_use]
    pub fn at(&self, years: f64) -> f64 {
        let mut before = Quote { price: self.spot(), years: 0.0 };
        for place in 0..self.len() {
            let quote = self.quote(place);
            if years < quote.years {
                let part = (years - before.years) / (quote.years - before.years);
                return math::exp(math::ln(before.price) * (1.0 - part) + math::ln(quote.price) * part);
            }
            before = quote;
        }
        before.price
    }

    /// The month from the active one on in which metal bought today is worth most after carry, and that worth; nothing
    /// before a month is listed. Nearer months are no outlet but spot itself: they are held to it.
    #[must_use]
    pub fn best(&self, costs: &Costs) -> Option<(usize, f64)> {
        let months = (self.active..self.len()).map(|place| self.quote(place));
        costs.best(months).map(|(month, worth)| (self.active + month, worth))
    }

    /// Log change of the active month over the last weeks, at most as many as there were, and since this one began.
    #[must_use]
    pub fn trend(&self, weeks: usize) -> f64 {
        let last = self.track.len() - 1;
        self.track[last] - self.track[last - weeks.min(last)] + self.this_week()
    }

    /// Log change of the active month since the week began.
    fn this_week(&self) -> f64 {
        math::ln(self.quote(self.active).price) - self.opening
    }

    /// How much more the fundamental rule gained of late, over the standard deviation of that.
    #[must_use]
    pub fn lead(&self) -> f64 {
        let (mean, square) = self.gains;
        let variance = square - mean * mean;
        if variance > 0.0 { mean / variance.sqrt() } else { 0.0 }
    }

    /// Places of months in the order of their auctions: the active one, against which the others are held, then these,
    /// nearest first.
    pub(super) fn in_order(&self) -> impl Iterator<Item = usize> + use<> {
        let active = self.active;
        std::iter::once(active).chain((0..self.len()).filter(move |place| *place != active))
    }

    /// Takes over what is decreed for the week's sessions.
    pub(super) fn obey(&mut self, terms: &SessionTerms) {
        (self.board.lists, self.board.bounds) = (terms.listed, terms.bounds);
        if self.rules != terms.rules {
            (self.board.terms, self.rules) = (terms.rules.applied(&self.base), terms.rules);
        }
    }

    /// Lists the months of the week and takes note of spot price and value.
    pub(super) fn begin_week(&mut self, clock: Clock, spot: Price, value: f64, house: &mut House) {
        (self.value, self.locked, self.voided) = (value, 0, 0);
        (self.delivered, self.paid_off, self.cancelled) = (0, 0, 0);
        self.spots.push_back(spot);
        if self.spots.len() > LONGEST_TREND {
            self.spots.pop_front();
        }
        let listed = !self.is_empty();
        if listed {
            self.note_curve();
        }
        let first = self.board.terms.ticks(spot);
        // A month begins where the one before it settled, the first of all at spot.
        self.board.begin_week(clock.week, clock.calendar, house, |_, before| before.unwrap_or(first));
        if self.is_empty() {
            return;
        }
        if !listed {
            self.note_curve();
        }
        self.active = self.far_enough();
        self.opening = math::ln(self.quote(self.active).price);
        let active = &self.board.months()[self.active];
        self.asked.iter_mut().for_each(|asked| asked.turn_to(active));
        self.closes.clear();
    }

    /// Takes note of the curve as it stood when spot cleared, or in the week of listing as it opens.
    fn note_curve(&mut self) {
        self.before = self.quote(self.far_enough());
        self.slope = math::ln(self.at(0.25) / self.spot());
    }

    /// Place of the first month that is far enough from its end to be the active one.
    fn far_enough(&self) -> usize {
        (0..self.len()).find(|place| self.weeks_left(*place) > ROLL_WEEKS).unwrap_or(self.len() - 1)
    }

    /// The first session of its week.
    pub(super) const fn first_session(&self) -> usize {
        SESSIONS - self.sessions
    }

    /// What moves speculators' views together before a session.
    pub(super) fn sway(&mut self, streams: Streams, clock: Clock, session: usize) {
        let mut draws = streams.at(MOOD.of(self.mood_key), session as u64, clock.week);
        let days = SESSIONS as f64 / self.sessions as f64;
        let spread = (self.variance * days / (VARIANCE * SESSIONS as f64)).sqrt();
        for (mood, left) in self.moods.iter_mut().zip(PERSISTENCE) {
            *mood = math::powf(left, days) * *mood + spread * draws.normal();
        }
    }

    /// Takes note of what speculators expect when the week begins, whichever rule they follow: the mean of each view.
    pub(super) fn note_stances(&mut self, of_traders: impl Iterator<Item = [f64; 2]>) {
        let (mut sum, mut count) = ([0.0; 2], 0.0);
        for views in of_traders {
            (sum[0], sum[1], count) = (sum[0] + views[0], sum[1] + views[1], count + 1.0);
        }
        self.stances = if count > 0.0 { sum.map(|sum| sum / count) } else { sum };
    }

    /// The week's change of the active month enters the track and the variance.
    pub(super) fn remember(&mut self) {
        let change = self.this_week();
        self.track.push_back(self.track[self.track.len() - 1] + change);
        if self.track.len() > LONGEST_TREND + 1 {
            self.track.pop_front();
        }
        // Who expected more held more of what rose.
        let gain = change * (self.stances[0] - self.stances[1]);
        self.gains.0 += (gain - self.gains.0) / MEMORY;
        self.gains.1 += (gain * gain - self.gains.1) / MEMORY;
        let variance = self.variance + (change * change - self.variance) / MEMORY;
        self.variance = variance.clamp(VARIANCES.0, VARIANCES.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Money;
    use crate::world_file::load;

    #[test]
    fn whose_the_metal_at_a_gate_is_and_who_owes_for_it_are_state() {
        let setup = load("worlds/two-shores-futures.ron").expect("a world");
        let mut pit = Pit::new(&setup.contracts[0], 0, 7, 0, 2, Account(1));
        let mut hash_of = |owner, party, warehouse| {
            pit.gate = vec![AtGate { owner: Account(owner), warehouse, lots: 3 }];
            pit.bills = vec![Bill { party: Account(party), lots: 3, value: Money(5) }];
            let mut digest = Digest::default();
            digest.add(&pit);
            digest.finish()
        };
        let hashes = [hash_of(2, 2, 0), hash_of(3, 2, 0), hash_of(2, 3, 0), hash_of(2, 2, 1)];
        assert!(hashes[1..].iter().all(|hash| *hash != hashes[0]), "{hashes:?}");
        assert_eq!(hash_of(2, 2, 0), hashes[0]);
    }
}
