//! What makes a nation act, as a file writes it.

use super::super::decode::At;
use super::super::quantity::{Share, SharePerYear, Usd, Weeks, Years};
use super::super::record::{choice, record};
use super::super::reference::{self, Ref};
use super::super::value::{Factor, Leaning};
use super::plans::{LookAhead, Plan};
use crate::calendar::Date;
use crate::id::Id;

record! {
    /// A policy that the nation decides on inside the run. Of the policy's dates only the distances count: from `announced` to
    /// `in_force`, the notice; from `in_force` to `until`, how long it lasts.
    pub struct Decision as "Decision" {
        /// What makes the nation act.
        by: Trigger,
        /// What makes it stop before the policy's end.
        relent: Relent = "()",
        /// How it and those whom it answers may both stop; only for `Answer` to policies that are decided too.
        truce: Option<At<Truce>>,
        /// Time after the end, or after the act when it has no end, before it can act so again: 0 to 520 whole weeks.
        rest: At<Weeks> = "Weeks(104)",
    }
}

choice! {
    /// What makes a nation act.
    pub enum Trigger as "a cause to act" {
        /// A chance each quarter that follows price, rents, neighbors, elections and more.
        Hazard(Hazard),
        /// Taking mines is worth more to the state than taxing them; only for `Nationalization`.
        Bargain(Bargain),
        /// Others' policies.
        Answer(Answer),
        /// A watch's level of warning: an emergency plan.
        Warning(Plan),
        /// A watch's level of warning, if the model that is run ahead says that the measure helps.
        LookAhead(LookAhead),
    }
}

record! {
    /// A chance each quarter by a rule, for the metal of one market.
    pub struct Hazard as "Hazard" {
        /// Coefficients: a name in `hazard_rules`.
        rule: Ref<reference::HazardRule>,
        /// Metal.
        mineral: Ref<reference::Mineral>,
        /// Stage that its mines sell.
        stage: At<Id>,
    }
}

record! {
    /// Odds of an act. The log-odds in a quarter are those of `base` and, for each line below, coefficient times what the nation
    /// sees; what is written as 0 or left out plays no part.
    pub struct HazardRule as "HazardRule" {
        /// Chance in a year when everything below is 0; above 0, below 1.
        base: At<SharePerYear>,
        /// Of ln(price over its mean of five years), in units of `price_sd`.
        price: Leaning = "0",
        /// A usual deviation of the log price from that mean.
        price_sd: Factor = "0.3",
        /// Of the share of the price that is rent, 0 to 1.
        rent: Leaning = "0",
        /// Of the share of the capacity of mines and projects that is built, 0 to 1.
        sunk: Leaning = "0",
        /// Of the share of other nations' mine capacity whose exports are restricted, 0 to 1.
        neighbors: Leaning = "0",
        /// Of the share of its own ore that it has no plants for, 0 to 1.
        gap: Leaning = "0",
        /// Of an election within a year, 0 or 1.
        election: Leaning = "0",
        /// Of weak institutions: 1 − `governance`.
        institutions: Leaning = "0",
        /// Of its alignment with its buyers, −1 to 1; it is taken off.
        alliance: Leaning = "0",
        /// Of the share of its largest buyer, 0 to 1; it is taken off.
        dependence: Leaning = "0",
        /// Of having acted within two years, 0 or 1; it is taken off.
        acted: Leaning = "0",
    }
}

record! {
    /// The state compares what it gets from the policy's mines when it takes them with what it gets when it taxes them.
    pub struct Bargain as "Bargain" {
        /// What a taking costs the state in court.
        cost: At<Usd>,
        /// What it costs in reputation, as a share of what the mines are worth to state and owners, times `governance`.
        reputation: Share = "Share(0)",
        /// Rate at which the state discounts.
        discount: SharePerYear = "SharePerYear(0.1)",
        /// Chance of the act in a quarter in which taking is worth more.
        chance: Share,
    }
}

record! {
    /// Others' policies, and how likely an answer is.
    pub struct Answer as "Answer" {
        /// Policies that are answered.
        to: At<Vec<PolicyName>>,
        /// Chance of an answer within a year from when one is announced.
        chance: Share,
    }
}

record! {
    /// A policy of a nation.
    pub struct PolicyName as "PolicyName" {
        /// Nation.
        nation: Ref<reference::Nation>,
        /// One of its policies.
        policy: At<Id>,
    }
}

record! {
    /// What makes a nation stop. It looks every quarter, from half a year in force on.
    pub struct Relent as "Relent" {
        /// Stops when levies, rents and margins of the past year fall short by this share of those of the year before it acted.
        shortfall: Option<Share>,
        /// Chance of stopping in a quarter, whatever came of it.
        chance: Share = "Share(0)",
        /// Stops when nothing of what it answers stands any more; only for `Answer`.
        with_cause: At<bool> = "false",
    }
}

record! {
    /// An agreement by which an answer and what it answers both end.
    pub struct Truce as "Truce" {
        /// Chance in a quarter.
        chance: Share,
        /// Time for which neither side acts so again: 1 to 1040 whole weeks.
        weeks: At<Weeks>,
    }
}

record! {
    /// Elections at equal distances.
    pub struct Elections as "Elections" {
        /// Day of one of them.
        day: Date,
        /// From one to the next; above 0.
        every: At<Years>,
    }
}
