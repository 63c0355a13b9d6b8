//! Outcomes of what policies report, and of what was shipped between regions.

use super::MarketName;
use super::run::{Run, key_column, real_column};
use crate::id::Id;

/// Reports of a nation's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reports {
    /// Nation.
    pub nation: Id,
    /// Policy.
    pub policy: Id,
    /// What is taken of them.
    pub figure: PolicyFigure,
}

/// What is taken of a policy's reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyFigure {
    /// Mean share that was at work.
    Active,
    /// Metal touched, sum \[t\].
    Tonnes,
    /// Cost, sum \[USD\].
    Cost,
}

impl PolicyFigure {
    pub(super) const fn unit(self) -> &'static str {
        match self {
            Self::Active => "share",
            Self::Tonnes => "t",
            Self::Cost => "usd",
        }
    }
}

/// Shipments of a market's metal out of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipments {
    /// The metal.
    pub market: MarketName,
    /// Region that it left.
    pub from: Id,
    /// Region that it went to; all when there is none.
    pub to: Option<Id>,
}

impl Run<'_> {
    pub(super) fn reported(&self, of: &Reports) -> f64 {
        let table = self.table("policies");
        let column = match of.figure {
            PolicyFigure::Active => "active",
            PolicyFigure::Tonnes => "touched_t",
            PolicyFigure::Cost => "cost_usd",
        };
        let (values, (names, policies)) = (real_column(table, column), key_column(table, "policy"));
        let ours = |row: usize, nation: &str| {
            nation == of.nation.as_str() && names[usize::from(policies[row])] == of.policy.as_str()
        };
        let rows = self.rows("policies", "nation").filter(|(row, _, nation)| ours(*row, nation));
        let sum: f64 = rows.map(|(row, ..)| values[row]).sum();
        match of.figure {
            PolicyFigure::Active => sum / self.weeks.len() as f64,
            PolicyFigure::Tonnes | PolicyFigure::Cost => sum,
        }
    }

    pub(super) fn shipped(&self, of: &Shipments) -> f64 {
        let table = self.table("flows");
        let shipped = real_column(table, "shipped_t");
        let is = |key: &str, row: usize, wanted: &Id| {
            let (names, rows) = key_column(table, key);
            names[usize::from(rows[row])] == wanted.as_str()
        };
        let ours = |row: usize, from: &str| {
            from == of.from.as_str()
                && is("mineral", row, &of.market.mineral)
                && is("stage", row, &of.market.stage)
                && of.to.as_ref().is_none_or(|to| is("to", row, to))
        };
        self.rows("flows", "from").filter(|(row, _, from)| ours(*row, from)).map(|(row, ..)| shipped[row]).sum()
    }
}
