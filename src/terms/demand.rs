//! The terms that users and recyclers meet: rations, calls for old products, what programs change.

use bevy_ecs::prelude::*;

use crate::setup::{MineralIx, NationIx, Setup};
use crate::units::Price;

/// This week's terms of the demand side.
#[derive(Resource, Debug, Clone)]
pub struct DemandTerms {
    /// Terms of each sector, by its place in [`Setup::sectors`].
    pub sectors: Vec<SectorTerms>,
    recycling: Vec<RecyclingTerms>,
    minerals: usize,
    places: Vec<Place>,
}

/// Where a sector stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    nation: NationIx,
    mineral: MineralIx,
    priority: u8,
}

/// Terms of a sector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SectorTerms {
    /// Share of its requirement that it may buy and use, if it is rationed.
    pub ration: Option<f64>,
    /// Least share of a rise in cost that its customers bear.
    pub pass_through: f64,
    /// Its long-run elasticity against what it was.
    pub elasticity: f64,
    /// Speed at which use adapts and switches against what it was.
    pub speed: f64,
    /// Excess of the price over the opening price at which use switches, against what it was.
    pub threshold: f64,
    /// Share of its metal in use that is called in this week.
    pub called_in: f64,
    /// Paid for it, in cents per 1,000 quanta.
    pub compensation: f64,
}

impl Default for SectorTerms {
    fn default() -> Self {
        let (elasticity, speed, threshold) = (1.0, 1.0, 1.0);
        Self { ration: None, pass_through: 0.0, elasticity, speed, threshold, called_in: 0.0, compensation: 0.0 }
    }
}

impl SectorTerms {
    /// Lowers the ration; of several the tightest holds.
    pub fn allow(&mut self, share: f64) {
        self.ration = Some(self.ration.map_or(share, |held| held.min(share)));
    }
}

/// Terms of recycling of a mineral in a nation.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RecyclingTerms {
    /// Added to the share of retired metal that is collected.
    pub collection_gain: f64,
    /// Added to recyclers' recovery, up to all of it.
    pub recovery_gain: f64,
    /// Paid by the state for what is collected.
    pub incentive: Price,
}

impl DemandTerms {
    /// No programs.
    pub(crate) fn new(setup: &Setup) -> Self {
        let place = |sector: &crate::setup::Sector| Place {
            nation: sector.nation,
            mineral: setup.markets[sector.market].mineral,
            priority: sector.priority,
        };
        Self {
            sectors: vec![SectorTerms::default(); setup.sectors.len()],
            recycling: vec![RecyclingTerms::default(); setup.nations.len() * setup.minerals.len()],
            minerals: setup.minerals.len(),
            places: setup.sectors.iter().map(place).collect(),
        }
    }

    /// Terms of recycling of a mineral in a nation.
    #[must_use]
    pub fn recycling(&self, nation: NationIx, mineral: MineralIx) -> &RecyclingTerms {
        &self.recycling[nation * self.minerals + mineral]
    }

    /// Terms of recycling, to be written by a policy.
    pub fn recycling_mut(&mut self, nation: NationIx, mineral: MineralIx) -> &mut RecyclingTerms {
        &mut self.recycling[nation * self.minerals + mineral]
    }

    /// Terms of a nation's sectors that use a mineral, with their places and priorities, to be written by a policy.
    pub fn of(&mut self, nation: NationIx, mineral: MineralIx) -> impl Iterator<Item = (usize, u8, &mut SectorTerms)> {
        let places = self.places.iter().zip(&mut self.sectors).enumerate();
        places
            .filter(move |(_, (place, _))| place.nation == nation && place.mineral == mineral)
            .map(|(index, (place, terms))| (index, place.priority, terms))
    }
}

/// No programs, before the week's policies write on it.
pub(crate) fn open_week(mut terms: ResMut<DemandTerms>) {
    terms.sectors.fill(SectorTerms::default());
    terms.recycling.fill(RecyclingTerms::default());
}
