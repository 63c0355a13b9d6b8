//! What oreworld promises, one module per promise.

mod bless;
mod cli;
mod no_panic;
mod rejects;
mod resume;
mod verify;
mod worlds;
