//! What always holds, over random weeks of orders, calls met and not met, halts, defaults and deliveries.

use proptest::prelude::*;

use super::board::Board;
use super::contract::tests::nickel;
use super::contract::{ContractTerms, Delivery, Matching};
use super::delivery::{Offer, deliver};
use super::house::{House, Standing};
use super::life::Staged;
use super::limits::{AfterHalt, Breaker};
use super::warehouse::{WarehouseTerms, Warehouses};
use crate::auction::{Auction, Band, Order, Side};
use crate::calendar::{Calendar, Date};
use crate::digest::Digest;
use crate::units::{Money, Ppm};

const MEMBERS: usize = 6;

/// An order as drawn: month, member, side, distance from the settlement in ticks, lots.
type Drawn = (usize, usize, bool, i64, i64);

/// A session: orders, who meets a call, a month that the operator voids if any.
#[derive(Debug, Clone)]
struct Session {
    orders: Vec<Drawn>,
    pays: [bool; MEMBERS],
    void: Option<usize>,
}

fn session() -> impl Strategy<Value = Session> {
    let order = (0..3_usize, 0..MEMBERS, any::<bool>(), -130..130_i64, 1..40_i64);
    let void = prop_oneof![9 => Just(None), 1 => (0..3_usize).prop_map(Some)];
    (prop::collection::vec(order, 0..16), prop::array::uniform6(any::<bool>()), void)
        .prop_map(|(orders, pays, void)| Session { orders, pays, void })
}

fn contract(then: AfterHalt, limited: bool) -> ContractTerms {
    let mut terms = nickel();
    terms.listing.listed = 3;
    terms.fee = Money(700);
    terms.position = terms.position.map(|_| Staged::always(super::contract::PositionLimit { lots: 60, large: None }));
    terms.opening_cap = Some(50);
    terms.limit = terms.limit.filter(|_| limited);
    if let Some(limit) = &mut terms.limit {
        limit.then = then;
    }
    terms
}

/// An exchange with its members' outside accounts, and what is checked of it.
struct Exchange {
    board: Board,
    house: House,
    auction: Auction,
    warehouses: Warehouses,
    /// What members and owners have paid into the house less what they took out.
    paid_in: Money,
    placed: i64,
    left: i64,
    week: u32,
}

impl Exchange {
    fn new(terms: ContractTerms) -> Self {
        let keys: Vec<_> = (0..MEMBERS as u64).map(|member| member * 7 % 6).collect();
        let mut house = House::new(&keys, terms.listing.slots(), Money(0));
        house.invest(Money(3_000_000));
        house.set_hedger(5, true);
        let gate = WarehouseTerms { load_in: 40, load_out: 15, rent: Money(1), discount: 0 };
        let warehouses = Warehouses::new(MEMBERS, &[gate, WarehouseTerms { discount: 40, ..gate }]);
        let (board, auction) = (Board::new(terms, 0), Auction::default());
        Self { board, house, auction, warehouses, paid_in: Money(3_000_000), placed: 0, left: 0, week: 0 }
    }

    fn run(&mut self, sessions: &[Session]) -> Result<(), TestCaseError> {
        let calendar = Calendar { start: Date::new(2025, 1, 6).expect("a day") };
        for (week, sessions) in (0..).zip(sessions.chunks(5)) {
            self.week = week;
            self.board.begin_week(week, calendar, &mut self.house, |_, before| before.unwrap_or(1_000));
            for session in sessions {
                self.session(session)?;
            }
            self.end_week(&sessions[0])?;
        }
        Ok(())
    }

    fn session(&mut self, session: &Session) -> Result<(), TestCaseError> {
        let closing = self.house.liquidations().to_vec();
        for place in 0..self.board.months().len() {
            let series = self.board.months()[place].series;
            let Some(band) = self.board.band(place, &self.house) else { continue };
            let settled = self.house.settled(series);
            let mut orders = Vec::new();
            for (key, closed) in (0..).zip(closing.iter().filter(|closed| closed.series == series)) {
                let reach = self.board.close_out_band(place, &self.house).expect("not suspended");
                orders.push(closed.order(reach, key));
            }
            for (key, &(_, member, buys, away, lots)) in
                (10..).zip(session.orders.iter().filter(|drawn| drawn.0 == place))
            {
                let side = if buys { Side::Buy } else { Side::Sell };
                orders.push(Order { tick: settled + away, lots, key, agent: member as u32, side });
            }
            let before: Vec<_> = (0..MEMBERS).map(|member| self.house.lots(member, series)).collect();
            if let Matching::Continuous { stays, .. } = self.board.terms.matching {
                self.continuous(place, band, stays, &mut orders)?;
            } else {
                let held = self.board.hold(place, &mut self.house, &mut self.auction, &mut orders);
                let (outcome, _) = held.expect("small");
                prop_assert!(outcome.price.is_none_or(|price| band.contains(price)), "a price outside the band");
            }
            for member in 0..MEMBERS {
                let (before, after) = (before[member], self.house.lots(member, series));
                let most = if member == 5 { i64::MAX } else { before.abs().max(60) };
                prop_assert!(after.abs() <= most, "member {} holds {} lots, {} before", member, after, before);
                if matches!(self.house.standing(member), Standing::Closing | Standing::Defaulted) {
                    let shrinks = after == 0 || after.signum() == before.signum() && after.abs() <= before.abs();
                    prop_assert!(shrinks, "member {} may only close: {} lots, {} before", member, after, before);
                }
            }
        }
        if let Some(place) = session.void {
            self.board.void(place, &mut self.house, 1);
        }
        let tripped = self.board.close(&mut self.house).to_vec();
        for (place, breaker) in tripped {
            if let Breaker::Locked { side, then: AfterHalt::ForcedReduction } = breaker {
                let series = self.board.months()[place].series;
                self.house.reduce(series, side, &[30; MEMBERS]);
            }
        }
        self.books()?;
        self.default()?;
        for call in self.house.calls().to_vec() {
            if session.pays[call.member] {
                self.house.deposit(call.member, call.amount);
                self.paid_in += call.amount;
            }
        }
        for member in (0..MEMBERS).filter(|member| session.pays[*member]) {
            let free = self.house.free(member);
            self.house.withdraw(member, free);
            self.paid_in -= free;
        }
        self.books()
    }

