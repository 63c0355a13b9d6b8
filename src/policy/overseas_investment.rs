//! Overseas investment: equity in foreign mines, infrastructure for the host, and a right to part of the output.
//! Lever D6.
//!
//! The stake lives under the host's acts: what a nationalization takes of the margin and of the mine is gone for the
//! investor too, and a closed border closes the way of what it has a right to.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::agent::{Agent, Trade};
use crate::firm::{Firm, mine_value};
use crate::ledger::{Account, Ledger, Slot};
use crate::mine::Mine;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::seller::Seller;
use crate::setup::FirmIx;
use crate::step::{Clock, Phase};
use crate::terms::{Right, Terms};
use crate::units::{Money, Ppm};

/// Stakes of a nation in foreign mines.
#[derive(Component, Debug, Clone)]
#[require(Returns)]
pub struct OverseasInvestment {
    /// When it is known, begins and ends.
    pub window: Window,
    /// What records call its rights.
    pub name: String,
    /// Firm that invests; the treasury when `None`.
    pub investor: Option<FirmIx>,
    /// In which mines.
    pub stakes: Vec<Stake>,
}

/// A stake in a mine.
#[derive(Debug, Clone, Copy)]
pub struct Stake {
    /// Place of the mine in [`crate::setup::Setup::mines`].
    pub mine: usize,
    /// Share of what the state leaves of its margin.
    pub equity: Ppm,
    /// Share of its value that is paid for the equity.
    pub paid: f64,
    /// Share of its output to which the nation's plants and sectors have a right.
    pub offtake: f64,
    /// Share of the spot price that they do not pay.
    pub discount: f64,
    /// Paid to the host's treasury at the beginning.
    pub infrastructure: Money,
}

/// What an investment cost and brought this week; nothing carries over.
#[derive(Component, Debug, Clone, Copy, Default)]
pub struct Returns {
    /// Paid for equity and infrastructure.
    pub invested: Money,
    /// Part of margins and of compensation received.
    pub received: Money,
    /// The investor's part of what states took.
    pub lost: Money,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, (apply, invest).chain());
    model.add(Phase::Observe, share);
}

/// The right to output, less the share that the host has taken.
fn apply(clock: Res<Clock>, mut terms: ResMut<Terms>, investments: Query<(&Decree, &OverseasInvestment)>) {
    for (decree, investment) in investments.iter().filter(|(_, found)| found.window.binds(clock.week)) {
        for stake in investment.stakes.iter().filter(|stake| stake.offtake > 0.0) {
            let left = 1.0 - terms.mines[stake.mine].state_share.share();
            terms.rights.push(Right {
                name: investment.name.clone(),
                mine: stake.mine,
                nation: decree.nation,
                share: stake.offtake * left,
                payable: 1.0 - stake.discount,
            });
        }
    }
}

/// Account of who invests.
fn purse(
    investment: &OverseasInvestment,
    decree: &Decree,
    treasuries: &Treasuries,
    firms: &Query<(&Agent, &Firm)>,
) -> Account {
    let firm = investment.investor.and_then(|index| firms.iter().find(|(_, firm)| firm.index == index));
    firm.map_or_else(|| treasuries.of(decree.nation).account, |(agent, _)| agent.account)
}

/// In the first week the investor pays the owners for the equity and the hosts for the infrastructure.
fn invest(
    clock: Res<Clock>,
    terms: Res<Terms>,
    treasuries: Res<Treasuries>,
    mut ledger: ResMut<Ledger>,
    mut investments: Query<(&Decree, &OverseasInvestment, &mut Returns)>,
    firms: Query<(&Agent, &Firm)>,
    mines: Query<(&Agent, &Mine, &Seller)>,
) {
    for (decree, investment, mut returns) in &mut investments {
        *returns = Returns::default();
        if investment.window.begins() != clock.week {
            continue;
        }
        let purse = purse(investment, decree, &treasuries, &firms);
        for stake in &investment.stakes {
            let (agent, mine, seller) =
                mines.iter().find(|(_, mine, _)| mine.index == stake.mine).expect("bug: a stake in no mine");
            let ground = ledger.mass(agent.account, Slot::Ground);
            let margin = mine.net_price() - mine.cost(&terms.mines[mine.index]).real();
            let value = mine_value(mine, margin, ground, seller.rule.interest, f64::INFINITY);
            let price = Money::floor(value * stake.equity.share() * stake.paid);
            ledger.pay(purse, agent.account, price);
            ledger.pay(purse, treasuries.of(agent.nation).account, stake.infrastructure);
            returns.invested += price + stake.infrastructure;
        }
    }
}

