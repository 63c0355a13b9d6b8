//! Who trades contracts, and how firms use them.

use crate::id::Id;

use super::super::decode::{At, Keyed};
use super::super::quantity::{Share, Tonnes, Usd, Weeks, Years};
use super::super::record::{choice, record};
use super::super::reference::{self, Ref};
use super::super::value::{Count, Factor, Leaning, Level};
use super::Label;

record! {
    /// Traders of one kind on one contract, all by the same rule.
    pub struct Traders as "Traders" {
        /// What people read.
        label: Label,
        /// Their nationality.
        nation: Ref<reference::Nation>,
        /// What they trade.
        contract: Ref<reference::Contract>,
        /// How many they are; all of a world together at most 10000.
        count: At<Count>,
        /// What each has at the start; above 0.
        capital: At<Usd>,
        /// How they trade.
        rule: Ref<reference::TraderRule>,
    }
}

choice! {
    /// How a kind of trader trades.
    pub enum TraderRule as "a trader rule" {
        /// On the main contract, the month with the most open positions, by value or by trend.
        Speculator(Speculator),
        /// On both sides of the last price of every month.
        MarketMaker(MarketMaker),
        /// A month against the main one.
        Spread(Spread),
        /// A contract against others for the same metal.
        InterExchange(InterExchange),
        /// On the main contract, by value, trend and noise weighed in one forecast.
        Fcn(Fcn),
        /// On both sides of what options are worth.
        OptionMaker(OptionMaker),
    }
}

record! {
    /// Speculation. Fundamentalists expect the price to return to value, chartists the trend to go on; both want
    /// W·ln(p̂/p)/(α σ² p) of it, with W what they have and σ² the variance of the price.
    pub struct Speculator as "Speculator" {
        /// How fast fundamentalists expect the price to return to value, per year.
        pull: Level,
        /// How far they look ahead; above 0.
        horizon: At<Years>,
        /// Standard deviation per week of what moves fundamentalists' views together, in logs.
        value_noise: Share,
        /// How much of the trend chartists expect to go on.
        trend: Level,
        /// Longest trend that a chartist looks at, each having his own from a week on: 1 to 52 whole weeks.
        trend_span: At<Weeks>,
        /// Standard deviation per week of what moves chartists' views together, in logs.
        trend_noise: Share,
        /// α.
        risk_aversion: Factor,
        /// Most of his wealth that a speculator ties up as margin; above 0.
        margin_share: At<Share>,
        /// Share at most of the position that the margin allows by which he changes it in a session; above 0.
        pace: At<Share>,
        /// What draws speculators to a rule.
        switching: Switching,
        /// Chance per week that a speculator thinks over which rule he follows.
        review: Share,
        /// Most of his wealth that he puts into options, where the contract has any and they ask less than he expects them to pay.
        options: Share = "Share(0)",
    }
}

record! {
    /// Traders by value, trend and noise, after Chiarella and Iori (2002): each bids or offers one lot when its turn comes, once a session in
    /// a call auction. A step is such a turn of the contract, or a session. Weights differ by trader, exponential with these means; times
    /// and margins are uniform.
    pub struct Fcn as "Fcn" {
        /// Mean weight of the return to value; with the others above 0.
        value: At<Level>,
        /// Mean weight of the trend.
        trend: Level = "0",
        /// Mean weight of noise.
        noise: Level,
        /// Standard deviation of the noise: log return per step.
        noise_sd: Share,
        /// First and last of the times in which the price is expected to return to value, in steps: 1 to 1000.
        reversion: (At<Count>, At<Count>),
        /// First and last of the windows, in steps, over which a trader looks back and ahead and its orders live: 1 to 1000.
        window: (At<Count>, At<Count>),
        /// Greatest distance of a limit from the expected price, as a share of it; the least is 0.
        margin: At<Share>,
    }
}

choice! {
    /// What draws speculators to the fundamental or to the trend rule.
    pub enum Switching as "switching" {
        /// The majority, and how far the price is from value.
        Herding(Herding),
        /// Past gains.
        Gains(Gains),
    }
}

