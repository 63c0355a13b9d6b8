//! The five sessions of a week: every month's auction, settlement, and what members are called for.

use std::ops::Range;

use bevy_ecs::prelude::*;

use crate::auction::{Auction, Order, Side};
use crate::exchange::contract::Matching;
use crate::exchange::house::{Call, House};
use crate::exchange::limits::{self, AfterHalt, Breaker};
use crate::ledger::Ledger;
use crate::setup::exchange::{ContractIx, Void};
use crate::step::Clock;
use crate::streams::Streams;
use crate::trader::inter_exchange;
use crate::units::Ppm;

use super::desk::{Desk, Trading};
use super::sight::{Rota, Sight, Views};
use super::{Clearing, Close, Futures, Pit, SESSIONS, access, turns};

/// Buffers of the sessions.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    auction: Auction,
    orders: Vec<Order>,
    calls: Vec<Call>,
    /// By month of the contract that locked, lots that members wanted to close and could not, by member.
    stuck: Vec<Vec<i64>>,
    rota: Rota,
}

/// The week's sessions.
pub(super) fn trade(
    clock: Res<Clock>,
    streams: Res<Streams>,
    mut futures: ResMut<Futures>,
    mut ledger: ResMut<Ledger>,
    mut desks: Query<&mut Desk>,
    mut scratch: Local<Scratch>,
) {
    let Futures { houses, pits, chains } = &mut *futures;
    let mut desks: Vec<Mut<Desk>> = desks.iter_mut().collect();
    assert!(desks.is_sorted_by_key(|desk| desk.contract), "bug: desks that are not in order of contracts");
    for session in 0..SESSIONS {
        for chain in chains.iter_mut() {
            let house = &mut houses[pits[chain.contract].exchange].house;
            chain.take_over(house, &at(&desks, chain.contract));
            let here = here(&desks, chain.contract);
            for desk in &mut desks[here] {
                let member = desk.member;
                if let Trading::OptionMaker(maker) = &mut desk.trading {
                    maker.delta = chain.delta(member, house);
                }
            }
        }
        for Clearing { house, due, .. } in houses.iter_mut().filter(|clearing| clearing.holds(session)) {
            due.clear();
            due.extend_from_slice(house.liquidations());
        }
        for index in 0..pits.len() {
            pits[index].parity = parity(pits, houses, index);
        }
        for pit in pits.iter_mut().filter(|pit| !pit.is_empty() && pit.first_session() <= session) {
            pit.sway(*streams, *clock, session);
            let here = here(&desks, pit.index);
            let (desks, mut views) = (&mut desks[here], Views::default());
            if session == pit.first_session() {
                let of_traders: Vec<_> = desks.iter().filter_map(|desk| desk.stances(pit, &mut views)).collect();
                pit.note_stances(of_traders.into_iter());
            }
            for desk in desks.iter_mut() {
                desk.think(pit, &mut views);
            }
            hold(pit, (*clock, session), *streams, &mut houses[pit.exchange], desks, &mut scratch);
        }
        for chain in chains.iter_mut() {
            let pit = &pits[chain.contract];
            let (house, desks) = (&mut houses[pit.exchange].house, at(&desks, chain.contract));
            let members: Vec<usize> = desks.iter().map(|desk| desk.member).collect();
            chain.settle(session, pit, house, &members);
            if session + 1 == SESSIONS {
                let Scratch { auction, orders, .. } = &mut *scratch;
                chain.trade(pit, house, &desks, &ledger, auction, orders);
            }
        }
        for (index, clearing) in houses.iter_mut().enumerate().filter(|(_, clearing)| clearing.holds(session)) {
            if clearing.house.in_debt() {
                clearing.waterfall.add(&clearing.house.resolve());
            }
            let members = desks.iter().filter(|desk| pits[desk.contract].exchange == index);
            call(clearing, members.map(|desk| &**desk), &mut ledger, &mut scratch.calls);
        }
    }
    pits.iter_mut().filter(|pit| !pit.is_empty()).for_each(Pit::remember);
}

