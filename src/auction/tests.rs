//! Books small enough to clear by hand, then random ones against the rule as it is written.

use proptest::prelude::*;

use super::*;

const BAND: Band = Band { low: 90, high: 110 };

fn buy(lots: i64, tick: i64) -> Order {
    Order::buy(tick, lots, 0, 0)
}

fn sell(lots: i64, tick: i64) -> Order {
    Order::sell(tick, lots, 0, 0)
}

fn terms(reference: i64) -> Terms {
    Terms { band: BAND, reference, rationing: Rationing::ProRata }
}

/// Clears by both methods, which must agree, and returns price and fills.
fn clear(orders: &[Order], terms: &Terms) -> (Option<i64>, Vec<i64>) {
    let (mut one, mut other) = (Auction::default(), Auction::default());
    let outcome = one.clear_by(Method::Sort, orders, terms).expect("small");
    assert_eq!(outcome, other.clear_by(Method::Histogram, orders, terms).expect("small"));
    (outcome.price, outcome.fills.to_vec())
}

#[test]
fn a_book_that_does_not_cross_has_no_price() {
    assert_eq!(clear(&[], &terms(100)), (None, vec![]));
    assert_eq!(clear(&[buy(5, 100)], &terms(100)), (None, vec![0]));
    assert_eq!(clear(&[buy(5, 99), sell(5, 101)], &terms(100)), (None, vec![0, 0]));
    assert_eq!(clear(&[buy(5, 100), sell(5, 101)], &terms(100)), (None, vec![0, 0]));
}

#[test]
fn buying_pressure_pays_the_highest_price_and_selling_pressure_the_lowest() {
    // D = 8 and S = 5 from 95 to 105: the buyers are too many, and the price rises as far as they follow.
    assert_eq!(clear(&[buy(8, 105), sell(5, 95)], &terms(100)), (Some(105), vec![5, 5]));
    assert_eq!(clear(&[buy(5, 105), sell(8, 95)], &terms(100)), (Some(95), vec![5, 5]));
}

#[test]
fn a_balanced_range_takes_the_price_nearest_to_the_reference() {
    let book = [buy(5, 105), sell(5, 95)];
    for (reference, price) in [(100, 100), (104, 104), (80, 95), (200, 105), (i64::MAX, 105), (i64::MIN, 95)] {
        assert_eq!(clear(&book, &terms(reference)), (Some(price), vec![5, 5]));
    }
}

#[test]
fn the_reference_never_pulls_the_price_past_a_better_order() {
    // V = 6 from 95 to 105. D − S is 10 − 6 up to 100 and 6 − 10 from 101 on: a = 100, b = 101. A reference of 95
    // brought into the whole range would leave the four at 100 partly unfilled though they bid better.
    let book = [buy(6, 105), buy(4, 100), sell(6, 95), sell(4, 101)];
    for (reference, price) in [(95, 100), (100, 100), (101, 101), (105, 101)] {
        assert_eq!(clear(&book, &terms(reference)), (Some(price), vec![6, 0, 6, 0]));
    }
}

#[test]
fn most_volume_comes_first_and_least_surplus_second() {
    // V: 4 at 100 (D 9, S 4), 6 from 101 (D 6, S 7).
    assert_eq!(clear(&[buy(6, 105), buy(3, 100), sell(4, 95), sell(3, 101)], &terms(95)).0, Some(101));
    // V = 4 on both sides of 100 | 101; D − S is 5 below and −3 above.
    assert_eq!(clear(&[buy(4, 105), buy(5, 100), sell(4, 95), sell(3, 101)], &terms(95)).0, Some(101));
}

#[test]
fn the_longer_side_is_rationed_at_the_price() {
    let at = |key, lots, tick| Order::buy(tick, lots, 0, key);
    let book = [at(2, 30, 100), at(1, 10, 100), at(0, 5, 101), sell(25, 100)];
    assert_eq!(clear(&book, &terms(100)), (Some(100), vec![15, 5, 5, 25]));
    let by_time = Terms { rationing: Rationing::PriceTime, ..terms(100) };
    assert_eq!(clear(&book, &by_time), (Some(100), vec![10, 10, 5, 25]));
}

#[test]
fn market_orders_trade_at_any_price_and_a_locked_market_at_the_edge() {
    let market = |side, lots| Order::market(side, BAND, lots, 0, 0);
    assert_eq!(clear(&[market(Side::Buy, 5), sell(5, 108)], &terms(100)), (Some(108), vec![5, 5]));
    assert_eq!(clear(&[market(Side::Sell, 5), buy(9, 92)], &terms(100)), (Some(92), vec![5, 5]));
    let mut auction = Auction::default();
    let locked = auction.clear(&[market(Side::Buy, 50), sell(5, 108)], &terms(100)).expect("small");
    assert_eq!((locked.price, locked.imbalance, locked.bids, locked.offers), (Some(110), 45, 50, 5));
}

