//! Outcomes of what contracts are priced on and settled in, as files write them.

use crate::calendar::Date;
use crate::id::Id;
use crate::world_file::decode::At;
use crate::world_file::record::{choice, record};

choice! {
    /// What the price of an offtake contract follows.
    pub enum PricedOn as "what a price follows" {
        /// Whatever it is.
        Any,
        /// Nothing: it is fixed.
        Fixed,
        /// A spot price.
        Spot,
        /// A futures contract.
        Futures(At<Id>),
    }
}

record! {
    /// What a nation's plants and sectors bought under offtake contracts over part of the run.
    pub struct OfPricing as "OfPricing" {
        /// Nation; all together when left out.
        nation: Option<At<Id>>,
        /// Mineral.
        mineral: At<Id>,
        /// Stage.
        stage: At<Id>,
        /// What the price follows.
        benchmark: PricedOn = "Any",
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

choice! {
    /// Side of offtake contracts.
    pub enum TradingSide as "a side" {
        /// Who delivers.
        Seller,
        /// Who pays.
        Buyer,
    }
}

choice! {
    /// What is taken of gains from exchange rates, each reckoned in the currency of the side and shown at the rate of the day.
    pub enum GainFigure as "a figure of exchange gains" {
        /// Mean of the week's gain after cover and spread, in USD a week.
        Mean,
        /// Standard deviation of it, in USD a week.
        Deviation,
        /// What banks are paid for cover, sum in USD.
        Spread,
        /// What fell due between currencies, sum in USD.
        Due,
    }
}

record! {
    /// What exchange rates did to a nation's firms under offtake contracts over part of the run.
    pub struct OfExchangeGains as "OfExchangeGains" {
        /// Nation.
        nation: At<Id>,
        /// Side.
        side: TradingSide,
        /// What is taken.
        figure: GainFigure,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}
