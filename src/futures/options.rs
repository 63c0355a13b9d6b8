//! Options as they trade: once a week, in the last session, each by a call auction, between makers and those who have a
//! use for them; then who has reason to exercises, and what ends is ended.

use crate::auction::{Auction, Band, Order, Rationing, Side, Terms};
use crate::digest::digest_fields;
use crate::exchange::house::{House, Standing};
use crate::exchange::life::Month;
use crate::exchange::option::book::{Book, Listed};
use crate::exchange::option::terms::OptionTerms;
use crate::exchange::option::{Kind, PEAK, Pricer};
use crate::ledger::Ledger;
use crate::math;
use crate::setup::exchange::{Contract, ContractIx};
use crate::step::Clock;
use crate::streams::tie;
use crate::trader::option_maker::OptionMaking;
use crate::units::{Money, WEEKS_PER_YEAR};

use super::desk::{Desk, Trading};
use super::stockpile::Stockpile;
use super::{Pit, SESSIONS};

/// Most that a buyer pays, as a multiple of the volatility that traders reckon with, and the part of it below which nobody
/// sells back. Assumed; sweep 1.1–1.6: beyond a spread of makers, who ask for 1.05 to 1.15 of it and more when they have
/// sold much.
const DEAREST: f64 = 1.25;

/// Weeks to the end below which nobody buys an option for its own use.
const TOO_SHORT: i64 = 2;

/// Part of a maker's capital that stands as margin at most when it sells, or is paid for what it buys.
const COMMITTED: i64 = 2;

/// Years of the option at the money in whose vega a maker's position is counted: a quarter.
const QUARTER: f64 = 0.25;

/// What values options at one volatility, by month.
type Pricers = Vec<(Month, Pricer)>;

/// A contract's options as they trade.
#[derive(Debug)]
pub struct Chain {
    /// What they are options on.
    pub contract: ContractIx,
    /// Options and who holds them.
    pub book: Book,
    /// Ticks of premiums in a tick of the contract.
    ticks: f64,
    /// Values options of each month at the volatility that traders reckon with.
    pricers: Pricers,
}

digest_fields!(Chain { book });

/// A maker of options.
#[derive(Debug, Clone, Copy)]
pub struct OptionMaker {
    /// Rule.
    pub rule: OptionMaking,
    /// Lots of the month that its options move like.
    pub delta: f64,
}

/// What somebody who makes no market buys in an auction, or sells back.
struct Demand {
    side: Side,
    place: usize,
    /// At most, or at least, in ticks of premiums.
    limit: i64,
    lots: i64,
    member: usize,
    key: u64,
}

impl Chain {
    pub(super) fn new(terms: &OptionTerms, contract: &Contract, index: ContractIx, members: usize) -> Self {
        let ticks = contract.terms.tick.real() / terms.tick.real();
        let book = Book::new(terms.clone(), &contract.terms, members);
        Self { contract: index, book, ticks, pricers: Vec::new() }
    }

    /// Lists the week's options.
    pub(super) fn begin_week(&mut self, clock: Clock, pit: &Pit, house: &House) {
        let months: Vec<_> = pit.board.months().iter().collect();
        let terms = self.book.terms.clone();
        let left = |month: Month| terms.last_week(month, clock.calendar) - i64::from(clock.week);
        let listed: Vec<_> = months
            .iter()
            .map(|month| (month.month, month.series, house.settled(month.series), house.open_interest(month.series)))
            .collect();
        let (volatility, expiries) = (volatility(pit), self.book.expiries(&listed, left));
        self.pricers.clear();
        let has_options = |month: &Month| left(*month) >= 0 && (expiries.contains(month) || self.book.lives(*month));
        for month in months.iter().map(|listed| listed.month).filter(has_options) {
            let years = (left(month) as f64 + 1.0) / WEEKS_PER_YEAR;
            self.pricers.push((month, Pricer::new(terms.style, years, volatility, terms.interest)));
        }
        let (pricers, ticks) = (&self.pricers, self.ticks);
        self.book.begin_week(&listed, left, |option| worth(pricers, option, ticks, house));
    }