#[test]
fn orders_outside_the_band_or_without_lots_are_reported() {
    let book = [buy(5, 111), buy(5, 100), sell(0, 100), sell(-3, 100), sell(5, 89), sell(5, 100), buy(i64::MIN, 100)];
    assert_eq!(clear(&book, &terms(100)), (Some(100), vec![0, 5, 0, 0, 0, 5, 0]));
    let mut auction = Auction::default();
    let outcome = auction.clear(&book, &terms(100)).expect("small");
    let reasons: Vec<_> = outcome.rejected.iter().map(|rejected| (rejected.order, rejected.reason)).collect();
    let (outside, none) = (Reason::OutsideBand, Reason::NoLots);
    assert_eq!(reasons, [(0, outside), (2, none), (3, none), (4, outside), (6, none)]);
}

#[test]
fn a_sealed_sale_clears_at_its_reserve_price_or_above() {
    let sale = Terms { band: Band::new(100, 140).expect("valid"), reference: 100, rationing: Rationing::ProRata };
    // 20 lots from 100 up. Enough bids: the last that is needed sets the price.
    let bids = [sell(20, 100), buy(10, 130), buy(8, 120), buy(8, 110), buy(50, 104)];
    assert_eq!(clear(&bids, &sale), (Some(110), vec![20, 10, 8, 2, 0]));
    // Too few: all bids filled at the reserve price, the rest is not sold.
    assert_eq!(clear(&bids[..3], &sale), (Some(100), vec![18, 10, 8]));
    // Bids below the reserve price are outside the band.
    assert_eq!(clear(&[sell(20, 100), buy(30, 99)], &sale), (None, vec![0, 0]));
}

#[test]
fn bands_are_bounded() {
    assert!(Band::new(5, 4).is_none() && Band::new(i64::MIN, 0).is_none() && Band::new(0, i64::MAX).is_none());
    assert!(Band::new(-1, 1 << 31).is_none());
    assert_eq!(Band::new(7, 7).map(Band::ticks), Some(1));
    // The widest band, far from zero and with orders at its ends and beyond: places must not wrap around.
    let low = i64::MAX - Band::MAX_TICKS as i64;
    let band = Band::new(low, i64::MAX - 1).expect("valid");
    let book = [buy(5, i64::MAX - 1), sell(5, low), sell(3, i64::MIN), buy(3, i64::MAX)];
    let mut auction = Auction::default();
    let outcome = auction.clear(&book, &Terms { band, ..terms(0) }).expect("small");
    assert_eq!((outcome.price, outcome.fills), (Some(low), &[5, 5, 0, 0][..]));
}

#[test]
fn a_book_beyond_64_bits_is_an_error_and_the_largest_that_fits_is_exact() {
    let half = i64::MAX / 2;
    let book = [buy(half, 105), buy(half, 104), sell(half, 95), sell(half + 1, 96)];
    assert_eq!(clear(&book, &terms(100)), (Some(96), vec![half, half, half, half]));
    let mut auction = Auction::default();
    for method in [Method::Sort, Method::Histogram] {
        let book = [buy(i64::MAX, 105), buy(1, 104), sell(1, 95)];
        assert_eq!(auction.clear_by(method, &book, &terms(100)), Err(BookTooLarge));
    }
}

#[test]
fn both_methods_agree_on_large_books() {
    use crate::streams::{Draw, Purpose, Streams};
    const BOOK: Purpose = Purpose::new("auction.tests.book");
    let band = Band::new(-1200, 1200).expect("valid");
    for step in 0..40 {
        let mut at = Streams::new(1).at(BOOK, 0, step);
        let orders: Vec<_> = (0..1 << (step % 13))
            .map(|agent| {
                let side = if at.bernoulli(0.5) { Side::Buy } else { Side::Sell };
                Order { tick: (at.normal() * 400.0) as i64, lots: at.range(1..=50), key: at.u64(), agent, side }
            })
            .collect();
        let terms = Terms { band, reference: 0, rationing: Rationing::ProRata };
        let (price, fills) = clear(&orders, &terms);
        assert_eq!(price, price_by_the_rule(&orders, &terms));
        let mut auction = Auction::default();
        let outcome = auction.clear(&orders, &terms).expect("small");
        assert_eq!((outcome.price, outcome.fills), (price, &fills[..]));
    }
}

