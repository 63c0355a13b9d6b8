//! Exchanges and the contracts that they list.

use crate::calendar::Date;
use crate::id::Id;

use super::super::decode::At;
use super::super::quantity::{Share, SharePerYear, Tonnes, Usd, UsdPerTonne, UsdPerTonneYear, Weeks};
use super::super::record::{choice, record};
use super::super::reference::{self, Ref};
use super::super::value::{Count, Factor};
use super::Label;

record! {
    /// An exchange: it lists contracts and stands between buyers and sellers as a clearing house.
    pub struct Exchange as "Exchange" {
        /// What people read.
        label: Label,
        /// Where it is.
        nation: Ref<reference::Nation>,
        /// The clearing house's own capital, drawn on after a defaulter's margin and before the others' default fund.
        capital: At<Usd>,
        /// Share of its margin that a member has in the default fund.
        fund: At<Share>,
        /// Whether members from abroad may trade.
        foreigners: Foreigners = "Open",
        /// When its operator voids a session; without it never.
        void: Option<Void>,
        /// Sessions a week, 1 to 5; with fewer than five the last ones of the week are held.
        sessions: At<Count> = "5",
    }
}

choice! {
    /// Whether members of other nations than the exchange's may trade; firms that hedge and merchants that carry count too.
    pub enum Foreigners as "access of foreigners" {
        /// As everybody.
        Open,
        /// They may only close what they hold.
        Closed,
    }
}

record! {
    /// When an operator voids a session: after its auctions, before it settles.
    pub struct Void as "Void" {
        /// Margin that the change of prices would have called, as a multiple of default fund and deposits.
        calls: At<Factor>,
        /// Sessions of suspension that follow: 1 to 20.
        halt: At<Count>,
    }
}

record! {
    /// A futures contract.
    pub struct Contract as "Contract" {
        /// What people read.
        label: Label,
        /// Where it is listed.
        exchange: Ref<reference::Exchange>,
        /// From when on; policies may list it and take it off.
        listed: Listed = "Start",
        /// Metal; left out where the contract is on a `value`.
        mineral: Option<Ref<reference::Mineral>>,
        /// Stage that is delivered, or whose price counts; the last one when left out.
        stage: Option<At<Id>>,
        /// Region in which it is delivered when its warehouses name no other, or whose price counts; that of the exchange's nation
        /// when left out.
        region: Option<Ref<reference::Region>>,
        /// What it is on instead of metal.
        value: Option<At<Value>>,
        /// Contained metal in a lot, or units of a value; above 0.
        lot: At<Tonnes>,
        /// The least step of the price: a whole number of cents per 1,000 quanta, above 0.
        tick: At<UsdPerTonne>,
        /// Which delivery months are listed.
        months: Months,
        /// How far the price may go in a session; without it anywhere.
        limit: Option<At<Limit>>,
        /// What is deposited for a lot.
        margin: Margin,
        /// The most lots that a member who does not hedge may hold in a month, long or short; without it any number.
        position: Option<Position>,
        /// The most lots that a member may open in a month in a session; without it any number. A lever of policy.
        opening_cap: Option<Count>,
        /// What happens at the end of a month's life.
        delivery: Delivery,
        /// At which price a session that traded settles.
        settlement: Settlement = "VolumeWeighted",
        /// How the orders of a session meet.
        matching: Matching = "CallAuction",
        /// How orders at the auction's price are rationed.
        rationing: Rationing = "ProRata",
        /// Paid to the clearing house for each lot, by buyer and seller.
        fee: At<Usd> = "Usd(0)",
        /// Options on its months; without it none.
        options: Option<Options>,
        /// Weight of its curve in what firms expect of the metal's price; over all contracts of a stage at most 1.
        weight: At<Share> = "Share(0)",
        /// Whether who holds half or more of what can be delivered lends the front month in its last two weeks, after the guidance
        /// of the London Metal Exchange; for contracts that are delivered in metal.
        lending: At<bool> = "false",
    }
}

choice! {
    /// From when on a contract's months are listed.
    pub enum Listed as "a listing" {
        /// The start of the run.
        Start,
        /// The first week that begins on this day or later.
        From(At<Date>),
        /// When a policy lists it.
        Never,
    }
}

record! {
    /// Which delivery months are listed.
    pub struct Months as "Months" {
        /// How many at a time: 1 to 36.
        listed: At<Count>,
        /// Months from one to the next, a divisor of 12, counted so that December is always one: 2 for the even ones.
        every: At<Count> = "1",
        /// When a month trades last.
        last_day: LastDay,
    }
}