    /// Values options after a session and sets what stands aside for them.
    pub(super) fn settle(&mut self, session: usize, pit: &Pit, house: &mut House, members: &[usize]) {
        self.pricers = pricers(&self.book, volatility(pit), session);
        let (pricers, ticks) = (&self.pricers, self.ticks);
        self.book.value(|option| worth(pricers, option, ticks, house));
        self.stand_aside(house, members);
    }

    fn stand_aside(&self, house: &mut House, members: &[usize]) {
        for &member in members {
            self.book.stand_aside(member, house);
        }
    }

    /// Lots of the month that a member's options move like.
    pub(super) fn delta(&self, member: usize, house: &House) -> f64 {
        let of = |(place, option): (usize, Listed)| {
            let lots = self.book.lots(member, place);
            let pricer = pricer(&self.pricers, option.month).filter(|_| lots != 0);
            let forward = house.settled(option.series) as f64;
            lots as f64 * pricer.map_or(0.0, |pricer| pricer.delta(option.kind, forward, option.strike as f64))
        };
        self.book.listed().into_iter().map(of).sum()
    }

    /// Who did not meet the last call is out of its options.
    pub(super) fn take_over(&mut self, house: &mut House, desks: &[&Desk]) {
        let failed =
            |member: usize| house.standing(member) != Standing::Good && house.required(member) > house.equity(member);
        let out: Vec<usize> =
            desks.iter().map(|desk| desk.member).filter(|member| self.book.holds(*member) && failed(*member)).collect();
        if out.is_empty() {
            return;
        }
        let makers: Vec<usize> = desks
            .iter()
            .filter(|desk| matches!(desk.trading, Trading::OptionMaker(_)) && !failed(desk.member))
            .map(|desk| desk.member)
            .collect();
        for member in out {
            self.book.take_over(member, &makers, house);
        }
        let members: Vec<usize> = desks.iter().map(|desk| desk.member).collect();
        self.stand_aside(house, &members);
    }

    /// The week's auctions, and then exercise.
    pub(super) fn trade(
        &mut self,
        pit: &Pit,
        house: &mut House,
        desks: &[&Desk],
        ledger: &Ledger,
        auction: &mut Auction,
        orders: &mut Vec<Order>,
    ) {
        let listed = self.book.listed();
        if listed.is_empty() {
            return; // No month either, perhaps, for a speculator to compare with.
        }
        let [dear, cheap] =
            [DEAREST, 1.0 / DEAREST].map(|part| pricers(&self.book, volatility(pit) * part, SESSIONS - 1));
        let mut demands: Vec<Demand> = Vec::new();
        for desk in desks.iter().filter(|desk| may_open(house, desk.member)) {
            demands.extend(self.demands(desk, pit, house, &listed, &dear).into_iter().flatten());
            self.sell_back(desk, pit, house, &listed, &cheap, &mut demands);
        }
        let quotes = self.quotes(pit, house, desks);
        for (place, option) in self.book.listed() {
            let Some(band) = self.band(&option, pit, house) else { continue };
            orders.clear();
            let of_place = demands.iter().filter(|demand| demand.place == place && band.contains(demand.limit));
            orders.extend(of_place.map(|demand| {
                let Demand { side, limit: tick, lots, member, key, .. } = *demand;
                Order { tick, lots, key: tie(key, tick), agent: member as u32, side }
            }));
            for (desk, pricers) in &quotes {
                self.quote(place, &option, desk, pricers, band, house, ledger, orders);
            }
            self.book.note_quotes(place, orders);
            let terms = Terms { band, reference: option.last, rationing: Rationing::ProRata };
            let outcome = auction.clear(orders, &terms).expect("bug: a book of options beyond 64 bits");
            if let Some(price) = outcome.price {
                self.book.trade(place, price, orders, outcome.fills, house);
                for order in &*orders {
                    self.book.stand_aside(order.agent as usize, house);
                }
            }
        }
        for (place, option) in self.book.listed() {
            if option.weeks_left == 0 {
                self.book.expire(place, house);
                continue;
            }
            let wanted: Vec<i64> = (0..house.size()).map(|member| self.book.early(place, member, house)).collect();
            self.book.exercise(place, &wanted, house);
        }
        let members: Vec<usize> = desks.iter().map(|desk| desk.member).collect();
        self.stand_aside(house, &members);
    }

