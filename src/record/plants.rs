//! `plants`: feed, output, utilization and stocks by plant.

use super::{Observer, Sheet, ids};
use crate::agent::{Agent, Trade};
use crate::ledger::{Ledger, Slot};
use crate::model::{Agents, Model};
use crate::plant::Plant;
use crate::setup::Setup;
use crate::units::{Quantum, WEEKS_PER_YEAR};

pub(super) struct Plants {
    quanta: Vec<Quantum>,
    weekly_capacity: Vec<f64>,
    agents: Agents<(&'static Agent, &'static Plant, &'static Trade)>,
}

impl Plants {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            quanta: setup.plants.iter().map(|plant| setup.mineral_of(plant.feed).quantum).collect(),
            weekly_capacity: setup.plants.iter().map(|plant| plant.capacity_per_year.real() / WEEKS_PER_YEAR).collect(),
            agents: Agents::default(),
        }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let plant = ("plant", ids(&setup.plants, |plant| &plant.id));
        let reals = [
            "bought_t",
            "contracted_t",
            "spent_usd",
            "fed_t",
            "output_t",
            "sold_t",
            "utilization",
            "feed_stock_t",
            "product_stock_t",
        ];
        Sheet::new(name, vec![plant], &reals)
    }
}

impl Observer for Plants {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let ledger = model.world().resource::<Ledger>();
        self.agents.each(model, |(agent, plant, trade)| {
            let tonnes = |mass| self.quanta[plant.index].tonnes(mass);
            let reals = [
                tonnes(trade.bought),
                tonnes(trade.contracted),
                trade.spent.currency(),
                tonnes(plant.fed),
                tonnes(plant.output),
                tonnes(trade.sold),
                plant.fed.real() * plant.recovery.share() / self.weekly_capacity[plant.index],
                tonnes(ledger.mass(agent.account, Slot::Feed)),
                tonnes(ledger.mass(agent.account, Slot::Store)),
            ];
            sheet.row([plant.index], reals);
        });
    }
}
