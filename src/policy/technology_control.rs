//! Control of technology: equipment, reagents and know-how for making a product are kept from other nations, whose plants
//! then make it at higher cost. Lever C3.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::agent::Agent;
use crate::model::Model;
use crate::plant::Plant;
use crate::seller::Seller;
use crate::setup::{MarketIx, NationIx};
use crate::step::{Clock, Phase};
use crate::terms::Terms;
use crate::units::Price;

/// A control of technology.
#[derive(Component, Debug, Clone)]
pub struct TechnologyControl {
    /// When it is known and binds.
    pub window: Window,
    /// Nations whose plants it hits.
    pub targets: Vec<NationIx>,
    /// Markets whose makers it hits.
    pub markets: Vec<MarketIx>,
    /// What it adds to the cost of making the product, as a share of that cost.
    pub cost: f64,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(
    clock: Res<Clock>,
    mut terms: ResMut<Terms>,
    controls: Query<&TechnologyControl, With<Decree>>,
    plants: Query<(&Agent, &Plant, &Seller)>,
) {
    for control in controls.iter().filter(|control| control.window.binds(clock.week)) {
        for (agent, plant, seller) in &plants {
            if control.targets.contains(&agent.nation) && control.markets.contains(&seller.market) {
                let extra = Price::nearest(plant.conversion_cost.real() * control.cost);
                terms.plants[plant.index].technology_cost += extra;
            }
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::TechnologyControl;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::Names;
    use crate::world_file::value::Level;

    record! {
        /// Equipment and know-how are kept from other nations, whose plants then make a product at higher cost.
        pub struct Written as "TechnologyControl" {
            /// Day on which it is made known; it binds no earlier, and nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Nations whose plants it hits.
            targets: At<Vec<Ref<reference::Nation>>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stages whose makers it hits.
            stages: At<Vec<At<Id>>>,
            /// What it adds to the cost of making the product, as a multiple of that cost: 0.2 for a fifth more.
            cost: Level,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<TechnologyControl> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let before = cx.count();
            if self.targets.is_empty() {
                cx.error_at(&self.targets.origin, "no nation is named", "name at least one nation");
            }
            let mut targets = Vec::new();
            for name in self.targets.iter() {
                let Some(target) = names.nation(name, cx) else { continue };
                if target == nation {
                    cx.error_at(&name.origin, "a control of its own plants", "name other nations");
                }
                targets.push(target);
            }
            let mineral = names.mineral(&self.mineral, cx)?;
            let markets = names.stages(mineral, &self.stages, cx);
            (cx.count() == before).then_some(())?;
            Some(TechnologyControl { window: window?, targets, markets: markets?, cost: self.cost.0 })
        }
    }
}
