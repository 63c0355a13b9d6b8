//! `options`: what options on months trade at, by expiry and strike; `reserve_options`: what hedges of reserve agencies
//! cost and brought, by puts and by months sold, and what stock, money and puts are worth together.

use super::{Observer, Sheet, ids};
use crate::agent::Agent;
use crate::exchange::option::book::Listed;
use crate::exchange::option::{Claim, Kind};
use crate::futures::{Chain, Desk, Futures, Pit, Trading};
use crate::ledger::{Ledger, Slot};
use crate::market::Markets;
use crate::model::Model;
use crate::reserve::Reserve;
use crate::setup::Setup;
use crate::units::{Mass, Money, Price, Quantum, WEEKS_PER_YEAR};

/// The table `options`.
pub(super) struct Options(Vec<Quantum>);

impl Options {
    pub(super) fn new(setup: &Setup) -> Self {
        Self(setup.contracts.iter().map(|contract| setup.quantum_of(contract)).collect())
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let terms = || setup.contracts.iter().filter_map(|contract| contract.options.as_ref());
        // As many months and strikes as there can be places: of an option both kinds.
        let most = terms().map(|terms| terms.slots() / 2).max().unwrap_or(0);
        let places: Vec<String> = (1..=most).map(|place| place.to_string()).collect();
        let contract = ("contract", ids(&setup.contracts, |contract| &contract.id));
        let keys = vec![contract, ("expiry", places.clone()), ("strike", places)];
        let columns = [
            "weeks_left",
            "strike_usd_per_t",
            "month_usd_per_t",
            "call_usd_per_t",
            "call_bid_usd_per_t",
            "call_ask_usd_per_t",
            "call_implied_volatility_share_per_year",
            "call_volume_t",
            "call_open_interest_t",
            "call_exercised_t",
            "put_usd_per_t",
            "put_bid_usd_per_t",
            "put_ask_usd_per_t",
            "put_implied_volatility_share_per_year",
            "put_volume_t",
            "put_open_interest_t",
            "put_exercised_t",
        ];
        Sheet::new(name, keys, &columns)
    }

    /// What the table says of a call or a put.
    fn side(&self, chain: &Chain, pit: &Pit, option: &Listed, forward: f64) -> [f64; 7] {
        let quantum = self.0[pit.index];
        let usd = |price: f64| quantum.usd_per_tonne(Price::nearest(price));
        let tonnes = |lots: i64| quantum.tonnes(Mass(lots * pit.board.terms.lot.0));
        let terms = &chain.book.terms;
        let claim = Claim {
            kind: option.kind,
            style: terms.style,
            forward,
            strike: pit.price(option.strike),
            years: option.weeks_left as f64 / WEEKS_PER_YEAR,
            interest: terms.interest,
        };
        let price = |ticks: i64| ticks as f64 * terms.tick.real();
        // Of what was paid, or of the middle of bid and offer.
        let [bid, ask] = option.quoted.map(price);
        let shown = if option.week.lots > 0 { price(option.last) } else { f64::midpoint(bid, ask) };
        let known = option.week.lots > 0 || option.quoted.iter().all(|ticks| *ticks > 0);
        let volatility = claim.implied_volatility(shown).filter(|_| known).unwrap_or(0.0);
        let premium = if option.week.lots > 0 { option.last } else { option.worth };
        [
            usd(price(premium)),
            usd(bid),
            usd(ask),
            volatility,
            tonnes(option.week.lots),
            tonnes(option.open_interest),
            tonnes(option.exercised),
        ]
    }
}

