//! Many runs of one experiment over points of its uncertain factors: planned, run in chunks anywhere, put together and
//! analyzed.

pub mod factors;
pub mod points;
