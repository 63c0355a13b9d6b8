//! What is measured of a run: named functions of the tables it leaves.

use std::ops::Range;

use crate::calendar::Week;
use crate::facts::{Statistic, returns};
use crate::id::Id;
use crate::record::Table;
use crate::setup::Setup;
use crate::statistics::{mean, quantile};

pub mod acts;
pub mod agencies;
mod contract;
pub mod currency;
pub mod exchanges;
pub mod policies;
pub mod pricing;
mod run;
pub mod supply;
pub mod warnings;
pub mod yearly;

use acts::Acts;
use agencies::AgencyFigure;
use currency::ExchangeGains;
use exchanges::Column;
use policies::{Reports, Shipments};
use pricing::Purchases;
use run::Run;
use supply::Supply;
use warnings::Judged;
use yearly::{Figure, Rows};

/// A named measure over part of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Id; the column's name is made from it and the unit.
    pub id: Id,
    /// What it measures.
    pub measure: Measure,
    /// Weeks that it looks at.
    pub weeks: Range<Week>,
}

/// A market by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketName {
    /// Mineral.
    pub mineral: Id,
    /// Stage.
    pub stage: Id,
}

/// What an outcome measures. Agents go by name, since an arm may add some and so shift the indices.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// Mean weekly price of a market in a region \[USD/t\].
    PriceMean(MarketName, Id),
    /// Highest weekly price \[USD/t\].
    PricePeak(MarketName, Id),
    /// Price that this share of the weeks stay below \[USD/t\].
    PriceQuantile(MarketName, Id, f64),
    /// Mean stock of a market's metal within a nation outside its reserves \[t\].
    PrivateStock(MarketName, Id),
    /// A figure of a reserve agency.
    Agency(Id, AgencyFigure),
    /// Weeks from the first week looked at to the first with the highest price.
    PriceTimeToPeak(MarketName, Id),
    /// Standard deviation of the weekly change of log price, times √52.18 \[1 per √year\].
    PriceVolatility(MarketName, Id),
    /// Requirement of some sectors that was not met \[t\].
    UnmetDemand(Vec<Id>),
    /// Weeks from the first week looked at to the first in which some sectors together go short by more than this
    /// share of their requirement; nothing if they never do.
    FirstShortage(Vec<Id>, f64),
    /// Mean stock of a market's metal within a nation over its mean weekly use \[weeks\].
    WeeksOfCover(MarketName, Id),
    /// Share of a nation's use of a market's metal beyond its own output.
    ImportDependence(MarketName, Id),
    /// Output of a nation's recyclers over the use of its sectors, for one mineral.
    RecycledShare(Id, Id),
    /// Mean share of some sectors' use that has switched to substitutes.
    SubstitutedShare(Vec<Id>),
    /// What some sectors used \[t\].
    Use(Vec<Id>),
    /// Mean share of the capacity of some sectors' firms that had closed.
    ClosedShare(Vec<Id>),
    /// What the firms of some sectors earned besides the metal's cost \[USD\].
    SectorMargin(Vec<Id>),
    /// Mean share of a technology in a service.
    TechnologyShare(Id, Id),
    /// Herfindahl–Hirschman index of mine output by nation, 0 to 10,000.
    MiningConcentration(Id),
    /// Herfindahl–Hirschman index of plant output by nation, 0 to 10,000, for one stage.
    RefiningConcentration(MarketName),
    /// Sum of what a levy brings in a nation \[USD\].
    Revenue(Id, Levy),
    /// What holding a reserve costs \[USD\]: spent less earned, and what the stock lost in value at market prices.
    ReserveCost(Id),
    /// Present value of what a nation pays for a metal: its users' loss by prices above the opening one, and its reserve \[USD\].
    SupplyCost(Supply),
    /// Largest fall of what a reserve's stock, money and puts are worth together from an earlier week \[USD\].
    ReserveDrawdown(Id),
    /// What months that a reserve sold forward brought it, fees taken off \[USD\].
    ReserveHedgeGain(Id),
    /// Premiums that a reserve paid less what exercise of its puts brought \[USD\].
    ReservePremiums(Id),
    /// Mean over years of a figure of a yearly table.
    Yearly(Figure, Rows),
    /// Share of the years in which a nation's position is of a class, by the class's name.
    InClass(Rows, &'static str),
    /// What a plant earns on a tonne of feed before conversion: product price × recovery − feed price \[USD/t of feed\].
    TreatmentCharge(Id),
    /// What a treasury takes in a year, all levies, rents and margins together \[USD a year\].
    TreasuryTake(Id),
    /// Mean price that some plants and sectors paid, contracts and auctions included \[USD/t\]; nothing if they bought
    /// nothing.
    PricePaid(Vec<Id>),
    /// Share of what some plants and sectors bought that came under contracts; nothing if they bought nothing.
    ContractedShare(Vec<Id>),
    /// What a nation's firms mined of a mineral, and what contracts brought its users from mines of others \[t\].
    TonnesSecured(Id, Id),
    /// What foreign states took of the margins of a nation's firms in a mineral, less compensation \[USD\].
    HostTake(Id, Id),
    /// What a nation's overseas investments in a mineral brought, less what was paid for them \[USD\].
    OverseasReturn(Id, Id),
    /// Mean price of what was imported under contracts \[USD/t\]; nothing if nothing was.
    ImportPrice(Purchases),
    /// Share of what was bought under contracts whose price follows a benchmark; nothing if nothing was bought.
    PricedShare(Purchases),
    /// A figure of what exchange rates did to a side of contracts.
    ExchangeGain(ExchangeGains),
    /// How good a watch's warnings were.
    Warning(Judged),
    /// A figure of what a policy reports.
    Policy(Reports),
    /// What was shipped between regions \[t\].
    Shipped(Shipments),
    /// Firms that defaulted.
    Defaults,
    /// Acts of nations.
    Acts(Acts),
    /// Variance over mean of the yearly counts of acts of nations.
    ActDispersion(Acts),
    /// Weeks in which a nation's policy that it decides on is in force.
    WeeksInForce(Id, Id),
    /// Projects whose first capacity opened.
    ProjectsBuilt(Projects),
    /// Capacity of projects that opened \[t a year\].
    CapacityBuilt(Projects),
    /// What policy banks gave up of their loans to projects \[USD\].
    LoansWrittenOff(Projects),
    /// A figure of a contract or of an exchange.
    Exchange(Column, Id),
    /// A statistic of a contract and of the metal behind it.
    Fact(Id, Statistic),
    /// Share of the variance of a price's changes that a hedge takes away.
    HedgeEffectiveness(Hedged),
    /// Share of a contract in finding the price that it has in common with another.
    InformationShare(Pair),
}

