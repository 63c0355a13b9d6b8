//! Export license: shippers apply every week and may ship what was applied for after a random delay; a license does not
//! lapse. Levers B1, C3.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::calendar::Week;
use crate::digest::digest_fields;
use crate::market::Markets;
use crate::model::Model;
use crate::setup::MarketIx;
use crate::step::{Clock, Phase};
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::{Horizon, Terms};
use crate::units::{Mass, WEEKS_PER_YEAR};

const DELAY: Purpose = Purpose::new("export_license.delay");

/// A licensing regime.
#[derive(Component, Debug, Clone)]
#[require(Licenses)]
pub struct ExportLicense {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it governs, each with a capacity of its own.
    pub markets: Vec<MarketIx>,
    /// Shortest and longest weeks from application to license.
    pub delay_weeks: (Week, Week),
    /// Most that is licensed a year, in each market.
    pub capacity_per_year: Mass,
}

/// What has been applied for and what has been granted, in each market of the policy.
#[derive(Component, Debug, Clone, Default)]
pub struct Licenses {
    granted: Vec<Mass>,
    pending: Vec<(Week, Mass)>,
}

digest_fields!(Licenses { granted, pending });

impl ExportLicense {
    fn per_week(&self) -> Mass {
        Mass::floor(self.capacity_per_year.real() / WEEKS_PER_YEAR)
    }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.digests::<Licenses>();
    model.add(Phase::Decree, apply);
    model.add(Phase::Observe, use_up);
}

/// Shippers apply every week for the weekly capacity; a week's applications are granted together after their delay.
fn apply(
    clock: Res<Clock>,
    horizon: Res<Horizon>,
    streams: Res<Streams>,
    mut terms: ResMut<Terms>,
    mut regimes: Query<(&Decree, &ExportLicense, &mut Licenses)>,
) {
    let week = clock.week;
    for (decree, regime, mut licenses) in regimes.iter_mut().filter(|(_, regime, _)| regime.window.known(week)) {
        let binds = regime.window.binds(week);
        licenses.granted.resize(regime.markets.len(), Mass::ZERO);
        if binds {
            let (shortest, longest) = regime.delay_weeks;
            let delay = streams.at(DELAY, decree.key, week).range(i64::from(shortest)..=i64::from(longest)) as Week;
            licenses.pending.push((week + delay, regime.per_week()));
            let due: Mass = licenses.pending.iter().filter(|(due, _)| *due <= week).map(|(_, mass)| *mass).sum();
            licenses.pending.retain(|(due, _)| *due > week);
            licenses.granted.iter_mut().for_each(|granted| *granted += due);
        }
        for (&market, &granted) in regime.markets.iter().zip(&licenses.granted) {
            let exports = terms.market_mut(market).exports_mut(decree.region);
            if binds {
                exports.cap(granted);
            }
            let first_grants = regime.window.begins() + regime.delay_weeks.0.midpoint(regime.delay_weeks.1);
            let horizon = horizon.of(market);
            for ahead in (0..horizon).filter(|ahead| regime.window.binds(week + ahead)) {
                let expected = match ahead {
                    0 => granted,
                    _ if week + ahead < first_grants => Mass::ZERO,
                    _ => regime.per_week(),
                };
                exports.cap_ahead(horizon as usize, ahead as usize, expected);
            }
        }
    }
}

/// What was shipped uses up licenses.
fn use_up(clock: Res<Clock>, markets: Res<Markets>, mut regimes: Query<(&Decree, &ExportLicense, &mut Licenses)>) {
    for (decree, regime, mut licenses) in regimes.iter_mut().filter(|(_, regime, _)| regime.window.binds(clock.week)) {
        for (&market, granted) in regime.markets.iter().zip(&mut licenses.granted) {
            *granted -= markets[market].declared_from(decree.region);
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ExportLicense;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window_in_run;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{TonnesPerYear, Weeks};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact, whole_weeks};

    record! {
        /// Shippers apply every week and may ship what was applied for after a random delay.
        pub struct Written as "ExportLicense" {
            /// Day from which agents reckon with it.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stages that it touches.
            stages: At<Vec<At<Id>>>,
            /// Shortest and longest time from application to license: 0 to 104 whole weeks.
            delay: At<(At<Weeks>, At<Weeks>)>,
            /// Most that is licensed, in each stage.
            capacity: At<TonnesPerYear>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<ExportLicense> {
            let border = names.border(nation, &self.mineral, cx);
            let window = window_in_run(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let (shortest, longest) = &self.delay.value;
            let delay = whole_weeks(shortest, 0..=104, cx).zip(whole_weeks(longest, 0..=104, cx));
            if delay.is_some_and(|(shortest, longest)| shortest > longest) {
                cx.error_at(
                    &self.delay.origin,
                    "the shortest delay is longer than the longest",
                    "write the shorter one first",
                );
            }
            let mineral = names.mineral(&self.mineral, cx)?;
            let markets = names.stages(mineral, &self.stages, cx);
            let capacity_per_year = exact(&self.capacity, names.quantum(mineral), cx);
            border?;
            Some(ExportLicense {
                window: window?,
                markets: markets?,
                delay_weeks: delay?,
                capacity_per_year: capacity_per_year?,
            })
        }
    }
}
