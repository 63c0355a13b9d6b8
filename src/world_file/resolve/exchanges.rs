//! Exchanges, the terms of their contracts, and traders.

use crate::auction::{self, Band};
use crate::exchange::contract::{self, ContractTerms, MarginTerms};
use crate::exchange::life::{self, Listing, Staged};
use crate::exchange::limits::{self, LimitTerms, SESSIONS, UNLIMITED};
use crate::exchange::settlement::SettlementRule;
use crate::exchange::warehouse::WarehouseTerms;
use crate::id::Id;
use crate::setup::exchange::{Contract, Exchange, ExchangeIx, Metal, TraderGroup, Underlying, Value, Void, Warehouse};
use crate::setup::{Market, MarketIx, NationIx, RegionIx};
use crate::units::{Mass, Money, PPM, Ppm, Price, Quantum, WEEKS_PER_YEAR};

use super::super::decode::{At, Cx};
use super::super::quantity::{Quantity, Share, Weeks, plain};
use super::super::value::Count;
use super::super::written::World;
use super::super::written::exchanges::{
    self as written, AfterHalt, Delivery, DeliveryPrice, Foreigners, LastDay, Limit, Listed, Matching, Months,
    Physical, Position, Rationing, Rest, Settlement, Weekday,
};
use super::names::{Names, count, exact, exact_above_0, ppm, whole_weeks};
use super::{PRICE_ROOM, all, label, options, places, traders};

/// Most delivery months that are listed at a time.
const MOST_MONTHS: u32 = 36;
/// Longest time before the end from which a stage holds, in weeks.
const LONGEST_STAGE: u32 = 260;
/// Longest mean of a delivery price, in weeks.
const LONGEST_MEAN: u32 = 13;
/// Most turns of traders in a session.
const MOST_TURNS: u32 = 10_000;
/// Fewest ticks in the opening price, so that a limit of a percent is one tick at least.
const FEWEST_TICKS: i64 = 100;

/// Exchanges and all that hangs on them, as far as they could be read.
pub(super) struct Floor {
    pub(super) exchanges: Option<Vec<Exchange>>,
    /// In order of those that `names` knows; nothing where something is wrong.
    pub(super) contracts: Vec<Option<Contract>>,
    pub(super) traders: Option<Vec<TraderGroup>>,
}

pub(super) fn resolve(world: &World, names: &Names, cx: &mut Cx) -> Floor {
    let exchanges = all(world.exchanges.iter().map(|(id, exchange)| {
        let (nation, fund) = (names.nation(&exchange.nation, cx), ppm(&exchange.fund, cx));
        let capital = exact(&exchange.capital, Quantum::Kilogram, cx);
        let void = match &exchange.void {
            Some(void) => {
                let halt = count(&void.halt, 1, 20, cx);
                let calls = Ppm(crate::math::round(void.calls.0 * PPM as f64));
                halt.map(|halt| Some(Void { calls, halt }))
            }
            None => Some(None),
        };
        let sessions = count(&exchange.sessions, 1, SESSIONS as u32, cx);
        Some(Exchange {
            id: id.value.clone(),
            label: label(&exchange.label),
            nation: nation?,
            capital: capital?,
            fund: fund?,
            most_foreign: match exchange.foreigners {
                Foreigners::Open => None,
                Foreigners::Closed => Some(Ppm(0)),
            },
            void: void?,
            sessions: sessions? as usize,
        })
    }));
    let contracts: Vec<_> =
        world.contracts.iter().map(|(id, written)| contract(&id.value, written, names, cx)).collect();
    let traders = traders::resolve(world, &contracts, names, cx);
    Floor { exchanges, contracts, traders }
}

