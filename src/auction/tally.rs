//! A call auction whose orders are counted as they come and stay with those who gave them.
//!
//! [`Auction`](super::Auction) takes a slice of orders and gives a slice of fills. Where every one of a million agents
//! has one order, those slices are most of what the memory holds and most of what a session reads. A tally keeps lots
//! per tick alone: agents post, the auction is called, and each agent asks what its order got.
//!
//! The price rule is that of [the module above](super). At the price the longer side is rationed in the order of
//! asking, which is [`Rationing::PriceTime`] with the turn as the key.

use super::{Band, BookTooLarge, Cross, Order, Rationing, Reason, Side, Terms, find_price, position};

/// What is posted to an auction, counted by tick.
#[derive(Debug, Clone)]
pub struct Tally {
    band: Band,
    /// Lots that leave demand and that join supply at each position (see [`position`](super::position)).
    histogram: Vec<[i64; 2]>,
    /// The lowest and the highest position with lots; all others hold zeros.
    used: (usize, usize),
    /// Some tick's lots passed an i64.
    too_large: bool,
}

/// No order got in: the lowest position lies above the highest.
const UNUSED: (usize, usize) = (usize::MAX, 0);

impl Tally {
    /// A tally of nothing. It takes 16 bytes for each tick of the band.
    #[must_use]
    pub fn new(band: Band) -> Self {
        Self { band, histogram: vec![[0; 2]; band.ticks() + 1], used: UNUSED, too_large: false }
    }

    /// Counts an order. Its key and agent are of no use here.
    ///
    /// # Errors
    /// When the order takes no part in the auction.
    #[inline]
    pub fn post(&mut self, order: &Order) -> Result<(), Reason> {
        self.post_all(std::iter::once(*order))
    }

    /// Counts orders, up to the first that takes no part in the auction.
    ///
    /// # Errors
    /// When there is such a one.
    #[inline]
    pub fn post_all(&mut self, orders: impl IntoIterator<Item = Order>) -> Result<(), Reason> {
        let Self { band, histogram, .. } = self;
        let (mut used, mut too_large) = (self.used, self.too_large);
        let mut refused = None;
        for order in orders {
            if order.lots <= 0 {
                refused = Some(Reason::NoLots);
                break;
            }
            if !band.contains(order.tick) {
                refused = Some(Reason::OutsideBand);
                break;
            }
            let position = position(&order, *band);
            let lots = &mut histogram[position][order.side as usize];
            let (sum, passed) = lots.overflowing_add(order.lots);
            *lots = sum;
            too_large |= passed;
            used = (used.0.min(position), used.1.max(position));
        }
        (self.used, self.too_large) = (used, too_large);
        refused.map_or(Ok(()), Err)
    }

    /// Calls the auction and forgets what was posted. `reference` is last session's price, in ticks.
    ///
    /// # Errors
    /// When one side's lots add up to more than an i64 holds.
    pub fn call(&mut self, reference: i64) -> Result<Deal, BookTooLarge> {
        let (first, last) = std::mem::replace(&mut self.used, UNUSED);
        let too_large = std::mem::take(&mut self.too_large);
        if first > last {
            return Ok(Deal::NONE);
        }
        let counted = &mut self.histogram[first..=last];
        let add = |[bids, offers]: [i64; 2], lots: &[i64; 2]| {
            Some([bids.checked_add(lots[0])?, offers.checked_add(lots[1])?])
        };
        let totals = if too_large { None } else { counted.iter().try_fold([0; 2], add) };
        let deal = totals.map(|totals| {
            let changes = (first as i64..).zip(counted.iter().copied());
            let terms = Terms { band: self.band, reference, rationing: Rationing::PriceTime };
            let at = |position: usize| *position.checked_sub(first).and_then(|at| counted.get(at)).unwrap_or(&[0; 2]);
            find_price(changes, totals, &terms).map_or(Deal::NONE, |cross| {
                let place = |side| position(&Order { tick: cross.price, lots: 0, key: 0, agent: 0, side }, self.band);
                let lots = [at(place(Side::Buy))[0], at(place(Side::Sell))[1]];
                Deal::new(&cross, lots)
            })
        });
        counted.fill([0; 2]);
        deal.ok_or(BookTooLarge)
    }
}

/// What a called auction decided, to be asked once for each order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deal {
    /// The price of every trade, in ticks; `None` when nothing trades.
    pub price: Option<i64>,
    /// Bought, and as much sold, in lots.
    pub volume: i64,
    /// Bids from here up fill, and offers from here down, whose ticks count backwards for that.
    better: [i64; 2],
    /// What is left, in lots, for bids and offers one tick worse than those.
    left: [i64; 2],
}