    /// Premiums allowed: as far from what the option is worth as the month may go, and a tick at least; `None` when the
    /// month is suspended.
    fn band(&self, option: &Listed, pit: &Pit, house: &House) -> Option<Band> {
        let place = pit.board.months().iter().position(|month| month.month == option.month)?;
        let reach = pit.board.band(place, house)?.high() - house.settled(option.series);
        let reach = math::ceil(reach as f64 * self.ticks).max(1);
        Band::new((option.worth - reach).max(1), (option.worth + reach).max(1))
    }

    /// Makers in good standing, each with its pricers for bids and for offers by month.
    fn quotes<'a>(&self, pit: &Pit, house: &House, desks: &[&'a Desk]) -> Vec<(&'a Desk, [Pricers; 2])> {
        let makers = desks.iter().filter(|desk| may_open(house, desk.member)).filter_map(|desk| match &desk.trading {
            Trading::OptionMaker(maker) => Some((*desk, maker)),
            _ => None,
        });
        let listed = self.book.listed();
        makers
            .map(|(desk, maker)| {
                let sold: f64 =
                    listed.iter().map(|(place, option)| self.vega_sold(desk.member, *place, option, house)).sum();
                let volatilities = maker.rule.volatilities(volatility(pit), sold / maker.rule.depth);
                (desk, volatilities.map(|volatility| pricers(&self.book, volatility, SESSIONS - 1)))
            })
            .collect()
    }

    /// Vega of what a member has sold of an option, in lots of a quarter at the money.
    fn vega_sold(&self, member: usize, place: usize, option: &Listed, house: &House) -> f64 {
        let lots = -self.book.lots(member, place) as f64;
        let forward = house.settled(option.series) as f64;
        let unit = PEAK * forward * math::sqrt(QUARTER);
        pricer(&self.pricers, option.month)
            .map_or(0.0, |pricer| lots * pricer.vega(forward, option.strike as f64) / unit)
    }

    /// A maker's bid and offer, as far as its money goes.
    fn quote(
        &self,
        place: usize,
        option: &Listed,
        desk: &Desk,
        [bids, offers]: &[Pricers; 2],
        band: Band,
        house: &House,
        ledger: &Ledger,
        orders: &mut Vec<Order>,
    ) {
        let Trading::OptionMaker(maker) = &desk.trading else { return };
        let value = |pricers: &[(Month, Pricer)]| {
            let pricer = pricer(pricers, option.month).expect("bug: an option of a month without a pricer");
            pricer.value(option.kind, house.settled(option.series) as f64, option.strike as f64) * self.ticks
        };
        // A hair is left to rounding, so that what is worth whole ticks is quoted at them.
        let bid = math::whole(value(bids) + 1e-6) as i64;
        let ask = math::ceil(value(offers) - 1e-6).max(bid + 1);
        let depth = maker.rule.depth as i64;
        let purse = desk.available(ledger) + house.equity(desk.member) - house.required(desk.member);
        let room =
            Money(desk.capital.0 / COMMITTED).min(purse + house.required(desk.member)) - house.required(desk.member);
        let held = self.book.lots(desk.member, place);
        let affordable = (purse.0 / COMMITTED).max(0) / self.book.premium(bid.max(1)).0.max(1);
        let writable = room.or_zero().0 / self.book.margin_of_lot(desk.member, option, house).0.max(1);
        for (side, tick, lots) in [
            (Side::Buy, bid, depth.min(affordable.max((-held).max(0)))),
            (Side::Sell, ask, depth.min(writable + held.max(0))),
        ] {
            if lots > 0 && band.contains(tick) {
                orders.push(Order { tick, lots, key: tie(desk.key, tick), agent: desk.member as u32, side });
            }
        }
    }

    /// What a desk that is no maker buys; `dear` values options at the most that anybody pays.
    fn demands(
        &self,
        desk: &Desk,
        pit: &Pit,
        house: &House,
        listed: &[(usize, Listed)],
        dear: &Pricers,
    ) -> Option<Vec<Demand>> {
        let mut months: Vec<Month> = listed
            .iter()
            .filter(|(_, option)| option.weeks_left >= TOO_SHORT)
            .map(|(_, option)| option.month)
            .collect();
        months.dedup();
        let series =
            |month: Month| pit.board.months().iter().find(|other| other.month == month).map(|other| other.series);
        let forward = |month: Month| series(month).map_or(0.0, |series| house.settled(series) as f64);
        // The option of a month and a kind whose strike is nearest to a price in ticks.
        let nearest = |month: Month, kind: Kind, strike: f64, ok: &dyn Fn(&Listed) -> bool| {
            let of_month =
                listed.iter().filter(|(_, option)| option.month == month && option.kind == kind && ok(option));
            of_month.min_by_key(|(_, option)| math::round((option.strike as f64 - strike).abs())).copied()
        };
        let held = |kind: Kind, month: Option<Month>| {
            let own =
                listed.iter().filter(|(_, option)| option.kind == kind && month.is_none_or(|of| option.month == of));
            own.map(|(place, _)| self.book.lots(desk.member, *place)).sum::<i64>()
        };
        let dearest = |option: &Listed| {
            let pricer = pricer(dear, option.month).expect("bug: an option of a month without a pricer");
            pricer.value(option.kind, forward(option.month), option.strike as f64) * self.ticks
        };
        let demand = |place: usize, limit: f64, lots: i64| {
            let limit = math::whole(limit.max(0.0)) as i64;
            let side = Side::Buy;
            (lots > 0 && limit > 0).then_some(Demand { side, place, limit, lots, member: desk.member, key: desk.key })
        };
        match &desk.trading {
            Trading::Hedger(hedger) => {
                let rule = hedger.hedge.options?;
                let kind = if hedger.weekly > 0.0 { Kind::Call } else { Kind::Put };
                let away = 1.0 + rule.out * kind.sign() as f64;
                let all = hedger.hedge.rule.lots(hedger.weekly.abs(), 0.0, pit.lot) as f64 * rule.share;
                let of_month = |month: &Month| {
                    let (place, option) = nearest(*month, kind, forward(*month) * away, &|_| true)?;
                    let lots = (all / months.len() as f64) as i64 - held(kind, Some(*month));
                    demand(place, dearest(&option), lots)
                };
                Some(months.iter().filter_map(of_month).collect())
            }
            Trading::Speculator(speculator) if speculator.rule.options > 0.0 => {
                let month = *months.first()?;
                let rise = speculator.expected / pit.quote(pit.active).price;
                let kind = if rise > 1.0 { Kind::Call } else { Kind::Put };
                let (place, option) = nearest(month, kind, forward(month), &|_| true)?;
                let pricer = pricer(&self.pricers, month)?;
                let limit = pricer.value(kind, forward(month) * rise, option.strike as f64) * self.ticks;
                let budget = speculator.rule.options * speculator.wealth - self.book.worth(desk.member).real();
                let lots = budget / self.book.premium(1).real() / limit.max(1.0);
                Some(demand(place, limit, lots as i64).into_iter().collect())
            }
            Trading::Stockpile(Stockpile { puts: Some(plan), .. }) => {
                let month = *months.last()?;
                let most = (plan.strike / pit.tick).min(forward(month));
                let (place, option) = nearest(month, Kind::Put, most, &|option| option.strike as f64 <= most)?;
                let limit = dearest(&option);
                let affordable = plan.spend.0 / self.book.premium(math::whole(limit.max(1.0)) as i64).0.max(1);
                let lots = (plan.lots - held(Kind::Put, None)).min(affordable);
                Some(demand(place, limit, lots).into_iter().collect())
            }
            _ => None,
        }
    }
}

