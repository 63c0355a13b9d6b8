//! Arbitrage between metal and months: cash and carry, its reverse, and what a warehouse can bid for metal that it has
//! sold forward.
//!
//! Full carry: F ≤ p·(1 + rT) + κT + f, with interest r per year, storage κ a year and the cost f of getting in and out. Who has
//! credit and room buys metal, sells the month and waits; that is what keeps the curve below it. The other way round only
//! who holds metal can act, so that a curve may fall below spot as far as holders value their stock.

use crate::trader::Quote;

/// Costs of carrying metal to a month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// r, per year.
    pub interest: f64,
    /// κ, cents per 1,000 quanta and year.
    pub storage: f64,
    /// f, cents per 1,000 quanta.
    pub fees: f64,
}

impl Costs {
    /// Highest price at which metal bought today and sold in the month loses nothing: (F − κT − f)/(1 + rT).
    #[must_use]
    pub fn worth_today(&self, month: Quote) -> f64 {
        (month.price - self.storage * month.years - self.fees) / (1.0 + self.interest * month.years)
    }

    /// Lowest price of the month at which selling it against metal bought at `spot` loses nothing: p(1 + rT) + κT + f.
    #[must_use]
    pub fn full_carry(&self, spot: f64, years: f64) -> f64 {
        spot * (1.0 + self.interest * years) + self.storage * years + self.fees
    }

    /// Implied convenience yield per year, continuously compounded: y = r + κ/p − ln(F/p)/T.
    #[must_use]
    pub fn convenience_yield(&self, spot: f64, month: Quote) -> f64 {
        self.interest + self.storage / spot - crate::math::ln(month.price / spot) / month.years
    }

    /// The month in which metal bought today is worth most, and that worth; nothing without months.
    #[must_use]
    pub fn best(&self, months: impl Iterator<Item = Quote>) -> Option<(usize, f64)> {
        months.map(|month| self.worth_today(month)).enumerate().fold(None, |best, (month, worth)| match best {
            Some((_, most)) if most >= worth => best,
            _ => Some((month, worth)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: Costs = Costs { interest: 0.08, storage: 4.0, fees: 1.0 };

    #[test]
    fn carry_there_and_back_is_the_same_price() {
        // 100·1.04 + 2 + 1.
        let full = COSTS.full_carry(100.0, 0.5);
        assert!((full - 107.0).abs() < 1e-12);
        assert!((COSTS.worth_today(Quote { price: full, years: 0.5 }) - 100.0).abs() < 1e-12);
    }

    #[test]
    fn at_full_carry_there_is_no_convenience_in_holding() {
        let free = Costs { fees: 0.0, ..COSTS };
        let month = Quote { price: 100.0 * crate::math::exp(0.12 * 0.5), years: 0.5 };
        assert!(free.convenience_yield(100.0, month).abs() < 1e-12);
        let short = Quote { price: 100.0, years: 0.5 };
        assert!((free.convenience_yield(100.0, short) - 0.12).abs() < 1e-12);
    }

    #[test]
    fn the_best_month_pays_most_after_carry() {
        let months = [(104.0, 0.25), (111.0, 0.5), (112.0, 1.0)].map(|(price, years)| Quote { price, years });
        let (best, worth) = COSTS.best(months.into_iter()).expect("months");
        assert_eq!((best, (worth * 100.0).round() as i64), (1, 10_385));
        assert_eq!(COSTS.best(std::iter::empty()), None);
    }
}
