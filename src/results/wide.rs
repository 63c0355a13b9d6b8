//! One row per run and week: prices, stocks and shortages side by side, ready to plot.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{Columns, Data, Field, Kind};
use super::journal::RunRecord;
use crate::experiment::Experiment;
use crate::id::{Id, Label};
use crate::outcome::MarketName;

/// Where a column comes from: table, its keys in a row joined by spaces, and its column there.
type Source = (&'static str, String, &'static str);

/// Columns of the wide table, the same for every arm; what an arm does not have is missing in its rows.
#[derive(Debug)]
pub struct Wide {
    fields: Vec<Field>,
    places: BTreeMap<Source, usize>,
}

/// Columns before the quantities: arm, seed, week, date.
const KEYS: usize = 4;

/// A table, its keys, and the columns taken from it.
type Taken = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str, &'static str)]);

/// Tables that feed it, their keys, and for each column taken the beginning and end of its name.
const TAKEN: [Taken; 3] = [
    (
        "markets",
        &["mineral", "stage", "region"],
        &[("price_usd_per_t", "price", "usd_per_t"), ("stock_t", "stock", "t"), ("under_way_t", "under_way", "t")],
    ),
    ("sectors", &["sector"], &[("unmet_t", "unmet", "t"), ("stock_t", "stock", "t")]),
    ("reserves", &["reserve"], &[("stock_t", "stock", "t")]),
];

impl Wide {
    /// The columns of an experiment.
    #[must_use]
    pub fn new(experiment: &Experiment) -> Self {
        let keys = [("arm", Kind::Text), ("seed", Kind::Count), ("week", Kind::Week), ("date", Kind::Date)];
        let mut columns: Vec<(Source, String)> = Vec::new();
        let one_mineral = experiment.arms.iter().all(|arm| arm.setup.minerals.len() == 1);
        for (table, _, taken) in TAKEN {
            for (column, begin, end) in taken.iter().copied().filter(|_| experiment.tables.contains(&table)) {
                for (key, shown) in experiment.arms.iter().flat_map(|arm| names(arm, table, one_mineral)) {
                    let source = (table, key, column);
                    if !columns.iter().any(|(known, _)| *known == source) {
                        columns.push((source, format!("{begin}_{shown}_{end}")));
                    }
                }
            }
        }
        // Ids have hyphens and no underscores; two different lists of ids may read the same once all are underscores.
        let spelled: BTreeSet<String> = columns.iter().map(|(_, name)| name.replace('-', "_")).collect();
        let clear = spelled.len() == columns.len();
        let mut fields = keys.map(|(name, kind)| Field::new(name, kind)).to_vec();
        let mut places = BTreeMap::new();
        for (source, name) in columns {
            places.insert(source, fields.len());
            fields.push(Field::new(if clear { name.replace('-', "_") } else { name }, Kind::RealOrMissing));
        }
        Self { fields, places }
    }

    /// The columns.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Whether none of the tables that feed it are kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Column of a price, if it has one.
    #[must_use]
    pub fn price(&self, market: &MarketName, region: &Id) -> Option<String> {
        let source = ("markets", format!("{} {} {region}", market.mineral, market.stage), "price_usd_per_t");
        self.places.get(&source).map(|&place| self.fields[place].name.clone())
    }

    /// Columns of the stocks of a mineral and of what is under way, at every stage and in every region.
    #[must_use]
    pub fn stocks(&self, mineral: &Id) -> Vec<String> {
        let begin = format!("{mineral} ");
        let held = ["stock_t", "under_way_t"];
        let of = |source: &&Source| source.0 == "markets" && held.contains(&source.2) && source.1.starts_with(&begin);
        let places = self.places.iter().filter(|(source, _)| of(source)).map(|(_, &place)| place);
        places.map(|place| self.fields[place].name.clone()).collect()
    }

    /// Columns of what the sectors of a mineral are short of.
    #[must_use]
    pub fn unmet(&self, sectors: &[&Id]) -> Vec<String> {
        let source = |sector: &&Id| ("sectors", sector.to_string(), "unmet_t");
        let places = sectors.iter().filter_map(|sector| self.places.get(&source(sector)));
        places.map(|&place| self.fields[place].name.clone()).collect()
    }

    /// Column of the stock of a reserve agency, if it has one.
    #[must_use]
    pub fn reserve(&self, reserve: &Id) -> Option<String> {
        let place = self.places.get(&("reserves", reserve.to_string(), "stock_t"))?;
        Some(self.fields[*place].name.clone())
    }

    /// Prices that the outcomes are about; failing that, the last market's in every region.
    #[must_use]
    pub fn prices_of_interest(&self, experiment: &Experiment) -> Vec<(MarketName, Id)> {
        let mut found: Vec<(MarketName, Id)> = Vec::new();
        for outcome in &experiment.outcomes {
            if let Some((market, region)) = outcome.measure.price() {
                let of = (market.clone(), region.clone());
                if !found.contains(&of) && self.price(market, region).is_some() {
                    found.push(of);
                }
            }
        }
        let setup = &experiment.arms[experiment.baseline].setup;
        if let (true, Some(last)) = (found.is_empty() && !self.is_empty(), setup.markets.len().checked_sub(1)) {
            let market =
                MarketName { mineral: setup.mineral_of(last).id.clone(), stage: setup.markets[last].stage.clone() };
            found.extend(setup.regions.iter().map(|region| (market.clone(), region.id.clone())));
            found.retain(|(market, region)| self.price(market, region).is_some());
        }
        found
    }

