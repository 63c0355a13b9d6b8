//! Support of local processing: the treasury pays a part of the capital of plants, and for what they
//! make, the more of it the longer a target is missed. Levers B1, C2.

use bevy_ecs::prelude::*;

use super::report::Report;
use super::target::{Missing, Target};
use super::{Decree, Window};
use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::model::Model;
use crate::plant::Plant;
use crate::sector::Sector;
use crate::seller::Seller;
use crate::setup::MarketIx;
use crate::step::{Clock, Phase};
use crate::terms::Terms;
use crate::units::{Mass, PPM, Ppm, Price, Quantum};

/// Support of plants in a nation.
#[derive(Component, Debug, Clone)]
#[require(Missing, Report)]
pub struct LocalProcessingSupport {
    /// When it is known and binds.
    pub window: Window,
    /// Markets whose makers it supports.
    pub markets: Vec<MarketIx>,
    /// Share of the capital of plants decided on while it binds.
    pub capital: Ppm,
    /// What it pays on product: a park's power, reagents and services below their cost.
    pub product: Price,
    /// Share of the nation's use that its plants are to make; without one support stays what it is.
    pub target: Option<Target>,
    /// Quantum of the mineral.
    pub quantum: Quantum,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    // That of every policy with a target.
    model.digests::<Missing>();
    model.add(Phase::Decree, apply);
    model.add(Phase::Observe, remember);
}

fn apply(
    clock: Res<Clock>,
    mut terms: ResMut<Terms>,
    mut supports: Query<(&Decree, &LocalProcessingSupport, &mut Missing)>,
    plants: Query<(&Agent, &Plant, &Seller)>,
) {
    for (decree, policy, mut missing) in &mut supports {
        if !policy.window.binds(clock.week) {
            continue;
        }
        if let Some(target) = &policy.target {
            missing.look(target, clock.week);
        }
        for (agent, plant, seller) in &plants {
            if agent.nation == decree.nation && policy.markets.contains(&seller.market) {
                let terms = &mut terms.plants[plant.index];
                terms.capital_support = Ppm((terms.capital_support.0 + policy.capital.0).min(PPM));
                terms.product_support += policy.product + missing.raised;
            }
        }
    }
}

/// The week's output and use of what the policy is about, and what support of output cost.
fn remember(
    clock: Res<Clock>,
    mut supports: Query<(&Decree, &LocalProcessingSupport, &mut Missing, &mut Report)>,
    plants: Query<(&Agent, &Plant, &Buyer, &Seller)>,
    sectors: Query<(&Agent, &Sector, &Buyer)>,
) {
    for (decree, policy, mut missing, mut report) in &mut supports {
        let ours = |agent: &Agent, market: MarketIx| agent.nation == decree.nation && policy.markets.contains(&market);
        let made = plants.iter().filter(|(agent, .., seller)| ours(agent, seller.market));
        let made: Mass = made.map(|(_, plant, ..)| plant.output).sum();
        *report = Report::default();
        if policy.window.binds(clock.week) {
            report.active = f64::from(u8::from(missing.missed));
            report.tonnes = policy.quantum.tonnes(made);
            report.cost = (policy.product + missing.raised).value(made);
        }
        if policy.target.is_some() {
            let fed = plants.iter().filter(|(agent, _, buyer, _)| ours(agent, buyer.market));
            let used = sectors.iter().filter(|(agent, _, buyer)| ours(agent, buyer.market));
            let fed: Mass = fed.map(|(_, plant, ..)| plant.fed).sum();
            missing.remember(made, fed + used.map(|(_, sector, _)| sector.used).sum());
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::LocalProcessingSupport;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::{target, window};
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
            /// Output of the stages over use of them in the nation that is to be reached; what is paid on product rises while it is
            /// missed.
            target: Option<target::written::Written>,
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
            let target = target::written::resolve(self.target.as_ref(), &self.in_force, mineral, names, cx);
            let (markets, quantum) = (markets?, names.quantum(mineral));
            let (capital, product, target) = (capital?, product?, target?);
            Some(LocalProcessingSupport { window: window?, markets, capital, product, target, quantum })
        }
    }
}