impl Chain {
    /// What a desk that is no maker sells of what it holds: a firm or an agency what it no longer needs, nearest first, at what
    /// `cheap` values it; a speculator what is worth more than he expects of it.
    fn sell_back(
        &self,
        desk: &Desk,
        pit: &Pit,
        house: &House,
        listed: &[(usize, Listed)],
        cheap: &Pricers,
        demands: &mut Vec<Demand>,
    ) {
        let own = || {
            let held = listed.iter().map(|(place, option)| (*place, option, self.book.lots(desk.member, *place)));
            held.filter(|(_, _, lots)| *lots > 0)
        };
        let value = |pricers: &Pricers, option: &Listed, rise: f64| {
            let pricer = pricer(pricers, option.month).expect("bug: an option of a month without a pricer");
            pricer.value(option.kind, house.settled(option.series) as f64 * rise, option.strike as f64) * self.ticks
        };
        let mut sell = |place: usize, limit: f64, lots: i64| {
            let limit = (math::ceil(limit - 1e-6)).max(1);
            demands.push(Demand { side: Side::Sell, place, limit, lots, member: desk.member, key: desk.key });
        };
        let needs: [(Kind, i64); 2] = match &desk.trading {
            Trading::Hedger(hedger) => {
                let rule = hedger.hedge;
                let share = rule.options.map_or(0.0, |options| options.share);
                let all = (rule.rule.lots(hedger.weekly.abs(), 0.0, pit.lot) as f64 * share) as i64;
                let kind = if hedger.weekly > 0.0 { Kind::Call } else { Kind::Put };
                Kind::ALL.map(|of| (of, if of == kind { all } else { 0 }))
            }
            Trading::Stockpile(stockpile) => {
                Kind::ALL.map(|of| (of, stockpile.puts.filter(|_| of == Kind::Put).map_or(0, |puts| puts.lots)))
            }
            Trading::Speculator(speculator) => {
                let rise = speculator.expected / pit.quote(pit.active).price;
                for (place, option, lots) in own() {
                    let expected = value(&self.pricers, option, rise);
                    if expected < option.worth as f64 {
                        sell(place, expected, lots);
                    }
                }
                return;
            }
            _ => return,
        };
        for (kind, needed) in needs {
            let mut over =
                own().filter(|(_, option, _)| option.kind == kind).map(|(.., lots)| lots).sum::<i64>() - needed;
            for (place, option, held) in own().filter(|(_, option, _)| option.kind == kind) {
                let lots = held.min(over);
                if lots > 0 {
                    sell(place, value(cheap, option, 1.0), lots);
                    over -= lots;
                }
            }
        }
    }
}

