//! Plants: turn feed into product while the margin pays, and idle when it does not, when feed is short or when the store
//! is full.

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Trade};
use crate::buyer::{Buyer, Carry};
use crate::digest::{Digest, Digestible, ring};
use crate::firm::Owner;
use crate::ledger::{Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::outlook::Outlook;
use crate::policy::contract_for_difference;
use crate::seller::Seller;
use crate::setup::{PlantRule, Setup};
use crate::shipping::Pipeline;
use crate::step::{Clock, Phase};
use crate::terms::{PlantTerms, Terms};
use crate::units::{Mass, Money, Ppm, Price, WEEKS_PER_YEAR};

/// Longest that metal stays in process, in weeks.
pub const LONGEST_PROCESS: u32 = 12;

const RING: usize = LONGEST_PROCESS as usize + 1;

/// A plant.
#[derive(Component, Debug, Clone)]
pub struct Plant {
    /// Its place in [`Setup::plants`].
    pub index: usize,
    /// Product a week at full use, in quanta.
    pub weekly_capacity: f64,
    /// Share of its capacity that has been built: less than 1 for a project.
    pub built: f64,
    /// Product from the metal fed.
    pub recovery: Ppm,
    /// Cost of making the product.
    pub conversion_cost: Price,
    /// Its rule.
    pub rule: PlantRule,
    /// Share of capacity that it means to run at.
    pub utilization: f64,
    /// Share of its capacity that can be used this week.
    pub usable: f64,
    /// Whether it runs at all.
    pub running: bool,
    /// Share of its output that a reserve agency holds back this week.
    pub held_back: f64,
    /// Feed put in this week.
    pub fed: Mass,
    /// Product of this week.
    pub output: Mass,
    low_weeks: u32,
    seized: bool,
    process: [Mass; RING],
}

impl Digestible for Plant {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&(self.utilization, self.running));
        digest.add(&self.low_weeks);
        ring(&self.process, digest);
    }
}

impl Plant {
    /// Cost of making the product after what the treasury pays.
    #[must_use]
    pub fn cost(&self, terms: &PlantTerms) -> Price {
        self.conversion_cost + terms.technology_cost - terms.product_support
    }

    /// Shuts it for as long as creditors hold it.
    pub const fn seize(&mut self) {
        (self.running, self.seized) = (false, true);
    }

    /// Hands it to a new owner, who starts it when the margin pays.
    pub const fn release(&mut self) {
        (self.utilization, self.seized) = (self.rule.minimum_utilization, false);
    }

    /// Product that it means to make in a week, if it gets the feed, in quanta.
    #[must_use]
    pub fn wanted_output(&self) -> f64 {
        let usable = self.usable * (1.0 - self.held_back);
        if self.running { self.utilization * self.weekly_capacity * self.built * usable } else { 0.0 }
    }
}

/// Utilization that a margin calls for: u₀ + g·(μ − μ₀)/μ₀, before limits. μ, μ₀ in the same unit.
#[must_use]
pub fn target_utilization(margin: f64, normal_margin: f64, rule: &PlantRule) -> f64 {
    rule.normal_utilization + rule.margin_gain * (margin - normal_margin) / normal_margin
}

/// Adds the plants of a world.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    for (index, plant) in setup.plants.iter().enumerate() {
        let agent = model.agent("plant", &plant.id, plant.nation, setup.markets[plant.feed].mineral);
        let mut ledger = model.world.resource_mut::<Ledger>();
        ledger.endow(agent.account, Slot::Feed, plant.feed_stock);
        ledger.endow(agent.account, Slot::Store, plant.product_stock);
        let weekly_capacity = plant.capacity_per_year.real() / WEEKS_PER_YEAR;
        let weekly_feed = weekly_capacity / plant.recovery.share();
        let feed_price = setup.markets[plant.feed].opening_price;
        let rule = plant.rule;
        let built = plant.project.map_or(1.0, |project| project.built());
        // A plant that stands has work in process from the weeks before the first.
        let mut process = [Mass::ZERO; RING];
        let in_process = Mass::floor(weekly_feed * rule.normal_utilization * built);
        process[..rule.process_weeks as usize].fill(in_process);
        ledger.endow(agent.account, Slot::Process, process.iter().copied().sum());
        let state = Plant {
            index,
            weekly_capacity,
            built,
            recovery: plant.recovery,
            conversion_cost: plant.conversion_cost,
            rule,
            utilization: rule.normal_utilization,
            usable: 1.0,
            running: true,
            held_back: 0.0,
            fed: Mass::ZERO,
            output: Mass::ZERO,
            low_weeks: 0,
            seized: false,
            process,
        };
        let buyer = Buyer {
            market: plant.feed,
            into: Slot::Feed,
            lead_weeks: plant.lead_weeks,
            rule: rule.buying,
            carry: Carry::buying(&rule.buying, &setup.markets[plant.feed]),
            priority: 0,
            need: weekly_feed * rule.normal_utilization * built,
            limit: feed_price.real(),
            contract_weeks: 0.0,
            blend: 1.0,
            due: 0.0,
            coming: 0.0,
            credit: Some(Money::nearest(feed_price.real() * weekly_feed * rule.credit_weeks)),
        };
        let seller = Seller::new(plant.product, rule.selling, weekly_capacity * rule.normal_utilization * built, setup);
        let owner = Owner::new(plant.owner, plant.firm, buyer.credit.unwrap_or_default());
        model.spawn(agent, (state, buyer, seller, Trade::default(), Pipeline::new(Slot::Feed), owner));
    }
    model.digests::<Plant>();
    model.add(Phase::Produce, run);
    model.add(Phase::Plan, plan);
}

