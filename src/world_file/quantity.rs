//! Numbers with their unit, as files write them: `TonnesPerYear(62_400)`.
//!
//! Each refuses what is not finite or not in its range, also when read by `serde` alone.

use serde::{Deserialize, Deserializer, Serialize};

use crate::units::{Mass, Money, Ppm, Price, Quantum};

/// Largest mass: 1e14 quanta, which a real number still holds to the quantum.
pub const MAX_QUANTA: f64 = 1e14;
/// Largest price in a file, dollars per tonne.
pub const MAX_USD_PER_TONNE: f64 = 1e9;
/// Largest sum of money in a file, dollars.
pub const MAX_USD: f64 = 1e12;

/// A number with a unit.
pub trait Quantity: Sized + Copy {
    /// How a file names it.
    const NAME: &'static str;
    /// What the number counts.
    const COUNTS: &'static str;
    /// The number it may be at most.
    const MAX: f64;

    /// The quantity, or what is wrong with the number.
    ///
    /// # Errors
    /// When the number is not finite, is negative or exceeds [`Self::MAX`].
    fn new(number: f64) -> Result<Self, String>;

    /// What stands in for one that could not be read: not a number, of which no comparison holds.
    fn unread() -> Self;

    /// The number.
    fn number(self) -> f64;
}

