//! Outcomes of contracts and exchanges, as files write them.

use crate::calendar::Date;
use crate::id::Id;
use crate::world_file::decode::At;
use crate::world_file::record::{choice, record};

choice! {
    /// A figure of a contract.
    pub enum ContractFigure as "a figure of a contract" {
        /// Lots traded, in t a week; 0 while it is not listed.
        Volume,
        /// Open interest over all months, mean in t; 0 while it is not listed.
        OpenInterest,
        /// Metal on warrant, mean in t; 0 while it is not listed.
        OnWarrant,
        /// Delivered, sum in t.
        Delivered,
        /// Not delivered, longs having been paid off instead, sum in t.
        PaidOff,
        /// Sessions of months that tripped a breaker.
        Breakers,
        /// Sessions that the operator voided.
        Voided,
        /// Price of the active month, mean in USD/t.
        Price,
        /// Highest price of the active month, in USD/t.
        PeakPrice,
        /// Spot less what the active month settled at when the week's sessions began, for spot clears before them; mean in USD/t.
        Basis,
        /// Highest of that, in USD/t.
        PeakBasis,
    }
}

record! {
    /// A figure of a contract over part of the run.
    pub struct OfContract as "OfContract" {
        /// Contract.
        contract: At<Id>,
        /// Figure.
        figure: ContractFigure,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

choice! {
    /// A figure of a clearing house, all sums.
    pub enum ClearingFigure as "a figure of a clearing house" {
        /// Margin called, in USD.
        Called,
        /// Members who could not pay.
        Defaults,
        /// Losses borne by those members' margin, in USD.
        OwnMargin,
        /// By their shares of the default fund.
        OwnFund,
        /// By the house's capital.
        Capital,
        /// By the others' shares of the default fund.
        OthersFund,
        /// By gains that were not paid out.
        Haircut,
    }
}

record! {
    /// A figure of an exchange's clearing house over part of the run.
    pub struct OfExchange as "OfExchange" {
        /// Exchange.
        exchange: At<Id>,
        /// Figure.
        figure: ClearingFigure,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}
