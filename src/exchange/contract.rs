//! The terms of a futures contract: lot, tick, limits, margins, position limits, delivery.

use crate::auction::Rationing;
use crate::units::{Mass, Money, PPM, Ppm, Price};

use super::life::{Listing, Staged};
use super::limits::LimitTerms;
use super::settlement::SettlementRule;

/// A contract's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractTerms {
    /// Metal in a lot.
    pub lot: Mass,
    /// The least step of the price.
    pub tick: Price,
    /// Which months are listed.
    pub listing: Listing,
    /// How orders meet.
    pub matching: Matching,
    /// How orders at the auction's price are rationed.
    pub rationing: Rationing,
    /// How a session that traded settles.
    pub settlement: SettlementRule,
    /// Price limits; `None` without, as in London before March 2022.
    pub limit: Option<LimitTerms>,
    /// Margin.
    pub margin: MarginTerms,
    /// The most lots that a member who does not hedge may hold in a month, long or short; `None` without.
    pub position: Option<Staged<PositionLimit>>,
    /// The most lots that a member may open in a month in a session; `None` without. A lever of policy: lithium
    /// carbonate 3,000 in July 2025 and 400 in January 2026.
    pub opening_cap: Option<i64>,
    /// What happens at the end.
    pub delivery: Delivery,
    /// Paid to the clearing house for each lot, by buyer and seller.
    pub fee: Money,
    /// Whether who dominates what can be delivered lends the front month: see [`super::lending`].
    pub lending: bool,
}

impl ContractTerms {
    /// What a tick is worth on a lot.
    #[must_use]
    pub fn tick_value(&self) -> Money {
        self.tick.value(self.lot)
    }

    /// The price of so many ticks.
    #[must_use]
    pub const fn price(&self, ticks: i64) -> Price {
        Price(self.tick.0 * ticks)
    }

    /// The number of ticks nearest to a price, at least one.
    #[must_use]
    pub fn ticks(&self, price: Price) -> i64 {
        super::settlement::rounded(i128::from(price.0), i128::from(self.tick.0)).max(1)
    }
}

/// How the orders of a session meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// All at one price: [`crate::auction`].
    CallAuction,
    /// One by one as they come: [`crate::auction::continuous`].
    Continuous {
        /// Turns that a session gives to traders who are asked for orders.
        turns: u32,
        /// Whether their orders wait for the next session, as long as they live; otherwise they lapse with the session, as
        /// all others do.
        stays: bool,
    },
}

/// What a member deposits for a lot, as a share of its value at the last settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarginTerms {
    /// By the month's stage of life, such as 5 %, 10 %, 15 % and 20 % in the last days.
    pub rate: Staged<Ppm>,
    /// At least the next session's limit and this much more, 2 percentage points in Shanghai.
    pub over_limit: Ppm,
    /// How much less hedgers deposit, 1 percentage point in Guangzhou.
    pub hedgers_less: Ppm,
}

impl MarginTerms {
    /// Rates of a member who does not hedge and of one who does, given the next session's limit:
    /// m = max(schedule, limit + 2 pp), for hedgers m − 1 pp.
    #[must_use]
    pub fn rates(&self, weeks_left: i64, limit: Option<Ppm>) -> [Ppm; 2] {
        let least = limit.map_or(0, |limit| limit.0 + self.over_limit.0);
        let rate = self.rate.at(weeks_left).0.max(least);
        [Ppm(rate), Ppm((rate - self.hedgers_less.0).max(0))]
    }
}

/// The most lots that a member may hold in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositionLimit {
    /// In lots.
    pub lots: i64,
    /// From so much open interest on, a share of it instead: nickel from 120,000 lots on, 10 %.
    pub large: Option<(i64, Ppm)>,
}

impl PositionLimit {
    /// The limit at an open interest, both in lots.
    #[must_use]
    pub fn most(&self, open_interest: i64) -> i64 {
        match self.large {
            Some((from, share)) if open_interest >= from => {
                (i128::from(open_interest) * i128::from(share.0) / i128::from(PPM)) as i64
            }
            _ => self.lots,
        }
    }
}