macro_rules! quantities {
    ($($(#[doc = $doc:literal])* $name:ident: $counts:literal up to $max:expr;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
            pub struct $name(f64);

            impl Quantity for $name {
                const NAME: &'static str = stringify!($name);
                const COUNTS: &'static str = $counts;
                const MAX: f64 = $max;

                fn new(number: f64) -> Result<Self, String> {
                    in_range(number, Self::MAX).map(|()| Self(number))
                }

                fn unread() -> Self {
                    Self(f64::NAN)
                }

                fn number(self) -> f64 {
                    self.0
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    mod unchecked {
                        #[derive(serde::Deserialize)]
                        pub(super) struct $name(pub(super) f64);
                    }
                    Self::new(unchecked::$name::deserialize(deserializer)?.0).map_err(serde::de::Error::custom)
                }
            }
        )*
    };
}

/// A number as a file may write it, with its digits in groups.
#[must_use]
pub fn plain(number: f64) -> String {
    let text = number.to_string();
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let digits = whole.trim_start_matches('-');
    if digits.len() < 5 || digits.len() > 30 {
        return text;
    }
    let mut grouped = String::from(if whole.starts_with('-') { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    grouped + rest
}

fn in_range(number: f64, max: f64) -> Result<(), String> {
    if !number.is_finite() {
        Err("not a finite number".to_owned())
    } else if number < 0.0 || (number == 0.0 && number.is_sign_negative()) {
        Err(format!("{} is negative", plain(number)))
    } else if number > max {
        Err(format!("{} is more than {}", plain(number), plain(max)))
    } else {
        Ok(())
    }
}

quantities! {
    /// Contained metal.
    Tonnes: "tonnes of contained metal" up to 1e12;
    /// Contained metal a year.
    TonnesPerYear: "tonnes of contained metal a year" up to 1e12;
    /// A price or a cost.
    UsdPerTonne: "dollars per tonne" up to MAX_USD_PER_TONNE;
    /// The capital of a mine or plant.
    UsdPerAnnualTonne: "dollars for a tonne of yearly capacity" up to MAX_USD_PER_TONNE;
    /// A cost of keeping.
    UsdPerTonneYear: "dollars per tonne and year" up to MAX_USD_PER_TONNE;
    /// Money.
    Usd: "dollars" up to MAX_USD;
    /// A part of a whole, 0 to 1.
    Share: "a part of a whole, 0 to 1" up to 1.0;
    /// Interest or decay.
    SharePerYear: "a share a year, such as 0.08 for 8 %" up to 10.0;
    /// How often something happens.
    PerYear: "times a year" up to 366.0;
    /// A length of time.
    Weeks: "weeks" up to 5_200.0;
    /// A length of time.
    Days: "days" up to 36_525.0;
    /// A length of time.
    Years: "years" up to 100.0;
    /// A stock as days of the nation's base-year use.
    DaysOfUse: "days of the nation's base-year use" up to 36_525.0;
    /// A stock as a multiple of what an agency means to hold.
    OfTarget: "times the target" up to 100.0;
}

/// The whole number that `number · scale` stands for, unless it stands between two.
fn whole(number: f64, scale: f64) -> Option<i64> {
    let (scaled, nearest) = (number * scale, (number * scale).round());
    ((scaled - nearest).abs() <= scaled.abs() * 4.0 * f64::EPSILON).then_some(nearest as i64)
}

/// [`whole`], or what is wrong and the nearest number that would do.
fn whole_or_nearest(number: f64, scale: f64, what: impl FnOnce() -> String) -> Result<i64, Inexact> {
    whole(number, scale).ok_or_else(|| {
        let instead = match (number * scale).round() {
            0.0 => format!("the least above 0 is {}", plain(1.0 / scale)),
            nearest => format!("the nearest is {}", plain(nearest / scale)),
        };
        Inexact { what: what(), instead }
    })
}

fn mass(tonnes: f64, quantum: Quantum) -> Result<Mass, Inexact> {
    let scale = quantum.per_tonne() as f64;
    if tonnes * scale > MAX_QUANTA {
        let what = format!("{} t is more than the books hold", plain(tonnes));
        return Err(Inexact { what, instead: format!("write at most {}", plain(MAX_QUANTA / scale)) });
    }
    let unit = if quantum == Quantum::Gram { "grams" } else { "kilograms" };
    whole_or_nearest(tonnes, scale, || format!("{} t is not a whole number of {unit}", plain(tonnes))).map(Mass)
}

fn price(usd_per_tonne: f64, quantum: Quantum) -> Result<Price, Inexact> {
    let unit = if quantum == Quantum::Gram { "kilogram" } else { "tonne" };
    let scale = 100_000.0 / quantum.per_tonne() as f64;
    let what = || format!("{} USD/t is not a whole number of cents per {unit}", plain(usd_per_tonne));
    whole_or_nearest(usd_per_tonne, scale, what).map(Price)
}

/// Why a quantity is no whole number of what the model counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inexact {
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub instead: String,
}

/// A quantity that the model holds as a whole number.
pub trait Exact: Quantity {
    /// What the model holds.
    type Whole;

    /// The whole number, or why there is none.
    ///
    /// # Errors
    /// When the quantity lies between two whole numbers or beyond what the model holds.
    fn exact(self, quantum: Quantum) -> Result<Self::Whole, Inexact>;
}

macro_rules! exact {
    ($($name:ident => $whole:ty: $rule:expr;)*) => {
        $(
            impl Exact for $name {
                type Whole = $whole;
                fn exact(self, quantum: Quantum) -> Result<$whole, Inexact> {
                    let rule: fn(f64, Quantum) -> Result<$whole, Inexact> = $rule;
                    rule(self.0, quantum)
                }
            }
        )*
    };
}

exact! {
    Tonnes => Mass: mass;
    TonnesPerYear => Mass: mass;
    UsdPerTonne => Price: price;
    UsdPerTonneYear => Price: price;
    UsdPerAnnualTonne => Price: price;
    Usd => Money: |usd, _| {
        whole_or_nearest(usd, 1e5, || format!("{} USD is finer than 0.00001 USD", plain(usd))).map(Money)
    };
    Share => Ppm: |share, _| {
        whole_or_nearest(share, 1e6, || format!("{share} is finer than one part per million")).map(Ppm)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_reaches_its_quantum_exactly_or_not_at_all() {
        let tonnes = |number| Tonnes::new(number).expect("in range");
        for (number, quanta) in [(0.001, Some(1)), (1.001, Some(1_001)), (62_400.0, Some(62_400_000)), (0.000_5, None)]
        {
            assert_eq!(tonnes(number).exact(Quantum::Kilogram).ok(), quanta.map(Mass), "{number}");
        }
        assert!(tonnes(1e12).exact(Quantum::Kilogram).is_err());
        let price = |number| UsdPerTonne::new(number).expect("in range").exact(Quantum::Gram).ok();
        assert_eq!((price(35_000.0), price(35.5)), (Some(Price(3_500)), None));
    }

    #[test]
    fn a_plain_number_groups_its_digits() {
        for (number, text) in
            [(5.0, "5"), (-0.25, "-0.25"), (9_999.0, "9999"), (25_000.5, "25_000.5"), (-1e6, "-1_000_000")]
        {
            assert_eq!(plain(number), text);
        }
    }

    #[test]
    fn serde_refuses_what_is_out_of_range() {
        let read = |text: &str| ron::from_str::<Share>(text).ok();
        assert_eq!(read("Share(0.25)").map(Quantity::number), Some(0.25));
        for bad in ["Share(1.5)", "Share(-0.1)", "Share(NaN)", "Share(inf)", "Tonnes(1)", "0.5"] {
            assert!(read(bad).is_none(), "{bad}");
        }
        let written = ron::to_string(&Tonnes::new(5_200.5).expect("in range")).expect("written");
        assert_eq!(ron::from_str::<Tonnes>(&written).map(Quantity::number), Ok(5_200.5));
    }
}
