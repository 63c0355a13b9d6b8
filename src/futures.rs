//! Futures as they trade, five sessions a week, between agents and the clearing house.
//!
//! A week: months are listed and the price that fundamentals give is read; then five sessions, in each of
//! which every month of every contract is auctioned, the active month first, since spread traders hold the others against
//! it; after each session positions are marked to its settlement, members are called for margin and pay from their
//! accounts in the books, and who did not is closed out in the next. Options trade in the last session. At the end of the week the months that traded last
//! are delivered, and members take out what their margin does not need.
//!
//! A contract of which no month is listed is as if it were not there. Members from abroad open no more than the exchange lets
//! them (`access`), who dominates a month that ends may have to lend it (`lend`), an operator may void a session that would call
//! for more than there is, and some desks carry out what a policy says ([`program`]).
//!
//! What the house holds of members lies in its account in the books, and the two must agree every week.

mod access;
mod benchmark;
mod carrier;
mod deliver;
mod desk;
mod investors;
mod lend;
mod load_out;
mod options;
mod page;
mod pit;
mod places;
pub mod program;
mod sessions;
mod sight;
mod stand;
mod stockpile;
mod turns;
mod value;

use bevy_ecs::prelude::*;

pub use desk::{Desk, Trading};
pub use load_out::{AtGate, Bill};
pub use options::Chain;
pub use pit::Pit;
pub use places::Place;
pub use stand::{Stand, Way};
pub use turns::{Asked, InTurn, LONGEST_WINDOW};
pub use value::Walk;

use crate::digest::{Digest, Digestible};
use crate::exchange::house::{House, Liquidation, Waterfall};
use crate::exchange::limits;
use crate::ledger::{Account, Ledger, OUTSIDE};
use crate::market::Markets;
use crate::model::Model;
use crate::outlook::Outlook;
use crate::policy::{concentrated_short, index_inflow, state_fund, stock_withdrawal};
use crate::setup::exchange::{ContractIx, Metal, Void};
use crate::setup::{MarketIx, NationIx, Setup};
use crate::step::{Clock, Phase};
use crate::streams::Streams;
use crate::terms::futures::FuturesTerms;
use crate::units::{Money, Ppm};

/// Sessions in a week.
pub const SESSIONS: usize = limits::SESSIONS;

/// Share of its margin that a member leaves in the house beyond it.
const BUFFER: Ppm = Ppm(250_000);

/// Exchanges and their contracts.
#[derive(Resource, Debug, Default)]
pub struct Futures {
    /// Exchanges, by [`ExchangeIx`](crate::setup::exchange::ExchangeIx).
    pub houses: Vec<Clearing>,
    /// Contracts, by [`ContractIx`].
    pub pits: Vec<Pit>,
    /// Options, of those contracts that have any.
    pub chains: Vec<Chain>,
}

impl Digestible for Futures {
    fn digest(&self, digest: &mut Digest) {
        self.houses.iter().for_each(|clearing| digest.add(&clearing.house));
        self.pits.iter().for_each(|pit| digest.add(pit));
        self.chains.iter().for_each(|chain| digest.add(chain));
    }
}

impl Futures {
    /// What a member's options on a contract are worth, below 0 for what it has sold.
    #[must_use]
    pub fn options_worth(chains: &[Chain], desk: &Desk) -> Money {
        let of_desk = chains.iter().filter(|chain| chain.contract == desk.contract);
        of_desk.map(|chain| chain.book.worth(desk.member)).sum()
    }

    /// Contracts whose curves firms look at for what metal of a market will cost, and the metal that each is for.
    pub fn curves(&self, market: MarketIx) -> impl Iterator<Item = (&Pit, Metal)> {
        let pits = self.pits.iter().filter(|pit| pit.weight > 0.0 && !pit.is_empty());
        pits.filter_map(move |pit| Some((pit, pit.metal.filter(|metal| metal.market == market)?)))
    }

    /// Whether a nation's firms may open positions in a contract.
    #[must_use]
    pub fn admits(&self, contract: ContractIx, nation: NationIx) -> bool {
        let clearing = &self.houses[self.pits[contract].exchange];
        clearing.nation == nation || clearing.most_foreign != Some(Ppm(0))
    }
}

