//! What contracts are priced on: the formula's benchmark, or in parts a futures contract.
//!
//! The benchmark of a futures contract is the week's volume-weighted mean price of its main month, the one with the most
//! open interest; the last settlement when that did not trade. In weeks in which no month is listed it is the spot price of
//! the metal where the contract delivers. A contract between a seller and a buyer is made in parts, by the shares that the
//! rule names and nations decree, so that a share is met to the quantum and needs no draw.

use bevy_ecs::prelude::*;

use super::{LONGEST_MEAN, Offtakes};
use crate::calendar::Week;
use crate::digest::{Digest, Digestible};
use crate::futures::Futures;
use crate::market::Markets;
use crate::policy::Policy;
use crate::setup::exchange::{ContractIx, Metal};
use crate::setup::{Formula, InCurrency, OfftakeRule, OfftakeTerms, OnFutures, Quotation, Setup};

/// A part of what a seller and a buyer agree on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    /// Its share.
    pub(super) share: f64,
    /// How it is priced and nominated.
    pub(super) terms: OfftakeTerms,
}

/// Quotations of the futures contracts that anything is priced on.
#[derive(Debug)]
pub(super) struct Quoted {
    /// The metal that each contract is for, by its place in the world.
    metals: Vec<Option<Metal>>,
    /// Quotations of the last weeks, of contracts that some formula, rule or decree names.
    rings: Vec<(ContractIx, [f64; LONGEST_MEAN as usize])>,
}

impl Digestible for Quoted {
    fn digest(&self, digest: &mut Digest) {
        self.rings.iter().for_each(|(_, ring)| digest.add(ring));
    }
}

/// Contracts that formulas, rules and decrees of a world name as benchmarks, each once.
fn named(setup: &Setup) -> Vec<ContractIx> {
    let formulas = setup.offtakes.iter().map(|offtake| offtake.terms.formula);
    let decrees = || setup.nations.iter().flat_map(|nation| &nation.policies).map(|(_, policy)| policy);
    let programs = decrees().filter_map(|policy| match policy {
        Policy::OfftakeProgram(program) => Some(&program.rule),
        _ => None,
    });
    let rules: Vec<&OfftakeRule> = setup.offtake_rules.iter().chain(programs).collect();
    let followed =
        formulas.chain(rules.iter().map(|rule| rule.terms.formula)).filter_map(|formula| match formula.quotation() {
            Some(Quotation::Futures(contract)) => Some(contract),
            _ => None,
        });
    let shares = rules.iter().flat_map(|rule| &rule.on_futures).map(|share| share.contract);
    let decreed = decrees().filter_map(|policy| match policy {
        Policy::BenchmarkPricing(pricing) => Some(pricing.share.contract),
        _ => None,
    });
    let mut named: Vec<ContractIx> = followed.chain(shares).chain(decreed).collect();
    named.sort_unstable();
    named.dedup();
    named
}

impl Quoted {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            metals: setup.contracts.iter().map(|contract| contract.metal()).collect(),
            rings: named(setup).into_iter().map(|contract| (contract, [0.0; LONGEST_MEAN as usize])).collect(),
        }
    }

    /// Mean quotation of a contract over the last weeks, in cents per 1,000 quanta; the spot price before the first.
    pub(super) fn mean(&self, contract: ContractIx, weeks: Week, seen: Week, markets: &Markets) -> f64 {
        let weeks = weeks.min(seen);
        if weeks == 0 {
            let Metal { market, region } = self.metals[contract].expect("bug: a benchmark for no metal");
            return markets[market].price(region).real();
        }
        let of = |(other, _): &&(ContractIx, _)| *other == contract;
        let (_, ring) = self.rings.iter().find(of).expect("bug: a benchmark that nothing names");
        let sum: f64 = (1..=weeks).map(|back| ring[((seen - back) % LONGEST_MEAN) as usize]).sum();
        sum / f64::from(weeks)
    }

    /// How what is agreed on under a rule is priced: shares that are decreed, then those of the rule, of what is left, then
    /// the rest by the formula itself.
    pub(super) fn parts(&self, rule: &OfftakeRule, decreed: impl Iterator<Item = OnFutures>) -> Vec<Part> {
        split(rule, decreed, |contract| self.metals[contract])
    }
}

fn split(
    rule: &OfftakeRule,
    decreed: impl Iterator<Item = OnFutures>,
    metal: impl Fn(ContractIx) -> Option<Metal>,
) -> Vec<Part> {
    let mut left = 1.0;
    let mut parts: Vec<Part> = Vec::new();
    let mut take = |share: f64, on: &OnFutures, left: &mut f64| {
        let terms = followed(&rule.terms, on, &metal).filter(|_| share > 0.0);
        parts.extend(terms.map(|terms| Part { share, terms }));
        *left -= if terms.is_some() { share } else { 0.0 };
    };
    for on in decreed {
        take(on.share.min(left), &on, &mut left);
    }
    let after_decrees = left;
    for on in &rule.on_futures {
        take((on.share * after_decrees).min(left), on, &mut left);
    }
    if left > 0.0 {
        parts.push(Part { share: left, terms: rule.terms });
    }
    parts
}

