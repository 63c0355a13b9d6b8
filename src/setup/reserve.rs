//! Reserve agencies and the rules that they follow: lever group E.

use super::{MarketIx, NationIx, Setup};
use crate::calendar::Week;
use crate::id::{Id, Label};
use crate::units::{Mass, Money, Price};

/// A reserve agency.
#[derive(Debug, Clone)]
pub struct Reserve {
    /// Id.
    pub id: Id,
    /// What people read.
    pub label: Label,
    /// Whose.
    pub nation: NationIx,
    /// Market whose metal it holds.
    pub market: MarketIx,
    /// Metal in store at the start.
    pub stock: Mass,
    /// Money at the start; what it earns by releases is added.
    pub budget: Money,
    /// Price at which it buys and sells whatever is offered and wanted, instead of comparing with the mean.
    pub floor: Option<Price>,
    /// Where its stock lies; at no cost and at hand when `None`.
    pub base: Option<Base>,
    /// What it holds besides metal.
    pub standby: Option<Standby>,
    /// Its rule.
    pub rule: ReserveRule,
}

/// Where a stock lies: lever E11.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Base {
    /// Rent against the market's cost of storage.
    pub rent: f64,
    /// Carriage of what is bought.
    pub intake: Price,
    /// Carriage of what is released.
    pub delivery: Price,
    /// Weeks from the auction to the buyer.
    pub weeks: Week,
}

/// Capacity or ore that is held back until it is needed: lever E1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standby {
    /// What is held back.
    pub site: Site,
    /// Share of its output that is held back.
    pub share: f64,
    /// Paid to it for a tonne of yearly output held back, a year.
    pub fee: Price,
    /// Weeks from approval to output.
    pub lead: Week,
}

/// A site of which output is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// A plant, by its place in [`Setup::plants`].
    Plant(usize),
    /// A mine, by its place in [`Setup::mines`].
    Mine(usize),
}

/// How a kind of agency behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct ReserveRule {
    /// Who holds it.
    pub tier: Tier,
    /// What it means to hold.
    pub target: Target,
    /// When it releases.
    pub triggers: Vec<Trigger>,
    /// How it releases.
    pub release: Releasing,
    /// How it buys.
    pub purchase: Purchasing,
    /// Multiples of the long-run price at which it buys and sells whatever is offered and wanted.
    pub band: Option<(f64, f64)>,
    /// How old stock is replaced.
    pub rotation: Option<Rotation>,
    /// What keeping the stock costs it.
    pub keeping: Option<Keeping>,
    /// Its own interest, if it is a firm.
    pub venture: Option<Venture>,
    /// How it is audited.
    pub audit: Option<Audit>,
    /// How it learns from releases.
    pub learning: Option<Learning>,
    /// What others see of its stock.
    pub secrecy: Secrecy,
    /// Stock to move to by stock and state, instead of everything else.
    pub table: Option<Table>,
    /// Share of stock lost in store, per year.
    pub loss: f64,
}

/// Who holds a stock, from what is released first to what is released last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Firms by obligation.
    Enterprise,
    /// Provinces.
    Provincial,
    /// The state.
    Central,
}

/// What an agency means to hold: levers E2 to E4.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Days of the nation's base-year use.
    pub days: f64,
    /// Days instead for sectors of a priority.
    pub by_priority: Vec<(u8, f64)>,
    /// Days more when one region makes all of the metal.
    pub risk: f64,
}

/// When a trigger lets an agency release.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trigger {
    /// What it looks at.
    pub on: Signal,
    /// Share of the target that stays in store.
    pub keep: f64,
    /// Weeks from a breach to the first release.
    pub approval: Week,
}

/// What a trigger looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Signal {
    /// The price is above the 52-week mean by more than this share.
    Price(f64),
    /// More than this share of what the nation's sectors require is unmet.
    Shortage(f64),
    /// Somebody decides, the more likely the higher the price.
    Discretion(Discretion),
    /// The nation's watches on the metal warn at this level or above.
    Warning(u8),
}

/// Release at somebody's discretion: a hazard that rises with the price's distance from the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Discretion {
    /// Decisions a year at the mean.
    pub per_year: f64,
    /// By how much their log rises per unit of p/M − 1.
    pub slope: f64,
    /// Weeks that a decision holds.
    pub weeks: Week,
}

/// How an agency releases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Releasing {
    /// Most in a week, in days of use.
    pub days_per_week: f64,
    /// Least price against the year's mean.
    pub least: f64,
    /// Lots in which a week's most is offered; nothing when any quantity may be bid for.
    pub lots: Option<u32>,
    /// Share of a week's offer that one bidder may buy.
    pub most_per_bidder: f64,
    /// Who may bid.
    pub bidders: Bidders,
    /// Share of their targets that lower tiers may still hold when it begins; it does not wait when `None`.
    pub after_lower: Option<f64>,
    /// Whether it sells what it holds beyond its target.
    pub excess: bool,
}