/// The investor gets its share of what the state, and who invested before, left of the margin and of compensation.
fn share(
    clock: Res<Clock>,
    treasuries: Res<Treasuries>,
    mut ledger: ResMut<Ledger>,
    mut investments: Query<(&Decree, &OverseasInvestment, &mut Returns)>,
    firms: Query<(&Agent, &Firm)>,
    mut mines: Query<(&Agent, &Mine, &mut Trade)>,
) {
    for (decree, investment, mut returns) in &mut investments {
        if !investment.window.binds(clock.week) {
            continue;
        }
        let purse = purse(investment, decree, &treasuries, &firms);
        for stake in &investment.stakes {
            for (agent, _, mut trade) in mines.iter_mut().filter(|(_, mine, _)| mine.index == stake.mine) {
                let part = |of: Money| of.share_ppm(stake.equity.0);
                let (margin, compensation, lost) = (part(trade.margin), part(trade.compensated), part(trade.taken));
                ledger.pay(agent.account, purse, margin + compensation);
                returns.received += margin + compensation;
                returns.lost += lost;
                trade.margin -= margin;
                trade.compensated -= compensation;
                trade.taken -= lost;
            }
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::{OverseasInvestment, Stake};
    use crate::calendar::Date;
    use crate::policy::window_in_run;
    use crate::setup::NationIx;
    use crate::units::Quantum;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, Usd};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact, ppm};

    record! {
        /// Equity in foreign mines, infrastructure for the host, and a right to part of the output for the nation's
        /// plants and sectors.
        pub struct Written as "OverseasInvestment" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day on which it is paid for and begins.
            in_force: At<Date>,
            /// Day on which it lapses; without one it stays.
            until: Option<At<Date>>,
            /// Firm of the nation that invests; its treasury when left out.
            investor: Option<Ref<reference::Firm>>,
            /// In which mines.
            stakes: At<Vec<WrittenStake>>,
        }
    }

    record! {
        /// A stake in a foreign mine.
        pub struct WrittenStake as "Stake" {
            /// Mine, in another nation.
            mine: Ref<reference::Mine>,
            /// Share of what the state leaves of its margin, and of compensation.
            equity: At<Share>,
            /// Share of its value that is paid to the owner for the equity.
            paid: Share = "Share(1)",
            /// Share of its output to which the nation's plants and sectors have a right.
            offtake: Share = "Share(0)",
            /// Share of the mean spot price of 13 weeks that they do not pay.
            discount: Share = "Share(0)",
            /// Paid to the host's treasury at the beginning, as roads and power.
            infrastructure: At<Usd> = "Usd(0)",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<OverseasInvestment> {
            let window = window_in_run(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let id = &names.nations[nation].0;
            let before = cx.count();
            let investor = self.investor.as_ref().and_then(|name| names.firm(name, cx));
            if let (Some(firm), Some(name)) = (investor, &self.investor)
                && names.firms[firm].1.is_some_and(|of| of != nation)
            {
                let what = format!("\"{}\" is no firm of \"{id}\"", name.value);
                cx.error_at(&name.origin, what, "name a firm of the nation that decrees");
            }
            if self.stakes.is_empty() {
                cx.error_at(&self.stakes.origin, "no stake is named", "name at least one");
            }
            let mut stakes: Vec<Stake> = Vec::new();
            for written in self.stakes.iter() {
                let (equity, infrastructure) =
                    (ppm(&written.equity, cx), exact(&written.infrastructure, Quantum::Kilogram, cx));
                let Some(mine) = names.mine(&written.mine, cx) else { continue };
                let name = &written.mine;
                if names.mines[mine].1 == Some(nation) {
                    let what = format!("\"{}\" lies in \"{id}\" itself", name.value);
                    cx.error_at(&name.origin, what, "name mines of other nations");
                }
                if stakes.iter().any(|stake| stake.mine == mine) {
                    cx.error_at(&name.origin, format!("\"{}\" is named twice", name.value), "name each mine once");
                }
                let Some((equity, infrastructure)) = equity.zip(infrastructure) else { continue };
                stakes.push(Stake {
                    mine,
                    equity,
                    paid: written.paid.number(),
                    offtake: written.offtake.number(),
                    discount: written.discount.number(),
                    infrastructure,
                });
            }
            (cx.count() == before).then_some(())?;
            Some(OverseasInvestment { window: window?, name: format!("{id} investment"), investor, stakes })
        }
    }
}
