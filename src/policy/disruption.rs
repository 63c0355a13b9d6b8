//! Disruption: conflict, unrest or accident stops part of what mines and plants of a nation make. Lever B6.

use bevy_ecs::prelude::*;

use super::report::Report;
use super::{Decree, Window};
use crate::calendar::Week;
use crate::digest::digest_fields;
use crate::model::Model;
use crate::step::{Clock, Phase};
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::Terms;
use crate::units::WEEKS_PER_YEAR;

const EPISODE: Purpose = Purpose::new("disruption.episode");

/// Longest that an episode lasts, in weeks.
const LONGEST: f64 = 520.0;

/// A disruption of sites.
#[derive(Component, Debug, Clone)]
#[require(Episode, Report)]
pub struct Disruption {
    /// When it lasts, or when episodes may begin.
    pub window: Window,
    /// Places of the mines in [`crate::setup::Setup::mines`].
    pub mines: Vec<usize>,
    /// Places of the plants in [`crate::setup::Setup::plants`].
    pub plants: Vec<usize>,
    /// Share of their output that is lost while it lasts.
    pub lost: f64,
    /// What it adds to the hazard of the nation in the eyes of investors while it lasts, per year.
    pub hazard: f64,
    /// How episodes come and go; without it lasts from beginning to end.
    pub episodes: Option<Episodes>,
}

/// How episodes come and go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Episodes {
    /// Beginnings per year of peace.
    pub per_year: f64,
    /// Mean length in weeks.
    pub weeks: f64,
}

/// The episode that lasts.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Episode {
    /// Weeks left, this one included; 0 in peace.
    pub weeks_left: Week,
}

digest_fields!(Episode { weeks_left });

/// Weeks left of an episode a week later: one that is over may be followed by the next at once.
///
/// An episode begins with chance f·u/52.18 a week, f beginnings per year and u unrest against what it would be without
/// security from outside; its length is exponential, rounded up.
#[must_use]
pub fn next(left: Week, episodes: Episodes, unrest: f64, draws: &mut impl Draw) -> Week {
    if left > 1 {
        return left - 1;
    }
    if draws.bernoulli(episodes.per_year * unrest / WEEKS_PER_YEAR) {
        draws.exponential(episodes.weeks).ceil().clamp(1.0, LONGEST) as Week
    } else {
        0
    }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.digests::<Episode>();
    model.add(Phase::Decree, apply);
}

fn apply(
    clock: Res<Clock>,
    streams: Res<Streams>,
    mut terms: ResMut<Terms>,
    mut disruptions: Query<(&Decree, &Disruption, &mut Episode, &mut Report)>,
) {
    for (decree, disruption, mut episode, mut report) in &mut disruptions {
        *report = Report::default();
        if !disruption.window.binds(clock.week) {
            *episode = Episode::default();
            continue;
        }
        if let Some(episodes) = disruption.episodes {
            let mut draws = streams.at(EPISODE, decree.key, clock.week);
            episode.weeks_left = next(episode.weeks_left, episodes, terms.unrest[decree.nation], &mut draws);
            if episode.weeks_left == 0 {
                continue;
            }
        }
        report.active = 1.0;
        terms.hazards[decree.nation] += disruption.hazard;
        for &mine in &disruption.mines {
            terms.mines[mine].efficiency *= 1.0 - disruption.lost;
        }
        for &plant in &disruption.plants {
            terms.plants[plant].usable *= 1.0 - disruption.lost;
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::{Disruption, Episodes};
    use crate::calendar::Date;
    use crate::policy::{mines_in, plants_in, window_in_run};
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{PerYear, Quantity, Share, SharePerYear, Weeks};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, above_0};

    record! {
        /// Conflict, unrest or an accident stops part of what sites of the nation make; nobody foresees it.
        pub struct Written as "Disruption" {
            /// Day on which it is made known; it binds no earlier.
            announced: At<Date>,
            /// Day from which it lasts, or from which episodes may begin.
            in_force: At<Date>,
            /// Day from which it is over; without one it stays.
            until: Option<At<Date>>,
            /// Mines of the nation that it strikes.
            mines: Vec<Ref<reference::Mine>> = "[]",
            /// Plants of the nation that it strikes.
            plants: Vec<Ref<reference::Plant>> = "[]",
            /// Share of their output that is lost while it lasts; above 0.
            lost: At<Share>,
            /// What it adds to the hazard of the nation while it lasts, so that projects there wait.
            hazard: SharePerYear = "SharePerYear(0)",
            /// How episodes come and go; without it lasts all the time.
            episodes: Option<WrittenEpisodes>,
        }
    }

    record! {
        /// How episodes come and go at random.
        pub struct WrittenEpisodes as "Episodes" {
            /// How often one begins while there is none.
            frequency: PerYear,
            /// Mean length; above 0.
            length: At<Weeks>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<Disruption> {
            let window = window_in_run(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let lost = above_0(&self.lost, cx);
            if self.mines.is_empty() && self.plants.is_empty() {
                cx.error_at(&self.lost.origin, "it strikes nothing", "name at least one mine or plant");
            }
            let episodes = match &self.episodes {
                Some(written) => above_0(&written.length, cx)
                    .map(|weeks| Some(Episodes { per_year: written.frequency.number(), weeks })),
                None => Some(None),
            };
            let instead = "name sites of the nation that it strikes";
            let (mines, plants) = (
                mines_in(&self.mines, nation, instead, names, cx),
                plants_in(&self.plants, nation, instead, names, cx),
            );
            let (mines, plants, hazard) = (mines?, plants?, self.hazard.number());
            Some(Disruption { window: window?, mines, plants, lost: lost?, hazard, episodes: episodes? })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFTEN: Episodes = Episodes { per_year: WEEKS_PER_YEAR, weeks: 10.0 };

    #[test]
    fn an_episode_runs_down_before_the_next_may_begin() {
        let streams = Streams::new(1);
        let at = |left, unrest| next(left, OFTEN, unrest, &mut streams.at(EPISODE, 7, 3));
        assert_eq!((at(5, 1.0), at(2, 0.0)), (4, 1));
        assert_eq!(at(1, 0.0), 0, "there is peace where security leaves no unrest");
        assert!(at(1, 1.0) >= 1, "52.18 beginnings a year begin every week");
    }

    #[test]
    fn security_makes_episodes_rarer_in_proportion() {
        let (streams, episodes) = (Streams::new(1), Episodes { per_year: 5.2, weeks: 1.0 });
        let begun = |unrest| {
            (0..4_000).filter(|&week| next(0, episodes, unrest, &mut streams.at(EPISODE, 7, week)) > 0).count()
        };
        // A tenth of 4,000 weeks, and a twentieth; four standard deviations are 76 and 55.
        assert!(
            (324..=476).contains(&begun(1.0)) && (145..=255).contains(&begun(0.5)),
            "{} {}",
            begun(1.0),
            begun(0.5)
        );
    }
}
