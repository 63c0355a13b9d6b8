//! How kinds of agents behave. Agents name a rule, so that what is assumed is written once.

use super::super::decode::At;
use super::super::quantity::{PerYear, Share, SharePerYear, Weeks, Years};
use super::super::record::record;
use super::super::value::{Factor, Level, Steps};
use super::curves::{Forecast, Spot, Supply};
use super::demand::{InUse, PassThrough, Substitution};
use super::project::{Depletion, Exploration};
use super::traders::{Carries, Hedging};

record! {
    /// How a kind of mine behaves.
    pub struct MineRule as "MineRule" {
        /// How it sells.
        selling: Selling,
        /// What interrupts it.
        outage: Outage,
        /// Percent of recovery per percent of price against the long run.
        recovery_elasticity: Level,
        /// Weeks of full output that fit its store; beyond, a by-product is left in the tailings and any other mine stops;
        /// above 0.
        store: At<Weeks>,
        /// When it shuts and reopens; by-products of a paying host never shut.
        care: Option<Care>,
        /// What its output follows.
        supply: Supply = "Capacity",
        /// How grade falls and cost rises as it is dug; without it they stay, and an empty mine stands idle.
        depletion: Option<Depletion>,
        /// How it turns resource into ore reserve.
        exploration: Option<Exploration>,
        /// What it sells forward on an exchange; left out, nothing.
        hedging: Option<Hedging>,
    }
}

record! {
    /// How a producer offers what it has.
    pub struct Selling as "Selling" {
        /// Share of the week's output offered near cost.
        core: Share,
        /// That offer's price against the last price, unless cost is higher.
        core_price: At<Share>,
        /// Top of the ladder against the last price, above `core_price`.
        reach: At<Factor>,
        /// Steps of the ladder for the rest.
        steps: Steps,
        /// How far ahead it values stock that it keeps; above 0.
        holding: At<Weeks>,
        /// Interest on stock held.
        interest: SharePerYear,
        /// Bottom and top of the ladder for older stock against what keeping it is worth, the first offer a step above the
        /// bottom; `(0.98, 1.2)` when not given: the last tonnes are the hardest to part with.
        stock: Option<At<(Factor, Factor)>>,
    }
}

record! {
    /// Random interruptions: a Poisson arrival, an exponential depth (at most 1) and an exponential length.
    pub struct Outage as "Outage" {
        /// Interruptions a year.
        frequency: PerYear,
        /// Mean share of output lost.
        depth: Share,
        /// Mean length.
        length: Weeks,
    }
}

record! {
    /// Care and maintenance with hysteresis.
    pub struct Care as "Care" {
        /// Shuts when the mean net price has been below (1 − this) of cash cost …
        close_below: Share,
        /// … for so long (whole weeks),
        patience: At<Weeks>,
        /// and reopens above (1 + this) of it,
        reopen_above: Share,
        /// so much later (whole weeks).
        restart: At<Weeks>,
        /// Upkeep while shut, as a share of the cash cost of full output.
        upkeep: Share,
        /// Cost of shutting, as a share of a year's cash cost of full output.
        closing_cost: Share = "Share(0)",
        /// Cost of reopening, as a share of a year's cash cost of full output.
        reopening_cost: Share = "Share(0)",
    }
}

record! {
    /// How a kind of processor behaves.
    pub struct PlantRule as "PlantRule" {
        /// Utilization at the normal margin; above 0.
        normal_utilization: At<Share>,
        /// Lowest utilization that keeps it running, at most the normal one.
        minimum_utilization: At<Share>,
        /// Change of utilization per relative change of margin.
        margin_gain: Level,
        /// Largest change of utilization in a week.
        ramp_per_week: Share,
        /// Margin that pays for the plant, as a share of the product's price; above 0.
        normal_margin: At<Share>,
        /// Time below the minimum before it shuts (whole weeks).
        patience: At<Weeks>,
        /// Time that metal stays in process: 1 to 12 whole weeks.
        process: At<Weeks>,
        /// Weeks of full output that fit its store; beyond, it feeds only what finds room; above 0.
        store: At<Weeks> = "Weeks(26)",
        /// How it buys.
        buying: Buying,
        /// How it sells.
        selling: Selling,
        /// Credit line in weeks of feed at full use and opening price.
        credit: Weeks,
        /// What it sells or buys forward on an exchange; left out, nothing.
        hedging: Option<Hedging>,
    }
}

record! {
    /// How a base-stock buyer orders.
    pub struct Buying as "Buying" {
        /// Time between reviews, added to the lead time; above 0.
        review: At<Weeks>,
        /// Time over which it averages what it needs; above 0.
        forecast: At<Weeks>,
        /// Standard deviation of a week's need, as a share of it.
        need_sd: Share,
        /// How far ahead a unit is valued; above 0.
        horizon: At<Weeks>,
        /// Value of not running out, as a share of the price.
        stockout_value: Share,
        /// Most that it buys in a week, as a multiple of a week's need.
        most: Factor,
        /// Interest on stock held.
        interest: SharePerYear,
    }
}

record! {
    /// How a kind of sector behaves.
    pub struct SectorRule as "SectorRule" {
        /// Short-run price elasticity of use, written positive.
        short_run_elasticity: At<Level>,
        /// Long-run price elasticity of use, written positive.
        long_run_elasticity: At<Level>,
        /// Time over which use adjusts from the one to the other; at least 0.1 years.
        adjustment: At<Years>,
        /// Price, against the opening price, at which half of the use has shut down; above 1.
        choke: At<Factor>,
        /// Spread of the shutdown in log price.
        choke_spread: Factor,
        /// Weekly shocks to log use.
        shock: Shock,
        /// How long metal stays in its products, and what comes back; left out, nothing does.
        in_use: Option<InUse>,
        /// Switch to substitutes; left out, there is none.
        substitution: Option<Substitution>,
        /// What becomes of a rise in cost; left out, customers bear it.
        pass_through: Option<PassThrough>,
        /// How it buys.
        buying: Buying,
        /// Buys along its demand curve and uses what it buys, instead of holding stock; of `buying` only `forecast` counts then.
        spot: Option<At<Spot>>,
        /// What it buys forward on an exchange; left out, nothing.
        hedging: Option<Hedging>,
    }
}

record! {
    /// A first-order autoregressive shock.
    pub struct Shock as "Shock" {
        /// Standard deviation of a week's innovation.
        sd: Share,
        /// Share of a shock that remains a week later; below 1.
        persistence: At<Share>,
    }
}

record! {
    /// How a kind of merchant behaves.
    pub struct MerchantRule as "MerchantRule" {
        /// Interest.
        interest: At<SharePerYear>,
        /// How far ahead it values a tonne; above 0.
        horizon: At<Weeks>,
        /// Half of the gap between what it bids and asks, as a share of value.
        spread: Share,
        /// Further share of value given up per step of the ladder.
        step: Share,
        /// Steps of the ladder on either side.
        steps: Steps,
        /// Share of the warehouse that it moves in a week at most.
        pace: Share,
        /// Share of stock that is lost in store.
        loss: SharePerYear = "SharePerYear(0)",
        /// What it expects of the price.
        forecast: Forecast = "Shared",
        /// Carry trades, by the id of the contract. A merchant carries to the contract whose region is his, otherwise to the one that
        /// has a warehouse there; at most one of either.
        carry: Carries = "{}",
    }
}
