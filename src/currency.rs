//! Exchange rates, and contracts between firms that reckon in different currencies.
//!
//! The books are kept in dollars. The rate of a currency, units per dollar, follows
//! ln R_t = ln R₋₁ + (κ/52.18)·(ln R₀ − ln R₋₁) + σ·z, drawn by currency and week. A contract's price is fixed in its currency in the
//! week of delivery and paid some weeks later, at the rate of that day. The books show the value at delivery, and the difference
//! when it is due: the buyer pays the seller V·(ρ − 1) more, ρ the rate at delivery over that of the day, 1 for the dollar. What a
//! side gains is reckoned in its own currency: the seller V·(ρ_c − ρ_h), the buyer the opposite with its own h, c the currency of
//! the contract and h that of the side; so who reckons in the contract's currency gains and loses nothing. A side that covers
//! pays banks a spread at delivery and is paid the opposite of its gain on that share.

use bevy_ecs::prelude::*;

use crate::calendar::Week;
use crate::digest::{Digest, Digestible, digest_fields};
use crate::ledger::{Account, Ledger, OUTSIDE};
use crate::math;
use crate::model::Model;
use crate::offtake::Offtakes;
use crate::setup::{Cover, CurrencyIx, NationIx, Setup};
use crate::step::{Clock, Phase};
use crate::streams::{Draw, Purpose, Streams};
use crate::units::{Money, WEEKS_PER_YEAR};

const RATE: Purpose = Purpose::new("currency.rate");

/// A rate by week.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Units per dollar.
    pub per_usd: f64,
    opening: f64,
    sd: f64,
    pull: f64,
    key: u64,
    payment_weeks: Week,
}

digest_fields!(Rate { per_usd });

impl Rate {
    fn step(&mut self, z: f64) {
        let back = self.pull / WEEKS_PER_YEAR * math::ln(self.opening / self.per_usd);
        self.per_usd *= math::exp(back + self.sd * z);
    }
}

/// A side of a payment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Party {
    /// Its account.
    pub account: Account,
    /// Its nation.
    pub nation: NationIx,
}

/// A payment that is due.
#[derive(Debug, Clone, Copy)]
struct Due {
    week: Week,
    seller: Party,
    buyer: Party,
    value: Money,
    currency: Option<CurrencyIx>,
    /// Units per dollar at delivery: of the contract's currency, the seller's and the buyer's.
    rates: [f64; 3],
}

impl Digestible for Due {
    fn digest(&self, digest: &mut Digest) {
        digest.word(u64::from(self.seller.account.0) << 32 | u64::from(self.buyer.account.0));
        digest.word(self.currency.map_or(0, |currency| currency as u64 + 1));
        digest.add(&self.week);
        digest.add(&self.value);
        self.rates.iter().for_each(|rate| digest.add(rate));
    }
}

/// Side of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Who delivers.
    Seller,
    /// Who pays.
    Buyer,
}

/// What the exchange rate did to a side in a week.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exchanged {
    /// Nation of the side.
    pub nation: NationIx,
    /// Which it is.
    pub side: Side,
    /// Currency of the contract.
    pub currency: Option<CurrencyIx>,
    /// Value of what fell due.
    pub due: Money,
    /// Gain in the currency of the side, at the rate of the day.
    pub gain: Money,
    /// Paid by banks for what is covered.
    pub covered: Money,
    /// Paid to banks for what is covered anew.
    pub spread: Money,
}

/// Rates, and what is due at them.
#[derive(Resource, Debug)]
pub struct Currencies {
    /// Rates, by [`CurrencyIx`].
    pub rates: Vec<Rate>,
    homes: Vec<Option<CurrencyIx>>,
    covers: Vec<Option<Cover>>,
    dues: Vec<Due>,
    /// The week's gains.
    pub exchanged: Vec<Exchanged>,
}

digest_fields!(Currencies { rates, dues });

/// What the receiver of a value gains: V·(ρ_c − ρ_h), ρ the rate at delivery over that of the day.
fn gain(value: Money, contract: f64, home: f64) -> Money {
    Money::nearest(value.real() * (contract - home))
}

impl Currencies {
    fn rate(&self, currency: Option<CurrencyIx>) -> f64 {
        currency.map_or(1.0, |currency| self.rates[currency].per_usd)
    }

    fn home(&self, of: Party) -> Option<CurrencyIx> {
        self.homes[of.nation]
    }

