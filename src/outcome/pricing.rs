//! Outcomes of what contracts are priced on.

use super::MarketName;
use super::run::{Run, key_column, real_column};
use crate::id::Id;
use crate::record::{FIXED, SPOT};

/// What a nation's firms bought of a market's metal under contracts.
#[derive(Debug, Clone, PartialEq)]
pub struct Purchases {
    /// Nation of the buyers; all when there is none.
    pub nation: Option<Id>,
    /// The metal.
    pub market: MarketName,
    /// What the price follows; anything when there is none.
    pub benchmark: Option<Benchmark>,
}

/// What a contract's price follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Benchmark {
    /// Nothing: it is fixed.
    Fixed,
    /// A spot price.
    Spot,
    /// A futures contract.
    Futures(Id),
}

impl Benchmark {
    fn name(&self) -> &str {
        match self {
            Self::Fixed => FIXED,
            Self::Spot => SPOT,
            Self::Futures(contract) => contract.as_str(),
        }
    }
}

impl Run<'_> {
    /// Sum of a column of `pricing`.
    fn purchases(&self, of: &Purchases, benchmark: Option<&Benchmark>, column: &str) -> f64 {
        let table = self.table("pricing");
        let values = real_column(table, column);
        let is = |key: &str, row: usize, wanted: &str| {
            let (names, rows) = key_column(table, key);
            names[usize::from(rows[row])] == wanted
        };
        let wanted = |row: usize, nation: &str| {
            of.nation.as_ref().is_none_or(|id| id.as_str() == nation)
                && is("mineral", row, of.market.mineral.as_str())
                && is("stage", row, of.market.stage.as_str())
                && benchmark.is_none_or(|benchmark| is("benchmark", row, benchmark.name()))
        };
        self.rows("pricing", "nation")
            .filter(|(row, _, nation)| wanted(*row, nation))
            .map(|(row, ..)| values[row])
            .sum()
    }

    pub(super) fn import_price(&self, of: &Purchases) -> Option<f64> {
        let sum = |column| self.purchases(of, of.benchmark.as_ref(), column);
        let imported = sum("imported_t");
        (imported > 0.0).then(|| sum("imports_usd") / imported)
    }

    pub(super) fn priced_share(&self, of: &Purchases) -> Option<f64> {
        let all = self.purchases(of, None, "delivered_t");
        (all > 0.0).then(|| self.purchases(of, of.benchmark.as_ref(), "delivered_t") / all)
    }
}
