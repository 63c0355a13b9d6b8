//! Metal in use: what sectors put into products stays there for the products' lives and comes back as scrap or is lost.
//!
//! What is put into use in a quarter is a cohort. Of a cohort of mass M, ⌊M·S(a)⌋ is left at age a, with
//! S(a) = exp(−(a/λ)^k) the Weibull survival and mean life λ·Γ(1 + 1/k): rounding loses nothing, since what has left is
//! always what is no longer there.

use std::sync::Arc;

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::digest::{Digest, Digestible};
use crate::last::Last;
use crate::ledger::{Ledger, Slot};
use crate::market::Markets;
use crate::math;
use crate::nation::Treasuries;
use crate::sector::{Habits, Sector};
use crate::setup::{self, demand};
use crate::step::Clock;
use crate::terms::demand::DemandTerms;
use crate::units::{Mass, Money, WEEKS_PER_YEAR};

/// Weeks whose use is one cohort.
const COHORT: i64 = 13;

/// Age in weeks at which whatever is left of a cohort is retired: 60 years.
const OLDEST: i64 = 3_131;

/// Survival below which the rest of a cohort is retired.
const LAST: f64 = 1e-6;

/// A sector's metal in use.
///
/// Cohorts lie side by side, one a quarter from the oldest on, as whole numbers held in reals: a world has tens of
/// thousands of them, and a plain loop over reals is several times as fast.
#[derive(Debug, Clone)]
pub struct UseStock {
    /// Its rule.
    pub rule: demand::InUse,
    /// Retired this week, called in or not.
    pub retired: Mass,
    /// Collected of it.
    pub collected: Mass,
    /// Share of ordinary retirements that was collected.
    pub rate: f64,
    lives: Arc<Lives>,
    /// Quarter of the oldest cohort, before the start if negative.
    oldest: i64,
    /// Put into use, in quanta.
    entered: Vec<f64>,
    /// Still in use, in quanta.
    left: Vec<f64>,
}

impl Digestible for UseStock {
    fn digest(&self, digest: &mut Digest) {
        for (quarter, (entered, left)) in (self.oldest..).zip(self.entered.iter().zip(&self.left)) {
            digest.add(&(quarter * COHORT));
            digest.add(&(*entered as i64));
            digest.add(&(*left as i64));
        }
    }
}

/// Weibull survival by age in weeks.
#[derive(Debug, Clone, Copy)]
pub struct Survival {
    scale_weeks: f64,
    shape: f64,
}

impl Survival {
    /// Of lives with this mean and shape: λ = mean / Γ(1 + 1/k).
    #[must_use]
    pub fn new(rule: &demand::InUse) -> Self {
        let gamma = math::exp(math::ln_gamma(1.0 + 1.0 / rule.shape));
        Self { scale_weeks: rule.mean_years * WEEKS_PER_YEAR / gamma, shape: rule.shape }
    }

    /// Share left at an age in weeks; nothing of what is hardly there.
    #[must_use]
    pub fn at(&self, age: f64) -> f64 {
        if age <= 0.0 {
            return 1.0;
        }
        let share = math::exp(-math::powf(age / self.scale_weeks, self.shape));
        if share < LAST || age >= OLDEST as f64 { 0.0 } else { share }
    }
}

/// What a rule says of lifetimes, in tables: powers are slow.
#[derive(Debug)]
struct Lives {
    rule: demand::InUse,
    /// Share of a cohort that is left, by week of the quarter and then by quarters since it began, the oldest first.
    left_after: Vec<Vec<f64>>,
    /// What entered a quarter before the start against today, by quarters back; the first is the last quarter, the last the oldest
    /// of which something is left.
    past: Vec<f64>,
}

