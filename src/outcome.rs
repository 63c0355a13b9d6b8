//! What is measured of a run: named functions of the tables it leaves.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::calendar::Week;
use crate::id::Id;
use crate::math;
use crate::record::{Table, Values};
use crate::setup::{MarketIx, NationIx, Setup};
use crate::statistics::{mean, standard_deviation};
use crate::units::WEEKS_PER_YEAR;

pub mod yearly;

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
    /// Firms that defaulted.
    Defaults,
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
            Self::PriceMean(..) | Self::PricePeak(..) | Self::PricePaid(_) => "usd_per_t",
            Self::PriceTimeToPeak(..) | Self::FirstShortage(..) | Self::WeeksOfCover(..) => "weeks",
            Self::PriceVolatility(..) => "per_sqrt_year",
            Self::UnmetDemand(_) | Self::Use(_) | Self::TonnesSecured(..) => "t",
            Self::ImportDependence(..)
            | Self::ContractedShare(_)
            | Self::RecycledShare(..)
            | Self::SubstitutedShare(_)
            | Self::ClosedShare(_)
            | Self::TechnologyShare(..)
            | Self::InClass(..) => "share",
            Self::Defaults => "firms",
            Self::MiningConcentration(_) | Self::RefiningConcentration(_) => "hhi",
            Self::Revenue(..)
            | Self::ReserveCost(_)
            | Self::SectorMargin(_)
            | Self::HostTake(..)
            | Self::OverseasReturn(..) => "usd",
            Self::Yearly(figure, _) => figure.unit,
            Self::TreatmentCharge(_) => "usd_per_t_feed",
            Self::TreasuryTake(_) => "usd_per_year",
        }
    }

    /// The price that it is about, if it is about one.
    #[must_use]
    pub const fn price(&self) -> Option<(&MarketName, &Id)> {
        match self {
            Self::PriceMean(market, region)
            | Self::PricePeak(market, region)
            | Self::PriceTimeToPeak(market, region)
            | Self::PriceVolatility(market, region) => Some((market, region)),
            _ => None,
        }
    }

    /// Tables that it reads.
    #[must_use]
    pub const fn tables(&self) -> &'static [&'static str] {
        match self {
            Self::PriceMean(..) | Self::PricePeak(..) | Self::PriceTimeToPeak(..) | Self::PriceVolatility(..) => {
                &["markets"]
            }
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
            Self::Yearly(figure, _) => figure.table,
            Self::InClass(..) => &["positions"],
            Self::TreatmentCharge(_) => &["markets"],
            Self::PricePaid(_) | Self::ContractedShare(_) => &["plants", "sectors"],
            Self::TonnesSecured(..) | Self::HostTake(..) | Self::OverseasReturn(..) => &["owners"],
            Self::Defaults => &["firms"],
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
            Measure::PriceVolatility(market, region) => volatility(&run.prices(market, region)),
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
            Measure::Yearly(figure, rows) => run.yearly(figure, rows),
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
            Measure::Defaults => Some(run.defaults()),
        }
    }
}

/// First place of the highest value, and the value.
fn highest(values: &[f64]) -> Option<(usize, f64)> {
    values.iter().copied().enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// Annualized standard deviation of weekly log changes: s(ln p′/p) · √(weeks per year).
fn volatility(prices: &[f64]) -> Option<f64> {
    let changes: Vec<f64> = prices.windows(2).map(|pair| math::ln(pair[1] / pair[0])).collect();
    standard_deviation(&changes).map(|sd| sd * math::sqrt(WEEKS_PER_YEAR))
}

/// Herfindahl–Hirschman index: 10,000 · Σ s², s the share of each; `None` when there is nothing to share.
#[must_use]
pub fn concentration(amounts: &[f64]) -> Option<f64> {
    let total: f64 = amounts.iter().sum();
    (total > 0.0).then(|| 10_000.0 * amounts.iter().map(|a| (a / total) * (a / total)).sum::<f64>())
}

/// A run seen through its tables, within some weeks.
struct Run<'a> {
    setup: &'a Setup,
    tables: &'a [Table],
    weeks: &'a Range<Week>,
}

impl<'a> Run<'a> {
    /// Rows of a table within the weeks: place, week, id in the key column.
    fn rows(&self, table: &str, key: &str) -> impl Iterator<Item = (usize, Week, &'a str)> {
        let found = self.table(table);
        let (names, ids) = key_column(found, key);
        let weeks = self.weeks.clone();
        let all = week_column(found).iter().zip(ids).enumerate();
        all.filter(move |(_, (week, _))| weeks.contains(*week))
            .map(move |(row, (week, id))| (row, *week, names[usize::from(*id)].as_str()))
    }