/// Volatility per year that traders reckon with.
fn volatility(pit: &Pit) -> f64 {
    math::sqrt(pit.variance * WEEKS_PER_YEAR)
}

/// Years to an option's end after a session of the week.
fn years(option: &Listed, session: usize) -> f64 {
    (option.weeks_left as f64 + (SESSIONS - 1 - session) as f64 / SESSIONS as f64) / WEEKS_PER_YEAR
}

/// Values all options that live at a volatility, after a session of the week.
fn pricers(book: &Book, volatility: f64, session: usize) -> Pricers {
    let mut pricers = Pricers::new();
    for (_, option) in book.listed() {
        if pricers.last().is_none_or(|(month, _)| *month != option.month) {
            let years = years(&option, session);
            pricers.push((option.month, Pricer::new(book.terms.style, years, volatility, book.terms.interest)));
        }
    }
    pricers
}

fn pricer(pricers: &[(Month, Pricer)], month: Month) -> Option<&Pricer> {
    pricers.iter().find(|(of, _)| *of == month).map(|(_, pricer)| pricer)
}

/// Premium that an option is worth, in whole ticks.
fn worth(pricers: &[(Month, Pricer)], option: &Listed, ticks: f64, house: &House) -> i64 {
    let pricer = pricer(pricers, option.month).expect("bug: an option of a month without a pricer");
    math::round(pricer.value(option.kind, house.settled(option.series) as f64, option.strike as f64) * ticks)
}

fn may_open(house: &House, member: usize) -> bool {
    matches!(house.standing(member), Standing::Good | Standing::Called)
}
