//! Recyclers: buy the scrap of sectors, and sell the metal in it while that pays.

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Trade};
use crate::buyer::Buyer;
use crate::digest::{Digest, Digestible, ring};
use crate::ledger::{Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::model::Model;
use crate::outlook::Outlook;
use crate::sector::{Habits, Sector};
use crate::seller::Seller;
use crate::setup::{NationIx, Setup, demand};
use crate::step::{Clock, Phase};
use crate::terms::demand::DemandTerms;
use crate::units::{Mass, Money, Ppm, Price, WEEKS_PER_YEAR, deal};
use crate::use_stock::UseStock;

/// Longest time from scrap to product, in weeks.
pub const LONGEST_LEAD: u32 = 12;

const RING: usize = LONGEST_LEAD as usize + 1;

/// A recycler.
#[derive(Component, Debug, Clone)]
pub struct Recycler {
    /// Its place in [`Setup::recyclers`].
    pub index: usize,
    /// Nations whose scrap it takes.
    pub collects: Vec<NationIx>,
    /// Product a week at full use, in quanta.
    pub weekly_capacity: f64,
    /// Product from the metal in scrap.
    pub recovery: Ppm,
    /// Cost of making the product, besides scrap.
    pub cost: Price,
    /// Its rule.
    pub rule: demand::RecyclerRule,
    /// Share of capacity that it means to run at.
    pub utilization: f64,
    /// Scrap bought this week.
    pub bought: Mass,
    /// Paid for it.
    pub spent: Money,
    /// Product of this week.
    pub output: Mass,
    lead_weeks: u32,
    process: [Mass; RING],
}

impl Digestible for Recycler {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.utilization);
        ring(&self.process, digest);
    }
}

/// Margin of a tonne of product: p·(1 − ψ/r) − c.
///
/// p price of the product, ψ what scrap costs as a share of it, r recovery, c cost of making it.
#[must_use]
pub fn margin(price: f64, scrap_price: f64, recovery: f64, cost: f64) -> f64 {
    price * (1.0 - scrap_price / recovery) - cost
}

/// What each recycler gets of the scrap of each nation, row by row (`recycler · nations + nation`).
///
/// A recycler asks of each nation that it collects from a part of what it wants, in proportion to the scrap there; where
/// more is asked than there is, it is dealt in proportion to what is asked. All in quanta.
#[must_use]
pub fn share_out(wanted: &[Mass], collects: &[&[NationIx]], scrap: &[Mass], keys: &[u64]) -> Vec<Mass> {
    let nations = scrap.len();
    let mut asked = vec![0_i64; wanted.len() * nations];
    let mut parts = Vec::new();
    for (recycler, (wanted, collects)) in wanted.iter().zip(collects).enumerate() {
        let weights: Vec<i64> = collects.iter().map(|&nation| scrap[nation].0).collect();
        let ties: Vec<u64> = (0..weights.len() as u64).collect();
        deal(wanted.0, &weights, &ties, &mut parts);
        for (&nation, part) in collects.iter().zip(&parts) {
            asked[recycler * nations + nation] = *part;
        }
    }
    let mut got = vec![Mass::ZERO; asked.len()];
    for (nation, there) in scrap.iter().enumerate() {
        let column: Vec<i64> = (0..wanted.len()).map(|recycler| asked[recycler * nations + nation]).collect();
        let total = column.iter().sum::<i64>().min(there.0);
        deal(total, &column, keys, &mut parts);
        for (recycler, part) in parts.iter().enumerate() {
            got[recycler * nations + nation] = Mass(*part);
        }
    }
    got
}

/// Metal in scrap that each recycler takes at full use in so many weeks, given that of each sector in them, in quanta.
#[must_use]
pub fn taken(setup: &Setup, weeks: f64, scrap: &[f64]) -> Vec<Mass> {
    let mut taken = vec![Mass::ZERO; setup.recyclers.len()];
    for mineral in 0..setup.minerals.len() {
        let of = |market: usize| setup.markets[market].mineral == mineral;
        let mut there = vec![0.0; setup.nations.len()];
        for (sector, scrap) in setup.sectors.iter().zip(scrap).filter(|(sector, _)| of(sector.market)) {
            there[sector.nation] += scrap;
        }
        let there: Vec<Mass> = there.into_iter().map(Mass::nearest).collect();
        let (places, recyclers): (Vec<usize>, Vec<&demand::Recycler>) =
            setup.recyclers.iter().enumerate().filter(|(_, recycler)| of(recycler.product)).unzip();
        let wanted = |recycler: &&demand::Recycler| {
            recycler.capacity_per_year.real() * weeks / WEEKS_PER_YEAR / recycler.recovery.share()
        };
        let wanted: Vec<Mass> = recyclers.iter().map(wanted).map(Mass::nearest).collect();
        let collects: Vec<&[NationIx]> = recyclers.iter().map(|recycler| recycler.collects.as_slice()).collect();
        let keys: Vec<u64> = places.iter().map(|place| *place as u64).collect();
        let got = share_out(&wanted, &collects, &there, &keys);
        for (place, got) in places.into_iter().zip(got.chunks(setup.nations.len())) {
            taken[place] = got.iter().copied().sum();
        }
    }
    taken
}

