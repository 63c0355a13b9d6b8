//! Export license: shippers apply every week and may ship what was applied for after a random delay. Levers B1, C3.

use super::Window;
use crate::calendar::Week;
use crate::setup::MarketIx;
use crate::units::Mass;

/// A licensing regime.
#[derive(Debug, Clone)]
pub struct ExportLicense {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it governs, each with a capacity of its own.
    pub markets: Vec<MarketIx>,
    /// Shortest and longest weeks from application to license.
    pub delay_weeks: (Week, Week),
    /// Most that is licensed a year, in each market.
    pub capacity_per_year: Mass,
}

/// The policy as a file writes it.
pub mod written {
    use super::ExportLicense;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{TonnesPerYear, Weeks};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact, whole_weeks};

    record! {
        /// Shippers apply every week and may ship what was applied for after a random delay.
        pub struct Written as "ExportLicense" {
            /// Day from which agents reckon with it.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stages that it touches.
            stages: At<Vec<At<Id>>>,
            /// Shortest and longest time from application to license: 0 to 104 whole weeks.
            delay: At<(At<Weeks>, At<Weeks>)>,
            /// Most that is licensed, in each stage.
            capacity: At<TonnesPerYear>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<ExportLicense> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let (shortest, longest) = &self.delay.value;
            let delay = whole_weeks(shortest, 0..=104, cx).zip(whole_weeks(longest, 0..=104, cx));
            if delay.is_some_and(|(shortest, longest)| shortest > longest) {
                cx.error_at(
                    &self.delay.origin,
                    "the shortest delay is longer than the longest",
                    "write the shorter one first",
                );
                return None;
            }
            let mineral = names.mineral(&self.mineral, cx)?;
            let markets = names.stages(mineral, &self.stages, cx);
            let capacity_per_year = exact(&self.capacity, names.quantum(mineral), cx);
            Some(ExportLicense {
                window: window?,
                markets: markets?,
                delay_weeks: delay?,
                capacity_per_year: capacity_per_year?,
            })
        }
    }
}
