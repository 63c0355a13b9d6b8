//! Mining technology: better recovery and lower cost for low-grade or co-product ore, phased in. Lever D2.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::agent::Agent;
use crate::calendar::Week;
use crate::ledger::{Ledger, OUTSIDE};
use crate::market::Markets;
use crate::mine::Mine;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::seller::Seller;
use crate::setup::MineralIx;
use crate::step::{Clock, Phase};
use crate::terms::Terms;
use crate::units::{Money, Price};

/// A technology that spreads over a nation's mines.
#[derive(Component, Debug, Clone)]
pub struct MiningTechnology {
    /// When it is known and begins to spread.
    pub window: Window,
    /// Mineral.
    pub mineral: MineralIx,
    /// Mines that can use it.
    pub ores: Ores,
    /// Rise of recovery once it has spread, as a share of it.
    pub recovery_gain: f64,
    /// Fall of unit cost once it has spread.
    pub cost_cut: f64,
    /// Weeks over which it spreads.
    pub phase_in_weeks: Week,
    /// What the treasury spends in all while it spreads.
    pub spend: Money,
}

/// Mines that can use a technology.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ores {
    /// All of them.
    All,
    /// Those that dig the metal along with another.
    CoProducts,
    /// Those whose unit cost, without it, is above a price: low-grade ore.
    CostAbove(Price),
}

impl MiningTechnology {
    /// Share that has spread in a week.
    #[must_use]
    pub fn spread(&self, week: Week) -> f64 {
        let weeks = (week + 1).saturating_sub(self.window.begins());
        (f64::from(weeks) / f64::from(self.phase_in_weeks)).min(1.0)
    }

    /// What the treasury pays in a week: equal parts that sum to the whole.
    #[must_use]
    pub fn payment(&self, week: Week) -> Money {
        let until = |weeks: Week| {
            let part = i128::from(self.spend.0) * i128::from(weeks.min(self.phase_in_weeks));
            (part / i128::from(self.phase_in_weeks)) as i64
        };
        let weeks = week.saturating_sub(self.window.begins());
        Money(until(weeks + 1) - until(weeks))
    }

    fn suits(&self, mine: &Mine) -> bool {
        match self.ores {
            Ores::All => true,
            Ores::CoProducts => mine.host.is_some(),
            Ores::CostAbove(price) => mine.cash_cost.real() * mine.grade_cost > price.real(),
        }
    }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(
    clock: Res<Clock>,
    markets: Res<Markets>,
    mut terms: ResMut<Terms>,
    mut treasuries: ResMut<Treasuries>,
    mut ledger: ResMut<Ledger>,
    technologies: Query<(&Decree, &MiningTechnology)>,
    mines: Query<(&Agent, &Mine, &Seller)>,
) {
    for (decree, policy) in technologies.iter().filter(|(_, policy)| policy.window.binds(clock.week)) {
        treasuries.spend(decree.nation, OUTSIDE, policy.payment(clock.week), &mut ledger);
        let spread = policy.spread(clock.week);
        for (agent, mine, seller) in &mines {
            let own = agent.nation == decree.nation && markets[seller.market].mineral == policy.mineral;
            if own && policy.suits(mine) {
                let terms = &mut terms.mines[mine.index];
                terms.recovery *= 1.0 + policy.recovery_gain * spread;
                terms.cost *= 1.0 - policy.cost_cut * spread;
            }
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::{MiningTechnology, Ores};
    use crate::calendar::Date;
    use crate::policy::window_in_run;
    use crate::setup::NationIx;
    use crate::units::Quantum;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, Usd, UsdPerTonne, Weeks};
    use crate::world_file::record::{choice, record};
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact, whole_weeks};

    record! {
        /// A technology for low-grade or co-product ore spreads over the nation's mines of a metal.
        pub struct Written as "MiningTechnology" {
            /// Day on which it is made known; nobody acts on it before it spreads.
            announced: At<Date>,
            /// Day from which it spreads.
            in_force: At<Date>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Mines that can use it.
            ores: WrittenOres = "All",
            /// Rise of recovery once it has spread, as a share of it: 0.1 makes 0.77 of 0.70. Recovery ends at 1.
            recovery_gain: Share,
            /// Fall of unit cost once it has spread.
            cost_cut: Share,
            /// Time over which it spreads: 1 to 1040 whole weeks.
            phase_in: At<Weeks>,
            /// What the treasury spends in all while it spreads.
            spend: At<Usd> = "Usd(0)",
        }
    }

    choice! {
        /// Mines that can use a technology.
        pub enum WrittenOres as "a kind of ore" {
            /// All.
            All,
            /// Those that dig the metal along with another.
            CoProducts,
            /// Those whose unit cost is above this: low-grade ore.
            CostAbove(At<UsdPerTonne>),
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<MiningTechnology> {
            let window = window_in_run(&self.announced, &self.in_force, None, names, cx);
            let phase_in = whole_weeks(&self.phase_in, 1..=1_040, cx);
            let spend = exact(&self.spend, Quantum::Kilogram, cx);
            let mineral = names.mineral(&self.mineral, cx)?;
            let ores = match &self.ores {
                WrittenOres::All => Some(Ores::All),
                WrittenOres::CoProducts => Some(Ores::CoProducts),
                WrittenOres::CostAbove(price) => exact(price, names.quantum(mineral), cx).map(Ores::CostAbove),
            };
            Some(MiningTechnology {
                window: window?,
                mineral,
                ores: ores?,
                recovery_gain: self.recovery_gain.number(),
                cost_cut: self.cost_cut.number(),
                phase_in_weeks: phase_in?,
                spend: spend?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_spreads_evenly_and_is_paid_for_exactly() {
        let policy = MiningTechnology {
            window: Window { announced: 5, in_force: 10, until: None },
            mineral: 0,
            ores: Ores::All,
            recovery_gain: 0.1,
            cost_cut: 0.2,
            phase_in_weeks: 7,
            spend: Money(100),
        };
        let spread = [10, 12, 16, 40].map(|week| policy.spread(week) * 7.0);
        for (found, sevenths) in spread.iter().zip([1.0, 3.0, 7.0, 7.0]) {
            assert!((found - sevenths).abs() < 1e-12);
        }
        let payments: Vec<i64> = (10..20).map(|week| policy.payment(week).0).collect();
        assert_eq!(payments, [14, 14, 14, 15, 14, 14, 15, 0, 0, 0]);
    }
}
