mod properties;

use super::*;

/// A market small enough to state in a test: orders, arcs and what each region paid last.
#[derive(Clone, Debug)]
struct Market {
    network: Network,
    orders: Vec<Order>,
    last: Vec<i64>,
}

impl Market {
    fn new(last: &[i64]) -> Self {
        let network = Network::new((0..last.len() as u64).collect()).unwrap();
        Self { network, orders: Vec::new(), last: last.to_vec() }
    }

    fn arc(mut self, from: usize, to: usize, cost: i64, capacity: i64) -> Self {
        self.network.set(from, to, cost, capacity).unwrap();
        self
    }

    fn order(mut self, side: Side, region: u16, price: i64, quantity: i64, class: u8) -> Self {
        let index = self.orders.len() as u32;
        // Later orders have lower keys, so that no tie falls the right way by accident of order.
        let key = 1000 - u64::from(index);
        self.orders.push(Order { price, quantity, key, agent: index, region, side, class });
        self
    }

    fn bid(self, region: u16, price: i64, quantity: i64) -> Self {
        self.order(Side::Bid, region, price, quantity, 0)
    }

    fn ask(self, region: u16, price: i64, quantity: i64) -> Self {
        self.order(Side::Ask, region, price, quantity, 0)
    }

    fn clear(&self) -> Outcome {
        self.clear_with(&mut Clearing::new())
    }

    fn clear_with(&self, clearing: &mut Clearing) -> Outcome {
        let outcome = clearing.clear(&self.network, &self.orders, &self.last).unwrap().clone();
        assert_eq!(outcome.check(&self.network, &self.orders), Ok(()), "{self:?} {outcome:?}");
        outcome
    }
}

#[test]
fn freight_separates_prices() {
    let outcome = Market::new(&[0, 0]).ask(0, 10, 7).bid(1, 20, 7).arc(0, 1, 4, UNLIMITED).clear();
    assert_eq!(outcome.price, [13, 17]); // the seller's price may be anything from 10 to 16
    assert_eq!(outcome.shipped(0, 1), 7);
    assert_eq!(outcome.fill, [7, 7]);
}

#[test]
fn freight_above_the_gap_stops_trade() {
    let outcome = Market::new(&[11, 15]).ask(0, 10, 7).bid(1, 20, 7).arc(0, 1, 11, UNLIMITED).clear();
    assert_eq!(outcome.fill, [0, 0]);
    assert_eq!(outcome.price, [10, 20]); // at most the ask, at least the bid
}

#[test]
fn ban_leaves_each_region_its_own_price() {
    let open = Market::new(&[0, 0]).ask(0, 10, 50).bid(0, 15, 20).ask(1, 30, 50).bid(1, 40, 20);
    assert_eq!(open.clone().arc(0, 1, 3, 0).clear().price, [10, 30]);
    assert_eq!(open.arc(0, 1, 3, UNLIMITED).clear().price, [10, 13]);
}

#[test]
fn quota_earns_the_gap_beyond_freight() {
    let market = Market::new(&[0, 0]).ask(0, 10, 100).bid(1, 40, 30).bid(1, 30, 50).bid(1, 20, 100).arc(0, 1, 5, 40);
    let outcome = market.clear();
    assert_eq!(outcome.price, [10, 30]);
    assert_eq!(outcome.fill, [40, 30, 10, 0]);
    assert_eq!(outcome.rent(&market.network, 0, 1), 15);
    assert_eq!(outcome.surplus(&market.network, &market.orders), 30 * 40 + 10 * 30 - 40 * 10 - 40 * 5);
}

#[test]
fn region_without_trade_keeps_its_price_within_bid_and_ask() {
    let check = |last, price| assert_eq!(Market::new(&[last]).bid(0, 9, 5).ask(0, 12, 5).clear().price, [price]);
    check(3, 9);
    check(10, 10);
    check(30, 12);
    assert_eq!(Market::new(&[77]).clear().price, [77]);
    assert_eq!(Market::new(&[77]).bid(0, 90, 1).clear().price, [90]);
}

#[test]
fn regions_without_trade_stay_within_freight_of_each_other() {
    let market = Market::new(&[50, 0, 100]).arc(0, 1, 2, UNLIMITED).arc(1, 0, 3, UNLIMITED).arc(1, 2, 4, 6);
    // The lowest key is fixed first; then region 1 needs p_0 − p_1 ≤ 3, and region 2 p_2 − p_1 ≤ 4.
    assert_eq!(market.clear().price, [50, 47, 51]);
}

