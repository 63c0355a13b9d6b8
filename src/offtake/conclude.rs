//! Contracts made in the run: each quarter sellers and buyers meet, score each other and are matched.

use bevy_ecs::prelude::*;

use super::pricing::{self, Part};
use super::{Contract, Offtakes, QUARTER, matching, way, way_cost};
use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::firm::Owner;
use crate::market::Markets;
use crate::outlook::Outlook;
use crate::plant::Plant;
use crate::policy::diversified_partners;
use crate::sector::Sector;
use crate::seller::Seller;
use crate::setup::{Formula, OfftakeRule, RegionIx};
use crate::step::Clock;
use crate::terms::lanes::Partners;
use crate::terms::{MarketTerms, Terms};
use crate::units::{Mass, Price, WEEKS_PER_YEAR};

/// Each quarter sellers and buyers who have something left are matched, rule by rule, nations' programs last.
pub(super) fn conclude(
    clock: Res<Clock>,
    terms: Res<Terms>,
    markets: Res<Markets>,
    outlook: Res<Outlook>,
    mut offtakes: ResMut<Offtakes>,
    sellers: Query<(&Agent, &Seller), With<Owner>>,
    plants: Query<(&Agent, &Buyer), With<Plant>>,
    sectors: Query<(&Agent, &Buyer), With<Sector>>,
) {
    let week = clock.week;
    offtakes.contracts.retain(|contract| week < contract.weeks.end);
    let rules =
        offtakes.rules.iter().map(|rule| (0, rule)).chain(terms.programs.iter().map(|(from, rule)| (*from, rule)));
    let due: Vec<OfftakeRule> =
        rules.filter(|(from, _)| (week - from).is_multiple_of(QUARTER)).map(|(_, rule)| rule.clone()).collect();
    for rule in due {
        let mut selling: Vec<(&Agent, &Seller)> =
            sellers.iter().filter(|(_, seller)| seller.market == rule.market).collect();
        let ours = |(agent, buyer): &(&Agent, &Buyer)| {
            buyer.market == rule.market && rule.nation.is_none_or(|nation| agent.nation == nation)
        };
        let mut wanting: Vec<(&Agent, &Buyer)> = plants.iter().chain(&sectors).filter(ours).collect();
        selling.sort_by_key(|(agent, _)| agent.key);
        wanting.sort_by_key(|(agent, _)| agent.key);
        let table =
            Table { rule: &rule, markets: &markets, all: &terms, terms: terms.market(rule.market), outlook: &outlook };
        let offering: Vec<Offer> =
            selling.iter().flat_map(|(agent, seller)| table.offers(&offtakes, agent, seller, &wanting)).collect();
        let held = matching::stable(&table.market(&offtakes, &offering, &wanting));
        let name = offtakes.place(&rule.name);
        for ((buyer, buys), row) in wanting.iter().zip(&held) {
            for (offer, &quantity) in offering.iter().zip(row).filter(|(_, quantity)| **quantity > 0) {
                let seller = offer.agent;
                let bargained = table.bargained(&offtakes, offer, (buyer, buys), &wanting);
                let contract = |part: Part| Contract {
                    name,
                    seller: seller.account,
                    buyer: buyer.account,
                    market: rule.market,
                    per_week: quantity as f64 * part.share,
                    weeks: week..week.saturating_add(rule.tenor_weeks),
                    terms: part.terms.raised(bargained),
                    bargained,
                };
                let parts = table.parts(&offtakes, seller, buyer);
                offtakes.contracts.extend(parts.into_iter().map(contract));
            }
        }
    }
}

/// Quanta a week that contracts bind.
fn bound(offtakes: &Offtakes, which: impl Fn(&&Contract) -> bool) -> f64 {
    offtakes.contracts.iter().filter(which).map(|contract| contract.per_week).sum()
}

/// What a seller offers at a table: all of it, or the part that is kept for a bloc or for anybody.
struct Offer<'a> {
    agent: &'a Agent,
    seller: &'a Seller,
    quantity: i64,
    /// How its nation deals offers over blocs, if it does, and the place of the bloc that this one is for.
    partners: Option<(&'a Partners, Option<usize>)>,
}

