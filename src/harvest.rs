//! The harvest: output planned a week ahead along a supply curve, with luck in what comes of it.
//!
//! H = K·(e^(−i)·E/p̄)^η, with K capacity, i interest over the week, E the price expected after royalty, p̄ the long-run price and η the
//! elasticity; what comes is H·e', e' normal with mean 1, at least 0. Under rational expectations E is E[P'·e'], which
//! counts that a poor harvest sells dear. After [Wright and Williams 1982].
//!
//! [Wright and Williams 1982]: https://doi.org/10.2307/2232552

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::digest::{Digest, Digestible};
use crate::foresight::Foresights;
use crate::ledger::Ledger;
use crate::market::Markets;
use crate::merchant::Merchant;
use crate::mine::Mine;
use crate::model::Model;
use crate::outlook::Outlook;
use crate::reserve::Reserve;
use crate::seller::Seller;
use crate::setup::{Planned, Setup};
use crate::step::{Clock, Phase};
use crate::storage::Crop;
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::Terms;
use crate::units::{Price, WEEKS_PER_YEAR};

const LUCK: Purpose = Purpose::new("harvest.luck");

/// What a mine has planned, if it plans; every mine has it, so that a query meets all mines in the order in which they were
/// spawned.
#[derive(Component, Debug, Clone, Copy)]
pub struct Harvest(pub Option<Sown>);

/// A harvest on its way.
#[derive(Debug, Clone, Copy)]
pub struct Sown {
    /// Its supply curve.
    pub crop: Crop,
    /// What is planned for the next harvest, in quanta.
    pub planned: f64,
    /// What comes this week, in quanta.
    pub ripe: f64,
}

impl Digestible for Harvest {
    // What is not there leaves no trace.
    fn digest(&self, digest: &mut Digest) {
        self.0.iter().for_each(|sown| digest.add(&sown.planned));
    }
}

/// The supply curve of a mine with a planned rule.
#[must_use]
pub fn crop(setup: &Setup, mine: &crate::setup::Mine, rule: &Planned) -> Crop {
    Crop {
        size: mine.capacity_per_year.real() / WEEKS_PER_YEAR * f64::from(rule.every_weeks),
        elasticity: rule.elasticity,
        discount: crate::math::exp(-mine.rule.selling.interest / WEEKS_PER_YEAR),
        price: setup.markets[mine.market].long_run_price.real(),
        sd: rule.noise,
        every: rule.every_weeks as usize,
    }
}

impl Sown {
    /// A harvest planned before the first week.
    #[must_use]
    pub fn new(crop: Crop, expected: f64) -> Self {
        Self { crop, planned: crop.planned(expected), ripe: 0.0 }
    }
}

/// Adds harvests to the step; the mines are there.
pub(crate) fn plugin(model: &mut Model) {
    model.digests::<Harvest>();
    model.add(Phase::Shock, ripen);
    model.add(Phase::Decide, plan);
}

/// What was planned comes, as luck has it.
fn ripen(clock: Res<Clock>, streams: Res<Streams>, mut harvests: Query<(&Agent, &mut Harvest)>) {
    for (agent, mut harvest) in &mut harvests {
        let Some(sown) = &mut harvest.0 else { continue };
        let due = (clock.week as usize).is_multiple_of(sown.crop.every);
        let luck = 1.0 + sown.crop.sd * streams.at(LUCK, agent.key, clock.week).normal();
        sown.ripe = if due { sown.planned * luck.max(0.0) } else { 0.0 };
    }
}

/// Plans the harvest of next week at the price expected after this week's trade.
fn plan(
    clock: Res<Clock>,
    ledger: Res<Ledger>,
    outlook: Res<Outlook>,
    markets: Res<Markets>,
    terms: Res<Terms>,
    foresights: Res<Foresights>,
    merchants: Query<(&Agent, &Merchant)>,
    reserves: Query<(&Agent, &Reserve)>,
    mut harvests: Query<(&Agent, &Seller, &mut Harvest), With<Mine>>,
) {
    for (agent, seller, mut harvest) in &mut harvests {
        let next = clock.week as usize + 1;
        let Some(sown) = harvest.0.as_mut().filter(|sown| next.is_multiple_of(sown.crop.every)) else { continue };
        let expected = match foresights.of(seller.market) {
            Some(foresight) => {
                let stock = foresight.stock(seller.market, &ledger, merchants.iter(), reserves.iter());
                foresight.incentive(clock.week, stock)
            }
            None => outlook.expected(seller.market, agent.region),
        };
        let (rate, amount) = terms.royalty(agent.nation, markets[seller.market].mineral, Price::nearest(expected));
        sown.planned = sown.crop.planned((expected * (1.0 - rate.share()) - amount.real()).max(0.0));
    }
}
