//! Support of local processing: the treasury pays a part of the capital of plants, and for what they make. Levers B1, C2.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::agent::Agent;
use crate::model::Model;
use crate::plant::Plant;
use crate::seller::Seller;
use crate::setup::MarketIx;
use crate::step::{Clock, Phase};
use crate::terms::Terms;
use crate::units::{PPM, Ppm, Price};

/// Support of plants in a nation.
#[derive(Component, Debug, Clone)]
pub struct LocalProcessingSupport {
    /// When it is known and binds.
    pub window: Window,
    /// Markets whose makers it supports.
    pub markets: Vec<MarketIx>,
    /// Share of the capital of plants decided on while it binds.
    pub capital: Ppm,
    /// What it pays on product: a park's power, reagents and services below their cost.
    pub product: Price,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(
    clock: Res<Clock>,
    mut terms: ResMut<Terms>,
    supports: Query<(&Decree, &LocalProcessingSupport)>,
    plants: Query<(&Agent, &Plant, &Seller)>,
) {
    for (decree, policy) in supports.iter().filter(|(_, policy)| policy.window.binds(clock.week)) {
        for (agent, plant, seller) in &plants {
            if agent.nation == decree.nation && policy.markets.contains(&seller.market) {
                let terms = &mut terms.plants[plant.index];
                terms.capital_support = Ppm((terms.capital_support.0 + policy.capital.0).min(PPM));
                terms.product_support += policy.product;
            }
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::LocalProcessingSupport;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Share, UsdPerTonne};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact, ppm};

    record! {
        /// The treasury pays a part of the capital of the nation's new plants, and for what all its plants make.
        pub struct Written as "LocalProcessingSupport" {
            /// Day on which it is made known; it binds no earlier.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stages whose makers it supports.
            stages: At<Vec<At<Id>>>,
            /// Share of the capital of plants decided on while it binds.
            capital: At<Share> = "Share(0)",
            /// Paid on product: a park's power, reagents and services below their cost.
            product: At<UsdPerTonne> = "UsdPerTonne(0)",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<LocalProcessingSupport> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let capital = ppm(&self.capital, cx);
            let mineral = names.mineral(&self.mineral, cx)?;
            let markets = names.stages(mineral, &self.stages, cx);
            let product = exact(&self.product, names.quantum(mineral), cx);
            Some(LocalProcessingSupport { window: window?, markets: markets?, capital: capital?, product: product? })
        }
    }
}
