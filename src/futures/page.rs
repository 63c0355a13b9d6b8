//! How a desk writes one month's orders.

use crate::auction::{Band, Order, Side};
use crate::exchange::house::House;
use crate::streams::tie;
use crate::trader::{Grid, part_of_gap, schedule};

use super::Pit;
use super::desk::Desk;
use super::sight::Sight;

/// Limits on either side of the last price.
const REACH: i64 = 3;

/// Distance of one limit from the next, share of the price.
const SPACING: f64 = 0.01;

/// How far from the last price who has to trade sets his limit, share of the price. Assumed; sweep 0.005–0.02.
pub(super) const URGENCY: f64 = 0.01;

/// Where a desk writes: one month's orders.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    pub(super) desk: &'a Desk,
    pub(super) pit: &'a Pit,
    pub(super) sight: &'a Sight<'a>,
    pub(super) place: usize,
    pub(super) house: &'a House,
    pub(super) band: Band,
    pub(super) held: i64,
}

impl Page<'_> {
    fn enter(&self, side: Side, tick: i64, lots: i64, orders: &mut Vec<Order>) {
        let key = tie(self.desk.key, tick);
        orders.push(Order { tick, lots, key, agent: self.desk.member as u32, side });
    }

    /// A schedule around the last price. Each desk's limits lie a little beside the others', so that a price is found to
    /// the tick and not to the distance between limits. See [`schedule`] for `ratio` and `wanted`, here by price.
    #[inline]
    pub(super) fn schedule(
        &self,
        most: i64,
        ratio: impl Fn(f64) -> f64,
        wanted: impl Fn(f64, f64) -> i64,
        orders: &mut Vec<Order>,
    ) {
        let last = self.pit.board.months()[self.place].last;
        let spacing = ((last as f64 * SPACING) as i64).max(1);
        let aside = (self.desk.key % spacing as u64) as i64 - spacing / 2;
        let middle = (last + aside).clamp(self.band.low(), self.band.high());
        let grid = Grid { band: self.band, middle, spacing, reach: REACH };
        let price = |tick| self.pit.price(tick);
        let (ratio, wanted) = (|tick| ratio(price(tick)), |tick, log| wanted(price(tick), log));
        schedule(grid, self.held, most, ratio, wanted, |side, tick, lots| self.enter(side, tick, lots, orders));
    }

    /// A part of the way to a position, a little worse than the last price.
    pub(super) fn toward(&self, target: i64, pace: f64, orders: &mut Vec<Order>) {
        let lots = part_of_gap(self.held, target, pace);
        let last = self.pit.board.months()[self.place].last;
        let far = ((last as f64 * URGENCY) as i64).max(1);
        let (side, tick) = if lots > 0 { (Side::Buy, last + far) } else { (Side::Sell, last - far) };
        if lots != 0 {
            self.enter(side, tick.clamp(self.band.low(), self.band.high()), lots.abs(), orders);
        }
    }

    /// To a position at any price at which the house would close it too: a month ends, and who cannot take metal must be out
    /// of it but for what it can deliver.
    pub(super) fn end(&self, target: i64, orders: &mut Vec<Order>) {
        let lots = target - self.held;
        let reach = self.pit.board.close_out_band(self.place, self.house);
        if let Some(reach) = reach.filter(|_| lots != 0) {
            let (side, tick) = if lots > 0 { (Side::Buy, reach.high()) } else { (Side::Sell, reach.low()) };
            self.enter(side, tick, lots.abs(), orders);
        }
    }
}
