//! Quantities of the model: mass, price and money as integers, and the named rules that round to them.
//!
//! A mineral declares its [`Quantum`]; mass counts quanta of contained metal, a price is cents per 1,000 quanta,
//! money is mills (1e-5 of the currency unit). One cent per 1,000 quanta times one quantum is one mill, so
//! `price × mass` is exact whatever the quantum.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

use crate::math;

/// Weeks in a year, 365.25 / 7.
pub const WEEKS_PER_YEAR: f64 = 365.25 / 7.0;

/// Parts per million in a whole.
pub const PPM: i64 = 1_000_000;

/// The smallest mass that a mineral's books count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quantum {
    /// One kilogram of contained metal; prices are cents per tonne.
    Kilogram,
    /// One gram of contained metal, for precious and minor metals; prices are cents per kilogram.
    Gram,
}

impl Quantum {
    /// Quanta in a tonne.
    #[must_use]
    pub const fn per_tonne(self) -> i64 {
        match self {
            Self::Kilogram => 1_000,
            Self::Gram => 1_000_000,
        }
    }

    /// Tonnes in a mass, for people to read and for rules in real numbers.
    #[must_use]
    pub fn tonnes(self, mass: Mass) -> f64 {
        mass.0 as f64 / self.per_tonne() as f64
    }

    /// Mass of so many tonnes, rounded to the nearest quantum.
    #[must_use]
    pub fn mass(self, tonnes: f64) -> Mass {
        Mass::nearest(tonnes * self.per_tonne() as f64)
    }

    /// Dollars per tonne of a price.
    #[must_use]
    pub fn usd_per_tonne(self, price: Price) -> f64 {
        price.0 as f64 / 100_000.0 * self.per_tonne() as f64
    }

    /// Price of so many dollars per tonne, rounded to the nearest cent per 1,000 quanta.
    #[must_use]
    pub fn price(self, usd_per_tonne: f64) -> Price {
        Price::nearest(usd_per_tonne * 100_000.0 / self.per_tonne() as f64)
    }
}

macro_rules! integer_quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// Sum, or `None` beyond 64 bits.
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Some(Self(sum)),
                    None => None,
                }
            }

            /// The nearest whole number, halves away from zero; a real beyond 64 bits saturates.
            #[must_use]
            pub fn nearest(value: f64) -> Self {
                Self(math::round(value))
            }

            /// The whole number below, never negative.
            #[must_use]
            pub fn floor(value: f64) -> Self {
                Self((value as i64).max(0))
            }

            /// Zero if negative.
            #[must_use]
            pub const fn or_zero(self) -> Self {
                if self.0 < 0 { Self(0) } else { self }
            }

            /// As a real number, for a decision.
            #[must_use]
            pub const fn real(self) -> f64 {
                self.0 as f64
            }

            /// `⌊self · ppm / 10⁶⌋`.
            #[must_use]
            pub fn share_ppm(self, ppm: i64) -> Self {
                match self.0.checked_mul(ppm) {
                    Some(product) => Self(product.div_euclid(PPM)),
                    None => Self((i128::from(self.0) * i128::from(ppm)).div_euclid(i128::from(PPM)) as i64),
                }
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.checked_add(other.0).expect(concat!("bug: ", stringify!($name), " beyond 64 bits")))
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0.checked_sub(other.0).expect(concat!("bug: ", stringify!($name), " beyond 64 bits")))
            }
        }

        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Add::add)
            }
        }
    };
}

integer_quantity! {
    /// Contained metal in quanta of its mineral.
    Mass
}
integer_quantity! {
    /// Cents per 1,000 quanta.
    Price
}
integer_quantity! {
    /// Mills, 1e-5 of the currency unit.
    Money
}

impl Money {
    /// Money of so many currency units, rounded to the nearest mill.
    #[must_use]
    pub fn from_currency(units: f64) -> Self {
        Self::nearest(units * 1e5)
    }

    /// Currency units, for people to read.
    #[must_use]
    pub fn currency(self) -> f64 {
        self.0 as f64 / 1e5
    }
}

impl Price {
    /// Exact value of a mass at this price, or `None` beyond 64 bits.
    #[must_use]
    pub fn checked_value(self, mass: Mass) -> Option<Money> {
        i64::try_from(i128::from(self.0) * i128::from(mass.0)).ok().map(Money)
    }

    /// Exact value of a mass at this price.
    ///
    /// # Panics
    /// Beyond 64 bits, about 9.2e13 currency units: the world file's check refuses quantities and prices
    /// that could come near.
    #[must_use]
    pub fn value(self, mass: Mass) -> Money {
        self.checked_value(mass).expect("bug: a value beyond 64 bits")
    }

    /// The highest number of ticks that is not above, never negative: for what a buyer pays at most.
    #[must_use]
    pub fn ticks_down(value: f64, tick: Price) -> i64 {
        ((value / tick.0 as f64) as i64).max(0)
    }

