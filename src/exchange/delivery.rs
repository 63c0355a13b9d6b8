//! The end of a month: warrants against money, or the last mark.
//!
//! Each long pays the delivery price S for its lots, less the discount of the warehouse, and gets warrants, those who have
//! held longest first, from a warehouse that the lot decides. A short gives its warrants where metal is cheapest to
//! deliver first: that choice is the location option. One who has too few is
//! bought in from those who offer warrants at no more than a multiple of S; failing that its long is paid off at that
//! multiple. Either way it pays the long a penalty. A long gets as many lots as its margin account can pay for beside the
//! margin of its other positions; for the rest it pays the short a penalty, and the short keeps its metal. Whoever owes
//! after that owes the house. The multiple and the penalty are assumed (1.2 and 20 %).

use crate::units::{Money, PPM, Price};

use super::contract::{ContractTerms, Physical};
use super::house::{House, times};
use super::settlement::rounded;
use super::warehouse::Warehouses;

/// Warrants that their holder would sell for a buy-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offer {
    /// The least it takes, in ticks, before the warehouse's discount.
    pub tick: i64,
    /// Warehouse of the warrants.
    pub warehouse: usize,
    /// Who holds them.
    pub holder: usize,
    /// How many.
    pub lots: i64,
}

/// How a short's lots were delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Its own warrants of a warehouse went to the long.
    Warrants {
        /// The warehouse.
        warehouse: usize,
    },
    /// Warrants were bought for it from a third, and went to the long.
    BoughtIn {
        /// Who sold them.
        holder: usize,
        /// The warehouse.
        warehouse: usize,
        /// What it was paid, in ticks, before the warehouse's discount.
        tick: i64,
    },
    /// The long was paid off.
    PaidOff,
    /// The long could not pay for the short's warrants, which stay where they are.
    Unpaid,
    /// The short had no warrants and the long no money: the lots end, and neither pays.
    Neither,
}

/// A delivery, for the books of metal and for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Who was short.
    pub short: usize,
    /// Who was long.
    pub long: usize,
    /// Lots.
    pub lots: i64,
    /// How.
    pub how: How,
}

/// Delivers a series at its last settlement price. Lots, money and warrants move; `notes` says what happened.
///
/// `cheapest_first` are the warehouses in the order in which shorts give warrants; `draw` is a keyed random number by
/// short and warehouse, the lot that decides which warehouse a long gets and, with the number of warehouses for one, in
/// which order shorts are bought in.
///
/// # Panics
/// When longs and shorts differ, which the house rules out.
pub fn deliver(
    house: &mut House,
    series: usize,
    warehouses: &mut Warehouses,
    terms: &Physical,
    cheapest_first: &[usize],
    offers: &mut [Offer],
    draw: impl Fn(usize, usize) -> u64,
    notes: &mut Vec<Note>,
) {
    let mut shorts: Vec<_> = house.shorts(series).collect();
    shorts.sort_by_key(|&(short, _)| (draw(short, warehouses.count()), short));
    let mut blocks = own_warrants(&mut shorts, warehouses, cheapest_first, &draw);
    let price = house.settled(series);
    let most = rounded(i128::from(price) * i128::from(terms.buy_in.0), i128::from(PPM));
    offers.sort_unstable();
    buy_in(&mut shorts, &mut blocks, warehouses, offers, most, &draw);
    blocks.sort_by_key(|block| (block.how == How::PaidOff, block.draw));

    let mut longs: Vec<_> = house.longs(series).collect();
    longs.sort_by_key(|&(long, _)| (house.since(long, series), house.key(long)));
    let mut left = longs.into_iter();
    let mut at = left.next();
    for block in blocks {
        let mut rest = block.lots;
        while rest > 0 {
            let (long, wants) = at.as_mut().expect("bug: more lots short than long");
            let note = part(house, series, warehouses, &block, *long, rest.min(*wants));
            rest -= note.lots;
            *wants -= note.lots;
            if *wants == 0 {
                at = left.next();
            }
            carry_out(house, series, warehouses, terms, (price, most), note);
            notes.push(note);
        }
    }
}