impl Lives {
    fn new(rule: demand::InUse) -> Self {
        let survival = Survival::new(&rule);
        let quarters = OLDEST / COHORT;
        // The last weeks of the oldest age lie in the quarter after.
        let in_week = |week| {
            let mut shares = vec![0.0; quarters as usize + 2];
            // What has gone stays away, so that the tail costs nothing.
            for (quarter, share) in (0..).zip(&mut shares) {
                *share = survival.at(age(0, quarter * COHORT + week));
                if *share == 0.0 {
                    break;
                }
            }
            shares.reverse();
            shares
        };
        let years = |quarter| (quarter as f64 - 0.5) * COHORT as f64 / WEEKS_PER_YEAR;
        let left_after: Vec<Vec<f64>> = (0..COHORT).map(in_week).collect();
        let alive = left_after[COHORT as usize - 1].iter().rev().take_while(|share| **share > 0.0).count() as i64;
        let past = (1..=alive.min(quarters)).map(|quarter| math::powf(1.0 + rule.past_growth, -years(quarter)));
        Self { rule, left_after, past: past.collect() }
    }
}

/// Stocks of metal in use at the start; sectors with the same rule share its tables.
#[derive(Debug, Default)]
pub struct Start {
    lives: Vec<Arc<Lives>>,
}

impl Start {
    /// The stock that a steady growth of weekly use (quanta, at the start) has left.
    #[must_use]
    pub fn grown(&mut self, rule: demand::InUse, weekly: f64) -> UseStock {
        let known = self.lives.iter().find(|lives| lives.rule == rule).cloned();
        let lives = known.unwrap_or_else(|| {
            self.lives.push(Arc::new(Lives::new(rule)));
            self.lives[self.lives.len() - 1].clone()
        });
        let (mut entered, mut left) = (Vec::new(), Vec::new());
        // Each quarter at the end of its last week before the start.
        let at_start = lives.past.iter().zip(lives.left_after[COHORT as usize - 1].iter().rev());
        for (past, share) in at_start.rev() {
            let cohort = math::whole(weekly * COHORT as f64 * past);
            let there = math::whole(cohort * share);
            if there > 0.0 || !left.is_empty() {
                entered.push(cohort);
                left.push(there);
            }
        }
        let oldest = -(left.len() as i64);
        let (retired, collected) = (Mass::ZERO, Mass::ZERO);
        UseStock { rule, retired, collected, rate: rule.collection, lives, oldest, entered, left }
    }
}

/// Age in weeks of a cohort's mean unit, in the middle of a week.
fn age(from: i64, week: i64) -> f64 {
    (week - from) as f64 + 0.5 - COHORT as f64 / 2.0
}

/// Share of retired metal that is collected: min(η₀·(p/p₀)^ε, most) + gain, at most 1.
///
/// η₀ share at the opening price, p/p₀ price and incentive over the opening price, ε elasticity, `gain` of programs.
#[must_use]
pub fn collection_rate(rule: &demand::InUse, price_ratio: f64, gain: f64) -> f64 {
    ((rule.collection * math::powf(price_ratio, rule.elasticity)).min(rule.most) + gain).min(1.0)
}

impl UseStock {
    /// Metal in use.
    #[must_use]
    pub fn total(&self) -> Mass {
        Mass(self.in_use() as i64)
    }

    /// Metal in use, in quanta. A sum of whole numbers is the same in any order, so that four run side by side.
    fn in_use(&self) -> f64 {
        let (fours, rest) = self.left.as_chunks::<4>();
        let mut sums = [0.0; 4];
        for four in fours {
            for (sum, left) in sums.iter_mut().zip(four) {
                *sum += left;
            }
        }
        sums.iter().chain(rest).sum()
    }

    /// What will be collected of the first week's retirements at the opening price, in quanta, before any week has passed.
    #[must_use]
    pub fn first_collected(&self) -> f64 {
        let n = self.entered.len();
        let shares = |week: i64, younger: usize| {
            let shares = &self.lives.left_after[week as usize];
            &shares[shares.len() - n - younger..][..n]
        };
        let [before, after] = [shares(COHORT - 1, 0), shares(0, 1)];
        let gone =
            self.entered.iter().zip(before).zip(after).map(|((entered, before), after)| entered * (before - after));
        gone.sum::<f64>() * self.rule.collection
    }

    /// Puts metal into use in a week.
    fn enter(&mut self, week: i64, mass: Mass) {
        let cohorts = (week / COHORT - self.oldest + 1) as usize;
        self.entered.resize(cohorts, 0.0);
        self.left.resize(cohorts, 0.0);
        self.entered[cohorts - 1] += mass.real();
        self.left[cohorts - 1] += mass.real();
    }

