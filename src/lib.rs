//! oreworld: markets and politics of critical minerals, week by week.

pub mod calendar;
pub mod experiment;
#[cfg(feature = "cli")]
pub mod cli;
pub mod id;
pub mod math;
pub mod outcome;
pub mod policy;
pub mod record;
#[cfg(feature = "cli")]
pub mod results;
pub mod setup;
pub mod statistics;
pub mod streams;
pub mod units;
pub mod world_file;
