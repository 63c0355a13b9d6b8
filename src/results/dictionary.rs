//! What every column of results holds and in which unit: `dictionary.ron`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::columns::{Field, Kind};
use crate::experiment::Experiment;

/// What a column of a table is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnNote {
    /// Name of the table.
    #[serde(default)]
    pub table: String,
    /// Name of the column.
    pub column: String,
    /// `key`, `factor`, `outcome`, `value` or `run`.
    pub role: String,
    /// Unit; empty of text and of plain numbers.
    #[serde(default)]
    pub unit: String,
    /// What it holds.
    pub holds: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dictionary {
    everywhere: BTreeMap<String, String>,
    tables: BTreeMap<String, Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    of: String,
    columns: BTreeMap<String, String>,
}

fn dictionary() -> &'static Dictionary {
    static READ: OnceLock<Dictionary> = OnceLock::new();
    READ.get_or_init(|| {
        ron::from_str(include_str!("dictionary.ron")).unwrap_or_else(|error| panic!("bug: dictionary.ron: {error}"))
    })
}

/// What a table is of.
#[must_use]
pub fn table(name: &str) -> Option<&'static str> {
    dictionary().tables.get(name).map(|words| words.of.as_str())
}

/// What a column of a table of the model holds.
#[must_use]
pub fn holds(table: &str, column: &str) -> Option<&'static str> {
    let own = dictionary().tables.get(table).and_then(|words| words.columns.get(column));
    own.or_else(|| dictionary().everywhere.get(column)).map(String::as_str)
}

/// Ends of names that say a unit; the first that fits holds.
const UNITS: [(&str, &str); 15] = [
    ("_usd_per_t_feed", "USD/t of feed"),
    ("_usd_per_t", "USD/t"),
    ("_usd_per_week", "USD/week"),
    ("_usd_per_year", "USD/year"),
    ("_t_per_year", "t/year"),
    ("_share_per_year", "1/year"),
    ("_per_sqrt_year", "1/√year"),
    ("units_per_usd", "1/USD"),
    ("_usd", "USD"),
    ("_t", "t"),
    ("_weeks", "weeks"),
    ("_years", "years"),
    ("_share", "share"),
    ("_hhi", "0–10,000"),
    ("weeks_left", "weeks"),
];

/// Unit that the name of a column says; empty of text and of plain numbers.
#[must_use]
pub fn unit(column: &str) -> &'static str {
    UNITS.iter().find(|(end, _)| column.ends_with(end)).map_or("", |(_, unit)| unit)
}

/// What the columns of a table of an experiment's results are.
///
/// # Panics
/// When the dictionary has no words for one; a test looks for all.
#[must_use]
pub fn notes(experiment: &Experiment, table: &str, fields: &[Field]) -> Vec<ColumnNote> {
    let outcome = |name: &str| experiment.outcomes.iter().find(|outcome| outcome.column() == name);
    let note = |field: &Field| {
        let name = field.name.as_str();
        let of = |role: &str, unit: &str, holds: String| ColumnNote {
            table: table.to_owned(),
            column: name.to_owned(),
            role: role.to_owned(),
            unit: unit.to_owned(),
            holds,
        };
        match (table, name) {
            ("runs", "state_hash") => {
                of("run", "", "hash of the state after the last week, 16 hexadecimal digits".to_owned())
            }
            ("runs", _) if outcome(name).is_some() => {
                let found = outcome(name).expect("bug: an outcome that was there is not");
                of("outcome", found.measure.unit(), format!("outcome `{}`; missing where there is no value", found.id))
            }
            ("wide", _) if field.kind == Kind::RealOrMissing => of("value", unit(name), in_wide(name)),
            _ => {
                let role = match field.kind {
                    _ if name == "state_hash" => "run",
                    Kind::Real | Kind::RealOrMissing => "value",
                    _ => "key",
                };
                let holds = holds(table, name).unwrap_or_else(|| panic!("bug: no words for {name} of {table}"));
                of(role, unit(name), holds.to_owned())
            }
        }
    };
    fields.iter().map(note).collect()
}

/// What a column of the table `wide` holds, by the beginning of its name.
fn in_wide(name: &str) -> String {
    let kinds = [
        ("price_", "price of the market and region named, as in `markets`"),
        ("under_way_", "goods under way of the market and region named, as in `markets`"),
        ("unmet_", "unmet demand of the sector named, as in `sectors`"),
        ("stock_", "stock of the market and region, sector or reserve named, as in `markets`, `sectors` or `reserves`"),
    ];
    let found = kinds.iter().find(|(begin, _)| name.starts_with(begin));
    let (_, words) = found.unwrap_or_else(|| panic!("bug: no words for {name} of wide"));
    format!("{words}; missing where an arm has none")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::record::TABLES;
    use crate::results::assemble::long_fields;
    use crate::results::columns::Columns;
    use crate::results::fake;
    use crate::results::simulate::{Keep, simulate};

    #[test]
    fn every_column_has_words_and_no_words_are_idle() {
        let world = include_str!("../../worlds/two-shores.ron");
        let setup = crate::world_file::load_text("two-shores.ron", world).expect("a sound world");
        let run = simulate(&setup, 1, 1, Keep::last(TABLES)).expect("a week");
        let experiment = fake::experiment(1, 1);
        let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
        for table in &run.tables {
            assert!(super::table(table.name).is_some(), "no words for {}", table.name);
            let fields = long_fields(&Columns::from(table.clone()));
            for note in notes(&experiment, table.name, &fields) {
                assert!(!note.holds.is_empty() && note.table == table.name, "{note:?}");
                seen.insert((note.table, note.column));
            }
        }
        assert_eq!(run.tables.len(), TABLES.len());
        for (table, words) in &dictionary().tables {
            let idle: Vec<&String> =
                words.columns.keys().filter(|column| !seen.contains(&(table.clone(), (*column).clone()))).collect();
            assert!(table == "hashes" || idle.is_empty(), "{table} has no {idle:?}");
        }
        let everywhere = dictionary().everywhere.keys();
        let idle: Vec<&String> = everywhere.filter(|name| !seen.iter().any(|(_, column)| column == *name)).collect();
        assert!(idle.is_empty(), "no table has {idle:?}");
    }

    #[test]
    fn names_say_units() {
        let units = ["price_usd_per_t", "stock_t", "mined_t_per_year", "cost_usd", "alarm", "weeks_left", "fed_share"];
        assert_eq!(units.map(unit), ["USD/t", "t", "t/year", "USD", "", "weeks", "share"]);
    }
}
