//! Supply club: members trade with each other free of tariffs and prefer each other in contracts; what outsiders send, and what
//! members send of metal from outside, pays. Lever C1.

use bevy_ecs::prelude::*;

use super::Window;
use super::report::Report;
use crate::market::Markets;
use crate::model::Model;
use crate::setup::{MarketIx, NationIx, RegionIx};
use crate::step::{Clock, Phase};
use crate::terms::{Horizon, Terms};
use crate::units::{Mass, Money, Ppm, Price, Quantum};

pub mod origin;

use origin::{Content, Flows};

/// A club, decreed by one of its members for all.
#[derive(Component, Debug, Clone)]
#[require(Content, Report)]
pub struct SupplyClub {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it governs.
    pub markets: Vec<MarketIx>,
    /// All markets of their mineral, from the mine on.
    pub chain: std::ops::Range<MarketIx>,
    /// Quantum of the mineral.
    pub quantum: Quantum,
    /// Nations that belong to it, and their regions.
    pub members: Vec<NationIx>,
    /// See `members`.
    pub regions: Vec<RegionIx>,
    /// Share of the customs value that goods from outside pay.
    pub tariff: Ppm,
    /// Nations whose metal does not count as that of members who send it on, by nation; none without rules of origin.
    pub foreign: Vec<NationIx>,
    /// What a tonne under contract is worth more to members.
    pub preference: Price,
}

impl SupplyClub {
    /// What goods that a member sends pay, given the share of metal in them that does not count as the club's.
    #[must_use]
    pub fn inside(&self, foreign: f64) -> Ppm {
        Ppm((self.tariff.0 as f64 * foreign.clamp(0.0, 1.0)) as i64)
    }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.digests::<Content>();
    model.add(Phase::Decree, apply);
    model.add(Phase::Observe, follow);
}

fn apply(clock: Res<Clock>, horizon: Res<Horizon>, mut terms: ResMut<Terms>, clubs: Query<(&SupplyClub, &Content)>) {
    let week = clock.week;
    for (club, content) in clubs.iter().filter(|(club, _)| club.window.known(week)) {
        if club.window.binds(week) {
            terms.prefer(&club.members, club.preference);
        }
        for &market in &club.markets {
            let (terms, horizon) = (terms.market_mut(market), horizon.of(market));
            let binds = |ahead: usize| club.window.binds(week + ahead as u32);
            for &to in &club.regions {
                for from in (0..terms.regions()).filter(|&from| from != to) {
                    let rate = if club.regions.contains(&from) {
                        terms.waive_tariff(from, to, binds);
                        club.inside(content.share(market, from))
                    } else {
                        club.tariff
                    };
                    if rate == Ppm(0) {
                        continue;
                    }
                    if binds(0) {
                        terms.add_tariff(from, to, rate);
                    }
                    let levy = terms.tariff_ahead_mut(from, to);
                    (0..horizon as usize)
                        .filter(|&ahead| binds(ahead))
                        .for_each(|ahead| levy.add(horizon as usize, ahead, rate));
                }
            }
        }
    }
}

/// Where the metal in every region comes from, and what members traded with each other.
fn follow(
    clock: Res<Clock>,
    markets: Res<Markets>,
    terms: Res<Terms>,
    flows: Flows,
    mut clubs: Query<(&SupplyClub, &mut Content, &mut Report)>,
) {
    for (club, mut content, mut report) in &mut clubs {
        *report = Report::default();
        if !club.foreign.is_empty() {
            flows.follow(club, &mut content, &markets);
        }
        if !club.window.binds(clock.week) {
            continue;
        }
        let (mut inside, mut foreign, mut paid) = (Mass::ZERO, 0.0, Money::ZERO);
        for &market in &club.markets {
            let (state, n) = (&markets[market], markets[market].regions.len());
            for (&from, &to) in club.regions.iter().flat_map(|from| club.regions.iter().map(move |to| (from, to))) {
                let mass = state.shipped[from * n + to];
                inside += mass;
                foreign += mass.real() * content.share(market, from);
            }
            for (from, &to) in (0..n).flat_map(|from| club.regions.iter().map(move |to| (from, to))) {
                let rate = terms.market(market).tariff(from, to);
                paid += state.price(to).share_ppm(rate.0).value(state.shipped[from * n + to]);
            }
        }
        report.tonnes = club.quantum.tonnes(inside);
        report.active = if inside > Mass::ZERO { 1.0 - foreign / inside.real() } else { 0.0 };
        report.cost = paid;
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::SupplyClub;
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
        /// Members trade with each other free of tariffs and prefer each other in contracts; what outsiders send pays. Written by
        /// one member for all.
        pub struct Written as "SupplyClub" {
            /// Day from which agents reckon with its tariff.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stages that it touches.
            stages: At<Vec<At<Id>>>,
            /// Nations and blocs that belong to it.
            members: At<Vec<Ref<reference::Party>>>,
            /// Share of the customs value that goods from outside pay at members' borders.
            tariff: At<Share> = "Share(0)",
            /// Rules of origin: nations and blocs whose metal pays also when a member sends it on, by the share of what was mined or
            /// processed there in the member's goods. Without any, all that a member sends is free.
            foreign: Vec<Ref<reference::Party>> = "[]",
            /// What a tonne under contract is worth more to either side when both are members.
            preference: At<UsdPerTonne> = "UsdPerTonne(0)",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<SupplyClub> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let (members, regions) = (names.parties(&self.members, cx), names.borders(&self.members, cx));
            let (tariff, foreign) = (ppm(&self.tariff, cx), names.parties(&self.foreign, cx));
            let mineral = names.mineral(&self.mineral, cx);
            let markets = mineral.and_then(|mineral| names.stages(mineral, &self.stages, cx));
            let preference = exact(&self.preference, mineral.map(|mineral| names.quantum(mineral)), cx);
            let members = members?;
            if !members.contains(&nation) {
                let what = format!("\"{}\" is not a member of its own club", names.nations[nation].0);
                cx.error_at(&self.members.origin, what, "let a member write it");
            }
            let foreign = foreign?;
            if let Some(both) = foreign.iter().find(|nation| members.contains(nation)) {
                let what = format!("\"{}\" is a member, and its metal is foreign", names.nations[*both].0);
                cx.error_at(&self.members.origin, what, "let members' metal count as the club's");
            }
            let mineral = mineral?;
            Some(SupplyClub {
                window: window?,
                markets: markets?,
                chain: names.markets(mineral),
                quantum: names.quantum(mineral),
                members,
                regions: regions?,
                tariff: tariff?,
                foreign,
                preference: preference?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::PPM;

    #[test]
    fn members_pay_on_the_foreign_share_of_what_they_send_on() {
        let club = SupplyClub {
            window: Window { announced: 0, in_force: 0, until: None },
            markets: vec![1],
            chain: 0..2,
            quantum: Quantum::Kilogram,
            members: vec![0, 1],
            regions: vec![0, 1],
            tariff: Ppm(250_000),
            foreign: vec![2],
            preference: Price::ZERO,
        };
        assert_eq!([0.0, 0.4, 1.0].map(|share| club.inside(share).0), [0, 100_000, PPM / 4]);
    }
}