/// What a long has available for its lots of a series: what the margin of its other positions leaves.
fn available(house: &House, series: usize, long: usize) -> Money {
    let margin = times(house.margin_of_lot(long, series), house.lots(long, series).abs());
    (house.equity(long) - house.required(long) + margin).or_zero()
}

/// What a long has to pay in besides, so that it can pay for all of its lots of a series wherever they lie.
#[must_use]
pub fn missing(house: &House, series: usize, long: usize) -> Money {
    let metal = times(times(house.tick_value(series), house.lots(long, series).max(0)), house.settled(series));
    (metal - available(house, series, long)).or_zero()
}

/// Lots of a short that are delivered in one way.
struct Block {
    short: usize,
    lots: i64,
    how: How,
    draw: u64,
}

/// What a long takes of a block, at most so many lots: those that it can pay for, and when it can pay for none all.
fn part(house: &House, series: usize, warehouses: &Warehouses, block: &Block, long: usize, lots: i64) -> Note {
    let Block { short, how, .. } = *block;
    let (How::Warrants { warehouse } | How::BoughtIn { warehouse, .. }) = how else {
        return Note { short, long, lots, how };
    };
    let price = warehouses.price_from(warehouse, house.settled(series));
    let payable = available(house, series, long).0 / times(house.tick_value(series), price).0;
    match how {
        _ if payable > 0 => Note { short, long, lots: lots.min(payable), how },
        How::Warrants { .. } => Note { short, long, lots, how: How::Unpaid },
        _ => Note { short, long, lots, how: How::Neither },
    }
}

/// What shorts deliver from their own warrants; leaves in `shorts` what they lack.
fn own_warrants(
    shorts: &mut [(usize, i64)],
    warehouses: &Warehouses,
    cheapest_first: &[usize],
    draw: &impl Fn(usize, usize) -> u64,
) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (short, lacks) in shorts {
        for &warehouse in cheapest_first {
            let lots = warehouses.warrants(warehouse, *short).min(*lacks);
            if lots > 0 {
                let how = How::Warrants { warehouse };
                blocks.push(Block { short: *short, lots, how, draw: draw(*short, warehouse) });
                *lacks -= lots;
            }
        }
    }
    blocks
}

/// Buys in what shorts lack, cheapest offers first, and pays off the rest.
fn buy_in(
    shorts: &mut [(usize, i64)],
    blocks: &mut Vec<Block>,
    warehouses: &Warehouses,
    offers: &mut [Offer],
    most: i64,
    draw: &impl Fn(usize, usize) -> u64,
) {
    // A holder offers no more than it has after its own delivery.
    for at in 0..offers.len() {
        let (offered, offer) = offers.split_at_mut(at);
        let Offer { holder, warehouse, ref mut lots, .. } = offer[0];
        let given = |block: &&Block| block.short == holder && block.how == How::Warrants { warehouse };
        let given: i64 = blocks.iter().filter(given).map(|block| block.lots).sum();
        let same = |offer: &&Offer| (offer.holder, offer.warehouse) == (holder, warehouse);
        let before: i64 = offered.iter().filter(same).map(|offer| offer.lots).sum();
        *lots = (*lots).min(warehouses.warrants(warehouse, holder) - given - before).max(0);
    }
    for (short, lacks) in shorts {
        for offer in offers.iter_mut().filter(|offer| offer.tick <= most && offer.holder != *short) {
            let lots = offer.lots.min(*lacks);
            if lots > 0 {
                let Offer { tick, warehouse, holder, .. } = *offer;
                let how = How::BoughtIn { holder, warehouse, tick };
                blocks.push(Block { short: *short, lots, how, draw: draw(*short, warehouse) });
                offer.lots -= lots;
                *lacks -= lots;
            }
        }
        if *lacks > 0 {
            blocks.push(Block { short: *short, lots: *lacks, how: How::PaidOff, draw: 0 });
        }
    }
}

