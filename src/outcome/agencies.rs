//! Outcomes of reserve agencies: what they held, saw and cost.

use super::run::{Run, real_column};
use crate::id::Id;
use crate::statistics::mean;

/// A figure of a reserve agency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AgencyFigure {
    /// Mean of a column of `reserves`.
    MeanHeld(&'static str),
    /// Sum of a column of `reserves` or `agencies`.
    Sum(&'static str, &'static str, &'static str),
    /// Mean of a column of `agencies`.
    Mean(&'static str, &'static str),
    /// Last value of a column of `agencies`.
    Last(&'static str, &'static str),
    /// Dollars per tonne: one column of `reserves` over another.
    PerTonne(&'static str, &'static str),
    /// All that it cost: metal bought less sold, the fall of its worth, rent, interest, carriage and fees.
    Cost,
    /// Weeks of alarm in which no more than this share of use was unmet.
    FalseAlarms(f64),
    /// Weeks without alarm in which more than this share of use was unmet.
    MissedAlarms(f64),
    /// Mean stock in the weeks in which more than this share of use was unmet.
    StockInShortage(f64),
}

impl AgencyFigure {
    /// Unit, as column names spell it.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        match self {
            Self::MeanHeld(_) | Self::StockInShortage(_) => "t",
            Self::Sum(.., unit) | Self::Mean(_, unit) | Self::Last(_, unit) => unit,
            Self::PerTonne(..) => "usd_per_t",
            Self::Cost => "usd",
            Self::FalseAlarms(_) | Self::MissedAlarms(_) => "weeks",
        }
    }
}

impl Run<'_> {
    /// A column of a table of agencies, week by week.
    fn of_agency(&self, table: &'static str, column: &str, id: &Id) -> Vec<f64> {
        let values = real_column(self.table(table), column);
        let rows = self.rows(table, "reserve").filter(|(.., name)| *name == id.as_str());
        rows.map(|(row, ..)| values[row]).collect()
    }

    /// Weeks of alarm and shares of use unmet.
    fn alarms(&self, id: &Id) -> Vec<(bool, f64)> {
        let alarms = self.of_agency("agencies", "alarm", id);
        alarms.into_iter().map(|alarm| alarm > 0.5).zip(self.of_agency("agencies", "unmet_share", id)).collect()
    }

    pub(super) fn agency(&self, id: &Id, figure: &AgencyFigure) -> Option<f64> {
        let sum = |table, column| self.of_agency(table, column, id).iter().sum::<f64>();
        let weeks = |counts: &dyn Fn(&(bool, f64)) -> bool| {
            Some(self.alarms(id).iter().filter(|week| counts(week)).count() as f64)
        };
        match *figure {
            AgencyFigure::MeanHeld(column) => mean(&self.of_agency("reserves", column, id)),
            AgencyFigure::Sum(table, column, _) => Some(sum(table, column)),
            AgencyFigure::Mean(column, _) => mean(&self.of_agency("agencies", column, id)),
            AgencyFigure::Last(column, _) => self.of_agency("agencies", column, id).last().copied(),
            AgencyFigure::PerTonne(paid, mass) => {
                let tonnes = sum("reserves", mass);
                (tonnes > 0.0).then(|| sum("reserves", paid) / tonnes)
            }
            AgencyFigure::Cost => {
                let paid = ["kept_for_usd", "carriage_usd", "fees_usd"];
                let kept: f64 =
                    paid.iter().flat_map(|column| self.of_agency("agencies", column, id).into_iter().skip(1)).sum();
                Some(self.reserve_cost(id)? + kept)
            }
            AgencyFigure::FalseAlarms(short) => weeks(&|(alarm, unmet)| *alarm && *unmet <= short),
            AgencyFigure::MissedAlarms(short) => weeks(&|(alarm, unmet)| !*alarm && *unmet > short),
            AgencyFigure::StockInShortage(short) => {
                let held = self.of_agency("reserves", "stock_t", id);
                let found: Vec<f64> = held
                    .into_iter()
                    .zip(self.alarms(id))
                    .filter(|(_, (_, unmet))| *unmet > short)
                    .map(|(held, _)| held)
                    .collect();
                mean(&found)
            }
        }
    }
}
