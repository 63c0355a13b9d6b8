//! What is written down of a run: one table per kind of agent or market, rows in order of week.
//!
//! Recording only reads: adding or dropping a table leaves every number in the others as it was. Each table is one file
//! under `record/` and one line in the list below.

use std::sync::Arc;

pub use currencies::{BUYER, SELLER};
pub use pricing::{FIXED, SPOT};

use crate::calendar::Week;
use crate::model::Model;
use crate::setup::Setup;

mod acts;
mod agencies;
mod critical_lists;
mod currencies;
mod firms;
mod flows;
mod futures;
mod looks;
mod markets;
mod merchants;
mod mines;
mod nations;
mod offtakes;
mod options;
mod plants;
mod policies;
mod positions;
mod pricing;
mod projects;
mod recyclers;
mod reserves;
mod sectors;
mod services;
mod warnings;

/// Rows of one run. Column names carry their unit (`price_usd_per_t`); key columns carry none.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name, such as `markets`.
    pub name: &'static str,
    /// Columns of equal length.
    pub columns: Vec<Column>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name with unit.
    pub name: &'static str,
    /// One value per row.
    pub values: Values,
}

/// Values of a [`Column`].
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Weeks of the run.
    Week(Vec<u32>),
    /// Ids: an index per row into the names.
    Key {
        /// Every id that the column can hold.
        names: Arc<[String]>,
        /// One index per row.
        rows: Vec<u16>,
    },
    /// Quantities.
    Real(Vec<f64>),
}

/// A table being written.
trait Observer: Send {
    /// Adds the rows of the week that was stepped last.
    fn observe(&mut self, model: &Model, sheet: &mut Sheet);
}

macro_rules! tables {
    ($($name:literal => $observer:ty),* $(,)?) => {
        /// Names of all tables.
        pub const TABLES: &[&str] = &[$($name),*];

        fn observer(name: &str, setup: &Setup) -> Option<(Box<dyn Observer>, Sheet)> {
            match name {
                $($name => Some((Box::new(<$observer>::new(setup)), <$observer>::sheet($name, setup))),)*
                _ => None,
            }
        }
    };
}

tables! {
    "markets" => markets::Markets,
    "flows" => flows::Flows,
    "mines" => mines::Mines,
    "plants" => plants::Plants,
    "sectors" => sectors::Sectors,
    "recyclers" => recyclers::Recyclers,
    "services" => services::Services,
    "merchants" => merchants::Merchants,
    "reserves" => reserves::Reserves,
    "agencies" => agencies::Agencies,
    "nations" => nations::Nations,
    "policies" => policies::Policies,
    "acts" => acts::Acts,
    "firms" => firms::Firms,
    "owners" => firms::Owners,
    "offtakes" => offtakes::Contracts,
    "pricing" => pricing::Pricing,
    "exchange_rates" => currencies::Rates,
    "exchange_gains" => currencies::Gains,
    "projects" => projects::Projects,
    "positions" => positions::Positions,
    "stage_positions" => positions::StagePositions,
    "critical_lists" => critical_lists::CriticalLists,
    "futures" => futures::Months,
    "sessions" => futures::Sessions,
    "contracts" => futures::Contracts,
    "clearing" => futures::Clearing,
    "options" => options::Options,
    "reserve_options" => options::Stockpiles,
    "programs" => futures::Programs,
    "warnings" => warnings::Warnings,
    "looks" => looks::Looks,
}

/// Writes down tables of a run as it goes.
pub struct Recorder(Vec<(Box<dyn Observer>, Sheet)>);

impl Recorder {
    /// A recorder of the named tables; names that are not in [`TABLES`] are passed over.
    #[must_use]
    pub fn new(setup: &Setup, tables: &[&str]) -> Self {
        Self(TABLES.iter().filter(|name| tables.contains(name)).filter_map(|name| observer(name, setup)).collect())
    }

    /// Adds the rows of the week that was stepped last.
    pub fn observe(&mut self, model: &Model) {
        for (observer, sheet) in &mut self.0 {
            sheet.week = model.week() - 1;
            observer.observe(model, sheet);
        }
    }

