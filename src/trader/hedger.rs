//! Hedgers: miners short a part of what they will make, processors long a part of what they will buy.
//!
//! Firms hedge from nothing to nearly all, and selectively: more when the basis pays them for it (Jin & Jorion 2007;
//! Moel & Tufano on gold miners), and the more the higher their leverage (Haushalter 2000 on oil and gas producers). The
//! gap to the target is closed by parts, and positions move to later months before the last ones open for delivery.

use crate::math;

/// A hedging rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hedging {
    /// h: share of the quantity over the tenor that is hedged when the curve is flat.
    pub ratio: f64,
    /// Most that the basis adds or takes away.
    pub selective: f64,
    /// Weeks of output or purchases that are hedged.
    pub tenor_weeks: f64,
    /// Share of the gap to the target that is closed in a session.
    pub pace: f64,
    /// Weeks before a month's last session from which positions are moved on.
    pub roll_weeks: u32,
    /// λ: how much more is hedged, in logs, for a log of leverage more; 0 for who does not mind.
    pub leverage: f64,
}

impl Hedging {
    /// Share hedged at a basis: h + s·(basis/5 %) between h − s and h + s, never negative and at most all.
    ///
    /// `basis` is what the curve pays above spot for a seller, (F − p)/p; a buyer gives its negative.
    #[must_use]
    pub fn share(&self, basis: f64) -> f64 {
        /// Basis at which a selective hedger goes all the way.
        const WIDE: f64 = 0.05;
        (self.ratio + self.selective * (basis / WIDE).clamp(-1.0, 1.0)).clamp(0.0, 1.0)
    }

    /// How much more is hedged for the leverage that prices bring, (P̄/p)^λ for who sells and (p/P̄)^λ for who buys, at most as
    /// much as hedges everything on a flat curve.
    ///
    /// `price` is p over P̄, the long-run price, in whose terms debts and prices of products were agreed: a producer's worth
    /// falls with the price while his debts stay, a user's falls as it rises.
    #[must_use]
    pub fn pressed(&self, price: f64, sells: bool) -> f64 {
        if self.leverage == 0.0 {
            return 1.0;
        }
        let leverage = if sells { 1.0 / price } else { price };
        math::powf(leverage, self.leverage).min(1.0 / self.ratio.max(f64::MIN_POSITIVE))
    }

    /// Lots to hold in all against `weekly` quanta sold (short) or bought (long) a week.
    #[must_use]
    pub fn lots(&self, weekly: f64, basis: f64, lot: f64) -> i64 {
        (self.share(basis) * weekly * self.tenor_weeks / lot) as i64
    }
}

/// Share of its quantity that who sells an earlier stage has to hedge: what its price is of the contract's, since it moves
/// with that.
#[must_use]
pub fn payable(price: f64, contract: f64) -> f64 {
    (price / contract).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hedge_is_a_share_of_the_tenor_and_leans_to_the_basis() {
        let hedging =
            Hedging { ratio: 0.3, selective: 0.15, tenor_weeks: 26.0, pace: 0.3, roll_weeks: 6, leverage: 0.0 };
        // 0.3 of 26 weeks of 1,000 quanta in lots of 100.
        assert_eq!(hedging.lots(1_000.0, 0.0, 100.0), 78);
        assert!((hedging.share(0.025) - 0.375).abs() < 1e-12);
        assert!((hedging.share(0.5) - 0.45).abs() < 1e-12 && (hedging.share(-0.5) - 0.15).abs() < 1e-12);
        let careless = Hedging { ratio: 0.0, ..hedging };
        assert!(careless.share(-0.5).abs() < 1e-12);
    }

    #[test]
    fn a_low_price_presses_who_sells_and_a_high_one_who_buys() {
        let hedging =
            Hedging { ratio: 0.4, selective: 0.0, tenor_weeks: 26.0, pace: 0.3, roll_weeks: 6, leverage: 2.0 };
        assert!(
            (hedging.pressed(0.8, true) - 1.5625).abs() < 1e-12 && (hedging.pressed(0.8, false) - 0.64).abs() < 1e-12
        );
        // Nobody hedges more than all: 1/0.4.
        assert!((hedging.pressed(0.5, true) - 2.5).abs() < 1e-12);
        assert!((Hedging { leverage: 0.0, ..hedging }.pressed(0.5, true) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn ore_is_hedged_for_what_is_paid_for_it() {
        assert!((payable(15_900.0, 30_000.0) - 0.53).abs() < 1e-12);
        assert!((payable(31_000.0, 30_000.0) - 1.0).abs() < 1e-12);
    }
}
