//! What those who plan see of the capacity and the need that there will be.

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;

use super::{PriceHistory, Project, value::Supply};
use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::market::Markets;
use crate::mine::{Mine, Status};
use crate::plant::Plant;
use crate::recycler::Recycler;
use crate::sector::{Habits, Sector};
use crate::seller::Seller;
use crate::setup::{MarketIx, RegionIx};
use crate::terms::demand::DemandTerms;
use crate::units::WEEKS_PER_YEAR;

/// Those who make and use the metal, and the prices of two years.
#[derive(SystemParam)]
pub(super) struct Sight<'w, 's> {
    pub(super) markets: Res<'w, Markets>,
    pub(super) mines: Query<'w, 's, (&'static Mine, &'static Seller)>,
    pub(super) plants: Query<'w, 's, (&'static Plant, &'static Buyer, &'static Seller)>,
    recyclers: Query<'w, 's, (&'static Recycler, &'static Seller)>,
    sectors: Query<'w, 's, (&'static Agent, &'static Sector, &'static Habits, &'static Buyer)>,
    demand: Res<'w, DemandTerms>,
    history: Res<'w, PriceHistory>,
}

impl Sight<'_, '_> {
    /// Mean price of the last 104 weeks, in cents per 1,000 quanta.
    pub(super) fn mean(&self, market: MarketIx, region: RegionIx) -> f64 {
        self.history.mean(market, region).unwrap_or_else(|| self.markets[market].opening_price.real())
    }

    /// Capacity of every market that is there and that has been decided on.
    pub(super) fn capacity<'a>(&self, projects: impl Iterator<Item = &'a Project>, supplies: &mut Vec<Supply>) {
        supplies.clear();
        supplies.resize(self.markets.len(), Supply::default());
        for (mine, seller) in self.mines.iter().filter(|(mine, _)| mine.status != Status::Closed) {
            supplies[seller.market].there += mine.weekly_capacity * mine.built * WEEKS_PER_YEAR;
        }
        for (plant, _, seller) in &self.plants {
            let yearly = plant.weekly_capacity * plant.rule.normal_utilization * WEEKS_PER_YEAR;
            supplies[seller.market].there += yearly * plant.built;
        }
        for (recycler, seller) in &self.recyclers {
            supplies[seller.market].there += recycler.weekly_capacity * recycler.utilization * WEEKS_PER_YEAR;
        }
        for project in projects.filter(|project| project.progress.committed()) {
            supplies[project.product].coming += project.yearly * (1.0 - project.progress.built(&project.rule));
        }
    }

    /// What today's users of a market's metal will need a year some weeks from now if the mean price of where they are
    /// lasts, in quanta: sectors once they have adapted to it, plants as much as they need today.
    pub(super) fn need(&self, market: MarketIx, weeks: f64) -> f64 {
        let plants = self.plants.iter().filter(|(_, buyer, _)| buyer.market == market).map(|(_, buyer, _)| buyer.need);
        let sectors = self.sectors.iter().filter(|(_, _, _, buyer)| buyer.market == market);
        let adapted = sectors.map(|(agent, sector, habits, _)| {
            let ratio = self.mean(market, agent.region) / self.markets[market].opening_price.real();
            sector.adapted_need(habits, &self.demand.sectors[sector.index], ratio, weeks)
        });
        plants.chain(adapted).sum::<f64>() * WEEKS_PER_YEAR
    }
}
