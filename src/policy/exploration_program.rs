//! Exploration program: the state pays for drilling, so that more is found and more resource becomes reserve. Lever D1.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::ledger::{Ledger, OUTSIDE};
use crate::math;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::setup::MineralIx;
use crate::step::{Clock, Phase};
use crate::terms::Terms;
use crate::units::Money;

/// A program of exploration for a mineral.
#[derive(Component, Debug, Clone)]
pub struct ExplorationProgram {
    /// When it is known and runs.
    pub window: Window,
    /// Mineral.
    pub mineral: MineralIx,
    /// What the treasury spends a week.
    pub weekly: Money,
    /// What it makes of the odds of a discovery and of what drilling adds.
    pub effect: f64,
}

/// Effect of a budget on odds and additions: 1 + log₂(1 + B/B₂), B₂ the budget that doubles them.
///
/// The logarithm stands for the best targets being drilled first: to triple them takes 3·B₂.
#[must_use]
pub fn effect(budget: f64, doubling: f64) -> f64 {
    1.0 + math::log1p(budget / doubling) / std::f64::consts::LN_2
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(
    clock: Res<Clock>,
    mut terms: ResMut<Terms>,
    mut treasuries: ResMut<Treasuries>,
    mut ledger: ResMut<Ledger>,
    programs: Query<(&Decree, &ExplorationProgram)>,
) {
    for (decree, program) in programs.iter().filter(|(_, program)| program.window.binds(clock.week)) {
        *terms.exploration_mut(decree.nation, program.mineral) *= program.effect;
        treasuries.spend(decree.nation, OUTSIDE, program.weekly, &mut ledger);
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::{ExplorationProgram, effect};
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::units::{Money, WEEKS_PER_YEAR};
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Usd};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, above_0};

    record! {
        /// The state pays for exploration: deposits not yet found are found sooner, and what mines spend on drilling adds more.
        pub struct Written as "ExplorationProgram" {
            /// Day on which it is made known; it runs no earlier.
            announced: At<Date>,
            /// Day from which it runs.
            in_force: At<Date>,
            /// Day from which it no longer runs; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// What the treasury spends a year.
            budget: Usd,
            /// Budget a year that doubles the odds of a discovery and what drilling adds; three times as much triples them; above 0.
            doubling_budget: At<Usd>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<ExplorationProgram> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let (mineral, doubling) = (names.mineral(&self.mineral, cx), above_0(&self.doubling_budget, cx));
            let budget = self.budget.number();
            Some(ExplorationProgram {
                window: window?,
                mineral: mineral?,
                weekly: Money::from_currency(budget / WEEKS_PER_YEAR),
                effect: effect(budget, doubling?),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_doubling_of_the_whole_adds_as_much() {
        for (budget, times) in [(0.0, 1.0), (10.0, 2.0), (30.0, 3.0), (70.0, 4.0)] {
            assert!((effect(budget, 10.0) - times).abs() < 1e-12, "{budget}");
        }
    }
}