/// Product comes out, feed goes in.
fn run(
    clock: Res<Clock>,
    terms: Res<Terms>,
    mut markets: ResMut<Markets>,
    mut treasuries: ResMut<Treasuries>,
    mut ledger: ResMut<Ledger>,
    mut plants: Query<(&Agent, &mut Plant, &mut Seller, &Buyer)>,
) {
    for (agent, mut plant, mut seller, buyer) in &mut plants {
        let account = agent.account;
        plant.usable = terms.plants[plant.index].usable;
        let done = std::mem::take(&mut plant.process[clock.week as usize % RING]);
        let output = done.share_ppm(plant.recovery.0);
        ledger.transfer((account, Slot::Process), (account, Slot::Store), output);
        ledger.transfer((account, Slot::Process), (account, Slot::Lost), done - output);
        let terms = &terms.plants[plant.index];
        ledger.pay(account, OUTSIDE, (plant.conversion_cost + terms.technology_cost).value(output));
        let support = terms.product_support.value(output);
        treasuries.spend(agent.nation, account, support, &mut ledger);
        seller.works = plant.weekly_capacity * plant.built;
        seller.store = plant.rule.store_weeks * plant.weekly_capacity;
        let room = seller.store - ledger.mass(account, Slot::Store).real();
        let wanted = Mass::floor(plant.wanted_output().min(room.max(0.0)) / plant.recovery.share());
        let fed = wanted.min(ledger.mass(account, Slot::Feed));
        ledger.transfer((account, Slot::Feed), (account, Slot::Process), fed);
        let out = clock.week as usize + plant.rule.process_weeks as usize;
        plant.process[out % RING] += fed;
        markets[seller.market].regions[agent.region].made += output;
        markets[buyer.market].regions[agent.region].used += fed;
        (plant.fed, plant.output) = (fed, output);
        seller.output = output.real();
    }
}

/// The margin ahead sets utilization, need of feed and the most that feed is worth.
fn plan(
    markets: Res<Markets>,
    outlook: Res<Outlook>,
    terms: Res<Terms>,
    mut plants: Query<(&Agent, &mut Plant, &mut Buyer, &Seller)>,
) {
    for (agent, mut plant, mut buyer, seller) in &mut plants {
        let rule = plant.rule;
        let ahead =
            |market: usize| markets[market].price(agent.region).real().midpoint(outlook.expected(market, agent.region));
        let (price, feed) = (ahead(seller.market), ahead(buyer.market) * buyer.blend);
        let product = price + contract_for_difference::expected(terms.plants[plant.index].guarantee.as_ref(), price);
        let recovery = plant.recovery.share();
        let cost = plant.cost(&terms.plants[plant.index]).real();
        let margin = product - feed / recovery - cost;
        if plant.built == 0.0 {
            // Who has built a plant starts it.
            continue;
        }
        let target = target_utilization(margin, rule.normal_margin * product, &rule);
        plant.low_weeks = if target < rule.minimum_utilization { plant.low_weeks + 1 } else { 0 };
        if plant.running && plant.low_weeks >= rule.patience_weeks {
            plant.running = false;
            plant.utilization = rule.minimum_utilization;
        } else if !plant.running && !plant.seized && target >= rule.normal_utilization {
            plant.running = true;
        }
        if plant.running {
            let step = target.clamp(rule.minimum_utilization, 1.0) - plant.utilization;
            plant.utilization += step.clamp(-rule.ramp_per_week, rule.ramp_per_week);
        }
        buyer.expect(plant.wanted_output() / recovery);
        buyer.limit = ((product - cost) * recovery).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seller::STOCK_SPAN;
    use crate::setup::{Buying, Selling};

    #[test]
    fn utilization_follows_the_margin() {
        let rule = PlantRule {
            hedging: None,
            normal_utilization: 0.85,
            minimum_utilization: 0.5,
            margin_gain: 0.2,
            ramp_per_week: 0.1,
            normal_margin: 0.05,
            patience_weeks: 8,
            process_weeks: 2,
            store_weeks: 26.0,
            buying: Buying {
                review_weeks: 1.0,
                forecast_weeks: 8.0,
                need_sd: 0.1,
                horizon_weeks: 10.0,
                stockout_value: 0.3,
                most: 2.0,
                interest: 0.08,
            },
            selling: Selling {
                core: 0.8,
                core_price: 0.6,
                reach: 1.3,
                steps: 4,
                holding_weeks: 13.0,
                interest: 0.08,
                stock: STOCK_SPAN,
            },
            credit_weeks: 20.0,
        };
        for (margin, utilization) in [(100.0, 0.85), (150.0, 0.95), (0.0, 0.65), (-100.0, 0.45)] {
            assert!((target_utilization(margin, 100.0, &rule) - utilization).abs() < 1e-12, "{margin}");
        }
    }
}