/// Who may bid in an auction of reserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bidders {
    /// The nation's plants and sectors that buy the metal.
    Users,
    /// Its plants alone.
    Plants,
    /// Its sectors alone.
    Sectors,
}

/// How an agency buys: lever E7.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purchasing {
    /// Buys below (1 − this) of the 52-week mean.
    pub below: f64,
    /// Most in a week, in days of use.
    pub days_per_week: f64,
    /// Buys towards the target at (1 + this) of the last price whenever nothing calls for a release.
    pub top_up: Option<f64>,
    /// What the treasury gives it a year, as a share of the target's worth at the opening price.
    pub yearly: f64,
    /// Foreign bonds that it may sell for metal, as a share of the same.
    pub bonds: f64,
    /// What those bonds would bring a year.
    pub bond_yield: f64,
    /// Buys when plants or mines at home run low.
    pub overcapacity: Option<Overcapacity>,
}

/// Buying what producers at home cannot sell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overcapacity {
    /// Output against capacity of the nation's producers of the metal, below which it buys.
    pub utilization: f64,
    /// What it pays above the last price, as a share.
    pub premium: f64,
}

/// Old stock out, new stock in: lever E8.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rotation {
    /// Share of the stock that is replaced in a year.
    pub per_year: f64,
    /// What it takes below, and pays above, the last price.
    pub margin: f64,
    /// Years for which metal in store meets the standard.
    pub shelf_years: f64,
}

/// What keeping a stock costs an agency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keeping {
    /// Rent against the market's cost of storage, unless its base says otherwise.
    pub rent: f64,
    /// Interest on the stock's worth, per year.
    pub interest: f64,
    /// Share of both that the treasury pays.
    pub supported: f64,
    /// Most that it may owe, as a share of the target's worth at the opening price.
    pub credit: f64,
}

/// A firm that holds reserves by duty and trades on the side: lever E9.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Venture {
    /// Share of the target that it may buy or sell in a year by its own judgment.
    pub band: f64,
    /// Gain that it asks of such a trade, as a share of the price.
    pub hurdle: f64,
    /// Share of its duty that it meets when nobody pays for it.
    pub comply: f64,
    /// What the treasury pays it a year, as a share of the target's worth at the opening price.
    pub fixed: f64,
}

/// What an audit asks for: lever E10.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Audit {
    /// Share of the stock that has been replaced in the last year.
    pub turnover: f64,
    /// Share of the stock that meets the standard.
    pub quality: f64,
    /// Weeks from a breach to the first metal released.
    pub response: f64,
}

/// How an agency adjusts after a release: lever E12.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learning {
    /// Change of the logs of size and of triggers per unit of error in log price.
    pub gain: f64,
    /// Most by which they have changed.
    pub most: f64,
}

/// What others see of a stock: lever E14.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Secrecy {
    /// Nothing, neither of the stock nor of what is wanted.
    Hidden,
    /// All of it.
    Public,
    /// A figure that is renewed from time to time and off by some error.
    Reported {
        /// Weeks between figures.
        every: Week,
        /// Standard deviation of the log of figure over stock.
        noise: f64,
    },
}

/// A stock to move to for every stock and state of supply.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Tonnes of one step.
    pub step: f64,
    /// Share of normal output below which supply counts as disrupted.
    pub disrupted_below: f64,
    /// Steps to hold by steps held, in normal weeks.
    pub normal: Vec<u32>,
    /// The same in disrupted weeks.
    pub disrupted: Vec<u32>,
}

impl Table {
    /// Steps to hold, given what is held; beyond the table its last row holds.
    #[must_use]
    pub fn next(&self, held: usize, disrupted: bool) -> u32 {
        let rows = if disrupted { &self.disrupted } else { &self.normal };
        rows.get(held).or(rows.last()).copied().unwrap_or(0)
    }
}

impl Setup {
    /// What an agency means to hold before risk is looked at, in quanta.
    #[must_use]
    pub fn reserve_target(&self, reserve: &Reserve) -> f64 {
        let target = &reserve.rule.target;
        let all = target.days * self.daily_use(reserve.nation, reserve.market);
        let more = |(priority, days): &(u8, f64)| {
            let of = |sector: &&super::Sector| {
                sector.nation == reserve.nation && sector.market == reserve.market && sector.priority == *priority
            };
            let used = self.sectors.iter().filter(of).map(|sector| sector.use_per_year.real()).sum::<f64>();
            (days - target.days) * used / 365.25
        };
        all + target.by_priority.iter().map(more).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_what_to_hold_and_its_last_row_holds_beyond() {
        let table = Table { step: 3.0, disrupted_below: 0.95, normal: vec![1, 1, 2], disrupted: vec![0, 0, 1] };
        assert_eq!([table.next(0, false), table.next(2, false), table.next(7, false)], [1, 2, 2]);
        assert_eq!([table.next(1, true), table.next(2, true)], [0, 1]);
    }

    #[test]
    fn what_firms_hold_goes_first_and_what_the_state_holds_last() {
        assert!(Tier::Enterprise < Tier::Provincial && Tier::Provincial < Tier::Central);
    }
}
