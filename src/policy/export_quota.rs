//! Export quota: a tonnage over the time in force, dealt out in equal slices. Of several, the tightest holds. Lever B1.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::calendar::Week;
use crate::market::Markets;
use crate::model::Model;
use crate::setup::MarketIx;
use crate::step::{Clock, Phase};
use crate::terms::{Horizon, Terms};
use crate::units::{Mass, Ppm};

/// A quota on exports of one market.
#[derive(Component, Debug, Clone)]
#[require(Slices)]
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
    /// The nation's producers for the market, mines or plants, by their mean sales of the past year.
    Producers,
    /// The nation's treasury, as if it auctioned the rights.
    Treasury,
}

/// Slices not yet shipped, oldest first, each with the week it was dealt out.
#[derive(Component, Debug, Clone, Default)]
pub struct Slices(Vec<(Week, Mass)>);

impl crate::digest::Digestible for Slices {
    fn digest(&self, digest: &mut crate::digest::Digest) {
        digest.add(&self.0);
    }
}

impl ExportQuota {
    /// The slice of a week in force: cumulative shares of the amount, rounded down, so that the slices sum to it.
    #[must_use]
    pub fn slice(&self, week: Week) -> Mass {
        let weeks = self.window.until.map_or(1, |until| until.saturating_sub(self.window.in_force)).max(1);
        let dealt = |after: Week| Mass((i128::from(self.amount.0) * i128::from(after) / i128::from(weeks)) as i64);
        let place = week - self.window.in_force;
        dealt(place + 1) - dealt(place)
    }
}

impl Slices {
    /// Deals out a slice and drops what is older than the carry-over.
    fn deal(&mut self, week: Week, slice: Mass, carry_over: Week) {
        self.0.retain(|(dealt, _)| week - dealt <= carry_over);
        self.0.push((week, slice));
    }

    fn left(&self) -> Mass {
        self.0.iter().map(|(_, left)| *left).sum()
    }

    /// Uses up what was shipped, oldest slice first.
    fn use_up(&mut self, mut shipped: Mass) {
        for (_, left) in &mut self.0 {
            let used = shipped.min(*left);
            *left -= used;
            shipped -= used;
        }
    }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.digests::<Slices>();
    model.add(Phase::Decree, apply);
    model.add(Phase::Observe, use_up);
}

fn apply(
    clock: Res<Clock>,
    horizon: Res<Horizon>,
    mut terms: ResMut<Terms>,
    mut quotas: Query<(&Decree, &ExportQuota, &mut Slices)>,
) {
    let week = clock.week;
    for (decree, quota, mut slices) in quotas.iter_mut().filter(|(_, quota, _)| quota.window.known(week)) {
        let exports = terms.market_mut(quota.market).exports_mut(decree.region);
        if quota.window.binds(week) {
            slices.deal(week, quota.slice(week), quota.carry_over_weeks);
            if exports.cap(slices.left()) {
                (exports.strategic, exports.holder) = (quota.strategic, quota.holder);
            }
        }
        let horizon = horizon.of(quota.market);
        for ahead in (0..horizon).filter(|ahead| quota.window.binds(week + ahead)) {
            let shippable = if ahead == 0 { slices.left() } else { quota.slice(week + ahead) };
            exports.cap_ahead(horizon as usize, ahead as usize, shippable);
        }
    }
}

fn use_up(clock: Res<Clock>, markets: Res<Markets>, mut quotas: Query<(&Decree, &ExportQuota, &mut Slices)>) {
    for (decree, quota, mut slices) in quotas.iter_mut().filter(|(_, quota, _)| quota.window.binds(clock.week)) {
        slices.use_up(markets[quota.market].declared_from(decree.region));
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::{ExportQuota, QuotaHolder};
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window_in_run;
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
            /// The nation's producers for the market, mines or plants, by their mean sales of the past year.
            Producers,
            /// The nation's treasury, as if it auctioned the rights.
            Treasury,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<ExportQuota> {
            let border = names.border(nation, &self.mineral, cx);
            let window = window_in_run(&self.announced, &self.in_force, Some(&self.until), names, cx);
            let carry_over_weeks = whole_weeks(&self.carry_over, 0..=104, cx);
            let strategic = ppm(&self.strategic, cx);
            let mineral = names.mineral(&self.mineral, cx)?;
            let market = names.market(mineral, &self.stage, cx);
            let amount = exact(&self.amount, names.quantum(mineral), cx);
            let holder = match self.holder {
                Holder::Producers => QuotaHolder::Producers,
                Holder::Treasury => QuotaHolder::Treasury,
            };
            border?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(amount: i64, weeks: Week) -> ExportQuota {
        let window = Window { announced: 0, in_force: 10, until: Some(10 + weeks) };
        let (strategic, holder) = (Ppm(0), QuotaHolder::Treasury);
        ExportQuota { window, market: 0, amount: Mass(amount), carry_over_weeks: 1, strategic, holder }
    }

    #[test]
    fn slices_sum_to_the_amount() {
        let quota = quota(100, 7);
        let slices: Vec<i64> = (10..17).map(|week| quota.slice(week).0).collect();
        assert_eq!(slices.iter().sum::<i64>(), 100);
        assert!(slices.iter().all(|slice| (14..=15).contains(slice)));
    }

    #[test]
    fn an_unused_slice_lapses_after_the_carry_over() {
        let mut slices = Slices::default();
        slices.deal(10, Mass(10), 1);
        slices.deal(11, Mass(10), 1);
        assert_eq!(slices.left(), Mass(20));
        slices.use_up(Mass(12));
        slices.deal(12, Mass(10), 1);
        assert_eq!(slices.left(), Mass(18), "ten lapsed slots were already shipped, eight are carried over");
        slices.deal(13, Mass(10), 1);
        assert_eq!(slices.left(), Mass(20));
    }
}