impl Clearing {
    /// Whether its exchange holds a session.
    const fn holds(&self, session: usize) -> bool {
        SESSIONS - self.sessions <= session
    }
}

/// Where the other contracts for the same metal have a contract's active month, by their open interest.
fn parity(pits: &[Pit], houses: &[Clearing], index: ContractIx) -> Option<f64> {
    let pit = &pits[index];
    let market = pit.metal.filter(|_| !pit.is_empty())?.market;
    let years = pit.quote(pit.active).years;
    let others = pits.iter().filter(|other| {
        other.index != index && !other.is_empty() && other.metal.is_some_and(|metal| metal.market == market)
    });
    let weighed = others.map(|other| {
        let house = &houses[other.exchange].house;
        let open: i64 = other.board.months().iter().map(|month| house.open_interest(month.series)).sum();
        (other.at(years), other.spot(), open as f64 * other.lot)
    });
    inter_exchange::parity(weighed, pit.spot())
}

/// Where a contract's desks stand among all.
fn here(desks: &[Mut<Desk>], contract: ContractIx) -> Range<usize> {
    let before = |contract: ContractIx| desks.partition_point(|desk| desk.contract < contract);
    before(contract)..before(contract + 1)
}

/// Desks of a contract.
fn at<'a>(desks: &'a [Mut<Desk>], contract: ContractIx) -> Vec<&'a Desk> {
    desks[here(desks, contract)].iter().map(|desk| &**desk).collect()
}

/// A contract's session: every month's auction, then settlement.
fn hold(
    pit: &mut Pit,
    (clock, session): (Clock, usize),
    streams: Streams,
    clearing: &mut Clearing,
    desks: &[Mut<Desk>],
    scratch: &mut Scratch,
) {
    let Scratch { auction, orders, stuck, rota, .. } = scratch;
    let Clearing { house, most_foreign, abroad, void, due, .. } = clearing;
    let lenders = pit.lenders.clone();
    stuck.clear();
    stuck.resize(pit.len(), Vec::new());
    let continuous = matches!(pit.board.terms.matching, Matching::Continuous { .. });
    // Orders that would be cut to nothing leave an auction as it is; a continuous session takes its time from all.
    let closed = *most_foreign == Some(Ppm(0)) && !continuous;
    rota.fill(pit, session, house, closed, desks);
    for place in pit.in_order() {
        let (Some(band), Some(reach)) = (pit.board.band(place, house), pit.board.close_out_band(place, house)) else {
            continue;
        };
        let series = pit.board.months()[place].series;
        orders.clear();
        // Who did not meet the last call comes first.
        let of_month = due.iter().filter(|liquidation| liquidation.series == series);
        orders.extend(of_month.map(|liquidation| liquidation.order(reach, house.key(liquidation.member))));
        let close_outs = orders.len();
        let sight = Sight::of(pit, place, rota.series());
        let write = |desk: &Desk, orders: &mut Vec<Order>| {
            desk.write(pit, &sight, place, session, band, house, orders);
        };
        rota.of(place).iter().for_each(|&number| write(&desks[number as usize], orders));
        debug_assert!(rota.is_whole(place, closed, desks, write), "bug: a desk is not asked that would write");
        let active = place == pit.active;
        if active && !continuous {
            turns::write(pit, streams, desks, band, orders);
        }
        let own = orders.len();
        if pit.board.terms.lending {
            pit.lend(place, band, house, orders);
        }
        if let Some(most) = *most_foreign {
            access::ration(orders, abroad, house, series, most);
        }
        let held = |house: &House, member| house.lots(member, series);
        if continuous {
            let left = turns::hold(pit, place, (clock, session), streams, house, desks, orders, close_outs);
            if pit.board.locks(place, house) {
                stuck[place] = left_open(&left, &vec![0; left.len()], |member| held(house, member), house.size());
            }
            continue;
        }
        let (outcome, _) = pit
            .board
            .hold(place, house, auction, orders)
            .expect("bug: positions' limits let a book beyond 64 bits pass");
        let price = outcome.price;
        pit.lenders.note(place, &orders[own..], &outcome.fills[own..]);
        let fills = outcome.fills;
        if pit.board.locks(place, house) {
            stuck[place] = left_open(orders, fills, |member| held(house, member), house.size());
        }
        if active {
            turns::note(pit, price);
        }
    }
    if void.is_some_and(|void| overwhelms(pit, house, void)) {
        for place in 0..pit.len() {
            pit.board.void(place, house, void.map_or(0, |void| void.halt));
        }
        (pit.lenders, pit.voided) = (lenders, pit.voided + 1);
    }
    close(pit, session, house, stuck);
}

