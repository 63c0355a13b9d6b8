//! The settlement price of a session: what every position is marked to.
//!
//! Prices are in ticks of the contract. A session that traded settles at the volume-weighted mean of its trades, or at
//! the last of them. Without a trade it settles at the middle one of best bid, best ask and the previous settlement;
//! a side without orders counts as infinitely far off, so that a one-sided book settles at its order where that
//! order betters the previous settlement, and a locked one at the limit. Without orders on either side it moves by as
//! much in percent as the nearest month that traded, within the limit. After the settlement rules of the Shanghai
//! Futures Exchange; what a one-sided book below the limit does is ours.

use crate::auction::{Band, Order, Side};
use crate::digest::digest_fields;

/// How the price of a session that traded is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettlementRule {
    /// Volume-weighted mean of the session's trades, as in China.
    VolumeWeighted,
    /// The last trade, as in London.
    Closing,
}

/// Trades added up: for the mean of a session, of a week or of the end of a contract's life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turnover {
    /// Lots, each bought and sold.
    pub lots: i64,
    /// Sum of price times lots, in ticks.
    value: i64,
    /// Price of the last trade, in ticks.
    last: i64,
}

digest_fields!(Turnover { lots, value, last });

impl Turnover {
    /// Adds so many lots at a price.
    ///
    /// # Panics
    /// When the sums leave 64 bits.
    pub fn add(&mut self, price: i64, lots: i64) {
        let value = price.checked_mul(lots).expect("bug: turnover beyond 64 bits");
        self.merge(&Self { lots, value, last: price });
    }

    /// Adds later trades.
    ///
    /// # Panics
    /// When the sums leave 64 bits.
    pub fn merge(&mut self, later: &Self) {
        self.value = self.value.checked_add(later.value).expect("bug: turnover beyond 64 bits");
        self.lots += later.lots;
        if later.lots > 0 {
            self.last = later.last;
        }
    }

    /// Volume-weighted mean, to the nearest tick, halves up; `None` without trades.
    #[must_use]
    pub const fn mean(&self) -> Option<i64> {
        if self.lots == 0 { None } else { Some(rounded(self.value as i128, self.lots as i128)) }
    }

    /// The price by a rule; `None` without trades.
    #[must_use]
    pub const fn price(&self, rule: SettlementRule) -> Option<i64> {
        match rule {
            SettlementRule::VolumeWeighted => self.mean(),
            SettlementRule::Closing if self.lots > 0 => Some(self.last),
            SettlementRule::Closing => None,
        }
    }
}

/// `a / b` to the nearest whole number, halves up, for `b` above 0.
pub(super) const fn rounded(a: i128, b: i128) -> i64 {
    (2 * a + b).div_euclid(2 * b) as i64
}

/// What is left of the book when a session ends: the best bid and the best ask, in ticks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quotes {
    /// Highest bid that is not filled.
    pub bid: Option<i64>,
    /// Lowest ask that is not filled.
    pub ask: Option<i64>,
}

impl Quotes {
    /// The quotes that an auction's fills leave of its orders.
    #[must_use]
    pub fn left(orders: &[Order], fills: &[i64], band: Band) -> Self {
        let left = orders.iter().zip(fills).filter(|(order, filled)| order.lots > **filled).map(|(order, _)| order);
        Self::of(left.filter(|order| band.contains(order.tick)))
    }

    /// The quotes of orders that wait.
    #[must_use]
    pub fn of<'a>(orders: impl Iterator<Item = &'a Order>) -> Self {
        let mut quotes = Self::default();
        for order in orders {
            match order.side {
                Side::Buy => quotes.bid = quotes.bid.max(Some(order.tick)),
                Side::Sell => quotes.ask = Some(quotes.ask.map_or(order.tick, |ask| ask.min(order.tick))),
            }
        }
        quotes
    }

    /// The side that is locked in: it has orders at its limit, and the other side has none.
    #[must_use]
    pub fn lock(&self, band: Band) -> Option<Side> {
        match (self.bid, self.ask) {
            (Some(bid), None) if bid == band.high() => Some(Side::Buy),
            (None, Some(ask)) if ask == band.low() => Some(Side::Sell),
            _ => None,
        }
    }
}

