//! The end of a month, and metal on its way in and out of the warehouses.

use bevy_ecs::prelude::*;

use crate::exchange::contract::Delivery;
use crate::exchange::delivery::{self, How, Note, Offer};
use crate::exchange::house::House;
use crate::exchange::warehouse::Parcel;
use crate::ledger::{Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::step::Clock;
use crate::streams::{Draw, Purpose, Streams};
use crate::units::{Mass, Money};

use super::desk::{Desk, Trading};
use super::load_out::{self, Bill};
use super::{Clearing, Futures, Pit};

const LOT: Purpose = Purpose::new("delivery.lot");

/// Weeks before a month's last from which who will deliver puts metal on warrant. Assumed; sweep 2–6.
const STORE_WEEKS: i64 = 4;

/// What a holder of warrants that it does not need takes for them in a buy-in, in percent of the settlement. Assumed; sweep 100–120.
const OFFERED_AT: i64 = 105;

impl Pit {
    /// Metal in its warehouses, on warrant or in a queue, and at their gates.
    #[must_use]
    pub fn stored(&self) -> Mass {
        self.stores().map(|(_, mass)| mass).sum()
    }

    /// Lots whose warrants are cancelled and that wait to leave, in the queues and at the gates.
    #[must_use]
    pub fn leaving(&self) -> i64 {
        let queued = (0..self.warehouses.count()).map(|warehouse| self.warehouses.leaving(warehouse)).sum::<i64>();
        queued + self.gate.iter().map(|parcel| parcel.lots).sum::<i64>()
    }

    /// Lots that a member has to deliver soon.
    fn due_soon(&self, lots: impl Fn(usize) -> i64) -> i64 {
        let soon = self.board.months().iter().filter(|month| month.weeks_left <= STORE_WEEKS);
        soon.map(|month| (-lots(month.series)).max(0)).sum()
    }
}

/// Months that traded last are delivered.
pub(super) fn deliver(
    clock: Res<Clock>,
    streams: Res<Streams>,
    markets: Res<Markets>,
    mut futures: ResMut<Futures>,
    mut ledger: ResMut<Ledger>,
    desks: Query<&Desk>,
    mut notes: Local<Vec<Note>>,
    mut offers: Local<Vec<Offer>>,
) {
    let Futures { houses, pits, .. } = &mut *futures;
    for pit in pits {
        let Clearing { house, account, .. } = &mut houses[pit.exchange];
        let spots = pit.spots.make_contiguous();
        let Some(expired) = pit.board.expire(house, spots) else { continue };
        let (Delivery::Physical(physical), Some(metal)) = (pit.board.terms.delivery, pit.metal) else { continue };
        for desk in desks.iter().filter(|desk| desk.contract == pit.index) {
            let paid = delivery::missing(house, expired.series, desk.member).min(desk.available(&ledger));
            ledger.pay(desk.account, *account, paid);
            house.deposit(desk.member, paid);
        }
        offers.clear();
        let tick = expired.price * OFFERED_AT / 100;
        for desk in desks.iter().filter(|desk| desk.contract == pit.index) {
            let spare = |warehouse| Offer {
                tick,
                warehouse,
                holder: desk.member,
                lots: pit.warehouses.warrants(warehouse, desk.member),
            };
            offers.extend((0..pit.warehouses.count()).map(spare).filter(|offer| offer.lots > 0));
        }
        let cheapest = pit.cheapest_first(&markets[metal.market]);
        let members: Vec<u64> = (0..house.size()).map(|member| house.key(member)).collect();
        let draw =
            |short: usize, warehouse: usize| streams.at(LOT.of(members[short]), warehouse as u64, clock.week).u64();
        notes.clear();
        let warehouses = &mut pit.warehouses;
        delivery::deliver(house, expired.series, warehouses, &physical, &cheapest, &mut offers, draw, &mut notes);
        let party = |member| desks.iter().find(|desk| desk.contract == pit.index && desk.member == member);
        let mut bill = |member, lots: i64, warehouse, tick: i64| {
            let terms = &pit.board.terms;
            let value = terms.price(pit.warehouses.price_from(warehouse, tick)).value(Mass(lots.abs() * terms.lot.0));
            pit.bills.extend(party(member).map(|desk| Bill { party: desk.account, lots, value }));
        };
        for note in &*notes {
            match note.how {
                How::Warrants { warehouse } => {
                    bill(note.long, note.lots, warehouse, expired.price);
                    bill(note.short, -note.lots, warehouse, expired.price);
                    pit.delivered += note.lots;
                }
                How::BoughtIn { holder, warehouse, tick } => {
                    bill(note.long, note.lots, warehouse, expired.price);
                    bill(holder, -note.lots, warehouse, tick);
                    pit.delivered += note.lots;
                }
                How::PaidOff => pit.paid_off += note.lots,
                // Nothing changes hands where the long has no money.
                How::Unpaid | How::Neither => {}
            }
        }
    }
}

/// Metal goes on warrant and comes off it, and rent is paid.
pub(super) fn store(
    mut futures: ResMut<Futures>,
    mut ledger: ResMut<Ledger>,
    desks: Query<&Desk>,
    mut out: Local<Vec<Parcel>>,
) {
    let Futures { houses, pits, .. } = &mut *futures;
    for pit in pits {
        let house = &houses[pit.exchange].house;
        let lot = pit.board.terms.lot;
        for desk in desks.iter().filter(|desk| desk.contract == pit.index) {
            let (member, account) = (desk.member, desk.account);
            let rent = pit.warehouses.rent(member).min(desk.available(&ledger));
            ledger.pay(account, OUTSIDE, rent);
            pit.warehouses.pay(member, rent);
            if rent > Money::ZERO && desk.takes(pit) {
                pit.bills.push(Bill { party: account, lots: 0, value: rent });
            }
            let Some(due) = due(desk, pit, house) else { continue };
            let there = ledger.mass(account, Slot::Store).0 / lot.0;
            let more = (due - pit.warehouses.of(member)).clamp(0, there);
            if let Some(home) = desk.home.filter(|_| more > 0) {
                ledger.transfer((account, Slot::Store), (pit.account, Slot::Store), Mass(more * lot.0));
                pit.warehouses.place(home, member, more);
            }
            let mut spare = (pit.warehouses.held(member) - due).max(0);
            for warehouse in 0..pit.warehouses.count() {
                let lots = spare.min(pit.warehouses.warrants(warehouse, member));
                if lots > 0 && desk.fetches(pit, warehouse) {
                    pit.warehouses.cancel(warehouse, member, lots);
                    pit.cancelled += lots;
                    spare -= lots;
                }
            }
        }
        out.clear();
        pit.warehouses.pass_week(&mut out);
        for parcel in &*out {
            let owner = desks
                .iter()
                .find(|desk| houses[pit.exchange].house.key(parcel.member) == desk.key && desk.contract == pit.index);
            load_out::leave(pit, owner.expect("bug: metal leaves a warehouse for nobody"), *parcel, &mut ledger);
        }
    }
}

/// Lots that a desk with metal keeps on warrant, to deliver them soon; nothing when it leaves warrants alone. Who uses the
/// metal keeps none, unless the way is shut: then it gives them again.
fn due(desk: &Desk, pit: &Pit, house: &House) -> Option<i64> {
    if pit.warehouses.count() == 0 {
        return None;
    }
    match &desk.trading {
        Trading::Carrier(_) => Some(pit.due_soon(|series| house.lots(desk.member, series))),
        Trading::Hedger(hedger) if hedger.uses => hedger.stand.map(|_| 0),
        Trading::Hedger(hedger) => {
            let Some((front, stand)) = pit.board.months().first().zip(hedger.stand) else { return Some(0) };
            let soon = front.weeks_left <= STORE_WEEKS;
            let short = (-house.lots(desk.member, front.series)).max(0);
            Some(if soon { short.min(-stand.lots.min(0)) } else { 0 })
        }
        _ => None,
    }
}
