//! What is called for and delivered in a week: nominations, rights to output, and how what there is gets shared out.

use std::collections::BTreeMap;

use bevy_ecs::prelude::*;

use super::{Contract, Delivery, Offtakes, nominate, way};
use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::calendar::Week;
use crate::firm::Owner;
use crate::ledger::{Account, Ledger, Slot};
use crate::market::Markets;
use crate::plant::Plant;
use crate::sector::Sector;
use crate::seller::Seller;
use crate::setup::{CurrencyIx, Formula, MarketIx, OfftakeTerms, Quotation};
use crate::step::Clock;
use crate::terms::{Right, Terms};
use crate::units::{Mass, Price, deal};

/// Weeks of spot prices of which the price under a right is the mean.
const RIGHT_WEEKS: Week = 13;

/// Weeks over which a seller's record of deliveries is forgotten.
const RELIABILITY_MEMORY: f64 = 52.0;

/// Buyers nominate, sellers deal what they have, and a quota what it leaves: what will be delivered.
pub(super) fn call(
    clock: Res<Clock>,
    terms: Res<Terms>,
    markets: Res<Markets>,
    ledger: Res<Ledger>,
    mut offtakes: ResMut<Offtakes>,
    sellers: Query<(&Agent, &Seller, &Owner)>,
    plants: Query<(&Agent, &Buyer), With<Plant>>,
    sectors: Query<(&Agent, &Buyer), With<Sector>>,
) {
    let offering: BTreeMap<Account, (&Agent, &Seller, &Owner)> =
        sellers.iter().map(|found| (found.0.account, found)).collect();
    let wanting: BTreeMap<Account, (&Agent, &Buyer)> =
        plants.iter().chain(&sectors).map(|found| (found.0.account, found)).collect();
    let mut open: Vec<Open> = Vec::new();
    for contract in offtakes.contracts.iter().filter(|contract| contract.weeks.contains(&clock.week)) {
        let region = wanting[&contract.buyer].0.region;
        let price = offtakes.price(&contract.terms, region, &markets);
        let spot = markets[contract.market].price(region).real();
        let Contract { name, seller, buyer, market, .. } = *contract;
        let quantity = Mass::floor(nominate(contract.per_week, spot, price, &contract.terms));
        let goes_on = contract.weeks.contains(&(clock.week + 1));
        let (follows, currency) = (contract.terms.formula.quotation(), contract.terms.currency);
        open.push(Open { name, seller, buyer, market, price, follows, currency, quantity, goes_on });
    }
    for right in &terms.rights {
        let (agent, seller, _) = offering[&offtakes.mines[right.mine]];
        divide_right(right, agent, seller, &offtakes, &markets, &wanting, &mut open);
    }

    let mut room: BTreeMap<Account, (Mass, f64)> = BTreeMap::new();
    let mut deliveries = Vec::with_capacity(open.len());
    for Open { name, seller, buyer, market, price, follows, currency, quantity, goes_on } in open {
        let (from, sells, owner) = offering[&seller];
        let (to, buys) = wanting[&buyer];
        let leg = way(offtakes.leg(market, from.region, to.region), terms.market(market), from.region, to.region);
        let force_majeure = leg.is_none();
        let price = Price::nearest(price);
        let (space, cash) = room.entry(buyer).or_insert_with(|| {
            let held = ledger.mass(buyer, buys.into) + ledger.mass(buyer, Slot::Transit);
            let cash = buys.credit.map_or(f64::INFINITY, |credit| (ledger.money(buyer) + credit).or_zero().real());
            // Beyond the most that it keeps a buyer defers: it has no way to sell on.
            (Mass::floor(buys.most_held() - held.real() - buys.coming), cash)
        });
        let payable = if price > Price::ZERO { *cash / price.real() } else { f64::INFINITY };
        let nominated = quantity.min(*space).min(Mass::floor(payable));
        if !force_majeure {
            *space -= nominated;
            *cash -= price.value(nominated).real();
        }
        let delivered = if force_majeure { Mass::ZERO } else { nominated };
        debug_assert_eq!(sells.market, market, "a contract for what its seller does not make");
        deliveries.push(Delivery {
            name,
            seller,
            buyer,
            market,
            owner: owner.nation,
            nations: (from.nation, to.nation),
            nominated,
            deferred: quantity - nominated,
            goes_on,
            delivered,
            price,
            follows,
            currency,
            weeks: leg.map_or(0, |leg| leg.weeks),
            force_majeure,
        });
    }
    let key = |delivery: &Delivery| offering[&delivery.seller].0.key ^ wanting[&delivery.buyer].0.key.rotate_left(17);
    let sellers = offering.keys().map(|&seller| (ledger.mass(seller, Slot::Store), seller));
    for (stock, seller) in sellers {
        share_out(&mut deliveries, stock, |delivery| delivery.seller == seller, key);
    }
    let region = |delivery: &Delivery| (offering[&delivery.seller].0.region, wanting[&delivery.buyer].0.region);
    for market in 0..markets.len() {
        for from in 0..offtakes.means.regions {
            if let Some(left) = terms.market(market).exports(from).left() {
                let leaves = |d: &Delivery| d.market == market && region(d).0 == from && region(d).1 != from;
                share_out(&mut deliveries, left, leaves, key);
            }
            for to in 0..offtakes.means.regions {
                if let Some(left) = terms.market(market).lane(from, to).left() {
                    let passes = |d: &Delivery| d.market == market && region(d) == (from, to) && from != to;
                    share_out(&mut deliveries, left, passes, key);
                }
            }
        }
    }
    offtakes.keep_record(&deliveries);
    offtakes.deliveries = deliveries;
}