/// An exchange's clearing house.
#[derive(Debug)]
pub struct Clearing {
    /// Positions and margin.
    pub house: House,
    /// Where its money and its members' lies in the books.
    pub account: Account,
    /// Share of its margin that a member has in the default fund.
    fund: Ppm,
    /// Where the exchange is.
    nation: NationIx,
    /// Most of a month's open interest that members from abroad may hold.
    most_foreign: Option<Ppm>,
    /// Who is from abroad, by member.
    abroad: Vec<bool>,
    /// When the operator voids a session.
    void: Option<Void>,
    /// Sessions a week, of five the last ones.
    sessions: usize,
    /// Margin called this week.
    pub called: Money,
    /// In how many calls.
    pub calls: u32,
    /// Who bore this week's losses.
    pub waterfall: Waterfall,
    /// What it closes in the session for members who did not meet a call.
    due: Vec<Liquidation>,
}

/// How a month's session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Close {
    /// Session of the week, from 0 on.
    pub session: usize,
    /// Place of the month.
    pub place: usize,
    /// Settlement, in ticks.
    pub settlement: i64,
    /// The last price, in ticks.
    pub last: i64,
    /// Lots traded.
    pub lots: i64,
}

/// Adds the exchanges of a world that has contracts.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    if setup.contracts.is_empty() {
        return;
    }
    let desks = desk::open(model, setup);
    let mut futures = Futures::default();
    let mut first_series = vec![0; setup.exchanges.len()];
    for (index, contract) in setup.contracts.iter().enumerate() {
        let members = desks.iter().filter(|desk| setup.contracts[desk.contract].exchange == contract.exchange).count();
        let mineral = contract.metal().map_or(0, |metal| setup.markets[metal.market].mineral);
        let account = model.world.resource_mut::<Ledger>().open(format!("warehouses of {}", contract.id), mineral);
        let series = &mut first_series[contract.exchange];
        let here = desks.iter().filter(|desk| desk.contract == index);
        let in_turn = here.filter(|desk| matches!(desk.trading, Trading::InTurn(_))).count();
        let key = contract.id.key("contract");
        let mood_key = contract.metal().map_or(key, |_| setup.minerals[mineral].id.key("mineral"));
        let mut pit = Pit::new(contract, index, mood_key, *series, members, account);
        pit.asked = Asked::of(in_turn as u32);
        pit.places = Place::all(contract, setup);
        pit.sessions = setup.exchanges[contract.exchange].sessions;
        futures.pits.push(pit);
        *series += contract.terms.listing.slots();
        futures.chains.extend(contract.options.as_ref().map(|terms| Chain::new(terms, contract, index, members)));
    }
    for (index, exchange) in setup.exchanges.iter().enumerate() {
        let members: Vec<&Desk> =
            desks.iter().filter(|desk| setup.contracts[desk.contract].exchange == index).collect();
        let keys: Vec<u64> = members.iter().map(|desk| desk.key).collect();
        let mut house = House::new(&keys, first_series[index], exchange.capital);
        for desk in members.iter().filter(|desk| desk.hedges()) {
            house.set_hedger(desk.member, true);
        }
        let mut ledger = model.world.resource_mut::<Ledger>();
        // It holds money alone; an account needs a mineral all the same.
        let account = ledger.open(format!("exchange {}", exchange.id), 0);
        ledger.pay(OUTSIDE, account, exchange.capital);
        let (called, calls, waterfall) = (Money::ZERO, 0, Waterfall::default());
        futures.houses.push(Clearing {
            house,
            account,
            fund: exchange.fund,
            nation: exchange.nation,
            most_foreign: exchange.most_foreign,
            abroad: members.iter().map(|desk| desk.abroad).collect(),
            void: exchange.void,
            sessions: exchange.sessions,
            called,
            calls,
            waterfall,
            due: Vec::new(),
        });
    }
    for desk in desks {
        model.spawn_decree(desk);
    }
    model.digests::<Desk>();
    stock_withdrawal::open(model, setup);
    *model.world.resource_mut::<Futures>() = futures;
    model.add(Phase::Deliver, load_out::set_out);
    model.add(
        Phase::Session,
        (
            begin_week,
            (state_fund::lean, index_inflow::invest, concentrated_short::build).chain(),
            desk::prepare,
            stand::decide,
            stockpile::plan,
            sessions::trade,
            benchmark::note,
            deliver::deliver,
            deliver::store,
            load_out::note_coming,
            close_week,
            stockpile::reckon,
            investors::subscribe,
        )
            .chain(),
    );
    model.add(Phase::Audit, audit);
}

