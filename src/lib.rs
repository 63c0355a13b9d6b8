//! oreworld: markets and politics of critical minerals, week by week.

pub mod auction;
pub mod calendar;
pub mod id;
pub mod math;
pub mod policy;
pub mod record;
pub mod setup;
pub mod streams;
pub mod units;
