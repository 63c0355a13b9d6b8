//! The step: one week, a fixed sequence of named phases.

use bevy_ecs::prelude::*;
use bevy_ecs::schedule::SystemSet;

use crate::calendar::{Calendar, Week};

/// What happens in a week, in this order. Systems name their phase; the order lives here.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Outages strike and pass; demand drifts.
    Shock,
    /// Nations decree: policies write the terms of trade.
    Decree,
    /// Shipments arrive, mines dig, plants run, sectors use.
    Produce,
    /// Firms look ahead and set what they need and make.
    Plan,
    /// Offtake contracts are made, nominated and delivered.
    Deliver,
    /// Reserve agencies sell by sealed auction what they decided on before.
    Release,
    /// Agents write their spot orders.
    Order,
    /// Markets clear, upstream to downstream; metal and money change hands.
    Clear,
    /// Prices and flows enter everyone's memory.
    Observe,
    /// Futures trade for five sessions; members are called for margin; months that end are delivered.
    Session,
    /// Reserve agencies decide on purchases and releases.
    Decide,
    /// The books are checked.
    Audit,
}

impl Phase {
    /// All phases in order.
    pub const ALL: [Self; 12] = [
        Self::Shock,
        Self::Decree,
        Self::Produce,
        Self::Plan,
        Self::Deliver,
        Self::Release,
        Self::Order,
        Self::Clear,
        Self::Observe,
        Self::Session,
        Self::Decide,
        Self::Audit,
    ];
}

/// The week being stepped.
#[derive(Resource, Debug, Clone, Copy)]
pub struct Clock {
    /// Weeks since the start; week 0 is the first to be stepped.
    pub week: Week,
    /// Which day each week begins.
    pub calendar: Calendar,
}

impl Clock {
    /// Years from the start to the beginning of the week.
    #[must_use]
    pub fn years_run(&self) -> f64 {
        f64::from(self.week) / crate::units::WEEKS_PER_YEAR
    }

    /// The middle of the week in years, such as 2025.13.
    #[must_use]
    pub fn years(&self) -> f64 {
        self.calendar.start.in_years() + (f64::from(self.week) + 0.5) / crate::units::WEEKS_PER_YEAR
    }
}
