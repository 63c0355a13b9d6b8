//! Nationalization: the state takes a share of the named mines against compensation, and they lose output. Lever B2.

use super::Window;
use crate::units::Ppm;

/// A taking of mines.
#[derive(Debug, Clone)]
pub struct Nationalization {
    /// When it is known and takes place.
    pub window: Window,
    /// Indices into [`crate::setup::Setup::mines`] of the mines taken.
    pub mines: Vec<usize>,
    /// Share of the owner's margin that the treasury takes from then on.
    pub share: Ppm,
    /// Share of the taken value that is paid to the owner.
    pub compensation: Ppm,
    /// Share of output lost under the new management.
    pub efficiency_loss: f64,
}

/// The policy as a file writes it.
pub mod written {
    use super::Nationalization;
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, ppm};

    record! {
        /// The state takes a share of the named mines against compensation, and they lose output.
        pub struct Written as "Nationalization" {
            /// Day from which agents reckon with it.
            announced: At<Date>,
            /// Day on which it takes place.
            in_force: At<Date>,
            /// Mines of the nation that it takes.
            mines: At<Vec<Ref<reference::Mine>>>,
            /// Share of the owner's margin that the treasury takes from then on.
            share: At<Share>,
            /// Share of the taken value that is paid to the owner.
            compensation: At<Share>,
            /// Share of output lost under the new management.
            efficiency_loss: Share,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<Nationalization> {
            let window = window(&self.announced, &self.in_force, None, names, cx);
            let (share, compensation) = (ppm(&self.share, cx), ppm(&self.compensation, cx));
            if self.mines.is_empty() {
                cx.error_at(&self.mines.origin, "no mine is named", "name at least one mine");
                return None;
            }
            let mut mines = Vec::new();
            for name in self.mines.iter() {
                let mine = names.mine(name, cx)?;
                if names.mines[mine].1.is_some_and(|lies_in| lies_in != nation) {
                    let what = format!("\"{}\" does not lie in \"{}\"", name.value, names.nations[nation]);
                    cx.error_at(&name.origin, what, "name mines of the nation that decrees");
                    return None;
                }
                if mines.contains(&mine) {
                    cx.error_at(&name.origin, format!("\"{}\" is named twice", name.value), "name each mine once");
                    return None;
                }
                mines.push(mine);
            }
            mines.sort_unstable();
            Some(Nationalization {
                window: window?,
                mines,
                share: share?,
                compensation: compensation?,
                efficiency_loss: self.efficiency_loss.number(),
            })
        }
    }
}
