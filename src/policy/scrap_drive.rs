//! Scrap drive: in an emergency the state calls products in before their time, against compensation. Levers D4 and A9.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::math;
use crate::model::Model;
use crate::setup::MineralIx;
use crate::step::{Clock, Phase};
use crate::terms::demand::DemandTerms;
use crate::units::Price;

/// A call for products in use that hold a mineral.
#[derive(Component, Debug, Clone)]
pub struct ScrapDrive {
    /// When it is known and binds; it has an end.
    pub window: Window,
    /// Mineral.
    pub mineral: MineralIx,
    /// Indices into [`crate::setup::Setup::sectors`] of those whose products are called in; all of the nation when empty.
    pub sectors: Vec<usize>,
    /// Share of the metal in use that is called in by the end.
    pub share: f64,
    /// Paid for it.
    pub compensation: Price,
}

/// Share called in a week so that `share` is called in after so many weeks: 1 − (1 − s)^(1/w).
#[must_use]
pub fn weekly(share: f64, weeks: u32) -> f64 {
    1.0 - math::powf(1.0 - share, 1.0 / f64::from(weeks.max(1)))
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<DemandTerms>, drives: Query<(&Decree, &ScrapDrive)>) {
    for (decree, drive) in drives.iter().filter(|(_, drive)| drive.window.binds(clock.week)) {
        let weeks = drive.window.until.map_or(1, |until| until - drive.window.begins());
        let called = weekly(drive.share, weeks);
        let named = |index: &usize| drive.sectors.is_empty() || drive.sectors.contains(index);
        for (_, _, terms) in terms.of(decree.nation, drive.mineral).filter(|(index, ..)| named(index)) {
            // Of several drives the larger call holds, and the higher compensation.
            terms.called_in = terms.called_in.max(called);
            terms.compensation = terms.compensation.max(drive.compensation.real());
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ScrapDrive;
    use crate::calendar::Date;
    use crate::policy::{sectors_of, window_in_run};
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, UsdPerTonne};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact};

    record! {
        /// The state calls products in before their time: their metal becomes scrap.
        pub struct Written as "ScrapDrive" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds.
            until: At<Date>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Sectors whose products are called in; all of the nation that use the metal when left out.
            sectors: Vec<Ref<reference::Sector>> = "[]",
            /// Share of the metal in use that is called in from its first to its last day.
            share: Share,
            /// Paid by the treasury for the metal.
            compensation: At<UsdPerTonne>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<ScrapDrive> {
            let window = window_in_run(&self.announced, &self.in_force, Some(&self.until), names, cx);
            let sectors = sectors_of(&self.sectors, nation, names, cx);
            let mineral = names.mineral(&self.mineral, cx)?;
            let compensation = exact(&self.compensation, names.quantum(mineral), cx);
            Some(ScrapDrive {
                window: window?,
                mineral,
                sectors: sectors?,
                share: self.share.number(),
                compensation: compensation?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekly_calls_come_to_the_share() {
        let left = (0..26).fold(1.0, |left, _| left * (1.0 - weekly(0.2, 26)));
        assert!((left - 0.8).abs() < 1e-12);
        assert!((weekly(1.0, 26) - 1.0).abs() < 1e-12);
    }
}
