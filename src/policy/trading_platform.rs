//! Trading platform: members of a bloc trade with each other at less cost than with others, so they meet each other first.
//! Lever C4.

use bevy_ecs::prelude::*;

use super::Window;
use super::report::Report;
use crate::market::Markets;
use crate::model::Model;
use crate::setup::{MarketIx, RegionIx};
use crate::step::{Clock, Phase};
use crate::terms::Terms;
use crate::units::{Mass, Price, Quantum};

/// A platform on which a bloc trades.
#[derive(Component, Debug, Clone)]
#[require(Report)]
pub struct TradingPlatform {
    /// When it is known and open.
    pub window: Window,
    /// Markets that are traded on it.
    pub markets: Vec<MarketIx>,
    /// Quantum of their mineral.
    pub quantum: Quantum,
    /// Regions of its members.
    pub members: Vec<RegionIx>,
    /// What members save of freight, handling and search on a unit that goes from one to another.
    pub saving: Price,
}

impl TradingPlatform {
    /// Ways between members.
    fn ways(&self) -> impl Iterator<Item = (RegionIx, RegionIx)> {
        self.members
            .iter()
            .flat_map(|&from| self.members.iter().map(move |&to| (from, to)))
            .filter(|(from, to)| from != to)
    }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
    model.add(Phase::Observe, count);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<Terms>, platforms: Query<&TradingPlatform>) {
    for platform in platforms.iter().filter(|platform| platform.window.binds(clock.week)) {
        for &market in &platform.markets {
            for (from, to) in platform.ways() {
                terms.market_mut(market).lane_mut(from, to).saving += platform.saving;
            }
        }
    }
}

/// What members traded with each other, and its share of all that they brought in.
fn count(clock: Res<Clock>, markets: Res<Markets>, mut platforms: Query<(&TradingPlatform, &mut Report)>) {
    for (platform, mut report) in &mut platforms {
        *report = Report::default();
        if !platform.window.binds(clock.week) {
            continue;
        }
        let (mut inside, mut all) = (Mass::ZERO, Mass::ZERO);
        for market in platform.markets.iter().map(|&market| &markets[market]) {
            inside += platform.ways().map(|(from, to)| market.shipped[from * market.regions.len() + to]).sum();
            all += platform.members.iter().map(|&to| market.shipped_to(to)).sum();
        }
        report.tonnes = platform.quantum.tonnes(inside);
        report.active = if all > Mass::ZERO { inside.real() / all.real() } else { 0.0 };
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::TradingPlatform;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::UsdPerTonne;
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact};

    record! {
        /// Members trade with each other at less cost than with others; written by any one of them.
        pub struct Written as "TradingPlatform" {
            /// Day on which it is made known; nobody acts on it before it opens.
            announced: At<Date>,
            /// Day from which it is open.
            in_force: At<Date>,
            /// Day from which it is closed; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stages that are traded on it.
            stages: At<Vec<At<Id>>>,
            /// Nations and blocs that belong to it.
            members: At<Vec<Ref<reference::Party>>>,
            /// What a tonne that goes from member to member saves of freight, handling and search, at most all of it.
            saving: At<UsdPerTonne>,
        }
    }

    impl Written {
        /// Checks it; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<TradingPlatform> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let members = names.borders(&self.members, cx);
            if self.members.is_empty() {
                cx.error_at(&self.members.origin, "no member is named", "name at least one nation or bloc");
            }
            let mineral = names.mineral(&self.mineral, cx)?;
            let (markets, quantum) = (names.stages(mineral, &self.stages, cx), names.quantum(mineral));
            let saving = exact(&self.saving, quantum, cx);
            Some(TradingPlatform { window: window?, markets: markets?, quantum, members: members?, saving: saving? })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_joins_its_members_both_ways_and_a_member_alone_with_nobody() {
        let platform = |members: &[RegionIx]| TradingPlatform {
            window: Window { announced: 0, in_force: 0, until: None },
            markets: vec![0],
            quantum: Quantum::Kilogram,
            members: members.to_vec(),
            saving: Price(100),
        };
        assert_eq!(platform(&[1, 3]).ways().collect::<Vec<_>>(), [(1, 3), (3, 1)]);
        assert_eq!(platform(&[2]).ways().count(), 0);
    }
}