/// What a buyer may call for this week; price in cents per 1,000 quanta.
struct Open {
    name: usize,
    seller: Account,
    buyer: Account,
    market: MarketIx,
    price: f64,
    follows: Option<Quotation>,
    currency: Option<CurrencyIx>,
    quantity: Mass,
    goes_on: bool,
}

/// Deals a right's share of the week's output over the nation's buyers by their need.
fn divide_right(
    right: &Right,
    agent: &Agent,
    seller: &Seller,
    offtakes: &Offtakes,
    markets: &Markets,
    wanting: &BTreeMap<Account, (&Agent, &Buyer)>,
    open: &mut Vec<Open>,
) {
    let ours = |(agent, buyer): &&(&Agent, &Buyer)| agent.nation == right.nation && buyer.market == seller.market;
    let buyers: Vec<&(&Agent, &Buyer)> = wanting.values().filter(ours).collect();
    let needs: Vec<i64> = buyers.iter().map(|(_, buyer)| Mass::floor(buyer.need).0).collect();
    let ties: Vec<u64> = buyers.iter().map(|(agent, _)| agent.key).collect();
    let formula = Formula::Benchmark {
        of: Quotation::Spot(seller.market, None),
        weeks: RIGHT_WEEKS,
        payable: right.payable,
        premium: Price::ZERO,
        charge: Price::ZERO,
    };
    let terms = OfftakeTerms { tolerance: 0.0, band: 0.0, formula, floor: None, cap: None, currency: None };
    let mut parts = Vec::new();
    deal(Mass::floor(right.share * seller.output).0, &needs, &ties, &mut parts);
    for ((buyer, _), part) in buyers.into_iter().zip(parts) {
        open.push(Open {
            name: offtakes.place(&right.name),
            seller: agent.account,
            buyer: buyer.account,
            market: seller.market,
            price: offtakes.price(&terms, buyer.region, markets),
            follows: formula.quotation(),
            currency: None,
            quantity: Mass(part),
            goes_on: true,
        });
    }
}

/// Cuts the deliveries that share a limit in proportion, when together they exceed it.
fn share_out(
    deliveries: &mut [Delivery],
    limit: Mass,
    shares: impl Fn(&Delivery) -> bool,
    key: impl Fn(&Delivery) -> u64,
) {
    let sum: Mass = deliveries.iter().filter(|d| shares(d)).map(|d| d.delivered).sum();
    if sum <= limit {
        return;
    }
    let (weights, ties): (Vec<i64>, Vec<u64>) =
        deliveries.iter().filter(|d| shares(d)).map(|d| (d.delivered.0, key(d))).unzip();
    let mut parts = Vec::new();
    deal(limit.0, &weights, &ties, &mut parts);
    for (delivery, part) in deliveries.iter_mut().filter(|d| shares(d)).zip(parts) {
        delivery.delivered = Mass(part);
    }
}

impl Offtakes {
    /// What a seller delivered of what was nominated enters its record.
    fn keep_record(&mut self, deliveries: &[Delivery]) {
        let mut sums: BTreeMap<Account, (Mass, Mass)> = BTreeMap::new();
        for delivery in deliveries {
            let (nominated, delivered) = sums.entry(delivery.seller).or_default();
            *nominated += delivery.nominated;
            *delivered += delivery.delivered;
        }
        for (seller, (nominated, delivered)) in sums.into_iter().filter(|(_, sums)| sums.0 > Mass::ZERO) {
            let kept = &mut self.reliability[seller.0 as usize];
            *kept += (delivered.real() / nominated.real() - *kept) / RELIABILITY_MEMORY;
        }
    }
}
