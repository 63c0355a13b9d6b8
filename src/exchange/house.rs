//! The clearing house: positions, deposits and the money that moves between members, to the mill.
//!
//! Members and series (a month of a contract) have dense indices. Prices are in ticks, and a tick on a lot is worth a
//! fixed number of mills, so that variation margin is exact:
//!
//! VM = n₋₁·(S − S₋₁)·v + Σ q·(S − p)·v
//!
//! with n₋₁ the lots before the session, S the settlement, q lots traded at p (negative when sold) and v the value of a
//! tick. A trade is booked against S₋₁ at once, q·(S₋₁ − p)·v, and the settlement moves all lots by S − S₋₁, which
//! is the same. Over all members both parts sum to zero.
//!
//! What members hold that is no month, such as options, stands aside: the house knows its margin alone.
//!
//! A session runs: [`House::liquidations`] go into the books first, [`House::cut`] each book, [`House::trade`] what the
//! auction filled, [`House::settle`] every series, [`House::resolve`] defaults, [`House::calls`], deposits.
//!
//! A deposit may fall below zero: the member owes the house. As long as anybody owes, gains made since nobody did stay
//! in the house, for they are not paid in yet, and are what the last layer of the waterfall draws on.

mod aside;
mod cut;
mod margin;
mod reduction;
mod waterfall;

use crate::auction::continuous::Trade;
use crate::auction::{Order, Side};
use crate::digest::{Digest, Digestible, digest_fields};
use crate::units::{Money, Ppm};

pub use margin::{Call, Liquidation};
pub use waterfall::Waterfall;

use aside::Aside;
use cut::Room;

/// How a member stands with the house.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standing {
    /// Meets its margin.
    #[default]
    Good,
    /// Was called and has time until the next session.
    Called,
    /// Did not meet a call: its positions are closed and it may not open any.
    Closing,
    /// Its losses were borne by others. It may not open positions until it is readmitted.
    Defaulted,
}

/// What the house knows of a member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Account {
    /// Margin deposited, gains and losses included; negative when the member owes.
    deposit: Money,
    /// Share of the default fund.
    fund: Money,
    /// What was deposited when margin was last met, and what came in and went out since.
    met: Money,
    /// What of the last call has not come in; none where margin has become short since, for which it will be called.
    unmet: Money,
    /// Gains and losses since nobody owed.
    gain: Money,
    /// Whether it hedges: a lower margin and no position limit.
    hedger: bool,
    /// How it stands.
    standing: Standing,
}

impl Digestible for Account {
    fn digest(&self, digest: &mut Digest) {
        for money in [self.deposit, self.fund, self.met, self.unmet, self.gain] {
            digest.add(&money);
        }
        digest.word(u64::from(self.hedger) << 8 | self.standing as u64);
    }
}

/// A month of a contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Series {
    /// Value of a tick on a lot.
    tick_value: Money,
    /// Fee for a lot bought or sold.
    fee: Money,
    /// Last settlement, in ticks.
    settled: i64,
    /// Lots held long, and as many short.
    open_interest: i64,
    /// Margin rates of members who do not hedge and of those who do.
    rates: [Ppm; 2],
    /// Whether it still trades.
    trading: bool,
}

digest_fields!(Series { tick_value, fee, settled, open_interest, trading });

/// What a member did in a series, and since when it holds it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cell {
    /// Lots bought less lots sold in the session.
    net: i64,
    /// Lots bought and sold.
    gross: i64,
    /// Lots opened.
    opened: i64,
    /// Σ q·(S₋₁ − p)·v over the session's trades.
    marked: Money,
    /// Session in which the position was opened, from nothing or from the other side.
    since: u32,
    /// Variation margin since then.
    earned: Money,
}

digest_fields!(Cell { net, gross, opened, marked, since, earned });

impl Cell {
    fn clear_session(&mut self) {
        *self = Self { since: self.since, earned: self.earned, ..Self::default() };
    }
}

/// A series that is marked to a settlement price.
#[derive(Debug, Clone, Copy)]
struct Marking {
    series: usize,
    /// In ticks.
    price: i64,
    /// Variation margin of a lot held since the last settlement.
    per_lot: Money,
    fee: Money,
    /// Variation margin of all members.
    balance: Money,
}

