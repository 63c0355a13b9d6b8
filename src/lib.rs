//! oreworld: markets and politics of critical minerals, week by week.

pub mod clearing;
