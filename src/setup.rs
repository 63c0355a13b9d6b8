//! A checked world: every name resolved to an index, every quantity on its quantum, every number finite and in range.
//!
//! [`Setup`] is what a [`Model`](crate::model::Model) is built from. Lists are in order of id (markets in order of
//! mineral, then of stage along the chain), so an index means the same in every run of the same world.

mod currency;
mod curves;
pub mod exchange;
mod firm;
mod offtake;
pub mod positions;
pub mod reserve;
mod rules;

pub use currency::{Cover, Currency, CurrencyIx, InCurrency};
pub use curves::{Forecast, Planned, Rational, Spot, Supply};
pub use firm::{Firm, FirmIx, FirmRule};
pub use offtake::{Formula, Offtake, OfftakeRule, OfftakeTerms, OnFutures, Party, Quotation};
pub use reserve::{Reserve, ReserveRule};
mod deposit;
mod project;

pub use deposit::{Depletion, Exploration};
pub use project::{Deck, Finance, Hurdle, InvestmentRule, Progress, Project};
pub mod decision;
pub mod demand;
pub mod watch;

use demand::{Recycler, Service, ServiceIx};
use exchange::{Contract, Exchange, TraderGroup};
pub use rules::{Buying, Care, MerchantRule, MineRule, Outage, PlantRule, SectorRule, Selling};

use crate::calendar::Calendar;
use crate::id::{Id, Label};
use crate::policy::Policy;
use crate::units::{Mass, Money, Ppm, Price, Quantum};

/// Index into [`Setup::minerals`].
pub type MineralIx = usize;
/// Index into [`Setup::markets`].
pub type MarketIx = usize;
/// Index into [`Setup::regions`].
pub type RegionIx = usize;
/// Index into [`Setup::nations`].
pub type NationIx = usize;
/// Index into [`Setup::hosts`].
pub type HostIx = usize;
/// Index into [`Setup::blocs`].
pub type BlocIx = usize;

/// A world ready to run.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Id of the world.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Year that the statistics describe.
    pub base_year: i16,
    /// Which day each week begins.
    pub calendar: Calendar,
    /// Metals and what agents expect of their prices.
    pub minerals: Vec<Mineral>,
    /// One per mineral and stage.
    pub markets: Vec<Market>,
    /// Market areas, each with its own price per market.
    pub regions: Vec<Region>,
    /// States.
    pub nations: Vec<Nation>,
    /// Metals mined for their own sake, whose plan drives the output of a by-product.
    pub hosts: Vec<Host>,
    /// Mines.
    pub mines: Vec<Mine>,
    /// Processors.
    pub plants: Vec<Plant>,
    /// Consuming sectors.
    pub sectors: Vec<Sector>,
    /// Merchants.
    pub merchants: Vec<Merchant>,
    /// Reserve agencies.
    pub reserves: Vec<Reserve>,
    /// Firms with a balance sheet.
    pub firms: Vec<Firm>,
    /// Offtake contracts made before the run.
    pub offtakes: Vec<Offtake>,
    /// Rules by which contracts are made inside the run.
    pub offtake_rules: Vec<OfftakeRule>,
    /// How far two nations are aligned, −1 to 1, row by row (`one · nations + other`).
    pub alignment: Vec<f64>,
    /// Groups of nations.
    pub blocs: Vec<Bloc>,
    /// What metal is used for where technologies compete.
    pub services: Vec<Service>,
    /// Recyclers.
    pub recyclers: Vec<Recycler>,
    /// Exchanges of futures.
    pub exchanges: Vec<Exchange>,
    /// Futures contracts.
    pub contracts: Vec<Contract>,
    /// Currencies besides the dollar.
    pub currencies: Vec<Currency>,
    /// Traders of futures.
    pub traders: Vec<TraderGroup>,
    /// What nations watch.
    pub watches: Vec<watch::Watch>,
    /// Published figures of the base year, for comparison.
    pub published: Vec<positions::Published>,
    /// By which nations' positions are put into classes.
    pub position_rule: crate::position::Rule,
}

