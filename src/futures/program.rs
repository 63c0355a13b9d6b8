//! Desks that carry out a program: a state fund, money that follows an index, one large short. The policy says each week how
//! many lots it means to hold; the desk goes there in the active month and moves on what it holds elsewhere.

use bevy_ecs::prelude::*;

use crate::exchange::house::House;
use crate::ledger::{Account, Ledger};
use crate::model::Model;
use crate::policy::Policy;
use crate::setup::Setup;
use crate::setup::exchange::ContractIx;
use crate::units::Money;

use super::desk::{self, Desk, Trading};
use super::{Futures, Pit};

/// A program as its desk knows it.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// Key of the decree that it carries out.
    pub of: u64,
    /// Lots that it means to hold in all, negative when short.
    pub target: i64,
}

/// The contract in which a policy trades, if it does.
fn contract_of(policy: &Policy) -> Option<ContractIx> {
    match policy {
        Policy::StateFund(fund) => Some(fund.contract),
        Policy::IndexInflow(inflow) => Some(inflow.contract),
        Policy::ConcentratedShort(short) => Some(short.contract),
        _ => None,
    }
}

/// Names of a world's programs, as nation and policy, with the contracts that they trade in.
pub(crate) fn programs(setup: &Setup) -> impl Iterator<Item = (String, u64, ContractIx)> {
    setup.nations.iter().flat_map(|nation| {
        nation.policies.iter().filter_map(|(id, policy)| {
            let contract = contract_of(policy)?;
            Some((format!("{}.{id}", nation.id), id.key(&format!("policy/{}", nation.id)), contract))
        })
    })
}

/// Opens the programs' desks, which have no money until their decrees give them some.
pub(super) fn open(model: &mut Model, setup: &Setup) -> Vec<Desk> {
    let mut desks = Vec::new();
    for (index, nation) in setup.nations.iter().enumerate() {
        for (id, policy) in &nation.policies {
            let Some(contract) = contract_of(policy) else { continue };
            let mineral = setup.contracts[contract].metal().map_or(0, |metal| setup.markets[metal.market].mineral);
            // The decree's key, so that either finds the other.
            let agent = model.agent(&format!("policy/{}", nation.id), id, index, mineral);
            let trading = Trading::Program(Program { of: agent.key, target: 0 });
            desks.push(desk::desk(contract, &agent, Some(Money::ZERO), trading, setup));
        }
    }
    desks
}

/// The desk that carries out a decree.
///
/// # Panics
/// When there is none.
pub(crate) fn desk_of<'a>(desks: &'a mut Query<&mut Desk>, decree: u64) -> Mut<'a, Desk> {
    let found = desks.iter_mut().find(|desk| matches!(desk.trading, Trading::Program(of) if of.of == decree));
    found.expect("bug: a program without a desk")
}

/// What a program has and holds before a week's sessions.
pub(crate) struct Seat<'a> {
    /// Where it trades.
    pub(crate) pit: &'a Pit,
    /// What lies in its account.
    pub(crate) cash: Money,
    /// That and what the house holds of it.
    pub(crate) wealth: Money,
    house: &'a House,
    member: usize,
}

impl<'a> Seat<'a> {
    pub(crate) fn of(desk: &Desk, futures: &'a Futures, ledger: &Ledger) -> Self {
        let pit = &futures.pits[desk.contract];
        let house = &futures.houses[pit.exchange].house;
        let cash = ledger.money(desk.account);
        let wealth = cash + house.equity(desk.member) + house.fund(desk.member);
        Self { pit, cash, wealth, house, member: desk.member }
    }

    /// Lots that it holds over all months.
    pub(crate) fn held(&self) -> i64 {
        self.pit.board.months().iter().map(|month| self.house.lots(self.member, month.series)).sum()
    }

    /// Lots open in the active month.
    pub(crate) fn open_interest(&self) -> i64 {
        self.house.open_interest(self.active())
    }

    /// Lots in the active month for which its wealth is so many times the margin.
    pub(crate) fn margined(&self, times: i64) -> i64 {
        let margin = self.house.margin_of_lot(self.member, self.active()).0.max(1);
        self.wealth.or_zero().0 / (times * margin)
    }

    fn active(&self) -> usize {
        self.pit.board.months()[self.pit.active].series
    }
}

impl Desk {
    /// Sets what its program means to hold, in lots.
    pub(crate) const fn aim(&mut self, lots: i64) {
        if let Trading::Program(program) = &mut self.trading {
            program.target = lots;
        }
    }
}

/// Where metal that a state has withdrawn lies.
#[derive(Component, Debug, Clone, Copy)]
pub struct Stockpile(pub Account);