choice! {
    /// The last trading day of a delivery month. Trading days are Mondays to Fridays.
    pub enum LastDay as "a last trading day" {
        /// This day of the month, 1 to 28, or the Monday after when it falls on a weekend.
        Day(At<Count>),
        /// The month's nth trading day, 1 to 20.
        TradingDay(At<Count>),
        /// The month's nth trading day from its end, 1 to 15; 1 is the last.
        TradingDayFromEnd(At<Count>),
        /// The nth of a weekday, such as the third Wednesday.
        Weekday(NthWeekday),
        /// The last of a weekday.
        LastWeekday(Weekday),
        /// The month's last trading day.
        LastTradingDay,
        /// None: one month trades as long as the run lasts.
        Never,
    }
}

record! {
    /// A value that a contract is on where it is not on metal, such as an index: units of it stand for tonnes. It settles in cash.
    pub struct Value as "Value" {
        /// At the start; above 0.
        opening: At<UsdPerTonne>,
        /// Standard deviation of its log change in a week: a random walk; a constant when 0.
        sd: Share = "Share(0)",
    }
}

choice! {
    /// How the orders of a session meet.
    pub enum Matching as "matching of orders" {
        /// All at one price, that at which most trades.
        CallAuction,
        /// One by one, at the limit of the order that waited: better limits first, then earlier orders. Orders written before a session come
        /// in random order, those that take any price last.
        Continuous(Continuous),
    }
}

record! {
    /// Continuous trade.
    pub struct Continuous as "Continuous" {
        /// In a session so many times a trader by `Fcn` is asked for an order: 1 to 10000.
        turns: At<Count> = "100",
        /// Whether such orders wait for other sessions.
        rest: Rest = "Lapses",
    }
}

choice! {
    /// What becomes of orders by `Fcn` that wait when a session ends. Those of others end with it.
    pub enum Rest as "rest" {
        /// They end too.
        Lapses,
        /// They wait as long as they live.
        Stays,
    }
}

record! {
    /// The nth of a weekday in a month, such as the third Wednesday.
    pub struct NthWeekday as "NthWeekday" {
        /// 1 to 4.
        nth: At<Count>,
        /// Which.
        day: Weekday,
    }
}

choice! {
    /// A trading day of the week.
    pub enum Weekday as "weekday" {
        /// The first.
        Monday,
        /// The second.
        Tuesday,
        /// The third.
        Wednesday,
        /// The fourth.
        Thursday,
        /// The fifth.
        Friday,
    }
}

record! {
    /// How far the price may go from the previous settlement in a session. In the lists named `near`, here and below, stand the values
    /// that hold from so many whole weeks before a month's last week on, in falling order of weeks; `Weeks(0)` is the last week itself.
    pub struct Limit as "Limit" {
        /// Share of the previous settlement, either way; above 0.
        base: At<Share>,
        /// Other shares as the end nears.
        near: At<Vec<(At<Weeks>, At<Share>)>> = "[]",
        /// Multiple of it until a month first trades.
        first_day: Count = "1",
        /// Added to it after one session that ended locked and after two in a row, the second at least the first.
        steps: At<(At<Share>, At<Share>)>,
        /// Sessions of suspension after the third: 1 to 20.
        halt: At<Count> = "1",
        /// What else follows the third.
        then: AfterHalt,
        /// Multiple of it that the settlement may move within five sessions before one is suspended; without it any.
        weekly: Option<Count>,
    }
}

choice! {
    /// What follows three sessions in a row that ended locked in the same direction.
    pub enum AfterHalt as "what follows a halt" {
        /// The wide limit, and the margin that goes with it, stay until a session ends unlocked.
        RaiseMargin,
        /// The losing side's unfilled orders are matched with profitable positions at the limit.
        ForcedReduction,
        /// The third session's trades are void.
        CancelDay,
    }
}

record! {
    /// What a member deposits for a lot, as a share of its value at the last settlement.
    pub struct Margin as "Margin" {
        /// Far from the end; above 0.
        base: At<Share>,
        /// Other shares as the end nears.
        near: At<Vec<(At<Weeks>, At<Share>)>> = "[]",
        /// At least the next session's limit and this much more.
        over_limit: At<Share> = "Share(0)",
        /// How much less hedgers deposit, less than `base`.
        hedgers_less: At<Share> = "Share(0)",
    }
}

