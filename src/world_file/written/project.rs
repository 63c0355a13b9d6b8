//! Projects, the rules by which they are decided on and built, and deposits that grow poorer.

use crate::calendar::Date;

use super::super::decode::At;
use super::super::quantity::{PerYear, Share, SharePerYear, UsdPerAnnualTonne, UsdPerTonne, Weeks, Years};
use super::super::record::{choice, record};
use super::super::reference::{self, Ref};
use super::super::value::{Factor, Level};

record! {
    /// A mine or plant that is not there yet. Its other fields say what it will be; its stocks must be nothing.
    pub struct Project as "Project" {
        /// How it is decided on and built: a name in `investment_rules`.
        rule: Ref<reference::InvestmentRule>,
        /// How far it has come at the start.
        stage: At<ProjectStage>,
        /// Time that is left of the stage at the start, whole weeks; all of it unless written. Studies and permits that
        /// begin later than the world have more left than the stage takes.
        left: Option<At<Weeks>>,
        /// Day of first output, for a project under construction; instead of `left`.
        start: Option<At<Date>>,
        /// Capital for a tonne of yearly capacity; above 0.
        capital_cost: At<UsdPerAnnualTonne>,
        /// What its place makes dearer or cheaper: power, reagents, roads, skills.
        endowment: Endowment = "(capital: 1, cost: 1)",
    }
}

choice! {
    /// How far a project has come.
    pub enum ProjectStage as "a stage of a project" {
        /// Not found yet, or a resource that nobody has looked at; for mines.
        Discovery,
        /// Drilled and costed.
        Feasibility,
        /// Before the authorities.
        Permitting,
        /// Ready: its owner looks at it from time to time.
        Decision,
        /// Being built, with the capital paid week by week.
        Construction,
        /// Working itself up to full output.
        RampUp,
    }
}

record! {
    /// What the place of a project adds to its costs, as factors.
    pub struct Endowment as "Endowment" {
        /// Of the capital.
        capital: Factor = "1",
        /// Of the cash cost of a mine or the conversion cost of a plant.
        cost: Factor = "1",
    }
}

record! {
    /// How a kind of project is decided on and built.
    pub struct InvestmentRule as "InvestmentRule" {
        /// Drilling and studies: 0 to 2000 whole weeks.
        feasibility: At<Weeks>,
        /// Before the authorities: 0 to 2000 whole weeks.
        permitting: At<Weeks>,
        /// From the decision to first output: 1 to 1000 whole weeks.
        construction: At<Weeks>,
        /// From first to full output: 0 to 1000 whole weeks.
        ramp_up: At<Weeks>,
        /// Cost of capital, before the hazard of the nation.
        discount: SharePerYear,
        /// Full output that counts at most; above 0. A mine's reserve may end it earlier.
        horizon: At<Years> = "Years(25)",
        /// What the value must reach, as a multiple of the capital.
        hurdle: Hurdle,
        /// Prices that decisions are made with.
        deck: At<Deck>,
        /// Share of what is to come that the decision maker sees: 0 goes by the deck as if nobody else built, 1 by the price at
        /// which all capacity and all need, once users have adapted, will meet at the opening.
        supply_line: Share = "Share(0)",
        /// Percent of price, or of a plant's margin, per percent of capacity above need: one over the long-run elasticity of need.
        price_effect: Level = "1",
        /// Growth of use that goes with it.
        growth: SharePerYear = "SharePerYear(0)",
        /// How sharply the odds of building turn from 0 to 1 around the hurdle; without one it is built once the value reaches it.
        sharpness: Option<Factor>,
        /// Time from one look to the next: 1 to 520 whole weeks.
        review: At<Weeks> = "Weeks(13)",
        /// Discoveries a year that a deposit not yet found may expect at the long-run price.
        discovery: PerYear = "PerYear(0)",
        /// Percent more discoveries per percent of price against the long run.
        discovery_elasticity: Level = "1",
        /// Construction stops when finishing is worth less than this multiple of the capital still to be paid; 0 stops only what
        /// would not cover its running cost.
        mothball_below: Level = "0",
    }
}

choice! {
    /// What the value of a project must reach, as a multiple of its capital.
    pub enum Hurdle as "a hurdle" {
        /// A multiple.
        Threshold(Factor),
        /// The multiple at which building is worth more than waiting.
        RealOption(RealOption),
    }
}

record! {
    /// What the value of waiting depends on.
    pub struct RealOption as "RealOption" {
        /// Standard deviation of the log price over a year; above 0.
        volatility: At<Share>,
        /// Share of the value that waiting forgoes; above 0.
        payout: At<SharePerYear>,
        /// Most that anybody asks in practice.
        cap: Option<Factor>,
    }
}

record! {
    /// Weights of three views of the price in a region; they sum to 1.
    pub struct Deck as "Deck" {
        /// Of the price that covers cost in the long run.
        long_run: Share,
        /// Of the mean of the last 104 weeks.
        mean: Share,
        /// Of what firms expect some weeks ahead.
        outlook: Share,
    }
}

record! {
    /// How grade falls and cost rises with the metal dug. A mine with it closes for good when its reserve is dug.
    pub struct Depletion as "Depletion" {
        /// Fall of the log grade by the time a mine has dug the reserve that it began with.
        grade_decline: Level,
        /// Percent of unit cost per percent of grade lost.
        cost_exponent: Level,
        /// Fall of unit cost from better methods.
        learning: SharePerYear = "SharePerYear(0)",
        /// Cost of closing for good, as a share of a year's cash cost of full output.
        closing_cost: Share = "Share(0)",
    }
}

record! {
    /// How a mine turns resource into ore reserve.
    pub struct Exploration as "Exploration" {
        /// Share of revenue spent.
        spend: Share,
        /// Cost of a tonne of reserve added, on average; above 0.
        finding_cost: At<UsdPerTonne>,
        /// Campaigns that report a year.
        frequency: PerYear = "PerYear(1)",
        /// Standard deviation of the log of what a campaign adds.
        spread: Share = "Share(0.5)",
        /// Reserve beyond which it spends nothing.
        reserve_life: Years = "Years(20)",
    }
}
