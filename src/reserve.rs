//! Reserve agencies: buy when metal is cheap against the year's mean, release by sealed auction when it is dear.

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Directory, Trade};
use crate::auction::{Auction, Band, Order, Rationing, Terms as AuctionTerms};
use crate::buyer::{self, Buyer, Rung};
use crate::calendar::Week;
use crate::digest::digest_fields;
use crate::ledger::{Account, Ledger, OUTSIDE, Slot};
use crate::market::{Books, Markets};
use crate::merchant;
use crate::model::Model;
use crate::outlook::Outlook;
use crate::setup::exchange::ContractIx;
use crate::setup::{MarketIx, Setup};
use crate::shipping::Pipeline;
use crate::spot::Spot;
use crate::step::{Clock, Phase};
use crate::streams::tie;
use crate::units::{Mass, Money, Price};

/// A reserve agency.
#[derive(Component, Debug, Clone, Copy)]
pub struct Reserve {
    /// Its place in [`Setup::reserves`].
    pub index: usize,
    /// Market whose metal it holds.
    pub market: MarketIx,
    /// Metal that it means to hold.
    pub target: Mass,
    /// Most that it buys in a week.
    pub buy_per_week: Mass,
    /// Most that it releases in a week.
    pub release_per_week: Mass,
    /// Buys below (1 − this) of the year's mean price.
    pub buy_below: f64,
    /// Releases above (1 + this) of it.
    pub release_above: f64,
    /// Weeks from a breach to the first release.
    pub approval_weeks: Week,
    /// Price that it backs, instead of comparing with the mean.
    pub floor: Option<Price>,
    /// Share of stock lost in store, per year.
    pub loss: f64,
    /// Metal released this week.
    pub released: Mass,
    /// Got for it.
    pub proceeds: Money,
    /// Week from which a release is approved, while the price is above the trigger.
    approved_from: Option<Week>,
    /// Price at which it would buy this week.
    buying_at: Option<f64>,
    /// Puts that a decree makes it hold this week.
    pub puts: Option<Puts>,
    /// What a decree makes it sell forward this week.
    pub forward: Option<Forward>,
}

digest_fields!(Reserve { approved_from, buying_at });

/// Puts that an agency holds for its stock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Puts {
    /// Contract on whose months.
    pub contract: ContractIx,
    /// Share of the stock.
    pub share: f64,
    /// Highest strike, share of the year's mean price.
    pub strike: f64,
    /// Share of its money that it may spend on premiums in a week.
    pub spend: f64,
}

/// What an agency sells forward of its stock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forward {
    /// Contract in whose months.
    pub contract: ContractIx,
    /// Share of the stock.
    pub ratio: f64,
    /// Weeks to the last week of the nearest and of the furthest month that it sells.
    pub weeks: (i64, i64),
}

/// What an agency does at a price, given the year's mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Call {
    /// The price is above the trigger.
    Release,
    /// The price is low: buy at this price or below.
    Buy(f64),
    /// Neither.
    Wait,
}

/// Compares a price with the mean of the last 52 weeks.
#[must_use]
pub fn call(price: f64, year_mean: f64, buy_below: f64, release_above: f64) -> Call {
    let gap = price / year_mean - 1.0;
    if gap > release_above {
        Call::Release
    } else if gap < -buy_below {
        Call::Buy(year_mean * (1.0 - buy_below))
    } else {
        Call::Wait
    }
}

/// Adds the reserve agencies of a world.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    for (index, reserve) in setup.reserves.iter().enumerate() {
        let agent = model.agent("reserve", &reserve.id, reserve.nation, setup.markets[reserve.market].mineral);
        let mut ledger = model.world.resource_mut::<Ledger>();
        ledger.endow(agent.account, Slot::Store, reserve.stock);
        ledger.pay(OUTSIDE, agent.account, reserve.budget);
        let daily_use = setup.daily_use(reserve.nation, reserve.market);
        let days = |days: f64| Mass::nearest(days * daily_use);
        let state = Reserve {
            index,
            market: reserve.market,
            target: days(reserve.target_days),
            buy_per_week: days(reserve.buy_days_per_week),
            release_per_week: days(reserve.release_days_per_week),
            buy_below: reserve.buy_below,
            release_above: reserve.release_above,
            approval_weeks: reserve.approval_weeks,
            floor: reserve.floor,
            loss: reserve.loss,
            released: Mass::ZERO,
            proceeds: Money::ZERO,
            approved_from: None,
            buying_at: reserve.floor.map(Price::real),
            puts: None,
            forward: None,
        };
        model.spawn(agent, (state, Trade::default(), Pipeline::new(Slot::Store)));
    }
    model.world.init_resource::<Auction>();
    model.digests::<Reserve>();
    model.add(Phase::Produce, spoil);
    model.add(Phase::Release, release);
    model.add(Phase::Order, order);
    model.add(Phase::Decide, decide);
}

