//! `markets`: price, trade, use and stocks by mineral, stage and region.

use super::{Observer, Sheet, ids, market_keys, quanta};
use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::ledger::{Ledger, Slot};
use crate::merchant::Merchant;
use crate::model::{Agents, Model};
use crate::outlook::Outlook;
use crate::seller::Seller;
use crate::setup::Setup;
use crate::units::{Mass, Quantum};

pub(super) struct Markets {
    quanta: Vec<Quantum>,
    regions: usize,
    stock: Vec<Mass>,
    under_way: Vec<Mass>,
    sellers: Agents<(&'static Agent, &'static Seller)>,
    buyers: Agents<(&'static Agent, &'static Buyer)>,
    merchants: Agents<(&'static Agent, &'static Merchant)>,
}

impl Markets {
    pub(super) fn new(setup: &Setup) -> Self {
        let regions = setup.regions.len();
        Self {
            quanta: quanta(setup),
            regions,
            stock: vec![Mass::ZERO; setup.markets.len() * regions],
            under_way: vec![Mass::ZERO; setup.markets.len() * regions],
            sellers: Agents::default(),
            buyers: Agents::default(),
            merchants: Agents::default(),
        }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let [mineral, stage] = market_keys(setup);
        let region = ("region", ids(&setup.regions, |region| &region.id));
        let reals = [
            "price_usd_per_t",
            "bought_t",
            "sold_t",
            "shipped_in_t",
            "shipped_out_t",
            "stock_t",
            "under_way_t",
            "made_t",
            "use_t",
            "extrapolating",
        ];
        Sheet::new(name, vec![mineral, stage, region], &reals)
    }

    /// Gathers what firms hold, by market and region: sellers' product, buyers' stores, merchants' warehouses; reserves apart. And
    /// what is under way.
    fn gather(&mut self, model: &Model) {
        let (regions, stock, under_way) = (self.regions, &mut self.stock, &mut self.under_way);
        let ledger = model.world().resource::<Ledger>();
        stock.fill(Mass::ZERO);
        under_way.fill(Mass::ZERO);
        self.sellers.each(model, |(agent, seller)| {
            stock[seller.market * regions + agent.region] += ledger.mass(agent.account, Slot::Store);
        });
        self.buyers.each(model, |(agent, buyer)| {
            stock[buyer.market * regions + agent.region] += ledger.mass(agent.account, buyer.into);
            under_way[buyer.market * regions + agent.region] += ledger.mass(agent.account, Slot::Transit);
        });
        self.merchants.each(model, |(agent, merchant)| {
            stock[merchant.market * regions + agent.region] += ledger.mass(agent.account, Slot::Store);
            under_way[merchant.market * regions + agent.region] += ledger.mass(agent.account, Slot::Transit);
        });
    }
}

impl Observer for Markets {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        self.gather(model);
        let markets = model.world().resource::<crate::market::Markets>();
        let outlook = model.world().resource::<Outlook>();
        for (ix, (market, quantum)) in markets.all().zip(&self.quanta).enumerate() {
            for (region, state) in market.regions.iter().enumerate() {
                let at = ix * self.regions + region;
                let tonnes = |mass| quantum.tonnes(mass);
                let reals = [
                    quantum.usd_per_tonne(state.price),
                    tonnes(state.bought),
                    tonnes(state.sold),
                    tonnes(market.shipped_to(region)),
                    tonnes(market.shipped_from(region)),
                    tonnes(self.stock[at]),
                    tonnes(self.under_way[at]),
                    tonnes(state.made),
                    tonnes(state.used),
                    outlook.extrapolating(ix, region),
                ];
                sheet.row([ix, ix, region], reals);
            }
        }
    }
}
