//! A run as its tables have it: the sums and means that measures are made of.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{MarketName, Projects};
use crate::calendar::Week;
use crate::id::Id;
use crate::record::{Table, Values};
use crate::setup::{MarketIx, NationIx, Setup};
use crate::statistics::mean;
use crate::units::WEEKS_PER_YEAR;

/// A run seen through its tables, within some weeks.
pub(super) struct Run<'a> {
    pub(super) setup: &'a Setup,
    pub(super) tables: &'a [Table],
    pub(super) weeks: &'a Range<Week>,
}

impl<'a> Run<'a> {
    /// Rows of a table within the weeks: place, week, id in the key column.
    pub(super) fn rows(&self, table: &str, key: &str) -> impl Iterator<Item = (usize, Week, &'a str)> {
        let found = self.table(table);
        let (names, ids) = key_column(found, key);
        let weeks = self.weeks.clone();
        let all = week_column(found).iter().zip(ids).enumerate();
        all.filter(move |(_, (week, _))| weeks.contains(*week))
            .map(move |(row, (week, id))| (row, *week, names[usize::from(*id)].as_str()))
    }

    pub(super) fn table(&self, name: &str) -> &'a Table {
        self.tables.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("bug: no table {name} was recorded"))
    }

    pub(super) fn prices(&self, market: &MarketName, region: &Id) -> Vec<f64> {
        let table = self.table("markets");
        let prices = real_column(table, "price_usd_per_t");
        let here = self.rows_within(table);
        let [regions, minerals, stages] = [("region", region), ("mineral", &market.mineral), ("stage", &market.stage)]
            .map(|(key, id)| {
                let (names, rows) = key_column(table, key);
                let wanted = named(names, std::slice::from_ref(id));
                rows[here.clone()].iter().map(move |row| wanted[usize::from(*row)])
            });
        let ours = regions.zip(minerals).zip(stages).map(|((region, mineral), stage)| region & mineral & stage);
        ours.zip(&prices[here]).filter(|(ours, _)| *ours).map(|(_, price)| *price).collect()
    }

    /// Where the rows of a table within the weeks are; rows stand in order of week.
    fn rows_within(&self, table: &Table) -> Range<usize> {
        let weeks = week_column(table);
        let before = |end: Week| weeks.partition_point(|week| *week < end);
        before(self.weeks.start)..before(self.weeks.end.max(self.weeks.start))
    }

    /// Sum of a column over the rows of some ids.
    pub(super) fn total(&self, table: &str, key: &str, ids: &[Id], column: &str) -> f64 {
        let table = self.table(table);
        let (names, rows) = key_column(table, key);
        let wanted = named(names, ids);
        let here = self.rows_within(table);
        let all = rows[here.clone()].iter().zip(&real_column(table, column)[here]);
        all.filter(|(id, _)| wanted[usize::from(**id)]).map(|(_, value)| value).sum()
    }

    /// A column of plants and sectors over what they bought.
    pub(super) fn per_tonne_bought(&self, buyers: &[Id], column: &str) -> Option<f64> {
        let of =
            |column| self.total("plants", "plant", buyers, column) + self.total("sectors", "sector", buyers, column);
        let bought = of("bought_t");
        (bought > 0.0).then(|| of(column) / bought)
    }

    /// Sum of a column over a nation's holdings of a mineral.
    pub(super) fn owned(&self, nation: &Id, mineral: &Id, column: &str) -> f64 {
        let table = self.table("owners");
        let (values, (names, minerals)) = (real_column(table, column), key_column(table, "mineral"));
        let ours =
            |row: usize, name: &str| name == nation.as_str() && names[usize::from(minerals[row])] == mineral.as_str();
        self.rows("owners", "nation").filter(|(row, _, name)| ours(*row, name)).map(|(row, ..)| values[row]).sum()
    }

    /// Firms in default in the last week, less those in default before the first.
    pub(super) fn defaults(&self) -> f64 {
        let defaulted = real_column(self.table("firms"), "defaulted");
        let mut weeks: BTreeMap<Week, f64> = BTreeMap::new();
        for (row, week, _) in self.rows("firms", "firm") {
            *weeks.entry(week).or_default() += defaulted[row];
        }
        let ends = weeks.first_key_value().zip(weeks.last_key_value());
        ends.map_or(0.0, |((_, first), (_, last))| if self.weeks.start == 0 { *last } else { last - first })
    }

    /// Projects by id, and the capacity of each that stands at the start, in t a year.
    pub(super) fn projects(&self, of: &Projects) -> Vec<(Id, f64)> {
        let setup = self.setup;
        let named =
            |nation: NationIx, wanted: &Option<Id>| wanted.as_ref().is_none_or(|id| setup.nations[nation].id == *id);
        let wanted = |market: MarketIx, nation: NationIx, owner: NationIx| {
            setup.mineral_of(market).id == of.mineral && named(nation, &of.nation) && named(owner, &of.owner)
        };
        let mines = setup.mines.iter().filter(|mine| wanted(mine.market, mine.nation, mine.owner));
        let mines = mines.map(|mine| (&mine.id, mine.market, mine.capacity_per_year, mine.project.as_ref()));
        let plants = setup.plants.iter().filter(|plant| wanted(plant.product, plant.nation, plant.owner));
        let plants = plants.map(|plant| (&plant.id, plant.product, plant.capacity_per_year, plant.project.as_ref()));
        let found = mines.chain(plants).filter_map(|(id, market, capacity, project)| {
            let capacity = setup.mineral_of(market).quantum.tonnes(capacity);
            Some((id.clone(), capacity * project?.built()))
        });
        found.collect()
    }

    /// What `count` makes of the capacity of each project after the last week, less that before the first.
    pub(super) fn opened(&self, of: &Projects, count: impl Fn(f64) -> f64) -> f64 {
        let built = real_column(self.table("projects"), "built_t_per_year");
        let last = self.weeks.end.saturating_sub(1);
        let before = self.weeks.start.checked_sub(1);
        let sum = |(id, at_start): (Id, f64)| {
            let of = |week: Week| {
                let one = week..week + 1;
                let alone = Run { setup: self.setup, tables: self.tables, weeks: &one };
                let mut rows = alone.rows("projects", "project").filter(|(.., name)| *name == id.as_str());
                rows.next().map_or(0.0, |(row, ..)| built[row])
            };
            count(of(last)) - count(before.map_or(at_start, of))
        };
        self.projects(of).into_iter().map(sum).sum()
    }

    pub(super) fn first_shortage(&self, sectors: &[Id], above: f64) -> Option<f64> {
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
    pub(super) fn reserve_cost(&self, id: &Id) -> Option<f64> {
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

    /// The largest fall of an agency's worth from an earlier week's.
    pub(super) fn reserve_drawdown(&self, id: &Id) -> Option<f64> {
        let worth = real_column(self.table("reserve_options"), "worth_usd");
        let rows = self.rows("reserve_options", "reserve").filter(|(.., name)| *name == id.as_str());
        let (mut highest, mut fall) = (f64::NEG_INFINITY, None);
        for (row, ..) in rows {
            highest = worth[row].max(highest);
            fall = Some((highest - worth[row]).max(fall.unwrap_or(0.0)));
        }
        fall
    }

    pub(super) fn treatment_charge(&self, id: &Id) -> Option<f64> {
        let plant = self.setup.plants.iter().find(|plant| plant.id == *id)?;
        let region = &self.setup.regions[self.setup.nations[plant.nation].region].id;
        let prices = |market: MarketIx| {
            let (mineral, stage) = (self.setup.mineral_of(market).id.clone(), self.setup.markets[market].stage.clone());
            mean(&self.prices(&MarketName { mineral, stage }, region))
        };
        Some(prices(plant.product)? * plant.recovery.share() - prices(plant.feed)?)
    }

    pub(super) fn treasury_take(&self, nation: &Id) -> Option<f64> {
        let one = std::slice::from_ref(nation);
        let columns = ["royalty_usd", "duty_usd", "tariff_usd", "rent_usd", "state_margin_usd"];
        let sum: f64 = columns.iter().map(|column| self.total("nations", "nation", one, column)).sum();
        let weeks = self.weeks.end.saturating_sub(self.weeks.start);
        (weeks > 0).then(|| sum * WEEKS_PER_YEAR / f64::from(weeks))
    }

    pub(super) fn market(&self, name: &MarketName) -> Option<MarketIx> {
        (0..self.setup.markets.len())
            .find(|&ix| self.setup.markets[ix].stage == name.stage && self.setup.mineral_of(ix).id == name.mineral)
    }

    pub(super) fn nation(&self, id: &Id) -> Option<NationIx> {
        self.setup.nations.iter().position(|nation| nation.id == *id)
    }

    pub(super) fn mines(&self, belongs: impl Fn(&crate::setup::Mine) -> bool) -> Vec<Id> {
        self.setup.mines.iter().filter(|mine| belongs(mine)).map(|mine| mine.id.clone()).collect()
    }

    pub(super) fn plants(&self, belongs: impl Fn(&crate::setup::Plant) -> bool) -> Vec<Id> {
        self.setup.plants.iter().filter(|plant| belongs(plant)).map(|plant| plant.id.clone()).collect()
    }

    pub(super) fn sectors(&self, nation: NationIx, market: MarketIx) -> Vec<Id> {
        let here = self.setup.sectors.iter().filter(|s| s.nation == nation && s.market == market);
        here.map(|sector| sector.id.clone()).collect()
    }

    /// Mean of a share over weeks and sectors, by what they required.
    pub(super) fn mean_of_sectors(&self, sectors: &[Id], column: &str) -> Option<f64> {
        let table = self.table("sectors");
        let (required, shares) = (real_column(table, "required_t"), real_column(table, column));
        let named = |name: &str| sectors.iter().any(|id| id.as_str() == name);
        let rows = self.rows("sectors", "sector").filter(|(.., name)| named(name)).map(|(row, ..)| row);
        let (sum, weight) =
            rows.fold((0.0, 0.0), |(sum, weight), row| (sum + shares[row] * required[row], weight + required[row]));
        (weight > 0.0).then(|| sum / weight)
    }

    pub(super) fn recyclers(&self, belongs: impl Fn(&crate::setup::demand::Recycler) -> bool) -> Vec<Id> {
        self.setup.recyclers.iter().filter(|one| belongs(one)).map(|one| one.id.clone()).collect()
    }

    pub(super) fn recycled_share(&self, nation: &Id, mineral: &Id) -> Option<f64> {
        let nation = self.nation(nation)?;
        let of = |market: MarketIx| self.setup.mineral_of(market).id == *mineral;
        let recyclers = self.recyclers(|one| one.nation == nation && of(one.product));
        let sectors = self.setup.sectors.iter().filter(|sector| sector.nation == nation && of(sector.market));
        let sectors: Vec<Id> = sectors.map(|sector| sector.id.clone()).collect();
        let used = self.total("sectors", "sector", &sectors, "used_t");
        (used > 0.0).then(|| self.total("recyclers", "recycler", &recyclers, "output_t") / used)
    }

    pub(super) fn technology_share(&self, service: &Id, technology: &Id) -> Option<f64> {
        let table = self.table("services");
        let shares = real_column(table, "share");
        let (names, technologies) = key_column(table, "technology");
        let named = |row: usize| names[usize::from(technologies[row])] == technology.as_str();
        let rows = self.rows("services", "service").filter(|(row, _, name)| *name == service.as_str() && named(*row));
        mean(&rows.map(|(row, ..)| shares[row]).collect::<Vec<f64>>())
    }

    pub(super) fn used_t(&self, nation: NationIx, market: MarketIx) -> f64 {
        self.total("plants", "plant", &self.plants(|p| p.nation == nation && p.feed == market), "fed_t")
            + self.total("sectors", "sector", &self.sectors(nation, market), "used_t")
    }

    pub(super) fn cover(&self, market: &MarketName, nation: &Id) -> Option<f64> {
        let (market, nation) = (self.market(market)?, self.nation(nation)?);
        let reserves = self.setup.reserves.iter().filter(|r| r.nation == nation && r.market == market);
        let reserves: Vec<Id> = reserves.map(|reserve| reserve.id.clone()).collect();
        let held = self.privately_held(market, nation) + self.total("reserves", "reserve", &reserves, "stock_t");
        let used = self.used_t(nation, market);
        (used > 0.0).then(|| held / used)
    }

    /// Stocks of a nation's firms, summed over the weeks.
    fn privately_held(&self, market: MarketIx, nation: NationIx) -> f64 {
        let merchants = self.setup.merchants.iter().filter(|m| m.nation == nation && m.market == market);
        let merchants: Vec<Id> = merchants.map(|merchant| merchant.id.clone()).collect();
        let feeding = self.plants(|p| p.nation == nation && p.feed == market);
        let making = self.plants(|p| p.nation == nation && p.product == market);
        let recycling = self.recyclers(|one| one.nation == nation && one.product == market);
        self.total("mines", "mine", &self.mines(|m| m.nation == nation && m.market == market), "stock_t")
            + self.total("plants", "plant", &feeding, "feed_stock_t")
            + self.total("plants", "plant", &making, "product_stock_t")
            + self.total("sectors", "sector", &self.sectors(nation, market), "stock_t")
            + self.total("recyclers", "recycler", &recycling, "stock_t")
            + self.total("merchants", "merchant", &merchants, "stock_t")
    }

    pub(super) fn private_stock(&self, market: &MarketName, nation: &Id) -> Option<f64> {
        let (market, nation) = (self.market(market)?, self.nation(nation)?);
        (!self.weeks.is_empty()).then(|| self.privately_held(market, nation) / self.weeks.len() as f64)
    }

    pub(super) fn import_dependence(&self, market: &MarketName, nation: &Id) -> Option<f64> {
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

    pub(super) fn mined_by_nation(&self, mineral: &Id) -> Vec<f64> {
        let of_mineral = |ix: MarketIx| self.setup.mineral_of(ix).id == *mineral;
        let in_nation = |n| self.mines(|mine| mine.nation == n && of_mineral(mine.market));
        (0..self.setup.nations.len()).map(|n| self.total("mines", "mine", &in_nation(n), "output_t")).collect()
    }

    pub(super) fn refined_by_nation(&self, market: &MarketName) -> Vec<f64> {
        let Some(market) = self.market(market) else { return Vec::new() };
        let in_nation = |n| self.plants(|plant| plant.nation == n && plant.product == market);
        (0..self.setup.nations.len()).map(|n| self.total("plants", "plant", &in_nation(n), "output_t")).collect()
    }
}

pub(super) fn column<'a>(table: &'a Table, name: &str) -> &'a Values {
    let found = table.columns.iter().find(|column| column.name == name);
    &found.unwrap_or_else(|| panic!("bug: table {} has no column {name}", table.name)).values
}

pub(super) fn week_column(table: &Table) -> &[Week] {
    match column(table, "week") {
        Values::Week(weeks) => weeks,
        _ => panic!("bug: week of table {} holds no weeks", table.name),
    }
}

/// Which names of a key column are among some ids.
fn named(names: &[String], ids: &[Id]) -> Vec<bool> {
    names.iter().map(|name| ids.iter().any(|id| id.as_str() == name)).collect()
}

pub(super) fn key_column<'a>(table: &'a Table, name: &str) -> (&'a [String], &'a [u16]) {
    match column(table, name) {
        Values::Key { names, rows } => (names, rows),
        _ => panic!("bug: {name} of table {} holds no ids", table.name),
    }
}

pub(super) fn real_column<'a>(table: &'a Table, name: &str) -> &'a [f64] {
    match column(table, name) {
        Values::Real(values) => values,
        _ => panic!("bug: {name} of table {} holds no quantities", table.name),
    }
}
