//! `merchants`: trade and stock by merchant.

use super::{Observer, Sheet, ids};
use crate::agent::{Agent, Trade};
use crate::ledger::{Ledger, Slot};
use crate::merchant::Merchant;
use crate::model::{Agents, Model};
use crate::setup::Setup;
use crate::units::Quantum;

pub(super) struct Merchants {
    quanta: Vec<Quantum>,
    agents: Agents<(&'static Agent, &'static Merchant, &'static Trade)>,
}

impl Merchants {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            quanta: setup.merchants.iter().map(|merchant| setup.mineral_of(merchant.market).quantum).collect(),
            agents: Agents::default(),
        }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let merchant = ("merchant", ids(&setup.merchants, |merchant| &merchant.id));
        Sheet::new(name, vec![merchant], &["bought_t", "sold_t", "stock_t", "under_way_t", "cash_usd"])
    }
}

impl Observer for Merchants {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let ledger = model.world().resource::<Ledger>();
        self.agents.each(model, |(agent, merchant, trade)| {
            let tonnes = |mass| self.quanta[merchant.index].tonnes(mass);
            let reals = [
                tonnes(trade.bought),
                tonnes(trade.sold),
                tonnes(ledger.mass(agent.account, Slot::Store)),
                tonnes(ledger.mass(agent.account, Slot::Transit)),
                ledger.money(agent.account).currency(),
            ];
            sheet.row([merchant.index], reals);
        });
    }
}