    /// The lowest number of ticks that is not below, at least one: for what a seller must get.
    #[must_use]
    pub fn ticks_up(value: f64, tick: Price) -> i64 {
        math::ceil(value / tick.0 as f64).max(1)
    }
}

/// A part of a whole, held as parts per million so that what the books move is exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ppm(pub i64);

impl Ppm {
    /// The whole.
    pub const ONE: Self = Self(PPM);

    /// As a real share.
    #[must_use]
    pub fn share(self) -> f64 {
        self.0 as f64 / PPM as f64
    }

    /// That part of a count, rounded down.
    #[must_use]
    pub fn of(self, count: i64) -> i64 {
        match count.checked_mul(self.0) {
            Some(product) => product.div_euclid(PPM),
            None => (i128::from(count) * i128::from(self.0)).div_euclid(i128::from(PPM)) as i64,
        }
    }
}

impl fmt::Display for Ppm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0 as f64 / 10_000.0)
    }
}

/// Deals `total` over `weights` in proportion, by largest remainder; ties go to the lower `tie` value.
///
/// The parts sum to `total` exactly and none exceeds its weight's fair share by a whole unit.
/// With all weights zero nothing is dealt and zero parts come back.
///
/// # Panics
/// When `weights` and `ties` differ in length or a weight is negative.
pub fn deal(total: i64, weights: &[i64], ties: &[u64], parts: &mut Vec<i64>) {
    assert_eq!(weights.len(), ties.len(), "bug: a weight without its tie value");
    parts.clear();
    let sum: i128 = weights.iter().map(|&w| i128::from(w)).sum();
    assert!(weights.iter().all(|&w| w >= 0), "bug: a negative weight");
    if sum == 0 || total <= 0 {
        parts.resize(weights.len(), 0);
        return;
    }
    let mut left = total;
    let mut rests = Vec::with_capacity(weights.len());
    for (i, &weight) in weights.iter().enumerate() {
        let (part, rest) = divide(weight, total, sum);
        parts.push(part);
        left -= part;
        if rest > 0 {
            rests.push((std::cmp::Reverse(rest), ties[i], i));
        }
    }
    let left = left as usize;
    if 0 < left && left < rests.len() {
        rests.select_nth_unstable(left);
    }
    for &(.., i) in &rests[..left] {
        parts[i] += 1;
    }
}

/// Whole part and rest of `weight · total / sum`; in 64 bits where they suffice, which is many times as fast.
fn divide(weight: i64, total: i64, sum: i128) -> (i64, i128) {
    if let (Some(product), Ok(sum)) = (weight.checked_mul(total), i64::try_from(sum)) {
        return (product / sum, i128::from(product % sum));
    }
    let product = i128::from(weight) * i128::from(total);
    ((product / sum) as i64, product % sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cent_per_thousand_quanta_times_a_quantum_is_a_mill() {
        assert_eq!(Price(1).value(Mass(1)), Money(1));
        for quantum in [Quantum::Kilogram, Quantum::Gram] {
            let value = quantum.price(25_000.0).value(quantum.mass(3.5));
            assert_eq!(value, Money::from_currency(87_500.0));
        }
    }

    #[test]
    fn shares_round_down_on_both_sides_of_zero() {
        assert_eq!(Money(7).share_ppm(500_000), Money(3));
        assert_eq!(Money(-7).share_ppm(500_000), Money(-4));
        assert_eq!(Mass(i64::MAX).share_ppm(PPM), Mass(i64::MAX));
    }

    #[test]
    fn nobody_is_rounded_beyond_his_limit() {
        let tick = Price(1_000);
        assert_eq!((Price::ticks_up(12_001.0, tick), Price::ticks_up(-5.0, tick)), (13, 1));
        assert_eq!((Price::ticks_down(12_999.0, tick), Price::ticks_down(999.0, tick)), (12, 0));
    }

    proptest! {
        #[test]
        fn dealing_loses_nothing_and_stays_within_one(total in 0..1_000_000_i64, weights in prop::collection::vec(0..10_000_i64, 1..20)) {
            let ties: Vec<u64> = (0..weights.len() as u64).rev().collect();
            let mut parts = Vec::new();
            deal(total, &weights, &ties, &mut parts);
            let wide: Vec<i64> = weights.iter().map(|weight| weight << 40).collect();
            let mut same = Vec::new();
            deal(total, &wide, &ties, &mut same);
            prop_assert_eq!(&parts, &same, "in proportion, whatever the unit of the weights");
            let sum: i64 = weights.iter().sum();
            if sum > 0 {
                prop_assert_eq!(parts.iter().sum::<i64>(), total);
                for (part, weight) in parts.iter().zip(&weights) {
                    let fair = *weight as f64 * total as f64 / sum as f64;
                    prop_assert!((*part as f64 - fair).abs() < 1.0);
                }
            }
        }
    }
}
