//! Offtake program: a nation's plants and sectors put part of their need under long-term contracts. Lever D7.

use bevy_ecs::prelude::*;

use super::Window;
use crate::model::Model;
use crate::setup::OfftakeRule;
use crate::step::{Clock, Phase};
use crate::terms::Terms;

/// A program of contracts.
#[derive(Component, Debug, Clone)]
pub struct OfftakeProgram {
    /// When it is known and contracts are made; those made go on to their end.
    pub window: Window,
    /// What is put under contract.
    pub rule: OfftakeRule,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<Terms>, programs: Query<&OfftakeProgram>) {
    for program in programs.iter().filter(|program| program.window.binds(clock.week)) {
        terms.programs.push((program.window.begins(), program.rule.clone()));
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::OfftakeProgram;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window_in_run;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::Names;
    use crate::world_file::resolve::offtakes;
    use crate::world_file::written::offtakes::Matching;

    record! {
        /// The nation's plants and sectors put part of their need under long-term contracts, matched each quarter.
        pub struct Written as "OfftakeProgram" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which contracts are made.
            in_force: At<Date>,
            /// Day from which no more are made; those made go on to their end.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stage that is bought.
            stage: At<Id>,
            /// What is put under contract.
            matching: Matching,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<OfftakeProgram> {
            let window = window_in_run(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let mineral = names.mineral(&self.mineral, cx);
            let market = mineral.and_then(|mineral| names.market(mineral, &self.stage, cx));
            let name = format!("{} program", names.nations[nation].0);
            let rule = offtakes::rule(name, market, mineral, Some(nation), &self.matching, names, cx);
            Some(OfftakeProgram { window: window?, rule: rule? })
        }
    }
}
