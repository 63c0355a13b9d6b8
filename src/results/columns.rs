//! Columns of a results table, as they lie in memory between a run and a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a column holds, and so how files spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Text from a short list: ids.
    Text,
    /// Week of the run.
    Week,
    /// A day, as days since 1970-01-01.
    Date,
    /// A seed or a state hash.
    Count,
    /// A quantity.
    Real,
    /// A quantity that may be missing, which it is where it is not a number.
    RealOrMissing,
}

/// A column's name and kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Name; quantities carry their unit.
    pub name: String,
    /// Kind.
    pub kind: Kind,
}

impl Field {
    /// A field.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind }
    }
}

/// Values of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Data {
    /// Text: a place in the list of names per row.
    Text {
        /// The list.
        names: Vec<String>,
        /// One place per row.
        rows: Vec<u32>,
    },
    /// Weeks or days.
    Int(Vec<i32>),
    /// Seeds or hashes.
    Count(Vec<u64>),
    /// Quantities; not a number where missing.
    Real(Vec<f64>),
}

impl Data {
    /// No rows of a kind.
    #[must_use]
    pub fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text { names: Vec::new(), rows: Vec::new() },
            Kind::Week | Kind::Date => Self::Int(Vec::new()),
            Kind::Count => Self::Count(Vec::new()),
            Kind::Real | Kind::RealOrMissing => Self::Real(Vec::new()),
        }
    }

    /// The same text in every row.
    #[must_use]
    pub fn same(text: &str, rows: usize) -> Self {
        Self::Text { names: vec![text.to_owned()], rows: vec![0; rows] }
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text { rows, .. } => rows.len(),
            Self::Int(values) => values.len(),
            Self::Count(values) => values.len(),
            Self::Real(values) => values.len(),
        }
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the rows of another column of the same kind.
    ///
    /// # Panics
    /// When the kinds differ.
    pub fn append(&mut self, other: &Self) {
        match (self, other) {
            (Self::Int(to), Self::Int(from)) => to.extend_from_slice(from),
            (Self::Count(to), Self::Count(from)) => to.extend_from_slice(from),
            (Self::Real(to), Self::Real(from)) => to.extend_from_slice(from),
            (Self::Text { names, rows }, Self::Text { names: other, rows: from }) => {
                let mut places: BTreeMap<String, u32> = names.iter().cloned().zip(0..).collect();
                let moved: Vec<u32> = other
                    .iter()
                    .map(|name| {
                        *places.entry(name.clone()).or_insert_with(|| {
                            names.push(name.clone());
                            names.len() as u32 - 1
                        })
                    })
                    .collect();
                rows.extend(from.iter().map(|&place| moved[place as usize]));
            }
            _ => panic!("bug: two parts of a column differ in kind"),
        }
    }

    /// Some of the rows.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        match self {
            Self::Text { names, rows } => Self::Text { names: names.clone(), rows: rows[range].to_vec() },
            Self::Int(values) => Self::Int(values[range].to_vec()),
            Self::Count(values) => Self::Count(values[range].to_vec()),
            Self::Real(values) => Self::Real(values[range].to_vec()),
        }
    }

    /// Text of a row; empty for other kinds.
    #[must_use]
    pub fn text(&self, row: usize) -> &str {
        match self {
            Self::Text { names, rows } => &names[rows[row] as usize],
            _ => "",
        }
    }

    /// Quantities; empty for other kinds.
    #[must_use]
    pub fn reals(&self) -> &[f64] {
        if let Self::Real(values) = self { values } else { &[] }
    }

    /// Weeks or days; empty for other kinds.
    #[must_use]
    pub fn ints(&self) -> &[i32] {
        if let Self::Int(values) = self { values } else { &[] }
    }

    /// Seeds or hashes; empty for other kinds.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        if let Self::Count(values) = self { values } else { &[] }
    }

    /// A row as people read it, to the last bit.
    #[must_use]
    pub fn show(&self, row: usize) -> String {
        match self {
            Self::Text { .. } => self.text(row).to_owned(),
            Self::Int(values) => values[row].to_string(),
            Self::Count(values) => values[row].to_string(),
            Self::Real(values) if values[row].is_nan() => String::new(),
            Self::Real(values) => values[row].to_string(),
        }
    }

    /// Whether a row is equal to the bit with a row of another column; every missing quantity counts as the same.
    #[must_use]
    pub fn same_row(&self, row: usize, other: &Self, other_row: usize) -> bool {
        match (self, other) {
            (Self::Text { .. }, Self::Text { .. }) => self.text(row) == other.text(other_row),
            (Self::Int(a), Self::Int(b)) => a[row] == b[other_row],
            (Self::Count(a), Self::Count(b)) => a[row] == b[other_row],
            (Self::Real(a), Self::Real(b)) => {
                let (a, b) = (a[row], b[other_row]);
                a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
            }
            _ => false,
        }
    }
}

/// A table in memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Columns {
    /// Name of the table.
    pub name: String,
    /// What the columns are.
    pub fields: Vec<Field>,
    /// One per field, of equal length.
    pub data: Vec<Data>,
}

impl Columns {
    /// Rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.data.first().map_or(0, Data::len)
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Data> {
        self.fields.iter().position(|field| field.name == name).map(|i| &self.data[i])
    }
}

impl From<crate::record::Table> for Columns {
    fn from(table: crate::record::Table) -> Self {
        use crate::record::Values;
        let (mut fields, mut data) = (Vec::new(), Vec::new());
        for column in table.columns {
            let (kind, values) = match column.values {
                Values::Week(weeks) => (Kind::Week, Data::Int(weeks.into_iter().map(|week| week as i32).collect())),
                Values::Key { names, rows } => {
                    (Kind::Text, Data::Text { names: names.to_vec(), rows: rows.into_iter().map(u32::from).collect() })
                }
                Values::Real(values) => (Kind::Real, Data::Real(values)),
            };
            fields.push(Field::new(column.name, kind));
            data.push(values);
        }
        Self { name: table.name.to_owned(), fields, data }
    }
}
