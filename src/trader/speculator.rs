//! Speculators: fundamentalists, who expect the price to return to value, chartists, who expect its trend to go on, and
//! the switching between them.
//!
//! Demand of a fundamentalist or chartist with wealth W: n*(p) = W·ln(p̂/p) / (α σ² p), the mean–variance portfolio of
//! Chiarella, Iori & Perelló (2009), α risk aversion, σ² the variance of the return over the horizon, p̂ what he expects.
//! Who is which changes by the index of Franke & Westerhoff (2012), "Structural stochastic volatility in asset pricing
//! dynamics", variant DCA–HPM, or by past gains as in Brock & Hommes (1998).

use crate::math;

/// Longest trend that anybody looks at, in weeks.
pub const LONGEST_TREND: usize = 52;

/// What a fundamentalist expects: e^(V + (ln p − V)·e^(−κτ)).
///
/// `value` is V, the log of the value; `price` p; `pull` κ per year, how fast the price returns; `years` τ.
#[must_use]
pub fn fundamental(price: f64, value: f64, pull: f64, years: f64) -> f64 {
    math::exp(value + (math::ln(price) - value) * math::exp(-pull * years))
}

/// What a chartist expects: p·(p/p_w)^γ, p_w the price some weeks ago, γ how much of the trend goes on.
#[must_use]
pub fn trend(price: f64, before: f64, strength: f64) -> f64 {
    price * math::powf(price / before, strength)
}

/// A speculator's means and limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Appetite {
    /// W: what he has, in mills.
    pub wealth: f64,
    /// α.
    pub risk_aversion: f64,
    /// σ²: variance of the return over his horizon.
    pub variance: f64,
    /// λ: most of his wealth that he ties up as margin.
    pub margin_share: f64,
    /// m: margin per value of the position.
    pub margin: f64,
}

impl Appetite {
    /// Lots of `lot` quanta wanted at a price that lies so far below what he expects in logs: W·ln(p̂/p)/(α σ² p·lot),
    /// its margin at most λ·W.
    #[inline]
    #[must_use]
    pub fn lots(&self, gap: f64, price: f64, lot: f64) -> i64 {
        let wealth = self.wealth;
        if wealth <= 0.0 {
            return 0;
        }
        let worth = wealth * gap / (self.risk_aversion * self.variance);
        let most = self.margin_share * wealth / self.margin;
        (worth.clamp(-most, most) / (price * lot)) as i64
    }
}

/// Attraction of the fundamental rule, after Franke & Westerhoff (2012).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Herding {
    /// α₀: liking for it beforehand.
    pub predisposition: f64,
    /// αₙ: how much the majority draws.
    pub herding: f64,
    /// α_p: how much a price far from value draws; per squared log.
    pub misalignment: f64,
}

impl Herding {
    /// Share of fundamentalists that the market tends to: 1/(1 + e^(−a)), a = α₀ + αₙ(n_f − n_c) + α_p(ln p − V)².
    ///
    /// `share` is n_f now, `gap` ln p − V, with p the price that is traded: measured against a forecast for some weeks
    /// ahead the gap is never large, and the market stays with the chartists.
    #[must_use]
    pub fn target(&self, share: f64, gap: f64) -> f64 {
        let index = self.predisposition + self.herding * (2.0 * share - 1.0) + self.misalignment * gap * gap;
        1.0 / (1.0 + math::exp(-index))
    }
}

/// Share that the fundamental rule tends to by past gains: e^(βU_f)/(e^(βU_f) + e^(βU_c)), after Brock & Hommes (1998).
///
/// `ahead` is U_f − U_c over its own standard deviation, `intensity` β.
#[must_use]
pub fn by_gains(ahead: f64, intensity: f64) -> f64 {
    1.0 / (1.0 + math::exp(-intensity * ahead))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fundamentalists_expect_a_part_of_the_way_back() {
        // Half of the log gap is gone after ln 2 / κ.
        let years = std::f64::consts::LN_2 / 0.8;
        assert!((fundamental(121.0, math::ln(100.0), 0.8, years) / 110.0 - 1.0).abs() < 1e-12);
        assert!((fundamental(100.0, math::ln(100.0), 0.8, 5.0) / 100.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn chartists_expect_a_part_of_the_trend_to_go_on() {
        assert!((trend(121.0, 100.0, 0.5) - 133.1).abs() < 1e-9);
        assert!((trend(100.0, 100.0, 3.0) - 100.0).abs() < 1e-12);
    }

    #[test]
    fn demand_falls_with_the_price_up_to_what_the_margin_allows() {
        let appetite = Appetite { wealth: 1e6, risk_aversion: 10.0, variance: 0.01, margin_share: 0.3, margin: 0.1 };
        // ln(1.05)·10⁶/0.1 = 487,902 mills in lots of 100 quanta at 100 cents.
        assert_eq!(appetite.lots(math::ln(1.05), 100.0, 100.0), 48);
        assert_eq!(appetite.lots(0.0, 100.0, 100.0), 0);
        // Three times the wealth at most.
        assert_eq!(
            [appetite.lots(math::ln(10.0), 100.0, 100.0), appetite.lots(-math::ln(10.0), 100.0, 100.0)],
            [300, -300]
        );
        let broke = Appetite { wealth: -5.0, ..appetite };
        assert_eq!(broke.lots(math::ln(2.0), 100.0, 100.0), 0);
    }

    /// With the estimates of Franke & Westerhoff the market is the chartists' near value and the fundamentalists' far off.
    #[test]
    fn a_price_far_from_value_draws_fundamentalists() {
        let index = Herding { predisposition: -0.327, herding: 1.79, misalignment: 18.43 };
        // −0.327 + 18.43·0.09 = 1.3317.
        assert!((index.target(0.5, 0.3) - 1.0 / (1.0 + math::exp(-1.3317))).abs() < 1e-12);
        assert!((index.target(0.5, -0.3) - index.target(0.5, 0.3)).abs() < 1e-12);
        assert!(index.target(0.2, 0.0) < 0.2 && index.target(0.5, 0.5) > 0.98);
    }

    #[test]
    fn gains_draw_by_their_lead() {
        assert!((by_gains(0.0, 3.0) - 0.5).abs() < 1e-15 && (by_gains(1.0, 3.0) - 0.952_574_126_822).abs() < 1e-9);
    }
}