#[test]
fn equal_limits_trade() {
    let outcome = Market::new(&[0]).bid(0, 10, 5).ask(0, 10, 3).clear();
    assert_eq!((outcome.price[0], outcome.fill), (10, vec![3, 3]));
}

#[test]
fn margin_is_dealt_in_proportion_and_the_odd_quantum_to_the_largest_fraction_then_the_lowest_key() {
    let odd = Market::new(&[0]).ask(0, 1, 10).bid(0, 5, 5).bid(0, 5, 5).bid(0, 5, 5).ask(0, 9, 1);
    assert_eq!(odd.clear().fill, [10, 3, 3, 4, 0]); // 3 1/3 each, and the last has the lowest key
    let uneven = Market::new(&[0]).ask(0, 1, 10).bid(0, 5, 2).bid(0, 5, 9).bid(0, 5, 4).ask(0, 9, 1);
    assert_eq!(uneven.clear().fill, [10, 1, 6, 3, 0]); // 1 1/3, 6, 2 2/3
}

#[test]
fn lower_classes_are_served_first() {
    let market = Market::new(&[0]).ask(0, 1, 10).order(Side::Bid, 0, 5, 8, 1).order(Side::Bid, 0, 5, 6, 0);
    assert_eq!(market.clear().fill, [10, 4, 6]);
}

#[test]
fn goods_do_not_go_in_circles() {
    let mut market = Market::new(&[0, 0, 0]).ask(0, 5, 9).bid(1, 5, 4).bid(2, 5, 5);
    for (i, j) in [(0, 1), (1, 0), (1, 2), (2, 1), (2, 0), (0, 2)] {
        market = market.arc(i, j, 0, UNLIMITED);
    }
    let outcome = market.clear();
    assert_eq!(outcome.flow, [0, 4, 5, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn check_finds_what_is_wrong() {
    let market = Market::new(&[0, 0]).ask(0, 10, 100).bid(1, 40, 30).bid(1, 30, 50).arc(0, 1, 5, 40);
    let check = |change: fn(&mut Outcome), violation: Violation| {
        let mut wrong = market.clear();
        change(&mut wrong);
        assert_eq!(wrong.check(&market.network, &market.orders), Err(violation));
    };
    check(|o| o.fill.clear(), Violation::Shape);
    check(|o| o.fill[1] = 31, Violation::Fill { order: 1 }); // more than the order
    check(|o| o.fill[1] = 29, Violation::Fill { order: 1 }); // less, although better than the price
    check(|o| o.price[1] = 31, Violation::Fill { order: 2 }); // filled, although worse
    check(|o| o.fill[0] = 39, Violation::Balance { region: 0 });
    check(|o| o.demand[1] = 41, Violation::Balance { region: 1 });
    let open = market.clone().arc(0, 1, 5, UNLIMITED);
    assert_eq!(market.clear().check(&open.network, &open.orders), Err(Violation::Arc { from: 0, to: 1 }));
}

#[test]
fn wrong_input_is_an_error_and_changes_nothing() {
    let market = Market::new(&[0]).bid(0, 10, 5).ask(0, 10, 3);
    let mut clearing = Clearing::new();
    let outcome = market.clear_with(&mut clearing);
    let mut check = |change: fn(&mut Market), error: ClearingError| {
        let mut wrong = market.clone();
        change(&mut wrong);
        assert_eq!(clearing.clear(&wrong.network, &wrong.orders, &wrong.last), Err(error));
        assert_eq!(clearing.outcome, outcome);
    };
    check(|m| m.orders[1].region = 1, ClearingError::NoSuchRegion { order: 1, region: 1 });
    check(|m| m.orders[1].price = i64::MIN, ClearingError::Price { order: 1, price: i64::MIN });
    check(|m| m.orders[0].quantity = 0, ClearingError::Quantity { order: 0, quantity: 0 });
    check(|m| m.orders[0].quantity = i64::MAX, ClearingError::Total);
    check(|m| m.last.clear(), ClearingError::LastPrices { regions: 1, given: 0 });
    check(|m| m.last[0] = i64::MAX, ClearingError::LastPrice { region: 0, price: i64::MAX });
    let mut network = Network::new(vec![1, 2]).unwrap();
    assert_eq!(network.set(0, 1, -1, 5), Err(ClearingError::Cost { from: 0, to: 1, cost: -1 }));
    assert_eq!(network.set(0, 1, 1, -5), Err(ClearingError::Capacity { from: 0, to: 1, capacity: -5 }));
    assert_eq!(network.set(1, 1, 1, 5), Err(ClearingError::NoSuchArc { from: 1, to: 1 }));
    assert_eq!(Network::new(vec![0; 65]), Err(ClearingError::TooManyRegions { regions: 65 }));
}
