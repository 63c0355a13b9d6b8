//! `agencies`: what reserve agencies aimed at, saw, paid and were paid for besides metal, and what audits found.

use super::{Observer, Sheet, ids};
use crate::agent::Agent;
use crate::ledger::{Ledger, Slot};
use crate::model::Model;
use crate::reserve::Reserve;
use crate::setup::Setup;
use crate::units::{Mass, Quantum};

pub(super) struct Agencies(Vec<Quantum>);

impl Agencies {
    pub(super) fn new(setup: &Setup) -> Self {
        Self(setup.reserves.iter().map(|reserve| setup.mineral_of(reserve.market).quantum).collect())
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let reserve = ("reserve", ids(&setup.reserves, |reserve| &reserve.id));
        let columns = [
            "aim_t",
            "alarm",
            "gap_share",
            "unmet_share",
            "kept_for_usd",
            "carriage_usd",
            "fees_usd",
            "support_usd",
            "rotated_t",
            "fresh_share",
            "audit_index",
            "response_weeks",
            "figure_t",
            "bonds_sold_usd",
            "distressed",
            "bankrupt",
            "size_learned",
        ];
        Sheet::new(name, vec![reserve], &columns)
    }
}

impl Observer for Agencies {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let ledger = model.world().resource::<Ledger>();
        model.each::<(&Agent, &Reserve)>(|(agent, reserve)| {
            let tonnes = |mass: Mass| self.0[reserve.index].tonnes(mass);
            let yes = |is: bool| f64::from(u8::from(is));
            let held = ledger.mass(agent.account, Slot::Store);
            let (week, scene, aging, standing) = (&reserve.week, &reserve.scene, &reserve.aging, &reserve.standing);
            let reals = [
                tonnes(reserve.aim),
                yes(scene.alarm),
                scene.gap.unwrap_or(0.0),
                scene.unmet,
                week.kept_for.currency(),
                week.carriage.currency(),
                week.fees.currency(),
                week.support.currency(),
                tonnes(week.rotated),
                aging.quality(held),
                reserve.audit_index(held),
                aging.response,
                tonnes(reserve.figure),
                standing.bonds_sold.currency(),
                yes(standing.distressed),
                yes(standing.bankrupt),
                reserve.learned.size,
            ];
            sheet.row([reserve.index], reals);
        });
    }
}
