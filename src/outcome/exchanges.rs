//! Outcomes of contracts and exchanges: sums, means and peaks of columns of `contracts` and `clearing`.

use super::run::{Run, real_column};
use crate::id::Id;
use crate::statistics::mean;

/// A column of a table of exchanges, and what is taken of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its table, alone in a list.
    pub table: &'static [&'static str],
    /// Key column of the table.
    pub key: &'static str,
    /// Column.
    pub column: &'static str,
    /// What is taken of it.
    pub taken: Taken,
    /// Unit of that, as column names spell it.
    pub unit: &'static str,
}

/// What is taken of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Its sum.
    Sum,
    /// Its sum over the weeks looked at: a week in which nothing is listed counts as 0.
    PerWeek,
    /// Its mean over the weeks in which something is listed; nothing when there are none.
    Mean,
    /// Its highest value; nothing when nothing is listed.
    Peak,
}

impl Column {
    /// A column of `contracts`.
    #[must_use]
    pub const fn of_contract(column: &'static str, taken: Taken, unit: &'static str) -> Self {
        Self { table: &["contracts"], key: "contract", column, taken, unit }
    }

    /// The sum of a column of `clearing`.
    #[must_use]
    pub const fn of_house(column: &'static str, unit: &'static str) -> Self {
        Self { table: &["clearing"], key: "exchange", column, taken: Taken::Sum, unit }
    }
}

impl Run<'_> {
    /// What is taken of a column for a contract or exchange.
    pub(super) fn exchange(&self, column: &Column, id: &Id) -> Option<f64> {
        let values = real_column(self.table(column.table[0]), column.column);
        let rows = self.rows(column.table[0], column.key).filter(|(.., name)| *name == id.as_str());
        let values: Vec<f64> = rows.map(|(row, ..)| values[row]).collect();
        match column.taken {
            Taken::Sum => Some(values.iter().sum()),
            Taken::PerWeek => Some(values.iter().sum::<f64>() / self.weeks.len() as f64),
            Taken::Mean => mean(&values),
            Taken::Peak => values.into_iter().reduce(f64::max),
        }
    }
}