    fn table(&self, name: &str) -> &'a Table {
        self.tables.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("bug: no table {name} was recorded"))
    }

    fn prices(&self, market: &MarketName, region: &Id) -> Vec<f64> {
        let table = self.table("markets");
        let prices = real_column(table, "price_usd_per_t");
        let [(minerals, mineral), (stages, stage)] = ["mineral", "stage"].map(|key| key_column(table, key));
        self.rows("markets", "region")
            .filter(|(row, _, name)| {
                *name == region.as_str()
                    && minerals[usize::from(mineral[*row])] == market.mineral.as_str()
                    && stages[usize::from(stage[*row])] == market.stage.as_str()
            })
            .map(|(row, ..)| prices[row])
            .collect()
    }

    /// Sum of a column over the rows of some ids.
    fn total(&self, table: &str, key: &str, ids: &[Id], column: &str) -> f64 {
        let values = real_column(self.table(table), column);
        let named = |name: &str| ids.iter().any(|id| id.as_str() == name);
        self.rows(table, key).filter(|(_, _, name)| named(name)).map(|(row, ..)| values[row]).sum()
    }

    /// A column of plants and sectors over what they bought.
    fn per_tonne_bought(&self, buyers: &[Id], column: &str) -> Option<f64> {
        let of =
            |column| self.total("plants", "plant", buyers, column) + self.total("sectors", "sector", buyers, column);
        let bought = of("bought_t");
        (bought > 0.0).then(|| of(column) / bought)
    }

    /// Sum of a column over a nation's holdings of a mineral.
    fn owned(&self, nation: &Id, mineral: &Id, column: &str) -> f64 {
        let table = self.table("owners");
        let (values, (names, minerals)) = (real_column(table, column), key_column(table, "mineral"));
        let ours =
            |row: usize, name: &str| name == nation.as_str() && names[usize::from(minerals[row])] == mineral.as_str();
        self.rows("owners", "nation").filter(|(row, _, name)| ours(*row, name)).map(|(row, ..)| values[row]).sum()
    }

    /// Firms in default in the last week, less those in default before the first.
    fn defaults(&self) -> f64 {
        let defaulted = real_column(self.table("firms"), "defaulted");
        let mut weeks: BTreeMap<Week, f64> = BTreeMap::new();
        for (row, week, _) in self.rows("firms", "firm") {
            *weeks.entry(week).or_default() += defaulted[row];
        }
        let ends = weeks.first_key_value().zip(weeks.last_key_value());
        ends.map_or(0.0, |((_, first), (_, last))| if self.weeks.start == 0 { *last } else { last - first })
    }

    fn first_shortage(&self, sectors: &[Id], above: f64) -> Option<f64> {
        let table = self.table("sectors");
        let (required, unmet) = (real_column(table, "required_t"), real_column(table, "unmet_t"));
        let mut by_week: BTreeMap<Week, (f64, f64)> = BTreeMap::new();
        for (row, week, name) in self.rows("sectors", "sector") {
            if sectors.iter().any(|id| id.as_str() == name) {
                let sums = by_week.entry(week).or_default();
                sums.0 += required[row];
                sums.1 += unmet[row];
            }
        }
        let short = by_week.iter().find(|(_, (required, unmet))| *unmet > above * required);
        short.map(|(week, _)| f64::from(week - self.weeks.start))
    }

    /// Spent less earned after the first week, plus the value of what was held then, less that of what is held last:
    /// a stock that was there at the start is no gift, and one that is left is no loss.
    fn reserve_cost(&self, id: &Id) -> Option<f64> {
        let table = self.table("reserves");
        let held = ["stock_t", "under_way_t"].map(|name| real_column(table, name));
        let [spent, earned] = ["spent_usd", "earned_usd"].map(|name| real_column(table, name));
        let rows: Vec<usize> =
            self.rows("reserves", "reserve").filter(|(.., name)| *name == id.as_str()).map(|(row, ..)| row).collect();
        let reserve = self.setup.reserves.iter().find(|reserve| reserve.id == *id)?;
        let market = &self.setup.markets[reserve.market];
        let mineral = self.setup.mineral_of(reserve.market).id.clone();
        let region = &self.setup.regions[self.setup.nations[reserve.nation].region].id;
        let prices = self.prices(&MarketName { mineral, stage: market.stage.clone() }, region);
        let value = |row: usize, price: f64| (held[0][row] + held[1][row]) * price;
        let (first, last) = (rows.first()?, rows.last()?);
        let flows: f64 = rows[1..].iter().map(|&row| spent[row] - earned[row]).sum();
        Some(flows + value(*first, *prices.first()?) - value(*last, *prices.last()?))
    }

    fn treatment_charge(&self, id: &Id) -> Option<f64> {
        let plant = self.setup.plants.iter().find(|plant| plant.id == *id)?;
        let region = &self.setup.regions[self.setup.nations[plant.nation].region].id;
        let prices = |market: MarketIx| {
            let (mineral, stage) = (self.setup.mineral_of(market).id.clone(), self.setup.markets[market].stage.clone());
            mean(&self.prices(&MarketName { mineral, stage }, region))
        };
        Some(prices(plant.product)? * plant.recovery.share() - prices(plant.feed)?)
    }

    fn treasury_take(&self, nation: &Id) -> Option<f64> {
        let one = std::slice::from_ref(nation);
        let columns = ["royalty_usd", "duty_usd", "tariff_usd", "rent_usd", "state_margin_usd"];
        let sum: f64 = columns.iter().map(|column| self.total("nations", "nation", one, column)).sum();
        let weeks = self.weeks.end.saturating_sub(self.weeks.start);
        (weeks > 0).then(|| sum * WEEKS_PER_YEAR / f64::from(weeks))
    }

    fn market(&self, name: &MarketName) -> Option<MarketIx> {
        (0..self.setup.markets.len())
            .find(|&ix| self.setup.markets[ix].stage == name.stage && self.setup.mineral_of(ix).id == name.mineral)
    }

    fn nation(&self, id: &Id) -> Option<NationIx> {
        self.setup.nations.iter().position(|nation| nation.id == *id)
    }

    fn mines(&self, belongs: impl Fn(&crate::setup::Mine) -> bool) -> Vec<Id> {
        self.setup.mines.iter().filter(|mine| belongs(mine)).map(|mine| mine.id.clone()).collect()
    }

    fn plants(&self, belongs: impl Fn(&crate::setup::Plant) -> bool) -> Vec<Id> {
        self.setup.plants.iter().filter(|plant| belongs(plant)).map(|plant| plant.id.clone()).collect()
    }

    fn sectors(&self, nation: NationIx, market: MarketIx) -> Vec<Id> {
        let here = self.setup.sectors.iter().filter(|s| s.nation == nation && s.market == market);
        here.map(|sector| sector.id.clone()).collect()
    }

    /// Mean of a share over weeks and sectors, by what they required.
    fn mean_of_sectors(&self, sectors: &[Id], column: &str) -> Option<f64> {
        let table = self.table("sectors");
        let (required, shares) = (real_column(table, "required_t"), real_column(table, column));
        let named = |name: &str| sectors.iter().any(|id| id.as_str() == name);
        let rows = self.rows("sectors", "sector").filter(|(.., name)| named(name)).map(|(row, ..)| row);
        let (sum, weight) =
            rows.fold((0.0, 0.0), |(sum, weight), row| (sum + shares[row] * required[row], weight + required[row]));
        (weight > 0.0).then(|| sum / weight)
    }

    fn recyclers(&self, belongs: impl Fn(&crate::setup::demand::Recycler) -> bool) -> Vec<Id> {
        self.setup.recyclers.iter().filter(|one| belongs(one)).map(|one| one.id.clone()).collect()
    }

    fn recycled_share(&self, nation: &Id, mineral: &Id) -> Option<f64> {
        let nation = self.nation(nation)?;
        let of = |market: MarketIx| self.setup.mineral_of(market).id == *mineral;
        let recyclers = self.recyclers(|one| one.nation == nation && of(one.product));
        let sectors = self.setup.sectors.iter().filter(|sector| sector.nation == nation && of(sector.market));
        let sectors: Vec<Id> = sectors.map(|sector| sector.id.clone()).collect();
        let used = self.total("sectors", "sector", &sectors, "used_t");
        (used > 0.0).then(|| self.total("recyclers", "recycler", &recyclers, "output_t") / used)
    }

    fn technology_share(&self, service: &Id, technology: &Id) -> Option<f64> {
        let table = self.table("services");
        let shares = real_column(table, "share");
        let (names, technologies) = key_column(table, "technology");
        let named = |row: usize| names[usize::from(technologies[row])] == technology.as_str();
        let rows = self.rows("services", "service").filter(|(row, _, name)| *name == service.as_str() && named(*row));
        mean(&rows.map(|(row, ..)| shares[row]).collect::<Vec<f64>>())
    }

    fn used_t(&self, nation: NationIx, market: MarketIx) -> f64 {
        self.total("plants", "plant", &self.plants(|p| p.nation == nation && p.feed == market), "fed_t")
            + self.total("sectors", "sector", &self.sectors(nation, market), "used_t")
    }

    fn cover(&self, market: &MarketName, nation: &Id) -> Option<f64> {
        let (market, nation) = (self.market(market)?, self.nation(nation)?);
        let merchants = self.setup.merchants.iter().filter(|m| m.nation == nation && m.market == market);
        let merchants: Vec<Id> = merchants.map(|merchant| merchant.id.clone()).collect();
        let reserves = self.setup.reserves.iter().filter(|r| r.nation == nation && r.market == market);
        let reserves: Vec<Id> = reserves.map(|reserve| reserve.id.clone()).collect();
        let feeding = self.plants(|p| p.nation == nation && p.feed == market);
        let making = self.plants(|p| p.nation == nation && p.product == market);
        let recycling = self.recyclers(|one| one.nation == nation && one.product == market);
        let held = self.total("mines", "mine", &self.mines(|m| m.nation == nation && m.market == market), "stock_t")
            + self.total("plants", "plant", &feeding, "feed_stock_t")
            + self.total("plants", "plant", &making, "product_stock_t")
            + self.total("sectors", "sector", &self.sectors(nation, market), "stock_t")
            + self.total("recyclers", "recycler", &recycling, "stock_t")
            + self.total("merchants", "merchant", &merchants, "stock_t")
            + self.total("reserves", "reserve", &reserves, "stock_t");
        let used = self.used_t(nation, market);
        (used > 0.0).then(|| held / used)
    }

    fn import_dependence(&self, market: &MarketName, nation: &Id) -> Option<f64> {
        let (market, nation) = (self.market(market)?, self.nation(nation)?);
        let mines = self.mines(|m| m.nation == nation && m.market == market);
        let plants = self.plants(|p| p.nation == nation && p.product == market);
        let recyclers = self.recyclers(|one| one.nation == nation && one.product == market);
        let made = self.total("mines", "mine", &mines, "output_t")
            + self.total("plants", "plant", &plants, "output_t")
            + self.total("recyclers", "recycler", &recyclers, "output_t");
        let used = self.used_t(nation, market);
        (used > 0.0).then(|| (1.0 - made / used).max(0.0))
    }

    fn mined_by_nation(&self, mineral: &Id) -> Vec<f64> {
        let of_mineral = |ix: MarketIx| self.setup.mineral_of(ix).id == *mineral;
        let in_nation = |n| self.mines(|mine| mine.nation == n && of_mineral(mine.market));
        (0..self.setup.nations.len()).map(|n| self.total("mines", "mine", &in_nation(n), "output_t")).collect()
    }

    fn refined_by_nation(&self, market: &MarketName) -> Vec<f64> {
        let Some(market) = self.market(market) else { return Vec::new() };
        let in_nation = |n| self.plants(|plant| plant.nation == n && plant.product == market);
        (0..self.setup.nations.len()).map(|n| self.total("plants", "plant", &in_nation(n), "output_t")).collect()
    }
}

fn column<'a>(table: &'a Table, name: &str) -> &'a Values {
    let found = table.columns.iter().find(|column| column.name == name);
    &found.unwrap_or_else(|| panic!("bug: table {} has no column {name}", table.name)).values
}

fn week_column(table: &Table) -> &[Week] {
    match column(table, "week") {
        Values::Week(weeks) => weeks,
        _ => panic!("bug: week of table {} holds no weeks", table.name),
    }
}

fn key_column<'a>(table: &'a Table, name: &str) -> (&'a [String], &'a [u16]) {
    match column(table, name) {
        Values::Key { names, rows } => (names, rows),
        _ => panic!("bug: {name} of table {} holds no ids", table.name),
    }
}

fn real_column<'a>(table: &'a Table, name: &str) -> &'a [f64] {
    match column(table, name) {
        Values::Real(values) => values,
        _ => panic!("bug: {name} of table {} holds no quantities", table.name),
    }
}

#[cfg(test)]
mod tests;