/// Months are listed, and fundamentals read.
fn begin_week(
    clock: Res<Clock>,
    streams: Res<Streams>,
    markets: Res<Markets>,
    outlook: Res<Outlook>,
    terms: Res<FuturesTerms>,
    mut futures: ResMut<Futures>,
) {
    let Futures { houses, pits, chains } = &mut *futures;
    for (clearing, most_foreign) in houses.iter_mut().zip(&terms.most_foreign) {
        (clearing.called, clearing.calls, clearing.waterfall) = (Money::ZERO, 0, Waterfall::default());
        clearing.most_foreign = *most_foreign;
    }
    for pit in pits.iter_mut() {
        pit.obey(&terms.contracts[pit.index]);
        let by_itself = pit.walk.as_mut().map(|walk| walk.step(*streams, clock.week));
        let by_metal = || pit.metal.map(|metal| pit.spot_and_value(metal, &markets, &outlook));
        let (spot, value) = by_itself.or_else(by_metal).expect("bug: a contract on nothing");
        pit.begin_week(*clock, spot, value, &mut houses[pit.exchange].house);
    }
    for chain in chains {
        let pit = &pits[chain.contract];
        chain.begin_week(*clock, pit, &houses[pit.exchange].house);
    }
}

/// Members fill their share of the default fund and take out what their margin does not need.
fn close_week(mut futures: ResMut<Futures>, mut ledger: ResMut<Ledger>, desks: Query<&Desk>) {
    let Futures { houses, pits, .. } = &mut *futures;
    for desk in &desks {
        let Clearing { house, account, fund, .. } = &mut houses[pits[desk.contract].exchange];
        let spare = house.free(desk.member);
        let spare = if spare > Money::ZERO { spare - house.required(desk.member).share_ppm(BUFFER.0) } else { spare };
        if spare > Money::ZERO {
            house.withdraw(desk.member, spare);
            ledger.pay(*account, desk.account, spare);
        }
        if house.in_debt() {
            continue;
        }
        let due = house.fund_due(desk.member, *fund).min(desk.available(&ledger));
        let (from, to) = if due > Money::ZERO { (desk.account, *account) } else { (*account, desk.account) };
        ledger.pay(from, to, if due > Money::ZERO { due } else { -due });
        house.contribute(desk.member, due);
    }
}

/// Compares houses and warehouses with the books.
fn audit(futures: Res<Futures>, mut ledger: ResMut<Ledger>) {
    for Clearing { house, account, .. } in &futures.houses {
        let residual = house.total().0.wrapping_sub(ledger.money(*account).0);
        if residual != 0 {
            let fault = ledger.unclosed(*account, "money of members and house".into(), residual);
            ledger.report(fault);
        }
    }
    for pit in &futures.pits {
        let residual = pit.stored().0.wrapping_sub(ledger.mass(pit.account, crate::ledger::Slot::Store).0);
        if residual != 0 {
            let fault = ledger.unclosed(pit.account, "metal on warrant".into(), residual);
            ledger.report(fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world_file::load;

    /// Nobody has anything to sell back of options that are not listed.
    #[test]
    fn a_contract_with_options_may_be_listed_by_a_policy_alone() {
        let mut setup = load("worlds/cobalt-2024-futures.ron").expect("a world");
        assert!(setup.contracts.iter().any(|contract| contract.options.is_some()));
        setup.contracts.iter_mut().for_each(|contract| contract.listed = None);
        let mut model = Model::new(&setup, 1);
        model.step().expect("books that close");
        assert!(model.world().resource::<Futures>().pits.iter().all(Pit::is_empty));
    }
}
