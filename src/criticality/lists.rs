//! Lists of critical minerals inside a run: each nation's, renewed by its own criteria when a calendar year is over. Lever A8.

use bevy_ecs::prelude::*;

use super::indicators;
use crate::digest::digest_fields;
use crate::model::Model;
use crate::position::{Holdings, Tally, positions};
use crate::setup::{MineralIx, NationIx, Setup};
use crate::step::{Clock, Phase};

/// The lists of all nations.
#[derive(Resource, Debug, Clone)]
pub struct Lists {
    setup: Setup,
    tally: Tally,
    /// By nation and mineral.
    listed: Vec<bool>,
}

digest_fields!(Lists { tally, listed });

impl Lists {
    /// Whether a mineral was on a nation's list at the end of the last year; before the first year is over nothing is.
    #[must_use]
    pub fn holds(&self, nation: NationIx, mineral: MineralIx) -> bool {
        self.listed[nation * self.setup.minerals.len() + mineral]
    }

    fn renew(&mut self, world: &World) {
        let (setup, holdings) = (&self.setup, Holdings::of(&self.setup, world));
        for mineral in 0..setup.minerals.len() {
            let all = positions(setup, &self.tally, &holdings, mineral);
            for (nation, state) in setup.nations.iter().enumerate() {
                let judge = |criteria: &super::Criteria| {
                    criteria.judge(&indicators(setup, &self.tally, &all, nation, mineral)).critical
                };
                self.listed[nation * setup.minerals.len() + mineral] = state.criticality.as_ref().is_some_and(judge);
            }
        }
        self.tally = Tally::new(&self.setup);
    }
}

/// Keeps lists in a world in which something waits for them.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    let listed = vec![false; setup.nations.len() * setup.minerals.len()];
    model.world.insert_resource(Lists { setup: setup.clone(), tally: Tally::new(setup), listed });
    model.add(Phase::Decide, note);
}

/// Adds the week, and renews the lists in the last that begins in a year.
fn note(world: &mut World) {
    let clock = *world.resource::<Clock>();
    world.resource_scope(|world, mut lists: Mut<Lists>| {
        lists.tally.add(world);
        let year = |week| clock.calendar.day(week).year();
        if year(clock.week) != year(clock.week + 1) {
            lists.renew(world);
        }
    });
}
