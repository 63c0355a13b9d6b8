//! Withdrawal of stocks: part of the metal behind a contract leaves the market at once. Lever F7, the stock shock of a squeeze.
//!
//! From the warehouses of the exchange and from merchants' stores where the contract delivers, or from everybody's there, the state
//! takes metal and pays the spot price. It stays in the books, out of everyone's reach.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::futures::program::Stockpile;
use crate::futures::{Desk, Futures};
use crate::ledger::{Ledger, Slot};
use crate::market::Markets;
use crate::merchant::Merchant;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::seller::Seller;
use crate::setup::exchange::{ContractIx, Metal};
use crate::setup::{RegionIx, Setup};
use crate::step::{Clock, Phase};
use crate::units::{Mass, Ppm};

/// Metal that is taken out of the market.
#[derive(Component, Debug, Clone)]
pub struct StockWithdrawal {
    /// When it is known and takes place.
    pub window: Window,
    /// Contract from whose regions of delivery it is taken.
    pub contract: ContractIx,
    /// Share of what each owner has.
    pub share: Ppm,
    /// Whether it is taken from those who make and use the metal, too.
    pub from_all: bool,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, withdraw);
}

/// Opens the accounts that withdrawn metal lies in.
pub(crate) fn open(model: &mut Model, setup: &Setup) {
    let mut found = Vec::new();
    model
        .each::<(Entity, &Decree, &StockWithdrawal)>(|(of, decree, policy)| found.push((of, *decree, policy.contract)));
    for (of, decree, contract) in found {
        let contract = &setup.contracts[contract];
        let metal = contract.metal().expect("bug: metal is withdrawn from a contract on none");
        let name = format!("metal withdrawn from {} by {}", contract.id, setup.nations[decree.nation].id);
        let account = model.world.resource_mut::<Ledger>().open(name, setup.markets[metal.market].mineral);
        model.world.entity_mut(of).insert(Stockpile(account));
    }
}

fn withdraw(
    clock: Res<Clock>,
    markets: Res<Markets>,
    mut futures: ResMut<Futures>,
    mut treasuries: ResMut<Treasuries>,
    mut ledger: ResMut<Ledger>,
    policies: Query<(&Decree, &StockWithdrawal, &Stockpile)>,
    desks: Query<&Desk>,
    merchants: Query<(&Agent, &Merchant)>,
    sellers: Query<(&Agent, &Seller)>,
    buyers: Query<(&Agent, &Buyer)>,
) {
    for (decree, policy, pile) in policies.iter().filter(|(_, policy, _)| policy.window.begins() == clock.week) {
        let pit = &mut futures.pits[policy.contract];
        let Metal { market, region } = pit.metal.expect("bug: metal is withdrawn from a contract on none");
        let regions: Vec<RegionIx> = match &pit.places[..] {
            [] => vec![region],
            places => places.iter().map(|place| place.region).collect(),
        };
        let mut pay = |to, region, mass: Mass, ledger: &mut Ledger| {
            treasuries.spend(decree.nation, to, markets[market].price(region).value(mass), ledger);
        };
        let mut taken = Vec::new();
        for desk in desks.iter().filter(|desk| desk.contract == policy.contract) {
            for (warehouse, &region) in regions.iter().enumerate().take(pit.warehouses.count()) {
                let lots = policy.share.of(pit.warehouses.warrants(warehouse, desk.member));
                pit.warehouses.withdraw(warehouse, desk.member, lots);
                let mass = Mass(lots * pit.board.terms.lot.0);
                pay(desk.account, region, mass, &mut ledger);
                taken.push(((pit.account, Slot::Store), mass));
            }
        }
        let traded = merchants.iter().map(|(agent, merchant)| (agent, merchant.market, Slot::Store));
        let made = sellers.iter().map(|(agent, seller)| (agent, seller.market, Slot::Store));
        let bought = buyers.iter().map(|(agent, buyer)| (agent, buyer.market, buyer.into));
        let others = made.chain(bought).filter(|_| policy.from_all);
        let behind = |agent: &Agent, of| of == market && regions.contains(&agent.region);
        for (agent, _, slot) in traded.chain(others).filter(|(agent, of, _)| behind(agent, *of)) {
            let mass = ledger.mass(agent.account, slot).share_ppm(policy.share.0);
            pay(agent.account, agent.region, mass, &mut ledger);
            taken.push(((agent.account, slot), mass));
        }
        for (from, mass) in taken {
            ledger.transfer(from, (pile.0, Slot::Store), mass);
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::StockWithdrawal;
    use crate::calendar::Date;
    use crate::policy::window_in_run;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::Share;
    use crate::world_file::record::{choice, record};
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, above_0, ppm};

    choice! {
        /// Whose metal is taken.
        pub enum Owners as "whose metal is taken" {
            /// Those who trade it: warrants, and merchants' stores.
            Traders,
            /// Everybody's, those who make and use it included; reserves apart.
            Everybody,
        }
    }

    record! {
        /// The nation takes part of the metal behind a contract out of the market, once: from the exchange's warehouses, and from
        /// stores where the contract delivers. It pays the spot price and does not bring the metal back.
        pub struct Written as "StockWithdrawal" {
            /// Day on which it is made known; nobody acts on it before.
            announced: At<Date>,
            /// Day on which it takes place.
            in_force: At<Date>,
            /// Contract.
            contract: Ref<reference::Contract>,
            /// Share of the warrants and of the store of each owner; above 0.
            share: At<Share>,
            /// Whose stores.
            of: Owners = "Traders",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<StockWithdrawal> {
            let window = window_in_run(&self.announced, &self.in_force, None, names, cx);
            let contract = names.contract(&self.contract, cx);
            let on_metal =
                contract.is_none_or(|contract| names.contracts[contract].1.is_none_or(|(_, metal)| metal.is_some()));
            if !on_metal {
                let what = format!("\"{}\" is on a value: there is no metal behind it", self.contract.value);
                cx.error_at(&self.contract.origin, what, "name a contract with a `mineral`");
            }
            let share = above_0(&self.share, cx).and_then(|_| ppm(&self.share, cx));
            let from_all = matches!(self.of, Owners::Everybody);
            Some(StockWithdrawal { window: window?, contract: contract?, share: share?, from_all })
        }
    }
}
