//! Anti-dumping: a duty on goods of named origins, brought in by a surge of imports, that stays for a term and is reviewed.
//! Lever C5.

use bevy_ecs::prelude::*;

use super::report::Report;
use super::{Decree, Window};
use crate::calendar::Week;
use crate::market::Markets;
use crate::model::Model;
use crate::setup::{MarketIx, RegionIx};
use crate::step::{Clock, Phase};
use crate::terms::{Horizon, Terms};
use crate::units::{Mass, Ppm, Quantum};

/// Weeks of the imports that are looked at.
const YEAR: usize = 52;

/// Weeks of imports that are remembered: the year that is looked at and three before.
const MEMORY: usize = 4 * YEAR;

/// A law against dumping.
#[derive(Component, Debug, Clone)]
#[require(Cases, Report)]
pub struct AntiDumping {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it guards.
    pub markets: Vec<MarketIx>,
    /// Quantum of their mineral.
    pub quantum: Quantum,
    /// Regions whose goods it looks at, taken together.
    pub origins: Vec<RegionIx>,
    /// Share by which a year's imports must exceed the yearly mean of the three years before.
    pub surge: f64,
    /// Share of the customs value that is levied.
    pub rate: Ppm,
    /// Weeks from the surge to the duty.
    pub investigation_weeks: Week,
    /// Weeks that a duty lasts before it is reviewed.
    pub term_weeks: Week,
}

/// One case per market of the law.
#[derive(Component, Debug, Clone, Default)]
pub struct Cases(Vec<Case>);

impl crate::digest::Digestible for Cases {
    fn digest(&self, digest: &mut crate::digest::Digest) {
        digest.add(&self.0);
    }
}

/// Imports of a market and the duty on them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Case {
    /// Imports of the weeks before, the last one last.
    imports: Vec<Mass>,
    /// First and one past the last week of the duty, and the yearly imports against which the surge was found, in quanta.
    duty: Option<(Week, Week, f64)>,
}

impl crate::digest::Digestible for Case {
    fn digest(&self, digest: &mut crate::digest::Digest) {
        digest.add(&self.imports);
        if let Some((from, until, usual)) = self.duty {
            digest.add(&((from, until), usual));
        }
    }
}

/// Imports of the last 52 weeks and the yearly mean of up to three years before, in quanta; nothing before there is a
/// whole year to compare with.
#[must_use]
pub fn surge_of(imports: &[Mass]) -> Option<(f64, f64)> {
    let before = imports.len().checked_sub(YEAR).filter(|before| *before >= YEAR)?;
    let sum = |weeks: &[Mass]| weeks.iter().map(|mass| mass.real()).sum::<f64>();
    let (earlier, last) = imports.split_at(before);
    Some((sum(last), sum(earlier) / before as f64 * YEAR as f64))
}

impl Case {
    /// Enters a week's imports.
    fn remember(&mut self, mass: Mass) {
        if self.imports.len() == MEMORY {
            self.imports.remove(0);
        }
        self.imports.push(mass);
    }

    /// The duty after the week's look at imports: a surge opens an investigation at the end of which it comes in force; a duty
    /// that has run its term goes on for another one if imports are above what was usual all the same.
    fn next(&mut self, law: &AntiDumping, week: Week) {
        let Some((year, usual)) = surge_of(&self.imports) else { return };
        self.duty = match self.duty {
            Some((from, until, before)) if week >= until => {
                (year > before).then(|| (from, until.saturating_add(law.term_weeks), before))
            }
            None if year > (1.0 + law.surge) * usual => {
                let from = week + law.investigation_weeks;
                Some((from, from.saturating_add(law.term_weeks), usual))
            }
            other => other,
        };
    }

    /// Whether the duty is levied in a week.
    fn levied(&self, week: Week) -> bool {
        self.duty.is_some_and(|(from, until, _)| (from..until).contains(&week))
    }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.digests::<Cases>();
    model.add(Phase::Decree, apply);
    model.add(Phase::Observe, remember);
}

fn apply(
    clock: Res<Clock>,
    horizon: Res<Horizon>,
    mut terms: ResMut<Terms>,
    mut laws: Query<(&Decree, &AntiDumping, &mut Cases, &mut Report)>,
) {
    let week = clock.week;
    for (decree, law, mut cases, mut report) in &mut laws {
        cases.0.resize(law.markets.len(), Case::default());
        *report = Report::default();
        for (&market, case) in law.markets.iter().zip(&mut cases.0) {
            if !law.window.binds(week) {
                case.duty = None;
                continue;
            }
            case.next(law, week);
            let levied = |week| case.levied(week) && law.window.binds(week);
            report.active += f64::from(u8::from(levied(week))) / law.markets.len() as f64;
            let (terms, horizon) = (terms.market_mut(market), horizon.of(market));
            for &origin in law.origins.iter().filter(|&&origin| origin != decree.region) {
                if levied(week) {
                    terms.add_tariff(origin, decree.region, law.rate);
                }
                let levy = terms.tariff_ahead_mut(origin, decree.region);
                for ahead in (0..horizon).filter(|ahead| levied(week + ahead)) {
                    levy.add(horizon as usize, ahead as usize, law.rate);
                }
            }
        }
    }
}

