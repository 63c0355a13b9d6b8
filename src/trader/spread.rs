//! Calendar-spread traders: they hold each month's price where value and its return put it against the main month.
//!
//! ln F_k = ln F_M + [v_k − v_M] + (e^(−κₛ(τ_k − τ_M)) − 1)·(ln F_M − v_M), v_k = V + (ln p − V)·e^(−κτ_k). V is the log
//! of value, p the spot price, τ years to the last session. What the main month is away from its own value fades by κₛ
//! along the curve: later months follow it less, which is the Samuelson effect.

use crate::math;
use crate::trader::Quote;

/// How spread traders see the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// κ per year: how fast the spot price returns to value.
    pub pull: f64,
    /// κₛ per year: how fast what moves the main month fades along the curve.
    pub fade: f64,
    /// Lots held against a month for a log distance of 1 from where it should be.
    pub depth: f64,
}

impl Spread {
    /// Price at which a month should stand, in the unit of `main.price`; `value` is V, `log_spot` ln p.
    #[must_use]
    pub fn fair(&self, years: f64, main: Quote, value: f64, log_spot: f64) -> f64 {
        let point = |years: f64| value + (log_spot - value) * math::exp(-self.pull * years);
        let log_main = math::ln(main.price);
        let faded = math::exp(-self.fade * (years - main.years)) - 1.0;
        math::exp(log_main + point(years) - point(main.years) + faded * (log_main - point(main.years)))
    }

    /// Lots wanted in a month at a price that lies so far below where it should be in logs: D·ln(fair/p).
    #[inline]
    #[must_use]
    pub fn wanted(&self, gap: f64) -> i64 {
        (self.depth * gap) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPREAD: Spread = Spread { pull: 1.0, fade: 1.0, depth: 500.0 };

    #[test]
    fn a_curve_at_value_is_flat_and_the_main_month_is_itself() {
        let main = Quote { price: 100.0, years: 0.25 };
        let value = math::ln(100.0);
        for years in [0.1, 0.25, 1.0] {
            assert!((SPREAD.fair(years, main, value, value) - 100.0).abs() < 1e-9);
        }
        let apart = Quote { price: 130.0, years: 0.25 };
        assert!((SPREAD.fair(0.25, apart, value, math::ln(150.0)) - 130.0).abs() < 1e-9);
    }

    #[test]
    fn what_moves_the_main_month_fades_along_the_curve() {
        let value = math::ln(100.0);
        let main = Quote { price: 110.0, years: 0.0 };
        // Spot at value: of ln 1.1 there is e^(−1) left after a year.
        let year = SPREAD.fair(1.0, main, value, value);
        assert!((math::ln(year / 100.0) - math::ln(1.1) * math::exp(-1.0)).abs() < 1e-12);
        let flat = Spread { fade: 0.0, ..SPREAD };
        assert!((flat.fair(1.0, main, value, value) - 110.0).abs() < 1e-9);
    }

    #[test]
    fn a_dear_month_is_sold() {
        assert_eq!((SPREAD.wanted(-math::ln(1.1)), SPREAD.wanted(math::ln(1.1)), SPREAD.wanted(0.0)), (-47, 47, 0));
    }
}
