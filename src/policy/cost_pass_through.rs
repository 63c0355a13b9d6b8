//! Cost pass-through: downstream firms may hand on more of a rise in the metal's cost. Lever D5.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::model::Model;
use crate::setup::MineralIx;
use crate::step::{Clock, Phase};
use crate::terms::demand::DemandTerms;

/// Rules of pricing that let the nation's users of a mineral pass on at least a share of its cost.
#[derive(Component, Debug, Clone)]
pub struct CostPassThrough {
    /// When it is known and binds.
    pub window: Window,
    /// Mineral.
    pub mineral: MineralIx,
    /// Indices into [`crate::setup::Setup::sectors`] of those that it helps; all of the nation when empty.
    pub sectors: Vec<usize>,
    /// Least share passed on.
    pub share: f64,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<DemandTerms>, rules: Query<(&Decree, &CostPassThrough)>) {
    for (decree, rule) in rules.iter().filter(|(_, rule)| rule.window.binds(clock.week)) {
        let named = |index: &usize| rule.sectors.is_empty() || rule.sectors.contains(index);
        for (_, _, terms) in terms.of(decree.nation, rule.mineral).filter(|(index, ..)| named(index)) {
            terms.pass_through = terms.pass_through.max(rule.share);
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::CostPassThrough;
    use crate::calendar::Date;
    use crate::policy::{sectors_of, window};
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::Names;

    record! {
        /// The nation's users of a metal pass on at least a share of a rise in its cost. It matters to sectors whose rule
        /// has `pass_through`; the others pass on all of it.
        pub struct Written as "CostPassThrough" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Sectors that it helps; all of the nation that use the metal when left out.
            sectors: Vec<Ref<reference::Sector>> = "[]",
            /// Least share passed on.
            share: Share,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<CostPassThrough> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let sectors = sectors_of(&self.sectors, nation, names, cx);
            let mineral = names.mineral(&self.mineral, cx);
            Some(CostPassThrough { window: window?, mineral: mineral?, sectors: sectors?, share: self.share.number() })
        }
    }
}