fn contract(id: &Id, written: &written::Contract, names: &Names, cx: &mut Cx) -> Option<Contract> {
    let exchange = names.exchange(&written.exchange, cx);
    let (on, quantum) = match (&written.mineral, &written.value) {
        (Some(mineral), None) => metal(written, mineral, exchange, names, cx),
        (None, Some(value)) => (value_of(written, value, cx), Some(Quantum::Kilogram)),
        (Some(mineral), Some(_)) => {
            let what = "a contract is on metal or on a value, not on both";
            cx.error_at(&mineral.origin, what, "drop `mineral` or `value`");
            (None, None)
        }
        (None, None) => {
            let what = "the contract is on nothing";
            cx.error_at(&written.lot.origin, what, "name a `mineral`, or write `value: (opening: UsdPerTonne(..))`");
            (None, None)
        }
    };
    let region = match on {
        Some(Underlying::Metal(metal)) => Some(metal.region),
        _ => None,
    };
    let (tick, listing) = (exact_above_0(&written.tick, quantum, cx), listing(&written.months, cx));
    let terms = terms(written, quantum, (tick, listing), cx);
    let warehouses = warehouses(written, quantum, (tick, region), names, cx);
    if written.lending.value && matches!(written.delivery, Delivery::Cash(_)) {
        let instead = "leave `lending` out, or write `delivery: Physical(..)`";
        cx.error_at(&written.lending.origin, "nothing is lent of a contract that is settled in cash", instead);
    }
    let options = match &written.options {
        Some(own) => options::resolve((written, own), (tick, listing), quantum, names.calendar, cx).map(Some),
        None => Some(None),
    };
    if let (Some(Underlying::Value(value)), Some(tick)) = (on, tick) {
        ticks(value.opening, tick, Quantum::Kilogram, written, cx);
    }
    Some(Contract {
        id: id.clone(),
        label: label(&written.label),
        exchange: exchange?,
        listed: match &written.listed {
            Listed::Start => Some(0),
            Listed::From(day) => Some(names.week(day.value)),
            Listed::Never => None,
        },
        on: on?,
        warehouses: warehouses?,
        terms: terms?,
        options: options?,
        weight: written.weight.number(),
    })
}

/// The metal that a contract is on, and the metal's quantum as far as it can be told.
fn metal(
    written: &written::Contract,
    mineral: &At<Id>,
    exchange: Option<ExchangeIx>,
    names: &Names,
    cx: &mut Cx,
) -> (Option<Underlying>, Option<Quantum>) {
    let region = match &written.region {
        Some(region) => names.region(region, cx),
        None => exchange.and_then(|exchange| names.nations[names.exchanges[exchange].1?].1),
    };
    let Some(mineral) = names.mineral(mineral, cx) else { return (None, None) };
    let market = match &written.stage {
        Some(stage) => names.market(mineral, stage, cx),
        None => names.markets(mineral).last(),
    };
    let metal = market.zip(region).map(|(market, region)| Underlying::Metal(Metal { market, region }));
    (metal, Some(names.quantum(mineral)))
}

/// The value that a contract is on; what else it then may not say is reported.
fn value_of(written: &written::Contract, value: &written::Value, cx: &mut Cx) -> Option<Underlying> {
    let stage = written.stage.as_ref().map(|stage| &stage.origin);
    if let Some(at) = stage.or(written.region.as_ref().map(|region| &region.origin)) {
        cx.error_at(at, "a value has no stage and lies in no region", "drop `stage` and `region`");
    }
    if let Delivery::Physical(physical) = &written.delivery {
        cx.error_at(&physical.buy_in.origin, "a value cannot be delivered", "write `delivery: Cash(Weeks(1))`");
    }
    if written.weight.number() > 0.0 {
        let what = "the contract is for no metal whose price firms expect";
        cx.error_at(&written.weight.origin, what, "drop `weight`");
    }
    let opening = exact_above_0(&value.opening, Quantum::Kilogram, cx)?;
    Some(Underlying::Value(Value { opening, sd: value.sd.number() }))
}

