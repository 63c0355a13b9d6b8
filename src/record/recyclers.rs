//! `recyclers`: scrap, product, utilization and stock by recycler.

use super::{Observer, Sheet, ids};
use crate::agent::{Agent, Trade};
use crate::ledger::{Ledger, Slot};
use crate::model::{Agents, Model};
use crate::recycler::Recycler;
use crate::setup::Setup;
use crate::units::Quantum;

pub(super) struct Recyclers {
    quanta: Vec<Quantum>,
    agents: Agents<(&'static Agent, &'static Recycler, &'static Trade)>,
}

impl Recyclers {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            quanta: setup.recyclers.iter().map(|recycler| setup.mineral_of(recycler.product).quantum).collect(),
            agents: Agents::default(),
        }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let recycler = ("recycler", ids(&setup.recyclers, |recycler| &recycler.id));
        let reals = ["scrap_t", "output_t", "sold_t", "utilization", "stock_t", "in_process_t", "scrap_usd"];
        Sheet::new(name, vec![recycler], &reals)
    }
}

impl Observer for Recyclers {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let ledger = model.world().resource::<Ledger>();
        self.agents.each(model, |(agent, recycler, trade)| {
            let tonnes = |mass| self.quanta[recycler.index].tonnes(mass);
            let reals = [
                tonnes(recycler.bought),
                tonnes(recycler.output),
                tonnes(trade.sold),
                recycler.output.real() / recycler.weekly_capacity,
                tonnes(ledger.mass(agent.account, Slot::Store)),
                tonnes(ledger.mass(agent.account, Slot::Process)),
                recycler.spent.currency(),
            ];
            sheet.row([recycler.index], reals);
        });
    }
}
