pub mod contract;
pub mod delivery;
pub mod house;
pub mod lending;
pub mod life;
pub mod limits;
pub mod settlement;
pub mod warehouse;
