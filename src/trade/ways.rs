//! Ways of a market: regions, and nodes that stand for a part of one or for what leaks past customs.

use super::wedge;
use crate::market::Market;
use crate::setup::{Leg, RegionIx};
use crate::terms::MarketTerms;
use crate::terms::lanes::Leak;
use crate::units::Mass;

/// How goods get from region to region: the regions are the first nodes of the network, others stand for a part of one.
pub(super) struct Ways {
    pub(super) regions: usize,
    pub(super) legs: Vec<Option<Leg>>,
    /// What a unit pays on each way that is open, in ticks.
    pub(super) costs: Vec<Option<i64>>,
    /// Regions through which goods would go as cheaply as by the direct way. Their sellers stand at a node of their own,
    /// `regions + place in this list`, from which goods reach the buyers at home or leave; from where the buyers stand
    /// nothing leaves, so nothing is carried on in the week in which it was shipped.
    pub(super) hubs: Vec<RegionIx>,
    /// Regions whose exports pass a gate of limited width: its node is `regions + hubs + place in this list`.
    pub(super) gated: Vec<RegionIx>,
    /// Ways past customs: each has a node for every step of its cost, after all others.
    pub(super) leaks: Vec<Leak>,
}

impl Ways {
    /// Node of a region's sellers.
    pub(super) fn sellers(&self, region: RegionIx) -> usize {
        self.hubs.iter().position(|&hub| hub == region).map_or(region, |place| self.regions + place)
    }

    /// Node of the gate through which a region's exports pass, if there is one.
    pub(super) fn gate(&self, region: RegionIx) -> Option<usize> {
        let place = self.gated.iter().position(|&gated| gated == region);
        place.map(|place| self.regions + self.hubs.len() + place)
    }

    /// Node from which a region's exports leave.
    pub(super) fn door(&self, region: RegionIx) -> usize {
        self.gate(region).unwrap_or_else(|| self.sellers(region))
    }

    /// Node of a step of a leak, by its place in the list.
    pub(super) fn leak(&self, place: usize, step: usize) -> usize {
        self.regions + self.hubs.len() + self.gated.len() + place * Leak::STEPS + step
    }

    /// Opens and prices the ways under this week's terms; true when the nodes are others than last week's.
    pub(super) fn open(&mut self, market: &Market, terms: &MarketTerms) -> bool {
        let n = self.regions;
        let costs = self.legs.iter().enumerate().map(|(at, leg)| {
            let (from, to) = (at / n, at % n);
            let open = leg.filter(|_| from != to && terms.open(from, to));
            open.map(|leg| wedge(market, terms, leg, from, to).sum())
        });
        self.costs.clear();
        self.costs.extend(costs);
        let leads = |leak: &&Leak| self.legs[leak.from * n + leak.to].is_some();
        let leaks: Vec<Leak> = terms.leaks.iter().filter(leads).copied().collect();
        // Where customs let not all pass, other ways may be taken however dear; what leaks in costs at least nothing.
        let (mut into, mut direct) = (self.costs.clone(), self.costs.clone());
        for (at, direct) in direct.iter_mut().enumerate().filter(|(at, _)| terms.lane(at / n, at % n).ceiling.is_some())
        {
            *direct = None;
            let leaked = leaks.iter().any(|leak| leak.from * n + leak.to == at);
            into[at] = if leaked { Some(0) } else { into[at] };
        }
        let hubs = hubs(&into, &direct, n);
        let limited = |from: &RegionIx| terms.exports(*from).left().is_some_and(|left| left > Mass::ZERO);
        let gated: Vec<RegionIx> = (0..n).filter(limited).collect();
        let pairs = |leaks: &[Leak]| leaks.iter().map(|leak| (leak.from, leak.to)).collect::<Vec<_>>();
        let changed = gated != self.gated || hubs != self.hubs || pairs(&leaks) != pairs(&self.leaks);
        (self.hubs, self.gated, self.leaks) = (hubs, gated, leaks);
        changed
    }
}

/// Regions k with c_ik + c_kj ≤ c_ij for some i and j, given what a unit pays at least on each way on which something may go,
/// and on each direct way on which all may go that wants to.
fn hubs(into: &[Option<i64>], direct: &[Option<i64>], n: usize) -> Vec<RegionIx> {
    let on_the_way = |k: RegionIx, i: RegionIx, first: i64| {
        let cheap = |j: RegionIx| {
            let (onward, direct) = (into[k * n + j], direct[i * n + j]);
            onward.is_some_and(|onward| direct.is_none_or(|direct| first + onward <= direct))
        };
        (0..n).filter(|&j| j != i && j != k).any(cheap)
    };
    let is_hub = |&k: &RegionIx| (0..n).any(|i| into[i * n + k].is_some_and(|first| on_the_way(k, i, first)));
    (0..n).filter(is_hub).collect()
}
