//! Market makers: they stand ready on both sides of the last price and lean against what they hold.

/// How a market maker stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Making {
    /// Lots that it takes for a log change of the price of 1.
    pub depth: f64,
    /// Half the distance between its bid and its offer, as a share of the price.
    pub half_spread: f64,
    /// Share of its position that it wants to be rid of in a session.
    pub reversion: f64,
}

impl Making {
    /// Position wanted at a price that lies so far from the last in logs, Δ = ln(p/p₀): n·(1 − ρ) − D·(|Δ| − h)⁺·sign Δ.
    ///
    /// Inside the spread it only works off what it holds; beyond, it sells what the price rises and buys what it falls.
    #[inline]
    #[must_use]
    pub fn wanted(&self, held: i64, change: f64) -> i64 {
        let beyond = (change.abs() - self.half_spread).max(0.0) * change.signum();
        (held as f64 * (1.0 - self.reversion) - self.depth * beyond) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maker_sells_rises_buys_falls_and_works_off_its_position() {
        let making = Making { depth: 1_000.0, half_spread: 0.01, reversion: 0.25 };
        let at = |change: f64, held| making.wanted(held, change);
        assert_eq!([at(0.0, 0), at(0.009, 0), at(0.0, 80), at(0.0, -80)], [0, 0, 60, -60]);
        assert_eq!([at(0.0601, 0), at(-0.0601, 0), at(0.0601, 80)], [-50, 50, 9]);
    }
}
