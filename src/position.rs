//! What a nation's position in a mineral is: what it mines, refines, uses and holds, and on whom it depends.
//!
//! A [`Tally`] adds a model's weeks up without touching it; [`positions`] turns it into one [`Position`] per nation and
//! mineral. No agent reads it but for the list of critical minerals, for which an emergency plan may wait.

pub mod rules;
mod tally;

pub use rules::{Class, Rule, StageFlow};
pub use tally::{Holdings, StageTotals, Tally};

use crate::outcome::concentration;
use crate::setup::{MineralIx, NationIx, Setup};

/// A nation's position in a mineral over some weeks. Masses are quanta of contained metal; flows are quanta a year.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// Nation.
    pub nation: NationIx,
    /// Mineral.
    pub mineral: MineralIx,
    /// Output of its mines.
    pub mined: f64,
    /// Output of stages that sectors use, less what of them is processed further: each tonne counts once.
    pub refined: f64,
    /// Output of its recyclers, which is within what is refined where sectors use it.
    pub recycled: f64,
    /// What its sectors would use at opening prices.
    pub required: f64,
    /// Use of its sectors.
    pub used: f64,
    /// Ore reserves left in the ground of its mines.
    pub ore_reserve: f64,
    /// Output of mines in other nations that its firms own.
    pub owned_abroad: f64,
    /// Stocks of its firms and reserves of stages that sectors use.
    pub stock: f64,
    /// Share of the world's mine output.
    pub mining_share: f64,
    /// Share of the world's refined output.
    pub refining_share: f64,
    /// Share of the world's ore reserves.
    pub reserve_share: f64,
    /// Concentration of what enters the nation by where it comes from, 0 to 10,000: own mines and recyclers, and imports of any stage
    /// by region of origin; nothing when nothing enters.
    pub sources: Option<f64>,
    /// USGS net import reliance of refined metal: 1 − refined / used, not below 0; nothing without use.
    pub import_reliance: Option<f64>,
    /// Share of what it uses or, where no sector does, processes that was mined abroad; nothing when it does neither.
    pub mined_abroad: Option<f64>,
    /// Mean price that its region's buyers paid for stages that sectors use, in cents per 1,000 quanta.
    pub price: Option<f64>,
    /// Class of its position; nothing when it neither mines, refines nor uses.
    pub class: Option<Class>,
}

impl Position {
    /// Years that the ore reserve lasts at this output; nothing without output.
    #[must_use]
    pub fn reserve_life(&self) -> Option<f64> {
        (self.mined > 0.0).then(|| self.ore_reserve / self.mined)
    }

    /// Recycled metal over use; nothing without use.
    #[must_use]
    pub fn recycled_share(&self) -> Option<f64> {
        (self.used > 0.0).then(|| self.recycled / self.used)
    }

    /// Weeks of use in stock; nothing without use.
    #[must_use]
    pub fn cover_weeks(&self) -> Option<f64> {
        (self.used > 0.0).then(|| self.stock / self.used * crate::units::WEEKS_PER_YEAR)
    }
}

/// The world's concentration in a mineral, 0 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Concentration {
    /// Of mining by nation.
    pub mining: Option<f64>,
    /// Of refining by nation.
    pub refining: Option<f64>,
}

/// Positions of all nations in a mineral, in order of nation, and the world's concentration.
#[must_use]
pub fn positions(
    setup: &Setup,
    tally: &Tally,
    holdings: &Holdings,
    mineral: MineralIx,
) -> (Vec<Position>, Concentration) {
    let nations = 0..setup.nations.len();
    let flows: Vec<Vec<StageFlow>> = nations.clone().map(|nation| tally.stages(setup, nation, mineral)).collect();
    let mined: Vec<f64> = flows.iter().map(|stages| stages.iter().map(|stage| stage.mined).sum()).collect();
    let refined: Vec<f64> =
        nations.clone().map(|nation| tally.refined(setup, nation, mineral, &flows[nation])).collect();
    let reserves: Vec<f64> = nations.clone().map(|nation| holdings.ore_reserve(setup, nation, mineral)).collect();
    let share = |amounts: &[f64], nation: usize| {
        let total: f64 = amounts.iter().sum();
        if total > 0.0 { amounts[nation] / total } else { 0.0 }
    };
    let position = |nation: NationIx| {
        let stages = &flows[nation];
        let used: f64 = stages.iter().map(|stage| stage.used).sum();
        let recycled: f64 = stages.iter().map(|stage| stage.recycled).sum();
        let import_reliance = rules::net_import_reliance(refined[nation], used);
        let (mined_abroad, mined_at_home) = (rules::mined_abroad(stages), rules::mined_at_home(stages));
        let (mining_share, refining_share) = (share(&mined, nation), share(&refined, nation));
        let there = mined[nation] > 0.0 || refined[nation] > 0.0 || used > 0.0;
        let class = there.then(|| setup.position_rule.class(mining_share, refining_share, mined_abroad, mined_at_home));
        Position {
            nation,
            mineral,
            mined: mined[nation],
            refined: refined[nation],
            recycled,
            required: tally.required(setup, nation, mineral),
            used,
            ore_reserve: reserves[nation],
            owned_abroad: tally.owned_abroad(setup, nation, mineral),
            stock: holdings.stock(setup, nation, mineral),
            mining_share,
            refining_share,
            reserve_share: share(&reserves, nation),
            sources: concentration(&tally.sources(setup, nation, mineral, mined[nation] + recycled)),
            import_reliance,
            mined_abroad,
            price: tally.price_paid(setup, nation, mineral),
            class,
        }
    };
    let all = nations.map(position).collect();
    (all, Concentration { mining: concentration(&mined), refining: concentration(&refined) })
}
