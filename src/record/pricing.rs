//! `pricing`: what nations' firms bought under contracts and paid for it, by what the price follows.

use std::collections::BTreeMap;

use super::{Observer, Sheet, ids, market_keys};
use crate::model::Model;
use crate::offtake::Offtakes;
use crate::setup::{Quotation, Setup};
use crate::units::{Mass, Money, Quantum};

/// Name of contracts at a fixed price in the column `benchmark`.
pub const FIXED: &str = "a fixed price";
/// Name of contracts that follow a spot price.
pub const SPOT: &str = "spot";

/// The table.
pub(super) struct Pricing(Vec<Quantum>);

impl Pricing {
    pub(super) fn new(setup: &Setup) -> Self {
        Self(super::quanta(setup))
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let futures = ids(&setup.contracts, |contract| &contract.id);
        let benchmarks = [vec![FIXED.to_owned(), SPOT.to_owned()], futures].concat();
        let [mineral, stage] = market_keys(setup);
        let keys = vec![mineral, stage, ("nation", ids(&setup.nations, |n| &n.id)), ("benchmark", benchmarks)];
        Sheet::new(name, keys, &["delivered_t", "paid_usd", "imported_t", "imports_usd"])
    }
}

impl Observer for Pricing {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let Some(offtakes) = model.world().get_resource::<Offtakes>() else { return };
        let mut sums: BTreeMap<_, [(Mass, Money); 2]> = BTreeMap::new();
        for delivery in offtakes.deliveries.iter().filter(|delivery| delivery.delivered > Mass::ZERO) {
            let benchmark = match delivery.follows {
                None => 0,
                Some(Quotation::Spot(..)) => 1,
                Some(Quotation::Futures(contract)) => 2 + contract,
            };
            let (seller, buyer) = delivery.nations;
            let [all, imports] = sums.entry((delivery.market, buyer, benchmark)).or_default();
            let paid = delivery.price.value(delivery.delivered);
            for (mass, money) in std::iter::once(all).chain((seller != buyer).then_some(imports)) {
                *mass += delivery.delivered;
                *money += paid;
            }
        }
        for ((market, nation, benchmark), [(all, paid), (imported, imports)]) in sums {
            let tonnes = |mass| self.0[market].tonnes(mass);
            let reals = [tonnes(all), paid.currency(), tonnes(imported), imports.currency()];
            sheet.row([market, market, nation, benchmark], reals);
        }
    }
}
