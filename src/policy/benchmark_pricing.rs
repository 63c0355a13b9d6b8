//! Benchmark pricing: a share of the offtake contracts that a nation's firms conclude follows a futures contract, plus a
//! premium or less a discount, instead of spot. Lever F3.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::model::Model;
use crate::setup::OnFutures;
use crate::step::{Clock, Phase};
use crate::terms::{Governed, Terms};

/// What a nation decrees of the benchmarks of its firms' contracts.
#[derive(Component, Debug, Clone)]
pub struct BenchmarkPricing {
    /// When it is known and governs contracts that are made; those made go on to their end.
    pub window: Window,
    /// The share, and what it follows.
    pub share: OnFutures,
    /// Whether it governs what its firms sell, besides what they buy.
    pub sales: bool,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<Terms>, policies: Query<(&Decree, &BenchmarkPricing)>) {
    for (decree, policy) in policies.iter().filter(|(_, policy)| policy.window.binds(clock.week)) {
        terms.benchmarks.push(Governed { nation: decree.nation, sales: policy.sales, share: policy.share });
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::BenchmarkPricing;
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Share, UsdPerTonne};
    use crate::world_file::record::{choice, record};
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::Names;
    use crate::world_file::resolve::offtakes::on_futures;

    choice! {
        /// Contracts of a nation's firms.
        pub enum Sides as "Sides" {
            /// Those under which they buy.
            Purchases,
            /// Those under which they buy or sell.
            PurchasesAndSales,
        }
    }

    record! {
        /// A share of the offtake contracts that the nation's firms conclude follows a futures contract where the formula would follow the spot
        /// price of its metal. The rest of the formula stays. Of several such decrees the first, by nation and id, takes its share first.
        pub struct Written as "BenchmarkPricing" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which contracts that are made follow it.
            in_force: At<Date>,
            /// Day from which they no longer do; those made go on to their end.
            until: Option<At<Date>>,
            /// Contract, for metal.
            contract: Ref<reference::Contract>,
            /// Share of what is agreed on; above 0.
            share: At<Share>,
            /// Added to the premium of the formula.
            premium: At<UsdPerTonne> = "UsdPerTonne(0)",
            /// Taken off.
            discount: At<UsdPerTonne> = "UsdPerTonne(0)",
            /// Which contracts.
            governs: Sides = "Purchases",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<BenchmarkPricing> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let share = on_futures(&self.contract, &self.share, (&self.premium, &self.discount), names, cx);
            let sales = matches!(self.governs, Sides::PurchasesAndSales);
            Some(BenchmarkPricing { window: window?, share: share?, sales })
        }
    }
}
