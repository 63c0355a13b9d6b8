//! From outcomes of what nations decide, as written, to measures.

use super::super::written::{OfActs, Which};
use super::{Named, market};
use crate::outcome::Measure;
use crate::outcome::acts::{Acts, Third};

pub(super) fn acts(of: &OfActs, measure: fn(Acts) -> Measure) -> (Measure, Vec<Named<'_>>) {
    let mut names: Vec<Named> = of.nation.iter().map(|nation| ("nation", nation)).collect();
    names.extend(of.policies.iter().map(|policy| ("policy", policy)));
    let price = of.price.as_ref().map(|price| {
        names.extend([("mineral", &price.mineral), ("stage", &price.stage), ("region", &price.region)]);
        Third {
            market: market(&price.mineral, &price.stage),
            region: price.region.value.clone(),
            top: matches!(price.third, Which::Top),
        }
    });
    let nation = of.nation.as_ref().map(|nation| nation.value.clone());
    (measure(Acts { nation, policies: super::ids(&of.policies), price }), names)
}
