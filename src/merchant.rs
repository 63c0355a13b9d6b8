//! Merchants: carry metal through time. They buy below what it will be worth and sell above, and what keeping it costs
//! lies between.

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Trade};
use crate::buyer::{Carry, Rung};
use crate::foresight::Foresights;
use crate::futures::Futures;
use crate::ledger::{Account, Ledger, OUTSIDE, Slot};
use crate::market::{Books, Markets};
use crate::math;
use crate::model::Model;
use crate::outlook::Outlook;
use crate::setup::{MarketIx, MerchantRule, Setup};
use crate::shipping::Pipeline;
use crate::step::{Clock, Phase};
use crate::trader::arbitrage::Costs;
use crate::units::{Mass, Money, WEEKS_PER_YEAR};

/// A merchant.
#[derive(Component, Debug, Clone, Copy)]
pub struct Merchant {
    /// Its place in [`Setup::merchants`].
    pub index: usize,
    /// Market that it trades in.
    pub market: MarketIx,
    /// Room in its warehouse.
    pub capacity: Mass,
    /// Most that it may owe.
    pub credit: Money,
    /// Its rule.
    pub rule: MerchantRule,
    /// What keeping metal over the horizon of its rule costs.
    pub carry: Carry,
}

/// Bids below and asks above what a tonne is worth to it: steps at value·(1 ∓ (spread + k·step)).
///
/// `room` and `stock` (quanta) bound either side, `pace` · capacity what moves in a week, `cash` (mills) what it can pay.
pub fn ladders(
    merchant: &Merchant,
    value: f64,
    (spread, step): (f64, f64),
    room: f64,
    stock: f64,
    mut cash: f64,
    bids: &mut Vec<Rung>,
    asks: &mut Vec<Rung>,
) {
    let rule = &merchant.rule;
    let steps = f64::from(rule.steps);
    let pace = rule.pace * merchant.capacity.real();
    for k in 0..rule.steps {
        let margin = spread + f64::from(k) * step;
        let price = value * (1.0 - margin);
        let quantity = (room.min(pace) / steps).min(cash / price.max(1.0)).max(0.0);
        cash -= price * quantity;
        bids.push(Rung { price, quantity });
        asks.push(Rung { price: value * (1.0 + margin), quantity: stock.min(pace) / steps });
    }
}

/// Cuts rungs, best first, to what may move and what can be paid.
fn within<'a>(rungs: impl Iterator<Item = &'a mut Rung>, mut mass: f64, mut cash: f64) {
    for rung in rungs {
        rung.quantity = rung.quantity.min(mass).min(cash / rung.price.max(1.0)).max(0.0);
        mass -= rung.quantity;
        cash -= rung.quantity * rung.price.max(0.0);
    }
}

/// Adds the merchants of a world.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    for (index, merchant) in setup.merchants.iter().enumerate() {
        let mineral = setup.markets[merchant.market].mineral;
        let agent = model.agent("merchant", &merchant.id, merchant.nation, mineral);
        model.world.resource_mut::<Ledger>().endow(agent.account, Slot::Store, merchant.stock);
        let (market, capacity, credit, rule) = (merchant.market, merchant.capacity, merchant.credit, merchant.rule);
        let storage = setup.markets[market].storage_per_year.real();
        let carry = Carry::over(rule.horizon_weeks, rule.interest, storage);
        let state = Merchant { index, market, capacity, credit, rule, carry };
        model.spawn(agent, (state, Trade::default(), Pipeline::new(Slot::Store)));
    }
    model.add(Phase::Produce, spoil);
    model.add(Phase::Order, order);
    model.add(Phase::Clear, pay_carry);
}

/// A part of what lies in store is lost.
fn spoil(mut ledger: ResMut<Ledger>, merchants: Query<(&Agent, &Merchant)>) {
    for (agent, merchant) in merchants.iter().filter(|(_, merchant)| merchant.rule.loss > 0.0) {
        spoil_share(&mut ledger, agent.account, merchant.rule.loss);
    }
}

/// A week's loss of a store that loses a share per year.
pub(crate) fn spoil_share(ledger: &mut Ledger, account: Account, per_year: f64) {
    let lost = -math::expm1(-per_year / WEEKS_PER_YEAR);
    let lost = Mass::nearest(ledger.mass(account, Slot::Store).real() * lost);
    ledger.transfer((account, Slot::Store), (account, Slot::Lost), lost);
}