/// A clearing house.
#[derive(Debug, Clone)]
pub struct House {
    /// Stable keys of the members, for ties.
    keys: Vec<u64>,
    accounts: Vec<Account>,
    asides: Vec<Aside>,
    series: Vec<Series>,
    /// Signed lots, by member and within it by series.
    lots: Vec<i64>,
    /// At the same places.
    cells: Vec<Cell>,
    /// In how many series each member holds lots, by member: most hold none.
    held_in: Vec<u32>,
    /// In how many series each member traded since they were settled.
    traded_in: Vec<u32>,
    /// How many members owe the house.
    owing: usize,
    /// Margin of a lot by series, for members who do not hedge and for those who do.
    per_lot: [Vec<Money>; 2],
    capital: Money,
    session: u32,
    // Buffers, kept so that a session allocates nothing.
    calls: Vec<Call>,
    liquidations: Vec<Liquidation>,
    markings: Vec<Marking>,
    rooms: Vec<Room>,
    /// Books cut so far.
    books: u64,
}

digest_fields!(House { accounts, series, lots, cells, capital, session });

impl House {
    /// A house with own capital, and a member for each stable key, who all hold nothing.
    #[must_use]
    pub fn new(keys: &[u64], series: usize, capital: Money) -> Self {
        Self {
            keys: keys.to_vec(),
            accounts: vec![Account::default(); keys.len()],
            asides: vec![Aside::default(); keys.len()],
            series: vec![Series::default(); series],
            lots: vec![0; keys.len() * series],
            cells: vec![Cell::default(); keys.len() * series],
            held_in: vec![0; keys.len()],
            traded_in: vec![0; keys.len()],
            owing: 0,
            per_lot: [vec![Money::ZERO; series], vec![Money::ZERO; series]],
            capital,
            session: 0,
            calls: Vec::new(),
            liquidations: Vec::new(),
            markings: Vec::new(),
            rooms: vec![Room::default(); keys.len()],
            books: 0,
        }
    }

    fn at(&self, member: usize, series: usize) -> usize {
        member * self.series.len() + series
    }

    fn members(&self) -> std::ops::Range<usize> {
        0..self.accounts.len()
    }

    /// Says who hedges: a lower margin, and no position limit. Market makers are treated alike.
    pub fn set_hedger(&mut self, member: usize, hedger: bool) {
        self.accounts[member].hedger = hedger;
    }

    /// Begins a series with its value of a tick, its fee for a lot and the price against which its first trades are
    /// booked, in ticks.
    ///
    /// # Panics
    /// When the place is still taken.
    pub fn list(&mut self, series: usize, tick_value: Money, fee: Money, reference: i64) {
        assert!(self.series[series].open_interest == 0, "bug: series {series} is listed while lots are open in it");
        self.series[series] = Series { tick_value, fee, settled: reference, trading: true, ..Series::default() };
        self.set_margin(series, [Ppm(0); 2]);
    }

    /// Ends trading in a series; its positions stay, with their margin, until delivery.
    pub fn freeze(&mut self, series: usize) {
        self.series[series].trading = false;
    }

