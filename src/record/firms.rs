//! `firms`: money, debt, sites and output of every firm with a balance sheet.
//! `owners`: what mines and contracts give the firms of each nation, and what foreign states take from them.

use super::{Observer, Sheet, ids};
use crate::agent::{Agent, Trade};
use crate::firm::{Firm, Owner};
use crate::ledger::Ledger;
use crate::mine::Mine;
use crate::model::Model;
use crate::offtake::Offtakes;
use crate::plant::Plant;
use crate::policy::Decree;
use crate::policy::overseas_investment::{OverseasInvestment, Returns};
use crate::setup::{MineralIx, Setup};
use crate::terms::Terms;
use crate::units::{Mass, Money, Quantum};

pub(super) struct Firms {
    mines: Vec<Quantum>,
}

impl Firms {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { mines: setup.mines.iter().map(|mine| setup.mineral_of(mine.market).quantum).collect() }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let firm = ("firm", ids(&setup.firms, |firm| &firm.id));
        let reals = [
            "cash_usd",
            "debt_usd",
            "limit_usd",
            "interest_usd",
            "paid_out_usd",
            "written_off_usd",
            "mines",
            "plants",
            "output_t",
            "defaulted",
        ];
        Sheet::new(name, vec![firm], &reals)
    }
}

impl Observer for Firms {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let ledger = model.world().resource::<Ledger>();
        model.each::<(&Agent, &Firm)>(|(agent, firm)| {
            let (mut mines, mut plants, mut output) = (0, 0, 0.0);
            let own = |owner: &Owner| owner.firm == Some(firm.index);
            model.each::<(&Owner, &Mine)>(|(owner, mine)| {
                if own(owner) {
                    mines += 1;
                    output += self.mines[mine.index].tonnes(mine.output);
                }
            });
            model.each::<(&Owner, &Plant)>(|(owner, _)| plants += i32::from(own(owner)));
            let money = ledger.money(agent.account);
            let usd = [money.or_zero(), (-money).or_zero(), firm.limit, firm.interest, firm.paid_out, firm.written_off];
            let [cash, debt, limit, interest, paid_out, written_off] = usd.map(Money::currency);
            let reals = [
                cash,
                debt,
                limit,
                interest,
                paid_out,
                written_off,
                f64::from(mines),
                f64::from(plants),
                output,
                f64::from(u8::from(firm.defaulted)),
            ];
            sheet.row([firm.index], reals);
        });
    }
}

/// What a nation's owners have of a mineral in a week.
#[derive(Clone, Default)]
struct Holding {
    mined: Mass,
    abroad: Mass,
    contracted: Mass,
    taken: Money,
    compensated: Money,
    invested: Money,
    received: Money,
}

pub(super) struct Owners {
    quanta: Vec<Quantum>,
    mineral_of_mine: Vec<MineralIx>,
    mineral_of_market: Vec<MineralIx>,
    nations: usize,
}

impl Owners {
    pub(super) fn new(setup: &Setup) -> Self {
        let mineral = |mine: &crate::setup::Mine| setup.markets[mine.market].mineral;
        Self {
            quanta: setup.minerals.iter().map(|mineral| mineral.quantum).collect(),
            mineral_of_mine: setup.mines.iter().map(mineral).collect(),
            mineral_of_market: setup.markets.iter().map(|market| market.mineral).collect(),
            nations: setup.nations.len(),
        }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let nation = ("nation", ids(&setup.nations, |nation| &nation.id));
        let mineral = ("mineral", ids(&setup.minerals, |mineral| &mineral.id));
        let reals = [
            "mined_t",
            "mined_abroad_t",
            "contracted_t",
            "taken_usd",
            "compensated_usd",
            "invested_usd",
            "received_usd",
        ];
        Sheet::new(name, vec![nation, mineral], &reals)
    }

    fn gather(&self, model: &Model) -> Vec<Holding> {
        let minerals = self.quanta.len();
        let terms = model.world().resource::<Terms>();
        let mut held = vec![Holding::default(); self.nations * minerals];
        model.each::<(&Agent, &Owner, &Mine, &Trade)>(|(agent, owner, mine, trade)| {
            let cell = &mut held[owner.nation * minerals + self.mineral_of_mine[mine.index]];
            // What the host has taken of a mine is no longer its owner's.
            let left = mine.output - mine.output.share_ppm(terms.mines[mine.index].state_share.0);
            cell.mined += left;
            if agent.nation != owner.nation {
                cell.abroad += left;
                cell.taken += trade.taken;
                cell.compensated += trade.compensated;
            }
        });
        model.each::<(&Decree, &OverseasInvestment, &Returns)>(|(decree, investment, returns)| {
            // One investment may hold mines of several minerals; what it cost and brought stands with the first.
            if let Some(stake) = investment.stakes.first() {
                let cell = &mut held[decree.nation * minerals + self.mineral_of_mine[stake.mine]];
                cell.taken += returns.lost;
                cell.invested += returns.invested;
                cell.received += returns.received;
            }
        });
        if let Some(offtakes) = model.world().get_resource::<Offtakes>() {
            // What its own mines sell to a nation is mined, not contracted.
            for delivery in offtakes.deliveries.iter().filter(|found| found.owner != found.nations.1) {
                let cell = &mut held[delivery.nations.1 * minerals + self.mineral_of_market[delivery.market]];
                cell.contracted += delivery.delivered;
            }
        }
        held
    }
}

impl Observer for Owners {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        for (at, cell) in self.gather(model).into_iter().enumerate() {
            let (nation, mineral) = (at / self.quanta.len(), at % self.quanta.len());
            let [mined, abroad, contracted] =
                [cell.mined, cell.abroad, cell.contracted].map(|mass| self.quanta[mineral].tonnes(mass));
            let [taken, compensated, invested, received] =
                [cell.taken, cell.compensated, cell.invested, cell.received].map(Money::currency);
            sheet.row([nation, mineral], [mined, abroad, contracted, taken, compensated, invested, received]);
        }
    }
}
