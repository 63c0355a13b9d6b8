use super::super::super::contract::tests::nickel as contract;
use super::super::terms::tests::nickel as terms;
use super::*;
use crate::auction::{Auction, Band, Rationing, Terms};
use crate::units::Ppm;
use proptest::prelude::*;

/// Four members of a house with one month, settled at 2,000 ticks of 10 CNY on a tonne, margin a tenth: 2,000 CNY a lot.
fn open() -> (Book, House) {
    let mut house = House::new(&[7, 3, 5, 1], 1, Money(0));
    house.list(0, contract().tick_value(), Money(0), 2_000);
    house.set_margin(0, [Ppm(100_000); 2]);
    let mut book = Book::new(OptionTerms { strikes: 2, ..terms() }, &contract(), 4);
    book.begin_week(&[(month(), 0, 2_000, 0)], |_| 5, |_| 300);
    (book, house)
}

fn month() -> Month {
    Month::new(2025, 6).expect("a month")
}

fn cny(amount: i64) -> Money {
    Money(amount * 100_000)
}

fn place(book: &Book, kind: Kind, strike: i64) -> usize {
    let found = book.listed().into_iter().find(|(_, listed)| (listed.kind, listed.strike) == (kind, strike));
    found.expect("an option").0
}

fn sell(book: &mut Book, house: &mut House, place: usize, (buyer, seller): (u32, u32), lots: i64, premium: i64) {
    let orders = [Order::buy(premium, lots, buyer, 0), Order::sell(premium, lots, seller, 1)];
    book.trade(place, premium, &orders, &[lots; 2], house);
}

fn equities(house: &House) -> [i64; 4] {
    [0, 1, 2, 3].map(|member| house.equity(member).0 / 100_000)
}

#[test]
fn premiums_are_paid_at_once_and_sellers_deposit_margin() {
    let (mut book, mut house) = open();
    // Of 12 % or 240 ticks, five steps of 50, three are taken at once.
    let strikes: Vec<i64> = book.listed().iter().filter(|(_, o)| o.kind == Kind::Put).map(|(_, o)| o.strike).collect();
    assert_eq!(strikes, [1_650, 1_800, 1_950, 2_100, 2_250]);
    let put = place(&book, Kind::Put, 1_950);
    sell(&mut book, &mut house, put, (0, 1), 3, 250);
    assert_eq!(equities(&house), [-1_500, 1_500, 0, 0], "3 lots at 250 ticks of 2 CNY");
    assert_eq!((book.margin(0, &house), book.flow(1).premium), (Money::ZERO, cny(1_500)));
    // Worth 300 ticks, 600 CNY; 500 out of the money: 2,000 − 250.
    assert_eq!(book.margin(1, &house), cny(3 * (600 + 1_750)));
    assert_eq!((book.worth(0), book.worth(1)), (cny(1_800), cny(-1_800)));
}

#[test]
fn far_out_of_the_money_half_the_margin_stays() {
    let (mut book, mut house) = open();
    let call = place(&book, Kind::Call, 2_250);
    sell(&mut book, &mut house, call, (0, 1), 1, 10);
    // 2,500 out of the money.
    assert_eq!(book.margin(1, &house), cny(600 + 1_000));
}

#[test]
fn exercise_is_assigned_in_proportion_and_pays_the_strike() {
    let (mut book, mut house) = open();
    let put = place(&book, Kind::Put, 2_100);
    sell(&mut book, &mut house, put, (0, 1), 6, 500);
    sell(&mut book, &mut house, put, (0, 2), 3, 500);
    let before = house.total();
    book.exercise(put, &[6, 0, 0, 0], &mut house);
    assert_eq!([0, 1, 2, 3].map(|member| house.lots(member, 0)), [-6, 4, 2, 0]);
    assert_eq!([0, 1, 2].map(|member| book.lots(member, put)), [3, -2, -1]);
    // 1,000 CNY in the money.
    assert_eq!((book.flow(0).payoff, book.flow(1).payoff), (cny(6_000), cny(-4_000)));
    assert_eq!(equities(&house), [-9_000 + 6_000, 6_000 - 4_000, 3_000 - 2_000, 0]);
    house.settle(0, 1_900);
    book.expire(put, &mut house);
    assert_eq!([0, 1, 2].map(|member| house.lots(member, 0)), [-9, 6, 3]);
    assert_eq!((book.at(put).open_interest, book.at(put).exercised, house.total()), (0, 9, before));
}

#[test]
fn what_ends_out_of_the_money_is_gone() {
    let (mut book, mut house) = open();
    let call = place(&book, Kind::Call, 2_100);
    sell(&mut book, &mut house, call, (3, 1), 2, 100);
    book.expire(call, &mut house);
    assert_eq!(([book.holds(3), book.holds(1)], house.open_interest(0)), ([false; 2], 0));
}

#[test]
fn an_american_option_with_time_value_or_a_bid_is_kept() {
    let (mut book, mut house) = open();
    let put = place(&book, Kind::Put, 2_250);
    sell(&mut book, &mut house, put, (0, 1), 2, 1_250);
    let mut early = |worth: i64, bid: i64| {
        book.value(|_| worth);
        book.note_quotes(put, &[Order::buy(bid, i64::from(bid > 0), 1, 0)]);
        book.early(put, 0, &house)
    };
    // 2,500 CNY in the money: 1,250 ticks.
    assert_eq!([early(1_250, 0), early(1_250, 1_249), early(1_250, 1_250), early(1_251, 0)], [2, 2, 0, 0]);
}

