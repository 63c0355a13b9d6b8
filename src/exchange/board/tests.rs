//! Boards of nickel through a few sessions, with prices that can be checked by hand.

use super::super::contract::tests::nickel;
use super::super::life::Staged;
use super::*;
use crate::calendar::Date;
use crate::units::Money;

struct Market {
    board: Board,
    house: House,
    auction: Auction,
}

impl Market {
    /// Nickel in the week of 6 January 2025, each month listed 10 ticks above the one before it.
    fn new(change: impl FnOnce(&mut ContractTerms)) -> Self {
        let mut terms = nickel();
        change(&mut terms);
        let house = House::new(&[0, 1, 2], terms.listing.slots(), Money(0));
        let mut market = Self { board: Board::new(terms, 0), house, auction: Auction::default() };
        market.week(0);
        market
    }

    fn week(&mut self, week: Week) {
        let start = Date::new(2025, 1, 6).expect("a day");
        self.board.begin_week(week, Calendar { start }, &mut self.house, |_, before| {
            before.map_or(1_000, |price| price + 10)
        });
    }

    fn hold(&mut self, place: usize, orders: &[Order]) -> Option<i64> {
        let mut orders = orders.to_vec();
        let held = self.board.hold(place, &mut self.house, &mut self.auction, &mut orders);
        held.expect("small").0.price
    }

    fn settled(&self, place: usize) -> i64 {
        self.house.settled(self.board.months[place].series)
    }

    fn ends(&self, place: usize) -> Option<(i64, i64)> {
        self.board.band(place, &self.house).map(|band| (band.low(), band.high()))
    }
}

fn buy(tick: i64, lots: i64) -> Order {
    Order::buy(tick, lots, 0, 0)
}

fn sell(tick: i64, lots: i64) -> Order {
    Order::sell(tick, lots, 1, 1)
}

#[test]
fn months_that_do_not_trade_follow_the_nearest_that_did() {
    let mut market = Market::new(|_| ());
    assert_eq!(market.ends(0), Some((920, 1_080)), "twice the limit until it trades");
    assert_eq!(market.hold(0, &[buy(1_040, 5), sell(1_030, 5)]), Some(1_030));
    market.hold(2, &[buy(1_000, 5), sell(1_050, 5)]);
    assert!(market.board.close(&mut market.house).is_empty());
    // 1,030 traded; 1,010 · 1.03 = 1,040.3; the middle of 1,000, 1,050 and 1,020; 1,030 · 1.03 = 1,060.9.
    assert_eq!([0, 1, 2, 3].map(|place| market.settled(place)), [1_030, 1_040, 1_020, 1_061]);
    assert_eq!([0, 3].map(|place| market.board.months[place].last), [1_030, 1_061]);
    assert_eq!(market.ends(0), Some((989, 1_071)), "4 % of 1,030 is 41.2");
    let [speculator, _] = [0, 1].map(|member| market.house.margin_of_lot(member, market.board.months[0].series));
    assert_eq!(speculator, Money(1_030 * 1_000_000 * 3 / 20), "15 % a week before the last");
}

#[test]
fn three_locked_sessions_suspend_a_month_and_let_losers_out() {
    let mut market = Market::new(|terms| {
        terms.listing.listed = 1;
        terms.margin.rate = Staged::always(Ppm(50_000));
    });
    market.hold(0, &[buy(1_000, 50), sell(1_000, 50)]);
    market.board.close(&mut market.house);
    let mut margins = Vec::new();
    for limit in [1_040, 1_112, 1_212] {
        market.hold(0, &[Order::buy(limit, 30, 1, 0)]);
        let tripped = market.board.close(&mut market.house).to_vec();
        assert_eq!(market.settled(0), limit);
        assert_eq!(tripped.len(), usize::from(limit == 1_212));
        margins.push(market.house.margin_of_lot(0, market.board.months[0].series).0 * 100 / (limit * 1_000_000));
    }
    assert_eq!(margins, [9, 11, 6], "in percent, the next limit and two points");
    assert_eq!(market.ends(0), None);
    let series = market.board.months[0].series;
    assert_eq!(market.house.reduce(series, Side::Buy, &[0, 30, 0]), 30);
    assert_eq!(market.house.lots(1, series), -20);
    assert!(market.board.close(&mut market.house).is_empty(), "the suspended session");
    assert_eq!(market.ends(0), Some((1_164, 1_260)), "4 % of 1,212");
}

#[test]
fn a_cancelled_day_leaves_neither_trades_nor_price() {
    let mut market = Market::new(|terms| {
        terms.listing.listed = 1;
        terms.limit.as_mut().expect("limits").then = AfterHalt::CancelDay;
    });
    market.hold(0, &[buy(1_000, 50), sell(1_000, 50)]);
    market.board.close(&mut market.house);
    for limit in [960, 893, 813] {
        market.hold(0, &[sell(limit, 30), buy(limit, 10)]);
        market.board.close(&mut market.house);
    }
    let series = market.board.months[0].series;
    assert_eq!(
        (market.settled(0), market.house.lots(0, series)),
        (893, 70),
        "of 50 and three times 10 the last are void"
    );
    assert_eq!(market.board.months[0].week.lots, 70);
}

