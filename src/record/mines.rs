//! `mines`: output, sales and stock by mine.

use super::{Observer, Sheet, ids};
use crate::agent::{Agent, Trade};
use crate::ledger::{Ledger, Slot};
use crate::mine::Mine;
use crate::model::Model;
use crate::setup::Setup;
use crate::units::Quantum;

pub(super) struct Mines {
    quanta: Vec<Quantum>,
}

impl Mines {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { quanta: setup.mines.iter().map(|mine| setup.mineral_of(mine.market).quantum).collect() }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let mine = ("mine", ids(&setup.mines, |mine| &mine.id));
        Sheet::new(name, vec![mine], &["output_t", "sold_t", "stock_t", "in_ground_t", "running"])
    }
}

impl Observer for Mines {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let ledger = model.world().resource::<Ledger>();
        model.each::<(&Agent, &Mine, &Trade)>(|(agent, mine, trade)| {
            let tonnes = |mass| self.quanta[mine.index].tonnes(mass);
            let reals = [
                tonnes(mine.output),
                tonnes(trade.sold),
                tonnes(ledger.mass(agent.account, Slot::Store)),
                tonnes(ledger.mass(agent.account, Slot::Ground)),
                f64::from(u8::from(mine.status.runs())),
            ];
            sheet.row([mine.index], reals);
        });
    }
}