    /// The tables.
    #[must_use]
    pub fn finish(self) -> Vec<Table> {
        self.0.into_iter().map(|(_, sheet)| sheet.finish()).collect()
    }
}

/// A table's rows so far, one after another: columns are made of them at the end.
struct Sheet {
    name: &'static str,
    week: Week,
    weeks: Vec<u32>,
    /// Key columns: name, and the names it can hold.
    keys: Vec<(&'static str, Arc<[String]>)>,
    key_rows: Vec<u16>,
    reals: Vec<&'static str>,
    real_rows: Vec<f64>,
}

impl Sheet {
    fn new(name: &'static str, keys: Vec<(&'static str, Vec<String>)>, reals: &[&'static str]) -> Self {
        let keys = keys.into_iter().map(|(key, names)| (key, names.into())).collect();
        let (weeks, key_rows, real_rows) = (Vec::new(), Vec::new(), Vec::new());
        Self { name, week: 0, weeks, keys, key_rows, reals: reals.to_vec(), real_rows }
    }

    fn row<const K: usize, const R: usize>(&mut self, keys: [usize; K], reals: [f64; R]) {
        assert_eq!((self.keys.len(), self.reals.len()), (K, R), "bug: a row of another shape in {}", self.name);
        self.weeks.push(self.week);
        self.key_rows.extend(keys.map(|key| u16::try_from(key).expect("bug: more than 2^16 names in a key column")));
        self.real_rows.extend(reals);
    }

    fn finish(self) -> Table {
        let keys = columns(&self.key_rows, self.keys.len());
        let reals = columns(&self.real_rows, self.reals.len());
        let keys = self.keys.into_iter().zip(keys);
        let keys = keys.map(|((name, names), rows)| Column { name, values: Values::Key { names, rows } });
        let reals = self.reals.into_iter().zip(reals);
        let reals = reals.map(|(name, rows)| Column { name, values: Values::Real(rows) });
        let week = Column { name: "week", values: Values::Week(self.weeks) };
        Table { name: self.name, columns: std::iter::once(week).chain(keys).chain(reals).collect() }
    }
}

/// Rows of so many values as columns; some rows at a time, which stay in the cache until every column has its own.
fn columns<T: Copy>(rows: &[T], width: usize) -> Vec<Vec<T>> {
    const AT_A_TIME: usize = 64;
    let width = width.max(1);
    let mut columns: Vec<Vec<T>> = (0..width).map(|_| Vec::with_capacity(rows.len() / width)).collect();
    for rows in rows.chunks(AT_A_TIME * width) {
        for (place, column) in columns.iter_mut().enumerate() {
            column.extend(rows.iter().skip(place).step_by(width));
        }
    }
    columns
}

/// Ids of a list as text.
fn ids<'a, T: 'a>(list: &'a [T], id: impl Fn(&'a T) -> &'a crate::id::Id) -> Vec<String> {
    list.iter().map(|item| id(item).to_string()).collect()
}

/// By nation, the place of its first policy among those of all nations, one nation's after another's.
fn first_policies(setup: &Setup) -> Vec<usize> {
    let first = setup.nations.iter().scan(0, |next, nation| {
        let first = *next;
        *next += nation.policies.len();
        Some(first)
    });
    first.collect()
}

/// The key columns mineral and stage of a market table: one name per market each.
fn market_keys(setup: &Setup) -> [(&'static str, Vec<String>); 2] {
    let minerals = setup.markets.iter().map(|market| setup.minerals[market.mineral].id.to_string()).collect();
    let stages = setup.markets.iter().map(|market| market.stage.to_string()).collect();
    [("mineral", minerals), ("stage", stages)]
}

/// Quantum of each market's mineral.
fn quanta(setup: &Setup) -> Vec<crate::units::Quantum> {
    (0..setup.markets.len()).map(|market| setup.mineral_of(market).quantum).collect()
}
