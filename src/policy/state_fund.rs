//! State fund: it leans against a contract's price with a budget of its own, beside the rules of lever F6.
//!
//! With x how far the active month stands from its mean of 52 weeks it means to hold
//!
//! n = −sign(x)·min(1, (|x| − θ)/θ)·s·OI beyond the threshold θ, and nothing within,
//!
//! at most a share s of the active month's open interest OI, and only lots whose margin is half of what it has. It can lose all.

use std::collections::VecDeque;

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::digest::{Digest, Digestible};
use crate::futures::program::{Seat, desk_of};
use crate::futures::{Desk, Futures};
use crate::ledger::Ledger;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::setup::exchange::ContractIx;
use crate::step::Clock;
use crate::units::{Money, Ppm};

/// Weeks of the mean.
const WEEKS: usize = 52;

/// Wealth over margin that it keeps.
const RESERVE: i64 = 2;

/// A state fund.
#[derive(Component, Debug, Clone)]
#[require(Memory)]
pub struct StateFund {
    /// When it is known and trades.
    pub window: Window,
    /// What it trades.
    pub contract: ContractIx,
    /// What the treasury gives it at the beginning; what is left comes back at the end.
    pub budget: Money,
    /// θ: distance from the mean beyond which it trades, share of the mean.
    pub threshold: f64,
    /// s: most that it holds of the active month's open interest.
    pub share: Ppm,
}

/// Prices of the active month in the weeks before, latest last.
#[derive(Component, Debug, Clone, Default)]
pub struct Memory(VecDeque<f64>);

impl Digestible for Memory {
    fn digest(&self, digest: &mut Digest) {
        self.0.iter().for_each(|price| digest.add(price));
    }
}

impl Memory {
    /// How far a price stands from the mean of the weeks before it, which it then joins.
    fn distance(&mut self, price: f64) -> f64 {
        let mean = self.0.iter().sum::<f64>() / self.0.len().max(1) as f64;
        let distance = if self.0.is_empty() { 0.0 } else { price / mean - 1.0 };
        self.0.push_back(price);
        if self.0.len() > WEEKS {
            self.0.pop_front();
        }
        distance
    }
}

/// Part of the most that a fund may hold which it means to hold at a distance from the mean; negative when short.
#[must_use]
pub fn leaning(distance: f64, threshold: f64) -> f64 {
    -distance.signum() * ((distance.abs() - threshold) / threshold).clamp(0.0, 1.0)
}

/// Adds the policy to the step; its desk trades with the others.
pub(crate) fn plugin(model: &mut Model) {
    model.digests::<Memory>();
}

/// The fund gets its budget, sets what it means to hold, and gives back what is left.
pub(crate) fn lean(
    clock: Res<Clock>,
    futures: Res<Futures>,
    mut treasuries: ResMut<Treasuries>,
    mut ledger: ResMut<Ledger>,
    mut funds: Query<(&Decree, &StateFund, &mut Memory)>,
    mut desks: Query<&mut Desk>,
) {
    for (decree, fund, mut memory) in &mut funds {
        let mut desk = desk_of(&mut desks, decree.key);
        if fund.window.begins() == clock.week {
            treasuries.spend(decree.nation, desk.account, fund.budget, &mut ledger);
        }
        let seat = Seat::of(&desk, &futures, &ledger);
        let over = fund.window.until.is_some_and(|end| end <= clock.week);
        if over && seat.held() == 0 {
            treasuries.collect(decree.nation, desk.account, seat.cash.or_zero(), &mut ledger);
        }
        let mut target = 0;
        if !seat.pit.is_empty() {
            let distance = memory.distance(seat.pit.quote(seat.pit.active).price);
            if fund.window.binds(clock.week) {
                let most = fund.share.of(seat.open_interest()).min(seat.margined(RESERVE));
                target = (leaning(distance, fund.threshold) * most as f64) as i64;
            }
        }
        desk.aim(target);
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::StateFund;
    use crate::calendar::Date;
    use crate::policy::window_in_run;
    use crate::setup::NationIx;
    use crate::units::Quantum;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, Usd};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, above_0, exact_above_0, ppm};

    /// Most of the open interest that a fund may hold.
    const MOST: f64 = 0.1;

    record! {
        /// A fund of the nation's treasury leans against a contract's price: it buys the active month when this stands below its mean of 52
        /// weeks, and sells it when above. It may lose its budget.
        pub struct Written as "StateFund" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day on which it gets its budget and begins.
            in_force: At<Date>,
            /// Day from which it closes what it holds and gives back what is left; without one it goes on.
            until: Option<At<Date>>,
            /// Contract, on any exchange that is open to the nation.
            contract: Ref<reference::Contract>,
            /// What it has to lose; above 0.
            budget: At<Usd>,
            /// Distance from the mean, as a share of it, from which it trades; at twice that it holds all that it may. Above 0.
            threshold: At<Share>,
            /// Most that it holds of the active month's open interest: above 0, at most Share(0.1).
            share: At<Share>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<StateFund> {
            let window = window_in_run(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let contract = names.contract(&self.contract, cx);
            let budget = exact_above_0(&self.budget, Quantum::Kilogram, cx);
            let threshold = above_0(&self.threshold, cx);
            let share = above_0(&self.share, cx).and_then(|_| ppm(&self.share, cx));
            if self.share.number() > MOST {
                let what = format!("a fund with {} of the open interest would be the market", self.share.number());
                cx.error_at(&self.share.origin, what, format!("write at most Share({MOST})"));
                return None;
            }
            Some(StateFund {
                window: window?,
                contract: contract?,
                budget: budget?,
                threshold: threshold?,
                share: share?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fund_leans_the_more_the_farther_the_price_is_and_not_within_the_threshold() {
        for (distance, part) in [(0.05, 0.0), (0.1, 0.0), (0.15, -0.5), (0.2, -1.0), (0.9, -1.0), (-0.15, 0.5)] {
            assert!((leaning(distance, 0.1) - part).abs() < 1e-12, "{distance}");
        }
    }

    #[test]
    fn the_mean_is_of_the_last_year() {
        let mut memory = Memory::default();
        assert!(memory.distance(100.0).abs() < 1e-12, "there is no mean yet");
        assert!((memory.distance(150.0) - 0.5).abs() < 1e-12);
        assert!((memory.distance(100.0) + 0.2).abs() < 1e-12, "the mean of 100 and 150 is 125");
        for _week in 0..WEEKS {
            memory.distance(80.0);
        }
        assert!((memory.distance(88.0) - 0.1).abs() < 1e-12, "older weeks are forgotten");
    }
}