/// Moves the lots, the money and the warrants of a note. Prices in ticks: delivery, and the most of a buy-in.
fn carry_out(
    house: &mut House,
    series: usize,
    warehouses: &mut Warehouses,
    terms: &Physical,
    (price, most): (i64, i64),
    note: Note,
) {
    let Note { short, long, lots, how } = note;
    let per_tick = times(house.tick_value(series), lots);
    let penalty = times(per_tick, price).share_ppm(terms.penalty.0);
    house.offset(series, short, long, lots);
    match how {
        How::Warrants { warehouse } => {
            house.pay(long, short, times(per_tick, warehouses.price_from(warehouse, price)));
            warehouses.hand_over(warehouse, short, long, lots);
        }
        How::BoughtIn { holder, warehouse, tick } => {
            house.pay(long, short, times(per_tick, warehouses.price_from(warehouse, price)));
            house.pay(short, holder, times(per_tick, warehouses.price_from(warehouse, tick)));
            house.pay(short, long, penalty);
            warehouses.hand_over(warehouse, holder, long, lots);
        }
        How::PaidOff => house.pay(short, long, times(per_tick, most - price) + penalty),
        How::Unpaid => house.pay(long, short, penalty),
        How::Neither => {}
    }
}

/// The last settlement of a contract that ends in cash: the mean of the last so many weekly prices of the metal, in
/// ticks; `None` without prices.
#[must_use]
pub fn cash_price(terms: &ContractTerms, weekly: &[Price], weeks: usize) -> Option<i64> {
    let last = &weekly[weekly.len().saturating_sub(weeks)..];
    let sum: i128 = last.iter().map(|price| i128::from(price.0)).sum();
    (!last.is_empty()).then(|| terms.ticks(Price(rounded(sum, last.len() as i128))))
}

#[cfg(test)]
mod tests {
    use super::super::contract::tests::nickel;
    use super::super::contract::{Delivery, DeliveryPrice};
    use super::super::warehouse::WarehouseTerms;
    use super::*;
    use crate::auction::Order;
    use crate::units::Ppm;

    const TERMS: Physical =
        Physical { price: DeliveryPrice::LastSettlement, buy_in: Ppm(1_200_000), penalty: Ppm(200_000) };

    const GATE: WarehouseTerms = WarehouseTerms { load_in: 1_000, load_out: 1_000, rent: Money(0), discount: 0 };

    /// A house in which each buys so many lots from each at 100 ticks of 1 mill, in sessions one after another, and two
    /// warehouses with the warrants given.
    fn expiry(trades: &[(u32, u32, i64)], warrants: &[(usize, usize, i64)]) -> (House, Warehouses) {
        let mut house = House::new(&[0, 1, 2, 3, 4], 1, Money(0));
        house.list(0, Money(1), Money(0), 100);
        for &(buyer, seller, lots) in trades {
            house.trade(0, 100, &[Order::buy(100, lots, buyer, 0), Order::sell(100, lots, seller, 1)], &[lots; 2]);
            house.settle(0, 100);
            house.calls();
        }
        house.freeze(0);
        for member in 0..5 {
            house.deposit(member, Money(1_000));
        }
        let mut warehouses = Warehouses::new(5, &[GATE, GATE]);
        for &(warehouse, member, lots) in warrants {
            warehouses.place(warehouse, member, lots);
        }
        warehouses.pass_week(&mut Vec::new());
        (house, warehouses)
    }

    fn run(house: &mut House, warehouses: &mut Warehouses, offers: &mut [Offer]) -> Vec<Note> {
        let (live, total) = (warehouses.live(), house.total());
        let mut notes = Vec::new();
        deliver(
            house,
            0,
            warehouses,
            &TERMS,
            &[1, 0],
            offers,
            |short, warehouse| (10 * warehouse + short) as u64,
            &mut notes,
        );
        assert_eq!((house.open_interest(0), warehouses.live(), house.total()), (0, live, total));
        notes
    }

