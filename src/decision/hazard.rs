//! The odds of an act in a quarter: log-odds that are linear in what a nation sees. Lever B5.
//!
//! The form and the signs follow the literature on resource nationalism: price is the main trigger (Xu et al. 2024 on 261
//! acts since 1990), acts come in waves (Mahdavi 2014), high prices and weak institutions go with takings ([Guriev, Kolotilin
//! and Sonin 2011]), restrictions draw further ones ([Giordani, Rocha and Ruta 2016]). None of them gives coefficients that
//! could be taken over; those of a world are assumed and calibrated on counts.
//!
//! [Guriev, Kolotilin and Sonin 2011]: https://doi.org/10.1093/jleo/ewp031
//! [Giordani, Rocha and Ruta 2016]: https://doi.org/10.1016/j.jinteco.2016.02.005

use crate::calendar::Week;
use crate::math;
use crate::setup::decision::HazardRule;

/// Weeks for which a nation counts as having acted.
pub const ACTED_WEEKS: Week = 104;

/// What a nation sees when it thinks about an act.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Prospect {
    /// Log of the world price over its mean of five years.
    pub price: f64,
    /// Share of the price at its mines that is rent, 0 to 1.
    pub rent: f64,
    /// Share of the capacity of its mines and projects that is built, 0 to 1.
    pub sunk: f64,
    /// Share of other nations' mine capacity whose exports are restricted, 0 to 1.
    pub neighbors: f64,
    /// Share of its ore that it has no plants for, 0 to 1.
    pub gap: f64,
    /// Whether an election comes within a year.
    pub election: bool,
    /// Political stability, 0 to 1.
    pub governance: f64,
    /// Alignment with its buyers, weighted by their needs, −1 to 1.
    pub alliance: f64,
    /// Share of the largest buyer in the needs of all abroad, 0 to 1.
    pub dependence: f64,
    /// Whether it acted within [`ACTED_WEEKS`].
    pub acted: bool,
}

/// Chance of an act in a quarter, 0 to 1: with q = 1 − (1 − base)^¼ the log-odds are ln(q/(1−q)) + Σ β·x.
#[must_use]
pub fn chance(rule: &HazardRule, seen: &Prospect) -> f64 {
    let base = 1.0 - math::powf(1.0 - rule.base, 0.25);
    let flag = |is: bool| f64::from(u8::from(is));
    let pull = rule.price * seen.price / rule.price_sd
        + rule.rent * seen.rent
        + rule.sunk * seen.sunk
        + rule.neighbors * seen.neighbors
        + rule.gap * seen.gap
        + rule.election * flag(seen.election)
        + rule.institutions * (1.0 - seen.governance);
    let hold = rule.alliance * seen.alliance + rule.dependence * seen.dependence + rule.acted * flag(seen.acted);
    let odds = base / (1.0 - base) * math::exp((pull - hold).clamp(-50.0, 50.0));
    odds / (1.0 + odds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: HazardRule = HazardRule {
        base: 0.06,
        price: 0.7,
        price_sd: 0.3,
        rent: 0.0,
        sunk: 0.0,
        neighbors: 1.0,
        gap: 0.0,
        election: 0.0,
        institutions: 0.0,
        alliance: 1.0,
        dependence: 0.0,
        acted: 2.0,
    };

    #[test]
    fn four_quiet_quarters_have_the_chance_of_a_year() {
        let quarter = chance(&RULE, &Prospect { governance: 1.0, ..Prospect::default() });
        assert!((1.0 - math::powf(1.0 - quarter, 4.0) - 0.06).abs() < 1e-12);
    }

    #[test]
    fn odds_double_with_a_deviation_of_the_price_and_fall_with_friends_and_after_an_act() {
        let odds = |seen: &Prospect| {
            let chance = chance(&RULE, seen);
            chance / (1.0 - chance)
        };
        let calm = Prospect { governance: 1.0, ..Prospect::default() };
        let ratio = |seen: Prospect| odds(&seen) / odds(&calm);
        // e^0.7 = 2.0138 for one deviation, e^0.5 for half of all others, e^−1 among full allies, e^−2 after an act.
        assert!((ratio(Prospect { price: 0.3, ..calm }) - 2.013_752_7).abs() < 1e-6);
        assert!((ratio(Prospect { neighbors: 0.5, ..calm }) - 1.648_721_3).abs() < 1e-6);
        assert!((ratio(Prospect { alliance: 1.0, ..calm }) - 0.367_879_4).abs() < 1e-6);
        assert!((ratio(Prospect { acted: true, ..calm }) - 0.135_335_3).abs() < 1e-6);
    }
}
