//! Watches: what agencies see of a mineral, late and blurred, and the level at which they warn. Levers G1 and G4.
//!
//! An agency looks at figures, gives each a danger from 0 to 1, and the weighted mean of these dangers is its score. Levels
//! go from 0, calm, to 3, emergency; a level once reached is kept until the score has fallen below it by a margin. Nothing in a
//! run follows from a level unless a nation's decisions or a reserve's rules read it.

pub mod figures;

use bevy_ecs::prelude::*;

use crate::calendar::Week;
use crate::digest::{Digest, Digestible};
use crate::model::Model;
use crate::setup::watch::{Figure, Indicator, Shortage, Watch};
use crate::setup::{MineralIx, NationIx, Setup};
use crate::step::{Clock, Phase};
use crate::streams::{Draw, Purpose, Streams};

use figures::{Passage, Sight};

/// The highest level.
pub const HIGHEST: u8 = 3;

const NOISE: Purpose = Purpose::new("watch.noise");

/// Every watch of a world.
#[derive(Resource, Debug, Clone, Default)]
pub struct Warnings {
    /// By their place in [`Setup::watches`].
    pub watches: Vec<Outpost>,
}

impl Warnings {
    /// Level at which a nation is warned of a mineral: the highest of its watches; 0 without one.
    #[must_use]
    pub fn level(&self, nation: NationIx, mineral: MineralIx) -> u8 {
        let of = |outpost: &&Outpost| outpost.watch.nation == nation && outpost.watch.mineral == mineral;
        self.watches.iter().filter(of).map(|outpost| outpost.level).max().unwrap_or(0)
    }
}

impl Digestible for Warnings {
    fn digest(&self, digest: &mut Digest) {
        for outpost in &self.watches {
            digest.add(&u32::from(outpost.level));
            outpost.calm.iter().for_each(|weeks| digest.add(weeks));
            outpost.published.iter().for_each(|published| digest.add(&published.0));
            digest.add(&outpost.passage);
        }
    }
}

/// A watch at work.
#[derive(Debug, Clone)]
pub struct Outpost {
    /// What it is.
    pub watch: Watch,
    /// Key of its random draws.
    key: u64,
    /// Level at the end of the week.
    pub level: u8,
    /// Weeks since each of the levels 1 to 3 was left; 0 while it is reached.
    calm: [Week; HIGHEST as usize],
    /// Score of the week.
    pub score: f64,
    /// What departments have in their drawers, by indicator.
    published: Vec<Published>,
    /// What passed into the nation in the last 52 weeks.
    passage: Passage,
    /// Whether the nation is short this week, as nobody knows yet but whoever judges the warnings.
    pub short: bool,
    /// Share of its sectors' requirement that was not met this week.
    pub unmet: f64,
}

impl Outpost {
    fn new(watch: &Watch, setup: &Setup) -> Self {
        Self {
            watch: watch.clone(),
            key: watch.id.key("watch"),
            level: 0,
            calm: [0; HIGHEST as usize],
            score: 0.0,
            published: vec![Published::default(); watch.observes.len()],
            passage: Passage::new(setup, watch),
            short: false,
            unmet: 0.0,
        }
    }

    /// Key of its random draws.
    #[must_use]
    pub const fn key(&self) -> u64 {
        self.key
    }

    /// Weeks for which it has been below a level from 1 on, since the start or since it was left; 0 while it is reached.
    #[must_use]
    pub const fn calm_below(&self, level: u8) -> Week {
        self.calm[level as usize - 1]
    }

    fn settle(&mut self, level: u8) {
        self.level = level;
        for (reached, calm) in (1..).zip(&mut self.calm) {
            *calm = if level >= reached { 0 } else { *calm + 1 };
        }
    }

    /// What it sees of a figure this week, if it looks at it and anything has been published.
    #[must_use]
    pub fn sees(&self, figure: Figure) -> Option<f64> {
        let at = self.watch.observes.iter().position(|indicator| indicator.figure == figure)?;
        self.published[at].seen(self.watch.observes[at].delay)
    }
}

/// A figure of the last weeks, oldest first: as many as it takes to publish it, and one. Weeks in which it is not defined
/// have none.
#[derive(Debug, Clone, Default, PartialEq)]
struct Published(Vec<Option<f64>>);

impl Published {
    fn add(&mut self, figure: Option<f64>, delay: u32) {
        if self.0.len() > delay as usize {
            self.0.remove(0);
        }
        self.0.push(figure);
    }

    /// The figure of `delay` weeks ago; none before that week.
    fn seen(&self, delay: u32) -> Option<f64> {
        if self.0.len() > delay as usize { self.0[0] } else { None }
    }
}

/// How far a figure has gone from amber, where danger is 0, to red, where it is 1; red may lie on either side.
#[must_use]
pub fn danger(seen: f64, amber: f64, red: f64) -> f64 {
    ((seen - amber) / (red - amber)).clamp(0.0, 1.0)
}

