//! Contract for difference: a treasury pays named mines and plants what the price lacks to a floor, and gets a share of what it
//! is above. Lever C2.

use bevy_ecs::prelude::*;

use super::report::Report;
use super::{Decree, Window};
use crate::agent::Agent;
use crate::calendar::Week;
use crate::ledger::Ledger;
use crate::market::Markets;
use crate::mine::Mine;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::plant::Plant;
use crate::seller::Seller;
use crate::setup::MarketIx;
use crate::step::{Clock, Phase};
use crate::terms::Terms;
use crate::units::{Mass, Money, Ppm, Price, Quantum};

/// A contract for difference.
#[derive(Component, Debug, Clone)]
#[require(Report)]
pub struct ContractForDifference {
    /// When it is known and binds.
    pub window: Window,
    /// Market whose price counts, where the site lies.
    pub market: MarketIx,
    /// Quantum of its mineral.
    pub quantum: Quantum,
    /// Places of the mines in [`crate::setup::Setup::mines`].
    pub mines: Vec<usize>,
    /// Places of the plants in [`crate::setup::Setup::plants`].
    pub plants: Vec<usize>,
    /// Price that is made up to.
    pub floor: Price,
    /// Share of what the price is above the floor that the treasury gets.
    pub upside: Ppm,
}

/// What a site is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guarantee {
    /// Key of the decree by which it is promised.
    pub by: u64,
    /// Price that is made up to.
    pub floor: Price,
    /// Share of what the price is above the floor that goes to the treasury.
    pub upside: Ppm,
    /// First week without it.
    pub until: Option<Week>,
}

impl Guarantee {
    /// What is paid on a unit of output at a price: floor − p below the floor, −upside·(p − floor) above. The upside is
    /// rounded towards the site.
    #[must_use]
    pub fn payment(&self, price: Price) -> Price {
        let gap = self.floor - price;
        if gap >= Price::ZERO { gap } else { -(-gap).share_ppm(self.upside.0) }
    }

    /// The same of a price that is expected, in cents per 1,000 quanta.
    #[must_use]
    pub fn expected(&self, price: f64) -> f64 {
        let gap = self.floor.real() - price;
        if gap >= 0.0 { gap } else { gap * self.upside.share() }
    }
}

/// What a guarantee, if any, is expected to pay at a price, in cents per 1,000 quanta.
#[must_use]
pub fn expected(guarantee: Option<&Guarantee>, price: f64) -> f64 {
    guarantee.map_or(0.0, |guarantee| guarantee.expected(price))
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
    model.add(Phase::Clear, settle);
}

/// Of several promises to a site the highest floor holds.
fn promise(slot: &mut Option<Guarantee>, guarantee: Guarantee) {
    if slot.is_none_or(|held| held.floor < guarantee.floor) {
        *slot = Some(guarantee);
    }
}

fn apply(clock: Res<Clock>, mut terms: ResMut<Terms>, contracts: Query<(&Decree, &ContractForDifference)>) {
    for (decree, contract) in contracts.iter().filter(|(_, contract)| contract.window.binds(clock.week)) {
        let (by, until) = (decree.key, contract.window.until);
        let guarantee = Guarantee { by, floor: contract.floor, upside: contract.upside, until };
        contract.mines.iter().for_each(|&mine| promise(&mut terms.mines[mine].guarantee, guarantee));
        contract.plants.iter().for_each(|&plant| promise(&mut terms.plants[plant].guarantee, guarantee));
    }
}