    /// How many members it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.accounts.len()
    }

    /// Signed lots of a member in a series.
    #[must_use]
    pub fn lots(&self, member: usize, series: usize) -> i64 {
        self.lots[self.at(member, series)]
    }

    /// Whether a member holds lots in any series.
    #[must_use]
    pub fn holds(&self, member: usize) -> bool {
        self.held_in[member] > 0
    }

    /// Signed lots of a member, by series.
    #[must_use]
    pub fn row(&self, member: usize) -> &[i64] {
        &self.lots[self.at(member, 0)..][..self.series.len()]
    }

    /// Members who are long in a series, and with how many lots.
    pub fn longs(&self, series: usize) -> impl Iterator<Item = (usize, i64)> {
        self.members().map(move |member| (member, self.lots(member, series))).filter(|(_, lots)| *lots > 0)
    }

    /// Members who are short in a series, and with how many lots.
    pub fn shorts(&self, series: usize) -> impl Iterator<Item = (usize, i64)> {
        self.members().map(move |member| (member, -self.lots(member, series))).filter(|(_, lots)| *lots > 0)
    }

    /// What a tick is worth on a lot of a series.
    #[must_use]
    pub fn tick_value(&self, series: usize) -> Money {
        self.series[series].tick_value
    }

    /// The stable key of a member.
    #[must_use]
    pub fn key(&self, member: usize) -> u64 {
        self.keys[member]
    }

    /// The session in which a position was opened, from nothing or from the other side.
    #[must_use]
    pub fn since(&self, member: usize, series: usize) -> u32 {
        self.cells[self.at(member, series)].since
    }

    /// Lots held long in a series, and as many short.
    #[must_use]
    pub fn open_interest(&self, series: usize) -> i64 {
        self.series[series].open_interest
    }

    /// The last settlement of a series, in ticks.
    #[must_use]
    pub fn settled(&self, series: usize) -> i64 {
        self.series[series].settled
    }

    /// A member's margin account, negative when it owes.
    #[must_use]
    pub fn equity(&self, member: usize) -> Money {
        self.accounts[member].deposit
    }

    /// How a member stands.
    #[must_use]
    pub fn standing(&self, member: usize) -> Standing {
        self.accounts[member].standing
    }

    /// Whether a member may open positions: it met its calls, or has time to.
    #[must_use]
    pub fn may_open(&self, member: usize) -> bool {
        matches!(self.accounts[member].standing, Standing::Good | Standing::Called)
    }

    /// All money in the house: deposits, default fund and capital. It changes by what comes in and goes out alone.
    #[must_use]
    pub fn total(&self) -> Money {
        self.resources() + self.capital
    }

    /// Deposits and default fund: what stands behind positions before the house's own capital.
    #[must_use]
    pub fn resources(&self) -> Money {
        self.accounts.iter().map(|account| account.deposit + account.fund).sum()
    }

    /// The house's own capital.
    #[must_use]
    pub fn capital(&self) -> Money {
        self.capital
    }

    /// A member pays into its margin account.
    pub fn deposit(&mut self, member: usize, amount: Money) {
        self.credit(member, amount);
        let account = &mut self.accounts[member];
        account.met += amount;
        account.unmet = (account.unmet - amount.or_zero()).or_zero();
    }

    /// A member takes money out of its margin account.
    ///
    /// # Panics
    /// When it is more than [`House::free`].
    pub fn withdraw(&mut self, member: usize, amount: Money) {
        assert!(amount <= self.free(member), "bug: member {member} withdraws more than is free");
        self.deposit(member, -amount);
    }

    /// The owners pay into the house's capital, or take out when negative.
    ///
    /// # Panics
    /// When they take out more than there is, or anything while a member owes.
    pub fn invest(&mut self, amount: Money) {
        let may = amount >= Money::ZERO || !self.in_debt() && self.capital + amount >= Money::ZERO;
        assert!(may, "bug: capital leaves the house while it may be needed");
        self.capital += amount;
    }

    /// Money from one member to another within the house, such as for metal delivered or as a penalty.
    pub fn pay(&mut self, from: usize, to: usize, amount: Money) {
        self.vary(from, -amount);
        self.vary(to, amount);
    }

    /// Whether a member owes the house.
    #[must_use]
    pub fn in_debt(&self) -> bool {
        self.owing > 0
    }

    fn vary(&mut self, member: usize, amount: Money) {
        self.credit(member, amount);
        self.accounts[member].gain += amount;
    }

    /// Changes what a member has deposited, and with it how many owe: all changes go through here.
    fn credit(&mut self, member: usize, amount: Money) {
        let deposit = &mut self.accounts[member].deposit;
        let owed = *deposit < Money::ZERO;
        *deposit += amount;
        self.owing = self.owing + usize::from(*deposit < Money::ZERO) - usize::from(owed);
    }

    /// Moves lots without money.
    fn shift(&mut self, member: usize, series: usize, lots: i64) -> i64 {
        let at = self.at(member, series);
        let before = self.lots[at];
        let after = before + lots;
        self.lots[at] = after;
        self.held_in[member] = self.held_in[member] + u32::from(after != 0) - u32::from(before != 0);
        self.series[series].open_interest += after.max(0) - before.max(0);
        before
    }

    /// Takes over an auction's fills at its price in ticks; an order's agent is the member.
    ///
    /// # Panics
    /// When the fills do not buy as much as they sell, or the series does not trade.
    pub fn trade(&mut self, series: usize, price: i64, orders: &[Order], fills: &[i64]) {
        let mut balance = 0;
        for (order, &filled) in orders.iter().zip(fills).filter(|(_, filled)| **filled > 0) {
            let lots = if order.side == Side::Buy { filled } else { -filled };
            balance += lots;
            self.take(order.agent as usize, series, price, lots);
        }
        assert!(balance == 0, "bug: an auction in series {series} bought {balance} lots more than it sold");
    }

    /// Takes over a trade between two members at its own price in ticks.
    ///
    /// # Panics
    /// When the series does not trade.
    pub fn trade_pair(&mut self, series: usize, price: i64, trade: Trade) {
        self.take(trade.buyer as usize, series, price, trade.lots);
        self.take(trade.seller as usize, series, price, -trade.lots);
    }

    /// Books lots that a member bought, or sold when negative.
    fn take(&mut self, member: usize, series: usize, price: i64, lots: i64) {
        let Series { tick_value, settled, trading, .. } = self.series[series];
        assert!(trading, "bug: a trade in series {series}, which does not trade");
        let before = self.shift(member, series, lots);
        let at = self.at(member, series);
        let cell = &mut self.cells[at];
        self.traded_in[member] += u32::from(cell.gross == 0 && lots != 0);
        let filled = lots.abs();
        let opened = if before.signum() == -lots.signum() { (filled - before.abs()).max(0) } else { filled };
        cell.net += lots;
        cell.gross += filled;
        cell.opened += opened;
        cell.marked += times(times(tick_value, settled - price), lots);
    }

    /// Cancels what was traded in a series since the last settlement, as London did with nickel in March 2022.
    pub fn void(&mut self, series: usize) {
        for member in self.members() {
            let at = self.at(member, series);
            let Cell { net, gross, .. } = self.cells[at];
            self.shift(member, series, -net);
            self.traded_in[member] -= u32::from(gross > 0);
            self.cells[at].clear_session();
        }
    }

    /// Marks a series to a settlement price in ticks and charges the session's fees, which go to the house's capital.
    ///
    /// # Panics
    /// When variation margin does not sum to zero.
    pub fn settle(&mut self, series: usize, price: i64) {
        self.settle_all(std::iter::once((series, price)));
    }

    /// [`House::settle`] of several series: what a member holds lies together, so that one member comes after another.
    ///
    /// # Panics
    /// When variation margin of a series does not sum to zero.
    pub fn settle_all(&mut self, prices: impl Iterator<Item = (usize, i64)>) {
        let mut markings = std::mem::take(&mut self.markings);
        markings.clear();
        markings.extend(prices.map(|(series, price)| {
            let Series { tick_value, fee, settled, .. } = self.series[series];
            Marking { series, price, per_lot: times(tick_value, price - settled), fee, balance: Money::ZERO }
        }));
        let (session, count) = (self.session, self.series.len());
        for member in self.members() {
            if self.held_in[member] == 0 && self.traded_in[member] == 0 {
                continue;
            }
            let here = self.at(member, 0)..self.at(member, count);
            let (row, cells) = (&self.lots[here.clone()], &mut self.cells[here]);
            let (mut change, mut charged) = (Money::ZERO, Money::ZERO);
            let traded = self.traded_in[member] > 0;
            for marking in &mut markings {
                let (lots, cell) = (row[marking.series], &mut cells[marking.series]);
                if lots == 0 && (!traded || cell.gross == 0) {
                    continue;
                }
                if cell.gross == 0 {
                    let variation = times(marking.per_lot, lots);
                    cell.earned += variation;
                    marking.balance += variation;
                    change += variation;
                    continue;
                }
                let variation = times(marking.per_lot, lots) + cell.marked;
                let fees = times(marking.fee, cell.gross);
                let same_side = lots.signum() == (lots - cell.net).signum();
                if same_side {
                    cell.earned += variation;
                } else {
                    (cell.since, cell.earned) = (session, variation);
                }
                self.traded_in[member] -= 1;
                cell.clear_session();
                marking.balance += variation;
                change += variation - fees;
                charged += fees;
            }
            self.vary(member, change);
            self.capital += charged;
        }
        for Marking { series, price, balance, .. } in &markings {
            assert!(*balance == Money::ZERO, "bug: variation margin of series {series} sums to {} mills", balance.0);
            self.series[*series].settled = *price;
            self.set_margin(*series, self.series[*series].rates);
        }
        self.markings = markings;
    }

    /// Ends all positions of a series at the last settlement: cash settlement.
    pub fn close_out(&mut self, series: usize) {
        for member in self.members() {
            let lots = self.lots(member, series);
            self.shift(member, series, -lots);
        }
        self.freeze(series);
    }

    /// Ends lots of a short and of a long against each other at the last settlement: delivery.
    ///
    /// # Panics
    /// When one of them has fewer.
    pub fn offset(&mut self, series: usize, short: usize, long: usize, lots: i64) {
        let held = self.lots(long, series).min(-self.lots(short, series));
        assert!(0 <= lots && lots <= held, "bug: {lots} lots of {held} are offset in series {series}");
        self.shift(short, series, lots);
        self.shift(long, series, -lots);
    }
}

/// So many times an amount, such as the value of so many lots.
pub(in crate::exchange) fn times(amount: Money, count: i64) -> Money {
    Money(amount.0.checked_mul(count).expect("bug: a value beyond 64 bits"))
}

#[cfg(test)]
mod tests;