/// The score: Σ w·d / Σ w over the figures that are seen, w weight and d danger; 0 while none is.
#[must_use]
pub fn score(seen: impl Iterator<Item = (Indicator, Option<f64>)>) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (indicator, value) in seen {
        if let Some(value) = value {
            sum += indicator.weight * danger(value, indicator.amber, indicator.red);
            weights += indicator.weight;
        }
    }
    if weights > 0.0 { sum / weights } else { 0.0 }
}

/// The level a week later: at least what the score reaches, at most what it keeps, and between the two what it was.
#[must_use]
pub fn next_level(level: u8, score: f64, levels: &[f64; 3], margin: f64) -> u8 {
    let count = |score: f64| levels.iter().filter(|least| score >= **least).count() as u8;
    level.clamp(count(score), count(score + margin))
}

/// Whether a week is short.
#[must_use]
pub fn is_short(unmet: f64, price: Option<f64>, by: &Shortage) -> bool {
    unmet > by.unmet || by.price.zip(price).is_some_and(|(most, price)| price > most)
}

/// Adds the watches of a world that has any.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    let watches: Vec<Outpost> = setup.watches.iter().map(|watch| Outpost::new(watch, setup)).collect();
    let any = !watches.is_empty();
    model.world.insert_resource(Warnings { watches });
    if any {
        model.add(Phase::Decide, observe);
    }
}

/// Departments note the week, publish what is due, and agencies set their levels.
fn observe(clock: Res<Clock>, streams: Res<Streams>, sight: Sight, mut warnings: ResMut<Warnings>) {
    for outpost in &mut warnings.watches {
        outpost.passage.add(&sight, &outpost.watch);
        let watch = &outpost.watch;
        for (indicator, published) in watch.observes.iter().zip(&mut outpost.published) {
            let figure = sight.figure(indicator.figure, watch, &outpost.passage);
            // The error belongs to the week that the figure is of: who sees it later sees the same.
            let error = streams.at(NOISE.of(indicator.figure as u64), outpost.key, clock.week).normal();
            let blurred = figure.map(|figure| figure * crate::math::exp(indicator.noise * error));
            published.add(blurred, indicator.delay);
        }
        let seen = watch.observes.iter().zip(&outpost.published);
        outpost.score = score(seen.map(|(indicator, published)| (*indicator, published.seen(indicator.delay))));
        let level = next_level(outpost.level, outpost.score, &watch.levels, watch.margin);
        outpost.unmet = sight.unmet(watch);
        let price = sight.figure(Figure::Price, watch, &outpost.passage);
        outpost.short = is_short(outpost.unmet, price, &watch.shortage);
        outpost.settle(level);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COVER: Indicator =
        Indicator { figure: Figure::Cover, weight: 3.0, amber: 12.0, red: 4.0, delay: 0, noise: 0.0 };
    const PRICE: Indicator =
        Indicator { figure: Figure::Price, weight: 1.0, amber: 1.2, red: 1.6, delay: 0, noise: 0.0 };

    #[test]
    fn danger_goes_from_amber_to_red_on_either_side() {
        for (seen, amber, red, expected) in [
            (1.2, 1.2, 1.6, 0.0),
            (1.3, 1.2, 1.6, 0.25),
            (9.0, 1.2, 1.6, 1.0),
            (6.0, 12.0, 4.0, 0.75),
            (30.0, 12.0, 4.0, 0.0),
        ] {
            assert!((danger(seen, amber, red) - expected).abs() < 1e-12, "{seen}");
        }
    }

    #[test]
    fn a_score_weighs_what_is_seen() {
        // (3 · 0.75 + 1 · 0.25) / 4.
        let both = score([(COVER, Some(6.0)), (PRICE, Some(1.3))].into_iter());
        assert!((both - 0.625).abs() < 1e-12);
        assert!((score([(COVER, None), (PRICE, Some(1.3))].into_iter()) - 0.25).abs() < 1e-12);
        assert!(score([(COVER, None)].into_iter()).abs() < 1e-12);
    }

    #[test]
    fn a_level_is_reached_at_once_and_left_with_a_margin() {
        let levels = [0.25, 0.5, 0.75];
        let mut level = 0;
        for (score, expected) in [(0.2, 0), (0.6, 2), (0.45, 2), (0.39, 1), (0.2, 1), (0.14, 0), (0.9, 3), (0.0, 0)] {
            level = next_level(level, score, &levels, 0.1);
            assert_eq!(level, expected, "{score}");
        }
    }

    #[test]
    fn what_is_published_late_is_seen_late() {
        let mut published = Published::default();
        let mut seen = Vec::new();
        for week in 0..5 {
            published.add((week != 1).then_some(f64::from(week)), 2);
            seen.push(published.seen(2));
        }
        assert_eq!(seen, [None, None, Some(0.0), None, Some(2.0)]);
    }

    #[test]
    fn a_week_is_short_by_what_is_missing_or_by_its_price() {
        let by = Shortage { unmet: 0.1, price: Some(1.5) };
        for (unmet, price, short) in
            [(0.1, None, false), (0.11, None, true), (0.0, Some(1.6), true), (0.0, Some(1.5), false)]
        {
            assert_eq!(is_short(unmet, price, &by), short, "{unmet} {price:?}");
        }
        assert!(!is_short(0.0, Some(9.0), &Shortage { unmet: 0.1, price: None }));
    }
}