/// The week's output is settled at the week's price where the site lies.
fn settle(
    clock: Res<Clock>,
    markets: Res<Markets>,
    terms: Res<Terms>,
    mut treasuries: ResMut<Treasuries>,
    mut ledger: ResMut<Ledger>,
    mut contracts: Query<(&Decree, &ContractForDifference, &mut Report)>,
    mines: Query<(&Agent, &Mine, &Seller)>,
    plants: Query<(&Agent, &Plant, &Seller)>,
) {
    for (decree, contract, mut report) in &mut contracts {
        *report = Report::default();
        if !contract.window.binds(clock.week) {
            continue;
        }
        let here = |seller: &Seller| seller.market == contract.market;
        let of_mines = mines.iter().filter(|(_, mine, seller)| contract.mines.contains(&mine.index) && here(seller));
        let of_mines = of_mines.map(|(agent, mine, _)| (agent, mine.output, terms.mines[mine.index].guarantee));
        let of_plants =
            plants.iter().filter(|(_, plant, seller)| contract.plants.contains(&plant.index) && here(seller));
        let of_plants = of_plants.map(|(agent, plant, _)| (agent, plant.output, terms.plants[plant.index].guarantee));
        let own = |guarantee: &Guarantee| guarantee.by == decree.key;
        let mut made = Mass::ZERO;
        for (agent, output, guarantee) in of_mines.chain(of_plants) {
            let Some(guarantee) = guarantee.filter(own) else { continue };
            let payment = guarantee.payment(markets[contract.market].price(agent.region));
            let (due, back) = (payment.or_zero().value(output), (-payment).or_zero().value(output));
            treasuries.spend(decree.nation, agent.account, due, &mut ledger);
            treasuries.collect(decree.nation, agent.account, back, &mut ledger);
            report.cost += due - back;
            report.active = f64::from(u8::from(report.active > 0.0 || due > Money::ZERO));
            made += output;
        }
        report.tonnes = contract.quantum.tonnes(made);
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ContractForDifference;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Share, UsdPerTonne};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact_above_0, ppm};

    record! {
        /// The treasury pays named mines and plants, at home or abroad, what the price where they lie lacks to a floor, and gets a
        /// share of what it is above.
        pub struct Written as "ContractForDifference" {
            /// Day on which it is made known; it binds no earlier.
            announced: At<Date>,
            /// Day from which output is settled.
            in_force: At<Date>,
            /// Day from which it is not; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stage that the sites make.
            stage: At<Id>,
            /// Mines that it is for; of several contracts for a site the one with the highest floor holds.
            mines: Vec<Ref<reference::Mine>> = "[]",
            /// Plants that it is for.
            plants: Vec<Ref<reference::Plant>> = "[]",
            /// Price up to which the treasury pays; above 0.
            floor: At<UsdPerTonne>,
            /// Share of what the price is above the floor that the treasury gets.
            upside: At<Share> = "Share(0)",
        }
    }

    impl Written {
        /// Checks it; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<ContractForDifference> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let upside = ppm(&self.upside, cx);
            if self.mines.is_empty() && self.plants.is_empty() {
                cx.error_at(&self.floor.origin, "it is for nobody", "name at least one mine or plant");
            }
            let mines: Option<Vec<usize>> = self.mines.iter().map(|name| names.mine(name, cx)).collect();
            let plants: Option<Vec<usize>> = self.plants.iter().map(|name| names.plant(name, cx)).collect();
            let mineral = names.mineral(&self.mineral, cx)?;
            let market = names.market(mineral, &self.stage, cx);
            let quantum = names.quantum(mineral);
            let floor = exact_above_0(&self.floor, quantum, cx);
            Some(ContractForDifference {
                window: window?,
                market: market?,
                quantum,
                mines: mines?,
                plants: plants?,
                floor: floor?,
                upside: upside?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMISE: Guarantee = Guarantee { by: 1, floor: Price(110_000), upside: Ppm(300_000), until: None };

    #[test]
    fn the_treasury_makes_up_to_the_floor_and_takes_its_share_above() {
        for (price, payment) in [(60_000, 50_000), (110_000, 0), (210_000, -30_000)] {
            assert_eq!(PROMISE.payment(Price(price)), Price(payment), "{price}");
            assert!((PROMISE.expected(price as f64) - payment as f64).abs() < 1e-9, "{price}");
        }
        assert!(expected(None, 5.0) == 0.0);
    }

    #[test]
    fn of_several_promises_the_highest_floor_holds() {
        let lower = Guarantee { by: 2, floor: Price(90_000), upside: Ppm(0), until: Some(3) };
        for order in [[lower, PROMISE], [PROMISE, lower]] {
            let mut slot = None;
            for guarantee in order {
                promise(&mut slot, guarantee);
            }
            assert_eq!(slot, Some(PROMISE));
        }
    }
}