/// A contract's session ends: its months are settled, and where limits say so positions reduced. `stuck` are lots, by
/// month and member, that members wanted to close and could not.
fn close(pit: &mut Pit, session: usize, house: &mut House, stuck: &[Vec<i64>]) {
    let lots: Vec<(i64, i64)> = pit.board.months().iter().map(|month| (month.last, month.session_lots())).collect();
    let mut reductions = Vec::new();
    for &(place, breaker) in pit.board.close(house) {
        pit.locked += 1;
        if let Breaker::Locked { side, then: AfterHalt::ForcedReduction } = breaker {
            reductions.push((place, side));
        }
    }
    for (place, side) in reductions {
        house.reduce(pit.board.months()[place].series, side, &stuck[place]);
    }
    for (place, (last, lots)) in lots.into_iter().enumerate() {
        let settlement = house.settled(pit.board.months()[place].series);
        pit.closes.push(Close { session, place, settlement, last, lots });
    }
}

/// Whether the prices of a session call for more than its operator lets them. What is missing at the prices before is called
/// in any case, and counts among what is there.
fn overwhelms(pit: &Pit, house: &House, void: Void) -> bool {
    let prices: Vec<(usize, i64)> = pit.board.prices().collect();
    let missing = house.calls_at(&[]);
    limits::overwhelmed((house.calls_at(&prices) - missing).0, (house.resources() + missing).0, void.calls)
}

/// Lots that members wanted to close in an auction and could not, by member.
fn left_open(orders: &[Order], fills: &[i64], held: impl Fn(usize) -> i64, members: usize) -> Vec<i64> {
    let mut open = vec![0; members];
    for (order, filled) in orders.iter().zip(fills) {
        let member = order.agent as usize;
        let closes = match order.side {
            Side::Buy => -held(member),
            Side::Sell => held(member),
        };
        open[member] = (open[member] + order.lots - filled).min(closes).max(0);
    }
    open
}

/// Members are called for margin and pay what they can.
fn call<'a>(
    clearing: &mut Clearing,
    members: impl Iterator<Item = &'a Desk>,
    ledger: &mut Ledger,
    calls: &mut Vec<Call>,
) {
    calls.clear();
    calls.extend_from_slice(clearing.house.calls());
    let mut due = calls.iter().peekable();
    for desk in members {
        if due.peek().is_none() {
            break;
        }
        // Both are in order of members.
        let Some(&Call { amount, .. }) = due.next_if(|call| call.member == desk.member) else { continue };
        let paid = amount.min(desk.available(ledger));
        ledger.pay(desk.account, clearing.account, paid);
        clearing.house.deposit(desk.member, paid);
        clearing.called += amount;
        clearing.calls += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_member_wanted_to_close_and_could_not_is_left_open() {
        // Member 0 is 5 short and buys 8, of which 2 fill; member 1 is 3 long and buys more; member 2 is 4 long and sells.
        let held = [-5, 3, 4];
        let orders = [Order::buy(100, 8, 0, 0), Order::buy(100, 6, 1, 1), Order::sell(90, 4, 2, 2)];
        assert_eq!(left_open(&orders, &[2, 0, 1], |member| held[member], 3), [5, 0, 3]);
    }
}
