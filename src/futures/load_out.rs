//! Metal that leaves the warehouses for who took it: from the gate by the ordinary way, freight and levies paid, within what
//! quotas leave after contracts. A way that is shut keeps it at the gate.

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Directory, Trade};
use crate::buyer::Buyer;
use crate::digest::{Digest, Digestible, digest_fields};
use crate::exchange::warehouse::Parcel;
use crate::ledger::{Account, Ledger, Slot};
use crate::market::Markets;
use crate::nation::Treasuries;
use crate::setup::exchange::Metal;
use crate::shipping::Pipeline;
use crate::step::Clock;
use crate::terms::{MarketTerms, Terms};
use crate::trade::{hand_over, wedge};
use crate::units::{Mass, Money};

use super::Place;
use super::desk::{Desk, Trading};
use super::{Futures, Pit};

/// Lots that have left a warehouse and wait for a ship.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtGate {
    /// Whose they are.
    pub owner: Account,
    /// The warehouse.
    pub warehouse: usize,
    /// How many.
    pub lots: i64,
}

/// What a member bought or sold by delivery, to be entered in its trades of the week after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    /// Who.
    pub party: Account,
    /// Lots bought, or sold when negative.
    pub lots: i64,
    /// Paid or got.
    pub value: Money,
}

impl Digestible for AtGate {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.owner);
        // Lots come nowhere near 2⁴⁸.
        digest.word((self.warehouse as u64) << 48 | self.lots as u64);
    }
}

digest_fields!(Bill { party, lots, value });

/// Lots of so many that may leave for another region this week, given metal in a lot.
fn may_leave(lots: i64, lot: Mass, terms: &MarketTerms, from: usize, to: usize) -> i64 {
    let limits = [terms.exports(from).left(), terms.lane(from, to).left()];
    limits.into_iter().flatten().fold(lots, |lots, left| lots.min(left.0 / lot.0))
}

/// Last week's deliveries enter the trades of who bought and sold, and what stands at the gates sets out.
pub(super) fn set_out(
    clock: Res<Clock>,
    directory: Res<Directory>,
    mut futures: ResMut<Futures>,
    mut terms: ResMut<Terms>,
    mut markets: ResMut<Markets>,
    mut ledger: ResMut<Ledger>,
    mut treasuries: ResMut<Treasuries>,
    agents: Query<&Agent>,
    mut trades: Query<(&Agent, &mut Trade)>,
    mut pipelines: Query<&mut Pipeline>,
) {
    for Pit { metal, places, gate, bills, account, board, .. } in &mut futures.pits {
        let Some(Metal { market: ix, .. }) = *metal else { continue };
        let lot = board.terms.lot;
        for Bill { party, lots, value } in bills.drain(..) {
            let Some((_, mut trade)) = trades.iter_mut().find(|(agent, _)| agent.account == party) else { continue };
            if lots < 0 {
                trade.sold += Mass(-lots * lot.0);
                trade.earned += value;
            } else {
                trade.bought += Mass(lots * lot.0);
                trade.spent += value;
            }
        }
        let (market, terms) = (&mut markets[ix], terms.market_mut(ix));
        for parcel in gate.iter_mut() {
            let owner = directory.entity(parcel.owner);
            let to = agents.get(owner).expect("bug: metal of nobody at a gate").region;
            let Place { region: from, ref legs } = places[parcel.warehouse];
            let (mut lots, mut weeks) = (parcel.lots, 0);
            if from != to {
                let Some(leg) = legs[to].filter(|_| terms.open(from, to)) else { continue };
                lots = may_leave(lots, lot, terms, from, to);
                let mass = Mass(lots * lot.0);
                let way = (from, to);
                let wedge = wedge(market, terms, leg, from, to);
                let cost = wedge.pay(parcel.owner, market.tick, mass, way, &mut ledger, &mut treasuries);
                trades.get_mut(owner).expect("bug: a buyer that trades nothing").1.spent += cost;
                let regions = market.regions.len();
                market.shipped[from * regions + to] += mass;
                terms.exports_mut(from).contracted += mass;
                terms.lane_mut(from, to).contracted += mass;
                weeks = leg.weeks;
            }
            let mass = Mass(lots * lot.0);
            market.regions[from].sold += mass;
            market.regions[to].bought += mass;
            let mut pipeline = pipelines.get_mut(owner).expect("bug: a buyer without a pipeline");
            hand_over(&mut ledger, &mut pipeline, *account, parcel.owner, mass, clock.week, weeks);
            parcel.lots -= lots;
        }
        gate.retain(|parcel| parcel.lots > 0);
    }
}

/// Firms reckon with the metal that they have taken and that is not under way yet.
pub(super) fn note_coming(futures: Res<Futures>, desks: Query<&Desk>, mut buyers: Query<&mut Buyer>) {
    for desk in &desks {
        let pit = &futures.pits[desk.contract];
        if let Trading::Hedger(hedger) = &desk.trading
            && desk.takes(pit)
            && let Ok(mut buyer) = buyers.get_mut(hedger.of)
        {
            let gate = pit.gate.iter().filter(|parcel| parcel.owner == desk.account);
            let lots = pit.warehouses.of(desk.member) + gate.map(|parcel| parcel.lots).sum::<i64>();
            buyer.coming = lots as f64 * pit.lot;
        }
    }
}

/// Puts what has left a warehouse where it goes: to the gate for who uses it or trades elsewhere, else back into its
/// owner's store there.
pub(super) fn leave(pit: &mut Pit, owner: &Desk, Parcel { warehouse, lots, .. }: Parcel, ledger: &mut Ledger) {
    if owner.takes(pit) || pit.places[warehouse].region != owner.region {
        pit.gate.push(AtGate { owner: owner.account, warehouse, lots });
    } else {
        let mass = Mass(lots * pit.board.terms.lot.0);
        ledger.transfer((pit.account, Slot::Store), (owner.account, Slot::Store), mass);
    }
}
