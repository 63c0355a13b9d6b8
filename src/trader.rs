//! Traders: agents that take positions in a contract and have no metal of their own.
//!
//! One file per strategy, each of pure rules. Speculation acts on one month, the main contract; spread traders and
//! arbitrageurs carry its price to the other months and to the metal. With speculators of its own in every month, noise
//! moves the months apart, and arbitrage, which works one way when stocks run out, turns that into backwardation that
//! nobody meant. Prices are reals in cents per 1,000 quanta until they become limits in ticks; positions are lots, short
//! below 0.
//!
//! Apart from these, [`fcn`] is the strategy of a study in one continuous book. Such traders are asked in [`turns`]: on a
//! [`floor`] of their own, or in the sessions of a contract that trades continuously.
//!
//! | module | strategy |
//! |---|---|
//! | [`speculator`] | by value or by trend, and what draws to the one or the other |
//! | [`market_maker`] | on both sides of the last price |
//! | [`option_maker`] | on both sides of what options are worth |
//! | [`spread`] | a month against the main one |
//! | [`inter_exchange`] | a contract against others for the same metal |
//! | [`hedger`] | against what a firm sells or buys |
//! | [`arbitrage`] | metal against months |
//! | [`fcn`] | fundamentalist, chartist and noise in one, after Chiarella and Iori |
//! | [`turns`] | who of these is asked when, and the price that they see |

pub mod arbitrage;
pub mod fcn;
pub mod floor;
pub mod hedger;
pub mod inter_exchange;
pub mod market_maker;
pub mod option_maker;
pub mod speculator;
pub mod spread;
pub mod turns;

use bevy_ecs::prelude::*;

use crate::auction::{Band, Side};
use crate::digest::digest_fields;
use crate::math;
use crate::units::Money;

/// What a trader has.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// Money, negative when it owes.
    pub cash: Money,
    /// Lots of the contract, negative when it is short.
    pub lots: i64,
}

digest_fields!(Holding { cash, lots });

/// What traders see of a month before a session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// Last price of the month, in cents per 1,000 quanta.
    pub price: f64,
    /// Years to its last session.
    pub years: f64,
}

/// Where a schedule of orders may lie: ticks around a price, inside the session's band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Prices that the session takes.
    pub band: Band,
    /// Its middle, in ticks.
    pub middle: i64,
    /// Ticks from one limit to the next, at least 1.
    pub spacing: i64,
    /// Limits on either side of the middle.
    pub reach: i64,
}

/// Most limits that a grid has on either side of its middle.
pub const MOST_REACH: usize = 5;

/// Writes a demand schedule as limit orders, so that at each price of the grid the net fill is what is wanted there.
///
/// `wanted` is the position wanted at a price in ticks, never more at a higher price, given also the log of what `ratio`
/// says there; `held` the position now; `most` bounds what changes hands. Gives side, tick and lots to `enter`.
///
/// # Panics
/// When the grid reaches further than [`MOST_REACH`].
pub fn schedule(
    grid: Grid,
    held: i64,
    most: i64,
    ratio: impl Fn(i64) -> f64,
    wanted: impl Fn(i64, f64) -> i64,
    mut enter: impl FnMut(Side, i64, i64),
) {
    /// Room for all limits, in fours as logarithms are worked out.
    const ROOM: usize = (2 * MOST_REACH + 1).next_multiple_of(4);
    let (mut inside, mut logs, mut count) = ([(0, 0); ROOM], [1.0; ROOM], 0);
    for step in -grid.reach..=grid.reach {
        let tick = grid.middle + step * grid.spacing;
        if grid.band.contains(tick) {
            (inside[count].0, logs[count]) = (tick, ratio(tick));
            count += 1;
        }
    }
    math::lns(&mut logs[..count.next_multiple_of(4)]);
    let inside = &mut inside[..count];
    for ((tick, change), log) in inside.iter_mut().zip(&logs) {
        *change = wanted(*tick, *log).saturating_sub(held).clamp(-most, most);
    }
    let inside = &*inside;
    let mut bought = 0;
    for &(tick, change) in inside.iter().rev() {
        let lots = change - bought;
        if lots > 0 {
            enter(Side::Buy, tick, lots);
            bought += lots;
        }
    }
    let mut sold = 0;
    for &(tick, change) in inside {
        let lots = -change - sold;
        if lots > 0 {
            enter(Side::Sell, tick, lots);
            sold += lots;
        }
    }
}

/// Part of a gap between the position held and the one aimed at that is closed in a session, in whole lots; the last
/// lots go at once.
#[must_use]
pub fn part_of_gap(held: i64, target: i64, share: f64) -> i64 {
    let gap = target - held;
    let part = (gap as f64 * share) as i64;
    if part == 0 { gap.signum() } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn grid(reach: i64) -> Grid {
        Grid { band: Band::new(50, 150).expect("a band"), middle: 100, spacing: 10, reach }
    }

    fn written(held: i64, most: i64, wanted: impl Fn(i64) -> i64) -> Vec<(Side, i64, i64)> {
        let mut orders = Vec::new();
        schedule(
            grid(2),
            held,
            most,
            |_| 1.0,
            |tick, _| wanted(tick),
            |side, tick, lots| orders.push((side, tick, lots)),
        );
        orders
    }

    #[test]
    fn a_schedule_buys_below_and_sells_above_where_it_is_content() {
        // 10 lots wanted at 100, one less for every tick more.
        let wanted = |tick: i64| 110 - tick;
        let buys = [(Side::Buy, 100, 10), (Side::Buy, 90, 10), (Side::Buy, 80, 10)];
        let sells = [(Side::Sell, 120, 10)];
        assert_eq!(written(0, 1_000, wanted), [&buys[..], &sells[..]].concat());
        // Who holds 20 sells those above 90, and at most 15 in one session.
        let sells = [(Side::Sell, 100, 10), (Side::Sell, 110, 5)];
        assert_eq!(written(20, 15, wanted), [&[(Side::Buy, 80, 10)][..], &sells[..]].concat());
    }

    #[test]
    fn a_gap_is_closed_by_parts_and_to_the_last_lot() {
        assert_eq!([0, 60, 99, 100, 101].map(|held| part_of_gap(held, 100, 0.3)), [30, 12, 1, 0, -1]);
    }

    proptest! {
        /// Whatever the price turns out to be, what fills is what was wanted there.
        #[test]
        fn the_net_fill_at_every_price_of_the_grid_is_what_is_wanted(
            steps in proptest::collection::vec(0_i64..20, 11), top in -50_i64..150, held in -60_i64..60, most in 0_i64..80,
        ) {
            let grid = grid(5);
            let at = |tick: i64| ((tick - 50) / 10) as usize;
            let wanted = |tick: i64| top - steps[..=at(tick)].iter().sum::<i64>();
            let mut orders = Vec::new();
            schedule(grid, held, most, |_| 1.0, |tick, _| wanted(tick), |side, tick, lots| orders.push((side, tick, lots)));
            for price in (50..=150).step_by(10) {
                let fills = |order: &&(Side, i64, i64)| match order.0 {
                    Side::Buy => order.1 >= price,
                    Side::Sell => order.1 <= price,
                };
                let signed = |order: &(Side, i64, i64)| if order.0 == Side::Buy { order.2 } else { -order.2 };
                let filled: i64 = orders.iter().filter(fills).map(signed).sum();
                prop_assert_eq!(filled, (wanted(price) - held).clamp(-most, most));
            }
            prop_assert!(orders.iter().all(|order| order.2 > 0));
        }
    }
}
