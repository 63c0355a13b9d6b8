//! The table of facts: what must hold, within which band.
//!
//! Signs are those of the literature on exchange-traded metals: maturities and stocks after Geman and Smith (2013) and
//! Brooks and Teterin (2020), storage after Deaton and Laroque (1996) and Ng and Ruge-Murcia (2000), long swings after
//! Roberts (2009), limits to prices after He and Westerhoff (2005), hedging pressure after Keynes and Hirshleifer (1988).
//! Bands around them are judgment, narrowed by what a prototype of this market gave on seeds that it was not fitted to.

use super::Statistic;

/// Values that agree with a fact, ends included; an open end is infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Lowest.
    pub low: f64,
    /// Highest.
    pub high: f64,
}

impl Band {
    const fn new(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    const fn at_least(low: f64) -> Self {
        Self { low, high: f64::INFINITY }
    }

    const fn at_most(high: f64) -> Self {
        Self { low: f64::NEG_INFINITY, high }
    }

    /// All above 0.
    pub const ABOVE_ZERO: Self = Self::at_least(f64::MIN_POSITIVE);
    /// All below 0.
    pub const BELOW_ZERO: Self = Self::at_most(-f64::MIN_POSITIVE);

    /// Whether a value lies within.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// What an arm must have for a row that compares it with the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A lower limit to the price.
    Floor,
    /// An upper limit to the price.
    Ceiling,
    /// A reserve.
    Reserve,
}

impl Role {
    /// Field of an experiment that names the arm.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Ceiling => "ceiling",
            Self::Reserve => "reserve",
        }
    }
}

/// A measure of a fact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Check {
    /// A statistic of the arm looked at.
    Of(Statistic, Band),
    /// Relative change of a statistic from the baseline to the arm with a role, seed by seed.
    Change(Role, Statistic, Band),
    /// A statistic of the arm with a role is above 0 in some seed.
    Ever(Role, Statistic),
}

impl Check {
    /// What it looks at.
    #[must_use]
    pub const fn statistic(&self) -> Statistic {
        match self {
            Self::Of(statistic, _) | Self::Change(_, statistic, _) | Self::Ever(_, statistic) => *statistic,
        }
    }

    /// The arm that it needs besides the one looked at.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        match self {
            Self::Of(..) => None,
            Self::Change(role, ..) | Self::Ever(role, _) => Some(*role),
        }
    }
}

/// A fact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Number.
    pub number: u32,
    /// What it is called.
    pub name: &'static str,
    /// It holds when all of these do.
    pub checks: &'static [Check],
}

use Check::{Change, Ever, Of};
use Statistic as S;

/// Facts that no table of weeks left to themselves can show: their numbers are no rows.
pub const EVENTS: &str = "Facts 16 to 18 (a gap in prices after a restriction, an ore ban, a squeeze) are about events and have no row; experiments of their own look at them.";