/// What happens at the end of a month's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Shorts hand over warrants, longs pay for them.
    Physical(Physical),
    /// Positions are marked to the mean of the last so many weekly prices of the metal, and that is all.
    Cash {
        /// Weeks of the mean: 4 or 5, a calendar month.
        weeks: usize,
    },
}

/// Terms of physical delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Physical {
    /// Price at which metal is delivered.
    pub price: DeliveryPrice,
    /// A short without warrants is bought in at most at this multiple of the price, and otherwise pays the long off.
    pub buy_in: Ppm,
    /// What such a short pays to the long on top, as a share of the lots' value.
    pub penalty: Ppm,
}

/// The price at which metal is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryPrice {
    /// The last session's settlement.
    LastSettlement,
    /// Volume-weighted mean of the trades of so many weeks up to the last one: Guangzhou's mean of the delivery month.
    MeanOfWeeks(i64),
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::life::LastDay;
    use super::super::limits::AfterHalt;
    use super::*;

    /// Nickel in Shanghai as listed in 2015, in kilograms and cents per tonne: 1 t, tick 10, limit 4 %, margin 5 %.
    pub(in crate::exchange) fn nickel() -> ContractTerms {
        let limit = |lots, large| PositionLimit { lots, large };
        ContractTerms {
            lot: Mass(1_000),
            tick: Price(1_000),
            listing: Listing { every: 1, listed: 12, last_day: LastDay::Day(15) },
            matching: Matching::CallAuction,
            rationing: Rationing::ProRata,
            settlement: SettlementRule::VolumeWeighted,
            limit: Some(LimitTerms {
                base: Staged::always(Ppm(40_000)),
                first_day: 2,
                steps: [Ppm(30_000), Ppm(50_000)],
                halt: 1,
                then: AfterHalt::ForcedReduction,
                weekly: Some(3),
            }),
            margin: MarginTerms {
                rate: Staged::new(Ppm(50_000), &[(6, Ppm(100_000)), (2, Ppm(150_000)), (0, Ppm(200_000))])
                    .expect("falling"),
                over_limit: Ppm(20_000),
                hedgers_less: Ppm(10_000),
            },
            position: Staged::new(
                limit(6_000, Some((120_000, Ppm(100_000)))),
                &[(6, limit(1_800, None)), (2, limit(600, None))],
            ),
            opening_cap: None,
            delivery: Delivery::Physical(Physical {
                price: DeliveryPrice::LastSettlement,
                buy_in: Ppm(1_200_000),
                penalty: Ppm(200_000),
            }),
            fee: Money(0),
            lending: false,
        }
    }

    #[test]
    fn a_tick_of_ten_on_a_tonne_is_ten() {
        let nickel = nickel();
        assert_eq!(nickel.tick_value(), Money::from_currency(10.0));
        assert_eq!(nickel.price(12_345), Price(12_345_000));
        assert_eq!((nickel.ticks(Price(12_345_499)), nickel.ticks(Price(12_345_500))), (12_345, 12_346));
        assert_eq!(nickel.ticks(Price(3)), 1);
    }

    #[test]
    fn margin_rises_with_the_limit_and_towards_the_end() {
        let margin = nickel().margin;
        assert_eq!(margin.rates(30, Some(Ppm(40_000))), [Ppm(60_000), Ppm(50_000)], "limit + 2 pp is more than 5 %");
        assert_eq!(margin.rates(30, Some(Ppm(90_000))), [Ppm(110_000), Ppm(100_000)]);
        assert_eq!(margin.rates(30, None), [Ppm(50_000), Ppm(40_000)]);
        assert_eq!(margin.rates(0, Some(Ppm(40_000))), [Ppm(200_000), Ppm(190_000)]);
    }

    #[test]
    fn position_limits_are_lots_or_a_share_of_large_open_interest() {
        let position = nickel().position.expect("limits");
        assert_eq!(position.at(30).most(119_999), 6_000);
        assert_eq!(position.at(30).most(150_000), 15_000);
        assert_eq!((position.at(6).most(150_000), position.at(0).most(150_000)), (1_800, 600));
    }
}
