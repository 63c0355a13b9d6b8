//! Makers of options: they quote a volatility on both sides of what they reckon with, raise it as they sell, and hold the
//! month against what their options move with it.

/// How a maker of options stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptionMaking {
    /// Lots that it bids and offers of each option.
    pub depth: f64,
    /// s: how far its volatilities lie from what it reckons with, as a share of that.
    pub spread: f64,
    /// γ: by what share it raises them when it has sold as much vega as `depth` lots at the money have.
    pub lean: f64,
}

impl OptionMaking {
    /// Volatilities at which it bids and offers, σ̂·(1 ∓ s + γ·ν), with ν the vega that it has sold, net, over that of
    /// `depth` lots at the money; at least a quarter of σ̂.
    #[must_use]
    pub fn volatilities(&self, reckoned: f64, sold: f64) -> [f64; 2] {
        /// Below this share of what it reckons with it does not go.
        const LEAST: f64 = 0.25;
        [-self.spread, self.spread].map(|side| reckoned * (1.0 + side + self.lean * sold).max(LEAST))
    }

    /// Lots of the month to hold against options that move like so many lots of it.
    #[must_use]
    pub fn hedge(delta: f64) -> i64 {
        crate::math::round(-delta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maker_asks_for_more_volatility_as_it_sells() {
        let making = OptionMaking { depth: 10.0, spread: 0.1, lean: 0.2 };
        let near = |found: [f64; 2], expected: [f64; 2]| {
            assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{found:?}");
        };
        near(making.volatilities(0.3, 0.0), [0.27, 0.33]);
        near(making.volatilities(0.3, 1.0), [0.33, 0.39]);
        near(making.volatilities(0.3, -10.0), [0.075, 0.075]);
        assert_eq!([OptionMaking::hedge(2.6), OptionMaking::hedge(-0.4)], [-3, 0]);
    }
}