/// Warehouses of a contract that is delivered in metal, none for others; `region` is where those stand that name no other.
fn warehouses(
    written: &written::Contract,
    quantum: Option<Quantum>,
    (tick, region): (Option<Price>, Option<RegionIx>),
    names: &Names,
    cx: &mut Cx,
) -> Option<Vec<Warehouse>> {
    let Delivery::Physical(physical) = &written.delivery else { return Some(Vec::new()) };
    let lot = exact_above_0(&written.lot, quantum, cx);
    let written = &physical.warehouses;
    if written.is_empty() {
        cx.error_at(
            &written.origin,
            "metal is delivered from nowhere",
            "write [(load_in: .., load_out: .., rent: ..)]",
        );
    }
    all(written.iter().map(|warehouse| {
        let [load_in, load_out] = [&warehouse.load_in, &warehouse.load_out].map(|tonnes| {
            let lots = exact(tonnes, quantum, cx).zip(lot).map(|(mass, lot)| mass.0 / lot.0);
            if lots == Some(0) {
                cx.error_at(&tonnes.origin, "less than a lot passes in a week", "write a lot or more");
            }
            lots
        });
        let region = match &warehouse.region {
            Some(region) => names.region(region, cx),
            None => region,
        };
        let discount = exact(&warehouse.discount, quantum, cx).zip(tick).zip(quantum);
        let discount = discount.map(|((price, tick), quantum)| {
            if price.0 % tick.0 != 0 {
                let instead = format!("write a multiple of {}", plain(quantum.usd_per_tonne(tick)));
                cx.error_at(&warehouse.discount.origin, "the discount is no whole number of ticks", instead);
            }
            price.0 / tick.0
        });
        let rent = exact(&warehouse.rent, quantum, cx);
        let per_week = |lot: Mass, rent: Price| Money::nearest(rent.real() * lot.real() / WEEKS_PER_YEAR);
        let rent = lot.zip(rent).map(|(lot, rent)| per_week(lot, rent));
        let terms = WarehouseTerms { load_in: load_in?, load_out: load_out?, rent: rent?, discount: discount? };
        Some(Warehouse { region: region?, terms })
    }))
}

/// The terms, as far as they can be told when the metal's quantum is not known.
fn terms(
    written: &written::Contract,
    quantum: Option<Quantum>,
    (tick, listing): (Option<Price>, Option<Listing>),
    cx: &mut Cx,
) -> Option<ContractTerms> {
    let lot = exact_above_0(&written.lot, quantum, cx);
    let limit = match &written.limit {
        Some(limit) => limit_terms(limit, cx).map(Some),
        None => Some(None),
    };
    let margin = margin(&written.margin, cx);
    if let (Some(Some(limit)), Some(margin)) = (&limit, &margin) {
        thin_margin(limit, margin, written, cx);
    }
    let position = match &written.position {
        Some(position) => position_limits(position, cx).map(Some),
        None => Some(None),
    };
    let delivery = match &written.delivery {
        Delivery::Physical(terms) => physical(terms, cx).map(contract::Delivery::Physical),
        Delivery::Cash(weeks) => {
            whole_weeks(weeks, 1..=LONGEST_MEAN, cx).map(|weeks| contract::Delivery::Cash { weeks: weeks as usize })
        }
    };
    let fee = exact(&written.fee, Quantum::Kilogram, cx);
    let matching = match &written.matching {
        Matching::CallAuction => Some(contract::Matching::CallAuction),
        Matching::Continuous(continuous) => count(&continuous.turns, 1, MOST_TURNS, cx).map(|turns| {
            let stays = matches!(continuous.rest, Rest::Stays);
            contract::Matching::Continuous { turns, stays }
        }),
    };
    Some(ContractTerms {
        lot: lot?,
        tick: tick?,
        listing: listing?,
        matching: matching?,
        rationing: match written.rationing {
            Rationing::ProRata => auction::Rationing::ProRata,
            Rationing::PriceTime => auction::Rationing::PriceTime,
        },
        settlement: match written.settlement {
            Settlement::VolumeWeighted => SettlementRule::VolumeWeighted,
            Settlement::Closing => SettlementRule::Closing,
        },
        limit: limit?,
        margin: margin?,
        position: position?,
        opening_cap: written.opening_cap.map(|cap| i64::from(cap.0)),
        delivery: delivery?,
        fee: fee?,
        lending: written.lending.value,
    })
}