    /// Column of the first of them, and what it shows.
    #[must_use]
    pub fn price_of_interest(&self, experiment: &Experiment) -> Option<(String, String)> {
        let (market, region) = self.prices_of_interest(experiment).into_iter().next()?;
        let title = format!("Price of {}, USD per tonne", describe(experiment, &market, &region).en);
        Some((self.price(&market, &region)?, title))
    }

    /// Rows of a run.
    #[must_use]
    pub fn rows(&self, experiment: &Experiment, record: &RunRecord) -> Vec<Data> {
        let weeks = record.hashes.len();
        let mut reals = vec![vec![f64::NAN; weeks]; self.fields.len() - KEYS];
        for (table, keys, taken) in TAKEN {
            let Some(rows) = record.tables.iter().find(|rows| rows.name == table) else { continue };
            self.fill(rows, table, keys, taken, &mut reals);
        }
        let numbers = 0..weeks as u32;
        let mut columns = vec![
            Data::same(experiment.arms[record.arm as usize].id.as_str(), weeks),
            Data::Count(vec![record.seed; weeks]),
            Data::Int(numbers.clone().map(|week| week as i32).collect()),
            Data::Int(numbers.map(|week| experiment.day_number(week)).collect()),
        ];
        columns.extend(reals.into_iter().map(Data::Real));
        columns
    }

    fn fill(
        &self,
        rows: &Columns,
        table: &'static str,
        keys: &[&str],
        taken: &[(&'static str, &str, &str)],
        reals: &mut [Vec<f64>],
    ) {
        let find = |name: &str| rows.column(name).unwrap_or_else(|| panic!("bug: table {table} has no column {name}"));
        let keys: Vec<&Data> = keys.iter().map(|key| find(key)).collect();
        let weeks = find("week").ints();
        for (column, ..) in taken.iter().copied() {
            let values = find(column).reals();
            for (row, value) in values.iter().enumerate() {
                let key = keys.iter().map(|key| key.text(row)).collect::<Vec<_>>().join(" ");
                if let Some(place) = self.places.get(&(table, key, column)) {
                    reals[place - KEYS][weeks[row] as usize] = *value;
                }
            }
        }
    }
}

/// A market in a region as people name them.
#[must_use]
pub fn describe(experiment: &Experiment, market: &MarketName, region: &Id) -> Label {
    let setup = &experiment.arms[experiment.baseline].setup;
    let region =
        setup.regions.iter().find(|known| known.id == *region).map_or_else(|| same(region), |r| r.label.clone());
    let goods = goods(experiment, market);
    Label { zh: format!("{}{}", region.zh, goods.zh), en: format!("{}, {}", goods.en, region.en) }
}

/// A market's metal as people name it: "refined cobalt", but "cobalt hydroxide" and not "refined cobalt cobalt".
#[must_use]
pub fn goods(experiment: &Experiment, market: &MarketName) -> Label {
    let setup = &experiment.arms[experiment.baseline].setup;
    let here = |ix: &usize| setup.markets[*ix].stage == market.stage && setup.mineral_of(*ix).id == market.mineral;
    let (mineral, stage) = (0..setup.markets.len()).find(here).map_or_else(
        || (same(&market.mineral), same(&market.stage)),
        |ix| (setup.mineral_of(ix).label.clone(), setup.markets[ix].label.clone()),
    );
    let (metal, form) = (within(&mineral.en), within(&stage.en));
    let en = if form.contains(&metal) {
        form
    } else if form == "refined" {
        format!("{form} {metal}")
    } else {
        format!("{metal} {form}")
    };
    let zh = if stage.zh.contains(&mineral.zh) { stage.zh } else { mineral.zh + &stage.zh };
    Label { zh, en }
}

/// An id where nobody gave a label.
fn same(id: &Id) -> Label {
    Label { zh: id.to_string(), en: id.to_string() }
}

/// A label as it stands within a sentence: small at its beginning, unless that is an abbreviation.
fn within(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => label.to_owned(),
    }
}

/// Keys of the rows of a table under an arm, joined by spaces; and how a column's name spells them.
fn names(arm: &crate::experiment::Arm, table: &str, one_mineral: bool) -> Vec<(String, String)> {
    let setup = &arm.setup;
    match table {
        "markets" => (0..setup.markets.len())
            .flat_map(|market| setup.regions.iter().map(move |region| (market, region)))
            .map(|(market, region)| {
                let (mineral, stage) = (&setup.mineral_of(market).id, &setup.markets[market].stage);
                let shown = if one_mineral {
                    format!("{stage}_{}", region.id)
                } else {
                    format!("{mineral}_{stage}_{}", region.id)
                };
                (format!("{mineral} {stage} {}", region.id), shown)
            })
            .collect(),
        "sectors" => setup.sectors.iter().map(|sector| (sector.id.to_string(), sector.id.to_string())).collect(),
        _ => setup.reserves.iter().map(|reserve| (reserve.id.to_string(), reserve.id.to_string())).collect(),
    }
}
