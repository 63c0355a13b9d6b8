//! The producer as seller: most of the week's output near cost, the rest on a ladder, old stock at carry value; and once
//! the store is more than half full, ever more of that near cost too, since a full store stops the works.

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Trade};
use crate::buyer::{Carry, Rung};
use crate::digest::digest_fields;
use crate::ledger::{Ledger, Slot};
use crate::market::{Books, Markets};
use crate::math;
use crate::nation::Treasuries;
use crate::outlook::{Ahead, Outlook};
use crate::setup::{MarketIx, Selling, Setup};
use crate::trade::Exchange;
use crate::units::{Mass, Money, deal};

/// Weeks over which sales count for a share in a quota.
const SALES_MEMORY: f64 = 52.0;

/// Ends of the ladder for old stock against its carry value where a rule names none: the last tonnes are the hardest to
/// part with.
pub const STOCK_SPAN: (f64, f64) = (0.98, 1.20);

/// Share of carry value below which this week's output is kept where a curve of futures says what it will fetch. Assumed;
/// sweep 0.8–0.98: who sees a price for later does not give his metal away now while he has room.
const KEPT_BELOW: f64 = 0.95;

/// A producer's selling side.
#[derive(Component, Debug, Clone, Copy)]
pub struct Seller {
    /// Market that it sells to.
    pub market: MarketIx,
    /// Its rule.
    pub rule: Selling,
    /// What keeping metal over the holding time of its rule costs.
    pub carry: Carry,
    /// Output of the week in quanta.
    pub output: f64,
    /// Most that it can make in a week, and how much its store holds, in quanta; a store of 0 stands for one without end.
    pub works: f64,
    /// See `works`.
    pub store: f64,
    /// Lowest price at which this week's output pays, in cents per 1,000 quanta.
    pub floor: f64,
    /// Lowest price at which older stock pays, whose cost is sunk: what the sale itself costs.
    pub stock_floor: f64,
    /// Mean weekly sales of the past year, in quanta: its claim on the rent of a quota.
    pub sales: f64,
}

digest_fields!(Seller { sales });

impl Seller {
    /// A seller by this rule that has made nothing yet and is used to sell so much a week.
    #[must_use]
    pub fn new(market: MarketIx, rule: Selling, sales: f64, setup: &Setup) -> Self {
        let storage = setup.markets[market].storage_per_year.real();
        let carry = Carry::over(rule.holding_weeks, rule.interest, storage);
        Self { market, rule, carry, output: 0.0, works: 0.0, store: 0.0, floor: 0.0, stock_floor: 0.0, sales }
    }
}

/// Asks for `stock` quanta, of which `seller.output` are of this week.
///
/// Core: `rule.core` of output at the higher of the floor and `rule.core_price` of the last price. The rest of output:
/// `rule.steps` equal parts from the last price to `rule.reach` times it. Older stock: as many parts around its carry
/// value, no lower than their own floor; of it, what presses at the price of the core, if that is lower. `least` is what
/// even the core is not given away for, 0 where nothing tells. Prices in cents per 1,000 quanta.
pub fn ladder(seller: &Seller, stock: f64, (last, least): (f64, f64), carry_value: f64, rungs: &mut Vec<Rung>) {
    let rule = &seller.rule;
    let output = seller.output.min(stock);
    let core = math::whole(rule.core * output);
    let mut rung = |price: f64, floor: f64, quantity: f64| {
        if quantity >= 1.0 {
            rungs.push(Rung { price: price.max(floor), quantity });
        }
    };
    let pressing = pressing(seller, stock).min(stock - output);
    rung((rule.core_price * last).max(least), seller.floor, core);
    let pressed = (rule.core_price * last).max(seller.floor).min(carry_value * rule.stock.0);
    rung(pressed, seller.stock_floor, pressing);
    let steps = f64::from(rule.steps);
    for step in 0..rule.steps {
        let up = f64::from(step + 1) / steps;
        rung(last * (1.0 + (rule.reach - 1.0) * up), seller.floor, (output - core) / steps);
        let price = carry_value * (rule.stock.0 + (rule.stock.1 - rule.stock.0) * up);
        rung(price, seller.stock_floor, (stock - output - pressing) / steps);
    }
}

/// Old stock that has to go, in quanta: a share of a week's full output that grows from nothing at a store half full to
/// all at a full one.
fn pressing(seller: &Seller, stock: f64) -> f64 {
    if seller.store <= 0.0 {
        return 0.0;
    }
    math::whole(seller.works * (2.0 * stock / seller.store - 1.0).clamp(0.0, 1.0))
}

