//! `futures`: months of futures contracts, by their place on the curve; `sessions`: the same session by session;
//! `contracts`: what a contract's pit knows and holds; `clearing`: margin calls and losses of exchanges; `programs`: what
//! decrees hold, such as state funds.

use super::{Observer, Sheet, ids};
use crate::futures::program::{Program, programs};
use crate::futures::{Desk, Futures, Pit, SESSIONS, Trading};
use crate::ledger::Ledger;
use crate::math;
use crate::model::Model;
use crate::setup::Setup;
use crate::setup::exchange::Contract;
use crate::trader::arbitrage::Costs;
use crate::units::{Mass, Price, Quantum};

/// Yearly interest by which the convenience yield is implied.
const INTEREST: f64 = 0.05;

/// What contracts' numbers are read in.
struct Scales(Vec<Quantum>);

impl Scales {
    fn new(setup: &Setup) -> Self {
        Self(setup.contracts.iter().map(|contract| setup.quantum_of(contract)).collect())
    }

    fn tonnes(&self, pit: &Pit, lots: i64) -> f64 {
        self.0[pit.index].tonnes(Mass(lots * pit.board.terms.lot.0))
    }

    /// USD per tonne of a price in cents per 1,000 quanta.
    fn usd(&self, pit: &Pit, price: f64) -> f64 {
        self.0[pit.index].usd_per_tonne(Price::nearest(price))
    }
}

fn contract_key(setup: &Setup) -> (&'static str, Vec<String>) {
    ("contract", ids(&setup.contracts, |contract| &contract.id))
}

/// Places of months on the curve, from 1 on.
fn place_key(setup: &Setup) -> (&'static str, Vec<String>) {
    let most = setup.contracts.iter().map(|contract| contract.terms.listing.listed).max().unwrap_or(0);
    ("place", (1..=most).map(|place| place.to_string()).collect())
}

/// The table `futures`.
pub(super) struct Months(Scales);

impl Months {
    pub(super) fn new(setup: &Setup) -> Self {
        Self(Scales::new(setup))
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let keys = vec![contract_key(setup), place_key(setup)];
        let columns = ["weeks_left", "settlement_usd_per_t", "last_usd_per_t", "volume_t", "open_interest_t"];
        Sheet::new(name, keys, &columns)
    }
}

impl Observer for Months {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let futures = model.world().resource::<Futures>();
        for pit in &futures.pits {
            let house = &futures.houses[pit.exchange].house;
            for (place, month) in pit.board.months().iter().enumerate() {
                let reals = [
                    month.weeks_left as f64,
                    self.0.usd(pit, pit.price(house.settled(month.series))),
                    self.0.usd(pit, pit.price(month.last)),
                    self.0.tonnes(pit, month.week.lots),
                    self.0.tonnes(pit, house.open_interest(month.series)),
                ];
                sheet.row([pit.index, place], reals);
            }
        }
    }
}

/// The table `sessions`.
pub(super) struct Sessions(Scales);

impl Sessions {
    pub(super) fn new(setup: &Setup) -> Self {
        Self(Scales::new(setup))
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let sessions = (1..=SESSIONS).map(|session| session.to_string()).collect();
        let keys = vec![contract_key(setup), ("session", sessions), place_key(setup)];
        Sheet::new(name, keys, &["settlement_usd_per_t", "last_usd_per_t", "volume_t"])
    }
}

impl Observer for Sessions {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        for pit in &model.world().resource::<Futures>().pits {
            for close in &pit.closes {
                let price = |ticks| self.0.usd(pit, pit.price(ticks));
                let reals = [price(close.settlement), price(close.last), self.0.tonnes(pit, close.lots)];
                sheet.row([pit.index, close.session, close.place], reals);
            }
        }
    }
}

/// The table `contracts`.
pub(super) struct Contracts {
    scales: Scales,
    storage: Vec<f64>,
}

impl Contracts {
    pub(super) fn new(setup: &Setup) -> Self {
        let storage = |contract: &Contract| {
            contract.metal().map_or(0.0, |metal| setup.markets[metal.market].storage_per_year.real())
        };
        Self { scales: Scales::new(setup), storage: setup.contracts.iter().map(storage).collect() }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let columns = [
            "spot_usd_per_t",
            "active_usd_per_t",
            "basis_usd_per_t",
            "slope_share",
            "convenience_yield_share_per_year",
            "value_usd_per_t",
            "fundamentalists_share",
            "volume_t",
            "open_interest_t",
            "main_share",
            "on_warrant_t",
            "cancelled_t",
            "leaving_t",
            "delivered_t",
            "paid_off_t",
            "breakers",
            "voided",
            "hedgers_net_t",
            "carriers_net_t",
        ];
        Sheet::new(name, vec![contract_key(setup)], &columns)
    }
}

