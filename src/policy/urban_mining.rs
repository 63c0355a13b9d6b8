//! Urban mining: the state raises what of retired metal is collected and what recyclers recover. Levers D4 and A9.

use bevy_ecs::prelude::*;

use super::local_processing_support::LocalProcessingSupport;
use super::target::{Missing, Target};
use super::{Decree, Window};
use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::calendar::Week;
use crate::market::Markets;
use crate::model::Model;
use crate::recycler::Recycler;
use crate::sector::Sector;
use crate::seller::Seller;
use crate::setup::{MarketIx, MineralIx};
use crate::step::{Clock, Phase};
use crate::terms::demand::DemandTerms;
use crate::units::Price;

/// A program for the collection and recovery of a mineral in the nation.
#[derive(Component, Debug, Clone)]
#[require(Missing)]
pub struct UrbanMining {
    /// When it is known and binds.
    pub window: Window,
    /// Mineral.
    pub mineral: MineralIx,
    /// Weeks from its first to its full effect.
    pub phase_in_weeks: f64,
    /// Added to the share of retired metal that is collected.
    pub collection_gain: f64,
    /// Added to recyclers' recovery.
    pub recovery_gain: f64,
    /// Paid for what is collected.
    pub incentive: Price,
    /// Share of the nation's use that its recyclers are to make; without one the incentive stays what it is.
    pub target: Option<Target>,
}

/// Share of the full effect so many weeks after the beginning, that week included.
#[must_use]
pub fn phase(weeks: Week, phase_in_weeks: f64) -> f64 {
    if phase_in_weeks <= 0.0 { 1.0 } else { (f64::from(weeks + 1) / phase_in_weeks).min(1.0) }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    // With local processing support it is in the state hash already.
    if !model.has::<LocalProcessingSupport>() {
        model.digests::<Missing>();
    }
    model.add(Phase::Decree, apply);
    model.add(Phase::Observe, remember);
}

fn apply(
    clock: Res<Clock>,
    mut terms: ResMut<DemandTerms>,
    mut programs: Query<(&Decree, &UrbanMining, &mut Missing)>,
) {
    for (decree, program, mut missing) in &mut programs {
        if !program.window.binds(clock.week) {
            continue;
        }
        if let Some(target) = &program.target {
            missing.look(target, clock.week);
        }
        let phase = phase(clock.week - program.window.begins(), program.phase_in_weeks);
        let terms = terms.recycling_mut(decree.nation, program.mineral);
        terms.collection_gain += program.collection_gain * phase;
        terms.recovery_gain += program.recovery_gain * phase;
        terms.incentive += program.incentive + missing.raised;
    }
}

/// What recyclers made and sectors used in the week.
fn remember(
    markets: Res<Markets>,
    mut programs: Query<(&Decree, &UrbanMining, &mut Missing)>,
    recyclers: Query<(&Agent, &Recycler, &Seller)>,
    sectors: Query<(&Agent, &Sector, &Buyer)>,
) {
    for (decree, program, mut missing) in programs.iter_mut().filter(|(_, program, _)| program.target.is_some()) {
        let ours = |agent: &Agent, market: MarketIx| {
            agent.nation == decree.nation && markets[market].mineral == program.mineral
        };
        let made = recyclers.iter().filter(|(agent, _, seller)| ours(agent, seller.market));
        let used = sectors.iter().filter(|(agent, _, buyer)| ours(agent, buyer.market));
        missing
            .remember(made.map(|(_, recycler, _)| recycler.output).sum(), used.map(|(_, sector, _)| sector.used).sum());
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::UrbanMining;
    use crate::calendar::Date;
    use crate::policy::{target, window_in_run};
    use crate::setup::NationIx;
    use crate::units::WEEKS_PER_YEAR;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, UsdPerTonne, Years};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact};

    record! {
        /// The state raises what is collected of retired products and what recyclers recover; several add up.
        pub struct Written as "UrbanMining" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Time from its first to its full effect.
            phase_in: Years = "Years(0)",
            /// Added to the share of retired metal that is collected, up to all of it.
            collection_gain: Share = "Share(0)",
            /// Added to the recovery of the nation's recyclers, up to all of it.
            recovery_gain: Share = "Share(0)",
            /// Paid by the treasury for what is collected, at once in full; collection answers it as it does the price.
            incentive: At<UsdPerTonne> = "UsdPerTonne(0)",
            /// Output of the nation's recyclers over use of its sectors that is to be reached; the incentive rises while it is missed.
            target: Option<target::written::Written>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<UrbanMining> {
            let window = window_in_run(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let mineral = names.mineral(&self.mineral, cx)?;
            let incentive = exact(&self.incentive, names.quantum(mineral), cx);
            let target = target::written::resolve(self.target.as_ref(), &self.in_force, mineral, names, cx);
            Some(UrbanMining {
                window: window?,
                mineral,
                phase_in_weeks: self.phase_in.number() * WEEKS_PER_YEAR,
                collection_gain: self.collection_gain.number(),
                recovery_gain: self.recovery_gain.number(),
                incentive: incentive?,
                target: target?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_phased_in_evenly() {
        for (weeks, share) in [(0, 0.1), (4, 0.5), (9, 1.0), (30, 1.0)] {
            assert!((phase(weeks, 10.0) - share).abs() < 1e-12, "{weeks}");
        }
        assert!((phase(0, 0.0) - 1.0).abs() < 1e-12);
    }
}
