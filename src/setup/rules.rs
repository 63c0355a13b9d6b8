//! Rules of conduct: how a kind of mine, plant, sector or merchant behaves. Worlds name them and agents share them.

use super::curves::{Forecast, Spot, Supply};
use super::demand::DemandRule;
use super::exchange::{CarryTrade, Hedge};
use super::{Depletion, Exploration};

/// How a kind of mine behaves.
#[derive(Debug, Clone, Copy)]
pub struct MineRule {
    /// How it sells.
    pub selling: Selling,
    /// What interrupts it.
    pub outage: Outage,
    /// Percent of recovery per percent of price against the long run.
    pub recovery_elasticity: f64,
    /// Weeks of full output that fit its store; beyond, a by-product is left in the tailings and any other mine stops.
    pub store_weeks: f64,
    /// When it shuts and reopens; by-products of a paying host never shut.
    pub care: Option<Care>,
    /// What its output follows.
    pub supply: Supply,
    /// How grade falls and cost rises as it is dug.
    pub depletion: Option<Depletion>,
    /// How it turns resource into ore reserve.
    pub exploration: Option<Exploration>,
    /// What it sells forward on an exchange.
    pub hedging: Option<Hedge>,
}

/// How a producer offers what it has: see [`crate::seller`].
#[derive(Debug, Clone, Copy)]
pub struct Selling {
    /// Share of the week's output offered near cost.
    pub core: f64,
    /// That offer's price against the last price, unless cost is higher.
    pub core_price: f64,
    /// Top of the ladder against the last price.
    pub reach: f64,
    /// Steps of the ladder for the rest.
    pub steps: u32,
    /// Weeks ahead of which it values stock that it keeps.
    pub holding_weeks: f64,
    /// Interest on stock held, per year.
    pub interest: f64,
    /// Bottom and top of the ladder for old stock against its carry value; the first offer is a step above the bottom.
    pub stock: (f64, f64),
}

/// Random interruptions: a Poisson arrival, an exponential depth (at most 1) and an exponential length.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    /// Interruptions per year.
    pub per_year: f64,
    /// Mean share of output lost.
    pub depth: f64,
    /// Mean weeks.
    pub weeks: f64,
}

/// Care and maintenance with hysteresis.
#[derive(Debug, Clone, Copy)]
pub struct Care {
    /// Shuts when the mean net price has been below (1 − this) of cash cost …
    pub close_below: f64,
    /// … for so many weeks,
    pub patience_weeks: u32,
    /// and reopens above (1 + this) of it,
    pub reopen_above: f64,
    /// so many weeks later.
    pub restart_weeks: u32,
    /// Upkeep while shut, as a share of the cash cost of full output.
    pub upkeep: f64,
    /// Cost of shutting, as a share of a year's cash cost of full output.
    pub closing_cost: f64,
    /// Cost of reopening, as a share of a year's cash cost of full output.
    pub reopening_cost: f64,
}

/// How a kind of processor behaves: see [`crate::plant`].
#[derive(Debug, Clone, Copy)]
pub struct PlantRule {
    /// Utilization at the normal margin.
    pub normal_utilization: f64,
    /// Lowest utilization that keeps it running.
    pub minimum_utilization: f64,
    /// Change of utilization per relative change of margin.
    pub margin_gain: f64,
    /// Largest change of utilization in a week.
    pub ramp_per_week: f64,
    /// Margin that pays for the plant, as a share of the product's price.
    pub normal_margin: f64,
    /// Weeks below the minimum before it shuts.
    pub patience_weeks: u32,
    /// Weeks that metal stays in process.
    pub process_weeks: u32,
    /// Weeks of full output that fit its store; beyond, it feeds only what finds room.
    pub store_weeks: f64,
    /// How it buys.
    pub buying: Buying,
    /// How it sells.
    pub selling: Selling,
    /// Credit line in weeks of feed at full use and opening price.
    pub credit_weeks: f64,
    /// What it sells or buys forward on an exchange.
    pub hedging: Option<Hedge>,
}

/// The base-stock buyer's newsvendor ladder: see [`crate::buyer`].
#[derive(Debug, Clone, Copy)]
pub struct Buying {
    /// Weeks between reviews, added to the lead time.
    pub review_weeks: f64,
    /// Weeks over which it averages what it needs: orders for a long way ahead do not follow every week's whim.
    pub forecast_weeks: f64,
    /// Standard deviation of a week's need, as a share of it.
    pub need_sd: f64,
    /// Weeks ahead of which a unit is valued.
    pub horizon_weeks: f64,
    /// Value of not running out, as a share of the price.
    pub stockout_value: f64,
    /// Most that it buys in a week, as a multiple of a week's need.
    pub most: f64,
    /// Interest on stock held, per year.
    pub interest: f64,
}

/// How a kind of sector behaves: see [`crate::sector`].
#[derive(Debug, Clone, Copy)]
pub struct SectorRule {
    /// Short-run price elasticity of use, positive.
    pub short_run_elasticity: f64,
    /// Long-run price elasticity of use, positive.
    pub long_run_elasticity: f64,
    /// Years over which use adjusts from the one to the other.
    pub adjustment_years: f64,
    /// Price, against the opening price, at which half of the use has shut down.
    pub choke: f64,
    /// Spread of the shutdown in log price.
    pub choke_spread: f64,
    /// Buys along its demand curve and uses what it buys, instead of holding stock.
    pub spot: Option<Spot>,
    /// Standard deviation of the weekly shock to log use.
    pub shock_sd: f64,
    /// Share of a shock that remains a week later.
    pub shock_persistence: f64,
    /// What use answers besides the price of the week.
    pub demand: DemandRule,
    /// How it buys.
    pub buying: Buying,
    /// What it buys forward on an exchange.
    pub hedging: Option<Hedge>,
}

/// How a kind of merchant behaves.
#[derive(Debug, Clone, Copy)]
pub struct MerchantRule {
    /// Interest per year.
    pub interest: f64,
    /// Weeks ahead of which it values a tonne.
    pub horizon_weeks: f64,
    /// Half of the gap between what it bids and asks, as a share of value.
    pub spread: f64,
    /// Further share of value given up per step of the ladder.
    pub step: f64,
    /// Steps of the ladder on either side.
    pub steps: u32,
    /// Share of the warehouse that it moves in a week at most.
    pub pace: f64,
    /// Share of stock lost in store, per year.
    pub loss: f64,
    /// What it expects.
    pub forecast: Forecast,
    /// How it carries metal against the exchange where it stands.
    pub carry: Option<CarryTrade>,
}