/// The price rule as it is written, tick by tick.
fn price_by_the_rule(orders: &[Order], terms: &Terms) -> Option<i64> {
    let at = |tick: i64| {
        let sum = |side, crosses: &dyn Fn(i64) -> bool| -> i64 {
            let accepted = orders.iter().filter(|order| terms.band.contains(order.tick) && order.lots > 0);
            accepted.filter(|order| order.side == side && crosses(order.tick)).map(|order| order.lots).sum()
        };
        (tick, sum(Side::Buy, &|limit| limit >= tick), sum(Side::Sell, &|limit| limit <= tick))
    };
    let ticks: Vec<_> = (terms.band.low..=terms.band.high).map(at).collect();
    let volume = ticks.iter().map(|&(_, demand, supply)| demand.min(supply)).max()?;
    let kept = ticks.iter().filter(|&&(_, demand, supply)| demand.min(supply) == volume);
    let least = kept.clone().map(|&(_, demand, supply)| (demand - supply).abs()).min()?;
    let kept = kept.filter(|&&(_, demand, supply)| (demand - supply).abs() == least);
    let highest = kept.clone().filter(|(_, demand, supply)| demand >= supply).map(|kept| kept.0).max();
    let lowest = kept.filter(|(_, demand, supply)| demand <= supply).map(|kept| kept.0).min();
    let price = match (highest, lowest) {
        (Some(a), Some(b)) => terms.reference.clamp(a.min(b), a.max(b)),
        (a, b) => a.or(b)?,
    };
    (volume > 0).then_some(price)
}

prop_compose! {
    /// Orders on and just outside a narrow band, with round lots, so that ties and rejections are common.
    fn book(most: usize)(
        orders in prop::collection::vec((88_i64..=112, -1_i64..12, any::<bool>()), 0..most), coarse in any::<bool>(),
    ) -> Vec<Order> {
        let order = |(key, (tick, lots, buy)): (u64, (i64, i64, bool))| {
            let side = if buy { Side::Buy } else { Side::Sell };
            Order { tick, lots: if coarse { lots / 4 * 4 } else { lots }, key: key * 7 % 31, agent: 0, side }
        };
        (0..).zip(orders).map(order).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn prices_follow_the_rule_and_fills_add_up(orders in book(30), reference in 85_i64..115, by_time in any::<bool>()) {
        let rationing = if by_time { Rationing::PriceTime } else { Rationing::ProRata };
        let terms = Terms { rationing, ..terms(reference) };
        let (price, fills) = clear(&orders, &terms);
        prop_assert_eq!(price, price_by_the_rule(&orders, &terms));
        for near in -2..=2 {
            let terms = Terms { reference: price.unwrap_or(reference) + near, ..terms };
            prop_assert_eq!(clear(&orders, &terms).0, price_by_the_rule(&orders, &terms));
        }
        let bought: i64 = orders.iter().zip(&fills).filter(|(order, _)| order.side == Side::Buy).map(|(_, fill)| fill).sum();
        prop_assert_eq!(bought * 2, fills.iter().sum::<i64>());
        prop_assert_eq!(bought > 0, price.is_some());
        for (order, &fill) in orders.iter().zip(&fills) {
            prop_assert!(0 <= fill && fill <= order.lots.max(0));
            let accepted = BAND.contains(order.tick) && order.lots > 0;
            if let (Some(price), true) = (price, accepted) {
                let edge = if order.side == Side::Buy { order.tick - price } else { price - order.tick };
                prop_assert!(edge >= 0 || fill == 0, "a limit is crossed");
                prop_assert!(edge <= 0 || fill == order.lots, "a better order is left unfilled");
            } else {
                prop_assert_eq!(fill, 0);
            }
        }
    }

    #[test]
    fn the_order_of_the_slice_changes_nothing(orders in book(31), turn in 0_usize..31, reference in 85_i64..115) {
        let (price, fills) = clear(&orders, &terms(reference));
        let mut both: Vec<_> = orders.into_iter().zip(fills).collect();
        both.reverse();
        let turn = turn.min(both.len());
        both.rotate_left(turn);
        let (shuffled, expected): (Vec<Order>, Vec<i64>) = both.into_iter().unzip();
        prop_assert_eq!(clear(&shuffled, &terms(reference)), (price, expected));
    }

    #[test]
    fn buffers_remember_nothing(first in book(60), second in book(30)) {
        let (mut used, mut fresh) = (Auction::default(), Auction::default());
        used.clear(&first, &terms(100)).expect("small");
        prop_assert_eq!(used.clear(&second, &terms(101)), fresh.clear(&second, &terms(101)));
    }
}
