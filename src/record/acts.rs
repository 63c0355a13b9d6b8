//! `acts`: what happens to policies that nations decide on, one row per event.

use super::{Observer, Sheet, first_policies, ids};
use crate::decision::{Decision, Event};
use crate::model::Model;
use crate::setup::Setup;

/// Place of each policy among the names of the key column, by nation.
pub(super) struct Acts(Vec<usize>);

impl Acts {
    pub(super) fn new(setup: &Setup) -> Self {
        Self(first_policies(setup))
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let nation = ("nation", ids(&setup.nations, |nation| &nation.id));
        let policies = setup.nations.iter().flat_map(|nation| &nation.policies);
        let (names, kinds) = policies.map(|(id, policy)| (id.to_string(), policy.name().to_owned())).unzip();
        let event = ("event", Event::ALL.iter().map(|(_, name)| (*name).to_owned()).collect());
        Sheet::new(name, vec![nation, ("policy", names), ("kind", kinds), event], &[])
    }
}

impl Observer for Acts {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let week = sheet.week;
        model.each::<&Decision>(|decision| {
            for event in decision.events(week) {
                let place = Event::ALL.iter().position(|(of, _)| *of == event).expect("bug: an event without a name");
                let policy = self.0[decision.nation] + decision.policy();
                sheet.row([decision.nation, policy, policy, place], []);
            }
        });
    }
}