#[test]
fn without_limits_the_operator_may_void_a_session() {
    let mut market = Market::new(|terms| terms.limit = None);
    market.hold(0, &[buy(1_000, 50), sell(1_000, 50)]);
    market.board.close(&mut market.house);
    market.hold(0, &[buy(3_000, 20), sell(2_500, 20)]);
    let series = market.board.months[0].series;
    // 50 and 20 lots short lose 1,500 and 0 ticks of a million mills; margin of 15 % is on 70 lots at 2,500.
    let before = market.house.calls_at(&[(series, 1_000)]);
    assert!(market.house.calls_at(&[(series, 2_500)]) > before);
    market.board.void(0, &mut market.house, 2);
    assert_eq!(market.board.months[0].last, 1_000);
    market.board.close(&mut market.house);
    assert_eq!((market.settled(0), market.house.lots(0, series), market.ends(0)), (1_000, 50, None));
    market.board.close(&mut market.house);
    assert_eq!(market.ends(0), None);
    market.board.close(&mut market.house);
    assert_eq!(market.ends(0), Some((250, 4_000)));
    let reach = market.board.close_out_band(0, &market.house).expect("not suspended");
    assert_eq!((reach.low(), reach.high()), (900, 1_100));
}

#[test]
fn the_main_month_changes_when_another_has_a_tenth_more() {
    let mut market = Market::new(|_| ());
    let mut mains = Vec::new();
    for (place, lots) in [(0, 100), (1, 105), (1, 5)] {
        let price = market.settled(place);
        market.hold(place, &[buy(price, lots), sell(price, lots)]);
        market.board.close(&mut market.house);
        mains.push(market.board.main());
    }
    assert_eq!(mains, [Some(0), Some(0), Some(1)]);
}

#[test]
fn a_month_expires_after_its_last_week_and_another_is_listed() {
    let mut market = Market::new(|_| ());
    assert_eq!(market.board.expire(&mut market.house, &[]), None, "15 January lies in the week after");
    market.week(1);
    let price = market.settled(0);
    market.hold(0, &[buy(price, 5), sell(price, 5)]);
    market.board.close(&mut market.house);
    let expired = market.board.expire(&mut market.house, &[]).expect("January");
    assert_eq!((expired.month.to_string().as_str(), expired.price), ("2025-01", 1_000));
    assert_eq!(market.house.lots(1, expired.series), -5, "to be delivered");
    market.week(2);
    let months: Vec<_> = market.board.months.iter().map(|listed| listed.month.to_string()).collect();
    assert_eq!((months.len(), &*months[0], &*months[11]), (12, "2025-02", "2026-01"));
    assert_eq!(market.settled(11), market.settled(10) + 10);
}

#[test]
fn cash_contracts_end_at_the_mean_of_the_metals_prices() {
    let mut market = Market::new(|terms| terms.delivery = Delivery::Cash { weeks: 2 });
    market.week(1);
    market.hold(0, &[buy(1_000, 5), sell(1_000, 5)]);
    market.board.close(&mut market.house);
    let weekly = [1_100, 1_010, 1_030].map(|ticks| market.board.terms.price(ticks));
    let expired = market.board.expire(&mut market.house, &weekly).expect("January");
    assert_eq!((expired.price, market.house.open_interest(expired.series)), (1_020, 0));
    assert_eq!(market.house.equity(0), Money(5 * 20 * 1_000_000));
}

#[test]
fn the_delivery_price_may_be_the_mean_of_the_last_weeks() {
    let mut market = Market::new(|terms| {
        let Delivery::Physical(physical) = &mut terms.delivery else { unreachable!("nickel is delivered") };
        physical.price = DeliveryPrice::MeanOfWeeks(2);
    });
    market.hold(0, &[buy(1_000, 30), sell(1_000, 30)]);
    market.board.close(&mut market.house);
    market.week(1);
    market.hold(0, &[buy(1_040, 10), sell(1_040, 10)]);
    market.board.close(&mut market.house);
    let expired = market.board.expire(&mut market.house, &[]).expect("January");
    assert_eq!((expired.price, market.house.settled(expired.series)), (1_010, 1_010));
}

#[test]
fn a_decreed_floor_takes_no_lower_orders_and_locks_nothing() {
    let mut market = Market::new(|_| ());
    market.hold(0, &[buy(1_000, 5), sell(1_000, 5)]);
    market.board.close(&mut market.house);
    market.board.bounds = (990, i64::MAX);
    assert_eq!(market.ends(0), Some((990, 1_040)));
    for _session in 0..4 {
        assert_eq!(market.hold(0, &[sell(990, 30), buy(970, 30)]), None, "the bid is below the floor");
        assert!(market.board.close(&mut market.house).is_empty(), "the limit is not what stops the price");
        assert_eq!((market.settled(0), market.ends(0)), (990, Some((990, 1_029))));
    }
    // A floor above what the limit allows is the only price.
    market.board.bounds = (1_200, i64::MAX);
    assert_eq!(market.ends(0), Some((1_200, 1_200)));
    market.board.close(&mut market.house);
    assert_eq!(market.settled(0), 1_200);
}

#[test]
fn a_contract_that_is_taken_off_lists_no_more_months() {
    let mut market = Market::new(|_| ());
    market.board.lists = false;
    market.week(1);
    assert_eq!(market.board.months.len(), 12);
    market.board.expire(&mut market.house, &[]).expect("January trades last");
    market.week(2);
    let months = |market: &Market| {
        let months = market.board.months.iter();
        (market.board.months.len(), months.map(|listed| listed.month.to_string()).next())
    };
    assert_eq!(months(&market), (11, Some("2025-02".to_owned())));
    market.board.lists = true;
    market.week(3);
    assert_eq!(months(&market), (12, Some("2025-02".to_owned())));
}

#[test]
fn what_a_session_traded_at_is_known_before_it_closes() {
    let mut market = Market::new(|_| ());
    market.hold(2, &[buy(1_050, 5), sell(1_010, 5)]);
    let series = market.board.months[2].series;
    let prices: Vec<_> = market.board.prices().collect();
    market.board.close(&mut market.house);
    assert_eq!(prices, [(series, market.settled(2))]);
}
