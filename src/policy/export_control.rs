//! Export control by destination: a duty, a license, a quota or a ban on what goes to named nations, and what gets past it at a
//! cost that grows with volume. Lever C3.

use bevy_ecs::prelude::*;

use super::report::Report;
use super::{Decree, Window};
use crate::calendar::Week;
use crate::market::Markets;
use crate::model::Model;
use crate::setup::{MarketIx, RegionIx};
use crate::step::{Clock, Phase};
use crate::terms::lanes::Leak;
use crate::terms::{Horizon, Terms};
use crate::units::{Mass, Ppm, Price, Quantum, WEEKS_PER_YEAR};

/// A control on exports to named destinations.
#[derive(Component, Debug, Clone)]
#[require(Report)]
pub struct ExportControl {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it governs.
    pub markets: Vec<MarketIx>,
    /// Quantum of their mineral.
    pub quantum: Quantum,
    /// Regions that it is aimed at, each on its own.
    pub destinations: Vec<RegionIx>,
    /// How far it goes.
    pub level: Level,
    /// What gets past it, to each destination.
    pub leaks: Vec<Past>,
}

/// How far a control goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A share of last week's price at home is levied.
    Duty(Ppm),
    /// Nothing for so many weeks, then so much a year to each destination.
    License(Week, Mass),
    /// So much a year to each destination.
    Quota(Mass),
    /// Nothing.
    Ban,
}

/// A way past a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// Cost of the first unit besides freight.
    pub cost: Price,
    /// What the last one costs more.
    pub rise: Price,
    /// Most that gets through in a year.
    pub per_year: Mass,
}

/// A week's part of what may pass in a year.
fn weekly(per_year: Mass) -> Mass {
    Mass::floor(per_year.real() / WEEKS_PER_YEAR)
}

impl Level {
    /// Most that passes to a destination in a week, so many weeks after the control came in force; `None` without limit.
    #[must_use]
    pub fn ceiling(self, weeks: Week) -> Option<Mass> {
        match self {
            Self::Duty(_) => None,
            Self::License(delay, _) if weeks < delay => Some(Mass::ZERO),
            Self::License(_, per_year) | Self::Quota(per_year) => Some(weekly(per_year)),
            Self::Ban => Some(Mass::ZERO),
        }
    }
}

impl ExportControl {
    /// Ways past it that it adds to a market's network.
    #[must_use]
    pub fn ways_past(&self, market: MarketIx) -> usize {
        if self.markets.contains(&market) { self.leaks.len() * self.destinations.len() } else { 0 }
    }
}

/// Most ways past controls that a market of so many regions has room for: buyers, sellers and gate of every region take a node
/// each, and a way past takes one for every step of its cost.
#[must_use]
pub const fn room_for_ways_past(regions: usize) -> usize {
    crate::clearing::MAX_REGIONS.saturating_sub(3 * regions) / Leak::STEPS
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
    model.add(Phase::Observe, count);
}

fn apply(
    clock: Res<Clock>,
    horizon: Res<Horizon>,
    mut terms: ResMut<Terms>,
    controls: Query<(&Decree, &ExportControl)>,
) {
    let week = clock.week;
    for (decree, control) in controls.iter().filter(|(_, control)| control.window.known(week)) {
        for &market in &control.markets {
            let (terms, horizon) = (terms.market_mut(market), horizon.of(market));
            for &to in control.destinations.iter().filter(|&&to| to != decree.region) {
                if control.window.binds(week) {
                    let ceiling = control.level.ceiling(week - control.window.begins());
                    if let Some(ceiling) = ceiling {
                        terms.lane_mut(decree.region, to).cap(ceiling);
                    }
                    terms.leaks.extend(control.leaks.iter().map(|past| Leak {
                        from: decree.region,
                        to,
                        cost: past.cost,
                        rise: past.rise,
                        capacity: weekly(past.per_year),
                    }));
                }
                let Level::Duty(rate) = control.level else { continue };
                if control.window.binds(week) {
                    terms.lane_mut(decree.region, to).duty.0 += rate.0;
                }
                let levy = terms.tariff_ahead_mut(decree.region, to);
                for ahead in (0..horizon).filter(|ahead| control.window.binds(week + ahead)) {
                    levy.add(horizon as usize, ahead as usize, rate);
                }
            }
        }
    }
}

