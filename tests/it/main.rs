//! What oreworld promises, one module per promise.

mod behavior;
mod bless;
mod by_products;
mod cli;
mod determinism;
mod invariants;
mod levers;
mod no_panic;
mod projects;
mod rejects;
mod resume;
mod runs;
mod verify;
mod worlds;