impl Observer for Options {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let futures = model.world().resource::<Futures>();
        for chain in &futures.chains {
            let pit = &futures.pits[chain.contract];
            let house = &futures.houses[pit.exchange].house;
            let listed = chain.book.listed();
            for (expiry, of_month) in listed.chunk_by(|(_, one), (_, next)| one.month == next.month).enumerate() {
                let of_strike = of_month.chunk_by(|(_, one), (_, next)| one.strike == next.strike);
                for (strike, pair) in of_strike.enumerate() {
                    let option = &pair[0].1;
                    let forward = pit.price(house.settled(option.series));
                    let usd = |price: f64| self.0[pit.index].usd_per_tonne(Price::nearest(price));
                    let mut reals = [0.0; 17];
                    reals[..3].copy_from_slice(&[
                        option.weeks_left as f64,
                        usd(pit.price(option.strike)),
                        usd(forward),
                    ]);
                    for (_, option) in pair {
                        let from = if option.kind == Kind::Call { 3 } else { 10 };
                        reals[from..from + 7].copy_from_slice(&self.side(chain, pit, option, forward));
                    }
                    sheet.row([pit.index, expiry, strike], reals);
                }
            }
        }
    }
}

/// The table `reserve_options`.
pub(super) struct Stockpiles(Vec<Quantum>);

impl Stockpiles {
    pub(super) fn new(setup: &Setup) -> Self {
        Self(setup.reserves.iter().map(|reserve| setup.mineral_of(reserve.market).quantum).collect())
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let reserve = ("reserve", ids(&setup.reserves, |reserve| &reserve.id));
        let columns = [
            "paid_usd",
            "payoff_usd",
            "puts_t",
            "puts_worth_usd",
            "deposited_usd",
            "cash_usd",
            "stock_worth_usd",
            "worth_usd",
            "short_t",
            "hedge_gain_usd",
        ];
        Sheet::new(name, vec![reserve], &columns)
    }
}

impl Observer for Stockpiles {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let world = model.world();
        let (futures, ledger, markets) =
            (world.resource::<Futures>(), world.resource::<Ledger>(), world.resource::<Markets>());
        let mut agencies = Vec::new();
        model.each::<(&Agent, &Reserve)>(|(agent, reserve)| agencies.push((*agent, reserve.index, reserve.market)));
        for (agent, index, market) in agencies {
            let (mut premium, mut payoff) = (Money::ZERO, Money::ZERO);
            let (mut lots, mut puts, mut deposited) = (Mass::ZERO, Money::ZERO, Money::ZERO);
            let (mut short, mut gain) = (Mass::ZERO, Money::ZERO);
            model.each::<&Desk>(|desk| {
                let Trading::Stockpile(stockpile) = &desk.trading else { return };
                if desk.account != agent.account {
                    return;
                }
                gain += stockpile.gain;
                let pit = &futures.pits[desk.contract];
                let house = &futures.houses[pit.exchange].house;
                let sold = pit.board.months().iter().map(|month| -house.lots(desk.member, month.series));
                short += Mass(sold.sum::<i64>() * pit.board.terms.lot.0);
                deposited += house.equity(desk.member) + house.fund(desk.member);
                for chain in futures.chains.iter().filter(|chain| chain.contract == desk.contract) {
                    let flow = chain.book.flow(desk.member);
                    (premium, payoff) = (premium + flow.premium, payoff + flow.payoff);
                    puts += chain.book.worth(desk.member);
                    let held = chain.book.listed().into_iter().map(|(place, _)| chain.book.lots(desk.member, place));
                    lots += Mass(held.sum::<i64>() * pit.board.terms.lot.0);
                }
            });
            let cash = ledger.money(agent.account);
            let stock = ledger.mass(agent.account, Slot::Store) + ledger.mass(agent.account, Slot::Transit);
            let stock = markets[market].price(agent.region).value(stock);
            let worth = cash + stock + puts + deposited;
            let [paid, payoff, puts, deposited, cash, stock, worth, gain] =
                [-premium, payoff, puts, deposited, cash, stock, worth, gain].map(Money::currency);
            let [lots, short] = [lots, short].map(|mass| self.0[index].tonnes(mass));
            sheet.row([index], [paid, payoff, lots, puts, deposited, cash, stock, worth, short, gain]);
        }
    }
}
