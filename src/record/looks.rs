//! `looks`: what nations were told when they ran the world ahead, one row per look.

use super::{Observer, Sheet, first_policies, ids};
use crate::decision::Decision;
use crate::decision::counsel::Counsel;
use crate::model::Model;
use crate::setup::Setup;

/// Place of each nation's first policy among the names of the key column.
pub(super) struct Looks(Vec<usize>);

impl Looks {
    pub(super) fn new(setup: &Setup) -> Self {
        Self(first_policies(setup))
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let nation = ("nation", ids(&setup.nations, |nation| &nation.id));
        let policies = setup.nations.iter().flat_map(|nation| ids(&nation.policies, |(id, _)| id)).collect();
        Sheet::new(name, vec![nation, ("policy", policies)], &["gain_usd", "error_usd", "weeks_simulated", "acted"])
    }
}

impl Observer for Looks {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let week = sheet.week;
        model.each::<(&Decision, &Counsel)>(|(decision, counsel)| {
            if counsel.looked == Some(week) {
                let advice = counsel.advice;
                let reals = [advice.gain, advice.error, f64::from(advice.weeks), f64::from(u8::from(advice.act))];
                sheet.row([decision.nation, self.0[decision.nation] + decision.policy()], reals);
            }
        });
    }
}
