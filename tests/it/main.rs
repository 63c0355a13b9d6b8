//! What oreworld promises, one module per promise.

mod no_panic;
mod resume;
mod verify;
mod worlds;
