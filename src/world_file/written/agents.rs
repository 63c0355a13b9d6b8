//! Who acts in a world.

use crate::id::Id;

use super::super::decode::At;
use super::super::quantity::{Share, Tonnes, TonnesPerYear, Usd, UsdPerTonne, Weeks};
use super::super::record::{choice, record};
use super::super::reference::{self, Ref};
use super::super::value::Priority;
use super::Label;
use super::demand::Growth;
use super::project::Project;

record! {
    /// A mine.
    pub struct Mine as "Mine" {
        /// What people read.
        label: Label,
        /// Where it lies.
        nation: Ref<reference::Nation>,
        /// Who owns it: a firm, or a nation for its firms taken together, which have no balance sheet.
        owner: Ref<reference::Owner>,
        /// Metal that it sells.
        mineral: Ref<reference::Mineral>,
        /// Stage that it sells; the first one unless written.
        stage: Option<At<Id>>,
        /// What it is dug along with, when the metal that it sells is a by-product.
        host: Option<At<Host>>,
        /// How it behaves: a name in `mine_rules`.
        rule: Ref<reference::MineRule>,
        /// Product a year, contained, with the host at its base-year output; above 0.
        capacity: At<TonnesPerYear>,
        /// Avoidable cost of the product, net of what the host pays.
        cash_cost: At<UsdPerTonne>,
        /// Product from the metal dug; above 0.
        recovery: At<Share>,
        /// Metal in the ground worth mining; above 0.
        ore_reserve: At<Tonnes>,
        /// Metal known of, but not worth mining yet.
        resource: At<Tonnes> = "Tonnes(0)",
        /// Product in store at the start.
        stock: At<Tonnes> = "Tonnes(0)",
        /// When it is not there yet: how it may come about.
        project: Option<At<Project>>,
    }
}

choice! {
    /// What drives the output of a by-product.
    pub enum Host as "a host link" {
        /// The plan of a metal that the world does not hold.
        Plan(Ref<reference::Host>),
        /// A mine: dug from the same ore, in proportion; what this one earns beyond its cost is a by-product credit of that mine.
        Mine(Ref<reference::Mine>),
        /// All mines of a mineral in the same nation that have no mine, mines or plants as host themselves.
        Mines(Ref<reference::Mineral>),
        /// The nation's plants that make a stage of a mineral.
        Plants(HostPlants),
    }
}

record! {
    /// The nation's plants that make a stage of a mineral.
    pub struct HostPlants as "Plants" {
        /// Metal.
        mineral: Ref<reference::Mineral>,
        /// Stage that they make.
        stage: At<Id>,
    }
}

record! {
    /// A processor: turns one stage of a mineral into a later one.
    pub struct Plant as "Plant" {
        /// What people read.
        label: Label,
        /// Where it stands.
        nation: Ref<reference::Nation>,
        /// Who owns it: a firm, or a nation for its firms taken together, which have no balance sheet.
        owner: Ref<reference::Owner>,
        /// Metal.
        mineral: Ref<reference::Mineral>,
        /// Stage that it buys.
        feed: At<Id>,
        /// Stage that it sells, one that comes after the feed.
        product: At<Id>,
        /// How it behaves: a name in `plant_rules`.
        rule: Ref<reference::PlantRule>,
        /// Product a year at full use; above 0.
        capacity: At<TonnesPerYear>,
        /// Product from the metal fed; above 0.
        recovery: At<Share>,
        /// Cost of making the product.
        conversion_cost: At<UsdPerTonne>,
        /// Feed in store at the start.
        feed_stock: At<Tonnes> = "Tonnes(0)",
        /// Product in store at the start; what is in process comes on top.
        product_stock: At<Tonnes> = "Tonnes(0)",
        /// From order to arrival, as it plans: 0 to 52 weeks.
        lead: At<Weeks>,
        /// When it is not there yet: how it may come about.
        project: Option<At<Project>>,
    }
}

record! {
    /// A consuming sector.
    pub struct Sector as "Sector" {
        /// What people read.
        label: Label,
        /// Where it consumes.
        nation: Ref<reference::Nation>,
        /// Metal.
        mineral: Ref<reference::Mineral>,
        /// Stage that it buys; the last one unless written.
        stage: Option<At<Id>>,
        /// How it behaves: a name in `sector_rules`.
        rule: Ref<reference::SectorRule>,
        /// Use a year at the opening price in the base year; above 0.
        r#use: At<TonnesPerYear>,
        /// Use against the base year, or `Path(..)` with a name in `paths`.
        growth: At<Growth> = "{}",
        /// Service that it uses the metal for: use then follows the metal in the service's mean unit.
        service: Option<Ref<reference::Service>>,
        /// Share of what it uses that leaves fabrication as new scrap.
        new_scrap: At<Share> = "Share(0)",
        /// Value added of the industry that uses it, against the largest; only for lists of critical minerals.
        value: Share = "Share(0.5)",
        /// Turn at the marginal price and in a release of reserves; lower goes first.
        priority: Priority,
        /// Metal in store at the start.
        stock: At<Tonnes> = "Tonnes(0)",
        /// From order to arrival, as it plans: 0 to 52 weeks.
        lead: At<Weeks>,
    }
}

record! {
    /// A merchant: carries metal through time in one market and region.
    pub struct Merchant as "Merchant" {
        /// What people read.
        label: Label,
        /// Where its warehouse stands.
        nation: Ref<reference::Nation>,
        /// Metal.
        mineral: Ref<reference::Mineral>,
        /// Stage that it trades.
        stage: At<Id>,
        /// How it behaves: a name in `merchant_rules`.
        rule: Ref<reference::MerchantRule>,
        /// Metal in store at the start, at most the capacity.
        stock: At<Tonnes> = "Tonnes(0)",
        /// Room in its warehouse; above 0.
        capacity: At<Tonnes>,
        /// Most that it may owe.
        credit: At<Usd>,
    }
}