/// A metal.
#[derive(Debug, Clone)]
pub struct Mineral {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Smallest mass in its books.
    pub quantum: Quantum,
    /// First and one past the last of its markets.
    pub markets: std::ops::Range<MarketIx>,
    /// How firms form a view of the price ahead.
    pub expectations: Expectations,
}

/// How firms form a view of the price some weeks ahead: see [`crate::outlook`].
#[derive(Debug, Clone, Copy)]
pub struct Expectations {
    /// Weeks over which the adaptive forecast forgets.
    pub memory_weeks: f64,
    /// Weeks ahead that firms look.
    pub horizon_weeks: u32,
    /// Weight of the balance of stocks, flows and announced policy against the adaptive forecast, 0 to 1.
    pub balance_weight: f64,
    /// Sum of the demand and supply elasticities by which firms turn a missing share into a price.
    pub elasticity: f64,
    /// Lowest and highest multiple of the long-run price that anybody expects: below and above 1.
    pub bounds: (f64, f64),
    /// Forecasts among which firms choose; without them all follow the adaptive one.
    pub forecasts: Option<Forecasts>,
    /// What moves everyone's view without a cause inside the model.
    pub news: News,
}

/// How firms choose between the adaptive and the extrapolative forecast: see [`crate::outlook`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecasts {
    /// Share of the log change of the price over the window that the extrapolative forecast adds.
    pub strength: f64,
    /// Weeks over which the change is taken.
    pub window_weeks: u32,
    /// Most that it changes the forecast, either way, as a factor.
    pub bound: f64,
    /// Weeks over which squared errors are averaged.
    pub memory_weeks: f64,
    /// How strongly weights follow errors.
    pub intensity: f64,
}

/// News: log views of a mineral's price drift and jump together, and the effect fades.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct News {
    /// Standard deviation of a week's drift.
    pub sd: f64,
    /// Jumps per year.
    pub jumps_per_year: f64,
    /// Standard deviation of a jump.
    pub jump_sd: f64,
    /// Share that remains a week later.
    pub persistence: f64,
}

/// A mineral at a stage: one price per region.
#[derive(Debug, Clone)]
pub struct Market {
    /// Mineral.
    pub mineral: MineralIx,
    /// Stage id, such as `hydroxide`.
    pub stage: Id,
    /// What people read.
    pub label: Label,
    /// Price in every region at the start.
    pub opening_price: Price,
    /// Price that covers cost in the long run.
    pub long_run_price: Price,
    /// Smallest price step.
    pub tick: Price,
    /// Cost of keeping a tonne for a year.
    pub storage_per_year: Price,
    /// Weeks of use that the trade considers a normal stock, goods under way included.
    pub normal_cover_weeks: f64,
    /// Way from region to region, row by row (`from · regions + to`); nothing on the diagonal, or where nothing is carried.
    pub legs: Vec<Option<Leg>>,
}

/// A way by which goods go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// Freight, insurance and handling.
    pub cost: Price,
    /// Weeks under way.
    pub weeks: u32,
}

/// A market area.
#[derive(Debug, Clone)]
pub struct Region {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
}

/// A state.
#[derive(Debug, Clone)]
pub struct Nation {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Market area that it belongs to.
    pub region: RegionIx,
    /// Political stability as a percentile rank, 0 to 1, 1 the most stable.
    pub governance: f64,
    /// By which criteria it calls a mineral critical, if it has any.
    pub criticality: Option<crate::criticality::Criteria>,
    /// Chance per year, as investors see it, that a project there is lost to its owner.
    pub hazard: f64,
    /// Currency in which its firms reckon; the dollar when `None`.
    pub currency: Option<CurrencyIx>,
    /// How its firms cover exchange risk, if they do.
    pub cover: Option<Cover>,
    /// What it decrees, in order of policy id.
    pub policies: Vec<(Id, Policy)>,
    /// Which of them it decides on inside the run, in the same order.
    pub decisions: Vec<decision::Decision>,
    /// When it votes, if that is known.
    pub elections: Option<decision::Elections>,
}