record! {
    /// Attraction of the fundamental rule: α₀ + αₙ(n_f − n_c) + α_p(ln p − V)², after Franke and Westerhoff (2012).
    pub struct Herding as "Herding" {
        /// α₀: liking for it beforehand.
        predisposition: Leaning,
        /// αₙ: how much the majority draws.
        herding: Level,
        /// α_p: how much a price far from value draws, per squared log.
        misalignment: Level,
    }
}

record! {
    /// Attraction by gains over their standard deviation, after Brock and Hommes (1998).
    pub struct Gains as "Gains" {
        /// How strongly shares follow gains: 0 is half and half.
        intensity: Level,
    }
}

record! {
    /// Market making: sells what the price rises beyond the spread, buys what it falls, and works off what it holds.
    pub struct MarketMaker as "MarketMaker" {
        /// Contained metal that it takes for a log change of the price of 1; at least a lot.
        depth: At<Tonnes>,
        /// Half the distance between its bid and its offer, as a share of the price.
        half_spread: Share,
        /// Share of its position that it wants to be rid of in a session.
        reversion: Share,
    }
}

record! {
    /// Making markets in options: quotes the volatility of the price less and more a spread, more after having sold, and holds the month
    /// against what its options move with it.
    pub struct OptionMaker as "OptionMaker" {
        /// Contained metal of each option that it bids and offers for; at least a lot.
        depth: At<Tonnes>,
        /// Half the distance between its bid and its offer, as a share of the volatility.
        spread: Share,
        /// Share by which it raises the volatility when it has sold as much as its depth at the money, in options that move alike with volatility.
        lean: Level,
    }
}

record! {
    /// Arbitrage between exchanges: holds the contract as far as it stands from where others for the same metal have it, with the premium
    /// of its place over theirs as spot has it.
    pub struct InterExchange as "InterExchange" {
        /// Contained metal that it holds for a log distance of 1; at least a lot.
        depth: At<Tonnes>,
    }
}

record! {
    /// Spread trading: holds a month against the main one as far as it stands from where value and the fading of what moves the main
    /// month would put it.
    pub struct Spread as "Spread" {
        /// How fast the spot price returns to value, per year.
        pull: Level,
        /// How fast what moves the main month fades along the curve, per year.
        fade: Level,
        /// Contained metal that it holds against a month for a log distance of 1; at least a lot.
        depth: At<Tonnes>,
    }
}

record! {
    /// Hedging by those of a kind who sell or buy at the contract's stage: what they sell they sell forward, what they buy they buy
    /// forward. Mines may sell an earlier stage of its mineral: they hedge the share that their price is of the contract's.
    pub struct Hedging as "Hedging" {
        /// Contract.
        contract: Ref<reference::Contract>,
        /// Share of the quantity over the tenor that is hedged when the curve is flat.
        ratio: Share,
        /// Most that the basis adds or takes away, at 5 % either way.
        selective: Share = "Share(0)",
        /// How much is hedged, in weeks of what is sold or bought; above 0, at most 156.
        tenor: At<Weeks>,
        /// Share of the gap to the target that is closed in a session; above 0.
        pace: At<Share>,
        /// Time before a month's last session from which positions are moved on: 1 to 26 whole weeks.
        roll: At<Weeks>,
        /// How much more is hedged the more debts weigh: the ratio times (long-run price / price) to this power for what is sold,
        /// (price / long-run price) for what is bought.
        leverage: Level = "0",
        /// What is held in options instead of months; without it nothing.
        options: Option<HedgeOptions>,
    }
}

record! {
    /// The part of a hedge that is held in options: who sells metal buys puts, who buys it calls, and both keep them to the end.
    pub struct HedgeOptions as "HedgeOptions" {
        /// Share of the hedge.
        share: Share,
        /// How far out of the money the strike lies, as a share of the month's price.
        out: Share,
    }
}

/// Carry trades of a kind of merchant, by contract.
pub type Carries = Keyed<Id, Carry>;

record! {
    /// Carry trade by those merchants of a kind who trade in the contract's stage and region: metal against months sold, and back.
    pub struct Carry as "Carry" {
        /// Share of its stock that is sold forward.
        hedged: Share,
        /// Cost of getting in and out, as a share of the price.
        fees: Share,
        /// Share of the gap to what it wants that it trades in a session; above 0.
        pace: At<Share>,
    }
}