    /// What members have beyond the 1,000 that they began with.
    fn equities(house: &House) -> [i64; 5] {
        [0, 1, 2, 3, 4].map(|member| house.equity(member).0 - 1_000)
    }

    #[test]
    fn warrants_go_to_those_who_have_held_longest_and_from_the_cheapest_warehouse() {
        // 1 has been long since session 1, 0 since session 2.
        let (mut house, mut warehouses) =
            expiry(&[(4, 2, 1), (1, 2, 4), (0, 3, 5), (2, 4, 1)], &[(0, 2, 3), (1, 2, 2), (0, 3, 5)]);
        let notes = run(&mut house, &mut warehouses, &mut []);
        let note = |short, long, lots, warehouse| Note { short, long, lots, how: How::Warrants { warehouse } };
        // By draw: 2 from warehouse 0 (2), 3 from warehouse 0 (3), 2 from warehouse 1 (12).
        assert_eq!(notes, [note(2, 1, 2, 0), note(3, 1, 2, 0), note(3, 0, 3, 0), note(2, 0, 2, 1)]);
        assert_eq!(equities(&house), [-500, -400, 400, 500, 0]);
        assert_eq!([warehouses.warrants(0, 0), warehouses.warrants(1, 0), warehouses.warrants(0, 1)], [3, 2, 4]);
        assert_eq!(warehouses.warrants(0, 2), 1, "three less two: the two of the cheaper warehouse went first");
    }

    #[test]
    fn metal_from_a_discounted_warehouse_costs_so_much_less() {
        // 5 lots short, of which 2 are given from a warehouse at 30 less; a third sells the rest there.
        let (mut house, _) = expiry(&[(0, 1, 5)], &[]);
        let mut warehouses = Warehouses::new(5, &[GATE, WarehouseTerms { discount: 30, ..GATE }]);
        warehouses.place(1, 1, 2);
        warehouses.place(1, 2, 3);
        warehouses.pass_week(&mut Vec::new());
        let mut offers = [Offer { tick: 105, warehouse: 1, holder: 2, lots: 3 }];
        let notes = run(&mut house, &mut warehouses, &mut offers);
        assert_eq!(notes.len(), 2);
        // The long pays 5·70 and gets a penalty of 3·20; the short pays 3·75 and that; the third gets 3·75.
        assert_eq!(equities(&house), [-350 + 60, 350 - 225 - 60, 225, 0, 0]);
        // One who has 69 cannot pay for a lot at 70, one who has 70 can.
        let (mut house, _) = expiry(&[(0, 1, 5)], &[]);
        house.withdraw(0, Money(930));
        let block = Block { short: 1, lots: 5, how: How::Warrants { warehouse: 1 }, draw: 0 };
        assert_eq!(part(&house, 0, &warehouses, &block, 0, 5), Note { short: 1, long: 0, lots: 1, how: block.how });
        house.withdraw(0, Money(1));
        assert_eq!(part(&house, 0, &warehouses, &block, 0, 5).how, How::Unpaid);
    }

    #[test]
    fn who_has_no_warrants_is_bought_in_at_the_cheapest_offers_and_pays_a_penalty() {
        let (mut house, mut warehouses) = expiry(&[(0, 1, 5)], &[(0, 2, 3), (1, 3, 9)]);
        let offer = |tick, holder, lots| Offer { tick, warehouse: holder - 2, holder, lots };
        let notes = run(&mut house, &mut warehouses, &mut [offer(115, 3, 9), offer(105, 2, 4)]);
        assert_eq!(notes.iter().map(|note| note.lots).collect::<Vec<_>>(), [3, 2]);
        // The long pays 500 and gets 100; the holders get 3·105 and 2·115; the short gets 500 and pays both and 100.
        assert_eq!(equities(&house), [-400, 500 - 315 - 230 - 100, 315, 230, 0]);
        assert_eq!([warehouses.held(0), warehouses.held(2), warehouses.held(3)], [5, 0, 7]);
    }

