//! `warnings`: what each watch saw, the level at which it warned, and whether the nation was short.

use super::{Observer, Sheet, ids};
use crate::model::Model;
use crate::setup::Setup;
use crate::setup::watch::Figure;
use crate::watch::Warnings as Watches;

pub(super) struct Warnings;

impl Warnings {
    pub(super) const fn new(_: &Setup) -> Self {
        Self
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let columns = [
            "score",
            "level",
            "unmet_share",
            "short",
            "price_seen",
            "cover_seen_weeks",
            "concentration_seen",
            "host_risk_seen",
            "decoupling_seen",
            "flows_seen",
        ];
        Sheet::new(name, vec![("watch", ids(&setup.watches, |watch| &watch.id))], &columns)
    }
}

impl Observer for Warnings {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        for (index, outpost) in model.world().resource::<Watches>().watches.iter().enumerate() {
            let seen = |figure| outpost.sees(figure).unwrap_or(0.0);
            let reals = [
                outpost.score,
                f64::from(outpost.level),
                outpost.unmet,
                f64::from(u8::from(outpost.short)),
                seen(Figure::Price),
                seen(Figure::Cover),
                seen(Figure::Concentration),
                seen(Figure::HostRisk),
                seen(Figure::Decoupling),
                seen(Figure::Flows),
            ];
            sheet.row([index], reals);
        }
    }
}