fn listing(written: &Months, cx: &mut Cx) -> Option<Listing> {
    let listed = count(&written.listed, 1, MOST_MONTHS, cx);
    let every = (12 % written.every.0 == 0).then_some(written.every.0);
    if every.is_none() {
        let what = format!("every {} months is not the same in every year", written.every.0);
        cx.error_at(&written.every.origin, what, "write 1, 2, 3, 4, 6 or 12");
    }
    let last_day = last_day(&written.last_day, cx);
    if matches!(written.last_day, LastDay::Never) && written.listed.0 > 1 {
        let what = "a month that never ends leaves no room for others";
        cx.error_at(&written.listed.origin, what, "write `listed: 1`, or a `last_day`");
    }
    Some(Listing { every: every? as i32, listed: listed? as i32, last_day: last_day? })
}

/// A last trading day.
pub(super) fn last_day(written: &LastDay, cx: &mut Cx) -> Option<life::LastDay> {
    let place = |nth: &At<Count>, most: u32, cx: &mut Cx| count(nth, 1, most, cx).map(|nth| nth as i8);
    match written {
        LastDay::Day(day) => place(day, 28, cx).map(life::LastDay::Day),
        LastDay::TradingDay(nth) => place(nth, 20, cx).map(life::LastDay::TradingDay),
        LastDay::TradingDayFromEnd(nth) => place(nth, 15, cx).map(life::LastDay::TradingDayFromEnd),
        LastDay::Weekday(of) => place(&of.nth, 4, cx).map(|nth| life::LastDay::Weekday(nth, since_monday(&of.day))),
        LastDay::LastWeekday(day) => Some(life::LastDay::LastWeekday(since_monday(day))),
        LastDay::LastTradingDay => Some(life::LastDay::LastTradingDay),
        LastDay::Never => Some(life::LastDay::Never),
    }
}

const fn since_monday(day: &Weekday) -> i8 {
    match day {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
    }
}

/// A value and those that take its place as the end nears.
fn staged<W, T: Copy>(
    base: Option<T>,
    near: &At<Vec<(At<Weeks>, W)>>,
    value: impl Fn(&W, &mut Cx) -> Option<T>,
    cx: &mut Cx,
) -> Option<Staged<T>> {
    let stages = all(near.iter().map(|(weeks, written)| {
        let (weeks, value) = (whole_weeks(weeks, 0..=LONGEST_STAGE, cx), value(written, cx));
        Some((i64::from(weeks?), value?))
    }));
    let (base, stages) = (base?, stages?);
    let staged = Staged::new(base, &stages);
    if staged.is_none() {
        let late = stages.windows(2).position(|pair| pair[0].0 <= pair[1].0).map_or(0, |place| place + 1);
        let what = format!("Weeks({}) does not come after Weeks({})", stages[late].0, stages[late - 1].0);
        cx.error_at(&near[late].0.origin, what, "write the stages in falling order of weeks before the end");
    }
    staged
}

/// A share in parts per million, above 0.
fn share_above_0(share: &At<Share>, cx: &mut Cx) -> Option<Ppm> {
    exact_above_0(share, Quantum::Kilogram, cx)
}

