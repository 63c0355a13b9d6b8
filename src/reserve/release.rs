//! Release by sealed auction: what was approved, what is replaced and what is beyond the aim, in that order.

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;

use super::{Reserve, price_at};
use crate::agent::{Agent, Directory, Trade};
use crate::auction::{Auction, Band, Order, Rationing, Terms as AuctionTerms};
use crate::buyer::{self, Buyer, Rung};
use crate::ledger::{Account, Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::outlook::{Ahead, Outlook};
use crate::plant::Plant;
use crate::setup::reserve::{Bidders, Tier};
use crate::shipping::Pipeline;
use crate::spot::Spot;
use crate::step::Clock;
use crate::streams::tie;
use crate::units::{Mass, Price};

/// Something for sale.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Offer {
    /// Most that is sold.
    mass: Mass,
    /// Least price, in cents per 1,000 quanta.
    least: f64,
    /// Whether it is old stock that will be replaced.
    replaced: bool,
}

/// What there is for sale: `held` in store, `keep` the share of the aim that stays when a release is approved at no less than
/// `least`, `old` to be replaced at no less than `last` less the margin, and what is beyond the aim at no less than `last`.
fn offers(agency: &Reserve, held: Mass, keep: Option<(f64, f64)>, old: Mass, last: f64) -> Vec<Offer> {
    let mut left = held;
    let mut offers = Vec::new();
    let mut offer = |mass: Mass, least: f64, replaced: bool| {
        let mass = mass.min(left).or_zero();
        if mass > Mass::ZERO {
            offers.push(Offer { mass, least, replaced });
            left -= mass;
        }
    };
    let most = agency.learned.scaled(agency.release_per_week);
    if let Some((keep, least)) = keep {
        let stays = if keep > 0.0 { Mass::nearest(keep * agency.aim.real()) } else { Mass::ZERO };
        offer(most.min(held - stays), least, false);
    }
    if let Some(rotation) = agency.rule.rotation {
        offer(old, last * (1.0 - rotation.margin), true);
    }
    if agency.rule.release.excess {
        offer(most.min(held - agency.aim), last, false);
    }
    offers
}

/// What holders of lower tiers have of their aims together; nothing when there are none.
fn lower_share(tier: Tier, holders: impl Iterator<Item = (Tier, Mass, Mass)>) -> Option<f64> {
    let lower = holders.filter(|(other, ..)| *other < tier);
    let (held, aim) = lower.fold((0.0, 0.0), |(held, aim), (_, h, a)| (held + h.real(), aim + a.real()));
    (aim > 0.0).then(|| held / aim)
}