/// What got past the control in the week.
fn count(clock: Res<Clock>, markets: Res<Markets>, mut controls: Query<(&Decree, &ExportControl, &mut Report)>) {
    for (decree, control, mut report) in &mut controls {
        *report = Report::default();
        if !control.window.binds(clock.week) {
            continue;
        }
        let leaked = |market: MarketIx| {
            let market = &markets[market];
            let row = decree.region * market.regions.len();
            control.destinations.iter().map(|to| market.leaked[row + to]).sum::<Mass>()
        };
        report.active = 1.0;
        report.tonnes = control.quantum.tonnes(control.markets.iter().map(|&market| leaked(market)).sum());
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::{ExportControl, Level, Past};
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window_in_run;
    use crate::setup::NationIx;
    use crate::units::Quantum;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Share, TonnesPerYear, UsdPerTonne, Weeks};
    use crate::world_file::record::{choice, record};
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact, exact_above_0, ppm, whole_weeks};

    record! {
        /// Exports to named nations are burdened or limited; what gets past costs the more the more it is. Duties are reckoned with
        /// ahead, limits are not.
        pub struct Written as "ExportControl" {
            /// Day from which agents reckon with a duty.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stages that it touches.
            stages: At<Vec<At<Id>>>,
            /// Nations and blocs that it is aimed at.
            destinations: At<Vec<Ref<reference::Party>>>,
            /// How far it goes, towards each of them.
            level: WrittenLevel,
            /// Third countries pass on what they declared for themselves.
            rerouting: Option<WrittenPast>,
            /// Goods cross the border unseen.
            smuggling: Option<WrittenPast>,
        }
    }

    choice! {
        /// How far a control goes.
        pub enum WrittenLevel as "a level of control" {
            /// A share of last week's price at home is levied.
            Duty(At<Share>),
            /// Nothing passes for the delay, 1 to 104 whole weeks, then what is licensed.
            License(WrittenLicense),
            /// So much a year to each stage's destination, in equal weekly parts; what is not used lapses.
            Quota(At<TonnesPerYear>),
            /// Nothing passes.
            Ban,
        }
    }

    record! {
        /// A license towards each destination.
        pub struct WrittenLicense as "License" {
            /// Time in which nothing is granted.
            delay: At<Weeks>,
            /// What is granted from then on, in equal weekly parts; what is not used lapses.
            capacity: At<TonnesPerYear>,
        }
    }

    record! {
        /// A way past a control, to each destination in each stage: a unit costs c + r·v/V besides freight, in four steps of volume v.
        pub struct WrittenPast as "Past" {
            /// Cost of the first tonne, c.
            cost: At<UsdPerTonne>,
            /// What the last one costs more, r.
            rise: At<UsdPerTonne>,
            /// Most that gets through, V; above 0.
            capacity: At<TonnesPerYear>,
        }
    }

    fn past(written: &WrittenPast, quantum: Quantum, cx: &mut Cx) -> Option<Past> {
        let (cost, rise) = (exact(&written.cost, quantum, cx), exact(&written.rise, quantum, cx));
        let per_year = exact_above_0(&written.capacity, quantum, cx);
        Some(Past { cost: cost?, rise: rise?, per_year: per_year? })
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<ExportControl> {
            let border = names.border(nation, &self.mineral, cx);
            let window = window_in_run(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let destinations = names.borders(&self.destinations, cx);
            if self.destinations.is_empty() {
                cx.error_at(&self.destinations.origin, "no destination is named", "name at least one nation or bloc");
            }
            let mineral = names.mineral(&self.mineral, cx)?;
            let (markets, quantum) = (names.stages(mineral, &self.stages, cx), names.quantum(mineral));
            let level = match &self.level {
                WrittenLevel::Duty(rate) => ppm(rate, cx).map(Level::Duty),
                WrittenLevel::License(license) => whole_weeks(&license.delay, 1..=104, cx)
                    .zip(exact(&license.capacity, quantum, cx))
                    .map(|(delay, capacity)| Level::License(delay, capacity)),
                WrittenLevel::Quota(amount) => exact(amount, quantum, cx).map(Level::Quota),
                WrittenLevel::Ban => Some(Level::Ban),
            };
            let ways = [&self.rerouting, &self.smuggling].into_iter().flatten();
            let leaks: Vec<Option<Past>> = ways.map(|written| past(written, quantum, cx)).collect();
            let leaks: Option<Vec<Past>> = leaks.into_iter().collect();
            border?;
            Some(ExportControl {
                window: window?,
                markets: markets?,
                quantum,
                destinations: destinations?,
                level: level?,
                leaks: leaks?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_lets_pass_what_it_says() {
        let year = Mass(5_218);
        for (level, early, late) in [
            (Level::Duty(Ppm(100_000)), None, None),
            (Level::License(13, year), Some(Mass::ZERO), Some(Mass(100))),
            (Level::Quota(year), Some(Mass(100)), Some(Mass(100))),
            (Level::Ban, Some(Mass::ZERO), Some(Mass::ZERO)),
        ] {
            assert_eq!((level.ceiling(12), level.ceiling(13)), (early, late), "{level:?}");
        }
    }
}
