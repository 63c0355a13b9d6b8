//! Services: technologies compete for what metal is used for, and the dearer a metal is, the fewer units hold much of it.

use bevy_ecs::prelude::*;

use crate::digest::digest_fields;
use crate::market::Markets;
use crate::math;
use crate::model::Model;
use crate::setup::{MarketIx, MineralIx, Path, RegionIx, Setup, demand};
use crate::step::{Clock, Phase};
use crate::units::{Quantum, WEEKS_PER_YEAR};

/// A service, such as the batteries of a nation's cars.
#[derive(Component, Debug, Clone)]
pub struct Service {
    /// Its place in [`Setup::services`].
    pub index: usize,
    /// Region in which its metals are bought.
    pub region: RegionIx,
    /// Technologies, as in the setup.
    pub technologies: Vec<Technology>,
    /// Share of each technology in what is made this week.
    pub shares: Vec<f64>,
    turnover_weeks: f64,
    sensitivity: f64,
    /// Cost of each technology at opening prices, in dollars a unit.
    opening: Vec<f64>,
    /// Mean of it by opening share.
    opening_mean: f64,
}

digest_fields!(Service { shares });

/// A technology of a service.
#[derive(Debug, Clone)]
pub struct Technology {
    /// Share at the start.
    pub opening_share: f64,
    other_cost: f64,
    /// Market, quantum of its mineral, kilograms in a unit.
    metals: Vec<(MarketIx, MineralIx, Quantum, f64)>,
    pull: Path,
}

impl Technology {
    /// Lifetime cost of a unit in dollars: other cost and the metals at their prices in a region.
    fn cost(&self, price: impl Fn(MarketIx, Quantum) -> f64) -> f64 {
        let metal = |&(market, _, quantum, kilograms): &(MarketIx, MineralIx, Quantum, f64)| {
            price(market, quantum) * kilograms / 1_000.0
        };
        self.other_cost + self.metals.iter().map(metal).sum::<f64>()
    }

    /// Kilograms of a mineral in a unit.
    fn content(&self, mineral: MineralIx) -> f64 {
        self.metals.iter().filter(|(_, of, ..)| *of == mineral).map(|(.., kilograms)| kilograms).sum()
    }
}

/// Shares that costs call for: s_k ∝ s⁰_k · a_k · exp(−β·(c_k − c⁰_k)/c̄⁰).
///
/// s⁰ opening share, a pull besides cost, β sensitivity, c and c⁰ cost now and at the start, c̄⁰ opening mean cost, in
/// one unit. A logit whose constants are set so that opening costs give opening shares, after McFadden (1974). Entries
/// are (s⁰, a, c, c⁰).
#[must_use]
pub fn target_shares(technologies: &[(f64, f64, f64, f64)], sensitivity: f64, mean_cost: f64) -> Vec<f64> {
    let odds = |&(share, pull, cost, opening): &(f64, f64, f64, f64)| {
        share * pull * math::exp(-sensitivity * (cost - opening) / mean_cost)
    };
    let odds: Vec<f64> = technologies.iter().map(odds).collect();
    let sum: f64 = odds.iter().sum();
    // A pull of nothing for all, or costs beyond all measure, leave shares as they were at the start.
    let share = |(odds, &(share, ..)): (&f64, &(f64, f64, f64, f64))| if sum > 0.0 { odds / sum } else { share };
    odds.iter().zip(technologies).map(share).collect()
}

impl Service {
    fn new(index: usize, service: &demand::Service, setup: &Setup) -> Self {
        let metal = |&(market, kilograms): &(MarketIx, f64)| {
            (market, setup.markets[market].mineral, setup.mineral_of(market).quantum, kilograms)
        };
        let technology = |written: &demand::Technology| Technology {
            opening_share: written.share,
            other_cost: written.other_cost,
            metals: written.metals.iter().map(metal).collect(),
            pull: written.pull.clone(),
        };
        let technologies: Vec<Technology> = service.technologies.iter().map(technology).collect();
        let price = |market: MarketIx, quantum: Quantum| quantum.usd_per_tonne(setup.markets[market].opening_price);
        let opening: Vec<f64> = technologies.iter().map(|technology| technology.cost(price)).collect();
        let shares: Vec<f64> = technologies.iter().map(|technology| technology.opening_share).collect();
        Self {
            index,
            region: setup.nations[service.nation].region,
            opening_mean: opening.iter().zip(&shares).map(|(cost, share)| cost * share).sum(),
            technologies,
            shares,
            turnover_weeks: service.turnover_years * WEEKS_PER_YEAR,
            sensitivity: service.sensitivity,
            opening,
        }
    }

