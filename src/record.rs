//! What is written down of a run: one table per kind of agent or market, rows in order of week.

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
        names: std::sync::Arc<[String]>,
        /// One index per row.
        rows: Vec<u16>,
    },
    /// Quantities.
    Real(Vec<f64>),
}