/// Sells what was approved, by sealed auction among the nation's plants and sectors, at no less than half-way from the
/// year's mean to the trigger. At the price, bidders of the lower priority class are served first.
fn release(
    clock: Res<Clock>,
    markets: Res<Markets>,
    outlook: Res<Outlook>,
    directory: Res<Directory>,
    mut auction: ResMut<Auction>,
    mut ledger: ResMut<Ledger>,
    mut agencies: Query<(&Agent, &mut Reserve)>,
    buyers: Query<(&Agent, &Buyer, Option<&Spot>)>,
    mut trades: Query<&mut Trade>,
    mut rungs: Local<Vec<Rung>>,
) {
    for (agent, mut agency) in &mut agencies {
        (agency.released, agency.proceeds) = (Mass::ZERO, Money::ZERO);
        let market = &markets[agency.market];
        let offer = agency.release_per_week.min(ledger.mass(agent.account, Slot::Store));
        let approved = agency.approved_from.is_some_and(|week| week <= clock.week);
        let (true, Some(mean)) = (approved && offer > Mass::ZERO, market.year_mean(agent.region)) else { continue };
        let least = Price::ticks_up(mean * (1.0 + agency.release_above / 2.0), market.tick);
        let mut orders = vec![Order::sell(least, offer.0, agent.account.0, agent.key)];
        let of_nation =
            |(bidder, buyer, _): &(&Agent, &Buyer, _)| bidder.nation == agent.nation && buyer.market == agency.market;
        for (bidder, buyer, spot) in buyers.iter().filter(of_nation) {
            buyer::bid((bidder, buyer, spot), &ledger, &outlook, &mut rungs);
            let bids =
                rungs.iter().enumerate().filter(|(_, rung)| rung.quantity >= 1.0 && rung.price >= market.tick.real());
            orders.extend(bids.map(|(step, rung)| {
                let key = (u64::from(buyer.priority) << 56) | (tie(bidder.key, step as i64 + 1) >> 8);
                Order::buy(
                    Price::ticks_down(rung.price, market.tick),
                    Mass::floor(rung.quantity).0,
                    bidder.account.0,
                    key,
                )
            }));
        }
        let highest = orders.iter().map(|order| order.tick).max().unwrap_or(least);
        let band = Band::new(least, highest).expect("bug: an empty price band");
        let terms = AuctionTerms {
            band,
            reference: market.price(agent.region).0 / market.tick.0,
            rationing: Rationing::PriceTime,
        };
        let outcome = auction.clear(&orders, &terms).expect("bug: a release larger than 64 bits");
        let Some(price) = outcome.price.map(|tick| Price(tick * market.tick.0)) else { continue };
        for (order, &lots) in orders.iter().zip(outcome.fills).skip(1).filter(|(_, lots)| **lots > 0) {
            let (bidder, mass) = (Account(order.agent), Mass(lots));
            let value = price.value(mass);
            let entity = directory.entity(bidder);
            let into = buyers.get(entity).expect("bug: a bidder that is no buyer").1.into;
            ledger.transfer((agent.account, Slot::Store), (bidder, into), mass);
            ledger.pay(bidder, agent.account, value);
            let mut trade = trades.get_mut(entity).expect("bug: a bidder without a trade record");
            trade.bought += mass;
            trade.spent += value;
            agency.released += mass;
            agency.proceeds += value;
        }
    }
}

/// A part of what lies in store is lost.
fn spoil(mut ledger: ResMut<Ledger>, agencies: Query<(&Agent, &Reserve)>) {
    for (agent, agency) in agencies.iter().filter(|(_, agency)| agency.loss > 0.0) {
        merchant::spoil_share(&mut ledger, agent.account, agency.loss);
    }
}

/// Bids for a week's purchase, within target and budget; at a floor price what is held is also for sale.
fn order(ledger: Res<Ledger>, markets: Res<Markets>, mut books: ResMut<Books>, agencies: Query<(&Agent, &Reserve)>) {
    for (agent, agency) in &agencies {
        if let Some(floor) = agency.floor {
            let quantity = ledger.mass(agent.account, Slot::Store).min(agency.release_per_week).real();
            books.ask(&markets, agency.market, agent, &[Rung { price: floor.real(), quantity }]);
        }
        let Some(price) = agency.buying_at else { continue };
        let held = ledger.mass(agent.account, Slot::Store) + ledger.mass(agent.account, Slot::Transit);
        let affordable = ledger.money(agent.account).or_zero().real() / price;
        let quantity = (agency.target - held).or_zero().min(agency.buy_per_week).real().min(affordable);
        books.bid(&markets, agency.market, agent, u8::MAX, &[Rung { price, quantity }]);
    }
}

/// Compares the price with the year's mean and files for approval, or prepares to buy.
fn decide(clock: Res<Clock>, markets: Res<Markets>, mut agencies: Query<(&Agent, &mut Reserve)>) {
    for (agent, mut agency) in &mut agencies {
        let market = &markets[agency.market];
        if let Some(floor) = agency.floor {
            agency.buying_at = Some(floor.real());
            continue;
        }
        let call = market.year_mean(agent.region).map_or(Call::Wait, |mean| {
            call(market.price(agent.region).real(), mean, agency.buy_below, agency.release_above)
        });
        agency.buying_at = match call {
            Call::Buy(price) => Some(price),
            _ => None,
        };
        agency.approved_from = match (call, agency.approved_from) {
            (Call::Release, None) => Some(clock.week + agency.approval_weeks),
            (Call::Release, filed) => filed,
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agency_releases_when_dear_and_buys_when_cheap() {
        assert_eq!(call(121.0, 100.0, 0.1, 0.2), Call::Release);
        assert_eq!(call(119.0, 100.0, 0.1, 0.2), Call::Wait);
        assert_eq!(call(91.0, 100.0, 0.1, 0.2), Call::Wait);
        assert_eq!(call(89.0, 100.0, 0.1, 0.2), Call::Buy(90.0));
    }
}