/// Scrap of the sectors' first week at the opening price, in quanta.
fn first_scrap(model: &mut Model, setup: &Setup) -> Vec<f64> {
    let mut scrap = vec![0.0; setup.sectors.len()];
    let mut sectors = model.world.query::<(&Sector, &Habits)>();
    for (sector, habits) in sectors.iter(&model.world) {
        let old = habits.in_use.as_ref().map_or(0.0, UseStock::first_collected);
        scrap[sector.index] = sector.weekly_use * sector.new_scrap.share() + old;
    }
    scrap
}

/// Adds the recyclers of a world; its sectors are there.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    let scrap = first_scrap(model, setup);
    let weekly = taken(setup, 1.0, &scrap);
    for (index, (recycler, weekly)) in setup.recyclers.iter().zip(weekly).enumerate() {
        // As in a plant, there is work in process from the weeks before the first.
        let mut process = [Mass::ZERO; RING];
        process[..recycler.lead_weeks as usize].fill(weekly);
        let in_process = process.iter().copied().sum();
        let mineral = setup.markets[recycler.product].mineral;
        let agent = model.agent("recycler", &recycler.id, recycler.nation, mineral);
        let mut ledger = model.world.resource_mut::<Ledger>();
        ledger.endow(agent.account, Slot::Store, recycler.stock);
        ledger.endow(agent.account, Slot::Process, in_process);
        let weekly_capacity = recycler.capacity_per_year.real() / WEEKS_PER_YEAR;
        let state = Recycler {
            index,
            collects: recycler.collects.clone(),
            weekly_capacity,
            recovery: recycler.recovery,
            cost: recycler.cost,
            rule: recycler.rule,
            utilization: 1.0,
            bought: Mass::ZERO,
            spent: Money::ZERO,
            output: Mass::ZERO,
            lead_weeks: recycler.lead_weeks,
            process,
        };
        let seller = Seller::new(recycler.product, recycler.rule.selling, 0.0, setup);
        model.spawn(agent, (state, seller, Trade::default()));
    }
    model.digests::<Recycler>();
    model.add(Phase::Produce, (put_out, take_in).chain());
    model.add(Phase::Plan, plan);
}

/// Product comes out.
fn put_out(
    clock: Res<Clock>,
    terms: Res<DemandTerms>,
    mut markets: ResMut<Markets>,
    mut ledger: ResMut<Ledger>,
    mut recyclers: Query<(&Agent, &mut Recycler, &mut Seller)>,
) {
    for (agent, mut recycler, mut seller) in &mut recyclers {
        let account = agent.account;
        let done = std::mem::take(&mut recycler.process[clock.week as usize % RING]);
        let market = &mut markets[seller.market];
        let gain = terms.recycling(agent.nation, market.mineral).recovery_gain;
        let output = Mass::floor(done.real() * (recycler.recovery.share() + gain).min(1.0)).min(done);
        ledger.transfer((account, Slot::Process), (account, Slot::Store), output);
        ledger.transfer((account, Slot::Process), (account, Slot::Lost), done - output);
        ledger.pay(account, OUTSIDE, recycler.cost.value(output));
        market.regions[agent.region].made += output;
        recycler.output = output;
        seller.output = output.real();
    }
}

