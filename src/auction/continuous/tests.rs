//! Books small enough to match by hand, then random streams of orders against the rule as it is written.

use proptest::prelude::*;

use super::*;

fn book() -> Book {
    Book::new(Band::new(90, 110).expect("not empty"))
}

fn buy(lots: i64, tick: i64, agent: u32) -> Order {
    Order::buy(tick, lots, agent, 0)
}

fn sell(lots: i64, tick: i64, agent: u32) -> Order {
    Order::sell(tick, lots, agent, 0)
}

/// Price, and of each trade buyer, seller and lots.
type Executed = (i64, Vec<(u32, u32, i64)>);

fn execute(book: &mut Book) -> Option<Executed> {
    let trades = |trades: &[Trade]| trades.iter().map(|trade| (trade.buyer, trade.seller, trade.lots)).collect();
    book.execute().map(|execution| (execution.price, trades(execution.trades)))
}

fn place(book: &mut Book, order: Order) -> OrderId {
    book.place(order, None).expect("in the band")
}

#[test]
fn an_order_that_crosses_trades_at_the_limit_that_was_resting() {
    let mut book = book();
    place(&mut book, sell(5, 100, 1));
    assert_eq!(execute(&mut book), None);
    place(&mut book, buy(3, 104, 2));
    assert_eq!(execute(&mut book), Some((100, vec![(2, 1, 3)])));
    assert_eq!((book.best_bid(), book.best_offer(), book.len()), (None, Some(100), 1));
}

#[test]
fn pairs_one_by_one_trade_at_the_limits_that_were_resting() {
    let mut book = book();
    for order in [sell(2, 101, 1), sell(2, 100, 2), buy(3, 102, 3)] {
        place(&mut book, order);
    }
    let mut pairs = Vec::new();
    while let Some(pair) = book.trade_best() {
        pairs.push((pair.offer.agent, pair.lots, pair.price));
    }
    assert_eq!(pairs, [(2, 2, 100), (1, 1, 101)]);
    assert_eq!((book.best_bid(), book.best_offer(), book.len()), (None, Some(101), 1));
}

#[test]
fn better_limits_come_first_then_lower_keys_then_earlier_orders() {
    let mut book = book();
    for (tick, agent, key) in [(100, 1, 5), (101, 2, 9), (100, 3, 5), (100, 4, 4)] {
        place(&mut book, Order::buy(tick, 1, agent, key));
    }
    place(&mut book, sell(4, 99, 9));
    let (price, trades) = execute(&mut book).expect("crosses");
    assert_eq!(price, 100);
    assert_eq!(trades.iter().map(|trade| trade.0).collect::<Vec<_>>(), [2, 4, 1, 3]);
}

#[test]
fn a_book_that_was_only_collected_opens_at_one_price() {
    // Pairs: 105 with 95, then 102 with 101. Of the last pair the bid came first.
    let mut book = book();
    for order in [buy(1, 102, 1), buy(1, 105, 2), sell(1, 101, 3), sell(1, 95, 4), buy(1, 99, 5)] {
        place(&mut book, order);
    }
    assert_eq!(execute(&mut book), Some((102, vec![(2, 4, 1), (1, 3, 1)])));
    assert_eq!((book.best_bid(), book.best_offer()), (Some(99), None));
}

#[test]
fn an_order_leaves_one_step_after_its_time_to_live() {
    let mut book = book();
    let id = book.place(buy(1, 100, 1), Some(2)).expect("in the band");
    let mut in_book = || {
        book.next_step();
        book.get(id).is_some()
    };
    assert_eq!([in_book(), in_book(), in_book()], [true, true, false]);
    assert!(book.is_empty() && book.best_bid().is_none());
}

#[test]
fn a_canceled_order_is_gone_and_its_handle_names_nothing() {
    let mut book = book();
    let first = place(&mut book, buy(3, 101, 1));
    place(&mut book, buy(1, 100, 2));
    place(&mut book, sell(1, 101, 3));
    assert!(execute(&mut book).is_some());
    assert_eq!(book.cancel(first), Some(buy(2, 101, 1)));
    assert_eq!((book.best_bid(), book.cancel(first)), (Some(100), None));
    let next = place(&mut book, buy(1, 102, 4)); // takes the slot that is free
    assert_eq!(book.cancel(first), None);
    assert!(book.get(first).is_none() && book.get(next).is_some());
}

#[test]
fn orders_outside_the_band_and_without_lots_are_refused() {
    let mut book = book();
    assert_eq!(book.place(buy(1, 111, 1), None), Err(Reason::OutsideBand));
    assert_eq!(book.place(sell(0, 100, 1), None), Err(Reason::NoLots));
    assert!(book.is_empty());
}

#[test]
fn claims_of_orders_that_are_gone_do_not_pile_up() {
    let mut book = book();
    place(&mut book, buy(1, 110, 0));
    for step in 0..10_000 {
        book.place(buy(1, 90 + step % 20, 1), Some(9)).expect("in the band");
        book.next_step();
    }
    assert_eq!(book.len(), 10);
    assert!(book.queues[0].claims.len() < 100 && book.slots.len() < 100, "{}", book.queues[0].claims.len());
}

