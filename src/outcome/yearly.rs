//! Outcomes of the yearly tables: means over the years that end within the weeks looked at.

use super::run::{Run, key_column, real_column};
use crate::calendar::Week;
use crate::id::Id;
use crate::statistics::mean;

/// A figure of a yearly table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// Its table, alone in a list.
    pub table: &'static [&'static str],
    /// Column.
    pub column: &'static str,
    /// Column by which it is divided, if it is a ratio.
    pub per: Option<&'static str>,
    /// Unit, as column names spell it.
    pub unit: &'static str,
    /// How the world's figure follows from those of its nations.
    pub world: World,
    /// Whether 0 in the table stands for none.
    pub none_at_0: bool,
}

/// How the world's figure follows from those of its nations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// It is their sum, or the ratio of their sums.
    Sum,
    /// It stands in every nation's row.
    Repeated,
    /// There is none.
    None,
}

impl Figure {
    /// An amount, summed over nations.
    #[must_use]
    pub const fn amount(table: &'static [&'static str], column: &'static str, unit: &'static str) -> Self {
        Self { table, column, per: None, unit, world: World::Sum, none_at_0: false }
    }

    /// A ratio of two amounts.
    #[must_use]
    pub const fn ratio(
        table: &'static [&'static str],
        column: &'static str,
        per: &'static str,
        unit: &'static str,
    ) -> Self {
        Self { per: Some(per), ..Self::amount(table, column, unit) }
    }

    /// A nation's own figure.
    #[must_use]
    pub const fn own(table: &'static [&'static str], column: &'static str, unit: &'static str) -> Self {
        Self { world: World::None, ..Self::amount(table, column, unit) }
    }
}

/// Which rows of a yearly table are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// Nation; all of them together when there is none.
    pub nation: Option<Id>,
    /// Mineral.
    pub mineral: Id,
    /// Stage, where the table has any.
    pub stage: Option<Id>,
}

impl Run<'_> {
    /// Places of the rows, year by year, for all years that end within the weeks: a year without rows is one in which
    /// there was nothing to write down.
    fn years(&self, table: &str, of: &Rows) -> Vec<Vec<usize>> {
        let found = self.table(table);
        let key = |name| {
            let (names, rows) = key_column(found, name);
            move |row: usize| names[usize::from(rows[row])].as_str()
        };
        let (nation, mineral, year) = (key("nation"), key("mineral"), key("year"));
        let stage = of.stage.as_ref().map(|wanted| (key("stage"), wanted));
        let begins = |week: Week| self.setup.calendar.day(week).year();
        let ends = self.weeks.clone().filter(|week| begins(*week) != begins(*week + 1));
        let mut years: Vec<(String, Vec<usize>)> = ends.map(|week| (begins(week).to_string(), Vec::new())).collect();
        for (row, ..) in self.rows(table, "nation") {
            let wanted = mineral(row) == of.mineral.as_str()
                && of.nation.as_ref().is_none_or(|wanted| nation(row) == wanted.as_str())
                && stage.as_ref().is_none_or(|(stage, wanted)| stage(row) == wanted.as_str());
            if wanted && let Some((_, rows)) = years.iter_mut().find(|(name, _)| name == year(row)) {
                rows.push(row);
            }
        }
        years.into_iter().map(|(_, rows)| rows).collect()
    }

    /// Mean of a figure over the years; nothing when no year has it. An amount of which nothing is written down is 0.
    pub(super) fn yearly(&self, figure: &Figure, of: &Rows) -> Option<f64> {
        let table = self.table(figure.table[0]);
        let column = real_column(table, figure.column);
        let per = figure.per.map(|per| real_column(table, per));
        let year = |rows: Vec<usize>| {
            let sum = |column: &[f64]| rows.iter().map(|&row| column[row]).sum::<f64>();
            let value = match (figure.world, per) {
                (World::Repeated, _) => column[*rows.first()?],
                (World::None, None) if rows.is_empty() => return None,
                (_, None) => sum(column),
                (_, Some(per)) => {
                    let below = sum(per);
                    if below <= 0.0 {
                        return None;
                    }
                    sum(column) / below
                }
            };
            Some(value).filter(|value| !figure.none_at_0 || *value != 0.0)
        };
        let values: Vec<f64> = self.years(figure.table[0], of).into_iter().filter_map(year).collect();
        mean(&values)
    }

    /// Share of the years in which a nation's position is of a class; nothing when it has none in any.
    pub(super) fn years_in_class(&self, of: &Rows, class: &str) -> Option<f64> {
        let (names, rows) = key_column(self.table("positions"), "class");
        let years = self.years("positions", of);
        let of_class = |year: &Vec<usize>| {
            let row = year.first()?;
            Some(f64::from(u8::from(names[usize::from(rows[*row])] == class)))
        };
        mean(&years.iter().filter_map(of_class).collect::<Vec<f64>>())
    }
}
