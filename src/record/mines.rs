//! `mines`: output, sales, stock, what is left in the ground and what a tonne costs, by mine.

use super::{Observer, Sheet, ids};
use crate::agent::{Agent, Trade};
use crate::ledger::{Ledger, Slot};
use crate::mine::Mine;
use crate::model::{Agents, Model};
use crate::project::{Project, Site};
use crate::setup::{Progress, Setup};
use crate::terms::Terms;
use crate::units::{Mass, Quantum};

pub(super) struct Mines {
    quanta: Vec<Quantum>,
    hidden: Vec<bool>,
    agents: Agents<(&'static Agent, &'static Mine, &'static Trade)>,
}

impl Mines {
    pub(super) fn new(setup: &Setup) -> Self {
        let quanta = setup.mines.iter().map(|mine| setup.mineral_of(mine.market).quantum).collect();
        Self { quanta, hidden: vec![false; setup.mines.len()], agents: Agents::default() }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let mine = ("mine", ids(&setup.mines, |mine| &mine.id));
        let reals = ["output_t", "sold_t", "stock_t", "in_ground_t", "running", "resource_t", "cash_cost_usd_per_t"];
        Sheet::new(name, vec![mine], &reals)
    }
}

impl Observer for Mines {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let (ledger, terms) = (model.world().resource::<Ledger>(), model.world().resource::<Terms>());
        // A deposit that has not been found is no resource yet.
        model.each::<&Project>(|project| {
            if let Site::Mine(at) = project.site {
                self.hidden[at] = project.progress == Progress::Discovery;
            }
        });
        self.agents.each(model, |(agent, mine, trade)| {
            let quantum = self.quanta[mine.index];
            let held = |slot| ledger.mass(agent.account, slot);
            let resource = if self.hidden[mine.index] { Mass::ZERO } else { held(Slot::Resource) };
            let reals = [
                quantum.tonnes(mine.output),
                quantum.tonnes(trade.sold),
                quantum.tonnes(held(Slot::Store)),
                quantum.tonnes(held(Slot::Ground)),
                f64::from(u8::from(mine.runs())),
                quantum.tonnes(resource),
                quantum.usd_per_tonne(mine.cost(&terms.mines[mine.index])),
            ];
            sheet.row([mine.index], reals);
        });
    }
}