#[test]
fn who_does_not_meet_a_call_is_out_at_the_worth_of_the_day() {
    let (mut book, mut house) = open();
    let put = place(&book, Kind::Put, 1_950);
    sell(&mut book, &mut house, put, (0, 1), 5, 300);
    sell(&mut book, &mut house, put, (2, 3), 5, 300);
    let mut torn = (book.clone(), house.clone());
    book.take_over(1, &[2, 3], &mut house);
    // Equal parts, the odd lot by key: member 3 has the lower.
    assert_eq!([0, 1, 2, 3].map(|member| book.lots(member, put)), [5, 0, 3, -8]);
    assert_eq!(equities(&house), [-3_000, 0, -3_000 + 1_200, 3_000 + 1_800]);
    let (book, house) = (&mut torn.0, &mut torn.1);
    book.take_over(1, &[], house);
    assert_eq!([0, 1, 2, 3].map(|member| book.lots(member, put)), [3, 0, 2, -5], "5 of 10 held, by key");
    assert_eq!(house.total(), Money::ZERO);
}

#[test]
fn strikes_follow_the_price_and_those_that_nobody_holds_vanish() {
    let (mut book, mut house) = open();
    let held = place(&book, Kind::Put, 1_950);
    sell(&mut book, &mut house, held, (0, 1), 1, 300);
    book.begin_week(&[(month(), 0, 3_000, 0)], |_| 4, |_| 200);
    let strikes: Vec<i64> = book.listed().iter().map(|(_, listed)| listed.strike).collect();
    assert_eq!((strikes[0], strikes.len()), (1_950, 11), "the put held, and five strikes both ways");
    assert!(strikes[1] > 2_500);
    book.begin_week(&[(month(), 0, 3_000, 0)], |_| -1, |_| 200);
    assert!(book.listed().is_empty());
}

#[derive(Debug, Clone)]
enum Act {
    Auction(usize, Vec<Order>),
    Settle(i64),
    Exercise(usize, usize),
    TakeOver(usize, bool),
    Expire(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let order =
        (any::<bool>(), 1..400_i64, 1..50_i64, 0..4_u32, any::<u64>()).prop_map(|(buys, tick, lots, who, key)| {
            let side = if buys { Side::Buy } else { Side::Sell };
            Order { tick, lots, key, agent: who, side }
        });
    let act = prop_oneof![
        4 => (0..10_usize, proptest::collection::vec(order, 1..20)).prop_map(|(place, book)| Act::Auction(place, book)),
        1 => (1_600..2_400_i64).prop_map(Act::Settle),
        1 => (0..10_usize, 0..4_usize).prop_map(|(place, member)| Act::Exercise(place, member)),
        1 => (0..4_usize, any::<bool>()).prop_map(|(member, makers)| Act::TakeOver(member, makers)),
        1 => (0..10_usize).prop_map(Act::Expire),
    ];
    proptest::collection::vec(act, 1..30)
}

proptest! {
    /// Whatever is traded, exercised, taken over and ended: lots sum to zero, no money is made or lost, premiums are not
    /// below zero, nobody is filled beyond his limit, and who is taken over holds nothing.
    #[test]
    fn lots_sum_to_zero_and_money_stays(acts in acts()) {
        let (mut book, mut house) = open();
        let (mut auction, places) = (Auction::default(), book.listed());
        let band = Band::new(1, 400).expect("a band");
        for act in acts {
            match act {
                Act::Auction(nth, orders) => {
                    let (place, _) = places[nth % places.len()];
                    let terms = Terms { band, reference: book.at(place).last, rationing: Rationing::ProRata };
                    let outcome = auction.clear(&orders, &terms).expect("small");
                    if let Some(price) = outcome.price {
                        let within = |(order, filled): (&Order, &i64)| {
                            let better = if order.side == Side::Buy { price <= order.tick } else { price >= order.tick };
                            *filled == 0 || better && *filled <= order.lots
                        };
                        prop_assert!(price >= 0 && orders.iter().zip(outcome.fills).all(within));
                        book.trade(place, price, &orders, outcome.fills, &mut house);
                    }
                }
                Act::Settle(price) => house.settle(0, price),
                Act::Exercise(nth, member) => {
                    let (place, _) = places[nth % places.len()];
                    let mut wanted = [0; 4];
                    wanted[member] = book.lots(member, place).max(0);
                    book.exercise(place, &wanted, &mut house);
                }
                Act::TakeOver(member, makers) => {
                    let others: Vec<usize> = (0..4).filter(|other| *other != member).collect();
                    book.take_over(member, if makers { &others } else { &[] }, &mut house);
                    prop_assert!(!book.holds(member));
                }
                Act::Expire(nth) => book.expire(places[nth % places.len()].0, &mut house),
            }
            for (place, listed) in book.listed() {
                let lots: Vec<i64> = (0..4).map(|member| book.lots(member, place)).collect();
                prop_assert_eq!(lots.iter().sum::<i64>(), 0);
                prop_assert_eq!(lots.iter().map(|lots| (*lots).max(0)).sum::<i64>(), listed.open_interest);
            }
            prop_assert_eq!(house.total(), Money::ZERO);
            let worth: Money = (0..4).map(|member| book.worth(member)).sum();
            prop_assert_eq!(worth, Money::ZERO);
            prop_assert!((0..4).all(|member| book.margin(member, &house) >= Money::ZERO));
        }
    }
}
