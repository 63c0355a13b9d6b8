//! Offtake contracts as a checked world has them.

use super::exchange::ContractIx;
use super::{CurrencyIx, MarketIx, NationIx, RegionIx};
use crate::calendar::Week;
use crate::id::Id;
use crate::units::{Mass, Price};

/// Who sells or buys under a contract, by its place in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// One of [`Setup::mines`](super::Setup::mines).
    Mine(usize),
    /// One of [`Setup::plants`](super::Setup::plants).
    Plant(usize),
    /// One of [`Setup::sectors`](super::Setup::sectors).
    Sector(usize),
}

/// A standing contract for part of a seller's output.
#[derive(Debug, Clone)]
pub struct Offtake {
    /// Id.
    pub id: Id,
    /// Mine or plant that sells.
    pub seller: Party,
    /// Plant or sector that buys.
    pub buyer: Party,
    /// Contained metal a year.
    pub quantity_per_year: Mass,
    /// Weeks in which it is delivered.
    pub weeks: std::ops::Range<Week>,
    /// How it is priced and nominated.
    pub terms: OfftakeTerms,
}

/// How a contract is priced and nominated: see [`crate::offtake`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfftakeTerms {
    /// Share of the quantity by which the buyer may take more or less.
    pub tolerance: f64,
    /// Distance of spot from the contract's price, as a share of it, from which the buyer uses the tolerance.
    pub band: f64,
    /// Price before floor and cap.
    pub formula: Formula,
    /// The price is never below.
    pub floor: Option<Price>,
    /// The price is never above.
    pub cap: Option<Price>,
    /// Currency that it is settled in; the dollar when `None`.
    pub currency: Option<CurrencyIx>,
}

impl OfftakeTerms {
    /// The same with a price that is so much higher before floor and cap.
    #[must_use]
    pub fn raised(mut self, by: Price) -> Self {
        match &mut self.formula {
            Formula::Fixed(price) => *price += by,
            Formula::Benchmark { premium, .. } => *premium += by,
        }
        self
    }
}

/// A price formula; prices are delivered to the buyer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Formula {
    /// A price for good.
    Fixed(Price),
    /// payable · mean of the benchmark over some weeks + premium − charge.
    Benchmark {
        /// What the benchmark is.
        of: Quotation,
        /// Weeks of the mean, the last first.
        weeks: u32,
        /// Share of the benchmark that is paid.
        payable: f64,
        /// Added.
        premium: Price,
        /// Treatment and refining charge, taken off.
        charge: Price,
    },
}

/// A price that formulas follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotation {
    /// The price of a market in a region; the buyer's when `None`.
    Spot(MarketIx, Option<RegionIx>),
    /// The week's volume-weighted mean price of a futures contract's main month.
    Futures(ContractIx),
}

impl Formula {
    /// What it follows; nothing when its price is fixed.
    #[must_use]
    pub const fn quotation(&self) -> Option<Quotation> {
        match self {
            Self::Fixed(_) => None,
            Self::Benchmark { of, .. } => Some(*of),
        }
    }
}

/// A share of what is agreed on that is priced on a futures contract.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnFutures {
    /// The contract.
    pub contract: ContractIx,
    /// Share.
    pub share: f64,
    /// Added to the formula's premium; below 0 a discount.
    pub premium: Price,
}

/// Contracts made inside the run: sellers and buyers of a market are matched each quarter by deferred acceptance.
#[derive(Debug, Clone)]
pub struct OfftakeRule {
    /// What records call it.
    pub name: String,
    /// Market.
    pub market: MarketIx,
    /// Nation whose plants and sectors buy; all when `None`.
    pub nation: Option<NationIx>,
    /// Share of a seller's usual sales that it puts under contract at most.
    pub share_of_output: f64,
    /// Share of a buyer's need that it puts under contract at most.
    pub share_of_need: f64,
    /// Weeks that a contract lasts.
    pub tenor_weeks: Week,
    /// What a tonne is worth more to either side when the partner's nation is fully aligned with its own.
    pub alliance_premium: Price,
    /// How contracts are priced and nominated.
    pub terms: OfftakeTerms,
    /// Shares that follow futures instead of the formula's benchmark.
    pub on_futures: Vec<OnFutures>,
}
