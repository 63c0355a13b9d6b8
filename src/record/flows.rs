//! `flows`: what was shipped from region to region, and what a tonne fetched more where it went.

use super::{Observer, Sheet, ids, market_keys, quanta};
use crate::model::Model;
use crate::setup::Setup;
use crate::units::{Mass, Quantum};

pub(super) struct Flows {
    quanta: Vec<Quantum>,
}

impl Flows {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { quanta: quanta(setup) }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let [mineral, stage] = market_keys(setup);
        let regions = ids(&setup.regions, |region| &region.id);
        Sheet::new(
            name,
            vec![mineral, stage, ("from", regions.clone()), ("to", regions)],
            &["shipped_t", "gap_usd_per_t"],
        )
    }
}

impl Observer for Flows {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let markets = model.world().resource::<crate::market::Markets>();
        for (ix, (market, quantum)) in markets.all().zip(&self.quanta).enumerate() {
            let n = market.regions.len();
            for (at, &mass) in market.shipped.iter().enumerate().filter(|(_, mass)| **mass > Mass::ZERO) {
                let (from, to) = (at / n, at % n);
                let gap = market.price(to) - market.price(from);
                sheet.row([ix, ix, from, to], [quantum.tonnes(mass), quantum.usd_per_tonne(gap)]);
            }
        }
    }
}
