//! The terms on which futures trade: what is listed, the rules of its sessions, who may trade.

use bevy_ecs::prelude::*;

use crate::calendar::Week;
use crate::exchange::board::UNBOUNDED;
use crate::exchange::rules::Rules;
use crate::setup::Setup;
use crate::setup::exchange::{ContractIx, ExchangeIx, Underlying};
use crate::step::Clock;
use crate::units::{Ppm, Price, Quantum};

/// This week's terms of futures.
#[derive(Resource, Debug, Clone)]
pub struct FuturesTerms {
    /// Terms of each contract, by its place in [`Setup::contracts`].
    pub contracts: Vec<SessionTerms>,
    /// Most of a month's open interest that foreigners may hold on each exchange, by its place in [`Setup::exchanges`].
    pub most_foreign: Vec<Option<Ppm>>,
    base: Vec<Base>,
    base_foreign: Vec<Option<Ppm>>,
}

/// Terms of a contract's sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTerms {
    /// Whether months that come up are listed.
    pub listed: bool,
    /// What is changed in its terms.
    pub rules: Rules,
    /// Lowest and highest price at which orders are taken, in ticks.
    pub bounds: (i64, i64),
}

/// What levels are reckoned with, and when the world lists a contract.
#[derive(Debug, Clone, Copy)]
struct Base {
    listed: Option<Week>,
    opening: Price,
    quantum: Quantum,
    tick: Price,
}

/// A level of a futures price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Level {
    /// In USD per tonne.
    Usd(f64),
    /// As a multiple of the metal's opening price.
    OfOpening(f64),
}

/// Bounds between which a further floor is kept; of a floor above the ceiling the floor counts.
#[must_use]
pub fn with_floor((low, high): (i64, i64), floor: i64) -> (i64, i64) {
    let low = low.max(floor);
    (low, high.max(low))
}

/// Bounds with a further ceiling.
#[must_use]
pub fn with_ceiling((low, high): (i64, i64), ceiling: i64) -> (i64, i64) {
    (low, high.min(ceiling).max(low))
}

impl FuturesTerms {
    /// As the world has them.
    pub(crate) fn new(setup: &Setup) -> Self {
        let base = |contract: &crate::setup::exchange::Contract| Base {
            listed: contract.listed,
            opening: match contract.on {
                Underlying::Metal(metal) => setup.markets[metal.market].opening_price,
                Underlying::Value(value) => value.opening,
            },
            quantum: setup.quantum_of(contract),
            tick: contract.terms.tick,
        };
        let base: Vec<Base> = setup.contracts.iter().map(base).collect();
        let base_foreign: Vec<Option<Ppm>> = setup.exchanges.iter().map(|exchange| exchange.most_foreign).collect();
        let mut terms = Self { contracts: Vec::new(), most_foreign: base_foreign.clone(), base, base_foreign };
        terms.open(0);
        terms
    }

    fn open(&mut self, week: Week) {
        self.contracts.clear();
        self.contracts.extend(self.base.iter().map(|base| SessionTerms {
            listed: base.listed.is_some_and(|from| from <= week),
            rules: Rules::default(),
            bounds: UNBOUNDED,
        }));
        self.most_foreign.clone_from(&self.base_foreign);
    }

    /// A level of a contract's price to the nearest tick, at least one.
    #[must_use]
    pub fn ticks(&self, contract: ContractIx, level: Level) -> i64 {
        let base = &self.base[contract];
        let price = match level {
            Level::Usd(usd) => base.quantum.price(usd).real(),
            Level::OfOpening(multiple) => base.opening.real() * multiple,
        };
        crate::math::round(price / base.tick.real()).max(1)
    }

    /// Opens an exchange to foreigners, up to a share of a month's open interest or without a bound.
    pub fn admit(&mut self, exchange: ExchangeIx, share: Option<Ppm>) {
        self.most_foreign[exchange] = share;
    }
}

/// The world's own terms hold until policies write theirs.
pub(crate) fn open_week(clock: Res<Clock>, mut terms: ResMut<FuturesTerms>) {
    terms.open(clock.week);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_bounds_the_tightest_hold_and_a_floor_beats_a_ceiling() {
        let bounds = with_floor(with_floor(UNBOUNDED, 900), 800);
        assert_eq!(bounds, (900, i64::MAX));
        assert_eq!(with_ceiling(with_ceiling(bounds, 1_200), 1_100), (900, 1_100));
        assert_eq!(with_ceiling(bounds, 700), (900, 900));
        assert_eq!(with_floor((1, 700), 900), (900, 900));
    }
}
