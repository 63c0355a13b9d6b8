//! Exchanges, their contracts, and who trades them, as checked.

use crate::calendar::Week;
use crate::exchange::contract::ContractTerms;
use crate::exchange::option::terms::OptionTerms;
use crate::exchange::warehouse::WarehouseTerms;
use crate::id::{Id, Label};
use crate::trader::arbitrage::Costs;
use crate::trader::fcn;
use crate::trader::hedger::Hedging;
use crate::trader::inter_exchange::InterExchange;
use crate::trader::market_maker::Making;
use crate::trader::option_maker::OptionMaking;
use crate::trader::speculator::Herding;
use crate::trader::spread::Spread;
use crate::units::{Money, Ppm, Price};

use super::{MarketIx, NationIx, RegionIx};

/// Place of an exchange in [`Setup::exchanges`](super::Setup::exchanges).
pub type ExchangeIx = usize;

/// Place of a contract in [`Setup::contracts`](super::Setup::contracts).
pub type ContractIx = usize;

/// An exchange: it lists contracts and stands between buyers and sellers as a clearing house.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Name in files.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Where it is.
    pub nation: NationIx,
    /// The clearing house's own capital.
    pub capital: Money,
    /// Share of its margin that a member has in the default fund.
    pub fund: Ppm,
    /// Most of a month's open interest that members from abroad may hold together, long and short; `None` without a bound.
    /// At 0 they may only close.
    pub most_foreign: Option<Ppm>,
    /// When its operator voids a session.
    pub void: Option<Void>,
    /// Sessions a week, of five the last ones.
    pub sessions: usize,
}

/// When an operator voids a session, as London did with nickel on 8 March 2022.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Void {
    /// Calls that its prices would lead to, over what default fund and members' deposits hold.
    pub calls: Ppm,
    /// Sessions of suspension that follow.
    pub halt: u32,
}

/// A futures contract.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Name in files.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Where it is listed.
    pub exchange: ExchangeIx,
    /// First week in which its months are listed; `None` when only a policy lists it.
    pub listed: Option<Week>,
    /// What it is on.
    pub on: Underlying,
    /// Its terms.
    pub terms: ContractTerms,
    /// Terms of its options, if it has any.
    pub options: Option<OptionTerms>,
    /// Warehouses from which it is delivered; none when it ends in cash.
    pub warehouses: Vec<Warehouse>,
    /// Weight of its curve in what firms expect of the metal's price, from 0 to 1.
    pub weight: f64,
}

impl Contract {
    /// The metal that it is for, if it is for metal.
    #[must_use]
    pub const fn metal(&self) -> Option<Metal> {
        match self.on {
            Underlying::Metal(metal) => Some(metal),
            Underlying::Value(_) => None,
        }
    }

    /// Whether metal is delivered in a region; of a contract that ends in cash, whether its price counts.
    #[must_use]
    pub fn delivers_in(&self, region: RegionIx) -> bool {
        match &self.warehouses[..] {
            [] => self.metal().is_some_and(|metal| metal.region == region),
            warehouses => warehouses.iter().any(|warehouse| warehouse.region == region),
        }
    }

    /// The warehouse to which metal goes in a region, if there is one: that of the least discount, of equals the one of the
    /// lowest rent, then the first.
    #[must_use]
    pub fn warehouse_in(&self, region: RegionIx) -> Option<usize> {
        let here = (0..self.warehouses.len()).filter(|&place| self.warehouses[place].region == region);
        here.min_by_key(|&place| (self.warehouses[place].terms.discount, self.warehouses[place].terms.rent))
    }
}

/// A warehouse of an exchange, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warehouse {
    /// Region.
    pub region: RegionIx,
    /// Its terms.
    pub terms: WarehouseTerms,
}

/// What a contract is on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Underlying {
    /// Metal.
    Metal(Metal),
    /// A value that is given, in whatever units.
    Value(Value),
}

/// Metal that a contract is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metal {
    /// Mineral and stage.
    pub market: MarketIx,
    /// Where it is delivered when warehouses do not say otherwise; in cash, whose price counts.
    pub region: RegionIx,
}