    #[test]
    fn beyond_the_cap_the_long_is_paid_off_and_the_youngest_long_first() {
        // 0 is the older long and gets the two warrants that there are.
        let (mut house, mut warehouses) = expiry(&[(0, 1, 2), (2, 1, 3)], &[(0, 1, 2), (1, 3, 9)]);
        let mut offers = [Offer { tick: 121, warehouse: 1, holder: 3, lots: 9 }];
        let notes = run(&mut house, &mut warehouses, &mut offers);
        let expected = [(0, 2, How::Warrants { warehouse: 0 }), (2, 3, How::PaidOff)];
        assert_eq!(notes.iter().map(|note| (note.long, note.lots, note.how)).collect::<Vec<_>>(), expected);
        // 3 lots · (20 + 20).
        assert_eq!(equities(&house), [-200, 200 - 120, 120, 0, 0]);
    }

    #[test]
    fn nobody_offers_what_it_delivers_itself_or_offers_twice() {
        let (mut house, mut warehouses) = expiry(&[(0, 1, 5), (0, 2, 2)], &[(0, 2, 4)]);
        let offer = Offer { tick: 100, warehouse: 0, holder: 2, lots: 3 };
        let notes = run(&mut house, &mut warehouses, &mut [offer, offer]);
        let bought: i64 =
            notes.iter().filter(|note| matches!(note.how, How::BoughtIn { .. })).map(|note| note.lots).sum();
        assert_eq!(bought, 2, "four warrants, two of them its own delivery");
        assert_eq!((warehouses.held(0), warehouses.held(2)), (4, 0));
    }

    #[test]
    fn a_long_gets_what_it_can_pay_for_and_pays_a_penalty_for_the_rest() {
        let (mut house, mut warehouses) = expiry(&[(0, 1, 7)], &[(0, 1, 6), (0, 2, 9)]);
        house.withdraw(0, Money(550));
        let mut offers = [Offer { tick: 100, warehouse: 0, holder: 2, lots: 9 }];
        let notes = run(&mut house, &mut warehouses, &mut offers);
        let how = [(4, How::Warrants { warehouse: 0 }), (2, How::Unpaid), (1, How::Neither)];
        assert_eq!(notes.iter().map(|note| (note.lots, note.how)).collect::<Vec<_>>(), how);
        // 450 pay for four lots; two at 20 are penalties; the one that was to be bought in has no buyer.
        assert_eq!(equities(&house), [-550 - 400 - 40, 440, 0, 0, 0]);
        assert_eq!([warehouses.held(0), warehouses.held(1)], [4, 2]);
    }

    #[test]
    fn margin_of_other_positions_does_not_pay_for_metal() {
        let mut house = House::new(&[0, 1], 2, Money(0));
        for series in 0..2 {
            house.list(series, Money(1), Money(0), 100);
            house.trade(series, 100, &[Order::buy(100, 5, 0, 0), Order::sell(100, 5, 1, 1)], &[5; 2]);
            house.settle(series, 100);
            house.set_margin(series, [Ppm(200_000); 2]);
        }
        house.deposit(0, Money(399));
        let block = Block { short: 1, lots: 5, how: How::Warrants { warehouse: 0 }, draw: 0 };
        assert_eq!(
            part(&house, 0, &Warehouses::new(2, &[GATE]), &block, 0, 5).lots,
            2,
            "299 above the 100 that the other series needs"
        );
    }

    #[test]
    fn cash_settlement_is_the_mean_of_the_last_weeks() {
        let terms = ContractTerms { delivery: Delivery::Cash { weeks: 4 }, ..nickel() };
        let weekly = [9, 10_000, 10_010, 10_020, 10_040].map(|ticks| terms.price(ticks));
        assert_eq!(cash_price(&terms, &weekly, 4), Some(10_018), "10,017.5");
        assert_eq!(cash_price(&terms, &weekly[3..], 4), Some(10_030));
        assert_eq!(cash_price(&terms, &[], 4), None);
    }
}
