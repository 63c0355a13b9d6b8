//! `nations`: what each treasury took in, the rent that its producers kept, and what programs cost.

use super::{Observer, Sheet, ids};
use crate::model::Model;
use crate::nation::Treasuries;
use crate::setup::Setup;

pub(super) struct Nations;

impl Nations {
    pub(super) const fn new(_setup: &Setup) -> Self {
        Self
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let nation = ("nation", ids(&setup.nations, |nation| &nation.id));
        let reals = [
            "royalty_usd",
            "duty_usd",
            "tariff_usd",
            "rent_usd",
            "producer_rent_usd",
            "state_margin_usd",
            "programs_usd",
        ];
        Sheet::new(name, vec![nation], &reals)
    }
}

impl Observer for Nations {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        for (nation, treasury) in model.world().resource::<Treasuries>().all().enumerate() {
            let money = [
                treasury.royalty,
                treasury.duty,
                treasury.tariff,
                treasury.rent,
                treasury.producer_rent,
                treasury.margin,
                treasury.programs,
            ];
            sheet.row([nation], money.map(crate::units::Money::currency));
        }
    }
}
