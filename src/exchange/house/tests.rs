//! Positions and money of a few members, to the mill.

use super::*;

/// Members with a deposit of a million mills each, and one series at 100 ticks of 10 mills.
pub(super) fn house(members: u64, rates: [Ppm; 2]) -> House {
    let mut house = House::new(&(0..members).collect::<Vec<_>>(), 1, Money(0));
    house.list(0, Money(10), Money(0), 100);
    house.set_margin(0, rates);
    house
}

/// One buys from another.
pub(super) fn deal(house: &mut House, series: usize, buyer: u32, seller: u32, lots: i64, price: i64) {
    let orders = [Order::buy(price, lots, buyer, 0), Order::sell(price, lots, seller, 1)];
    house.trade(series, price, &orders, &[lots, lots]);
}

fn equities(house: &House) -> Vec<i64> {
    house.members().map(|member| house.equity(member).0).collect()
}

#[test]
fn trades_are_marked_from_their_price_and_positions_from_the_last_settlement() {
    let mut house = house(3, [Ppm(0); 2]);
    deal(&mut house, 0, 0, 1, 5, 103);
    house.settle(0, 104);
    assert_eq!(equities(&house), [50, -50, 0], "5 lots · 1 tick · 10 mills");
    // 0 sells 2 of its lots to 2 at 101; the settlement falls by 6.
    deal(&mut house, 0, 2, 0, 2, 101);
    house.settle(0, 98);
    // 0: 5·(98−104) − 2·(98−101) = −24 ticks; 1: +30; 2: 2·(98−101) = −6.
    assert_eq!(equities(&house), [50 - 240, -50 + 300, -60]);
    assert_eq!([0, 1, 2].map(|member| house.lots(member, 0)), [3, -5, 2]);
    assert_eq!((house.open_interest(0), house.total()), (5, Money(0)));
}

#[test]
fn several_auctions_in_a_session_settle_together() {
    let mut house = house(2, [Ppm(0); 2]);
    deal(&mut house, 0, 0, 1, 5, 103);
    deal(&mut house, 0, 1, 0, 5, 105);
    house.settle(0, 200);
    assert_eq!(equities(&house), [100, -100], "bought at 103, sold at 105, whatever the settlement");
    assert_eq!(house.open_interest(0), 0);
}

#[test]
fn fees_go_to_the_capital() {
    let mut house = house(2, [Ppm(0); 2]);
    house.list(0, Money(10), Money(3), 100);
    deal(&mut house, 0, 0, 1, 5, 100);
    house.settle(0, 100);
    assert_eq!((equities(&house), house.capital(), house.total()), (vec![-15, -15], Money(30), Money(0)));
    house.settle(0, 100);
    assert_eq!(house.capital(), Money(30), "charged once");
}

#[test]
fn a_void_session_leaves_positions_and_money_as_they_were_before_it() {
    let mut house = house(3, [Ppm(0); 2]);
    deal(&mut house, 0, 0, 1, 5, 100);
    house.settle(0, 100);
    let before = house.clone();
    deal(&mut house, 0, 1, 0, 9, 180);
    deal(&mut house, 0, 2, 1, 4, 250);
    house.void(0);
    house.settle(0, 100);
    let hash = |house: &House| {
        let mut digest = Digest::default();
        digest.add(house);
        digest.finish()
    };
    assert_eq!(hash(&house), hash(&before));
}

#[test]
fn age_and_profit_of_a_position_begin_when_it_is_opened_or_turns() {
    let mut house = house(2, [Ppm(0); 2]);
    house.calls();
    deal(&mut house, 0, 0, 1, 5, 100);
    house.settle(0, 101);
    house.calls();
    deal(&mut house, 0, 0, 1, 2, 101);
    house.settle(0, 103);
    assert_eq!((house.since(0, 0), house.cells[0].earned), (1, Money(50 + 140)));
    house.calls();
    deal(&mut house, 0, 1, 0, 9, 103);
    house.settle(0, 102);
    assert_eq!((house.lots(0, 0), house.since(0, 0)), (-2, 3));
    assert_eq!(house.cells[0].earned, Money(20), "−7 lots and 9 sold: 2 lots short gain a tick");
}

#[test]
fn delivery_offsets_a_short_against_a_long() {
    let mut house = house(3, [Ppm(0); 2]);
    deal(&mut house, 0, 0, 1, 5, 100);
    deal(&mut house, 0, 2, 1, 3, 100);
    house.settle(0, 100);
    house.freeze(0);
    house.offset(0, 1, 0, 4);
    assert_eq!([0, 1, 2].map(|member| house.lots(member, 0)), [1, -4, 3]);
    house.pay(0, 1, Money(4_000));
    assert_eq!(equities(&house), [-4_000, 4_000, 0]);
    house.close_out(0);
    assert_eq!((house.open_interest(0), house.lots(2, 0)), (0, 0));
}

#[test]
#[should_panic(expected = "bought 2 lots more than it sold")]
fn an_unbalanced_auction_is_a_bug() {
    let mut house = house(2, [Ppm(0); 2]);
    house.trade(0, 100, &[Order::buy(100, 5, 0, 0), Order::sell(100, 3, 1, 1)], &[5, 3]);
}
