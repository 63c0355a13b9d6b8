//! How a deposit yields less as it is dug, and how metal known of becomes ore reserve.

/// How grade falls and cost rises with the metal dug: see [`crate::deposit`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Depletion {
    /// Fall of the log grade by the time a mine has dug what it began with.
    pub grade_decline: f64,
    /// Percent of unit cost per percent of grade lost.
    pub cost_exponent: f64,
    /// Fall of unit cost per year from better methods.
    pub learning: f64,
    /// Cost of closing for good, as a share of a year's cash cost of full output.
    pub closing_cost: f64,
}

/// How a mine turns resource into ore reserve: see [`crate::deposit`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exploration {
    /// Share of revenue spent.
    pub spend: f64,
    /// Dollars per tonne of reserve added, on average.
    pub finding_cost: f64,
    /// Campaigns that report per year.
    pub per_year: f64,
    /// Standard deviation of the log of what a campaign adds.
    pub spread: f64,
    /// Years of reserve beyond which a mine spends nothing.
    pub reserve_life: f64,
}