/// A price hedged on a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Hedged {
    /// The contract.
    pub contract: Id,
    /// Stage and region of the price; where and what the contract delivers when there is none.
    pub stage: Option<Id>,
    /// See `stage`.
    pub region: Option<Id>,
    /// Weeks over which changes are taken.
    pub weeks: u32,
    /// Metal hedged per metal priced; what is best in the run when there is none.
    pub ratio: Option<f64>,
}

/// Two contracts for the same metal.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The one whose share is taken.
    pub contract: Id,
    /// The other.
    pub against: Id,
    /// Lags of the changes.
    pub lags: u32,
    /// Which share.
    pub share: Share,
}

/// A share in finding a price: see [`crate::facts::discovery`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Mean of the bounds of the information share.
    Middle,
    /// Its lower bound.
    Lower,
    /// Its upper bound.
    Upper,
    /// Common factor weight.
    Component,
}

/// Projects by name of their mineral, and of nations if any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projects {
    /// Mineral.
    pub mineral: Id,
    /// Where they lie.
    pub nation: Option<Id>,
    /// Nation whose firms own them at the start.
    pub owner: Option<Id>,
}

/// What brings a nation money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Levy {
    /// Royalty on what is mined.
    Royalty,
    /// Duty on exports.
    Duty,
    /// Tariff on imports.
    Tariff,
    /// Rent of quotas and licenses, of the treasury and of the producers.
    QuotaRent,
    /// The treasury's share of the margin of nationalized mines, less compensation.
    StateMargin,
    /// What programs for users, collectors and recyclers cost: money that the nation spends.
    Programs,
}

