//! Which minerals a nation calls critical: its own criteria, applied to a year as it went.
//!
//! The formulas are those of published lists as far as a market model carries them. Left out are substitution indices and
//! trade agreements, and value added by single firms; governance is one index instead of several.

pub mod lists;

use crate::position::{Concentration, Position, Tally};
use crate::setup::{MineralIx, NationIx, Setup};

/// A nation's criteria.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Criteria {
    /// Formula of supply risk.
    pub formula: Formula,
    /// Supply risk from which a mineral may be critical.
    pub risk_from: f64,
    /// Economic importance from which a mineral may be critical.
    pub importance_from: f64,
    /// How much supply risk rises with a volatility of 1 a year.
    pub volatility: f64,
    /// How much supply risk rises when all of the world's output is made under export limits or levies.
    pub intervention: f64,
}

/// How supply risk follows from concentration, dependence and importance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formula {
    /// European Commission 2017; risk and importance from 0 to 10.
    European,
    /// Nassar et al. 2020; risk and importance from 0 to 1.
    American,
}

/// What the criteria look at, all from 0 to 1 but volatility.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indicators {
    /// Governance-weighted concentration of the world's output, the higher of mining and refining: Σ s_c²·(1 − g_c).
    pub world: f64,
    /// The same of what enters the nation. In both the nation's own part carries no risk: g = 1.
    pub sources: f64,
    /// Share of what it uses that was mined abroad.
    pub reliance: f64,
    /// Recycled metal over use.
    pub recycled: f64,
    /// Σ a_j·v_j, a_j the share of use j in the nation's use, v_j value added of that industry against the largest.
    pub importance: f64,
    /// Annualized standard deviation of weekly changes of log price over the year.
    pub volatility: f64,
    /// Share of the world's output made under export limits or levies.
    pub restricted: f64,
}

/// What the criteria say of a mineral.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Supply risk, on the formula's scale.
    pub risk: f64,
    /// Economic importance, on the formula's scale.
    pub importance: f64,
    /// Whether it is on the list.
    pub critical: bool,
}

impl Criteria {
    /// Applies the criteria.
    ///
    /// European: R = 10·\[W·ι/2 + S·(1 − ι/2)\]·(1 − ρ) and E = 10·Σ a v, after [European Commission 2017] without
    /// substitution and trade terms. W concentration of the world's output, S of the nation's sources, ι import reliance, ρ
    /// recycled over used.
    /// American: R = (W·ι·E)^(1/3) and E = Σ a v, after disruption potential, trade exposure and economic vulnerability of
    /// [Nassar et al. 2020]. Either risk is multiplied by 1 + w_v·σ + w_i·λ, σ volatility and λ the restricted share: the
    /// terms that lists of the EU, the US and Japan add, whose published form is not a formula; the weights are the file's.
    ///
    /// [European Commission 2017]: https://doi.org/10.2873/769526
    /// [Nassar et al. 2020]: https://doi.org/10.1126/sciadv.aay8647
    #[must_use]
    pub fn judge(&self, of: &Indicators) -> Verdict {
        let (risk, importance) = match self.formula {
            Formula::European => {
                let half = of.reliance / 2.0;
                let kept = (1.0 - of.recycled).max(0.0);
                (10.0 * (of.world * half + of.sources * (1.0 - half)) * kept, 10.0 * of.importance)
            }
            Formula::American => (crate::math::powf(of.world * of.reliance * of.importance, 1.0 / 3.0), of.importance),
        };
        let risk = risk * (1.0 + self.volatility * of.volatility + self.intervention * of.restricted);
        // Nothing is critical to who does not use it, wherever the thresholds lie.
        let critical = importance > 0.0 && risk >= self.risk_from && importance >= self.importance_from;
        Verdict { risk, importance, critical }
    }
}

/// Σ s²·(1 − g) over amounts and the governance, 0 to 1, of where they come from; 0 when there is nothing.
#[must_use]
pub fn weighted_concentration(amounts: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let total: f64 = amounts.clone().map(|(amount, _)| amount).sum();
    if total <= 0.0 {
        return 0.0;
    }
    amounts.map(|(amount, governance)| (amount / total) * (amount / total) * (1.0 - governance)).sum()
}