    /// Orders one by one: members below 3 have turns, the others wrote theirs before, close-outs come last.
    fn continuous(&mut self, place: usize, band: Band, stays: bool, orders: &mut [Order]) -> Result<(), TestCaseError> {
        let mut session = self.board.open(place, &mut self.house, stays);
        let (mut written, mut turns): (Vec<Order>, Vec<Order>) =
            orders.iter().partition(|order| order.key < 10 || order.agent >= 3);
        session.cut(&mut written);
        let mut prices = Vec::new();
        for (at, order) in turns.drain(..).enumerate() {
            session.next_step();
            session.place_in_turn(order, at as u16 % 4);
            prices.extend(session.take_last());
        }
        for order in written {
            if order.key < 10 {
                session.place_at_any_price(order);
            } else {
                session.place(order);
            }
            prices.extend(session.take_last());
        }
        let (bid, offer) = (session.book().best_bid(), session.book().best_offer());
        prop_assert!(bid.zip(offer).is_none_or(|(bid, offer)| bid < offer), "a crossed book");
        prop_assert!(prices.iter().all(|price| band.contains(*price)), "a price outside the band");
        let left = session.end();
        prop_assert!(left.iter().all(|order| order.lots > 0 && band.contains(order.tick)));
        Ok(())
    }

    /// Members who owe and hold nothing are resolved; others lose no more than their gains.
    fn default(&mut self) -> Result<(), TestCaseError> {
        let before: Vec<_> = (0..MEMBERS).map(|member| self.house.equity(member)).collect();
        let waterfall = self.house.resolve();
        let mut owed = Money(0);
        for (member, before) in before.into_iter().enumerate() {
            let after = self.house.equity(member);
            if after > before {
                owed += -before;
                prop_assert_eq!(after, Money(0));
                prop_assert_eq!(self.house.standing(member), Standing::Defaulted);
                self.house.readmit(member);
            } else {
                prop_assert!(after == before || after >= Money(0), "a haircut put member {} into debt", member);
            }
        }
        prop_assert_eq!(waterfall.loss() - waterfall.own_margin, owed);
        Ok(())
    }

    /// Expiry, delivery at once, and the gates of the warehouses.
    fn end_week(&mut self, session: &Session) -> Result<(), TestCaseError> {
        for (at, pays) in session.pays.iter().enumerate() {
            if *pays && self.week.is_multiple_of(3) {
                self.warehouses.place(at % 2, at, 17);
                self.placed += 17;
            }
            let some = self.warehouses.warrants(at % 2, at) / 4;
            self.warehouses.cancel(at % 2, at, some);
            if !self.house.in_debt() {
                let due = self.house.fund_due(at, Ppm(15_000));
                self.house.contribute(at, due);
                self.paid_in += due;
            }
        }
        let weekly = [self.board.terms.price(990), self.board.terms.price(1_030)];
        if let Some(expired) = self.board.expire(&mut self.house, &weekly) {
            if let Delivery::Physical(physical) = self.board.terms.delivery {
                for (member, pays) in session.pays.iter().enumerate() {
                    let lots = self.house.lots(member, expired.series).max(0);
                    if *pays {
                        let value = Money(self.house.tick_value(expired.series).0 * expired.price * lots);
                        self.house.deposit(member, value);
                        self.paid_in += value;
                    }
                }
                let offer = |holder: usize| Offer { tick: expired.price + 100, warehouse: holder % 2, holder, lots: 9 };
                let mut offers: Vec<_> = (0..MEMBERS).map(offer).collect();
                let draw = |short: usize, warehouse: usize| (short * 31 + warehouse * 17) as u64 % 13;
                let (house, warehouses) = (&mut self.house, &mut self.warehouses);
                deliver(house, expired.series, warehouses, &physical, &[0, 1], &mut offers, draw, &mut Vec::new());
            }
            prop_assert_eq!(self.house.open_interest(expired.series), 0);
        }
        let mut out = Vec::new();
        self.warehouses.pass_week(&mut out);
        self.left += out.iter().map(|parcel| parcel.lots).sum::<i64>();
        let stored = (0..MEMBERS).map(|member| self.warehouses.stored(0, member) + self.warehouses.stored(1, member));
        prop_assert_eq!(stored.sum::<i64>(), self.placed - self.left);
        for member in 0..MEMBERS {
            for warehouse in 0..2 {
                let (live, stored) =
                    (self.warehouses.warrants(warehouse, member), self.warehouses.stored(warehouse, member));
                prop_assert!(0 <= live && live <= stored, "{} of {} lots are on warrant", live, stored);
            }
        }
        self.books()
    }

