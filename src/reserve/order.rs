//! Orders at spot: purchases towards the aim, a price that is backed, metal bought back, trades of its own, forced sales.

use bevy_ecs::prelude::*;

use super::{Reserve, price_at};
use crate::agent::Agent;
use crate::buyer::Rung;
use crate::ledger::{Ledger, Slot};
use crate::market::{Books, Markets};
use crate::math;
use crate::mine::Mine;
use crate::outlook::Outlook;
use crate::seller::Seller;
use crate::units::Mass;

/// Multiple of the opening price that an agency bids when it buys at any price: as much as the books are sized for.
const ANY_PRICE: f64 = 20.0;

/// What an agency has, when it writes its orders.
#[derive(Debug, Clone, Copy)]
struct Means {
    /// Metal in store.
    store: Mass,
    /// In store and under way to it.
    held: Mass,
    /// Money, credit and bonds that it may spend, in mills.
    cash: f64,
}

/// Bids and asks of a week.
#[derive(Debug, Default)]
pub(super) struct Book {
    bids: Vec<Rung>,
    asks: Vec<Rung>,
}

impl Book {
    /// Bids for a quantity as far as money goes; what it takes is gone.
    fn bid(&mut self, price: f64, quantity: f64, cash: &mut f64) {
        let quantity = quantity.min(*cash / price).max(0.0);
        *cash -= quantity * price;
        self.bids.push(Rung { price, quantity });
    }
}

impl Reserve {
    /// Orders of an agency that compares with the mean or backs a price; `value` is what metal is worth to it by what is expected.
    fn orders(&self, means: &Means, price: f64, value: f64, book: &mut Book) {
        let mut cash = means.cash;
        let release = self.learned.scaled(self.release_per_week);
        if let Some((_, ceiling)) = self.backed {
            let quantity = means.store.min(release).real();
            book.asks.push(Rung { price: ceiling.real(), quantity });
        }
        if let Some(price) = self.buying_at {
            let quantity = (self.aim - means.held).or_zero().min(self.buy_per_week).real();
            book.bid(price, quantity, &mut cash);
        }
        if let Some(rotation) = self.rule.rotation.filter(|_| self.aging.owed > Mass::ZERO && !self.scene.alarm) {
            book.bid(price * (1.0 + rotation.margin), self.aging.owed.min(self.buy_per_week).real(), &mut cash);
        }
        self.trade(means.store, means.held, (price, value), &mut cash, book);
    }

    /// A firm's trades on its own judgment: within a band around its aim, and selling what duty does not hold back.
    fn trade(&self, store: Mass, held: Mass, (price, value): (f64, f64), cash: &mut f64, book: &mut Book) {
        let Some(rule) = self.rule.venture else { return };
        let band = rule.band * self.target.real();
        let (least, most) = (self.aim.real() - band, self.aim.real() + band);
        let left = (band - self.aging.own_sales.real()).max(0.0);
        let dear = value * (1.0 + rule.hurdle);
        let own = (store.real() - least).max(0.0).min(left).min(self.release_per_week.real());
        book.asks.push(Rung { price: dear, quantity: own });
        let shirked = (store.real() - most).max(0.0).min(self.release_per_week.real() - own).max(0.0);
        book.asks.push(Rung { price, quantity: shirked });
        if !self.scene.alarm {
            let room = (most - held.real().max(self.aim.real())).max(0.0).min(self.buy_per_week.real());
            book.bid(value / (1.0 + rule.hurdle), room, cash);
        }
    }
}

/// Orders of an agency that follows a table: to the stock that it names, at any price.
fn by_table(agency: &Reserve, (made, could): (f64, f64), held: f64, dear: f64, book: &mut Book) {
    let Some(table) = &agency.rule.table else { return };
    let steps = math::round(held / agency.step).max(0) as usize;
    let change = f64::from(table.next(steps, made < table.disrupted_below * could)) * agency.step - held;
    if change > 0.0 {
        book.bids.push(Rung { price: dear, quantity: change });
    } else if change < 0.0 {
        book.asks.push(Rung { price: 1.0, quantity: -change });
    }
}

/// Agencies' spot orders.
pub(super) fn order(
    ledger: Res<Ledger>,
    markets: Res<Markets>,
    outlook: Res<Outlook>,
    mut books: ResMut<Books>,
    agencies: Query<(&Agent, &Reserve)>,
    mines: Query<(&Mine, &Seller)>,
) {
    for (agent, agency) in &agencies {
        let mut book = Book::default();
        let store = ledger.mass(agent.account, Slot::Store);
        let held = store + ledger.mass(agent.account, Slot::Transit);
        let market = &markets[agency.market];
        if agency.standing.distressed {
            // Who cannot pay takes what he gets.
            let quantity = store.min(agency.learned.scaled(agency.release_per_week)).real();
            book.asks.push(Rung { price: market.tick.real(), quantity });
        } else if agency.rule.table.is_some() {
            let of = |(_, seller): &(&Mine, &Seller)| seller.market == agency.market;
            let could = mines.iter().filter(of).map(|(mine, _)| mine.weekly_capacity * mine.built).sum::<f64>();
            let made = market.regions.iter().map(|region| region.made.real()).sum::<f64>();
            let dear = market.opening_price.real() * ANY_PRICE;
            by_table(agency, (made, could), held.real(), dear, &mut book);
        } else {
            let cash = ledger.money(agent.account).or_zero().real() + agency.borrowable(ledger.money(agent.account));
            let value = agency.carry.value(outlook.expected(agency.market, agent.region));
            let means = Means { store, held, cash };
            agency.orders(&means, price_at(agent, agency, &markets), value, &mut book);
        }
        books.ask(&markets, agency.market, agent, &book.asks);
        books.bid(&markets, agency.market, agent, u8::MAX, &book.bids);
    }
}
