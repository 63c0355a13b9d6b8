//! The model inside the model: an agency runs the world ahead, as it believes it to be, before it decides. Lever G3.
//!
//! An agency knows how the world works and what has been announced; it knows neither the luck of this run nor what others will
//! decide. So a belief is the world of the file, stepped from the start with luck of its own up to this week, under the
//! measures that are known today, with none that are still to be decided. What is known of the present is then put in
//! place: the stock of the nation's firms as the watch shows it, and the agency's own stock and money as they are.
//! Weeks before are not replayed as they were, so a belief is never the truth, even with perfect sight.
//!
//! The cost is bounded: a look takes two runs per seed, each of as many weeks as have passed and the horizon.

use std::ops::RangeInclusive;

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemState;

use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::calendar::Week;
use crate::ledger::{Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::policy::{Decrees, Window};
use crate::reserve::Reserve;
use crate::sector::Sector;
use crate::setup::watch::Watch;
use crate::setup::{MarketIx, Setup};
use crate::units::{Mass, Money};
use crate::watch::figures::Sight;

/// The world as agencies know it to work: that of the file without anybody's decisions.
#[derive(Resource, Debug, Clone)]
pub struct Beliefs(Setup);

/// What an agency knows of the present.
#[derive(Debug, Clone)]
pub struct Present {
    /// Weeks that have passed.
    pub weeks: Week,
    /// Dates of every nation's policies, as far as they are known: the others at [`Window::NEVER`].
    pub windows: Vec<Vec<Window>>,
    /// Its watch.
    pub watch: Watch,
    /// Cover in weeks, if the watch shows it.
    pub cover: Option<f64>,
    /// Its own reserves: key of the agent, state, stock and money.
    pub reserves: Vec<(u64, Reserve, Mass, Money)>,
}

impl Beliefs {
    /// What can be believed of a world.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let mut setup = setup.clone();
        setup.nations.iter_mut().for_each(|nation| nation.decisions.clear());
        Self(setup)
    }

    /// What the nation loses over a horizon in a world as it is believed to be with one seed, in dollars: metal that its sectors
    /// lack, times the opening price, times what the class of the sector is worth; what it spends on programs; and
    /// what its reserves lose in money and stock at the long-run price.
    ///
    /// # Panics
    /// When the books of the belief do not close: a defect of the model.
    #[must_use]
    pub fn loss(&self, present: &Present, seed: u64, horizon: Week, worth: &[(u8, f64)]) -> f64 {
        let mut model = Model::new(&self.0, seed);
        model.world.resource_scope(|world, decrees: Mut<Decrees>| {
            for (decreed, window) in decrees.0.iter().flatten().zip(present.windows.iter().flatten()) {
                (decreed.date)(world, decreed.entity, *window);
            }
        });
        let step = |model: &mut Model| model.step().unwrap_or_else(|error| panic!("bug: in a belief, {error}"));
        (0..present.weeks).for_each(|_| step(&mut model));
        let stages = self.0.minerals[present.watch.mineral].markets.start..=present.watch.market;
        present.put(&mut model, &stages);
        let owned = present.reserves_worth(&model);
        let mut lost = 0.0;
        for _ in 0..horizon {
            step(&mut model);
            lost += present.week_lost(&model, worth);
        }
        lost + owned - present.reserves_worth(&model)
    }
}

impl Present {
    /// What is lost in the week that was stepped last.
    fn week_lost(&self, model: &Model, worth: &[(u8, f64)]) -> f64 {
        let mut lost = model.world.resource::<Treasuries>().of(self.watch.nation).programs.currency();
        let markets = model.world.resource::<Markets>();
        model.each::<(&Agent, &Sector, &Buyer)>(|(agent, sector, buyer)| {
            let market = &markets[buyer.market];
            if agent.nation == self.watch.nation && market.mineral == self.watch.mineral {
                let class = worth.iter().find(|(class, _)| *class == buyer.priority).map_or(0.0, |(_, worth)| *worth);
                lost += class * market.opening_price.value(sector.unmet()).currency();
            }
        });
        lost
    }

    /// Stock at the long-run price, and money, of the nation's reserves of the mineral.
    fn reserves_worth(&self, model: &Model) -> f64 {
        let (ledger, markets) = (model.world.resource::<Ledger>(), model.world.resource::<Markets>());
        let mut worth = 0.0;
        model.each::<(&Agent, &Reserve)>(|(agent, reserve)| {
            let market = &markets[reserve.market];
            if agent.nation == self.watch.nation && market.mineral == self.watch.mineral {
                let held = ledger.mass(agent.account, Slot::Store) + ledger.mass(agent.account, Slot::Transit);
                worth += (market.long_run_price.value(held) + ledger.money(agent.account)).currency();
            }
        });
        worth
    }

