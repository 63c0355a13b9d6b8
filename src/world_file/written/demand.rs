//! The demand side as a file writes it: paths by scenario, services, recyclers, and what use answers besides the price.

use super::super::decode::{At, Cx, Decode, Keyed, Origin};
use super::super::quantity::{Share, SharePerYear, Tonnes, TonnesPerYear, UsdPerTonne, Weeks, Years};
use super::super::record::record;
use super::super::reference::{self, Ref};
use super::super::shape::Shape;
use super::super::tree::{Kind, Node};
use super::super::value::{Factor, Level};
use super::rules::Selling;
use super::{Label, Path};
use crate::id::Id;

record! {
    /// An index over time that depends on the scenario.
    pub struct Paths as "Paths" {
        /// What people read.
        label: Label,
        /// The index under each scenario, with the scenario's name.
        scenarios: Keyed<Id, At<Path>>,
    }
}

/// An index over time: years and numbers, or the name of a path that depends on the scenario.
#[derive(Debug, Clone)]
pub enum Growth {
    /// As it stands.
    Inline(Path),
    /// A name in `paths`.
    Path(Ref<reference::Path>),
}

impl Decode for Growth {
    // A map, so that overrides reach the years of one.
    fn shape() -> Shape {
        Path::shape()
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        if node.name.as_deref() == Some("Path") {
            return Ref::body(node, cx).map(Self::Path);
        }
        if !matches!(node.kind, Kind::Map(_)) {
            cx.expected(
                node,
                "a map {..} or Path(\"..\")",
                "write { 2024: 1.0, .. }, or Path(\"..\") with a name in `paths`",
            );
            return None;
        }
        Path::decode(node, cx).map(Self::Inline)
    }

    fn recover(at: &Origin) -> Option<Self> {
        Ref::recover(at).map(Self::Path)
    }
}

record! {
    /// A service for which technologies compete, such as the batteries of a nation's cars. Use of the sectors that name
    /// it follows the metal in its mean unit.
    pub struct Service as "Service" {
        /// What people read.
        label: Label,
        /// Nation in whose region its metals are bought.
        nation: Ref<reference::Nation>,
        /// Time over which shares follow cost; above 0.
        turnover: At<Years>,
        /// Percent of the odds of two technologies per percent of the opening mean cost between them.
        sensitivity: Level,
        /// Prices of metals that are no minerals of the world. One that is has the price of its market, so that worlds
        /// which are joined may write a service alike.
        prices: Keyed<Id, UsdPerTonne> = "{}",
        /// Technologies; their shares sum to 1.
        technologies: At<Keyed<Id, Technology>>,
    }
}

record! {
    /// A technology of a service.
    pub struct Technology as "Technology" {
        /// What people read.
        label: Label,
        /// Share of the service at the start; above 0.
        share: At<Share>,
        /// Kilograms of contained metal in a unit. A mineral of this world has the price of its last stage, any other
        /// metal that in `prices`.
        metals: Keyed<Id, Level> = "{}",
        /// Lifetime cost of a unit besides these metals, in dollars.
        other_cost: Factor,
        /// Besides cost: an index that multiplies its odds.
        pull: At<Growth> = "{}",
    }
}

record! {
    /// A recycler: buys the scrap that sectors of a mineral have, and sells a stage of it.
    pub struct Recycler as "Recycler" {
        /// What people read.
        label: Label,
        /// Where it stands.
        nation: Ref<reference::Nation>,
        /// Metal.
        mineral: Ref<reference::Mineral>,
        /// Stage that it sells.
        product: At<Id>,
        /// Nations whose scrap it takes; its own when left out.
        collects: Vec<Ref<reference::Nation>> = "[]",
        /// How it behaves: a name in `recycler_rules`.
        rule: Ref<reference::RecyclerRule>,
        /// Product a year at full use; above 0.
        capacity: At<TonnesPerYear>,
        /// Product from the metal in scrap; above 0.
        recovery: At<Share>,
        /// Cost of making the product, besides scrap.
        cost: At<UsdPerTonne>,
        /// Product in store at the start; what is in process comes on top.
        stock: At<Tonnes> = "Tonnes(0)",
        /// From scrap to product: 1 to 12 whole weeks.
        lead: At<Weeks> = "Weeks(8)",
    }
}

record! {
    /// How a kind of recycler behaves.
    pub struct RecyclerRule as "RecyclerRule" {
        /// What it pays for metal in scrap, as a share of the product's price.
        scrap_price: At<Share>,
        /// Largest change of utilization in a week; it runs up while it pays and down while it does not.
        ramp_per_week: Share,
        /// How it sells.
        selling: Selling,
    }
}

record! {
    /// How long metal stays in products, and what of it comes back. Lives are Weibull distributed, 60 years at most.
    pub struct InUse as "InUse" {
        /// Mean life of products; at least 0.25 years.
        mean: At<Years>,
        /// Shape: 1 for a hazard that does not change with age, 3 to 4 for products that wear out; at least 0.5.
        shape: At<Factor>,
        /// Growth of use in the years before the start, which gives the stock in use at the start.
        past_growth: SharePerYear,
        /// Share of what is retired that is collected at the opening price.
        collection: Share,
        /// Percent of collection per percent of price.
        elasticity: Level = "0",
        /// Most that is collected without a program, at least `collection`.
        most: At<Share>,
    }
}

record! {
    /// A switch of use to substitutes that outlasts the price that brought it about.
    pub struct Substitution as "Substitution" {
        /// Price, against the opening price, above which use switches; above 1.
        threshold: At<Factor>,
        /// Time over which it goes towards the most; at least 0.1 years.
        time: At<Years>,
        /// Most of the use that switches.
        most: Share,
        /// Time over which it comes back while the price is below the opening price; at least 0.1 years.
        back: At<Years> = "Years(20)",
    }
}

record! {
    /// What becomes of a rise in the metal's cost. Without it customers bear all, and no firm closes.
    pub struct PassThrough as "PassThrough" {
        /// Share of the rise that customers bear: use answers it by its elasticities. The rest is lost margin.
        share: Share,
        /// Cost of the metal over the product's price, at the opening price; above 0.
        metal_share: At<Share>,
        /// Margin over the product's price, at the opening price.
        margin: Share,
        /// Losses for so long before firms close: 0 to 520 whole weeks.
        patience: At<Weeks>,
        /// Time over which firms that lose close; at least 0.1 years.
        exit: At<Years>,
        /// Time over which closed capacity comes back; at least 0.1 years.
        reentry: At<Years>,
    }
}