record! {
    /// The most lots that a member who does not hedge may hold in a month, long or short.
    pub struct Position as "Position" {
        /// Far from the end.
        lots: Count,
        /// Far from the end, from so many lots of open interest on, that share of it instead.
        large: Option<(Count, At<Share>)>,
        /// Fewer lots as the end nears.
        near: At<Vec<(At<Weeks>, Count)>> = "[]",
    }
}

choice! {
    /// What happens at the end of a month's life.
    pub enum Delivery as "delivery" {
        /// Shorts hand over warrants, longs pay for them.
        Physical(Physical),
        /// Positions are marked to the mean of the metal's last weekly prices: 1 to 13 whole weeks, and that is all.
        Cash(At<Weeks>),
    }
}

record! {
    /// Terms of physical delivery.
    pub struct Physical as "Physical" {
        /// Price at which metal is delivered.
        price: DeliveryPrice = "LastSettlement",
        /// A short without warrants is bought in at most at this multiple of the price, 1 to 10, and otherwise pays the long off.
        buy_in: At<Factor>,
        /// What such a short pays to the long on top, as a share of the lots' value.
        penalty: At<Share>,
        /// Warehouses; at least one. A short delivers from where metal is cheapest, a long gets it from where the lot decides.
        warehouses: At<Vec<Warehouse>>,
    }
}

record! {
    /// A warehouse of an exchange.
    pub struct Warehouse as "Warehouse" {
        /// Most metal that it puts on warrant in a week; a lot at least.
        load_in: At<Tonnes>,
        /// Most metal that leaves it in a week; a lot at least.
        load_out: At<Tonnes>,
        /// Rent.
        rent: At<UsdPerTonneYear>,
        /// Region; that of the contract when left out.
        region: Option<Ref<reference::Region>>,
        /// How much less a long pays for metal from here: a whole number of ticks, at most half of the opening price.
        discount: At<UsdPerTonne> = "UsdPerTonne(0)",
    }
}

choice! {
    /// The price at which metal is delivered.
    pub enum DeliveryPrice as "delivery price" {
        /// The last session's settlement.
        LastSettlement,
        /// Volume-weighted mean of the trades of so many weeks up to the last one: 1 to 13.
        MeanOfWeeks(At<Weeks>),
    }
}

choice! {
    /// The settlement price of a session that traded.
    pub enum Settlement as "settlement price" {
        /// Volume-weighted mean of its trades, as in China.
        VolumeWeighted,
        /// The last trade, as in London.
        Closing,
    }
}

choice! {
    /// Who is filled when more is bid or offered at the auction's price than the other side takes.
    pub enum Rationing as "order rationing" {
        /// All, in proportion to their orders.
        ProRata,
        /// One after another, close-outs first.
        PriceTime,
    }
}

record! {
    /// Options on the months of a contract: rights to buy (calls) or sell (puts) a lot of a month at a strike. They trade once a week.
    pub struct Options as "Options" {
        /// When they may be exercised.
        style: OptionStyle,
        /// The least step of the premium: a whole number of cents per 1,000 quanta, above 0.
        tick: At<UsdPerTonne>,
        /// Months from the month in which they trade last to the delivery month: 1 to 3; left out, they trade last in the delivery month.
        months_before: Option<At<Count>>,
        /// When they trade last, in that month; a week before the delivery month's own last at least.
        last_day: LastDay,
        /// They are listed on so many of the nearest months: 1 to 12.
        nearest: At<Count> = "2",
        /// And on other months from so many lots of open interest on; without it on none.
        busy: Option<Count>,
        /// At a time on so many months at most: `nearest` to 12.
        expiries: At<Count> = "3",
        /// How far strikes reach on either side of the settlement, as a share of it; above 0.
        cover: At<Share>,
        /// Distance from strike to strike, from each price on, in rising order from UsdPerTonne(0): whole ticks of the contract.
        steps: At<Vec<(At<UsdPerTonne>, At<UsdPerTonne>)>>,
        /// Most strikes on either side of the one at the price: 1 to 20. Where there would be more, every second, third and so on is listed.
        strikes: At<Count> = "3",
        /// Paid to the clearing house for each lot, by buyer and seller, and at exercise.
        fee: At<Usd> = "Usd(0)",
        /// Interest at which premiums are discounted.
        interest: SharePerYear,
    }
}

choice! {
    /// When options may be exercised.
    pub enum OptionStyle as "option style" {
        /// In their last session.
        European,
        /// In every session in which they trade.
        American,
    }
}
