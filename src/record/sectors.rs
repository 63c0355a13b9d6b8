//! `sectors`: what was required, used and unmet, stocks, metal in use and what came of it, and margins, by sector.

use super::{Observer, Sheet, ids};
use crate::agent::{Agent, Trade};
use crate::ledger::{Ledger, Slot};
use crate::model::{Agents, Model};
use crate::sector::{Habits, Sector};
use crate::setup::Setup;
use crate::units::{Mass, Quantum};

pub(super) struct Sectors {
    quanta: Vec<Quantum>,
    agents: Agents<(&'static Agent, &'static Sector, &'static Habits, &'static Trade)>,
}

impl Sectors {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            quanta: setup.sectors.iter().map(|sector| setup.mineral_of(sector.market).quantum).collect(),
            agents: Agents::default(),
        }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let sector = ("sector", ids(&setup.sectors, |sector| &sector.id));
        let reals = [
            "required_t",
            "used_t",
            "unmet_t",
            "bought_t",
            "contracted_t",
            "spent_usd",
            "stock_t",
            "under_way_t",
            "in_use_t",
            "retired_t",
            "collected_t",
            "scrap_t",
            "substituted",
            "closed",
            "margin_usd",
        ];
        Sheet::new(name, vec![sector], &reals)
    }
}

impl Observer for Sectors {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let ledger = model.world().resource::<Ledger>();
        self.agents.each(model, |(agent, sector, habits, trade)| {
            let tonnes = |mass| self.quanta[sector.index].tonnes(mass);
            let reals = [
                tonnes(sector.required),
                tonnes(sector.used),
                tonnes(sector.unmet()),
                tonnes(trade.bought),
                tonnes(trade.contracted),
                trade.spent.currency(),
                tonnes(ledger.mass(agent.account, Slot::Store)),
                tonnes(ledger.mass(agent.account, Slot::Transit)),
                tonnes(ledger.mass(agent.account, Slot::Use)),
                tonnes(habits.in_use.as_ref().map_or(Mass::ZERO, |stock| stock.retired)),
                tonnes(habits.in_use.as_ref().map_or(Mass::ZERO, |stock| stock.collected)),
                tonnes(ledger.mass(agent.account, Slot::Scrap)),
                habits.substitution.map_or(0.0, |substitution| substitution.switched),
                habits.pass_through.map_or(0.0, |passing| passing.closed),
                habits.pass_through.map_or(0.0, |passing| passing.profit.currency()),
            ];
            sheet.row([sector.index], reals);
        });
    }
}
