//! Deposits: grade falls and cost rises as ore is dug, drilling turns resource into ore reserve, and an empty mine closes.

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Trade};
use crate::digest::{Digest, Digestible};
use crate::ledger::{Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::math;
use crate::mine::Mine;
use crate::model::Model;
use crate::seller::Seller;
use crate::setup::{Depletion, Exploration, Setup};
use crate::step::{Clock, Phase};
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::Terms;
use crate::units::{Mass, Money, WEEKS_PER_YEAR};

const CAMPAIGN: Purpose = Purpose::new("deposit.campaign");

/// What a mine knows of its deposit.
#[derive(Component, Debug, Clone)]
pub struct Deposit {
    /// How grade falls and cost rises.
    pub depletion: Option<Depletion>,
    /// How resource becomes reserve, with the finding cost in mills per quantum.
    pub exploration: Option<Exploration>,
    /// Reserve that it began with, in quanta.
    pub opening: f64,
    /// Metal dug so far.
    pub dug: Mass,
    /// Spent on drilling since the last campaign reported.
    pub drilling: Money,
    /// Added to the reserve this week.
    pub added: Mass,
}

impl Digestible for Deposit {
    /// A deposit that neither grows poorer nor is explored carries nothing over.
    fn digest(&self, digest: &mut Digest) {
        if self.depletion.is_some() || self.exploration.is_some() {
            digest.add(&(self.dug, self.drilling));
        }
    }
}

impl Deposit {
    /// A deposit of which nothing has been dug.
    #[must_use]
    pub fn new(mine: &crate::setup::Mine, setup: &Setup) -> Self {
        let rule = mine.rule;
        let quantum = setup.mineral_of(mine.market).quantum;
        let priced = |e: Exploration| Exploration { finding_cost: quantum.price(e.finding_cost).real(), ..e };
        Self {
            depletion: rule.depletion,
            exploration: rule.exploration.map(priced),
            opening: mine.ore_reserve.real(),
            dug: Mass::ZERO,
            drilling: Money::ZERO,
            added: Mass::ZERO,
        }
    }

    /// Unit cost against that of the first tonne after some years of better methods.
    #[must_use]
    pub fn cost(&self, years: f64) -> f64 {
        let Some(rule) = self.depletion else { return 1.0 };
        cost_factor(self.dug.real() / self.opening, &rule) * math::exp(-rule.learning * years)
    }
}

/// Grade against that of the first tonne: G/G₀ = e^(−λx), x metal dug over the reserve that the mine began with.
///
/// x passes 1 where resource was added. Grades of copper mines fell by about a quarter in ten years: [Calvo et al. 2016].
///
/// [Calvo et al. 2016]: https://doi.org/10.3390/resources5040036
#[must_use]
pub fn grade(dug: f64, rule: &Depletion) -> f64 {
    math::exp(-rule.grade_decline * dug)
}

/// Unit cost against that of the first tonne: (G₀/G)^γ, since a tonne of metal takes G₀/G times the rock.
#[must_use]
pub fn cost_factor(dug: f64, rule: &Depletion) -> f64 {
    math::powf(grade(dug, rule), -rule.cost_exponent)
}

/// Metal that a campaign adds, before what there is: money over finding cost, times e^(σz − σ²/2), times the effect of
/// programs. `spent` in mills, `finding_cost` in mills per quantum.
#[must_use]
pub fn addition(spent: f64, rule: &Exploration, z: f64, programs: f64) -> f64 {
    spent / rule.finding_cost * math::exp(rule.spread * z - rule.spread * rule.spread / 2.0) * programs
}

/// Adds exploration to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.digests::<Deposit>();
    model.add(Phase::Clear, explore);
}

/// Mines set a share of the week's revenue aside for drilling, and now and then a campaign reports.
fn explore(
    clock: Res<Clock>,
    streams: Res<Streams>,
    markets: Res<Markets>,
    terms: Res<Terms>,
    mut ledger: ResMut<Ledger>,
    mut mines: Query<(&Agent, &Mine, &mut Deposit, &Seller, &Trade)>,
) {
    for (agent, mine, mut deposit, seller, trade) in &mut mines {
        deposit.added = Mass::ZERO;
        let Some(rule) = deposit.exploration else { continue };
        let account = agent.account;
        let resource = ledger.mass(account, Slot::Resource);
        if !mine.runs() || resource == Mass::ZERO {
            continue;
        }
        let yearly = mine.weekly_capacity * WEEKS_PER_YEAR / mine.recovery.share();
        if ledger.mass(account, Slot::Ground).real() < rule.reserve_life * yearly {
            let spent = Money::floor(trade.earned.real() * rule.spend);
            ledger.pay(account, OUTSIDE, spent);
            deposit.drilling += spent;
        }
        let mut draws = streams.at(CAMPAIGN, agent.key, clock.week);
        if draws.bernoulli(rule.per_year / WEEKS_PER_YEAR) {
            let programs = terms.exploration(agent.nation, markets[seller.market].mineral);
            let added = addition(deposit.drilling.real(), &rule, draws.normal(), programs);
            deposit.added = Mass::floor(added).min(resource);
            deposit.drilling = Money::ZERO;
            ledger.transfer((account, Slot::Resource), (account, Slot::Ground), deposit.added);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Depletion = Depletion { grade_decline: 0.5, cost_exponent: 0.8, learning: 0.01, closing_cost: 0.2 };

    #[test]
    fn half_a_reserve_dug_costs_grade_and_money() {
        assert!((grade(0.5, &RULE) - 0.778_8).abs() < 1e-4);
        assert!((cost_factor(0.5, &RULE) - 1.221_4).abs() < 1e-4, "e^(0.8 · 0.5 · 0.5)");
        assert!((cost_factor(0.0, &RULE) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn better_methods_work_against_poorer_ore() {
        let deposit = Deposit {
            depletion: Some(RULE),
            exploration: None,
            opening: 1_000.0,
            dug: Mass(500),
            drilling: Money::ZERO,
            added: Mass::ZERO,
        };
        assert!((deposit.cost(0.0) - 1.221_4).abs() < 1e-4);
        assert!((deposit.cost(20.0) - 1.0).abs() < 1e-4, "twenty years at one percent");
    }

    #[test]
    fn a_campaign_adds_what_was_paid_for_on_average() {
        let rule = Exploration { spend: 0.02, finding_cost: 50.0, per_year: 1.0, spread: 0.5, reserve_life: 20.0 };
        assert!((addition(10_000.0, &rule, 0.25, 1.0) - 200.0).abs() < 1e-9, "the mean lies at z = σ/2");
        assert!((addition(10_000.0, &rule, 0.25, 1.5) - 300.0).abs() < 1e-9);
        assert!(addition(10_000.0, &rule, 1.0, 1.0) > 200.0);
    }
}