/// Terms that follow a futures contract where they followed the spot price of its metal; nothing where they do not.
fn followed(terms: &OfftakeTerms, on: &OnFutures, metal: impl Fn(ContractIx) -> Option<Metal>) -> Option<OfftakeTerms> {
    let Formula::Benchmark { of: Quotation::Spot(market, _), weeks, payable, premium, charge } = terms.formula else {
        return None;
    };
    metal(on.contract).filter(|metal| metal.market == market)?;
    let of = Quotation::Futures(on.contract);
    let formula = Formula::Benchmark { of, weeks, payable, premium: premium + on.premium, charge };
    Some(OfftakeTerms { formula, ..*terms })
}

/// Parts of which decreed shares are settled in other currencies than the terms name.
pub(super) fn settled(parts: Vec<Part>, decreed: impl Iterator<Item = InCurrency> + Clone) -> Vec<Part> {
    let mut found = Vec::new();
    for part in parts {
        let mut left = 1.0_f64;
        for InCurrency { currency, share } in decreed.clone() {
            let taken = share.min(left);
            let terms = OfftakeTerms { currency: Some(currency), ..part.terms };
            found.extend((taken > 0.0).then_some(Part { share: part.share * taken, terms }));
            left -= taken;
        }
        found.extend((left > 0.0).then_some(Part { share: part.share * left, ..part }));
    }
    found
}

/// The week's quotations enter the means that contracts follow.
pub(super) fn remember(futures: Res<Futures>, mut offtakes: ResMut<Offtakes>) {
    let Offtakes { means, quoted, .. } = &mut *offtakes;
    // Spot prices of the week have entered theirs.
    let place = ((means.seen - 1) % LONGEST_MEAN) as usize;
    for (contract, ring) in &mut quoted.rings {
        ring[place] = futures.pits[*contract].benchmark;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Price;

    const METAL: Metal = Metal { market: 1, region: 0 };

    fn rule(on_futures: Vec<OnFutures>) -> OfftakeRule {
        let formula = Formula::Benchmark {
            of: Quotation::Spot(1, None),
            weeks: 4,
            payable: 0.8,
            premium: Price(50),
            charge: Price(150),
        };
        let terms =
            OfftakeTerms { tolerance: 0.1, band: 0.02, formula, floor: Some(Price(7)), cap: None, currency: None };
        OfftakeRule {
            name: "rule".into(),
            market: 0,
            nation: None,
            share_of_output: 1.0,
            share_of_need: 1.0,
            tenor_weeks: 52,
            alliance_premium: Price::ZERO,
            terms,
            on_futures,
        }
    }

    fn on(contract: ContractIx, share: f64) -> OnFutures {
        OnFutures { contract, share, premium: Price(-20) }
    }

    fn shares(parts: &[Part]) -> Vec<(Option<Quotation>, f64)> {
        parts.iter().map(|part| (part.terms.formula.quotation(), (part.share * 1e9).round() / 1e9)).collect()
    }

    #[test]
    fn decreed_shares_come_first_and_the_rule_takes_its_own_of_what_is_left() {
        let both = |_| Some(METAL);
        let rule = rule(vec![on(1, 0.5)]);
        let spot = Some(Quotation::Spot(1, None));
        let [first, second] = [0, 1].map(|contract| Some(Quotation::Futures(contract)));
        let parts = split(&rule, [on(0, 0.6)].into_iter(), both);
        assert_eq!(shares(&parts), [(first, 0.6), (second, 0.2), (spot, 0.2)]);
        // Together they take no more than there is.
        let parts = split(&rule, [on(0, 0.7), on(1, 0.7)].into_iter(), both);
        assert_eq!(shares(&parts), [(first, 0.7), (second, 0.3)]);
    }

    #[test]
    fn payable_floor_and_charge_stay_and_premiums_add_up() {
        let parts = split(&rule(Vec::new()), [on(0, 1.0)].into_iter(), |_| Some(METAL));
        let [Part { share, terms }] = parts[..] else { panic!("{parts:?}") };
        assert!((share - 1.0).abs() < 1e-12 && terms.floor == Some(Price(7)));
        // 0.8 · 1,000 + 50 − 20 − 150.
        assert!((super::super::price(&terms, |_, _| 1_000.0) - 680.0).abs() < 1e-9);
    }

    #[test]
    fn decreed_shares_are_settled_in_a_currency_whatever_they_follow() {
        let parts = split(&rule(Vec::new()), [on(0, 0.5)].into_iter(), |_| Some(METAL));
        let parts = settled(parts, [InCurrency { currency: 0, share: 0.4 }].into_iter());
        let found: Vec<_> = parts.iter().map(|part| (part.terms.currency, (part.share * 1e9).round() / 1e9)).collect();
        assert_eq!(found, [(Some(0), 0.2), (None, 0.3), (Some(0), 0.2), (None, 0.3)]);
    }

    #[test]
    fn what_follows_another_metal_or_nothing_stays_as_it_is() {
        let rule = rule(Vec::new());
        let elsewhere = |_| Some(Metal { market: 0, region: 0 });
        assert_eq!(split(&rule, [on(0, 1.0)].into_iter(), elsewhere), [Part { share: 1.0, terms: rule.terms }]);
        let fixed = OfftakeTerms { formula: Formula::Fixed(Price(5)), ..rule.terms };
        let rule = OfftakeRule { terms: fixed, ..rule };
        assert_eq!(split(&rule, [on(0, 1.0)].into_iter(), |_| Some(METAL)), [Part { share: 1.0, terms: fixed }]);
    }
}