    /// Retires what has come to its end in a week.
    fn retire(&mut self, week: i64) -> Mass {
        let quarters = (week / COHORT - self.oldest + 1) as usize;
        // Nothing is left of a cohort at the table's end, and it leaves the list.
        let shares = &self.lives.left_after[(week % COHORT) as usize];
        let shares = &shares[shares.len() - quarters..];
        let before = self.in_use();
        for ((entered, left), share) in self.entered.iter().zip(&mut self.left).zip(shares) {
            let gone = *left - math::whole(entered * share);
            *left -= if gone > 0.0 { gone } else { 0.0 };
        }
        let retired = before - self.in_use();
        let empty = self.left.iter().take_while(|left| **left == 0.0).count().min(quarters - 1);
        if empty > 0 {
            self.entered.drain(..empty);
            self.left.drain(..empty);
            self.oldest += empty as i64;
        }
        Mass(retired as i64)
    }

    /// Calls in a share of every cohort.
    fn call_in(&mut self, share: f64) -> Mass {
        let mut called = 0.0;
        if share == 0.0 {
            return Mass::ZERO;
        }
        for (entered, left) in self.entered.iter_mut().zip(&mut self.left) {
            let part = math::whole(*left * share);
            // The cohort is smaller from now on, and what is left of it ages as before.
            *entered = math::whole(*entered * (1.0 - share)).max(*left - part);
            *left -= part;
            called += part;
        }
        Mass(called as i64)
    }
}

/// Scrap that a sector has in its first year at the opening price: new scrap, and what is collected of old products,
/// in quanta.
#[must_use]
pub fn first_year_scrap(sector: &setup::Sector, start: &mut Start) -> f64 {
    let use_per_year = sector.use_per_year.real();
    let new = use_per_year * sector.new_scrap.share();
    let old = sector.rule.demand.in_use.map_or(0.0, |rule| {
        let mut stock = start.grown(rule, (use_per_year - new) / WEEKS_PER_YEAR);
        (0..52).map(|week| stock.retire(week).real()).sum::<f64>() * rule.collection
    });
    new + old
}

/// Metal of this week's products enters use; what is retired is collected or lost, and the state pays what it promised.
pub(crate) fn flow(
    clock: Res<Clock>,
    markets: Res<Markets>,
    terms: Res<DemandTerms>,
    mut ledger: ResMut<Ledger>,
    mut treasuries: ResMut<Treasuries>,
    mut sectors: Query<(&Agent, &Sector, &Buyer, &mut Habits)>,
) {
    let (week, rates) = (i64::from(clock.week), Last::default());
    for (agent, sector, buyer, mut habits) in &mut sectors {
        let Some(stock) = &mut habits.in_use else { continue };
        let account = agent.account;
        stock.enter(week, sector.into_use);
        let called = stock.call_in(terms.sectors[sector.index].called_in);
        let retired = stock.retire(week);
        let market = &markets[buyer.market];
        let program = terms.recycling(agent.nation, market.mineral);
        let price = market.price(agent.region) + program.incentive;
        let ratio = price.real() / market.opening_price.real();
        let asked = (stock.rule, ratio, program.collection_gain);
        stock.rate = rates.of(asked, || collection_rate(&asked.0, asked.1, asked.2));
        let collected = Mass::floor(retired.real() * stock.rate).min(retired);
        ledger.transfer((account, Slot::Use), (account, Slot::Scrap), collected + called);
        ledger.transfer((account, Slot::Use), (account, Slot::Lost), retired - collected);
        let compensation = Money::nearest(terms.sectors[sector.index].compensation * called.real());
        let spent = program.incentive.value(collected) + compensation;
        treasuries.spend(agent.nation, account, spent, &mut ledger);
        (stock.retired, stock.collected) = (retired + called, collected + called);
    }
}