    /// Metal in the mean unit against the start: Σ s·i / Σ s⁰·i, with i the mineral in a unit of a technology.
    #[must_use]
    pub fn use_index(&self, mineral: MineralIx) -> f64 {
        let content = |shares: fn(&Technology, f64) -> f64| -> f64 {
            let technologies = self.technologies.iter().zip(&self.shares);
            technologies.map(|(technology, share)| shares(technology, *share) * technology.content(mineral)).sum()
        };
        content(|_, share| share) / content(|technology, _| technology.opening_share)
    }

    /// Lifetime cost of a technology's unit at last week's prices, in dollars.
    #[must_use]
    pub fn unit_cost(&self, technology: usize, markets: &Markets) -> f64 {
        let price = |market: MarketIx, quantum: Quantum| quantum.usd_per_tonne(markets[market].price(self.region));
        self.technologies[technology].cost(price)
    }
}

/// Adds the services of a world.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    let mut entities = Vec::new();
    for (index, service) in setup.services.iter().enumerate() {
        entities.push(model.spawn_decree(Service::new(index, service, setup)));
    }
    model.world.insert_resource(Services(entities));
    model.digests::<Service>();
    model.add(Phase::Produce, turn_over);
}

/// The entity of each service, by its place in the setup.
#[derive(Resource, Debug)]
pub(crate) struct Services(pub(crate) Vec<Entity>);

/// Shares move towards what last week's prices call for.
fn turn_over(clock: Res<Clock>, markets: Res<Markets>, mut services: Query<&mut Service>) {
    let years = clock.years();
    for mut service in &mut services {
        let price = |market: MarketIx, quantum: Quantum| quantum.usd_per_tonne(markets[market].price(service.region));
        let entry = |(technology, opening): (&Technology, &f64)| {
            (technology.opening_share, technology.pull.at(years), technology.cost(price), *opening)
        };
        let entries: Vec<_> = service.technologies.iter().zip(&service.opening).map(entry).collect();
        let targets = target_shares(&entries, service.sensitivity, service.opening_mean);
        let weeks = service.turnover_weeks.max(1.0);
        for (share, target) in service.shares.iter_mut().zip(targets) {
            *share += (target - *share) / weeks;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(costs: [f64; 3], sensitivity: f64) -> Vec<f64> {
        let entries: Vec<_> =
            [0.5, 0.3, 0.2].iter().zip(costs).map(|(share, cost)| (*share, 1.0, cost, 100.0)).collect();
        target_shares(&entries, sensitivity, 100.0)
    }

    #[test]
    fn opening_costs_call_for_opening_shares_and_a_rise_for_all_changes_none() {
        for costs in [[100.0; 3], [250.0; 3]] {
            for (share, opening) in shares(costs, 12.0).iter().zip([0.5, 0.3, 0.2]) {
                assert!((share - opening).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn without_sensitivity_cost_is_no_matter_and_with_much_of_it_the_cheapest_takes_all() {
        assert!(shares([900.0, 100.0, 100.0], 0.0).iter().zip([0.5, 0.3, 0.2]).all(|(a, b)| (a - b).abs() < 1e-12));
        let all = shares([101.0, 101.0, 100.0], 5_000.0);
        assert!(all[2] > 0.999_999 && all[0] < 1e-6);
    }

    #[test]
    fn odds_fall_by_the_sensitivity_per_percent_of_cost() {
        // 1 % of the mean cost, times 10: odds of 0.5 · e^−0.1 = 0.452 against 0.5.
        let shares = shares([101.0, 100.0, 100.0], 10.0);
        assert!((shares[0] / (1.0 - shares[0]) - 0.904_837_418 * 0.5 / 0.5).abs() < 1e-9);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
