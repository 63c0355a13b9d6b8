//! Outcomes of exchange rates: what they cost and risk a side of contracts.

use super::run::{Run, key_column, real_column};
use crate::currency::Side;
use crate::id::Id;
use crate::record::{BUYER, SELLER};

/// A side, and what is taken of its gains.
#[derive(Debug, Clone, PartialEq)]
pub struct ExchangeGains {
    /// Nation of the side.
    pub nation: Id,
    /// Which it is.
    pub side: Side,
    /// What is taken.
    pub figure: GainFigure,
}

/// What is taken of gains from exchange rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GainFigure {
    /// Mean of the week's gain after cover and spread.
    Mean,
    /// Standard deviation of it from week to week.
    Deviation,
    /// Sum of what banks are paid.
    Spread,
    /// Sum of what fell due between currencies.
    Due,
}

impl GainFigure {
    pub(super) const fn unit(self) -> &'static str {
        match self {
            Self::Mean | Self::Deviation => "usd_per_week",
            Self::Spread | Self::Due => "usd",
        }
    }
}

impl Run<'_> {
    /// A figure of a side's gains; weeks in which nothing was due count as 0.
    pub(super) fn exchange_gain(&self, of: &ExchangeGains) -> Option<f64> {
        let table = self.table("exchange_gains");
        let [due, gain, covered, spread] =
            ["due_usd", "gain_usd", "covered_usd", "spread_usd"].map(|name| real_column(table, name));
        let (names, sides) = key_column(table, "side");
        let side = match of.side {
            Side::Seller => SELLER,
            Side::Buyer => BUYER,
        };
        let rows = self
            .rows("exchange_gains", "nation")
            .filter(|(row, _, nation)| *nation == of.nation.as_str() && names[usize::from(sides[*row])] == side);
        let (mut net, mut paid, mut fell_due) = (vec![0.0; self.weeks.len()], 0.0, 0.0);
        for (row, week, _) in rows {
            net[(week - self.weeks.start) as usize] += gain[row] + covered[row] - spread[row];
            paid += spread[row];
            fell_due += due[row];
        }
        let weeks = net.len() as f64;
        let mean = net.iter().sum::<f64>() / weeks;
        match of.figure {
            GainFigure::Mean => Some(mean),
            GainFigure::Deviation => {
                let squares: f64 = net.iter().map(|gain| (gain - mean) * (gain - mean)).sum();
                (weeks > 1.0).then(|| crate::math::sqrt(squares / (weeks - 1.0)))
            }
            GainFigure::Spread => Some(paid),
            GainFigure::Due => Some(fell_due),
        }
    }
}
