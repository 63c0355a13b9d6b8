//! Merchants' desks: metal carried to months.

use bevy_ecs::prelude::*;

use crate::auction::Order;
use crate::math;
use crate::setup::exchange::CarryTrade;
use crate::trader::arbitrage::Costs;
use crate::units::Money;

use super::Pit;
use super::desk::ROLL_PACE;
use super::page::Page;

/// Log distance from carry at which a carrier trades all that it can. Assumed; sweep 0.01–0.05.
const LEVELING: f64 = 0.02;

/// Log distance of a month's price from carry, in units of that at which a carrier does all that it can.
fn dear(log: f64) -> f64 {
    log / LEVELING
}

/// ln((p − h)/P) up to 0: how far below its par P a carrier takes metal, at a price p where it is and h what bringing it
/// from where the lot gives it costs; −∞ when it cannot be brought.
pub(super) fn below(price: f64, haul: Option<f64>, par: f64) -> f64 {
    match haul.map(|haul| price - haul) {
        Some(worth) if worth > 0.0 => math::ln(worth / par).min(0.0),
        _ => f64::NEG_INFINITY,
    }
}

/// A merchant that carries metal to months.
#[derive(Debug, Clone, Copy)]
pub struct Carrier {
    pub(super) of: Entity,
    pub(super) trade: CarryTrade,
    pub(super) costs: Costs,
    /// What a month must pay for metal where it is to be worth as much as at spot, in cents per 1,000 quanta.
    pub(super) par: f64,
    /// Log of how much less it must pay for metal that it takes, for the lot may give it some elsewhere, at most 0.
    pub(super) below: f64,
    /// Quanta in its store.
    pub(super) stock: f64,
    /// Quanta that it can buy besides: for which there is room where metal is delivered, and money.
    pub(super) room: f64,
    /// Quanta that it can buy or sell in a week: the other leg.
    pub(super) weekly: f64,
    /// What banks lend on its metal, for margin.
    pub(super) lent: Money,
}

impl Carrier {
    /// In the month that pays most after carry it sells forward what it has in store, and what it can buy besides when that
    /// month pays more than carry; where it has sold, it buys back when the month is so cheap that metal is better sold at
    /// spot. Months that end before the active one it levels with spot, since it may hand over what it has and take what it
    /// has room for.
    pub(super) fn write(&self, page: &Page, others: impl Fn() -> i64, orders: &mut Vec<Order>) {
        let Page { pit, sight, place, held, .. } = *page;
        let carry = || self.carry(pit, place);
        if place < pit.active && page.desk.at_hand {
            // In the last week no more metal comes on warrant in time.
            let warrants = -pit.warehouses.held(page.desk.member);
            let last = pit.weeks_left(place) == 0;
            if last && held < warrants {
                return page.end(warrants, orders);
            }
            let (most, least) = (self.room / pit.lot, if last { warrants as f64 } else { -self.stock / pit.lot });
            let off = |log: f64| if log > 0.0 { log } else { (log - self.below).min(0.0) };
            let wanted = |_, log| (-dear(off(log)) * (most - least) / 2.0).clamp(least, most) as i64;
            let carry = carry();
            return page.schedule(i64::MAX / 4, |price| price / carry, wanted, orders);
        }
        let best = sight.best(pit, self.costs);
        let most = (self.trade.pace * self.weekly / pit.lot) as i64 + 1;
        if best == Some(place) {
            let (carry, elsewhere) = (carry(), others().min(0));
            let wanted = |_, log| -self.short(pit, dear(log)) as i64 - elsewhere;
            page.schedule(most, |price| price / carry, wanted, orders);
        } else if held < 0 {
            let of = |best: usize| dear(math::ln(pit.quote(best).price / self.carry(pit, best)));
            let aim = best.map_or(0.0, |best| -self.short(pit, of(best)));
            let (carry, over) = (carry(), (held + others()) as f64 - aim);
            let keep = if over < 0.0 { (held as f64 - over).min(0.0) } else { held as f64 };
            let kept = |log| (1.0 + dear(log) / 2.0).clamp(0.0, 1.0);
            page.schedule(most, |price| price / carry, |_, log| (keep * kept(log)) as i64, orders);
        } else if held > 0 {
            page.toward(0, ROLL_PACE, orders);
        }
    }

    /// Price at which a month pays carry and no more, without the costs of getting in and out.
    fn carry(&self, pit: &Pit, place: usize) -> f64 {
        let free = Costs { fees: 0.0, ..self.costs };
        free.full_carry(self.par, pit.quote(place).years)
    }

    /// Lots that it is willing to be short in all when a month is so [`dear`]: what it has, and with more than carry and
    /// costs to gain also what it can buy.
    fn short(&self, pit: &Pit, dear: f64) -> f64 {
        let gain = dear - self.costs.fees / self.par / LEVELING;
        let had = self.trade.hedged * self.stock * (1.0 + dear / 2.0).clamp(0.0, 1.0);
        (had + self.room * gain.clamp(0.0, 1.0)) / pit.lot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_get_metal_elsewhere_takes_it_for_less() {
        assert!(below(100.0, Some(0.0), 100.0).abs() < 1e-12 && below(100.0, Some(-5.0), 105.0).abs() < 1e-12);
        assert!((below(100.0, Some(10.0), 100.0) - math::ln(0.9)).abs() < 1e-12);
        assert!(below(100.0, None, 100.0) < -1e300 && below(100.0, Some(100.0), 100.0) < -1e300);
    }
}
