//! Arbitrage between exchanges: who trades on several holds each contract for a metal where the others have it.
//!
//! The import parity that traders watch between Shanghai and London, with the premium of one place over the other as spot
//! has it: ln F = ln F' + ln p − ln p', F' the other contract's curve at the same maturity, p and p' the spot prices where
//! the two deliver.

use crate::math;

/// How an arbitrageur between exchanges trades the contract that he holds against the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InterExchange {
    /// Lots held for a log distance of 1 from where the others have it.
    pub depth: f64,
}

impl InterExchange {
    /// Lots wanted at a price that lies so far below where the others have it in logs: D·ln(fair/p).
    #[inline]
    #[must_use]
    pub fn wanted(&self, gap: f64) -> i64 {
        (self.depth * gap) as i64
    }
}

/// Where the other contracts for the same metal have a price: the mean of their logs by weight, each a curve's price, the
/// spot price where it delivers and a weight such as its open interest; `spot` is the own spot price. Nothing without
/// others of any weight.
#[must_use]
pub fn parity(others: impl Iterator<Item = (f64, f64, f64)>, spot: f64) -> Option<f64> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (price, delivered, weight) in others {
        sum += weight * math::ln(price / delivered);
        weights += weight;
    }
    (weights > 0.0).then(|| spot * math::exp(sum / weights))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_is_held_where_the_others_have_it() {
        // One at spot with weight 3, one 10 % above with weight 1; here spot is twice as high as there.
        let others = [(100.0, 100.0, 3.0), (55.0, 50.0, 1.0)];
        let fair = parity(others.into_iter(), 200.0).expect("others");
        assert!((math::ln(fair / 200.0) - math::ln(1.1) / 4.0).abs() < 1e-12);
        assert_eq!(parity([(100.0, 100.0, 0.0)].into_iter(), 200.0), None);
        let trader = InterExchange { depth: 500.0 };
        assert_eq!((trader.wanted(-math::ln(1.1)), trader.wanted(math::ln(1.1))), (-47, 47));
    }
}