impl Deal {
    /// Nothing trades.
    const NONE: Self = Self { price: None, volume: 0, better: [i64::MAX; 2], left: [0; 2] };

    /// The deal at a price at which so many lots are bid and offered.
    fn new(cross: &Cross, [bid, offered]: [i64; 2]) -> Self {
        let Cross { price, demand, supply } = *cross;
        let (bids_ration, offers_ration) = (demand > supply, supply > demand);
        let left = [
            if bids_ration { bid - (demand - supply) } else { 0 },
            if offers_ration { offered - (supply - demand) } else { 0 },
        ];
        assert!(left.iter().all(|left| *left >= 0), "bug: better orders than can trade at {price}");
        Self {
            price: Some(price),
            volume: demand.min(supply),
            better: [price + i64::from(bids_ration), -price + i64::from(offers_ration)],
            left,
        }
    }

    /// What an order trades, in lots. Of those at the price on the longer side the first to ask is the first served.
    #[inline]
    pub fn fill(&mut self, order: &Order) -> i64 {
        let side = order.side as usize;
        let tick = if order.side == Side::Buy { order.tick } else { -order.tick };
        if tick == self.better[side] - 1 {
            let dealt = self.left[side].min(order.lots);
            self.left[side] -= dealt;
            return dealt;
        }
        order.lots & -i64::from(tick >= self.better[side]) // without a branch that coin-flip sides would mispredict
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auction::Auction;
    use proptest::prelude::*;

    #[test]
    fn the_first_to_ask_is_the_first_served() {
        let orders = [Order::buy(100, 30, 0, 0), Order::buy(100, 10, 0, 0), Order::buy(101, 5, 0, 0)];
        let mut tally = Tally::new(Band::new(90, 110).expect("valid"));
        for order in &orders {
            tally.post(order).expect("in the band");
        }
        tally.post(&Order::sell(100, 25, 0, 0)).expect("in the band");
        let mut deal = tally.call(95).expect("small");
        assert_eq!((deal.price, deal.volume), (Some(100), 25));
        assert_eq!(orders.map(|order| deal.fill(&order)), [20, 0, 5]);
    }

    #[test]
    fn a_tally_refuses_what_the_auction_refuses_and_forgets_what_was_called() {
        let mut tally = Tally::new(Band::new(90, 110).expect("valid"));
        assert_eq!(tally.post(&Order::buy(100, 0, 0, 0)), Err(Reason::NoLots));
        assert_eq!(tally.post(&Order::buy(111, 1, 0, 0)), Err(Reason::OutsideBand));
        let orders = [Order::buy(100, 1, 0, 0), Order::buy(111, 1, 0, 0), Order::sell(100, 1, 0, 0)];
        assert_eq!(tally.post_all(orders), Err(Reason::OutsideBand));
        assert_eq!(tally.call(100).map(|deal| deal.volume), Ok(0), "the offer came after the one that was refused");
        for lots in [i64::MAX, 1] {
            tally.post(&Order::buy(90, lots, 0, 0)).expect("in the band");
        }
        assert_eq!(tally.call(100), Err(BookTooLarge));
        assert_eq!(tally.call(100), Ok(Deal::NONE));
    }

    proptest! {
        #[test]
        fn a_tally_decides_what_the_auction_decides(
            orders in prop::collection::vec((any::<bool>(), 85_i64..115, -1_i64..20), 0..40), reference in 80_i64..120,
        ) {
            let band = Band::new(90, 110).expect("valid");
            let order = |(buy, tick, lots)| if buy { Order::buy(tick, lots, 0, 0) } else { Order::sell(tick, lots, 0, 0) };
            let orders: Vec<_> = orders.into_iter().map(order).collect();
            let (mut auction, mut tally) = (Auction::default(), Tally::new(band));
            for called in 0..2 {
                let terms = Terms { band, reference: reference + called, rationing: Rationing::PriceTime };
                let outcome = auction.clear(&orders, &terms).expect("small");
                let accepted: Vec<_> = orders.iter().map(|order| tally.post(order).is_ok()).collect();
                let mut deal = tally.call(terms.reference).expect("small");
                prop_assert_eq!((deal.price, deal.volume), (outcome.price, outcome.volume));
                let fills = orders.iter().zip(&accepted).map(|(order, in_it)| if *in_it { deal.fill(order) } else { 0 });
                prop_assert_eq!(fills.collect::<Vec<_>>(), outcome.fills);
            }
        }
    }
}
