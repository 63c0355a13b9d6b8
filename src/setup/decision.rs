//! Policies that a nation decides on inside the run, and by what.

use super::{MarketIx, NationIx};
use crate::calendar::{Date, Week};
use crate::units::Money;

/// What dates one of a nation's policies. Its written dates say only how long the notice is and how long it lasts.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Place of the policy in [`super::Nation::policies`].
    pub policy: usize,
    /// What makes the nation act.
    pub trigger: Trigger,
    /// What makes it stop before the policy's end.
    pub relent: Relent,
    /// How both sides may agree to stop.
    pub truce: Option<Truce>,
    /// Weeks after the end, or after the act when it has none, before the nation can act so again.
    pub rest_weeks: Week,
}

/// What makes a nation act.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// A hazard per quarter: see [`crate::decision::hazard`].
    Hazard(HazardRule, MarketIx),
    /// Taking mines is worth more to the state than taxing them: see [`crate::decision::bargain`].
    Bargain(Bargain),
    /// Others' policies: see [`crate::decision::answer`].
    Answer(Answer),
    /// A watch warns: see [`crate::decision::plan`].
    Warning(Plan),
    /// A watch warns, and the model run ahead says that acting helps: see [`crate::decision::counsel`].
    LookAhead(Plan, LookAhead),
}

/// Log-odds of an act in a quarter, per unit of what the nation looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HazardRule {
    /// Chance per year when everything below is 0.
    pub base: f64,
    /// Of the log price over its mean of five years, in `price_sd`.
    pub price: f64,
    /// A usual deviation of the log price from that mean.
    pub price_sd: f64,
    /// Of the share of the price that is rent.
    pub rent: f64,
    /// Of the share of capacity that is already built.
    pub sunk: f64,
    /// Of the share of others' output whose exports are restricted.
    pub neighbors: f64,
    /// Of the share of its ore that it has no plants for.
    pub gap: f64,
    /// Of an election within a year.
    pub election: f64,
    /// Of weak institutions: 1 − governance.
    pub institutions: f64,
    /// Of its alignment with its buyers, counted against acting.
    pub alliance: f64,
    /// Of the share of its largest buyer, counted against acting.
    pub dependence: f64,
    /// Of having acted within two years, counted against acting.
    pub acted: f64,
}

/// When a state takes mines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bargain {
    /// What a taking costs the state in court.
    pub cost: Money,
    /// What it costs in reputation where institutions are strongest, as a share of what the mines are worth to state and owners.
    pub reputation: f64,
    /// Rate per year at which the state discounts.
    pub discount: f64,
    /// Chance in a quarter in which a taking is worth more.
    pub chance: f64,
}

/// Whom a nation answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Policies by nation and place in [`super::Nation::policies`].
    pub to: Vec<(NationIx, usize)>,
    /// Chance of an answer within a year of one of them.
    pub chance: f64,
}

/// When a measure follows a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Place of the watch in [`super::Setup::watches`].
    pub watch: usize,
    /// Level from which the measure is called for.
    pub level: u8,
    /// Weeks below that level after which it ends.
    pub calm_weeks: Week,
    /// Whether the mineral must be on the nation's list of critical minerals.
    pub listed: bool,
}

/// How an agency looks ahead.
#[derive(Debug, Clone, PartialEq)]
pub struct LookAhead {
    /// Pairs of runs.
    pub runs: u32,
    /// Weeks that are looked ahead.
    pub horizon: Week,
    /// Least weeks from one look to the next.
    pub every: Week,
    /// What a lack is worth by class of sector, in multiples of the opening price; of others nothing.
    pub worth: Vec<(u8, f64)>,
}

/// What makes a nation stop, looked at every quarter.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Relent {
    /// Stops when it took less than (1 − this) of what it took in the year before it acted.
    pub shortfall: Option<f64>,
    /// Chance of stopping in a quarter, whatever came of it.
    pub chance: f64,
    /// Stops when nothing of what it answers stands any more.
    pub with_cause: bool,
}

/// An agreement by which an answer and what it answers both end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truce {
    /// Chance in a quarter.
    pub chance: f64,
    /// Weeks for which neither side acts so again.
    pub weeks: Week,
}

/// Elections at equal distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elections {
    /// Day of one of them.
    pub day: Date,
    /// Years from one to the next.
    pub every: f64,
}

impl Elections {
    /// Years from a point in time, such as 2025.13, to the next election, 0 or more.
    #[must_use]
    pub fn years_to_next(&self, now: f64) -> f64 {
        let since = (now - self.day.in_years()).rem_euclid(self.every);
        if since > 0.0 { self.every - since } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_election_is_never_behind() {
        let day = Date::new(2023, 12, 20).expect("a day");
        let elections = Elections { day, every: 5.0 };
        for (now, years) in [(2024.0, 4.968_5), (2028.9, 0.068_5), (2029.0, 4.968_5), (2013.0, 0.968_5)] {
            assert!((elections.years_to_next(now) - years).abs() < 1e-4, "{now}");
        }
    }
}