    fn books(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.house.total(), self.paid_in, "money was made or destroyed");
        for series in 0..self.board.terms.listing.slots() {
            let lots = || (0..MEMBERS).map(|member| self.house.lots(member, series));
            prop_assert_eq!(lots().sum::<i64>(), 0);
            prop_assert_eq!(lots().map(|lots| lots.max(0)).sum::<i64>(), self.house.open_interest(series));
        }
        Ok(())
    }
}

fn hash(house: &House) -> u64 {
    let mut digest = Digest::default();
    digest.add(house);
    digest.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn books_close_whoever_pays(sessions in prop::collection::vec(session(), 60)) {
        let continuous = |stays| Matching::Continuous { turns: 1, stays };
        for (then, limited, cash, matching) in [
            (AfterHalt::ForcedReduction, true, false, Matching::CallAuction),
            (AfterHalt::CancelDay, true, true, Matching::CallAuction),
            (AfterHalt::RaiseMargin, false, false, Matching::CallAuction),
            (AfterHalt::ForcedReduction, true, false, continuous(true)),
            (AfterHalt::CancelDay, true, true, continuous(false)),
            (AfterHalt::RaiseMargin, false, true, continuous(true)),
        ] {
            let mut terms = ContractTerms { matching, ..contract(then, limited) };
            if cash {
                terms.delivery = Delivery::Cash { weeks: 2 };
            }
            Exchange::new(terms).run(&sessions)?;
        }
    }

    /// Whatever the path of settlements, a member has gained Σ q·(S − p)·v over its trades.
    #[test]
    fn variation_margin_adds_up_to_gains_since_each_trade(
        sessions in prop::collection::vec((prop::collection::vec((0..4_u32, 0..4_u32, 1..90_i64, 80..120_i64), 0..5), 80..120_i64), 1..12)
    ) {
        let mut house = House::new(&[0, 1, 2, 3], 1, Money(0));
        house.list(0, Money(7), Money(0), 100);
        let mut trades = Vec::new();
        for (drawn, settlement) in &sessions {
            for &(buyer, seller, lots, price) in drawn {
                let orders = [Order::buy(price, lots, buyer, 0), Order::sell(price, lots, seller, 1)];
                house.trade(0, price, &orders, &[lots, lots]);
                trades.extend([(buyer, lots, price), (seller, -lots, price)]);
            }
            house.settle(0, *settlement);
            for member in 0..4 {
                let own = trades.iter().filter(|trade| trade.0 == member);
                let gain: i64 = own.map(|(_, lots, price)| 7 * lots * (settlement - price)).sum();
                prop_assert_eq!(house.equity(member as usize), Money(gain));
            }
        }
    }

    /// The order in which members' orders stand in the book leaves positions and money as they are.
    #[test]
    fn shuffled_orders_give_the_same_state(sessions in prop::collection::vec(prop::collection::vec((any::<bool>(), -40..40_i64, 1..30_i64), MEMBERS), 1..8)) {
        let mut forward = Exchange::new(contract(AfterHalt::RaiseMargin, true));
        let mut backward = Exchange::new(contract(AfterHalt::RaiseMargin, true));
        let calendar = Calendar { start: Date::new(2025, 1, 6).expect("a day") };
        for exchange in [&mut forward, &mut backward] {
            exchange.board.begin_week(0, calendar, &mut exchange.house, |_, _| 1_000);
        }
        for drawn in &sessions {
            for (exchange, reversed) in [(&mut forward, false), (&mut backward, true)] {
                if exchange.board.band(0, &exchange.house).is_some() {
                    let settled = exchange.house.settled(0);
                    let order = |(member, (buys, away, lots)): (u32, &(bool, i64, i64))| {
                        let side = if *buys { Side::Buy } else { Side::Sell };
                        Order { tick: settled + away, lots: *lots, key: u64::from(member), agent: member, side }
                    };
                    let mut orders: Vec<_> = (0..).zip(drawn).map(order).collect();
                    if reversed {
                        orders.reverse();
                    }
                    exchange.board.hold(0, &mut exchange.house, &mut exchange.auction, &mut orders).expect("small");
                }
                exchange.board.close(&mut exchange.house);
                exchange.house.calls();
            }
        }
        prop_assert_eq!(hash(&forward.house), hash(&backward.house));
    }
}
