//! From outcomes of what contracts are priced on, as written, to measures.

use super::super::written::{OfPricing, PricedOn};
use super::{Named, market};
use crate::outcome::Measure;
use crate::outcome::pricing::{Benchmark, Purchases};

pub(super) fn purchases(of: &OfPricing, measure: fn(Purchases) -> Measure) -> (Measure, Vec<Named<'_>>) {
    let mut names = vec![("mineral", &of.mineral), ("stage", &of.stage)];
    names.extend(of.nation.iter().map(|nation| ("nation", nation)));
    let benchmark = match &of.benchmark {
        PricedOn::Any => None,
        PricedOn::Fixed => Some(Benchmark::Fixed),
        PricedOn::Spot => Some(Benchmark::Spot),
        PricedOn::Futures(contract) => {
            names.push(("contract", contract));
            Some(Benchmark::Futures(contract.value.clone()))
        }
    };
    let nation = of.nation.as_ref().map(|nation| nation.value.clone());
    (measure(Purchases { nation, market: market(&of.mineral, &of.stage), benchmark }), names)
}