/// Compares cohorts with the books, and reports the first sector whose metal in use differs from its account.
pub(crate) fn audit(mut ledger: ResMut<Ledger>, sectors: Query<(&Agent, &Habits)>) {
    let residual = |(agent, habits): (&Agent, &Habits)| {
        let stock = habits.in_use.as_ref()?;
        Some((agent.account, stock.total().0.wrapping_sub(ledger.mass(agent.account, Slot::Use).0)))
    };
    if let Some((account, residual)) = sectors.iter().filter_map(residual).find(|(_, residual)| *residual != 0) {
        let fault = ledger.unclosed(account, "metal in use".into(), residual);
        ledger.report(fault);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_week_s_scrap_is_known_before_it_passes() {
        let rule = demand::InUse {
            mean_years: 8.0,
            shape: 2.5,
            past_growth: 0.06,
            collection: 0.4,
            elasticity: 0.3,
            most: 0.9,
        };
        let mut stock = Start::default().grown(rule, 1e6);
        let first = stock.first_collected();
        stock.enter(0, Mass(1_000_000));
        let retired = stock.retire(0).real();
        assert!((first - 0.4 * retired).abs() < 100.0 && first > 200_000.0, "{first}, {retired}");
    }

    fn rule(mean_years: f64, shape: f64) -> demand::InUse {
        demand::InUse { mean_years, shape, past_growth: 0.0, collection: 0.5, elasticity: 0.5, most: 0.8 }
    }

    #[test]
    fn a_cohort_leaves_to_the_last_quantum_and_lives_as_long_as_its_mean() {
        for (mean, shape) in [(10.0, 3.5), (4.0, 2.0), (1.0, 1.0)] {
            let mut stock = Start::default().grown(rule(mean, shape), 0.0);
            for week in 0..COHORT {
                stock.enter(week, Mass(1_000_003));
            }
            let mut weeks_lived = 0.0;
            let mut retired = Mass::ZERO;
            for week in COHORT..OLDEST + COHORT {
                let gone = stock.retire(week);
                weeks_lived += gone.real() * (age(0, week) - 0.5);
                retired += gone;
            }
            assert_eq!((retired, stock.total(), stock.left.len()), (Mass(13 * 1_000_003), Mass::ZERO, 0));
            let lived = weeks_lived / retired.real() / WEEKS_PER_YEAR;
            assert!((lived / mean - 1.0).abs() < 0.02, "{lived} of {mean}");
        }
    }

    #[test]
    fn steady_use_for_long_enough_retires_what_it_uses() {
        let mut stock = Start::default().grown(rule(8.0, 3.0), 10_000.0);
        // Little's law: a stock of use times mean life.
        assert!((stock.total().real() / (10_000.0 * 8.0 * WEEKS_PER_YEAR) - 1.0).abs() < 0.005);
        let year: f64 = (0..52).map(|week| stock.retire(week).real()).sum();
        assert!((year / 520_000.0 - 1.0).abs() < 0.01, "{year}");
    }

    #[test]
    fn past_growth_leaves_a_younger_and_smaller_stock() {
        let grown = Start::default().grown(demand::InUse { past_growth: 0.2, ..rule(10.0, 3.5) }, 10_000.0);
        let steady = Start::default().grown(rule(10.0, 3.5), 10_000.0);
        assert!(grown.total().real() < 0.6 * steady.total().real());
    }

    #[test]
    fn what_is_called_in_is_gone_and_the_rest_ages_as_before() {
        let mut stock = Start::default().grown(rule(8.0, 3.0), 10_000.0);
        let mut other = stock.clone();
        let before = stock.total();
        let called = stock.call_in(0.25);
        assert!((called.real() / before.real() - 0.25).abs() < 1e-4);
        assert_eq!(stock.total() + called, before);
        let (less, all) = (stock.retire(0), other.retire(0));
        assert!((less.real() / all.real() - 0.75).abs() < 0.01, "{less:?} {all:?}");
    }

    #[test]
    fn collection_follows_the_price_up_to_its_most_and_a_program_adds_to_it() {
        // 0.5 · 1.44^0.5 = 0.6; at four times the price 1.0, cut at 0.8.
        for (ratio, gain, rate) in
            [(1.0, 0.0, 0.5), (1.44, 0.0, 0.6), (4.0, 0.0, 0.8), (4.0, 0.1, 0.9), (4.0, 0.5, 1.0)]
        {
            assert!((collection_rate(&rule(10.0, 3.5), ratio, gain) - rate).abs() < 1e-9, "{ratio}");
        }
    }
}
