//! Lessons: after each release the price during it is compared with what was expected when it began. Lever E12.

use bevy_ecs::prelude::*;

use super::{Reserve, price_at};
use crate::agent::Agent;
use crate::digest::{Digest, Digestible};
use crate::market::Markets;
use crate::math;
use crate::outlook::Outlook;
use crate::setup::reserve::Learning;
use crate::units::Mass;

/// What releases taught an agency.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Learned {
    /// Log of size against its rule, and of its rule's price triggers against its own.
    pub size: f64,
    /// The release under way.
    episode: Option<Episode>,
}

/// A release under way.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Episode {
    /// Log of the price expected when it began.
    expected: f64,
    /// Sum of the logs of prices since.
    sum: f64,
    /// Weeks since.
    weeks: f64,
}

impl Digestible for Learned {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.size);
        digest.add(&self.episode.map(|episode| (episode.expected, (episode.sum, episode.weeks))));
    }
}

impl Learned {
    /// A mass by the size learned.
    #[must_use]
    pub fn scaled(&self, mass: Mass) -> Mass {
        if self.size.to_bits() == 0.0_f64.to_bits() { mass } else { Mass::nearest(mass.real() * math::exp(self.size)) }
    }

    /// A price trigger by what was learned.
    pub(super) fn lowered(&self, above: f64) -> f64 {
        if self.size.to_bits() == 0.0_f64.to_bits() { above } else { above * math::exp(-self.size) }
    }

    /// Takes in the error of a release, the log of price over forecast: dearer than expected, and the agency releases
    /// more, and sooner.
    fn take(&mut self, rule: &Learning, error: f64) {
        self.size = (self.size + rule.gain * error).clamp(-rule.most, rule.most);
    }
}

/// Agencies that release watch the price; those that have done learn from it.
pub(super) fn learn(markets: Res<Markets>, outlook: Res<Outlook>, mut agencies: Query<(&Agent, &mut Reserve)>) {
    for (agent, mut agency) in &mut agencies {
        let Some(rule) = agency.rule.learning else { continue };
        let price = math::ln(price_at(agent, &agency, &markets));
        let released = agency.week.released - agency.week.rotated > Mass::ZERO;
        let begun = agency.learned.episode.or_else(|| {
            let expected = math::ln(outlook.expected(agency.market, agent.region));
            released.then_some(Episode { expected, sum: 0.0, weeks: 0.0 })
        });
        let watched = begun.map(|episode| Episode { sum: episode.sum + price, weeks: episode.weeks + 1.0, ..episode });
        agency.learned.episode = watched.filter(|_| agency.scene.alarm);
        if let Some(over) = watched.filter(|_| !agency.scene.alarm) {
            agency.learned.take(&rule, over.sum / over.weeks - over.expected);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_above_the_forecast_makes_an_agency_release_more_and_sooner() {
        let mut learned = Learned::default();
        let rule = Learning { gain: 0.5, most: 0.2 };
        learned.take(&rule, 0.1);
        assert!((learned.size - 0.05).abs() < 1e-12);
        // 0.2·e^−0.05.
        assert!((learned.lowered(0.2) - 0.190_245_885).abs() < 1e-9);
        learned.take(&rule, 2.0);
        assert!((learned.size - 0.2).abs() < 1e-12, "but no more than its rule allows");
        assert_eq!(learned.scaled(Mass(1_000)), Mass(1_221));
        assert_eq!(Learned::default().scaled(Mass(1_000)), Mass(1_000));
    }
}
