//! Offtake contracts, and how they are made inside the run.

use crate::calendar::Date;
use crate::id::Id;

use super::super::decode::At;
use super::super::quantity::{Share, TonnesPerYear, UsdPerTonne, Weeks};
use super::super::record::{choice, record};
use super::super::reference::{self, Ref};
use super::super::value::{Alignment, Level};

record! {
    /// A standing contract for part of a seller's output, delivered before the spot market trades.
    pub struct Offtake as "Offtake" {
        /// Mine or plant that sells.
        seller: Ref<reference::Seller>,
        /// Plant or sector that buys what the seller makes.
        buyer: Ref<reference::Buyer>,
        /// Contained metal; above 0.
        quantity: At<TonnesPerYear>,
        /// First day of delivery.
        from: At<Date>,
        /// Last day of delivery; without one it goes on.
        until: Option<At<Date>>,
        /// How it is priced and nominated.
        terms: OfftakeTerms,
    }
}

record! {
    /// How a contract is priced and nominated. Prices are delivered to the buyer: the seller pays freight and levies.
    pub struct OfftakeTerms as "OfftakeTerms" {
        /// Price before floor and cap.
        formula: Formula,
        /// The price is never below.
        floor: Option<At<UsdPerTonne>>,
        /// The price is never above.
        cap: Option<At<UsdPerTonne>>,
        /// Currency that it is settled in, at the rate of the week in which it is due; the dollar when left out.
        currency: Option<Ref<reference::Currency>>,
        /// Share of the quantity by which the buyer may take more or less; what it has no room for beyond half its horizon ahead it defers, and what is deferred is not made up.
        tolerance: Share = "Share(0.1)",
        /// The buyer takes less when spot is below, more when it is above the contract's price by this share.
        band: Share = "Share(0.02)",
    }
}

choice! {
    /// The price of a contract.
    pub enum Formula as "a price formula" {
        /// A price for good.
        Fixed(At<UsdPerTonne>),
        /// Mean of the buyer's spot price over the last weeks: 1 to 26 whole weeks.
        Spot(At<Weeks>),
        /// payable · mean of a benchmark + premium − charge.
        BenchmarkPlus(Benchmark),
        /// payable · mean of a futures contract's benchmark + premium − charge.
        FuturesPlus(FuturesBenchmark),
    }
}

record! {
    /// A price that follows the price of a market.
    pub struct Benchmark as "Benchmark" {
        /// Stage whose price is the benchmark; the contract's own when left out.
        stage: Option<At<Id>>,
        /// Region whose price is the benchmark; the buyer's when left out.
        region: Option<Ref<reference::Region>>,
        /// Weeks of the mean, the last first: 1 to 26 whole weeks.
        weeks: At<Weeks>,
        /// Multiple of the benchmark that is paid.
        payable: Level = "1",
        /// Added.
        premium: At<UsdPerTonne> = "UsdPerTonne(0)",
        /// Treatment and refining charge, taken off.
        charge: At<UsdPerTonne> = "UsdPerTonne(0)",
    }
}

record! {
    /// A price that follows a futures contract: the week's volume-weighted mean of its main month; the last settlement when that did not trade,
    /// spot where the contract delivers while no month is listed.
    pub struct FuturesBenchmark as "FuturesBenchmark" {
        /// Contract, for any stage of the mineral.
        contract: Ref<reference::Contract>,
        /// Weeks of the mean, the last first: 1 to 26 whole weeks.
        weeks: At<Weeks>,
        /// Multiple of the benchmark that is paid.
        payable: Level = "1",
        /// Added.
        premium: At<UsdPerTonne> = "UsdPerTonne(0)",
        /// Treatment and refining charge, taken off.
        charge: At<UsdPerTonne> = "UsdPerTonne(0)",
    }
}

record! {
    /// A share of what is agreed on that follows a futures contract.
    pub struct OnFutures as "OnFutures" {
        /// Contract for the metal whose spot price the formula follows.
        contract: Ref<reference::Contract>,
        /// Share; above 0.
        share: At<Share>,
        /// Added to the premium of the formula.
        premium: At<UsdPerTonne> = "UsdPerTonne(0)",
        /// Taken off.
        discount: At<UsdPerTonne> = "UsdPerTonne(0)",
    }
}

record! {
    /// Contracts made inside the run: each quarter sellers and buyers of a market are matched by deferred acceptance.
    pub struct OfftakeRule as "OfftakeRule" {
        /// Metal.
        mineral: Ref<reference::Mineral>,
        /// Stage.
        stage: At<Id>,
        /// What is agreed.
        matching: Matching,
    }
}

record! {
    /// How much is put under contract, for how long and on what terms.
    pub struct Matching as "Matching" {
        /// Share of a seller's usual sales that it puts under contract at most.
        share_of_output: Share,
        /// Share of a buyer's need that it puts under contract at most.
        share_of_need: Share,
        /// How long a contract lasts: 13 to 520 whole weeks.
        tenor: At<Weeks>,
        /// What a tonne is worth more to either side when the partner's nation is fully aligned with its own.
        alliance_premium: At<UsdPerTonne> = "UsdPerTonne(0)",
        /// How contracts are priced and nominated.
        terms: OfftakeTerms,
        /// Shares that follow a futures contract where the formula follows the spot price of its metal; all else of the formula stays.
        on_futures: At<Vec<OnFutures>> = "[]",
    }
}

record! {
    /// How far two nations are aligned; a pair that is not listed is neither friend nor foe.
    pub struct Alliance as "Alliance" {
        /// One of them.
        one: Ref<reference::Nation>,
        /// The other.
        other: Ref<reference::Nation>,
        /// From −1, opposed, to 1, allied.
        alignment: Alignment,
    }
}
