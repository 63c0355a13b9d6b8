//! Supply and demand along a curve, and who knows them.

use super::super::decode::At;
use super::super::quantity::{Share, Weeks};
use super::super::record::{choice, record};
use super::super::value::{Count, Factor, Level};

record! {
    /// Buying along a demand curve: a bid for every price, for what would be used at it, used as it is bought.
    pub struct Spot as "Spot" {
        /// Lowest and highest price of its bids, against the opening price.
        reach: At<(Factor, Factor)>,
        /// Bids between them, evenly in logs: 2 to 100000.
        steps: At<Count>,
    }
}

choice! {
    /// What a mine's output follows.
    pub enum Supply as "supply" {
        /// Its capacity.
        Capacity,
        /// The price that it expects: capacity × (present value of the expected price / long-run price)^elasticity.
        Planned(Planned),
    }
}

record! {
    /// Output planned a week ahead along a supply curve.
    pub struct Planned as "Planned" {
        /// Percent of output per percent of the present value of the expected price.
        elasticity: Level,
        /// Standard deviation of output against plan.
        noise: Share = "Share(0)",
        /// From harvest to harvest, the first in the first week: 1 to 52 whole weeks. A harvest is the output of all of them.
        every: At<Weeks> = "Weeks(1)",
    }
}

choice! {
    /// What a merchant expects of the price.
    pub enum Forecast as "forecast" {
        /// What all firms expect: see `Expectations`.
        Shared,
        /// What will happen, up to luck. The market must be one that can be known: in one region, one mine with a `Planned`
        /// rule, sectors that buy `Spot` without growth or shocks, and merchants of this one rule.
        Rational(Rational),
    }
}

record! {
    /// How finely a rational merchant reckons and bids.
    pub struct Rational as "Rational" {
        /// Nodes of the quadrature over the luck of the harvest: 1 to 64.
        nodes: At<Count>,
        /// Steps of its ladder from an empty to a full warehouse: 2 to 100000. They stand for `steps` and `step` of the rule.
        steps: At<Count>,
    }
}