    /// Enters a delivery whose parties reckon in other currencies than it is settled in.
    fn enter(
        &mut self,
        week: Week,
        [seller, buyer]: [Party; 2],
        value: Money,
        currency: Option<CurrencyIx>,
        ledger: &mut Ledger,
    ) {
        let homes = [seller, buyer].map(|party| self.home(party));
        if value <= Money::ZERO || homes.iter().all(|home| *home == currency) {
            return;
        }
        let foreign = [currency, homes[1], homes[0]].into_iter().flatten().next();
        let weeks = foreign.map_or(0, |foreign| self.rates[foreign].payment_weeks);
        let rates = [currency, homes[0], homes[1]].map(|currency| self.rate(currency));
        self.dues.push(Due { week: week.saturating_add(weeks), seller, buyer, value, currency, rates });
        for ((party, side), home) in [(seller, Side::Seller), (buyer, Side::Buyer)].into_iter().zip(homes) {
            let Some(cover) = self.covers[party.nation].filter(|_| home != currency) else { continue };
            let spread = value.share_ppm(cover.share.0).share_ppm(cover.spread.0);
            ledger.pay(party.account, OUTSIDE, spread);
            let none = Money::ZERO;
            self.exchanged.push(Exchanged {
                nation: party.nation,
                side,
                currency,
                due: none,
                gain: none,
                covered: none,
                spread,
            });
        }
    }

    /// Pays what is due.
    fn pay(&mut self, week: Week, ledger: &mut Ledger) {
        let (due, later): (Vec<Due>, Vec<Due>) = self.dues.iter().partition(|due| due.week <= week);
        self.dues = later;
        for Due { seller, buyer, value, currency, rates, .. } in due {
            let homes = [seller, buyer].map(|party| self.home(party));
            let [contract, of_seller, of_buyer] =
                [rates[0] / self.rate(currency), rates[1] / self.rate(homes[0]), rates[2] / self.rate(homes[1])];
            transfer(ledger, buyer.account, seller.account, gain(value, contract, 1.0));
            let sides = [
                (seller, Side::Seller, gain(value, contract, of_seller)),
                (buyer, Side::Buyer, -gain(value, contract, of_buyer)),
            ];
            for ((party, side, gain), home) in sides.into_iter().zip(homes) {
                let cover = self.covers[party.nation].filter(|_| home != currency);
                let covered = cover.map_or(Money::ZERO, |cover| -Money::nearest(gain.real() * cover.share.share()));
                transfer(ledger, OUTSIDE, party.account, covered);
                let (nation, spread) = (party.nation, Money::ZERO);
                self.exchanged.push(Exchanged { nation, side, currency, due: value, gain, covered, spread });
            }
        }
    }
}

/// Pays an amount, the other way round when it is below 0.
fn transfer(ledger: &mut Ledger, from: Account, to: Account, money: Money) {
    if money < Money::ZERO {
        ledger.pay(to, from, -money);
    } else {
        ledger.pay(from, to, money);
    }
}

/// Adds the currencies of a world that has any.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    if setup.currencies.is_empty() {
        return;
    }
    let rate = |currency: &crate::setup::Currency| Rate {
        per_usd: currency.per_usd,
        opening: currency.per_usd,
        sd: currency.sd,
        pull: currency.pull,
        key: currency.id.key("currency"),
        payment_weeks: currency.payment_weeks,
    };
    model.world.insert_resource(Currencies {
        rates: setup.currencies.iter().map(rate).collect(),
        homes: setup.nations.iter().map(|nation| nation.currency).collect(),
        covers: setup.nations.iter().map(|nation| nation.cover).collect(),
        dues: Vec::new(),
        exchanged: Vec::new(),
    });
    model.add(Phase::Shock, drift);
    model.add(Phase::Deliver, settle);
}

fn drift(clock: Res<Clock>, streams: Res<Streams>, mut currencies: ResMut<Currencies>) {
    if clock.week > 0 {
        for rate in &mut currencies.rates {
            rate.step(streams.at(RATE, rate.key, clock.week).normal());
        }
    }
}

