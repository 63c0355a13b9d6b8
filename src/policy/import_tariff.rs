//! Import tariff: a share of last week's price at home, paid on what comes in. Lever C1.

use super::Window;
use crate::setup::{MarketIx, NationIx};
use crate::units::Ppm;

/// A tariff on imports.
#[derive(Debug, Clone)]
pub struct ImportTariff {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it burdens.
    pub markets: Vec<MarketIx>,
    /// Share of the customs value.
    pub rate: Ppm,
    /// Nations whose goods pay it; empty means all.
    pub origins: Vec<NationIx>,
}

/// The policy as a file writes it.
pub mod written {
    use super::ImportTariff;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::Share;
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, ppm};

    record! {
        /// Whoever brings in pays a share of last week's price at home.
        pub struct Written as "ImportTariff" {
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
            /// Share of the customs value.
            rate: At<Share>,
            /// Nations whose goods pay it; none named means all.
            origins: Vec<Ref<reference::Nation>> = "[]",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<ImportTariff> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let markets = names.mineral(&self.mineral, cx).and_then(|mineral| names.stages(mineral, &self.stages, cx));
            let rate = ppm(&self.rate, cx);
            let origins: Vec<_> = self.origins.iter().map(|origin| names.nation(origin, cx)).collect();
            let origins: Option<Vec<NationIx>> = origins.into_iter().collect();
            Some(ImportTariff { window: window?, markets: markets?, rate: rate?, origins: origins? })
        }
    }
}
