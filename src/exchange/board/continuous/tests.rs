//! Sessions small enough to match by hand.

use super::super::super::contract::tests::nickel;
use super::super::super::contract::{ContractTerms, PositionLimit};
use super::super::super::life::Staged;
use super::super::super::settlement::SettlementRule;
use super::*;
use crate::calendar::{Calendar, Date};
use crate::units::Money;

/// A board of one month of nickel at 1,000 ticks, 920 to 1,080 allowed, and a house of four.
fn market(change: impl FnOnce(&mut ContractTerms)) -> (Board, House) {
    let mut terms = nickel();
    (terms.listing.listed, terms.position) = (1, None);
    change(&mut terms);
    let mut house = House::new(&[0, 1, 2, 3], terms.listing.slots(), Money(0));
    let mut board = Board::new(terms, 0);
    let calendar = Calendar { start: Date::new(2025, 1, 6).expect("a day") };
    board.begin_week(0, calendar, &mut house, |_, _| 1_000);
    (board, house)
}

fn series(board: &Board) -> usize {
    board.months()[0].series
}

#[test]
fn every_trade_is_booked_at_the_limit_that_waited_and_the_session_settles_at_their_mean() {
    for (settlement, settled) in [(SettlementRule::VolumeWeighted, 1_013), (SettlementRule::Closing, 1_020)] {
        let (mut board, mut house) = market(|terms| terms.settlement = settlement);
        let mut session = board.open(0, &mut house, false);
        for order in [Order::sell(1_010, 3, 1, 9), Order::sell(1_020, 3, 2, 8), Order::buy(1_030, 4, 0, 7)] {
            session.place(order);
        }
        assert_eq!((session.take_last(), session.take_last()), (Some(1_020), None));
        let left: Vec<_> = session.end().iter().map(|order| (order.agent, order.tick, order.lots)).collect();
        assert_eq!(left, [(2, 1_020, 2)]);
        board.close(&mut house);
        // (3 · 1,010 + 1,020)/4 = 1,012.5, halves up.
        assert_eq!(house.settled(series(&board)), settled);
        // A tick on a lot is a million mills; what one gained the others lost.
        let gains = [3 * (settled - 1_010) + (settled - 1_020), -3 * (settled - 1_010), -(settled - 1_020), 0];
        assert_eq!([0, 1, 2, 3].map(|member| house.equity(member).0 / 1_000_000), gains);
        assert_eq!([0, 1, 2, 3].map(|member| house.lots(member, series(&board))), [4, -3, -1, 0]);
    }
}

#[test]
fn orders_at_any_price_take_what_waits_and_meet_each_other_at_the_last_price() {
    let (mut board, mut house) = market(|_| ());
    let mut session = board.open(0, &mut house, false);
    session.place(Order::sell(1_010, 2, 1, 0));
    session.place_at_any_price(Order::buy(1_080, 5, 0, 0));
    assert_eq!((session.take_last(), session.book().best_bid()), (Some(1_010), Some(1_080)));
    session.place_at_any_price(Order::sell(920, 3, 2, 0));
    assert_eq!(session.take_last(), Some(1_010));
    assert!(session.end().is_empty());
    board.close(&mut house);
    assert_eq!(house.settled(series(&board)), 1_010);
}

#[test]
fn what_is_left_of_one_side_alone_locks_the_session() {
    let (mut board, mut house) = market(|_| ());
    let mut session = board.open(0, &mut house, false);
    session.place_at_any_price(Order::buy(1_080, 5, 0, 0));
    assert_eq!(session.end().len(), 1);
    board.close(&mut house);
    assert_eq!(house.settled(series(&board)), 1_080);
}

#[test]
fn orders_in_turn_wait_as_long_as_they_live_and_where_they_may_stay() {
    for stays in [true, false] {
        let (mut board, mut house) = market(|_| ());
        let mut session = board.open(0, &mut house, stays);
        session.place_in_turn(Order::sell(1_010, 1, 1, 0), 2);
        session.place(Order::sell(1_005, 1, 2, 0));
        assert_eq!(session.end().len(), 2);
        board.close(&mut house);
        let mut session = board.open(0, &mut house, stays);
        assert_eq!(session.book().best_offer(), stays.then_some(1_010));
        for _ in 0..3 {
            session.next_step();
        }
        assert!(session.book().is_empty(), "too old");
        assert!(session.end().is_empty());
    }
}

#[test]
fn an_order_that_the_next_band_does_not_hold_leaves() {
    let (mut board, mut house) = market(|_| ());
    let mut session = board.open(0, &mut house, true);
    session.place_in_turn(Order::sell(1_080, 1, 1, 0), 100);
    session.place_in_turn(Order::buy(1_081, 1, 1, 0), 100);
    session.place(Order::buy(950, 1, 0, 0));
    session.place(Order::sell(950, 1, 2, 0));
    assert_eq!(session.end().len(), 1, "one was refused and two met");
    board.close(&mut house);
    // 4 % of 950 either way.
    assert!(board.open(0, &mut house, true).book().is_empty());
}

#[test]
fn orders_that_wait_count_towards_the_position_limit() {
    let limit = Staged::always(PositionLimit { lots: 3, large: None });
    let (mut board, mut house) = market(|terms| terms.position = Some(limit));
    let mut session = board.open(0, &mut house, true);
    for _ in 0..5 {
        session.place_in_turn(Order::buy(990, 1, 0, 0), 100);
    }
    let mut written = [Order::buy(995, 2, 0, 0), Order::sell(1_000, 5, 0, 0)];
    session.cut(&mut written);
    assert_eq!(written.map(|order| order.lots), [0, 3]);
    let left = session.end();
    assert_eq!(left.iter().map(|order| order.lots).sum::<i64>(), 3);
}
