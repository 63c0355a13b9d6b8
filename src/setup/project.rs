//! Projects: mines and plants that may be built, and how those who decide on them reckon.

use super::NationIx;
use crate::calendar::Week;
use crate::units::Price;

/// A mine or plant that is not there yet, and how far it has come.
#[derive(Debug, Clone, Copy)]
pub struct Project {
    /// How it is decided on and built.
    pub rule: InvestmentRule,
    /// How far it has come at the start.
    pub progress: Progress,
    /// Capital for a tonne of yearly capacity, with what its place adds: cents per 1,000 quanta of yearly product.
    pub capital_cost: Price,
}

/// How far a project has come, with the whole weeks that are left where a stage takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Not found yet, or a resource that nobody has looked at.
    Discovery,
    /// Drilled and costed.
    Feasibility {
        /// Weeks left.
        weeks: Week,
    },
    /// Before the authorities.
    Permitting {
        /// Weeks left.
        weeks: Week,
    },
    /// Ready; its owner looks at it every quarter.
    Decision,
    /// Being built.
    Construction {
        /// Weeks left.
        weeks: Week,
    },
    /// Half-built and left alone.
    Mothballed {
        /// Weeks of construction left.
        weeks: Week,
    },
    /// Working itself up to full output.
    RampUp {
        /// Weeks left.
        weeks: Week,
    },
    /// Built.
    Operating,
}

impl Progress {
    /// Whether the capital has been committed, so that others can count on its output.
    #[must_use]
    pub const fn committed(self) -> bool {
        matches!(self, Self::Construction { .. } | Self::RampUp { .. } | Self::Operating)
    }
}

/// How a kind of project is decided on and built: see [`crate::project`].
#[derive(Debug, Clone, Copy)]
pub struct InvestmentRule {
    /// Weeks of drilling and studies.
    pub feasibility_weeks: Week,
    /// Weeks before the authorities.
    pub permitting_weeks: Week,
    /// Weeks of construction, over which the capital is paid.
    pub construction_weeks: Week,
    /// Weeks from first to full output.
    pub ramp_up_weeks: Week,
    /// Cost of capital per year, before the hazard of the country.
    pub discount: f64,
    /// Years of full output that count at most.
    pub horizon_years: f64,
    /// Multiple of the capital that the value must reach.
    pub hurdle: Hurdle,
    /// Weights of the prices that decisions are made with.
    pub deck: Deck,
    /// Share, in logs of the price, by which the decision maker goes by capacity and need to come.
    pub supply_line: f64,
    /// Percent by which the price falls per percent of capacity above need at the opening.
    pub price_effect: f64,
    /// Growth of use per year that firms reckon with.
    pub growth: f64,
    /// Sharpness of a decision by odds; without one it is taken as soon as the value reaches the hurdle.
    pub sharpness: Option<f64>,
    /// Weeks from one look to the next.
    pub review_weeks: Week,
    /// Discoveries per year that a deposit not yet found may expect at the long-run price.
    pub discoveries_per_year: f64,
    /// Percent more discoveries per percent of price against the long run.
    pub discovery_elasticity: f64,
    /// Construction stops when finishing is worth less than this multiple of the capital still to be paid.
    pub mothball_below: f64,
}

/// Multiple of the capital that the value of a project must reach before it is built.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hurdle {
    /// A fixed multiple.
    Threshold(f64),
    /// The value of waiting: see [`crate::project::value::option_multiple`].
    RealOption {
        /// Standard deviation of the log price over a year.
        volatility: f64,
        /// Share of the value that waiting forgoes, per year.
        payout: f64,
        /// Most that anybody asks.
        cap: f64,
    },
}

/// Weights of three views of the price: they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deck {
    /// Of the price that covers cost in the long run.
    pub long_run: f64,
    /// Of the mean price of the last 104 weeks in the region.
    pub mean: f64,
    /// Of what firms expect some weeks ahead.
    pub outlook: f64,
}

/// What a nation's policy bank and insurer offer to projects of its firms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finance {
    /// Whose offer it is.
    pub nation: NationIx,
    /// Share of the capital that the bank lends.
    pub share: f64,
    /// Interest on the loan per year.
    pub rate: f64,
    /// Weeks of repayment, from first output on.
    pub tenor_weeks: Week,
    /// Share of the loss from a taking that the insurer pays.
    pub cover: f64,
    /// Premium a year, as a share of the capital covered.
    pub premium: f64,
}