/// A value that goes its own way: a random walk in logs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// At the start.
    pub opening: Price,
    /// Standard deviation of its log change in a week; 0 for a constant.
    pub sd: f64,
}

/// Traders of one kind, all by the same rule.
#[derive(Debug, Clone)]
pub struct TraderGroup {
    /// Name in files; its traders are numbered.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Their nationality.
    pub nation: NationIx,
    /// What they trade.
    pub contract: ContractIx,
    /// How many they are.
    pub count: u32,
    /// What each has at the start.
    pub capital: Money,
    /// How they trade.
    pub strategy: Strategy,
}

/// How a trader trades.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Strategy {
    /// On the main contract, by value or by trend.
    Speculator(SpeculatorRule),
    /// On both sides of the last price of every month.
    MarketMaker(Making),
    /// A month against the main one.
    Spread(Spread),
    /// A contract against others for the same metal.
    InterExchange(InterExchange),
    /// By value, trend and noise weighed in one.
    Fcn(fcn::Spread),
    /// On both sides of what options are worth.
    OptionMaker(OptionMaking),
}

/// Speculation: see [`crate::trader::speculator`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeculatorRule {
    /// κ per year: how fast fundamentalists expect the price to return to value.
    pub pull: f64,
    /// Years over which they look ahead.
    pub horizon_years: f64,
    /// Standard deviation per week of what moves fundamentalists' views together, in logs.
    pub value_noise: f64,
    /// γ: how much of the trend chartists expect to go on.
    pub trend: f64,
    /// Longest trend that a chartist looks at, in weeks; each has his own from 1 on.
    pub trend_weeks: u32,
    /// Standard deviation per week of what moves chartists' views together, in logs.
    pub trend_noise: f64,
    /// α.
    pub risk_aversion: f64,
    /// λ: most of his wealth that a speculator ties up as margin.
    pub margin_share: f64,
    /// Share of the position at most that changes in a session, of what the margin allows.
    pub pace: f64,
    /// Who is drawn to which rule.
    pub switching: Switching,
    /// Chance per week that a speculator thinks over which rule he follows.
    pub review: f64,
    /// Most of his wealth that he puts into options.
    pub options: f64,
}

/// What draws speculators to a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Switching {
    /// The index of Franke and Westerhoff.
    Herding(Herding),
    /// Past gains, after Brock and Hommes.
    Gains {
        /// β, for gains over their standard deviation.
        intensity: f64,
    },
}

/// A firm's hedging: on which contract, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hedge {
    /// Contract.
    pub contract: ContractIx,
    /// Rule.
    pub rule: Hedging,
    /// What is held in options instead of months.
    pub options: Option<HedgeOptions>,
}

/// The part of a hedge that is held in options: who sells metal buys puts, who buys it calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HedgeOptions {
    /// Share of the hedge.
    pub share: f64,
    /// Distance of the strike out of the money, share of the month's price.
    pub out: f64,
}

impl Hedge {
    /// Share of the hedge that is held in months.
    #[must_use]
    pub fn in_months(&self) -> f64 {
        self.options.map_or(1.0, |options| 1.0 - options.share)
    }
}

/// A merchant's carry trade: it buys metal against months sold, and sells metal against months bought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CarryTrade {
    /// Contract.
    pub contract: ContractIx,
    /// Share of its stock that is sold forward.
    pub hedged: f64,
    /// Cost of getting in and out, share of the price.
    pub fees: f64,
    /// Share of the gap to what it wants that it trades in a session.
    pub pace: f64,
    /// How much less than the contract's price a long pays for metal from where it stands.
    pub discount: Price,
}

impl CarryTrade {
    /// Costs of carrying at a yearly interest, a storage cost in cents per 1,000 quanta and year, and a price.
    #[must_use]
    pub fn costs(&self, interest: f64, storage: f64, price: f64) -> Costs {
        Costs { interest, storage, fees: self.fees * price }
    }
}
