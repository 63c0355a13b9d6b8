//! Lending guidance: a holder who dominates what can be delivered lends the nearest spread to whoever asks.
//!
//! Lending is selling the nearest date and buying the next. The holdings that count are warrants and the long positions
//! about to be delivered, over live warrants. After the London Metal Exchange's guidance of 1998, as restated in its
//! notice of [June 2007], and its rule of June 2025 on the front month.
//!
//! [June 2007]: https://mondovisione.com/media-and-resources/news/london-metal-exchange-modification-of-lending-guidance-2011124

use crate::units::{PPM, Ppm};

/// Share of live warrants from which a holder lends, the highest premium per day as a share of the cash price, and the
/// premium after [`PATIENCE`] days in a row.
const LADDER: [[Ppm; 3]; 3] =
    [[Ppm(900_000), Ppm(0), Ppm(0)], [Ppm(800_000), Ppm(2_500), Ppm(1_500)], [Ppm(500_000), Ppm(5_000), Ppm(2_500)]];

/// Days in a row after which the premium narrows.
pub const PATIENCE: u32 = 5;

/// Lots that a dominant holder has to lend if asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lending {
    /// Lots of the spread.
    pub lots: i64,
    /// The most it may ask for a day, as a share of the cash price.
    pub premium: Ppm,
}

/// What a holder of so many lots out of all live warrants has to lend, cheapest first: what is to be lent until it
/// holds less than 90 %, less than 80 % and less than 50 %. `days` is for how many days in a row it has dominated.
#[must_use]
pub fn must_lend(held: i64, live: i64, days: u32) -> [Lending; 3] {
    let mut left = held;
    LADDER.map(|[from, at_first, later]| {
        // The fewest lots that are this share or more of the warrants.
        let share = (i128::from(live) * i128::from(from.0) + i128::from(PPM) - 1).div_euclid(i128::from(PPM)) as i64;
        let lots = if live > 0 { (left - (share - 1)).max(0) } else { 0 };
        left -= lots;
        Lending { lots, premium: if days >= PATIENCE { later } else { at_first } }
    })
}

/// Lots of the front month, long or on warrant, that a holder has to lend into the next month at no premium: what
/// exceeds all stock in the warehouses.
#[must_use]
pub fn beyond_stock(held: i64, stock: i64) -> i64 {
    (held - stock).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lots(held: i64, live: i64) -> [i64; 3] {
        must_lend(held, live, 0).map(|lending| lending.lots)
    }

    #[test]
    fn who_holds_half_or_more_lends_down_to_below_each_step() {
        assert_eq!(lots(49, 100), [0, 0, 0]);
        assert_eq!(lots(50, 100), [0, 0, 1]);
        assert_eq!(lots(79, 100), [0, 0, 30]);
        assert_eq!(lots(80, 100), [0, 1, 30]);
        assert_eq!(lots(95, 100), [6, 10, 30], "to 89, to 79, to 49");
        assert_eq!(lots(130, 100), [41, 10, 30], "longs may exceed the warrants");
        assert_eq!(lots(2, 3), [0, 0, 1], "1 of 3 is less than half");
        assert_eq!(lots(7, 0), [0, 0, 0]);
    }

    #[test]
    fn premiums_narrow_after_five_days() {
        let premiums = |days| must_lend(95, 100, days).map(|lending| lending.premium.0);
        assert_eq!(premiums(4), [0, 2_500, 5_000]);
        assert_eq!(premiums(5), [0, 1_500, 2_500]);
    }

    #[test]
    fn the_front_month_may_not_exceed_all_stock() {
        assert_eq!((beyond_stock(120, 100), beyond_stock(80, 100)), (20, 0));
    }
}