fn limit_terms(written: &At<Limit>, cx: &mut Cx) -> Option<LimitTerms> {
    let base = staged(share_above_0(&written.base, cx), &written.near, share_above_0, cx);
    let steps = [&written.steps.0, &written.steps.1].map(|step| ppm(step, cx));
    let halt = count(&written.halt, 1, 20, cx);
    let first_day = i64::from(written.first_day.0);
    let (base, [first, second], halt) = (base?, [steps[0]?, steps[1]?], halt?);
    if first > second {
        let what = format!("the limit widens by {first} after one locked session and by {second} after two");
        cx.error_at(&written.steps.origin, what, "write the smaller step first");
    }
    let bases = [&written.base].into_iter().chain(written.near.iter().map(|(_, share)| share));
    let widest = bases.map(|base| base.number()).fold(0.0, f64::max);
    let widest = (widest + second.share()).max(widest * first_day as f64);
    if widest >= 1.0 {
        let what = format!("the limit may come to {} times the price, all of it or more", plain(widest));
        cx.error_at(&written.origin, what, "write smaller shares, steps or multiples");
        return None;
    }
    Some(LimitTerms {
        base,
        first_day,
        steps: [first, second],
        halt,
        then: match written.then {
            AfterHalt::RaiseMargin => limits::AfterHalt::RaiseMargin,
            AfterHalt::ForcedReduction => limits::AfterHalt::ForcedReduction,
            AfterHalt::CancelDay => limits::AfterHalt::CancelDay,
        },
        weekly: written.weekly.map(|multiple| i64::from(multiple.0)),
    })
}

fn margin(written: &written::Margin, cx: &mut Cx) -> Option<MarginTerms> {
    let rate = staged(share_above_0(&written.base, cx), &written.near, share_above_0, cx);
    let (over_limit, less) = (ppm(&written.over_limit, cx), ppm(&written.hedgers_less, cx));
    if written.hedgers_less.number() >= written.base.number() && written.base.number() > 0.0 {
        let instead = format!("write less than Share({})", written.base.number());
        cx.error_at(&written.hedgers_less.origin, "hedgers would deposit nothing", instead);
        return None;
    }
    Some(MarginTerms { rate: rate?, over_limit: over_limit?, hedgers_less: less? })
}

/// Warns where a session that ends locked takes more than hedgers deposit. Others deposit the limit at least.
fn thin_margin(limit: &LimitTerms, margin: &MarginTerms, written: &written::Contract, cx: &mut Cx) {
    let Some(limits) = &written.limit else { return };
    let stages = written.margin.near.iter().map(|(weeks, _)| weeks).chain(limits.near.iter().map(|(weeks, _)| weeks));
    let far = std::iter::once(i64::MAX);
    let mut weeks = far.chain(stages.map(|weeks| weeks.number() as i64));
    let thin = weeks.find_map(|weeks| {
        let most = limit.base.at(weeks);
        let [_, deposit] = margin.rates(weeks, Some(most));
        (deposit < most).then_some((most, deposit))
    });
    if let Some((most, deposit)) = thin {
        let what = format!("a session locked at its limit takes {most}, and hedgers deposit {deposit}");
        let over = plain(margin.over_limit.share());
        let instead = format!("write at most Share({over}), as much as `over_limit`, or a larger `base`");
        cx.warn_at(&written.margin.hedgers_less.origin, what, instead);
    }
}

fn position_limits(written: &Position, cx: &mut Cx) -> Option<Staged<contract::PositionLimit>> {
    let large = match &written.large {
        Some((from, share)) => share_above_0(share, cx).map(|share| Some((i64::from(from.0), share))),
        None => Some(None),
    };
    let base = large.map(|large| contract::PositionLimit { lots: i64::from(written.lots.0), large });
    let fixed = |lots: &Count, _: &mut Cx| Some(contract::PositionLimit { lots: i64::from(lots.0), large: None });
    staged(base, &written.near, fixed, cx)
}

