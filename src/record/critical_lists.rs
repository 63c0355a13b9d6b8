//! `critical_lists`: what the criteria of nations that have some say of every mineral, year by year.

use super::positions::Years;
use super::{Observer, Sheet, ids};
use crate::criticality::indicators;
use crate::model::Model;
use crate::position::{Holdings, positions};
use crate::setup::Setup;

pub(super) struct CriticalLists(Years);

impl CriticalLists {
    pub(super) fn new(setup: &Setup) -> Self {
        Self(Years::new(setup))
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let nation = ("nation", ids(&setup.nations, |nation| &nation.id));
        let mineral = ("mineral", ids(&setup.minerals, |mineral| &mineral.id));
        let reals = [
            "world_concentration",
            "sources_concentration",
            "mined_abroad_share",
            "recycled_share",
            "volatility_per_sqrt_year",
            "restricted_share",
            "supply_risk",
            "importance",
            "critical",
        ];
        Sheet::new(name, vec![Years::key(setup), nation, mineral], &reals)
    }
}

impl Observer for CriticalLists {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        self.0.add(model, |year, setup, tally| {
            let holdings = Holdings::of(setup, model.world());
            for mineral in 0..setup.minerals.len() {
                let all = positions(setup, tally, &holdings, mineral);
                for (nation, state) in setup.nations.iter().enumerate() {
                    let Some(criteria) = &state.criticality else { continue };
                    let of = indicators(setup, tally, &all, nation, mineral);
                    let verdict = criteria.judge(&of);
                    let reals = [
                        of.world,
                        of.sources,
                        of.reliance,
                        of.recycled,
                        of.volatility,
                        of.restricted,
                        verdict.risk,
                        verdict.importance,
                        f64::from(u8::from(verdict.critical)),
                    ];
                    sheet.row([year, nation, mineral], reals);
                }
            }
        });
    }
}
