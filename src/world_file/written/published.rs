//! What statistics say of the base year, to be laid beside what the model does in it.

use crate::id::Id;

use super::super::decode::{At, Keyed};
use super::super::quantity::{Share, TonnesPerYear, UsdPerTonne};
use super::super::record::record;

record! {
    /// Published figures of a mineral in the base year. Nothing in a run follows from them: `oreworld base-year` lays them
    /// beside 52 weeks of the model.
    pub struct Published as "Published" {
        /// Output of mines, whatever stage they sell.
        mined: Option<Amounts>,
        /// Output by stage, of plants and of mines that sell that stage; not of recyclers.
        made: Keyed<Id, Amounts> = "{}",
        /// Use by stage, of sectors and as feed of plants.
        used: Keyed<Id, Amounts> = "{}",
        /// Mean price of the year by stage.
        prices: Keyed<Id, Prices> = "{}",
    }
}

record! {
    /// Contained metal a year, of the world and by nation.
    pub struct Amounts as "Amounts" {
        /// Of all nations together.
        world: Option<At<TonnesPerYear>>,
        /// By nation.
        nations: Keyed<Id, At<TonnesPerYear>> = "{}",
        /// Largest deviation of the model, as a share of the published figure.
        within: Share = "Share(0.05)",
        /// Under `made`: whether the figures hold what recyclers make.
        with_recycled: bool = "false",
        /// Nations with a tolerance of their own.
        except: Keyed<Id, Share> = "{}",
    }
}

record! {
    /// Mean prices of the base year.
    pub struct Prices as "Prices" {
        /// By region.
        regions: Keyed<Id, At<UsdPerTonne>>,
        /// Largest deviation of the model, as a share of the published figure.
        within: Share = "Share(0.1)",
    }
}