fn physical(written: &Physical, cx: &mut Cx) -> Option<contract::Physical> {
    let price = match &written.price {
        DeliveryPrice::LastSettlement => Some(contract::DeliveryPrice::LastSettlement),
        DeliveryPrice::MeanOfWeeks(weeks) => {
            let weeks = whole_weeks(weeks, 1..=LONGEST_MEAN, cx);
            weeks.map(|weeks| contract::DeliveryPrice::MeanOfWeeks(i64::from(weeks)))
        }
    };
    let penalty = ppm(&written.penalty, cx);
    let buy_in =
        (1.0..=10.0).contains(&written.buy_in.0).then_some(Ppm(crate::math::round(written.buy_in.0 * PPM as f64)));
    if buy_in.is_none() {
        let what = format!("a short cannot be bought in at {} times the price", written.buy_in.0);
        cx.error_at(&written.buy_in.origin, what, "write a multiple from 1 to 10");
    }
    Some(contract::Physical { price: price?, buy_in: buy_in?, penalty: penalty? })
}

/// Whether contracts suit the markets that they are for.
pub(super) fn tradable(
    contracts: &[Option<Contract>],
    markets: &[Option<Market>],
    names: &Names,
    world: &World,
    cx: &mut Cx,
) {
    let makers = places::makers(world, names);
    for (index, (contract, (_, written))) in contracts.iter().zip(&world.contracts).enumerate() {
        let Some(contract) = contract else { continue };
        let Some(metal) = contract.metal() else { continue };
        let Some(market) = &markets[metal.market] else { continue };
        ticks(market.opening_price, contract.terms.tick, names.quantum(market.mineral), written, cx);
        let physical = match &written.delivery {
            Delivery::Physical(physical) => &physical.warehouses[..],
            Delivery::Cash(_) => &[],
        };
        for (warehouse, own) in contract.warehouses.iter().zip(physical) {
            let made = |makers: &Vec<(MarketIx, NationIx)>| {
                let here = |nation: NationIx| names.nations[nation].1 == Some(warehouse.region);
                makers.iter().any(|(market, nation)| *market == metal.market && here(*nation))
            };
            let carried = market.legs.iter().skip(warehouse.region).step_by(names.regions.len()).any(Option::is_some);
            if !carried && makers.as_ref().is_some_and(|makers| !made(makers)) {
                let (region, stage) = (&names.regions[warehouse.region], &market.stage);
                let at = own.region.as_ref().or(written.region.as_ref());
                let at = at.map_or(&written.exchange.origin, |region| &region.origin);
                let what = format!("\"{region}\" makes no {stage} and has no way in, so nobody can deliver there");
                cx.error_at(at, what, format!("name a `region` where {stage} is made or comes to, or add a route"));
            }
            let most = market.opening_price.0 / 2;
            if contract.terms.price(warehouse.terms.discount).0 > most {
                let most = names.quantum(market.mineral).usd_per_tonne(Price(most));
                let what = "the discount is more than half of the opening price";
                cx.error_at(&own.discount.origin, what, format!("write at most UsdPerTonne({})", plain(most)));
            }
        }
        let of_market = |other: &&Contract| other.metal().is_some_and(|other| other.market == metal.market);
        let same = contracts[..=index].iter().flatten().filter(of_market);
        let weight: f64 = same.map(|other| other.weight).sum();
        if weight > 1.0 + 1e-9 {
            let what =
                format!("the curves of the contracts in {} have a weight of {} together", market.stage, plain(weight));
            cx.error_at(&written.weight.origin, what, "let the weights come to at most Share(1)");
        }
    }
}

fn ticks(opening: Price, tick: Price, quantum: Quantum, written: &written::Contract, cx: &mut Cx) {
    let ticks = opening.0 / tick.0;
    let (least, most) = (opening.0 / FEWEST_TICKS, Band::MAX_TICKS as f64 / (PRICE_ROOM * UNLIMITED as f64));
    if ticks < FEWEST_TICKS {
        let what = format!("the opening price is {ticks} ticks, too few for prices to move by");
        let instead = format!("write at most UsdPerTonne({})", plain(quantum.usd_per_tonne(Price(least))));
        cx.error_at(&written.tick.origin, what, instead);
    } else if ticks as f64 > most {
        let what = format!("the opening price is {ticks} ticks, more than an auction can hold");
        cx.error_at(&written.tick.origin, what, "write a coarser tick");
    }
}
