//! Tables of a run, column by column.

use crate::calendar::Week;
use crate::record::{Table, Values};

/// A table's columns by name.
#[derive(Clone, Copy)]
pub(super) struct View<'a>(pub(super) &'a Table);

impl<'a> View<'a> {
    pub(super) fn of(tables: &'a [Table], name: &str) -> Self {
        Self(tables.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("bug: no table {name}")))
    }

    fn column(self, name: &str) -> &'a Values {
        let found = self.0.columns.iter().find(|column| column.name == name);
        &found.unwrap_or_else(|| panic!("bug: no column {name} in {}", self.0.name)).values
    }

    pub(super) fn weeks(self) -> &'a [Week] {
        let Values::Week(weeks) = self.column("week") else { panic!("bug: a week that is none") };
        weeks
    }

    pub(super) fn keys(self, name: &str) -> (&'a [String], &'a [u16]) {
        let Values::Key { names, rows } = self.column(name) else { panic!("bug: {name} is no key") };
        (names, rows)
    }

    pub(super) fn reals(self, name: &str) -> &'a [f64] {
        let Values::Real(values) = self.column(name) else { panic!("bug: {name} is no quantity") };
        values
    }

    /// Values of the weeks of a run by agent, 0 where there is no row.
    pub(super) fn by_agent(self, key: &str, column: &str, weeks: usize) -> Vec<Vec<f64>> {
        let (names, rows) = self.keys(key);
        let mut series = vec![vec![0.0; weeks]; names.len()];
        for ((week, agent), value) in self.weeks().iter().zip(rows).zip(self.reals(column)) {
            series[usize::from(*agent)][*week as usize] += value;
        }
        series
    }
}
