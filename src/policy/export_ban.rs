//! Export ban: nothing of the named stages leaves the nation. Metal already under way arrives. Lever B1.

use super::Window;
use crate::setup::MarketIx;

/// A ban on exports.
#[derive(Debug, Clone)]
pub struct ExportBan {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it closes.
    pub markets: Vec<MarketIx>,
}

/// The policy as a file writes it.
pub mod written {
    use super::ExportBan;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::Names;

    record! {
        /// Nothing of the named stages leaves the nation; metal already under way arrives.
        pub struct Written as "ExportBan" {
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
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<ExportBan> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let markets = names.mineral(&self.mineral, cx).and_then(|mineral| names.stages(mineral, &self.stages, cx));
            Some(ExportBan { window: window?, markets: markets? })
        }
    }
}