/// A table at which sellers and buyers of a market meet.
struct Table<'a> {
    rule: &'a OfftakeRule,
    markets: &'a Markets,
    all: &'a Terms,
    terms: &'a MarketTerms,
    outlook: &'a Outlook,
}

impl Table<'_> {
    /// What a tonne would fetch without the contract: spot, which indexed contracts follow, or for a fixed price what
    /// spot is expected to be.
    fn alternative(&self, region: RegionIx) -> f64 {
        match self.rule.terms.formula {
            Formula::Fixed(_) => self.outlook.expected(self.rule.market, region),
            Formula::Benchmark { .. } => self.markets[self.rule.market].price(region).real(),
        }
    }

    /// Both sides' scores of a tonne from seller to buyer, each when that side accepts.
    ///
    /// Seller: P − way − alternative + a·λ, when what is left of P pays its cost and is not worse than its alternative by
    /// more than the band. Buyer: alternative − P·(1 + i·w) + ρ·π·E + a·λ, when that is not negative and P is worth paying;
    /// w years on the way and i interest, so that of equal sellers the nearer is preferred. a alignment of the nations,
    /// λ alliance premium, ρ reliability of the seller, π value of not running out, E expected price; cents per 1,000
    /// quanta.
    fn scores(
        &self,
        offtakes: &Offtakes,
        (seller, sells): (&Agent, &Seller),
        (buyer, buys): (&Agent, &Buyer),
    ) -> (Option<f64>, Option<f64>) {
        let market = &self.markets[self.rule.market];
        let (from, to) = (seller.region, buyer.region);
        let Some(leg) = way(offtakes.leg(self.rule.market, from, to), self.terms, from, to) else {
            return (None, None);
        };
        let parts = self.parts(offtakes, seller, buyer);
        let price = parts.iter().map(|part| part.share * offtakes.price(&part.terms, to, self.markets)).sum::<f64>();
        let net = price - way_cost(market, self.terms, leg, from, to);
        let friends = offtakes.alignment[seller.nation * offtakes.nations + buyer.nation];
        let club = self.all.preference(seller.nation, buyer.nation).real();
        let bonus = friends * self.rule.alliance_premium.real() + club;
        let (outside, spot) = (self.alternative(from), market.price(from).real());
        let gain = net - outside + bonus;
        let sale = (net >= sells.floor && gain >= -self.rule.terms.band * spot).then_some(gain);
        let averted = buys.rule.stockout_value * self.outlook.expected(self.rule.market, to);
        let capital = price * buys.rule.interest * f64::from(leg.weeks) / WEEKS_PER_YEAR;
        let worth = self.alternative(to) - price - capital + offtakes.reliability(seller.account) * averted + bonus;
        let purchase = (worth >= 0.0 && price <= buys.limit).then_some(worth);
        (sale, purchase)
    }

    /// How what a seller and a buyer agree on is priced, part by part.
    fn parts(&self, offtakes: &Offtakes, seller: &Agent, buyer: &Agent) -> Vec<Part> {
        let decreed = self.all.benchmarks.iter().filter(|decreed| decreed.governs(seller.nation, buyer.nation));
        let parts = offtakes.quoted.parts(self.rule, decreed.map(|decreed| decreed.share));
        let settled = self.all.settlements.iter().filter(|decreed| decreed.governs(seller.nation, buyer.nation));
        pricing::settled(parts, settled.map(|decreed| decreed.share))
    }

    /// What a seller offers: what it puts under contract less what is bound. Where its nation deals offers over blocs, what
    /// is bound to each counts against its share, and what is left beyond the shares is for anybody.
    fn offers<'b>(
        &'b self,
        offtakes: &Offtakes,
        agent: &'b Agent,
        seller: &'b Seller,
        buyers: &[(&Agent, &Buyer)],
    ) -> Vec<Offer<'b>> {
        let most = self.rule.share_of_output * seller.sales;
        let of_seller = |contract: &&Contract| contract.seller == agent.account;
        let sold = bound(offtakes, of_seller);
        let deals = |partners: &&Partners| (partners.nation, partners.market) == (agent.nation, self.rule.market);
        let Some(partners) = self.all.partners.iter().find(deals) else {
            return vec![Offer { agent, seller, quantity: Mass::floor(most - sold).0, partners: None }];
        };
        let nation = |account| buyers.iter().find(|(buyer, _)| buyer.account == account).map(|(buyer, _)| buyer.nation);
        let mut left = (most - sold).max(0.0);
        let mut offers = Vec::new();
        for (bloc, (_, share)) in partners.shares.iter().enumerate() {
            let in_bloc =
                |contract: &&Contract| nation(contract.buyer).and_then(|nation| partners.bloc_of(nation)) == Some(bloc);
            let kept =
                (share * most - bound(offtakes, |contract| of_seller(contract) && in_bloc(contract))).clamp(0.0, left);
            left -= kept;
            offers.push(Offer { agent, seller, quantity: Mass::floor(kept).0, partners: Some((partners, Some(bloc))) });
        }
        offers.push(Offer { agent, seller, quantity: Mass::floor(left).0, partners: Some((partners, None)) });
        offers
    }

    /// What the price of a contract rises by where the seller can turn to a rival, no further than the buyer would pay.
    fn bargained(
        &self,
        offtakes: &Offtakes,
        offer: &Offer,
        (buyer, buys): (&Agent, &Buyer),
        buyers: &[(&Agent, &Buyer)],
    ) -> Price {
        let Some((partners, _)) = offer.partners.filter(|(partners, _)| partners.bargain > 0.0) else {
            return Price::ZERO;
        };
        let worth = |other: (&Agent, &Buyer)| self.scores(offtakes, (offer.agent, offer.seller), other).1;
        let bloc = partners.bloc_of(buyer.nation);
        let rivals = buyers.iter().filter(|(other, _)| partners.bloc_of(other.nation) != bloc);
        let rival = rivals.filter_map(|&rival| worth(rival)).reduce(f64::max);
        let premium = diversified_partners::premium(partners.bargain, worth((buyer, buys)).unwrap_or_default(), rival);
        let parts = self.parts(offtakes, offer.agent, buyer);
        let price =
            parts.iter().map(|part| part.share * offtakes.price(&part.terms, buyer.region, self.markets)).sum::<f64>();
        Price::nearest(premium.min((buys.limit - price).max(0.0)))
    }

    fn market(&self, offtakes: &Offtakes, sellers: &[Offer], buyers: &[(&Agent, &Buyer)]) -> matching::Market {
        let wants = buyers.iter().map(|(agent, buyer)| {
            let bought = bound(offtakes, |contract| contract.buyer == agent.account);
            Mass::floor(self.rule.share_of_need * buyer.need - bought).0
        });
        let score = |offer: &Offer, &(buyer, buys): &(&Agent, &Buyer)| {
            let kept_for = offer.partners.and_then(|(partners, bloc)| bloc.map(|bloc| (partners, bloc)));
            match kept_for {
                Some((partners, bloc)) if partners.bloc_of(buyer.nation) != Some(bloc) => (None, None),
                _ => self.scores(offtakes, (offer.agent, offer.seller), (buyer, buys)),
            }
        };
        let scores: Vec<Vec<_>> =
            sellers.iter().map(|offer| buyers.iter().map(|buyer| score(offer, buyer)).collect()).collect();
        // Both lists are in order of key, so that a stable sort leaves ties to the lower key.
        let order = |scores: Vec<Option<f64>>| -> Vec<usize> {
            let mut order: Vec<usize> = (0..scores.len()).filter(|&place| scores[place].is_some()).collect();
            order.sort_by(|&a, &b| scores[b].unwrap_or_default().total_cmp(&scores[a].unwrap_or_default()));
            order
        };
        let lists = scores.iter().map(|row| order(row.iter().map(|(sale, _)| *sale).collect())).collect();
        let ranks = (0..buyers.len()).map(|buyer| {
            let order = order(scores.iter().map(|row| row[buyer].1).collect());
            (0..sellers.len()).map(|seller| order.iter().position(|&other| other == seller)).collect()
        });
        let offers = sellers.iter().map(|offer| offer.quantity);
        matching::Market { offers: offers.collect(), wants: wants.collect(), ranks: ranks.collect(), lists }
    }
}