/// A group of nations.
#[derive(Debug, Clone)]
pub struct Bloc {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Its members, in order of index.
    pub members: Vec<NationIx>,
}

/// A metal mined for its own sake.
#[derive(Debug, Clone)]
pub struct Host {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Output against the base year.
    pub plan: Path,
}

/// An index over time: points of (year, value), linear between them and level beyond; a point stands at mid-year.
#[derive(Debug, Clone, PartialEq)]
pub struct Path(pub Vec<(i16, f64)>);

impl Path {
    /// Value at a time in years, such as 2025.5; 1 when there are no points.
    #[must_use]
    pub fn at(&self, years: f64) -> f64 {
        let point = |&(year, value): &(i16, f64)| (f64::from(year) + 0.5, value);
        let after = self.0.iter().map(point).position(|(year, _)| year > years);
        match (after, self.0.last()) {
            (_, None) => 1.0,
            (None, Some(last)) => last.1,
            (Some(0), _) => self.0[0].1,
            (Some(i), _) => {
                let ((t0, v0), (t1, v1)) = (point(&self.0[i - 1]), point(&self.0[i]));
                v0 + (v1 - v0) * (years - t0) / (t1 - t0)
            }
        }
    }
}

/// What drives the output of a by-product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostLink {
    /// The plan of a metal that the world does not hold.
    Plan(HostIx),
    /// A mine, by its place in [`Setup::mines`]: dug from the same ore, in proportion.
    Mine(usize),
    /// All mines of a mineral in the nation that have no such host themselves, against their capacity.
    Mines(MineralIx),
    /// The nation's plants that make a market's metal, against their normal output.
    Plants(MarketIx),
}

/// A mine.
#[derive(Debug, Clone)]
pub struct Mine {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Where it lies.
    pub nation: NationIx,
    /// Nationality of its owner.
    pub owner: NationIx,
    /// Firm that owns it; `None` for the firms of a nation taken together, which have no balance sheet.
    pub firm: Option<FirmIx>,
    /// Market that it sells to.
    pub market: MarketIx,
    /// What it is dug along with, when this metal is a by-product.
    pub host: Option<HostLink>,
    /// Product a year, contained, with the host at its base-year output.
    pub capacity_per_year: Mass,
    /// Avoidable cost of the product, net of what the host pays.
    pub cash_cost: Price,
    /// Product from the metal dug.
    pub recovery: Ppm,
    /// Metal in the ground worth mining.
    pub ore_reserve: Mass,
    /// Metal known of, but not worth mining yet.
    pub resource: Mass,
    /// Product in store at the start.
    pub stock: Mass,
    /// Its rule of conduct.
    pub rule: MineRule,
    /// When it is not there yet: how it may come about.
    pub project: Option<Project>,
}

/// A processor.
#[derive(Debug, Clone)]
pub struct Plant {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Where it stands.
    pub nation: NationIx,
    /// Nationality of its owner.
    pub owner: NationIx,
    /// Firm that owns it; `None` for the firms of a nation taken together, which have no balance sheet.
    pub firm: Option<FirmIx>,
    /// Market that it buys from.
    pub feed: MarketIx,
    /// Market that it sells to.
    pub product: MarketIx,
    /// Product a year at full use.
    pub capacity_per_year: Mass,
    /// Product from the metal fed.
    pub recovery: Ppm,
    /// Cost of making the product.
    pub conversion_cost: Price,
    /// Feed in store at the start.
    pub feed_stock: Mass,
    /// Product in store at the start.
    pub product_stock: Mass,
    /// Weeks from order to arrival that it plans with.
    pub lead_weeks: f64,
    /// Its rule of conduct.
    pub rule: PlantRule,
    /// When it is not there yet: how it may come about.
    pub project: Option<Project>,
}