impl Levy {
    const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Royalty => &["royalty_usd"],
            Self::Duty => &["duty_usd"],
            Self::Tariff => &["tariff_usd"],
            Self::QuotaRent => &["rent_usd", "producer_rent_usd"],
            Self::StateMargin => &["state_margin_usd"],
            Self::Programs => &["programs_usd"],
        }
    }
}

impl Measure {
    /// Unit, as column names spell it; empty for shares and indices.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        match self {
            Self::PriceMean(..)
            | Self::PricePeak(..)
            | Self::PriceQuantile(..)
            | Self::PricePaid(_)
            | Self::ImportPrice(_) => "usd_per_t",
            Self::Agency(_, figure) => figure.unit(),
            Self::PriceTimeToPeak(..) | Self::FirstShortage(..) | Self::WeeksOfCover(..) | Self::WeeksInForce(..) => {
                "weeks"
            }
            Self::PriceVolatility(..) => "per_sqrt_year",
            Self::UnmetDemand(_)
            | Self::Use(_)
            | Self::TonnesSecured(..)
            | Self::PrivateStock(..)
            | Self::Shipped(_) => "t",
            Self::Policy(of) => of.figure.unit(),
            Self::ImportDependence(..)
            | Self::ContractedShare(_)
            | Self::RecycledShare(..)
            | Self::SubstitutedShare(_)
            | Self::ClosedShare(_)
            | Self::TechnologyShare(..)
            | Self::HedgeEffectiveness(_)
            | Self::InformationShare(_)
            | Self::PricedShare(_)
            | Self::InClass(..) => "share",
            Self::ExchangeGain(of) => of.figure.unit(),
            Self::Warning(of) => of.figure.unit(),
            Self::Defaults => "firms",
            Self::Acts(_) => "acts",
            Self::ActDispersion(_) => "variance_over_mean",
            Self::ProjectsBuilt(_) => "projects",
            Self::CapacityBuilt(_) => "t_per_year",
            Self::MiningConcentration(_) | Self::RefiningConcentration(_) => "hhi",
            Self::Revenue(..)
            | Self::ReserveCost(_)
            | Self::SupplyCost(_)
            | Self::ReserveDrawdown(_)
            | Self::ReservePremiums(_)
            | Self::ReserveHedgeGain(_)
            | Self::SectorMargin(_)
            | Self::HostTake(..)
            | Self::OverseasReturn(..)
            | Self::LoansWrittenOff(_) => "usd",
            Self::Yearly(figure, _) => figure.unit,
            Self::Exchange(column, _) => column.unit,
            Self::TreatmentCharge(_) => "usd_per_t_feed",
            Self::TreasuryTake(_) => "usd_per_year",
            Self::Fact(_, statistic) => statistic.unit(),
        }
    }

    /// The price that it is about, if it is about one.
    #[must_use]
    pub const fn price(&self) -> Option<(&MarketName, &Id)> {
        match self {
            Self::PriceMean(market, region)
            | Self::PricePeak(market, region)
            | Self::PriceTimeToPeak(market, region)
            | Self::PriceQuantile(market, region, _)
            | Self::PriceVolatility(market, region) => Some((market, region)),
            _ => None,
        }
    }

    /// Tables that it reads.
    #[must_use]
    pub const fn tables(&self) -> &'static [&'static str] {
        match self {
            Self::PriceMean(..)
            | Self::PricePeak(..)
            | Self::PriceTimeToPeak(..)
            | Self::PriceQuantile(..)
            | Self::PriceVolatility(..)
            | Self::TreatmentCharge(_) => &["markets"],
            Self::Agency(..) => &["reserves", "agencies", "markets"],
            Self::PrivateStock(..) => &["mines", "plants", "sectors", "recyclers", "merchants"],
            Self::UnmetDemand(_)
            | Self::Use(_)
            | Self::FirstShortage(..)
            | Self::SubstitutedShare(_)
            | Self::ClosedShare(_)
            | Self::SectorMargin(_) => &["sectors"],
            Self::RecycledShare(..) => &["recyclers", "sectors"],
            Self::TechnologyShare(..) => &["services"],
            Self::WeeksOfCover(..) => &["mines", "plants", "sectors", "recyclers", "merchants", "reserves"],
            Self::ImportDependence(..) => &["mines", "plants", "sectors", "recyclers"],
            Self::MiningConcentration(_) => &["mines"],
            Self::RefiningConcentration(_) => &["plants"],
            Self::Revenue(..) | Self::TreasuryTake(_) => &["nations"],
            Self::ReserveCost(_) => &["reserves", "markets"],
            Self::SupplyCost(_) => &["markets", "mines", "sectors", "reserves", "agencies"],
            Self::ReserveDrawdown(_) | Self::ReservePremiums(_) | Self::ReserveHedgeGain(_) => &["reserve_options"],
            Self::Yearly(figure, _) => figure.table,
            Self::Exchange(column, _) => column.table,
            Self::InClass(..) => &["positions"],
            Self::PricePaid(_) | Self::ContractedShare(_) => &["plants", "sectors"],
            Self::TonnesSecured(..) | Self::HostTake(..) | Self::OverseasReturn(..) => &["owners"],
            Self::ImportPrice(_) | Self::PricedShare(_) => &["pricing"],
            Self::ExchangeGain(_) => &["exchange_gains"],
            Self::Warning(_) => &["warnings"],
            Self::Policy(_) => &["policies"],
            Self::Shipped(_) => &["flows"],
            Self::Defaults => &["firms"],
            Self::Acts(Acts { price: Some(_), .. }) | Self::ActDispersion(Acts { price: Some(_), .. }) => {
                &["acts", "markets"]
            }
            Self::Acts(_) | Self::ActDispersion(_) | Self::WeeksInForce(..) => &["acts"],
            Self::ProjectsBuilt(_) | Self::CapacityBuilt(_) | Self::LoansWrittenOff(_) => &["projects"],
            Self::Fact(_, statistic) => statistic.tables(),
            Self::HedgeEffectiveness(_) => &["contracts", "futures", "markets"],
            Self::InformationShare(_) => &["contracts"],
        }
    }
}

