//! What a contract is on where it is not on metal: a value that goes its own way.

use crate::calendar::Week;
use crate::digest::digest_fields;
use crate::math;
use crate::setup::exchange::{Contract, Underlying, Value};
use crate::streams::{Draw, Purpose, Streams};
use crate::units::Price;

const VALUE: Purpose = Purpose::new("contract.value");

/// A value, by week: ln V_t = ln V₋₁ + σ·z, with z standard normal, drawn by contract and week.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Walk {
    /// Cents per 1,000 quanta.
    value: f64,
    sd: f64,
    key: u64,
}

digest_fields!(Walk { value });

impl Walk {
    /// The walk of a contract that is on a value.
    #[must_use]
    pub fn new(contract: &Contract) -> Option<Self> {
        let Underlying::Value(Value { opening, sd }) = contract.on else { return None };
        Some(Self { value: opening.real(), sd, key: contract.id.key("contract") })
    }

    /// The week's value as a price, of a cent at least, and its log.
    pub fn step(&mut self, streams: Streams, week: Week) -> (Price, f64) {
        if week > 0 {
            let z = streams.at(VALUE, self.key, week).normal();
            self.value *= math::exp(self.sd * z);
        }
        (Price(Price::nearest(self.value).0.max(1)), math::ln(self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_begins_where_it_is_told_and_moves_by_its_standard_deviation() {
        let streams = Streams::new(3);
        let mut walk = Walk { value: 30_000.0, sd: 0.02, key: 7 };
        assert_eq!(walk.step(streams, 0), (Price(30_000), math::ln(30_000.0)));
        let logs: Vec<f64> = (1..2_000).map(|week| walk.step(streams, week).1).collect();
        let squares = logs.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0]));
        let sd = math::sqrt(squares.sum::<f64>() / (logs.len() - 1) as f64);
        assert!((sd - 0.02).abs() < 0.001, "{sd}"); // standard error 0.02/√4000
    }

    #[test]
    fn a_constant_stays() {
        let mut walk = Walk { value: 30_000.0, sd: 0.0, key: 7 };
        assert!((0..500).all(|week| walk.step(Streams::new(1), week).0 == Price(30_000)));
    }
}