/// Settlement price of a session without a trade, in ticks.
///
/// `nearest` are the previous and the present settlement of the nearest month that traded.
#[must_use]
pub fn without_trade(quotes: Quotes, previous: i64, band: Band, nearest: Option<(i64, i64)>) -> i64 {
    match (quotes.bid, quotes.ask, nearest) {
        (None, None, None) => previous,
        (None, None, Some((before, now))) => {
            let moved = rounded(i128::from(previous) * i128::from(now), i128::from(before));
            moved.clamp(band.low(), band.high())
        }
        (bid, ask, _) => {
            // The bid never exceeds the ask: what crossed has traded.
            previous.max(bid.unwrap_or(i64::MIN)).min(ask.unwrap_or(i64::MAX))
        }
    }
}

/// Of the months along the curve that traded, the previous and the present settlement of the one nearest to a place; of
/// two equally near the earlier.
pub fn nearest_traded(months: impl Iterator<Item = Option<(i64, i64)>>, place: usize) -> Option<(i64, i64)> {
    let traded = months.enumerate().filter_map(|(at, month)| Some((at, month?)));
    traded.min_by_key(|(at, _)| at.abs_diff(place)).map(|(_, month)| month)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band() -> Band {
        Band::new(90, 110).expect("a band")
    }

    #[test]
    fn several_trades_settle_at_their_mean_or_at_the_last() {
        let mut session = Turnover::default();
        assert_eq!(session.price(SettlementRule::VolumeWeighted), None);
        assert_eq!(session.price(SettlementRule::Closing), None);
        session.add(100, 30);
        session.add(104, 10);
        assert_eq!(session.price(SettlementRule::VolumeWeighted), Some(101), "(3000 + 1040) / 40");
        assert_eq!(session.price(SettlementRule::Closing), Some(104));
        session.add(107, 40);
        assert_eq!(session.mean(), Some(104), "8320 / 80");
        session.add(103, 80);
        assert_eq!(session.mean(), Some(104), "16560 / 160 is 103.5");
    }

    #[test]
    fn without_a_trade_the_middle_of_bid_ask_and_previous() {
        for (bid, ask, settled) in [
            (Some(98), Some(103), 100),
            (Some(101), Some(103), 101),
            (Some(95), Some(97), 97),
            (Some(104), None, 104), // one side betters the previous settlement
            (Some(96), None, 100),
            (None, Some(97), 97),
            (Some(110), None, 110), // locked
            (None, Some(90), 90),
        ] {
            assert_eq!(without_trade(Quotes { bid, ask }, 100, band(), Some((50, 60))), settled, "{bid:?} {ask:?}");
        }
    }

    #[test]
    fn without_orders_as_the_nearest_month_within_the_limit() {
        let none = Quotes::default();
        assert_eq!(without_trade(none, 100, band(), Some((200, 210))), 105);
        assert_eq!(without_trade(none, 100, band(), Some((200, 190))), 95);
        assert_eq!(without_trade(none, 100, band(), Some((200, 260))), 110);
        assert_eq!(without_trade(none, 100, band(), None), 100);
    }

    #[test]
    fn the_nearest_month_that_traded() {
        let curve = [Some((1, 2)), None, None, Some((3, 4)), None];
        let of = |place| nearest_traded(curve.into_iter(), place);
        assert_eq!([of(1), of(2), of(4)], [Some((1, 2)), Some((3, 4)), Some((3, 4))]);
        assert_eq!(nearest_traded([Some((1, 2)), None, Some((5, 6))].into_iter(), 1), Some((1, 2)));
        assert_eq!(nearest_traded([None, None].into_iter(), 0), None);
    }

    #[test]
    fn locked_is_a_limit_with_orders_on_one_side_only() {
        let book = [Order::buy(110, 50, 0, 0), Order::buy(112, 9, 0, 1), Order::sell(100, 20, 1, 2)];
        let locked = Quotes::left(&book, &[20, 0, 20], band());
        assert_eq!((locked, locked.lock(band())), (Quotes { bid: Some(110), ask: None }, Some(Side::Buy)));
        assert_eq!(Quotes { bid: Some(110), ask: Some(110) }.lock(band()), None);
        assert_eq!(Quotes { bid: Some(109), ask: None }.lock(band()), None);
        assert_eq!(Quotes { bid: None, ask: Some(90) }.lock(band()), Some(Side::Sell));
        assert_eq!(Quotes::left(&book[..1], &[50], band()), Quotes::default());
    }
}