/// Bids of the nation's buyers of a metal.
type Bidder = (&'static Agent, &'static Buyer, Option<&'static Spot>, Has<Plant>);

/// What an auction takes.
#[derive(SystemParam)]
pub(super) struct Hall<'w, 's> {
    clock: Res<'w, Clock>,
    markets: Res<'w, Markets>,
    outlook: Res<'w, Outlook>,
    directory: Res<'w, Directory>,
    auction: ResMut<'w, Auction>,
    ledger: ResMut<'w, Ledger>,
    buyers: Query<'w, 's, Bidder>,
    trades: Query<'w, 's, &'static mut Trade>,
    pipelines: Query<'w, 's, &'static mut Pipeline>,
    rungs: Local<'s, Vec<Rung>>,
}

/// A buyer's key at the price: the lower priority class first.
const fn priority_key(priority: u8, key: u64, step: usize) -> u64 {
    ((priority as u64) << 56) | (tie(key, step as i64 + 1) >> 8)
}

impl Hall<'_, '_> {
    /// Bids of those who may bid, in lots, each bidder's up to `most` of them.
    fn bids(&mut self, agent: &Agent, agency: &Reserve, (lot, most): (i64, i64), orders: &mut Vec<Order>) {
        let tick = self.markets[agency.market].tick;
        let may_bid = |plant: bool| match agency.rule.release.bidders {
            Bidders::Users => true,
            Bidders::Plants => plant,
            Bidders::Sectors => !plant,
        };
        let outlook = Ahead::of(&self.outlook);
        for (bidder, buyer, spot, plant) in &self.buyers {
            if bidder.nation != agent.nation || buyer.market != agency.market || !may_bid(plant) {
                continue;
            }
            buyer::bid((bidder, buyer, spot), &self.ledger, &outlook, &mut self.rungs);
            let mut left = most;
            for (step, rung) in self.rungs.iter().enumerate() {
                let lots = (Mass::floor(rung.quantity).0 / lot).min(left);
                if rung.quantity >= 1.0 && rung.price >= tick.real() && lots > 0 {
                    left -= lots;
                    let key = priority_key(buyer.priority, bidder.key, step);
                    orders.push(Order::buy(Price::ticks_down(rung.price, tick), lots, bidder.account.0, key));
                }
            }
        }
    }

    /// Metal and money change hands.
    fn settle(&mut self, agent: &Agent, agency: &mut Reserve, bidder: Account, mass: Mass, price: Price) {
        let value = price.value(mass);
        let entity = self.directory.entity(bidder);
        let into = self.buyers.get(entity).expect("bug: a bidder that is no buyer").1.into;
        let weeks = agency.base.map_or(0, |base| base.weeks);
        if weeks > 0 {
            self.ledger.transfer((agent.account, Slot::Store), (bidder, Slot::Transit), mass);
            let mut pipeline = self.pipelines.get_mut(entity).expect("bug: a bidder without a pipeline");
            pipeline.ship(self.clock.week, weeks, mass);
        } else {
            self.ledger.transfer((agent.account, Slot::Store), (bidder, into), mass);
        }
        self.ledger.pay(bidder, agent.account, value);
        let mut trade = self.trades.get_mut(entity).expect("bug: a bidder without a trade record");
        trade.bought += mass;
        trade.spent += value;
        agency.week.released += mass;
        agency.week.proceeds += value;
    }

    /// Sells what is offered.
    fn sell(&mut self, agent: &Agent, agency: &mut Reserve, offers: &[Offer]) {
        let market = &self.markets[agency.market];
        let (tick, reference) = (market.tick, market.price(agent.region).0);
        let lot = agency.rule.release.lots.map_or(1, |lots| (agency.release_per_week.0 / i64::from(lots)).max(1));
        let mut orders: Vec<Order> = offers
            .iter()
            .enumerate()
            .filter(|(_, offer)| offer.mass.0 >= lot)
            .map(|(place, offer)| {
                let key = agent.key.wrapping_add(place as u64);
                Order::sell(Price::ticks_up(offer.least, tick).max(1), offer.mass.0 / lot, agent.account.0, key)
            })
            .collect();
        let sells = orders.len();
        let Some(least) = orders.iter().map(|order| order.tick).min() else { return };
        let offered: i64 = orders.iter().map(|order| order.lots).sum();
        let share = agency.rule.release.most_per_bidder;
        let most = if share < 1.0 { (share * offered as f64) as i64 } else { i64::MAX };
        self.bids(agent, agency, (lot, most), &mut orders);
        let highest = orders.iter().map(|order| order.tick).max().unwrap_or(least);
        let band = Band::new(least, highest).expect("bug: an empty price band");
        let terms = AuctionTerms { band, reference: reference / tick.0, rationing: Rationing::PriceTime };
        let outcome = self.auction.clear(&orders, &terms).expect("bug: a release larger than 64 bits");
        let Some(price) = outcome.price.map(|at| Price(at * tick.0)) else { return };
        let fills: Vec<i64> = outcome.fills.to_vec();
        let sold = offers.iter().filter(|offer| offer.mass.0 >= lot).zip(&fills);
        let replaced: i64 = sold.filter(|(offer, _)| offer.replaced).map(|(_, lots)| lots * lot).sum();
        agency.week.rotated += Mass(replaced);
        for (order, lots) in orders.iter().zip(fills).skip(sells).filter(|(_, lots)| *lots > 0) {
            self.settle(agent, agency, Account(order.agent), Mass(lots * lot), price);
        }
    }
}

/// Agencies sell, those of lower tiers first; of one tier in order of id.
pub(super) fn release(mut hall: Hall, mut agencies: Query<(&Agent, &mut Reserve)>) {
    let place = |(agent, agency): (&Agent, &Reserve)| (agency.rule.tier, agency.index, agent.nation, agency.market);
    let mut turns: Vec<_> = agencies.iter().map(place).collect();
    turns.sort_unstable();
    for (tier, index, nation, market) in turns {
        let holders = agencies.iter().filter(|(agent, other)| agent.nation == nation && other.market == market);
        let held = |agent: &Agent| hall.ledger.mass(agent.account, Slot::Store);
        let lower = lower_share(tier, holders.map(|(agent, other)| (other.rule.tier, held(agent), other.aim)));
        let Some((agent, mut agency)) = agencies.iter_mut().find(|(_, agency)| agency.index == index) else { continue };
        if agency.backed.is_some() || agency.rule.table.is_some() {
            continue;
        }
        let waits = agency.rule.release.after_lower.zip(lower).is_some_and(|(most, lower)| lower > most);
        let mean = hall.markets[agency.market].year_mean(agent.region).filter(|_| !waits);
        let least = mean.map(|mean| mean * agency.rule.release.least);
        let keep = agency.keeps(hall.clock.week).zip(least);
        let held = hall.ledger.mass(agent.account, Slot::Store);
        let last = price_at(agent, &agency, &hall.markets);
        let old = agency.to_replace(held);
        let offers = offers(&agency, held, keep, old, last);
        hall.sell(agent, &mut agency, &offers);
        let (sold, rotated) = (agency.week.released, agency.week.rotated);
        agency.aging.sold(held, sold, rotated);
        if let Some(base) = agency.base.filter(|_| sold > Mass::ZERO) {
            let carriage = base.delivery.value(sold);
            hall.ledger.pay(agent.account, OUTSIDE, carriage);
            agency.week.carriage += carriage;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lower_tiers_hold_counts_against_their_aims() {
        let holders = [
            (Tier::Enterprise, Mass(30), Mass(100)),
            (Tier::Provincial, Mass(20), Mass(100)),
            (Tier::Central, Mass(1), Mass(1)),
        ];
        assert_eq!(lower_share(Tier::Central, holders.into_iter()), Some(0.25));
        assert_eq!(lower_share(Tier::Provincial, holders.into_iter()), Some(0.3));
        assert_eq!(lower_share(Tier::Enterprise, holders.into_iter()), None);
    }

    #[test]
    fn at_the_price_the_lower_class_comes_first() {
        assert!(priority_key(1, u64::MAX, 3) < priority_key(2, 0, 0));
    }
}