/// The rule as it is written: a list, searched anew for every pair.
#[derive(Default)]
struct Plain {
    step: u64,
    arrivals: u64,
    orders: Vec<(u64, Order, u64)>,
}

impl Plain {
    fn place(&mut self, order: Order, time_to_live: Option<u16>) -> u64 {
        let last = time_to_live.map_or(u64::MAX, |steps| self.step + u64::from(steps));
        self.orders.push((self.arrivals, order, last));
        self.arrivals += 1;
        self.arrivals - 1
    }

    fn next_step(&mut self) {
        self.step += 1;
        self.orders.retain(|(_, _, last)| *last >= self.step);
    }

    fn cancel(&mut self, arrival: u64) -> Option<Order> {
        let place = self.orders.iter().position(|order| order.0 == arrival)?;
        Some(self.orders.remove(place).1)
    }

    /// The place of the first in line.
    fn best(&self, side: Side) -> Option<usize> {
        let toward = if side == Side::Buy { -1 } else { 1 };
        let turn =
            |place: &usize| (toward * self.orders[*place].1.tick, self.orders[*place].1.key, self.orders[*place].0);
        (0..self.orders.len()).filter(|place| self.orders[*place].1.side == side).min_by_key(turn)
    }

    fn execute(&mut self) -> Option<Executed> {
        let (mut price, mut trades) = (None, Vec::new());
        while let (Some(bid), Some(offer)) = (self.best(Side::Buy), self.best(Side::Sell)) {
            let (buyer, seller) = (self.orders[bid], self.orders[offer]);
            if buyer.1.tick < seller.1.tick {
                break;
            }
            let lots = buyer.1.lots.min(seller.1.lots);
            price = Some(if buyer.0 < seller.0 { buyer.1.tick } else { seller.1.tick });
            trades.push((buyer.1.agent, seller.1.agent, lots));
            self.orders[bid].1.lots -= lots;
            self.orders[offer].1.lots -= lots;
            self.orders.retain(|order| order.1.lots > 0);
        }
        price.map(|price| (price, trades))
    }
}

#[derive(Debug, Clone)]
enum Act {
    Place(Order, Option<u16>),
    Cancel(prop::sample::Index),
    Execute,
    NextStep,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let order =
        (any::<bool>(), 90_i64..=110, 1_i64..6, 0_u64..3, any::<u32>()).prop_map(|(buy, tick, lots, key, agent)| {
            if buy { Order::buy(tick, lots, agent, key) } else { Order::sell(tick, lots, agent, key) }
        });
    let act = prop_oneof![
        10 => (order, prop::option::weighted(0.9, 0_u16..12)).prop_map(|(order, life)| Act::Place(order, life)),
        1 => any::<prop::sample::Index>().prop_map(Act::Cancel),
        3 => Just(Act::Execute),
        4 => Just(Act::NextStep),
    ];
    prop::collection::vec(act, 0..300)
}

proptest! {
    #[test]
    fn any_stream_of_orders_trades_as_by_the_plain_rule(acts in acts()) {
        let (mut book, mut plain) = (book(), Plain::default());
        let mut placed: Vec<(OrderId, Order)> = Vec::new();
        for act in acts {
            match act {
                Act::Place(order, life) => {
                    placed.push((book.place(order, life).expect("in the band"), order));
                    plain.place(order, life);
                }
                Act::Cancel(which) if !placed.is_empty() => {
                    let id = which.get(&placed).0;
                    prop_assert_eq!(book.cancel(id), plain.cancel(id.arrival));
                }
                Act::Cancel(_) => {}
                Act::Execute => {
                    let before: Vec<_> = placed.iter().map(|(id, _)| book.get(*id).copied()).collect();
                    let execution = execute(&mut book);
                    prop_assert_eq!(&execution, &plain.execute());
                    let crossed = book.best_bid().zip(book.best_offer()).is_some_and(|(bid, offer)| bid >= offer);
                    prop_assert!(!crossed);
                    let after = placed.iter().map(|(id, _)| book.get(*id).copied());
                    let (mut bought, mut sold) = (0, 0);
                    for (before, after) in before.into_iter().zip(after) {
                        let Some(order) = before else { continue };
                        let filled = order.lots - after.map_or(0, |order| order.lots);
                        prop_assert!(0 <= filled && filled <= order.lots);
                        let price = execution.as_ref().map(|execution| execution.0);
                        let (lots, fair) = match order.side {
                            Side::Buy => (&mut bought, price.is_some_and(|price| price <= order.tick)),
                            Side::Sell => (&mut sold, price.is_some_and(|price| price >= order.tick)),
                        };
                        *lots += filled;
                        prop_assert!(filled == 0 || fair);
                    }
                    prop_assert_eq!(bought, sold);
                }
                Act::NextStep => {
                    book.next_step();
                    plain.next_step();
                }
            }
            prop_assert_eq!(book.len(), plain.orders.len());
            prop_assert_eq!(book.best_bid(), plain.best(Side::Buy).map(|place| plain.orders[place].1.tick));
            prop_assert_eq!(book.best_offer(), plain.best(Side::Sell).map(|place| plain.orders[place].1.tick));
        }
    }
}
