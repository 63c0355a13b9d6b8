//! Export quota: a tonnage over the time in force, dealt out in equal slices. Of several, the tightest holds. Lever B1.

use super::Window;
use crate::calendar::Week;
use crate::setup::MarketIx;
use crate::units::{Mass, Ppm};

/// A quota on exports of one market.
#[derive(Debug, Clone)]
pub struct ExportQuota {
    /// When it is known and binds; a quota always has an end.
    pub window: Window,
    /// Market that it caps.
    pub market: MarketIx,
    /// Tonnage from the first week in force to the end.
    pub amount: Mass,
    /// Weeks for which an unused slice may still be shipped.
    pub carry_over_weeks: Week,
    /// Share allotted by the state at its discretion; its rent goes to the treasury.
    pub strategic: Ppm,
    /// Who holds the rest.
    pub holder: QuotaHolder,
}

/// Who earns the rent of a binding quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaHolder {
    /// The nation's mines, by their sales of the 52 weeks before.
    Producers,
    /// The nation's treasury, as if it auctioned the rights.
    Treasury,
}

/// The policy as a file writes it.
pub mod written {
    use super::{ExportQuota, QuotaHolder};
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Share, Tonnes, Weeks};
    use crate::world_file::record::{choice, record};
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact, ppm, whole_weeks};

    record! {
        /// A tonnage over the time in force, dealt out in equal weekly slices.
        pub struct Written as "ExportQuota" {
            /// Day from which agents reckon with it.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds.
            until: At<Date>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stage that it caps.
            stage: At<Id>,
            /// Most that leaves from `in_force` to `until`.
            amount: At<Tonnes>,
            /// Time for which an unused slice may still be shipped: 0 to 104 whole weeks.
            carry_over: At<Weeks> = "Weeks(0)",
            /// Share allotted by the state at its discretion; its rent goes to the treasury.
            strategic: At<Share> = "Share(0)",
            /// Who holds the rest.
            holder: Holder,
        }
    }

    choice! {
        /// Who earns the rent of a binding quota.
        pub enum Holder as "a holder" {
            /// The nation's mines, by their sales of the 52 weeks before.
            Producers,
            /// The nation's treasury, as if it auctioned the rights.
            Treasury,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<ExportQuota> {
            let window = window(&self.announced, &self.in_force, Some(&self.until), names, cx);
            let carry_over_weeks = whole_weeks(&self.carry_over, 0..=104, cx);
            let strategic = ppm(&self.strategic, cx);
            let mineral = names.mineral(&self.mineral, cx)?;
            let market = names.market(mineral, &self.stage, cx);
            let amount = exact(&self.amount, names.quantum(mineral), cx);
            let holder = match self.holder {
                Holder::Producers => QuotaHolder::Producers,
                Holder::Treasury => QuotaHolder::Treasury,
            };
            Some(ExportQuota {
                window: window?,
                market: market?,
                amount: amount?,
                carry_over_weeks: carry_over_weeks?,
                strategic: strategic?,
                holder,
            })
        }
    }
}