/// What metal is worth to a merchant who may sell it forward, where it lies, and how far from that and in which steps it
/// trades: by the cost of getting in and out, for there is no risk in it. Nothing when he does not, or no month is listed.
fn hedged_value(merchant: &Merchant, agent: &Agent, markets: &Markets, futures: &Futures) -> Option<(f64, (f64, f64))> {
    let trade = merchant.rule.carry.filter(|trade| futures.admits(trade.contract, agent.nation))?;
    let (pit, market) = (&futures.pits[trade.contract], &markets[merchant.market]);
    let storage = market.storage_per_year;
    let (_, worth) = pit.best(&Costs { interest: merchant.rule.interest, storage, fees: 0.0 })?;
    Some((worth - trade.discount.real(), (trade.fees, trade.fees)))
}

/// Merchants' spot orders.
fn order(
    clock: Res<Clock>,
    foresights: Res<Foresights>,
    ledger: Res<Ledger>,
    outlook: Res<Outlook>,
    markets: Res<Markets>,
    futures: Res<Futures>,
    mut books: ResMut<Books>,
    merchants: Query<(&Agent, &Merchant)>,
    mut rungs: Local<(Vec<Rung>, Vec<Rung>)>,
) {
    let (bids, asks) = &mut *rungs;
    for (agent, merchant) in &merchants {
        let by_curve = hedged_value(merchant, agent, &markets, &futures);
        let (value, steps) = by_curve.unwrap_or_else(|| {
            let ahead = outlook.expected_in(merchant.market, agent.region, merchant.rule.horizon_weeks);
            (merchant.carry.value(ahead), (merchant.rule.spread, merchant.rule.step))
        });
        let stock = ledger.mass(agent.account, Slot::Store).real();
        let room = merchant.capacity.real() - stock - ledger.mass(agent.account, Slot::Transit).real();
        let cash = (ledger.money(agent.account).real() + merchant.credit.real()).max(0.0);
        bids.clear();
        asks.clear();
        match foresights.of(merchant.market) {
            Some(foresight) => {
                let (capacity, pace) = (merchant.capacity.real(), merchant.rule.pace * merchant.capacity.real());
                foresight.ladders(clock.week, (stock, capacity), merchant.rule.spread, bids, asks);
                within(bids.iter_mut(), pace.min(room), cash);
                within(asks.iter_mut().rev(), pace, f64::INFINITY);
            }
            None => ladders(merchant, value, steps, room.max(0.0), stock, cash, bids, asks),
        }
        books.bid(&markets, merchant.market, agent, u8::MAX, bids);
        books.ask(&markets, merchant.market, agent, asks);
    }
}

/// Merchants pay for their warehouse.
fn pay_carry(markets: Res<Markets>, mut ledger: ResMut<Ledger>, merchants: Query<(&Agent, &Merchant)>) {
    for (agent, merchant) in &merchants {
        let stock = ledger.mass(agent.account, Slot::Store).real();
        let rent = Money::nearest(stock * markets[merchant.market].storage_per_year / WEEKS_PER_YEAR);
        ledger.pay(agent.account, OUTSIDE, rent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::Forecast;

    #[test]
    fn a_merchant_buys_below_and_sells_above_what_carrying_is_worth() {
        let rule = MerchantRule {
            interest: 0.08,
            horizon_weeks: 26.0,
            spread: 0.02,
            step: 0.01,
            steps: 2,
            pace: 0.5,
            loss: 0.0,
            forecast: Forecast::Shared,
            carry: None,
        };
        let carry = Carry { discount: 1.0, storage: 0.0 };
        let merchant = Merchant { index: 0, market: 0, capacity: Mass(1_000), credit: Money::ZERO, rule, carry };
        let (mut bids, mut asks) = (Vec::new(), Vec::new());
        ladders(&merchant, 100.0, (0.02, 0.01), 800.0, 200.0, 30_000.0, &mut bids, &mut asks);
        let round = |rungs: &[Rung]| -> Vec<(i64, i64)> {
            rungs.iter().map(|rung| (rung.price.round() as i64, rung.quantity.round() as i64)).collect()
        };
        // Half of the warehouse a week, in two steps; the second bid has 5,500 mills left to spend.
        assert_eq!(round(&bids), [(98, 250), (97, 57)]);
        assert_eq!(round(&asks), [(102, 100), (103, 100)]);
    }
}