/// The facts.
pub const ROWS: &[Row] = &[
    Row {
        number: 1,
        name: "volatility",
        checks: &[Of(S::SpotVolatility, Band::new(0.20, 0.45)), Of(S::ThreeMonthVolatility, Band::new(0.20, 0.45))],
    },
    Row { number: 2, name: "far months move less", checks: &[Of(S::MaturityVolatility, Band::new(0.50, 0.85))] },
    Row {
        number: 3,
        name: "the more so when stocks are low",
        checks: &[
            Of(S::LowStockVolatilityRatio, Band::at_least(1.3)),
            Of(S::HighStockVolatilityRatio, Band::new(0.8, 1.45)),
            Of(S::StockVolatilityGap, Band::ABOVE_ZERO),
        ],
    },
    Row { number: 4, name: "backwardation", checks: &[Of(S::Backwardation, Band::new(0.3, 0.7))] },
    Row {
        number: 5,
        name: "backwardation when stocks are low",
        checks: &[Of(S::LowStockBackwardation, Band::at_least(0.8)), Of(S::HighStockBackwardation, Band::at_most(0.4))],
    },
    Row {
        number: 6,
        name: "slope bends with stocks",
        checks: &[Of(S::SlopeStockCorrelation, Band::at_least(0.45)), Of(S::YieldSteepness, Band::at_least(3.0))],
    },
    Row { number: 7, name: "scarcity volatility", checks: &[Of(S::ScarcityVolatility, Band::new(1.3, 4.0))] },
    Row { number: 8, name: "full carry", checks: &[Of(S::ContangoOverCarry, Band::at_most(1.2))] },
    Row {
        number: 9,
        name: "fat tails",
        checks: &[Of(S::ExcessKurtosis, Band::new(1.0, 7.0)), Of(S::TailIndex, Band::new(2.5, 5.0))],
    },
    Row {
        number: 10,
        name: "volatility clusters",
        checks: &[Of(S::Clustering, Band::new(0.08, 0.45)), Of(S::LongClustering, Band::new(0.03, 0.20))],
    },
    Row {
        number: 11,
        name: "no easy momentum",
        checks: &[Of(S::Momentum, Band::new(-0.10, 0.15)), Of(S::SpotMomentum, Band::new(-0.10, 0.20))],
    },
    Row {
        number: 12,
        name: "spikes up",
        checks: &[
            Of(S::LogPriceSkewness, Band::ABOVE_ZERO),
            Of(S::ConvenienceYield, Band::new(0.0, 0.12)),
            Of(S::HighConvenienceYield, Band::new(0.06, 0.50)),
        ],
    },
    Row {
        number: 13,
        name: "stock-outs",
        checks: &[Of(S::StockOuts, Band::new(0.0, 0.02)), Of(S::ScarceCover, Band::new(0.2, 0.65))],
    },
    Row {
        number: 14,
        name: "bullwhip",
        checks: &[
            Of(S::ProcessorBullwhip, Band::new(1.1, 4.0)),
            Of(S::MinerBullwhip, Band::at_least(1.1)),
            Of(S::BullwhipUpstream, Band::at_least(1.0)),
        ],
    },
    Row {
        number: 15,
        name: "investment cycle",
        checks: &[Of(S::CyclePeriod, Band::new(5.0, 15.0)), Of(S::ContractionLength, Band::at_least(1.0))],
    },
    Row {
        number: 19,
        name: "limits move the mean price",
        checks: &[
            Change(Role::Floor, S::MeanPrice, Band::BELOW_ZERO),
            Change(Role::Ceiling, S::MeanPrice, Band::ABOVE_ZERO),
        ],
    },
    Row {
        number: 20,
        name: "a reserve dampens and may run out",
        checks: &[
            Change(Role::Reserve, S::HighPrice, Band::new(-0.10, -0.05)),
            Change(Role::Reserve, S::SpotVolatility, Band::new(-0.10, 0.0)),
            Ever(Role::Reserve, S::ReserveEmpty),
        ],
    },
    Row { number: 21, name: "hedging pressure", checks: &[Of(S::HedgingPressure, Band::ABOVE_ZERO)] },
    Row { number: 22, name: "maturities of open interest", checks: &[Of(S::MainMonthShare, Band::new(0.4, 0.7))] },
];

/// The fact with a number.
#[must_use]
pub fn row(number: u32) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.number == number)
}

/// Statistics that the facts need, those of roles only where there is an arm with that role.
#[must_use]
pub fn needed(has: impl Fn(Role) -> bool) -> Vec<Statistic> {
    let checks = ROWS.iter().flat_map(|row| row.checks).filter(|check| check.role().is_none_or(&has));
    let mut found: Vec<Statistic> = Vec::new();
    for check in checks {
        if !found.contains(&check.statistic()) {
            found.push(check.statistic());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_hold_their_ends_and_signs_hold_no_zero() {
        let band = Band::new(0.5, 0.85);
        assert!(band.holds(0.5) && band.holds(0.85) && !band.holds(0.851) && !band.holds(f64::NAN));
        assert!(!Band::ABOVE_ZERO.holds(0.0) && !Band::BELOW_ZERO.holds(0.0) && Band::BELOW_ZERO.holds(-1e-9));
    }

    #[test]
    fn numbers_rise_and_roles_ask_for_their_statistics_alone() {
        assert!(ROWS.is_sorted_by(|one, next| one.number < next.number));
        assert!(ROWS.iter().flat_map(|row| row.checks).all(|check| match check {
            Of(_, band) | Change(_, _, band) => band.low <= band.high,
            Ever(..) => true,
        }));
        let none = needed(|_| false);
        assert!(!none.contains(&S::MeanPrice) && none.contains(&S::MainMonthShare));
        assert!(needed(|role| role == Role::Reserve).contains(&S::ReserveEmpty));
    }
}