/// A consuming sector.
#[derive(Debug, Clone)]
pub struct Sector {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Where it consumes.
    pub nation: NationIx,
    /// Market that it buys from.
    pub market: MarketIx,
    /// Use a year at the opening price in the base year.
    pub use_per_year: Mass,
    /// Use against the base year.
    pub growth: Path,
    /// Service that it uses the metal for.
    pub service: Option<ServiceIx>,
    /// Share of what it uses that leaves fabrication as new scrap.
    pub new_scrap: Ppm,
    /// Value added of the industry that uses it, against the largest industry.
    pub value: f64,
    /// Turn at the marginal price and in a release of reserves; lower goes first.
    pub priority: u8,
    /// Metal in store at the start.
    pub stock: Mass,
    /// Weeks from order to arrival that it plans with.
    pub lead_weeks: f64,
    /// Its rule of conduct.
    pub rule: SectorRule,
}

/// A merchant: carries metal through time in one market and region.
#[derive(Debug, Clone)]
pub struct Merchant {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Where its warehouse stands.
    pub nation: NationIx,
    /// Market that it trades in.
    pub market: MarketIx,
    /// Metal in store at the start.
    pub stock: Mass,
    /// Room in its warehouse.
    pub capacity: Mass,
    /// Most that it may owe.
    pub credit: Money,
    /// Its rule of conduct.
    pub rule: MerchantRule,
}

impl Setup {
    /// Contracts in which a reserve agency may be told to hedge, each once.
    #[must_use]
    pub fn hedged_in(&self, reserve: usize) -> Vec<exchange::ContractIx> {
        let policies = self.nations.iter().flat_map(|nation| &nation.policies);
        let mut contracts: Vec<exchange::ContractIx> = policies
            .filter_map(|(_, policy)| match policy {
                Policy::ReserveOptions(puts) if puts.reserve == reserve => Some(puts.contract),
                Policy::ReserveHedge(hedge) if hedge.reserve == reserve => Some(hedge.forward.contract),
                _ => None,
            })
            .collect();
        contracts.sort_unstable();
        contracts.dedup();
        contracts
    }

    /// The mineral of a market.
    #[must_use]
    pub fn mineral_of(&self, market: MarketIx) -> &Mineral {
        &self.minerals[self.markets[market].mineral]
    }

    /// What a contract's tonnes are counted in; what is on no metal is counted as if by the tonne.
    #[must_use]
    pub fn quantum_of(&self, contract: &Contract) -> Quantum {
        contract.metal().map_or(Quantum::Kilogram, |metal| self.mineral_of(metal.market).quantum)
    }

    /// What a nation's users of a market's metal use a day in the base year, in quanta: its sectors, or its plants at
    /// normal utilization; projects apart.
    #[must_use]
    pub fn daily_use(&self, nation: NationIx, market: MarketIx) -> f64 {
        let sectors = self.sectors.iter().filter(|sector| sector.nation == nation && sector.market == market);
        let plants = self
            .plants
            .iter()
            .filter(|plant| plant.nation == nation && plant.feed == market && plant.project.is_none());
        let feed =
            |plant: &Plant| plant.capacity_per_year.real() * plant.rule.normal_utilization / plant.recovery.share();
        (sectors.map(|sector| sector.use_per_year.real()).sum::<f64>() + plants.map(feed).sum::<f64>()) / 365.25
    }

    /// Whether a mine digs from the first week: it is no project, nor along with one.
    #[must_use]
    pub fn digs_at_start(&self, mine: &Mine) -> bool {
        let host = match mine.host {
            Some(HostLink::Mine(host)) => self.mines[host].project.is_some(),
            _ => false,
        };
        mine.project.is_none() && !host
    }

    /// Way between two regions in a market.
    #[must_use]
    pub fn leg(&self, market: MarketIx, from: RegionIx, to: RegionIx) -> Option<Leg> {
        self.markets[market].legs[from * self.regions.len() + to]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_linear_between_mid_years_and_level_beyond() {
        let path = Path(vec![(2024, 1.0), (2026, 2.0)]);
        for (years, value) in [(2020.0, 1.0), (2024.5, 1.0), (2025.5, 1.5), (2026.5, 2.0), (2040.0, 2.0)] {
            assert!((path.at(years) - value).abs() < 1e-12, "{years}");
        }
        assert!((Path(Vec::new()).at(2025.0) - 1.0).abs() < 1e-12);
    }
}
