//! Where metal comes from: in every region and stage the share that was mined or processed in nations named foreign.
//!
//! Metal of a stage in a region is taken as mixed: what is used or leaves is of the mean, what is made or comes in changes it.
//! What a plant makes in a foreign nation is foreign; elsewhere it is as its feed. Scrap counts where it is recycled.

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;

use super::SupplyClub;
use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::digest::{Digest, Digestible};
use crate::ledger::{Ledger, Slot};
use crate::market::Markets;
use crate::merchant::Merchant;
use crate::mine::Mine;
use crate::plant::Plant;
use crate::recycler::Recycler;
use crate::reserve::Reserve;
use crate::seller::Seller;
use crate::setup::{MarketIx, NationIx, RegionIx};
use crate::units::Mass;

/// Share of foreign metal by stage of the chain and region.
#[derive(Component, Debug, Clone, Default, PartialEq)]
pub struct Content {
    first: MarketIx,
    regions: usize,
    shares: Vec<f64>,
}

impl Digestible for Content {
    fn digest(&self, digest: &mut Digest) {
        // A club without rules of origin follows nothing.
        if !self.shares.is_empty() {
            digest.add(&self.shares);
        }
    }
}

impl Content {
    /// Share of foreign metal in what a region has of a market; 0 where nothing is followed.
    #[must_use]
    pub fn share(&self, market: MarketIx, region: RegionIx) -> f64 {
        self.shares.get((market - self.first) * self.regions + region).copied().unwrap_or_default()
    }
}

/// Share of foreign metal after a week: what is left of the old stock at its share, and what came in at each of theirs.
///
/// (s·max(0, S − Σq) + Σ q·s_q) / (max(0, S − Σq) + Σ q), S the stock when the week is over, q what came in with share s_q.
#[must_use]
pub fn mixed(share: f64, stock: f64, inflows: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (came, foreign) = inflows.fold((0.0, 0.0), |(sum, part), (mass, share)| (sum + mass, part + mass * share));
    let kept = (stock - came).max(0.0);
    if kept + came > 0.0 { (share * kept + foreign) / (kept + came) } else { share }
}

/// What moved in the week, and what there is.
#[derive(SystemParam)]
pub struct Flows<'w, 's> {
    ledger: Res<'w, Ledger>,
    mines: Query<'w, 's, (&'static Agent, &'static Mine, &'static Seller)>,
    plants: Query<'w, 's, (&'static Agent, &'static Plant, &'static Buyer, &'static Seller)>,
    recyclers: Query<'w, 's, (&'static Agent, &'static Recycler, &'static Seller)>,
    sellers: Query<'w, 's, (&'static Agent, &'static Seller)>,
    buyers: Query<'w, 's, (&'static Agent, &'static Buyer)>,
    merchants: Query<'w, 's, (&'static Agent, &'static Merchant)>,
    reserves: Query<'w, 's, (&'static Agent, &'static Reserve)>,
}

impl Flows<'_, '_> {
    /// Metal of a market in a region and under way there.
    fn stock(&self, market: MarketIx, region: RegionIx) -> f64 {
        let ours = |agent: &Agent, of: MarketIx| agent.region == region && of == market;
        let held = |agent: &Agent, slot: Slot| self.ledger.mass(agent.account, slot);
        let kept = |agent: &Agent| held(agent, Slot::Store) + held(agent, Slot::Transit);
        let sellers = self.sellers.iter().filter(|(agent, seller)| ours(agent, seller.market));
        let buyers = self.buyers.iter().filter(|(agent, buyer)| ours(agent, buyer.market));
        let merchants = self.merchants.iter().filter(|(agent, merchant)| ours(agent, merchant.market));
        let reserves = self.reserves.iter().filter(|(agent, reserve)| ours(agent, reserve.market));
        let all: Mass = sellers
            .map(|(agent, _)| held(agent, Slot::Store))
            .chain(buyers.map(|(agent, buyer)| held(agent, buyer.into) + held(agent, Slot::Transit)))
            .chain(merchants.map(|(agent, _)| kept(agent)))
            .chain(reserves.map(|(agent, _)| kept(agent)))
            .sum();
        all.real()
    }

    /// A week passes.
    pub(super) fn follow(&self, club: &SupplyClub, content: &mut Content, markets: &Markets) {
        let n = markets[club.chain.start].regions.len();
        let abroad = |nation: NationIx| f64::from(u8::from(club.foreign.contains(&nation)));
        if content.shares.is_empty() {
            *content = Content { first: club.chain.start, regions: n, shares: vec![0.0; club.chain.len() * n] };
            // Before anything has moved, what lies in a foreign nation's region is foreign.
            for (agent, _) in &self.sellers {
                for stage in 0..club.chain.len() {
                    let share = &mut content.shares[stage * n + agent.region];
                    *share = share.max(abroad(agent.nation));
                }
            }
        }
        let before = content.clone();
        for market in club.chain.clone() {
            for region in 0..n {
                let ours = |agent: &Agent, seller: &Seller| agent.region == region && seller.market == market;
                let mined = self.mines.iter().filter(|(agent, _, seller)| ours(agent, seller));
                let mined = mined.map(|(agent, mine, _)| (mine.output.real(), abroad(agent.nation)));
                let recycled = self.recyclers.iter().filter(|(agent, _, seller)| ours(agent, seller));
                let recycled = recycled.map(|(agent, recycler, _)| (recycler.output.real(), abroad(agent.nation)));
                let made = self.plants.iter().filter(|(agent, _, _, seller)| ours(agent, seller));
                let made = made.map(|(agent, plant, buyer, _)| {
                    let of_feed = before.share(buyer.market, region);
                    (plant.output.real(), abroad(agent.nation).max(of_feed))
                });
                let shipped = &markets[market].shipped;
                let came = (0..n).map(|from| (shipped[from * n + region].real(), before.share(market, from)));
                let inflows = mined.chain(recycled).chain(made).chain(came);
                let at = (market - club.chain.start) * n + region;
                content.shares[at] = mixed(before.shares[at], self.stock(market, region), inflows);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_is_mixed_with_what_is_left() {
        // Of 100 at the end 40 came in, half of it foreign: 60·0.1 + 40·0.5 of 100.
        assert!((mixed(0.1, 100.0, [(20.0, 1.0), (20.0, 0.0)].into_iter()) - 0.26).abs() < 1e-12);
        // More came in than there is left: the mean of what came in.
        assert!((mixed(0.1, 10.0, [(20.0, 1.0), (20.0, 0.0)].into_iter()) - 0.5).abs() < 1e-12);
        assert!((mixed(0.3, 0.0, std::iter::empty()) - 0.3).abs() < 1e-12, "nothing there, nothing new");
    }
}
