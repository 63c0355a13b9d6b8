//! What oreworld promises, one module per promise.

mod base_year;
mod behavior;
mod bless;
mod by_products;
mod chemistries;
mod cli;
mod contracts;
mod cycles;
mod demand;
mod determinism;
mod firms;
mod floor;
mod futures;
mod invariants;
mod joined;
mod levers;
mod limits;
mod no_panic;
mod positions;
mod positions_page;
mod projects;
mod rejects;
mod resume;
mod runs;
mod verify;
mod worlds;
