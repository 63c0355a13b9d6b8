//! Reserve agencies at an exchange: puts for their stock, and stock sold forward.

use bevy_ecs::prelude::*;

use super::desk::{Desk, Trading};
use super::{Futures, Pit};
use crate::agent::Agent;
use crate::ledger::{Ledger, Slot};
use crate::market::Markets;
use crate::reserve::{Forward, Reserve};
use crate::units::Money;

/// Share of its money that an agency ties up as margin at most: the rest meets calls. Assumed; sweep 0.25–0.75.
const MARGINED: f64 = 0.5;

/// A reserve agency that hedges its stock.
#[derive(Debug, Clone, Copy)]
pub struct Stockpile {
    /// The agency.
    pub of: Entity,
    /// Puts that it wants this week.
    pub(super) puts: Option<Puts>,
    /// What it sells forward.
    short: Option<Short>,
    /// Whether its account is reckoned here: at one of the desks that the agency has.
    reckons_account: bool,
    /// What it had in the house, and in its account if that is reckoned here, before the week's sessions.
    before: Money,
    /// What months brought it in the week, fees taken off; premiums and payoffs of options apart.
    pub gain: Money,
}

/// Puts that an agency wants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Puts {
    /// Highest strike, in cents per 1,000 quanta.
    pub(super) strike: f64,
    /// Lots to hold in all.
    pub(super) lots: i64,
    /// Money for premiums this week.
    pub(super) spend: Money,
}

/// What an agency sells forward.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Short {
    /// Lots in all.
    lots: i64,
    /// Weeks to the end of the nearest and of the furthest month.
    weeks: (i64, i64),
}

impl Short {
    /// Lots for a share of a stock: no more than `money` is margin for. Stock and lot in quanta, money and margin in mills.
    fn of(forward: &Forward, stock: f64, lot: f64, money: f64, margin: f64) -> Self {
        let affordable = money.max(0.0) * MARGINED / margin;
        Self { lots: (forward.ratio * stock / lot).min(affordable) as i64, weeks: forward.weeks }
    }

    /// What to hold in a month, given the weeks that are left of all of them: the same in each that ends in the time meant;
    /// where none does, all in the one that comes nearest to it.
    fn target(&self, left: &[i64], place: usize) -> i64 {
        let (near, far) = self.weeks;
        let within: Vec<usize> = (0..left.len()).filter(|&place| (near..=far).contains(&left[place])).collect();
        if within.is_empty() {
            let away = |place: &usize| (near - left[*place]).max(left[*place] - far);
            let nearest = (0..left.len()).min_by_key(away);
            return if nearest == Some(place) { -self.lots } else { 0 };
        }
        // What does not divide goes to the nearest of them.
        let turn = within.iter().position(|&other| other == place);
        let months = within.len() as i64;
        turn.map_or(0, |turn| -(self.lots / months + i64::from((turn as i64) < self.lots % months)))
    }
}

impl Stockpile {
    pub(super) const fn new(of: Entity, reckons_account: bool) -> Self {
        Self { of, puts: None, short: None, reckons_account, before: Money::ZERO, gain: Money::ZERO }
    }

    const fn of_account(&self, money: Money) -> Money {
        if self.reckons_account { money } else { Money::ZERO }
    }

    /// Whether a decree makes it sell forward.
    pub(super) const fn sells(&self) -> bool {
        self.short.is_some()
    }

    /// Lots that it means to hold in a month: none without a decree, as what exercise of puts left it with.
    pub(super) fn target(&self, pit: &Pit, place: usize) -> i64 {
        let left: Vec<i64> = pit.board.months().iter().map(|month| month.weeks_left).collect();
        self.short.map_or(0, |short| short.target(&left, place))
    }
}

/// Agencies see what their decrees ask for, what they have in store and what they may spend.
pub(super) fn plan(
    ledger: Res<Ledger>,
    markets: Res<Markets>,
    futures: Res<Futures>,
    mut desks: Query<&mut Desk>,
    agencies: Query<(&Agent, &Reserve)>,
) {
    for mut desk in &mut desks {
        let (contract, member, deposited) = (desk.contract, desk.member, deposited(&desk, &futures));
        let Trading::Stockpile(stockpile) = &mut desk.trading else { continue };
        let (agent, agency) = agencies.get(stockpile.of).expect("bug: a stockpile without an agency");
        let pit = &futures.pits[contract];
        let (stock, cash) = (ledger.mass(agent.account, Slot::Store).real(), ledger.money(agent.account));
        let puts = agency.puts.filter(|puts| puts.contract == contract);
        let mean = markets[agency.market].year_mean(agent.region);
        stockpile.puts = puts.zip(mean).map(|(puts, mean)| Puts {
            strike: mean * puts.strike,
            lots: (stock * puts.share / pit.lot) as i64,
            spend: Money::floor(cash.or_zero().real() * puts.spend),
        });
        let forward = agency.forward.filter(|forward| forward.contract == contract && !pit.is_empty());
        stockpile.short = forward.map(|forward| {
            let series = pit.board.months()[pit.active].series;
            let margin = futures.houses[pit.exchange].house.margin_of_lot(member, series).real().max(1.0);
            Short::of(&forward, stock, pit.lot, (cash + deposited).real(), margin)
        });
        stockpile.before = deposited + stockpile.of_account(cash);
    }
}

/// What the house holds of a desk.
fn deposited(desk: &Desk, futures: &Futures) -> Money {
    let house = &futures.houses[futures.pits[desk.contract].exchange].house;
    house.equity(desk.member) + house.fund(desk.member)
}

/// Agencies see what the week's sessions brought: in Phase `Session` nothing else moves their money.
pub(super) fn reckon(ledger: Res<Ledger>, futures: Res<Futures>, mut desks: Query<&mut Desk>) {
    for mut desk in &mut desks {
        let (deposited, cash) = (deposited(&desk, &futures), ledger.money(desk.account));
        let chains = futures.chains.iter().filter(|chain| chain.contract == desk.contract);
        let flows = chains.map(|chain| chain.book.flow(desk.member));
        let options: Money = flows.map(|flow| flow.premium + flow.payoff).sum();
        if let Trading::Stockpile(stockpile) = &mut desk.trading {
            stockpile.gain = deposited + stockpile.of_account(cash) - stockpile.before - options;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORWARD: Forward = Forward { contract: 0, ratio: 0.3, weeks: (13, 26) };

    #[test]
    fn a_share_of_the_stock_is_sold_as_far_as_half_the_money_is_margin() {
        // 0.3 of 1,000 in lots of 10; half of 500 pays the margin of 25 lots at 10.
        assert_eq!(Short::of(&FORWARD, 1_000.0, 10.0, 1e6, 10.0).lots, 30);
        assert_eq!(Short::of(&FORWARD, 1_000.0, 10.0, 500.0, 10.0).lots, 25);
        assert_eq!(Short::of(&FORWARD, 1_000.0, 10.0, -5.0, 10.0).lots, 0);
    }

    #[test]
    fn lots_lie_in_the_months_that_end_a_quarter_to_half_a_year_ahead() {
        let short = Short { lots: 32, weeks: (13, 26) };
        let left = [3, 8, 12, 16, 20, 25, 30];
        let held: Vec<i64> = (0..left.len()).map(|place| short.target(&left, place)).collect();
        assert_eq!(held, [0, 0, 0, -11, -11, -10, 0]);
        // None ends in that time: the one that comes nearest.
        assert_eq!([0, 1, 2].map(|place| short.target(&[2, 9, 31], place)), [0, -32, 0]);
    }
}
