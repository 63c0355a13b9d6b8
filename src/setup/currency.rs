//! Currencies as a checked world has them.

use crate::calendar::Week;
use crate::id::{Id, Label};
use crate::units::Ppm;

/// Place of a currency in [`Setup::currencies`](super::Setup::currencies); the dollar, in which the books are kept, has none.
pub type CurrencyIx = usize;

/// A currency besides the dollar.
#[derive(Debug, Clone)]
pub struct Currency {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Units per dollar at the start, and what the rate is drawn back to.
    pub per_usd: f64,
    /// Standard deviation of a week's log change.
    pub sd: f64,
    /// Share of its log distance from the opening rate that it makes up in a year.
    pub pull: f64,
    /// Weeks from delivery to payment of contracts in which it meets another currency.
    pub payment_weeks: Week,
}

/// How a nation's firms cover the exchange risk of their contracts with banks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// Share that is covered.
    pub share: Ppm,
    /// What banks are paid, of what is covered.
    pub spread: Ppm,
}

/// A share of what is agreed on that is settled in a currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InCurrency {
    /// The currency.
    pub currency: CurrencyIx,
    /// Share.
    pub share: f64,
}