impl Outcome {
    /// Name of its column: the id with underscores, and the unit.
    #[must_use]
    pub fn column(&self) -> String {
        format!("{}_{}", self.id.as_str().replace('-', "_"), self.measure.unit())
    }

    /// Its value in a run of `setup` that left `tables`; `None` where it has none, such as the week of a shortage that
    /// never came.
    #[must_use]
    pub fn evaluate(&self, setup: &Setup, tables: &[Table]) -> Option<f64> {
        let run = Run { setup, tables, weeks: &self.weeks };
        match &self.measure {
            Measure::PriceMean(market, region) => mean(&run.prices(market, region)),
            Measure::PricePeak(market, region) => highest(&run.prices(market, region)).map(|(_, price)| price),
            Measure::PriceTimeToPeak(market, region) => {
                highest(&run.prices(market, region)).map(|(week, _)| week as f64)
            }
            Measure::PriceQuantile(market, region, share) => {
                let mut prices = run.prices(market, region);
                prices.sort_by(f64::total_cmp);
                quantile(&prices, *share)
            }
            Measure::Agency(reserve, figure) => run.agency(reserve, figure),
            Measure::PrivateStock(market, nation) => run.private_stock(market, nation),
            Measure::PriceVolatility(market, region) => {
                returns::volatility(&returns::log_changes(&run.prices(market, region)))
            }
            Measure::UnmetDemand(sectors) => Some(run.total("sectors", "sector", sectors, "unmet_t")),
            Measure::Use(sectors) => Some(run.total("sectors", "sector", sectors, "used_t")),
            Measure::SectorMargin(sectors) => Some(run.total("sectors", "sector", sectors, "margin_usd")),
            Measure::SubstitutedShare(sectors) => run.mean_of_sectors(sectors, "substituted"),
            Measure::ClosedShare(sectors) => run.mean_of_sectors(sectors, "closed"),
            Measure::RecycledShare(nation, mineral) => run.recycled_share(nation, mineral),
            Measure::TechnologyShare(service, technology) => run.technology_share(service, technology),
            Measure::FirstShortage(sectors, above) => run.first_shortage(sectors, *above),
            Measure::WeeksOfCover(market, nation) => run.cover(market, nation),
            Measure::ImportDependence(market, nation) => run.import_dependence(market, nation),
            Measure::MiningConcentration(mineral) => concentration(&run.mined_by_nation(mineral)),
            Measure::RefiningConcentration(market) => concentration(&run.refined_by_nation(market)),
            Measure::Revenue(nation, levy) => {
                let one = std::slice::from_ref(nation);
                Some(levy.columns().iter().map(|column| run.total("nations", "nation", one, column)).sum())
            }
            Measure::ReserveCost(reserve) => run.reserve_cost(reserve),
            Measure::SupplyCost(of) => run.supply_cost(of),
            Measure::ReserveDrawdown(reserve) => run.reserve_drawdown(reserve),
            Measure::ReserveHedgeGain(reserve) => {
                Some(run.total("reserve_options", "reserve", std::slice::from_ref(reserve), "hedge_gain_usd"))
            }
            Measure::ReservePremiums(reserve) => {
                let one = std::slice::from_ref(reserve);
                let total = |column| run.total("reserve_options", "reserve", one, column);
                Some(total("paid_usd") - total("payoff_usd"))
            }
            Measure::Yearly(figure, rows) => run.yearly(figure, rows),
            Measure::Exchange(column, id) => run.exchange(column, id),
            Measure::InClass(rows, class) => run.years_in_class(rows, class),
            Measure::TreatmentCharge(plant) => run.treatment_charge(plant),
            Measure::TreasuryTake(nation) => run.treasury_take(nation),
            Measure::PricePaid(buyers) => run.per_tonne_bought(buyers, "spent_usd"),
            Measure::ContractedShare(buyers) => run.per_tonne_bought(buyers, "contracted_t"),
            Measure::TonnesSecured(nation, mineral) => {
                Some(run.owned(nation, mineral, "mined_t") + run.owned(nation, mineral, "contracted_t"))
            }
            Measure::HostTake(nation, mineral) => {
                Some(run.owned(nation, mineral, "taken_usd") - run.owned(nation, mineral, "compensated_usd"))
            }
            Measure::OverseasReturn(nation, mineral) => {
                Some(run.owned(nation, mineral, "received_usd") - run.owned(nation, mineral, "invested_usd"))
            }
            Measure::ImportPrice(of) => run.import_price(of),
            Measure::PricedShare(of) => run.priced_share(of),
            Measure::ExchangeGain(of) => run.exchange_gain(of),
            Measure::Warning(of) => run.warnings(of),
            Measure::Policy(of) => Some(run.reported(of)),
            Measure::Shipped(of) => Some(run.shipped(of)),
            Measure::Acts(of) => Some(run.acts(of)),
            Measure::ActDispersion(of) => run.act_dispersion(of),
            Measure::WeeksInForce(nation, policy) => Some(run.weeks_in_force(nation, policy)),
            Measure::Defaults => Some(run.defaults()),
            Measure::ProjectsBuilt(of) => Some(run.opened(of, |built| f64::from(u8::from(built > 0.0)))),
            Measure::CapacityBuilt(of) => Some(run.opened(of, |built| built)),
            Measure::LoansWrittenOff(of) => {
                let projects: Vec<Id> = run.projects(of).into_iter().map(|(id, _)| id).collect();
                Some(run.total("projects", "project", &projects, "written_off_usd"))
            }
            Measure::Fact(contract, statistic) => run.fact(contract, *statistic),
            Measure::HedgeEffectiveness(hedged) => run.hedge_effectiveness(hedged),
            Measure::InformationShare(pair) => run.information_share(pair),
        }
    }
}

/// First place of the highest value, and the value.
fn highest(values: &[f64]) -> Option<(usize, f64)> {
    values.iter().copied().enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// Herfindahl–Hirschman index: 10,000 · Σ s², s the share of each; `None` when there is nothing to share.
#[must_use]
pub fn concentration(amounts: &[f64]) -> Option<f64> {
    let total: f64 = amounts.iter().sum();
    (total > 0.0).then(|| 10_000.0 * amounts.iter().map(|a| (a / total) * (a / total)).sum::<f64>())
}

#[cfg(test)]
mod tests;