/// Producers' spot orders.
pub(crate) fn order(
    ledger: Res<Ledger>,
    outlook: Res<Outlook>,
    markets: Res<Markets>,
    mut books: ResMut<Books>,
    sellers: Query<(&Agent, &Seller)>,
    mut rungs: Local<Vec<Rung>>,
) {
    let ahead = Ahead::of(&outlook);
    for (agent, seller) in &sellers {
        let market = &markets[seller.market];
        let stock = ledger.mass(agent.account, Slot::Store).real();
        let expected = ahead.expected_in(seller.market, agent.region, seller.rule.holding_weeks);
        let value = seller.carry.value(expected);
        let least = if outlook.has_curve(seller.market) { value * KEPT_BELOW } else { 0.0 };
        rungs.clear();
        ladder(seller, stock, (market.price(agent.region).real(), least), value, &mut rungs);
        books.ask(&markets, seller.market, agent, &rungs);
    }
}

/// Sales of the week enter the mean of the year.
pub(crate) fn remember(mut sellers: Query<(&mut Seller, &Trade)>) {
    for (mut seller, trade) in &mut sellers {
        seller.sales += (trade.sold.real() - seller.sales) / SALES_MEMORY;
    }
}

/// Producers' part of the rent of a quota on a market, dealt over the nation's producers for that market by their sales
/// of the year before.
pub(crate) fn share_rent(
    mut exchange: ResMut<Exchange>,
    treasuries: Res<Treasuries>,
    mut ledger: ResMut<Ledger>,
    mut sellers: Query<(&Agent, &Seller, &mut Trade)>,
) {
    let office = exchange.quota_office;
    for (nation, market, rent) in exchange.take_rents() {
        let holds = |agent: &Agent, seller: &Seller| agent.nation == nation && seller.market == market;
        let holders = sellers.iter().filter(|(agent, seller, _)| holds(agent, seller));
        let (weights, ties): (Vec<i64>, Vec<u64>) =
            holders.map(|(agent, seller, _)| (Mass::nearest(seller.sales).or_zero().0, agent.key)).unzip();
        let mut parts = Vec::new();
        deal(rent.0, &weights, &ties, &mut parts);
        let mut rest = rent;
        let holders = sellers.iter_mut().filter(|(agent, seller, _)| holds(agent, seller));
        for ((agent, _, mut trade), &part) in holders.zip(&parts) {
            ledger.pay(office, agent.account, Money(part));
            trade.rent += Money(part);
            rest -= Money(part);
        }
        // A nation without producers keeps it.
        ledger.pay(office, treasuries.of(nation).account, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seller(output: f64, floor: f64) -> Seller {
        let rule = Selling {
            core: 0.8,
            core_price: 0.6,
            reach: 1.2,
            steps: 2,
            holding_weeks: 13.0,
            interest: 0.0,
            stock: STOCK_SPAN,
        };
        let carry = Carry { discount: 1.0, storage: 0.0 };
        Seller { market: 0, rule, carry, output, works: 100.0, store: 1_000.0, floor, stock_floor: 0.0, sales: 0.0 }
    }

    fn asks(seller: &Seller, stock: f64, carry_value: f64) -> Vec<(i64, i64)> {
        let mut rungs = Vec::new();
        ladder(seller, stock, (1_000.0, 0.0), carry_value, &mut rungs);
        rungs.iter().map(|rung| (rung.price.round() as i64, rung.quantity.round() as i64)).collect()
    }

    #[test]
    fn most_of_the_output_goes_near_cost_and_the_rest_above_the_last_price() {
        assert_eq!(asks(&seller(100.0, 0.0), 100.0, 1_000.0), [(600, 80), (1_100, 10), (1_200, 10)]);
    }

    #[test]
    fn old_stock_waits_for_its_carry_value() {
        assert_eq!(asks(&seller(0.0, 0.0), 60.0, 2_000.0), [(2_180, 30), (2_400, 30)]);
    }

    #[test]
    fn a_store_that_fills_up_is_emptied_by_up_to_a_week_s_output() {
        assert_eq!(asks(&seller(0.0, 700.0), 500.0, 2_000.0), [(2_180, 250), (2_400, 250)]);
        assert_eq!(asks(&seller(0.0, 700.0), 750.0, 2_000.0), [(700, 50), (2_180, 350), (2_400, 350)]);
        assert_eq!(asks(&seller(0.0, 700.0), 1_000.0, 2_000.0), [(700, 100), (2_180, 450), (2_400, 450)]);
        // Nobody presses at more than keeping is worth: below its cost a mine has no use for room.
        assert_eq!(asks(&seller(0.0, 700.0), 1_000.0, 500.0), [(490, 100), (545, 450), (600, 450)]);
    }

    #[test]
    fn output_is_not_given_away_where_a_price_for_later_is_seen() {
        let mut rungs = Vec::new();
        ladder(&seller(100.0, 0.0), 100.0, (1_000.0, 950.0), 1_000.0, &mut rungs);
        assert_eq!(rungs.iter().map(|rung| rung.price.round() as i64).collect::<Vec<_>>(), [950, 1_100, 1_200]);
    }

    #[test]
    fn no_ask_is_below_the_floor() {
        assert_eq!(asks(&seller(100.0, 1_150.0), 100.0, 1_000.0), [(1_150, 80), (1_150, 10), (1_200, 10)]);
    }
}