/// Lots that hedgers and carriers hold in all months of each contract, short ones negative.
fn held_by_firms(model: &Model, futures: &Futures) -> Vec<(i64, i64)> {
    let mut held = vec![(0, 0); futures.pits.len()];
    model.each::<&Desk>(|desk| {
        let pit = &futures.pits[desk.contract];
        let house = &futures.houses[pit.exchange].house;
        let lots = || pit.board.months().iter().map(|month| house.lots(desk.member, month.series)).sum::<i64>();
        match desk.trading {
            Trading::Hedger(_) => held[desk.contract].0 += lots(),
            Trading::Carrier(_) => held[desk.contract].1 += lots(),
            Trading::Speculator(_)
            | Trading::Making(_)
            | Trading::Spread(_)
            | Trading::InterExchange(_)
            | Trading::InTurn(_)
            | Trading::OptionMaker(_)
            | Trading::Stockpile(_)
            | Trading::Program(_) => {}
        }
    });
    held
}

impl Observer for Contracts {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let futures = model.world().resource::<Futures>();
        let held = held_by_firms(model, futures);
        for pit in futures.pits.iter().filter(|pit| !pit.is_empty()) {
            let house = &futures.houses[pit.exchange].house;
            let months = pit.board.months();
            let open: Vec<i64> = months.iter().map(|month| house.open_interest(month.series)).collect();
            let all: i64 = open.iter().sum();
            let main = pit.board.main().map_or(0, |main| open[main]);
            let costs = Costs { interest: INTEREST, storage: self.storage[pit.index], fees: 0.0 };
            let before = pit.before;
            let active = pit.quote(pit.active.min(pit.len() - 1));
            let reals = [
                self.scales.usd(pit, pit.spot()),
                self.scales.usd(pit, active.price),
                self.scales.usd(pit, pit.spot() - before.price),
                pit.slope,
                costs.convenience_yield(pit.spot(), before),
                self.scales.usd(pit, math::exp(pit.value)),
                pit.fundamentalists,
                self.scales.tonnes(pit, months.iter().map(|month| month.week.lots).sum()),
                self.scales.tonnes(pit, all),
                if all > 0 { main as f64 / all as f64 } else { 0.0 },
                self.scales.tonnes(pit, pit.warehouses.live()),
                self.scales.tonnes(pit, pit.cancelled),
                self.scales.tonnes(pit, pit.leaving()),
                self.scales.tonnes(pit, pit.delivered),
                self.scales.tonnes(pit, pit.paid_off),
                f64::from(pit.locked),
                f64::from(pit.voided),
                self.scales.tonnes(pit, held[pit.index].0),
                self.scales.tonnes(pit, held[pit.index].1),
            ];
            sheet.row([pit.index], reals);
        }
    }
}

/// The table `clearing`.
pub(super) struct Clearing;

impl Clearing {
    pub(super) const fn new(_: &Setup) -> Self {
        Self
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let exchange = ("exchange", ids(&setup.exchanges, |exchange| &exchange.id));
        let columns = [
            "calls",
            "called_usd",
            "defaults",
            "own_margin_usd",
            "own_fund_usd",
            "capital_lost_usd",
            "others_fund_usd",
            "haircut_usd",
            "deposits_usd",
            "capital_usd",
        ];
        Sheet::new(name, vec![exchange], &columns)
    }
}

impl Observer for Clearing {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        for (index, clearing) in model.world().resource::<Futures>().houses.iter().enumerate() {
            let [own_margin, own_fund, capital, others_fund, haircut] =
                clearing.waterfall.layers().map(crate::units::Money::currency);
            let reals = [
                f64::from(clearing.calls),
                clearing.called.currency(),
                f64::from(clearing.waterfall.defaults),
                own_margin,
                own_fund,
                capital,
                others_fund,
                haircut,
                clearing.house.resources().currency(),
                clearing.house.capital().currency(),
            ];
            sheet.row([index], reals);
        }
    }
}

/// The table `programs`.
pub(super) struct Programs {
    scales: Scales,
    keys: Vec<u64>,
}

impl Programs {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { scales: Scales::new(setup), keys: programs(setup).map(|(_, key, _)| key).collect() }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let program = ("program", programs(setup).map(|(name, ..)| name).collect());
        let contracts = programs(setup).map(|(.., contract)| setup.contracts[contract].id.to_string()).collect();
        Sheet::new(name, vec![program, ("contract", contracts)], &["position_t", "target_t", "wealth_usd"])
    }
}

impl Observer for Programs {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let (futures, ledger) = (model.world().resource::<Futures>(), model.world().resource::<Ledger>());
        let mut rows = Vec::new();
        model.each::<&Desk>(|desk| {
            let Trading::Program(Program { of, target }) = desk.trading else { return };
            let (pit, place) = (&futures.pits[desk.contract], self.keys.iter().position(|key| *key == of));
            let house = &futures.houses[pit.exchange].house;
            let lots = pit.board.months().iter().map(|month| house.lots(desk.member, month.series)).sum();
            let wealth = ledger.money(desk.account) + house.equity(desk.member) + house.fund(desk.member);
            let (position, target) = (self.scales.tonnes(pit, lots), self.scales.tonnes(pit, target));
            rows.push((place.expect("bug: a program without a decree"), [position, target, wealth.currency()]));
        });
        rows.sort_unstable_by_key(|(place, _)| *place);
        for (place, reals) in rows {
            sheet.row([place, place], reals);
        }
    }
}
