//! `offtakes`: what was nominated and delivered under every contract and right, and at what price.

use super::{Observer, Sheet, ids};
use crate::agent::Agent;
use crate::ledger::Account;
use crate::mine::Mine;
use crate::model::Model;
use crate::offtake::{Offtakes, names};
use crate::plant::Plant;
use crate::sector::Sector;
use crate::setup::Setup;
use crate::units::Quantum;

pub(super) struct Contracts {
    quanta: Vec<Quantum>,
    sellers: Vec<Account>,
    buyers: Vec<Account>,
}

impl Contracts {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { quanta: super::quanta(setup), sellers: Vec::new(), buyers: Vec::new() }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let plants = ids(&setup.plants, |plant| &plant.id);
        let sellers = [ids(&setup.mines, |mine| &mine.id), plants.clone()].concat();
        let buyers = [plants, ids(&setup.sectors, |sector| &sector.id)].concat();
        let keys = vec![("contract", names(setup)), ("seller", sellers), ("buyer", buyers)];
        let reals =
            ["nominated_t", "deferred_t", "delivered_t", "price_usd_per_t", "force_majeure", "seller_reliability"];
        Sheet::new(name, keys, &reals)
    }
}

impl Observer for Contracts {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let Some(offtakes) = model.world().get_resource::<Offtakes>() else { return };
        let (sellers, buyers) = (&mut self.sellers, &mut self.buyers);
        if sellers.is_empty() {
            model.each::<(&Agent, &Mine)>(|(agent, _)| sellers.push(agent.account));
            model.each::<(&Agent, &Plant)>(|(agent, _)| {
                sellers.push(agent.account);
                buyers.push(agent.account);
            });
            model.each::<(&Agent, &Sector)>(|(agent, _)| buyers.push(agent.account));
        }
        let place = |accounts: &[Account], account| {
            accounts.iter().position(|other| *other == account).expect("bug: a party to a contract without a name")
        };
        for delivery in &offtakes.deliveries {
            let quantum = self.quanta[delivery.market];
            let reals = [
                quantum.tonnes(delivery.nominated),
                quantum.tonnes(delivery.deferred),
                quantum.tonnes(delivery.delivered),
                quantum.usd_per_tonne(delivery.price),
                f64::from(u8::from(delivery.force_majeure)),
                offtakes.reliability(delivery.seller),
            ];
            sheet.row([delivery.name, place(sellers, delivery.seller), place(buyers, delivery.buyer)], reals);
        }
    }
}
