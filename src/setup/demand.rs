//! The demand side: services and their technologies, metal in use, recyclers, and what use answers besides the price.

use super::{MarketIx, NationIx, Path, Selling};
use crate::id::{Id, Label};
use crate::units::{Mass, Ppm, Price};

/// Index into [`Setup::services`](super::Setup::services).
pub type ServiceIx = usize;

/// What metal is used for where technologies compete, such as the batteries of a nation's cars: see [`crate::service`].
#[derive(Debug, Clone)]
pub struct Service {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Nation in whose region its metals are bought.
    pub nation: NationIx,
    /// Years over which shares follow cost.
    pub turnover_years: f64,
    /// Percent of the odds of two technologies per percent of the opening mean cost between them.
    pub sensitivity: f64,
    /// Technologies, in order of id.
    pub technologies: Vec<Technology>,
}

/// A technology of a [`Service`].
#[derive(Debug, Clone)]
pub struct Technology {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Share of the service at the start.
    pub share: f64,
    /// Lifetime cost of a unit without the metals of this world, in dollars.
    pub other_cost: f64,
    /// Kilograms of contained metal in a unit, by market.
    pub metals: Vec<(MarketIx, f64)>,
    /// What multiplies its odds besides cost.
    pub pull: Path,
}

/// A recycler: see [`crate::recycler`].
#[derive(Debug, Clone)]
pub struct Recycler {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Where it stands.
    pub nation: NationIx,
    /// Nations whose scrap it takes, in order.
    pub collects: Vec<NationIx>,
    /// Market that it sells to.
    pub product: MarketIx,
    /// Product a year at full use.
    pub capacity_per_year: Mass,
    /// Product from the metal in scrap.
    pub recovery: Ppm,
    /// Cost of making the product, besides scrap.
    pub cost: Price,
    /// Product in store at the start.
    pub stock: Mass,
    /// Weeks from scrap to product.
    pub lead_weeks: u32,
    /// Its rule of conduct.
    pub rule: RecyclerRule,
}

/// How a kind of recycler behaves.
#[derive(Debug, Clone, Copy)]
pub struct RecyclerRule {
    /// What it pays for metal in scrap, as a share of the product's price.
    pub scrap_price: Ppm,
    /// Largest change of utilization in a week.
    pub ramp_per_week: f64,
    /// How it sells.
    pub selling: Selling,
}

/// What use answers besides the price of the week; nothing of it by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct DemandRule {
    /// Metal stays in products and comes back as scrap.
    pub in_use: Option<InUse>,
    /// Above a price, use moves to substitutes.
    pub substitution: Option<Substitution>,
    /// A part of a rise in cost stays with the firms.
    pub pass_through: Option<PassThrough>,
}

/// How long metal stays in use and what of it is collected: see [`crate::use_stock`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InUse {
    /// Mean life of products.
    pub mean_years: f64,
    /// Shape of the Weibull distribution of lives.
    pub shape: f64,
    /// Growth of use in the years before the start.
    pub past_growth: f64,
    /// Share of what is retired that is collected at the opening price.
    pub collection: f64,
    /// Percent of collection per percent of price.
    pub elasticity: f64,
    /// Most that is collected without a program.
    pub most: f64,
}

/// A switch to substitutes: see [`crate::substitution`].
#[derive(Debug, Clone, Copy)]
pub struct Substitution {
    /// Price, against the opening price, above which use switches.
    pub threshold: f64,
    /// Years over which it goes towards the most.
    pub years: f64,
    /// Most of the use that switches.
    pub most: f64,
    /// Years over which it comes back, below the opening price.
    pub back_years: f64,
}

/// What becomes of a rise in cost: see [`crate::pass_through`].
#[derive(Debug, Clone, Copy)]
pub struct PassThrough {
    /// Share of the rise that customers bear.
    pub share: f64,
    /// Cost of the metal over the product's price, at the opening price.
    pub metal_share: f64,
    /// Margin over the product's price, at the opening price.
    pub margin: f64,
    /// Weeks of losses before firms close.
    pub patience_weeks: u32,
    /// Years over which firms that lose close.
    pub exit_years: f64,
    /// Years over which closed capacity comes back.
    pub reentry_years: f64,
}
