//! Supply and demand along a curve, and who knows them: see [`crate::spot`], [`crate::harvest`] and [`crate::storage`].

/// A buyer that bids its demand curve and uses what it buys in the same week.
#[derive(Debug, Clone, Copy)]
pub struct Spot {
    /// Lowest and highest price of its bids, against the opening price.
    pub reach: (f64, f64),
    /// Bids between them, evenly in logs.
    pub steps: u32,
}

/// What a mine's output follows.
#[derive(Debug, Clone, Copy)]
pub enum Supply {
    /// Its capacity, week by week.
    Capacity,
    /// The price that it expected when it planned.
    Planned(Planned),
}

/// Output planned a week ahead along a supply curve, with luck in what comes of it.
#[derive(Debug, Clone, Copy)]
pub struct Planned {
    /// Percent of output per percent of the present value of the expected price.
    pub elasticity: f64,
    /// Standard deviation of output against plan.
    pub noise: f64,
    /// Weeks from harvest to harvest; the first comes in week 0.
    pub every_weeks: u32,
}

/// What a merchant expects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Forecast {
    /// What all firms do: see [`crate::outlook`].
    Shared,
    /// What will happen, up to luck.
    Rational(Rational),
}

/// How finely a rational merchant reckons and bids.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rational {
    /// Nodes of the quadrature over luck.
    pub nodes: u32,
    /// Steps of its ladder from an empty to a full warehouse.
    pub steps: u32,
}
