//! `reserves`: purchases, releases, stock and money by reserve agency.

use super::{Observer, Sheet, ids};
use crate::agent::{Agent, Trade};
use crate::ledger::{Ledger, Slot};
use crate::model::{Agents, Model};
use crate::reserve::Reserve;
use crate::setup::Setup;
use crate::units::Quantum;

pub(super) struct Reserves {
    quanta: Vec<Quantum>,
    agents: Agents<(&'static Agent, &'static Reserve, &'static Trade)>,
}

impl Reserves {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            quanta: setup.reserves.iter().map(|reserve| setup.mineral_of(reserve.market).quantum).collect(),
            agents: Agents::default(),
        }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let reserve = ("reserve", ids(&setup.reserves, |reserve| &reserve.id));
        Sheet::new(
            name,
            vec![reserve],
            &["bought_t", "released_t", "stock_t", "under_way_t", "spent_usd", "earned_usd", "cash_usd"],
        )
    }
}

impl Observer for Reserves {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let ledger = model.world().resource::<Ledger>();
        self.agents.each(model, |(agent, reserve, trade)| {
            let tonnes = |mass| self.quanta[reserve.index].tonnes(mass);
            let reals = [
                tonnes(trade.bought),
                tonnes(reserve.week.released + trade.sold),
                tonnes(ledger.mass(agent.account, Slot::Store)),
                tonnes(ledger.mass(agent.account, Slot::Transit)),
                trade.spent.currency(),
                (reserve.week.proceeds + trade.earned).currency(),
                ledger.money(agent.account).currency(),
            ];
            sheet.row([reserve.index], reals);
        });
    }
}
