//! Desks: where an agent trades a contract. Speculators, market makers and spread traders are agents of their own; a
//! mine, plant, sector or merchant that hedges or carries has a desk beside its business, on the same account.

use std::ops::Range;

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::auction::{Band, Order};
use crate::buyer::Buyer;
use crate::digest::{Digest, Digestible};
use crate::exchange::house::House;
use crate::id::Id;
use crate::ledger::{Account, Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::math;
use crate::merchant::Merchant;
use crate::mine::Mine;
use crate::model::Model;
use crate::outlook::Outlook;
use crate::plant::Plant;
use crate::reserve::Reserve;
use crate::sector::Sector;
use crate::seller::Seller;
use crate::setup::exchange::{ContractIx, Hedge, SpeculatorRule, Strategy, Switching};
use crate::setup::{RegionIx, Setup};
use crate::step::Clock;
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::Terms;
use crate::trader::hedger::payable;
use crate::trader::inter_exchange::InterExchange;
use crate::trader::market_maker::Making;
use crate::trader::option_maker::OptionMaking;
use crate::trader::speculator::{self, Appetite};
use crate::trader::spread::Spread;
use crate::units::{Money, WEEKS_PER_YEAR};

use super::carrier::{self, Carrier};
use super::options::OptionMaker;
use super::page::Page;
use super::program::{self, Program};
use super::sight::{Sight, Views};
use super::stand::Stand;
use super::stockpile::Stockpile;
use super::turns::InTurn;
use super::{Futures, Pit};

const BEGIN: Purpose = Purpose::new("desk.begin");
const REVIEW: Purpose = Purpose::new("desk.review");

/// Log distance that the curve may be to a firm's disadvantage of spot before it puts off a hedge. Assumed; sweep
/// 0.05–0.3: the basis beyond which selective hedgers wait.
const TOO_FAR: f64 = 0.1;

/// Part of the gap closed in a session by whoever moves from month to month. Assumed; sweep 0.1–1.
pub(super) const ROLL_PACE: f64 = 0.3;

/// Weeks before its last from which who takes no metal is out of a month, at any price. Assumed; sweep 1–3.
pub(super) const OUT_WEEKS: i64 = 1;

/// A desk.
#[derive(Component, Debug, Clone)]
pub struct Desk {
    /// What it trades.
    pub contract: ContractIx,
    /// Its place in the clearing house.
    pub member: usize,
    /// Its account in the books.
    pub account: Account,
    /// Key of its draws and of ties.
    pub key: u64,
    /// Most that it may owe; none for a firm that its parent stands behind.
    pub credit: Option<Money>,
    /// What its investors gave it, when it is a trader's.
    pub capital: Money,
    /// Where it is.
    pub region: RegionIx,
    /// Whether metal is delivered there; of a contract that ends in cash, whether its price counts.
    pub at_hand: bool,
    /// Warehouse to which its metal goes, if there is one there.
    pub home: Option<usize>,
    /// Whether it is of another nation than the exchange.
    pub abroad: bool,
    /// How it trades.
    pub trading: Trading,
}

/// How a desk trades.
#[derive(Debug, Clone, Copy)]
pub enum Trading {
    /// By value or by trend.
    Speculator(Speculator),
    /// On both sides.
    Making(Making),
    /// A month against the active one.
    Spread(Spread),
    /// A contract against others for the same metal.
    InterExchange(InterExchange),
    /// Against what a firm sells or buys.
    Hedger(Hedger),
    /// Against what a merchant stores.
    Carrier(Carrier),
    /// When it is asked, by value, trend and noise.
    InTurn(InTurn),
    /// Options on both sides, and the month against them.
    OptionMaker(OptionMaker),
    /// Puts for a reserve's stock, or months against it.
    Stockpile(Stockpile),
    /// As a decree has it.
    Program(Program),
}

/// A speculator.
#[derive(Debug, Clone, Copy)]
pub struct Speculator {
    pub(super) rule: SpeculatorRule,
    /// Whether it goes by value; otherwise by trend.
    pub fundamentalist: bool,
    trend_weeks: usize,
    /// What it has this week, in mills.
    pub(super) wealth: f64,
    /// What it expects the active month's price to be.
    pub(super) expected: f64,
}

/// A firm that hedges.
#[derive(Debug, Clone, Copy)]
pub struct Hedger {
    pub(super) of: Entity,
    pub(super) hedge: Hedge,
    /// Whether it uses the contract's metal; otherwise it makes it.
    pub(super) uses: bool,
    /// Quanta that it buys a week, or sells when negative.
    pub(super) weekly: f64,
    /// What it does with the month that ends next, when it may take or give metal.
    pub(super) stand: Option<Stand>,
}

/// Months in which a desk may have anything to write.
pub(super) enum Business {
    /// Those in these places, and those in which it holds lots.
    Among(Range<usize>),
    /// The one in this place, and from there on one in as many as the week has sessions.
    InTurn(usize),
}

impl Digestible for Desk {
    fn digest(&self, digest: &mut Digest) {
        if let Trading::Speculator(speculator) = &self.trading {
            digest.add(&speculator.fundamentalist);
        }
    }
}

impl Desk {
    /// Whether the house treats it as a hedger: a lower margin and no position limit.
    #[must_use]
    pub const fn hedges(&self) -> bool {
        !matches!(self.trading, Trading::Speculator(_) | Trading::InTurn(_))
    }

    /// What it can pay into the house now.
    #[must_use]
    pub fn available(&self, ledger: &Ledger) -> Money {
        let lent = if let Trading::Carrier(carrier) = &self.trading { carrier.lent } else { Money::ZERO };
        self.credit.map_or(Money(i64::MAX / 4), |credit| (ledger.money(self.account) + credit + lent).or_zero())
    }
}

/// Opens the desks of a world, ordered by contract; members of a house are numbered in that order.
pub(super) fn open(model: &mut Model, setup: &Setup) -> Vec<Desk> {
    let mut desks = Vec::new();
    for group in &setup.traders {
        let mineral = setup.contracts[group.contract].metal().map_or(0, |metal| setup.markets[metal.market].mineral);
        for number in 0..group.count {
            let id = Id::new(&format!("{}-{number}", group.id)).expect("bug: an id with a number is no id");
            let agent = model.agent("trader", &id, group.nation, mineral);
            model.world.resource_mut::<Ledger>().pay(OUTSIDE, agent.account, group.capital);
            let trading = match group.strategy {
                Strategy::Speculator(rule) => Trading::Speculator(begin(rule, agent.key, model)),
                Strategy::MarketMaker(making) => Trading::Making(making),
                Strategy::Spread(spread) => Trading::Spread(spread),
                Strategy::InterExchange(arbitrage) => Trading::InterExchange(arbitrage),
                Strategy::Fcn(spread) => {
                    let fcn = spread.draw(model.world.resource::<Streams>(), agent.key);
                    Trading::InTurn(InTurn { fcn, key: agent.key })
                }
                Strategy::OptionMaker(rule) => Trading::OptionMaker(OptionMaker { rule, delta: 0.0 }),
            };
            let desk = desk(group.contract, &agent, Some(Money::ZERO), trading, setup);
            desks.push(Desk { capital: group.capital, ..desk });
        }
    }
    let mut firms: Vec<(Agent, Hedge, Entity, bool)> = Vec::new();
    let uses =
        |hedge: &Hedge, bought| setup.contracts[hedge.contract].metal().is_some_and(|metal| metal.market == bought);
    model.each::<(Entity, &Agent, &Mine)>(|(of, agent, mine)| {
        firms.extend(mine.rule.hedging.map(|hedge| (*agent, hedge, of, false)));
    });
    model.each::<(Entity, &Agent, &Plant)>(|(of, agent, plant)| {
        let feed = setup.plants[plant.index].feed;
        firms.extend(plant.rule.hedging.map(|hedge| (*agent, hedge, of, uses(&hedge, feed))));
    });
    model.each::<(Entity, &Agent, &Sector)>(|(of, agent, sector)| {
        firms.extend(sector.rule.hedging.map(|hedge| (*agent, hedge, of, true)));
    });
    for (agent, hedge, of, uses) in firms {
        let hedger = Hedger { of, hedge, uses, weekly: 0.0, stand: None };
        desks.push(desk(hedge.contract, &agent, None, Trading::Hedger(hedger), setup));
    }
    model.each::<(Entity, &Agent, &Merchant)>(|(of, agent, merchant)| {
        let Some(trade) = merchant.rule.carry else { return };
        let market = &setup.markets[merchant.market];
        let storage = market.storage_per_year.real();
        let costs = trade.costs(merchant.rule.interest, storage, market.opening_price.real());
        let (par, below, lent) = (0.0, 0.0, Money::ZERO);
        let carrier = Carrier { of, trade, costs, par, below, stock: 0.0, room: 0.0, weekly: 0.0, lent };
        desks.push(desk(trade.contract, agent, Some(merchant.credit), Trading::Carrier(carrier), setup));
    });
    model.each::<(Entity, &Agent, &Reserve)>(|(of, agent, reserve)| {
        for (place, contract) in setup.hedged_in(reserve.index).into_iter().enumerate() {
            let stockpile = Trading::Stockpile(Stockpile::new(of, place == 0));
            desks.push(desk(contract, agent, Some(Money::ZERO), stockpile, setup));
        }
    });
    desks.extend(program::open(model, setup));
    desks.sort_by_key(|desk| desk.contract);
    let mut members = vec![0; setup.exchanges.len()];
    for desk in &mut desks {
        let next = &mut members[setup.contracts[desk.contract].exchange];
        desk.member = *next;
        *next += 1;
    }
    desks
}

pub(super) fn desk(
    contract: ContractIx,
    agent: &Agent,
    credit: Option<Money>,
    trading: Trading,
    setup: &Setup,
) -> Desk {
    let key = agent.key.rotate_left(29) ^ setup.contracts[contract].id.key("contract");
    let (on, region) = (&setup.contracts[contract], agent.region);
    let (at_hand, home) = (on.delivers_in(region), on.warehouse_in(region));
    let abroad = agent.nation != setup.exchanges[setup.contracts[contract].exchange].nation;
    let capital = Money::ZERO;
    Desk { contract, member: 0, account: agent.account, key, credit, capital, region, at_hand, home, abroad, trading }
}

fn begin(rule: SpeculatorRule, key: u64, model: &Model) -> Speculator {
    let mut draws = model.world.resource::<Streams>().at(BEGIN, key, 0);
    let fundamentalist = draws.bernoulli(0.5);
    let trend_weeks = 1 + draws.below(u64::from(rule.trend_weeks)) as usize;
    Speculator { rule, fundamentalist, trend_weeks, wealth: 0.0, expected: 0.0 }
}

/// Desks look at their business and their means, and speculators at whom they follow.
pub(super) fn prepare(
    clock: Res<Clock>,
    streams: Res<Streams>,
    ledger: Res<Ledger>,
    mut futures: ResMut<Futures>,
    mut desks: Query<&mut Desk>,
    (markets, terms, outlook): (Res<Markets>, Res<Terms>, Res<Outlook>),
    firms: Query<(&Agent, Option<&Seller>, Option<&Buyer>)>,
    merchants: Query<&Merchant>,
) {
    let Futures { houses, pits, chains } = &mut *futures;
    let mut counts = vec![(0_u32, 0_u32); pits.len()];
    for mut desk in &mut desks {
        let pit = &pits[desk.contract];
        let equity = houses[pit.exchange].house.equity(desk.member) + Futures::options_worth(chains, &desk);
        let Desk { account, key, contract, member, region, at_hand, home, .. } = *desk;
        match &mut desk.trading {
            Trading::Speculator(speculator) => {
                speculator.wealth = (ledger.money(account) + equity).real();
                let mut draws = streams.at(REVIEW, key, clock.week);
                if !pit.is_empty() && draws.bernoulli(speculator.rule.review) {
                    speculator.fundamentalist = draws.bernoulli(attraction(&speculator.rule.switching, pit));
                }
                counts[contract].0 += u32::from(speculator.fundamentalist);
                counts[contract].1 += 1;
            }
            Trading::Hedger(hedger) => {
                let (agent, seller, buyer) = firms.get(hedger.of).expect("bug: a hedger without a firm");
                let metal = pit.metal.expect("bug: a firm that hedges what is no metal");
                let rule = &hedger.hedge.rule;
                let price =
                    markets[metal.market].price(metal.region).real() / outlook.long_run(metal.market, metal.region);
                let sold = seller.map_or(0.0, |seller| {
                    // A mine is paid a part of the price of what is made of its metal; a plant sells what it makes.
                    let paid = match (seller.market == metal.market, buyer) {
                        (true, _) => 1.0,
                        (false, None) => payable(markets[seller.market].price(agent.region).real(), pit.spot()),
                        (false, Some(_)) => 0.0,
                    };
                    if paid > 0.0 { seller.sales * paid * rule.pressed(price, true) } else { 0.0 }
                });
                let bought = buyer.filter(|buyer| buyer.market == metal.market);
                let bought = bought.map_or(0.0, |buyer| buyer.need * rule.pressed(price, false));
                hedger.weekly = bought - sold;
            }
            Trading::Carrier(carrier) => {
                let merchant = merchants.get(carrier.of).expect("bug: a carrier without a merchant");
                let on_warrant = pit.warehouses.of(member) as f64 * pit.lot;
                carrier.stock = ledger.mass(account, Slot::Store).real() + on_warrant;
                let purse = (ledger.money(account) + merchant.credit).or_zero().real();
                let market = &markets[merchant.market];
                let price = if at_hand { market.price(region).real() } else { pit.spot() };
                carrier.par = home.map_or(pit.spot(), |home| pit.par(home, market).real());
                carrier.below = match pit.places[..] {
                    [] | [_] => 0.0,
                    _ => {
                        let haul = pit.haul(region, market, terms.market(merchant.market)).map(|haul| haul.freight);
                        carrier::below(price, haul, carrier.par)
                    }
                };
                let room = (merchant.capacity.real() - carrier.stock).min(purse / price).max(0.0);
                carrier.weekly = merchant.rule.pace * merchant.capacity.real();
                carrier.room = if at_hand { room } else { 0.0 };
                carrier.lent = Money::nearest(carrier.stock * price);
            }
            Trading::Making(_)
            | Trading::Spread(_)
            | Trading::InterExchange(_)
            | Trading::InTurn(_)
            | Trading::OptionMaker(_)
            | Trading::Stockpile(_)
            | Trading::Program(_) => {}
        }
    }
    for (pit, (fundamentalists, all)) in pits.iter_mut().zip(counts) {
        if all > 0 {
            pit.fundamentalists = f64::from(fundamentalists) / f64::from(all);
        }
    }
}

/// Share of fundamentalists that a pit's traders tend to.
fn attraction(switching: &Switching, pit: &Pit) -> f64 {
    match switching {
        Switching::Herding(herding) => {
            let gap = math::ln(pit.quote(pit.active).price) - pit.value;
            herding.target(pit.fundamentalists, gap)
        }
        Switching::Gains { intensity } => speculator::by_gains(pit.lead(), *intensity),
    }
}

impl Desk {
    /// A speculator makes up its mind about the active month before a session.
    pub(super) fn think(&mut self, pit: &Pit, views: &mut Views) {
        if let Trading::Speculator(Speculator { rule, fundamentalist, trend_weeks, expected, .. }) = &mut self.trading {
            *expected =
                if *fundamentalist { views.by_value(pit, rule) } else { views.by_trend(pit, rule, *trend_weeks) };
        }
    }

    /// Log distances from the active month's price to what a speculator expects by value and by trend.
    pub(super) fn stances(&self, pit: &Pit, views: &mut Views) -> Option<[f64; 2]> {
        let Trading::Speculator(Speculator { rule, trend_weeks, .. }) = &self.trading else { return None };
        let price = pit.quote(pit.active).price;
        let both = [views.by_value(pit, rule), views.by_trend(pit, rule, *trend_weeks)];
        Some(both.map(|view| math::ln(view / price)))
    }

    /// In which months it may have anything to write in a session, apart from those that are about to end.
    pub(super) fn business(&self, pit: &Pit, session: usize) -> Business {
        match &self.trading {
            Trading::Making(_) | Trading::Carrier(_) => Business::Among(0..pit.len()),
            Trading::Hedger(_) => Business::InTurn(self.turn(pit, session)),
            Trading::Spread(_) => Business::Among(pit.active..pit.len()),
            Trading::Stockpile(stockpile) if stockpile.sells() => Business::Among(0..pit.len()),
            Trading::Stockpile(_) => Business::Among(0..0),
            Trading::Speculator(_)
            | Trading::InterExchange(_)
            | Trading::OptionMaker(_)
            | Trading::InTurn(_)
            | Trading::Program(_) => Business::Among(pit.active..pit.active + 1),
        }
    }

    /// What it does with the month that ends next, if this is the month, and the share of a gap that it closes in a session.
    pub(super) fn stand(&self, place: usize) -> Option<(&Stand, f64)> {
        match &self.trading {
            Trading::Hedger(hedger) if place == 0 => hedger.stand.as_ref().map(|stand| (stand, hedger.hedge.rule.pace)),
            _ => None,
        }
    }

    /// Whether it is a firm's that uses the metal, which it takes from the warehouses where it is needed.
    pub(super) fn takes(&self, pit: &Pit) -> bool {
        matches!(&self.trading, Trading::Hedger(hedger) if hedger.uses && pit.metal.is_some())
    }

    /// Whether it takes metal out of a warehouse: where it is, or to bring it there.
    pub(super) fn fetches(&self, pit: &Pit, warehouse: usize) -> bool {
        self.takes(pit) || matches!(self.trading, Trading::Carrier(_)) || pit.places[warehouse].region == self.region
    }

    /// Whether it trades metal where the contract delivers.
    pub(super) fn carries(&self) -> bool {
        self.at_hand && matches!(self.trading, Trading::Carrier(_))
    }

    /// Place of the first month that a firm looks at in a session. From there on it looks at one in as many as there are
    /// sessions in a week, so that a week takes it through all.
    fn turn(&self, pit: &Pit, session: usize) -> usize {
        let n = pit.sessions;
        (2 * n + pit.first_session() - session - (self.key % n as u64) as usize) % n
    }

    /// Writes the desk's orders for a month's session.
    pub(super) fn write(
        &self,
        pit: &Pit,
        sight: &Sight,
        place: usize,
        session: usize,
        band: Band,
        house: &House,
        orders: &mut Vec<Order>,
    ) {
        let row = house.row(self.member);
        let held = row[sight.series[place]];
        let page = Page { desk: self, pit, sight, place, house, band, held };
        let ends = pit.weeks_left(place) <= OUT_WEEKS && !self.carries();
        if let Some((stand, pace)) = self.stand(place) {
            if ends || place % pit.sessions == self.turn(pit, session) {
                stand.write(page, pace, ends, orders);
            }
            return;
        }
        if ends {
            return page.end(-pit.warehouses.held(self.member), orders);
        }
        let others = || sight.series.iter().map(|series| row[*series]).sum::<i64>() - held;
        match &self.trading {
            Trading::Speculator(_) | Trading::InTurn(_) | Trading::Program(_) if place != pit.active => {
                page.toward(0, ROLL_PACE, orders);
            }
            Trading::InTurn(_) => {} // asked in `turns`
            Trading::Speculator(speculator) => {
                let rule = &speculator.rule;
                let margin = house.margin_of_lot(self.member, pit.board.months()[place].series).real();
                let last = sight.quote.price;
                let appetite = Appetite {
                    wealth: speculator.wealth,
                    risk_aversion: rule.risk_aversion,
                    variance: pit.variance * rule.horizon_years * WEEKS_PER_YEAR,
                    margin_share: rule.margin_share,
                    margin: margin / (last * pit.lot),
                };
                let most = (rule.pace * rule.margin_share * speculator.wealth.max(0.0) / margin) as i64;
                let elsewhere = others();
                let wanted = |price, gap| appetite.lots(gap, price, pit.lot).saturating_sub(elsewhere);
                page.schedule(most.max(1), |price| speculator.expected / price, wanted, orders);
            }
            Trading::Making(making) => {
                let (last, most) = (sight.quote.price, self.most(pit, place, house));
                let wanted = |_, change| making.wanted(page.held, change).clamp(-most, most);
                page.schedule(i64::MAX / 4, |price| price / last, wanted, orders);
            }
            Trading::InterExchange(_) if place != pit.active => page.toward(0, ROLL_PACE, orders),
            Trading::InterExchange(arbitrage) => {
                let Some(fair) = pit.parity else { return };
                let most = self.most(pit, place, house);
                let elsewhere = others();
                let wanted = |_, gap| arbitrage.wanted(gap).clamp(-most, most).saturating_sub(elsewhere);
                page.schedule(i64::MAX / 4, |price| fair / price, wanted, orders);
            }
            Trading::Spread(_) if place == pit.active => page.toward(-others(), 1.0, orders),
            Trading::Spread(_) if place < pit.active => page.toward(0, ROLL_PACE, orders),
            Trading::Spread(spread) => {
                let (fair, most) = (sight.fair(pit, *spread), self.most(pit, place, house));
                let wanted = |_, gap| spread.wanted(gap).clamp(-most, most);
                page.schedule(i64::MAX / 4, |price| fair / price, wanted, orders);
            }
            Trading::Hedger(hedger) => {
                // Beyond that a firm goes without rather than pay for the hedge.
                let cost = sight.basis * hedger.weekly.signum();
                if place % pit.sessions == self.turn(pit, session) && (cost < TOO_FAR || place < pit.active) {
                    page.toward(hedger.target(pit, sight, place), hedger.hedge.rule.pace, orders);
                }
            }
            Trading::Carrier(carrier) => carrier.write(&page, others, orders),
            Trading::OptionMaker(maker) if place == pit.active => {
                page.toward(OptionMaking::hedge(maker.delta) - others(), 1.0, orders);
            }
            Trading::OptionMaker(_) => page.toward(0, ROLL_PACE, orders),
            Trading::Stockpile(stockpile) => {
                let target = stockpile.target(pit, place);
                // Without a decree there is only what exercise left it with.
                page.toward(target, if stockpile.sells() { ROLL_PACE } else { 1.0 }, orders);
            }
            Trading::Program(Program { target, .. }) => {
                // What waits in other months to be moved on does not turn it to the other side here.
                let here = (target - others()).clamp((*target).min(0), (*target).max(0));
                page.toward(here, ROLL_PACE, orders);
            }
        }
    }
}

impl Desk {
    /// Most lots that a market maker or spread trader holds in one month: of what it began with half is margin, in as many
    /// months as there are and once more in the active one.
    fn most(&self, pit: &Pit, place: usize, house: &House) -> i64 {
        let margin = house.margin_of_lot(self.member, pit.board.months()[place].series).0.max(1);
        self.capital.0 / (2 * margin * (pit.len() as i64 + 1))
    }
}

impl Hedger {
    /// Lots that it means to hold in a month: the same in each of those within its tenor that are not about to end.
    fn target(&self, pit: &Pit, sight: &Sight, place: usize) -> i64 {
        let rule = &self.hedge.rule;
        let within = |place: &usize| {
            let left = pit.weeks_left(*place);
            left > i64::from(rule.roll_weeks) && left as f64 <= rule.tenor_weeks + f64::from(rule.roll_weeks)
        };
        if !within(&place) {
            return 0;
        }
        let count = || (0..pit.len()).filter(within).count();
        let months = sight.held_months.of((rule.roll_weeks, rule.tenor_weeks), count);
        let basis = (sight.quote.price / pit.spot() - 1.0) * -self.weekly.signum();
        let lots = rule.lots(self.weekly.abs() * self.hedge.in_months(), basis, pit.lot);
        self.weekly.signum() as i64 * lots / months as i64
    }
}
