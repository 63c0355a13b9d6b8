//! Many runs of one experiment over points of its uncertain factors: planned, run in chunks anywhere, put together and
//! analyzed.
//!
//! The files on the disk say what is done, and nothing else does. Whatever runs the chunks (one process, many, a batch
//! queue) decides only where and when.

pub mod analysis;
pub mod chunk;
pub mod clock;
pub mod factors;
pub mod merge;
pub mod pilot;
pub mod plan;
pub mod points;
pub mod submit;
pub mod verify;
pub mod work;

#[cfg(test)]
mod tests;
