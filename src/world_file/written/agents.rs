//! Who acts in a world.

use crate::id::Id;

use super::super::decode::At;
use super::super::quantity::{Days, Share, Tonnes, TonnesPerYear, Usd, UsdPerTonne, Weeks};
use super::super::record::record;
use super::super::reference::{self, Ref};
use super::super::value::Priority;
use super::{Holding, Label, Path};

record! {
    /// A mine; it sells the first stage of its mineral.
    pub struct Mine as "Mine" {
        /// What people read.
        label: Label,
        /// Where it lies.
        nation: Ref<reference::Nation>,
        /// Who owns it: a firm, or a nation for its firms taken together, which have no balance sheet.
        owner: Ref<reference::Owner>,
        /// Metal that it sells.
        mineral: Ref<reference::Mineral>,
        /// Metal that it is dug for, when the one that it sells is a by-product.
        host: Option<Ref<reference::Host>>,
        /// How it behaves: a name in `mine_rules`.
        rule: Ref<reference::MineRule>,
        /// Product a year, contained, with the host at its base-year plan; above 0.
        capacity: At<TonnesPerYear>,
        /// Avoidable cost of the product, net of what the host pays.
        cash_cost: At<UsdPerTonne>,
        /// Product from the metal dug; above 0.
        recovery: At<Share>,
        /// Metal in the ground worth mining; above 0.
        ore_reserve: At<Tonnes>,
        /// Product in store at the start.
        stock: At<Tonnes> = "Tonnes(0)",
    }
}

record! {
    /// A processor: turns one stage of a mineral into the next.
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
        /// Stage that it sells, the next after the feed.
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
        /// Product in store at the start.
        product_stock: At<Tonnes> = "Tonnes(0)",
        /// From order to arrival, as it plans: 0 to 52 weeks.
        lead: At<Weeks>,
    }
}

record! {
    /// A consuming sector; it buys the last stage of its mineral.
    pub struct Sector as "Sector" {
        /// What people read.
        label: Label,
        /// Where it consumes.
        nation: Ref<reference::Nation>,
        /// Metal.
        mineral: Ref<reference::Mineral>,
        /// How it behaves: a name in `sector_rules`.
        rule: Ref<reference::SectorRule>,
        /// Use a year at the opening price in the base year; above 0.
        r#use: At<TonnesPerYear>,
        /// Use against the base year.
        growth: At<Path> = "{}",
        /// Share of what it uses that leaves fabrication as new scrap.
        new_scrap: At<Share> = "Share(0)",
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

record! {
    /// A national reserve agency.
    pub struct Reserve as "Reserve" {
        /// What people read.
        label: Label,
        /// Whose.
        nation: Ref<reference::Nation>,
        /// Metal.
        mineral: Ref<reference::Mineral>,
        /// Stage that it holds.
        stage: At<Id>,
        /// Metal in store at the start; days of use are rounded to the quantum.
        stock: At<Holding>,
        /// What it means to hold, in days of the nation's base-year use.
        target: At<Days>,
        /// Buys when the price is lower than the 52-week mean by this share.
        buy_below: Share,
        /// Releases when the price is higher than the 52-week mean by this share.
        release_above: Share,
        /// From a breach to the first release: 0 to 104 whole weeks.
        approval: At<Weeks>,
        /// Most that it buys in a week, in days of use.
        buy_per_week: Days,
        /// Most that it releases in a week, in days of use.
        release_per_week: Days,
        /// Money for purchases; what it earns by releases is added.
        budget: At<Usd>,
    }
}