/// The week's imports enter the memory, whether the law binds or not.
fn remember(
    clock: Res<Clock>,
    markets: Res<Markets>,
    mut laws: Query<(&Decree, &AntiDumping, &mut Cases, &mut Report)>,
) {
    for (decree, law, mut cases, mut report) in &mut laws {
        for (&market, case) in law.markets.iter().zip(&mut cases.0) {
            let market = &markets[market];
            let from = law.origins.iter().filter(|&&origin| origin != decree.region);
            let mass = from.map(|origin| market.shipped[origin * market.regions.len() + decree.region]).sum();
            case.remember(mass);
            if case.levied(clock.week) {
                report.tonnes += law.quantum.tonnes(mass);
            }
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::AntiDumping;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, Weeks};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, ppm, whole_weeks};

    record! {
        /// A duty on goods of named origins that comes when their imports surge, stays for a term and is then reviewed.
        pub struct Written as "AntiDumping" {
            /// Day on which it is made known; a duty is reckoned with from the surge on.
            announced: At<Date>,
            /// Day from which surges are looked for.
            in_force: At<Date>,
            /// Day from which none are looked for and duties end; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stages that it guards, each on its own.
            stages: At<Vec<At<Id>>>,
            /// Nations and blocs whose goods it looks at, taken together.
            origins: At<Vec<Ref<reference::Party>>>,
            /// Share by which imports of 52 weeks must exceed the yearly mean of up to three years before; nothing happens in the
            /// first two years of a run.
            surge: Share,
            /// Share of the customs value that is levied.
            rate: At<Share>,
            /// Time from the surge to the duty: 0 to 104 whole weeks.
            investigation: At<Weeks> = "Weeks(52)",
            /// How long a duty lasts before it is reviewed; it goes on if imports exceed that mean all the same. 26 to 520 whole
            /// weeks.
            term: At<Weeks> = "Weeks(260)",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<AntiDumping> {
            let border = names.border(nation, &self.mineral, cx);
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let (rate, origins) = (ppm(&self.rate, cx), names.borders(&self.origins, cx));
            if self.origins.is_empty() {
                cx.error_at(&self.origins.origin, "no origin is named", "name at least one nation or bloc");
            }
            let investigation = whole_weeks(&self.investigation, 0..=104, cx);
            let term = whole_weeks(&self.term, 26..=520, cx);
            let mineral = names.mineral(&self.mineral, cx)?;
            let markets = names.stages(mineral, &self.stages, cx);
            border?;
            Some(AntiDumping {
                window: window?,
                markets: markets?,
                quantum: names.quantum(mineral),
                origins: origins?,
                surge: self.surge.number(),
                rate: rate?,
                investigation_weeks: investigation?,
                term_weeks: term?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAW: AntiDumping = AntiDumping {
        window: Window { announced: 0, in_force: 0, until: None },
        markets: Vec::new(),
        quantum: Quantum::Kilogram,
        origins: Vec::new(),
        surge: 0.2,
        rate: Ppm(300_000),
        investigation_weeks: 10,
        term_weeks: 100,
    };

    fn case(early: i64, late: i64) -> Case {
        Case { imports: [[Mass(early); 156].as_slice(), &[Mass(late); 52]].concat(), duty: None }
    }

    #[test]
    fn a_surge_is_a_year_against_the_three_before() {
        assert_eq!(surge_of(&case(10, 13).imports), Some((676.0, 520.0)));
        assert_eq!(surge_of(&[Mass(1); 103]), None, "half a year is nothing to compare with");
        assert_eq!(surge_of(&[Mass(2); 104]), Some((104.0, 104.0)));
    }

    #[test]
    fn a_duty_follows_the_investigation_and_lasts_its_term() {
        let mut calm = case(10, 12);
        calm.next(&LAW, 208);
        assert_eq!(calm.duty, None, "a fifth more is no surge");
        let mut case = case(10, 13);
        case.next(&LAW, 208);
        assert_eq!(case.duty, Some((218, 318, 520.0)));
        assert_eq!([217, 218, 317, 318].map(|week| case.levied(week)), [false, true, true, false]);
    }

    #[test]
    fn a_review_prolongs_the_duty_only_while_imports_are_above_what_was_usual() {
        let dutied = |late| Case { duty: Some((10, 110, 520.0)), ..case(10, late) };
        for (late, duty) in [(11, Some((10, 210, 520.0))), (10, None)] {
            let mut case = dutied(late);
            case.next(&LAW, 110);
            assert_eq!(case.duty, duty, "{late}");
        }
    }

    #[test]
    fn what_lies_more_than_four_years_back_is_forgotten() {
        let mut case = case(10, 13);
        case.remember(Mass(99));
        assert_eq!((case.imports.len(), case.imports.last()), (MEMORY, Some(&Mass(99))));
    }
}
