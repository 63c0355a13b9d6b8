//! The trading floor: futures as they trade, five sessions a week, between agents and the clearing house.
//!
//! A week on the floor: months are listed and the price that fundamentals give is read; then five sessions, in each of
//! which every month of every contract is auctioned, the active month first, since spread traders hold the others against
//! it; after each session positions are marked to its settlement, members are called for margin and pay from their
//! accounts in the books, and who did not is closed out in the next. At the end of the week the months that traded last
//! are delivered, and members take out what their margin does not need.
//!
//! What the house holds of members lies in its account in the books, and the two must agree every week.

mod board;
mod delivery;
mod desk;

use bevy_ecs::prelude::*;

pub use board::{Board, Listed};
pub use desk::{Desk, Trading};

use crate::agent::Agent;
use crate::auction::{self, Auction, Order};
use crate::digest::{Digest, Digestible};
use crate::exchange::house::{Call, House, Waterfall};
use crate::exchange::settlement::{Quotes, Turnover};
use crate::exchange::{limits, settlement};
use crate::ledger::{Account, Ledger, OUTSIDE};
use crate::market::Markets;
use crate::model::Model;
use crate::outlook::Outlook;
use crate::setup::exchange::{ContractIx, ExchangeIx};
use crate::setup::{MarketIx, RegionIx, Setup};
use crate::step::{Clock, Phase};
use crate::streams::Streams;
use crate::units::{Money, Ppm};

/// Sessions in a week.
pub const SESSIONS: usize = limits::SESSIONS;

/// Of its margin, what a member leaves in the house beyond it.
const BUFFER: Ppm = Ppm(250_000);

/// Exchanges and their contracts.
#[derive(Resource, Debug, Default)]
pub struct Floor {
    /// Clearing houses, by [`ExchangeIx`].
    pub houses: Vec<Clearing>,
    /// Contracts, by [`ContractIx`].
    pub boards: Vec<Board>,
}

impl Digestible for Floor {
    fn digest(&self, digest: &mut Digest) {
        self.houses.iter().for_each(|clearing| digest.add(&clearing.house));
        self.boards.iter().for_each(|board| digest.add(board));
    }
}

impl Floor {
    /// Curves that tell what metal of a market will cost: weight, region and price some years ahead, in cents per
    /// 1,000 quanta.
    pub fn curves(&self, market: MarketIx, years: f64) -> impl Iterator<Item = (f64, RegionIx, f64)> {
        let boards = self.boards.iter().filter(move |board| board.market == market && board.weight > 0.0);
        boards.map(move |board| (board.weight, board.region, board.at(years)))
    }
}

/// An exchange's clearing house, and its account in the books.
#[derive(Debug)]
pub struct Clearing {
    /// Positions and margin.
    pub house: House,
    /// Where members' money lies.
    pub account: Account,
    /// Share of its margin that a member has in the default fund.
    fund: Ppm,
    /// This week's margin calls.
    pub called: Money,
    /// How many there were.
    pub calls: u32,
    /// Who bore this week's losses.
    pub waterfall: Waterfall,
}

/// What a session needs again and again.
#[derive(Debug, Default)]
struct Scratch {
    auction: Auction,
    orders: Vec<Order>,
    calls: Vec<Call>,
}

/// Adds the floor of a world that has contracts.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    if setup.contracts.is_empty() {
        return;
    }
    let desks = desk::open(model, setup);
    let mut houses = Vec::with_capacity(setup.exchanges.len());
    let mut bases = vec![0; setup.contracts.len()];
    for (ix, exchange) in setup.exchanges.iter().enumerate() {
        let mut series = 0;
        for (contract, base) in setup.contracts.iter().zip(&mut bases).filter(|(contract, _)| contract.exchange == ix) {
            *base = series;
            series += contract.terms.listing.slots();
        }
        let members = desks.iter().filter(|desk| setup.contracts[desk.contract].exchange == ix);
        let keys: Vec<u64> = members.clone().map(|desk| desk.key).collect();
        let mut house = House::new(&keys, series, exchange.capital);
        for desk in members.filter(|desk| desk.hedges()) {
            house.set_hedger(desk.member, true);
        }
        let mut ledger = model.world.resource_mut::<Ledger>();
        let account = ledger.open(format!("exchange {}", exchange.id), setup.markets[setup.contracts[0].market].mineral);
        ledger.pay(OUTSIDE, account, exchange.capital);
        let (called, calls, waterfall) = (Money::ZERO, 0, Waterfall::default());
        houses.push(Clearing { house, account, fund: exchange.fund, called, calls, waterfall });
    }
    let board = |(ix, base)| Board::new(setup, ix, base);
    let boards = bases.into_iter().enumerate().map(board).collect();
    for desk in desks {
        model.spawn_decree(desk);
    }
    model.digests::<Desk>();
    *model.world.resource_mut::<Floor>() = Floor { houses, boards };
    model.add(Phase::Session, (open_week, desk::prepare, trade, delivery::deliver, close_week).chain());
    model.add(Phase::Audit, audit);
}

/// Months are listed, and fundamentals read.
fn open_week(clock: Res<Clock>, markets: Res<Markets>, outlook: Res<Outlook>, mut floor: ResMut<Floor>) {
    let Floor { houses, boards } = &mut *floor;
    for clearing in houses.iter_mut() {
        (clearing.called, clearing.calls, clearing.waterfall) = (Money::ZERO, 0, Waterfall::default());
    }
    for board in boards {
        let spot = markets[board.market].price(board.region).real();
        let value = outlook.value(board.market, board.region);
        board.open_week(&clock, spot, value, &mut houses[board.exchange].house);
    }
}