/// What a nation's criteria look at in a mineral, from a year's sums and the positions of all nations.
#[must_use]
pub fn indicators(
    setup: &Setup,
    tally: &Tally,
    (positions, _): &(Vec<Position>, Concentration),
    nation: NationIx,
    mineral: MineralIx,
) -> Indicators {
    // What a nation makes itself counts in the total and is no risk to it, whatever others think of its stability.
    let governance = |of: NationIx| if of == nation { 1.0 } else { setup.nations[of].governance };
    let world = |output: fn(&Position) -> f64| {
        weighted_concentration(positions.iter().map(|position| (output(position), governance(position.nation))))
    };
    let own = &positions[nation];
    // Imports are known by region; nations that share one count with their mean.
    let of_region = |region: usize| {
        let there: Vec<f64> =
            (0..setup.nations.len()).filter(|&other| setup.nations[other].region == region).map(governance).collect();
        crate::statistics::mean(&there).unwrap_or(0.0)
    };
    let entering = tally.sources(setup, nation, mineral, own.mined + own.recycled);
    let origins = std::iter::once(governance(nation)).chain((0..setup.regions.len()).map(of_region));
    let (mut used, mut valued, mut most) = (0.0, 0.0, (0.0, None));
    for (ix, sector) in setup.sectors.iter().enumerate() {
        if sector.nation == nation && setup.markets[sector.market].mineral == mineral {
            let amount = tally.sector_use(ix);
            used += amount;
            valued += amount * sector.value;
            if amount > most.0 {
                most = (amount, Some(sector.market));
            }
        }
    }
    let volatility = most.1.and_then(|market| tally.volatility(market, setup.nations[nation].region));
    Indicators {
        world: world(|position| position.mined).max(world(|position| position.refined)),
        sources: weighted_concentration(entering.iter().copied().zip(origins)),
        reliance: own.mined_abroad.unwrap_or(0.0),
        recycled: own.recycled_share().unwrap_or(0.0),
        importance: if used > 0.0 { valued / used } else { 0.0 },
        volatility: volatility.unwrap_or(0.0),
        restricted: tally.restricted_share(setup, mineral),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONCENTRATED: Indicators = Indicators {
        world: 0.5,
        sources: 0.4,
        reliance: 0.8,
        recycled: 0.0,
        importance: 0.5,
        volatility: 0.2,
        restricted: 0.6,
    };

    fn criteria(formula: Formula) -> Criteria {
        Criteria { formula, risk_from: 1.0, importance_from: 2.8, volatility: 0.0, intervention: 0.0 }
    }

    #[test]
    fn concentration_counts_less_where_governance_is_good() {
        let of = |amounts: &[(f64, f64)]| weighted_concentration(amounts.iter().copied());
        assert!((of(&[(3.0, 0.0), (1.0, 0.0)]) - 0.625).abs() < 1e-12);
        assert!((of(&[(3.0, 0.5), (1.0, 1.0)]) - 0.28125).abs() < 1e-12);
        assert!(of(&[(0.0, 0.0)]).abs() < 1e-12);
    }

    #[test]
    fn the_european_risk_leans_on_the_world_as_far_as_imports_do() {
        // 10 · (0.5 · 0.4 + 0.4 · 0.6) = 4.4; importance 5.
        let verdict = criteria(Formula::European).judge(&CONCENTRATED);
        assert!((verdict.risk - 4.4).abs() < 1e-12 && (verdict.importance - 5.0).abs() < 1e-12 && verdict.critical);
        let half_recycled = Indicators { recycled: 0.5, ..CONCENTRATED };
        assert!((criteria(Formula::European).judge(&half_recycled).risk - 2.2).abs() < 1e-12);
        let little = Indicators { importance: 0.2, ..CONCENTRATED };
        assert!(!criteria(Formula::European).judge(&little).critical);
    }

    #[test]
    fn the_american_risk_is_a_geometric_mean() {
        // (0.5 · 0.8 · 0.5)^(1/3) = 0.2^(1/3).
        let american = Criteria { risk_from: 0.4, importance_from: 0.0, ..criteria(Formula::American) };
        let verdict = american.judge(&CONCENTRATED);
        assert!((verdict.risk - 0.584_803_547_642_573_2).abs() < 1e-12 && verdict.critical);
        assert!(!american.judge(&Indicators { reliance: 0.0, ..CONCENTRATED }).critical);
    }

    #[test]
    fn volatility_and_intervention_raise_the_risk() {
        let weighed = Criteria { volatility: 0.5, intervention: 1.0, ..criteria(Formula::European) };
        // 4.4 · (1 + 0.5 · 0.2 + 0.6).
        assert!((weighed.judge(&CONCENTRATED).risk - 7.48).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_critical_to_who_does_not_use_it() {
        let all = Criteria { risk_from: 0.0, importance_from: 0.0, ..criteria(Formula::European) };
        assert!(!all.judge(&Indicators { importance: 0.0, ..CONCENTRATED }).critical);
    }
}