/// Scrap goes in, shared out over the recyclers of a mineral that want it and paid to the sectors that had it.
fn take_in(
    clock: Res<Clock>,
    markets: Res<Markets>,
    mut ledger: ResMut<Ledger>,
    mut recyclers: Query<(&Agent, &mut Recycler, &Seller)>,
    sectors: Query<(&Agent, &Buyer), With<Sector>>,
) {
    for (_, mut recycler, _) in &mut recyclers {
        (recycler.bought, recycler.spent) = Default::default();
    }
    let minerals = recyclers.iter().map(|(.., seller)| markets[seller.market].mineral);
    let mut minerals: Vec<usize> = minerals.collect();
    minerals.sort_unstable();
    minerals.dedup();
    let (mut weights, mut ties, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    for mineral in minerals {
        let of = |seller: &Seller| markets[seller.market].mineral == mineral;
        let mut holders: Vec<Agent> = sectors
            .iter()
            .filter(|(_, buyer)| markets[buyer.market].mineral == mineral)
            .map(|(agent, _)| *agent)
            .collect();
        holders.sort_by_key(|holder| holder.nation);
        let nations = holders.iter().map(|holder| holder.nation + 1).chain(
            recyclers
                .iter()
                .filter(|(.., seller)| of(seller))
                .flat_map(|(_, recycler, _)| recycler.collects.iter().map(|nation| nation + 1)),
        );
        let mut scrap = vec![Mass::ZERO; nations.max().unwrap_or(0)];
        for holder in &holders {
            scrap[holder.nation] += ledger.mass(holder.account, Slot::Scrap);
        }
        let mine = || recyclers.iter().filter(|(.., seller)| of(seller));
        let weekly = |recycler: &Recycler| recycler.utilization * recycler.weekly_capacity / recycler.recovery.share();
        let wanted: Vec<Mass> = mine().map(|(_, recycler, _)| Mass::floor(weekly(recycler))).collect();
        let collects: Vec<&[NationIx]> = mine().map(|(_, recycler, _)| recycler.collects.as_slice()).collect();
        let keys: Vec<u64> = mine().map(|(agent, ..)| agent.key).collect();
        let got = share_out(&wanted, &collects, &scrap, &keys);
        let nations = scrap.len();
        let takers = recyclers.iter_mut().filter(|(.., seller)| of(seller));
        for (place, (agent, mut recycler, seller)) in takers.enumerate() {
            let price = Price(markets[seller.market].price(agent.region).share_ppm(recycler.rule.scrap_price.0).0);
            for here in holders.chunk_by(|a, b| a.nation == b.nation) {
                let part = got[place * nations + here[0].nation];
                if part == Mass::ZERO {
                    continue;
                }
                weights.clear();
                weights.extend(here.iter().map(|holder| ledger.mass(holder.account, Slot::Scrap).0));
                ties.clear();
                ties.extend(here.iter().map(|holder| holder.key));
                deal(part.0, &weights, &ties, &mut parts);
                for (holder, mass) in here.iter().zip(&parts).map(|(holder, part)| (holder, Mass(*part))) {
                    ledger.transfer((holder.account, Slot::Scrap), (agent.account, Slot::Process), mass);
                    ledger.pay(agent.account, holder.account, price.value(mass));
                    recycler.bought += mass;
                    recycler.spent += price.value(mass);
                }
            }
            let out = clock.week as usize + recycler.lead_weeks as usize;
            let bought = recycler.bought;
            recycler.process[out % RING] += bought;
        }
    }
}

/// Utilization goes up while the margin ahead pays, and down while it does not.
fn plan(markets: Res<Markets>, outlook: Res<Outlook>, mut recyclers: Query<(&Agent, &mut Recycler, &Seller)>) {
    for (agent, mut recycler, seller) in &mut recyclers {
        let price = markets[seller.market].price(agent.region).real();
        let ahead = price.midpoint(outlook.expected(seller.market, agent.region));
        let rule = recycler.rule;
        let margin = margin(ahead, rule.scrap_price.share(), recycler.recovery.share(), recycler.cost.real());
        let step = if margin > 0.0 { rule.ramp_per_week } else { -rule.ramp_per_week };
        recycler.utilization = (recycler.utilization + step).clamp(0.0, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_pays_above_the_cost_of_scrap_and_work() {
        // 70 % for scrap at a recovery of 0.9 is 77.8 % of the product's price.
        assert!((margin(30_000.0, 0.7, 0.9, 4_000.0) - 2_666.67).abs() < 0.01);
        assert!(margin(15_000.0, 0.7, 0.9, 4_000.0) < 0.0);
    }

    #[test]
    fn scrap_is_shared_by_what_is_wanted_and_none_is_made_up() {
        let masses = |values: &[i64]| -> Vec<Mass> { values.iter().map(|value| Mass(*value)).collect() };
        let scrap = masses(&[900, 100, 0]);
        // The first collects in nation 0, the second in both.
        let got = share_out(&masses(&[300, 1_000]), &[&[0], &[0, 1]], &scrap, &[1, 2]);
        // The second asks 900 and 100; with the first's 300 too much is asked of nation 0, and 900 is dealt 1 : 3.
        assert_eq!(got, masses(&[225, 0, 0, 675, 100, 0]));
        let got = share_out(&masses(&[10, 20]), &[&[0], &[0, 1]], &scrap, &[1, 2]);
        assert_eq!(got, masses(&[10, 0, 0, 18, 2, 0]));
        assert!(share_out(&masses(&[10, 20]), &[&[2], &[2]], &scrap, &[1, 2]).iter().all(|mass| *mass == Mass::ZERO));
    }
}