/// The week's sessions.
fn trade(
    clock: Res<Clock>,
    streams: Res<Streams>,
    mut floor: ResMut<Floor>,
    mut ledger: ResMut<Ledger>,
    mut desks: Query<&mut Desk>,
    mut scratch: Local<Scratch>,
) {
    let Floor { houses, boards } = &mut *floor;
    let mut desks: Vec<Mut<Desk>> = desks.iter_mut().collect();
    for session in 0..SESSIONS {
        for board in boards.iter_mut() {
            let house = &mut houses[board.exchange].house;
            let of_contract = |desk: &&mut Mut<Desk>| desk.contract == board.index;
            for desk in desks.iter_mut().filter(of_contract) {
                desk.think(board, &streams, &clock, session);
            }
            for place in board.in_order() {
                auction(board, place, session, house, &desks, &mut scratch);
            }
            board.settle(session, house);
        }
        for (ix, clearing) in houses.iter_mut().enumerate() {
            let exchange = |desk: &Desk| boards[desk.contract].exchange;
            let members: Vec<&Desk> = desks.iter().map(|desk| &**desk).filter(|desk| exchange(desk) == ix).collect();
            call(clearing, &members, &mut ledger, &mut scratch.calls);
        }
    }
}

/// One month's auction: what has to be closed first, then what desks want.
fn auction(
    board: &mut Board,
    place: usize,
    session: usize,
    house: &mut House,
    desks: &[Mut<Desk>],
    scratch: &mut Scratch,
) {
    let Scratch { auction, orders, .. } = scratch;
    orders.clear();
    let series = board.months[place].series;
    let band = board.band(place);
    board.months[place].quotes = Quotes::default();
    board.months[place].turnover = Turnover::default();
    board.months[place].bounds = Some(band);
    if board.months[place].ladder.halted() {
        return;
    }
    for liquidation in house.liquidations().iter().filter(|liquidation| liquidation.series == series) {
        orders.push(liquidation.order(band, u64::from(liquidation.member as u32)));
    }
    for desk in desks.iter().filter(|desk| desk.contract == board.index) {
        desk.write(board, place, session, band, house, orders);
    }
    let weeks_left = board.weeks_left(place);
    let most = board.terms.position.as_ref().map(|limit| limit.at(weeks_left).most(house.open_interest(series)));
    house.cut(series, most, board.terms.opening_cap, orders);
    let reference = board.months[place].last;
    let terms = auction::Terms { band, reference, rationing: board.terms.rationing };
    let outcome = auction.clear(orders, &terms).expect("bug: lots beyond 64 bits passed the positions' limits");
    let month = &mut board.months[place];
    month.quotes = Quotes::left(orders, outcome.fills, band);
    if let Some(price) = outcome.price {
        house.trade(series, price, orders, outcome.fills);
        month.turnover.add(price, outcome.volume);
        month.last = price;
        month.volume += outcome.volume;
    }
}

/// Members are called for margin and pay what they can; losses that nobody can collect go down the waterfall.
fn call(clearing: &mut Clearing, members: &[&Desk], ledger: &mut Ledger, calls: &mut Vec<Call>) {
    calls.clear();
    calls.extend_from_slice(clearing.house.calls());
    for &Call { member, amount } in &*calls {
        let desk = members[member];
        debug_assert_eq!(desk.member, member, "desks of a house lie in order of membership");
        let paid = amount.min(desk.available(ledger)).or_zero();
        ledger.pay(desk.account, clearing.account, paid);
        clearing.house.deposit(member, paid);
        clearing.called += amount;
        clearing.calls += 1;
    }
    if clearing.house.in_debt() {
        clearing.waterfall.add(&clearing.house.resolve());
    }
}

/// Members fill their share of the default fund and take out what their margin does not need.
fn close_week(mut floor: ResMut<Floor>, mut ledger: ResMut<Ledger>, desks: Query<&Desk>) {
    let Floor { houses, boards } = &mut *floor;
    for desk in &desks {
        let Clearing { house, account, fund, .. } = &mut houses[boards[desk.contract].exchange];
        let spare = house.free(desk.member) - house.required(desk.member).share_ppm(BUFFER.0);
        if spare > Money::ZERO {
            house.withdraw(desk.member, spare);
            ledger.pay(*account, desk.account, spare);
        }
        if house.in_debt() {
            continue;
        }
        let due = house.fund_due(desk.member, *fund).min(desk.available(&ledger));
        if due > Money::ZERO {
            ledger.pay(desk.account, *account, due);
        } else {
            ledger.pay(*account, desk.account, -due);
        }
        house.contribute(desk.member, due);
    }
    boards.iter_mut().for_each(Board::close_week);
}

/// Compares the houses with the books.
fn audit(floor: Res<Floor>, mut ledger: ResMut<Ledger>) {
    for Clearing { house, account, .. } in &floor.houses {
        let residual = house.total().0.wrapping_sub(ledger.money(*account).0);
        if residual != 0 {
            let fault = ledger.unclosed(*account, "money of members and house".into(), residual);
            ledger.report(fault);
        }
    }
}