/// What is due is paid, and the week's deliveries become due.
fn settle(
    clock: Res<Clock>,
    offtakes: Option<Res<Offtakes>>,
    mut currencies: ResMut<Currencies>,
    mut ledger: ResMut<Ledger>,
) {
    currencies.exchanged.clear();
    currencies.pay(clock.week, &mut ledger);
    let Some(offtakes) = offtakes else { return };
    for delivery in &offtakes.deliveries {
        let seller = Party { account: delivery.seller, nation: delivery.nations.0 };
        let buyer = Party { account: delivery.buyer, nation: delivery.nations.1 };
        let value = delivery.price.value(delivery.delivered);
        currencies.enter(clock.week, [seller, buyer], value, delivery.currency, &mut ledger);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Ppm;

    fn rate(per_usd: f64, sd: f64, pull: f64) -> Rate {
        Rate { per_usd, opening: 7.0, sd, pull, key: 3, payment_weeks: 6 }
    }

    /// Nation 0 reckons in dollars, nation 1 in a currency at 7 a dollar.
    fn currencies(ledger: &mut Ledger, cover: Option<Cover>) -> (Currencies, [Party; 2]) {
        let parties = [0, 1].map(|nation| Party { account: ledger.open(format!("firm {nation}"), 0), nation });
        let rates = vec![rate(7.0, 0.0, 0.0)];
        let found = Currencies {
            rates,
            homes: vec![None, Some(0)],
            covers: vec![cover, None],
            dues: Vec::new(),
            exchanged: Vec::new(),
        };
        (found, parties)
    }

    #[test]
    fn the_side_that_reckons_otherwise_bears_the_change_and_the_books_move_by_it() {
        let mut ledger = Ledger::new(vec!["cobalt".to_owned()]);
        let (mut all, parties) = currencies(&mut ledger, None);
        // 7,000,000 of the currency for a million; at 6.4 a dollar they are worth 93,750 more.
        all.enter(0, parties, Money(1_000_000), Some(0), &mut ledger);
        all.rates[0].per_usd = 6.4;
        all.pay(5, &mut ledger);
        assert!(all.exchanged.is_empty() && ledger.money(parties[0].account) == Money::ZERO, "not yet due");
        all.pay(6, &mut ledger);
        let [seller, buyer] = all.exchanged[..] else { panic!("{:?}", all.exchanged) };
        assert_eq!((seller.gain, buyer.gain), (Money(93_750), Money::ZERO));
        assert_eq!(ledger.money(parties[0].account), Money(93_750));
        assert_eq!(ledger.money(parties[1].account), Money(-93_750));
    }

    #[test]
    fn in_dollars_the_other_side_bears_it_and_no_money_moves() {
        let mut ledger = Ledger::new(vec!["cobalt".to_owned()]);
        let (mut all, parties) = currencies(&mut ledger, None);
        all.enter(0, parties, Money(1_000_000), None, &mut ledger);
        all.rates[0].per_usd = 6.4;
        all.pay(6, &mut ledger);
        // The buyer needs 6,400,000 for what it reckoned at 7,000,000.
        let [seller, buyer] = all.exchanged[..] else { panic!("{:?}", all.exchanged) };
        assert_eq!((seller.gain, buyer.gain), (Money::ZERO, Money(93_750)));
        assert_eq!(ledger.money(parties[0].account), Money::ZERO);
    }

    #[test]
    fn cover_takes_its_share_of_gain_and_loss_for_a_spread() {
        let mut ledger = Ledger::new(vec!["cobalt".to_owned()]);
        let cover = Cover { share: Ppm(800_000), spread: Ppm(5_000) };
        let (mut all, parties) = currencies(&mut ledger, Some(cover));
        all.enter(0, parties, Money(1_000_000), Some(0), &mut ledger);
        // 0.5 % of 800,000.
        assert_eq!(ledger.money(parties[0].account), Money(-4_000));
        all.rates[0].per_usd = 6.4;
        all.pay(6, &mut ledger);
        assert_eq!(ledger.money(parties[0].account), Money(-4_000 + 93_750 - 75_000));
        assert_eq!(ledger.money(parties[1].account), Money(-93_750));
    }

    #[test]
    fn a_rate_moves_by_its_standard_deviation_and_is_drawn_back() {
        let mut free = rate(7.0, 0.01, 0.0);
        free.step(2.0);
        assert!((free.per_usd / 7.0 - math::exp(0.02)).abs() < 1e-12);
        let mut held = rate(7.7, 0.01, WEEKS_PER_YEAR);
        held.step(0.0);
        assert!((held.per_usd - 7.0).abs() < 1e-9, "{}", held.per_usd);
    }
}
