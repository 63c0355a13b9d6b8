//! Settlement in a currency: a share of the offtake contracts that a nation's firms conclude is paid in it instead of
//! dollars. Lever F4.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::model::Model;
use crate::setup::InCurrency;
use crate::step::{Clock, Phase};
use crate::terms::{Governed, Terms};

/// What a nation decrees of the currencies of its firms' contracts.
#[derive(Component, Debug, Clone)]
pub struct Settlement {
    /// When it is known and governs contracts that are made; those made go on to their end.
    pub window: Window,
    /// The share, and its currency.
    pub share: InCurrency,
    /// Whether it governs what its firms sell, besides what they buy.
    pub sales: bool,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<Terms>, policies: Query<(&Decree, &Settlement)>) {
    for (decree, policy) in policies.iter().filter(|(_, policy)| policy.window.binds(clock.week)) {
        terms.settlements.push(Governed { nation: decree.nation, sales: policy.sales, share: policy.share });
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::Settlement;
    use crate::calendar::Date;
    use crate::policy::benchmark_pricing::written::Sides;
    use crate::policy::window;
    use crate::setup::{InCurrency, NationIx};
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::Share;
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, above_0};

    record! {
        /// A share of the offtake contracts that the nation's firms conclude is settled in a currency. Of several such decrees the first, by nation
        /// and id, takes its share first.
        pub struct Written as "Settlement" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which contracts that are made follow it.
            in_force: At<Date>,
            /// Day from which they no longer do; those made go on to their end.
            until: Option<At<Date>>,
            /// Currency.
            currency: Ref<reference::Currency>,
            /// Share of what is agreed on; above 0.
            share: At<Share>,
            /// Which contracts.
            governs: Sides = "Purchases",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<Settlement> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let (currency, share) = (names.currency(&self.currency, cx), above_0(&self.share, cx));
            let sales = matches!(self.governs, Sides::PurchasesAndSales);
            Some(Settlement { window: window?, share: InCurrency { currency: currency?, share: share? }, sales })
        }
    }
}
