//! oreworld: markets and politics of critical minerals, week by week.

pub mod calendar;
#[cfg(feature = "cli")]
pub mod cli;
pub mod id;
pub mod policy;
pub mod record;
pub mod setup;
pub mod units;
pub mod world_file;
