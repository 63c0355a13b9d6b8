//! Rules of an exchange that are changed between sessions: margin, price limit, position limit, opening cap. Lever F6.
//!
//! As Guangzhou did with lithium carbonate in July 2025, when a member might open 3,000 lots a session.

use bevy_ecs::prelude::*;

use super::Window;
use crate::exchange::rules::Rules;
use crate::model::Model;
use crate::setup::exchange::ContractIx;
use crate::step::{Clock, Phase};
use crate::terms::futures::FuturesTerms;

/// Changed rules of a contract.
#[derive(Component, Debug, Clone)]
pub struct ExchangeRules {
    /// When they are known and bind.
    pub window: Window,
    /// Contract.
    pub contract: ContractIx,
    /// What is changed.
    pub rules: Rules,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<FuturesTerms>, policies: Query<&ExchangeRules>) {
    for policy in policies.iter().filter(|policy| policy.window.binds(clock.week)) {
        let rules = &mut terms.contracts[policy.contract].rules;
        *rules = rules.and(policy.rules);
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ExchangeRules;
    use crate::calendar::Date;
    use crate::exchange::rules::Rules;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::units::Quantum;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::Share;
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact_above_0};
    use crate::world_file::value::Count;

    record! {
        /// An exchange in the nation changes rules of a contract from a week's sessions on; what is left out stays. Each value is the
        /// one far from a month's end: stages nearer the end keep theirs where these are higher margins, wider limits or fewer lots.
        pub struct Written as "ExchangeRules" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which the contract's own terms hold again; without one it stays.
            until: Option<At<Date>>,
            /// Contract.
            contract: Ref<reference::Contract>,
            /// Margin, as a share of a lot's value; above 0, and at least the limit with what the contract adds to it.
            margin: Option<At<Share>>,
            /// Price limit, as a share of the previous settlement; above 0. A contract without limits gets this one.
            limit: Option<At<Share>>,
            /// Most lots that a member who does not hedge may hold in a month.
            position: Option<Count>,
            /// Most lots that a member may open in a month in a session.
            opening_cap: Option<Count>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<ExchangeRules> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let contract = names.own_contract(nation, &self.contract, cx);
            let before = cx.count();
            let mut share = |share: &Option<At<Share>>| {
                share.as_ref().and_then(|share| exact_above_0(share, Quantum::Kilogram, cx))
            };
            let rules = Rules {
                margin: share(&self.margin),
                limit: share(&self.limit),
                position: self.position.map(|lots| i64::from(lots.0)),
                opening_cap: self.opening_cap.map(|lots| i64::from(lots.0)),
            };
            if self.margin.is_none() && self.limit.is_none() && self.position.is_none() && self.opening_cap.is_none() {
                let instead = "write `margin`, `limit`, `position` or `opening_cap`";
                cx.error_at(&self.contract.origin, "no rule is changed", instead);
            }
            (cx.count() == before).then_some(())?;
            Some(ExchangeRules { window: window?, contract: contract?, rules })
        }
    }
}