    /// Puts what is known of the present into a world as it is believed to be.
    fn put(&self, model: &mut Model, stages: &RangeInclusive<MarketIx>) {
        let mut own = Vec::new();
        model.each::<(Entity, &Agent, &Reserve)>(|(entity, agent, _)| {
            let known = self.reserves.iter().find(|(key, ..)| *key == agent.key);
            own.extend(known.map(|known| (entity, agent.account, known)));
        });
        for (entity, account, (_, reserve, stock, money)) in own {
            let mut ledger = model.world.resource_mut::<Ledger>();
            let missing = *stock - ledger.mass(account, Slot::Store);
            ledger.endow(account, Slot::Store, missing);
            let paid = *money - ledger.money(account);
            let (from, to) = if paid >= Money::ZERO { (OUTSIDE, account) } else { (account, OUTSIDE) };
            ledger.pay(from, to, if paid >= Money::ZERO { paid } else { Money::ZERO - paid });
            *model.world.get_mut::<Reserve>(entity).expect("bug: an agency that is not there") = reserve.clone();
        }
        let Some(cover) = self.cover else { return };
        let mut state = SystemState::<(Sight, Res<Ledger>)>::new(&mut model.world);
        let (sight, ledger) = state.get(&model.world).expect("bug: a world without books");
        let stores: Vec<_> = sight.stores(&self.watch, stages).map(|at| (at, ledger.mass(at.0, at.1))).collect();
        let beyond = sight.beyond_stores(&self.watch, stages).real();
        let factor =
            stores_factor(cover * sight.need(&self.watch), beyond, stores.iter().map(|(_, mass)| mass.real()).sum());
        let mut ledger = model.world.resource_mut::<Ledger>();
        for ((account, slot), mass) in stores {
            ledger.endow(account, slot, Mass::floor(mass.real() * factor) - mass);
        }
    }
}

/// By what firms' stores are multiplied so that with what lies elsewhere they come to a total; 1 when they are empty.
fn stores_factor(total: f64, elsewhere: f64, stores: f64) -> f64 {
    if stores > 0.0 { ((total - elsewhere) / stores).max(0.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_scaled_to_what_is_seen() {
        for (total, elsewhere, stores, factor) in
            [(100.0, 20.0, 160.0, 0.5), (100.0, 20.0, 40.0, 2.0), (10.0, 20.0, 40.0, 0.0), (10.0, 2.0, 0.0, 1.0)]
        {
            assert!((stores_factor(total, elsewhere, stores) - factor).abs() < 1e-12);
        }
    }

    #[test]
    fn the_emptier_the_stores_look_the_more_is_lost_and_the_same_is_lost_each_time() {
        let text = include_str!("../worlds/two-shores.ron");
        let setup = crate::world_file::load_text("two-shores.ron", text).expect("a sound world");
        let nation = setup.nations.iter().position(|nation| nation.id.as_str() == "northland").expect("a nation");
        let watch = Watch {
            id: crate::id::Id::new("eye").expect("a name"),
            label: setup.nations[nation].label.clone(),
            nation,
            mineral: 0,
            market: 1,
            contract: None,
            observes: Vec::new(),
            levels: [0.2, 0.4, 0.6],
            margin: 0.0,
            shortage: crate::setup::watch::Shortage { unmet: 0.1, price: None },
        };
        let written =
            setup.nations.iter().map(|nation| nation.policies.iter().map(|(_, policy)| policy.window()).collect());
        let windows: Vec<Vec<Window>> = written.collect();
        let seen =
            |cover| Present { weeks: 30, windows: windows.clone(), watch: watch.clone(), cover, reserves: Vec::new() };
        let beliefs = Beliefs::new(&setup);
        let lost = |cover| beliefs.loss(&seen(cover), 7, 20, &[(2, 3.0)]);
        assert!(lost(Some(12.0)) > lost(Some(20.0)) && lost(Some(20.0)) > lost(Some(40.0)));
        assert!((lost(Some(12.0)) - lost(Some(12.0))).abs() < f64::EPSILON);
        assert!((lost(None) - lost(Some(12.0))).abs() > 1.0);
    }
}
