//! What holds of every exchange, whoever trades there: no month pays more than carrying metal to it costs, sizes do not
//! matter, nobody is needed but who has metal and who makes a market, and who corners a month has to lend it.

use oreworld::exchange::contract::PositionLimit;
use oreworld::futures::{Close, Futures, Pit, SESSIONS};
use oreworld::model::Model;
use oreworld::record::{TABLES, Table};
use oreworld::results::simulate::RunOutput;
use oreworld::setup::Setup;
use oreworld::setup::exchange::{ContractIx, Strategy as Trades};
use oreworld::trader::Quote;
use oreworld::trader::arbitrage::Costs;
use oreworld::units::PPM;
use proptest::prelude::*;

use crate::invariants::{doubled, hold, hold_and};
use crate::levers::{self, cases, decrees};
use crate::runs::{self, mean, run, series, world};

const SHORES: &str = "worlds/two-shores-futures.ron";
const COBALT: &str = "worlds/cobalt-2024-futures.ron";
const NICKEL: &str = "worlds/nickel-2024-futures.ron";

fn plain(path: &str) -> Setup {
    world::<&str>(path, &[])
}

/// How a month's session of the week ended.
fn close(pit: &Pit, session: usize, place: usize) -> &Close {
    let found = pit.closes.iter().find(|close| (close.session, close.place) == (session, place));
    found.expect("every month ends every session")
}

/// Costs of those who carry metal to a contract where it delivers.
fn carriers(setup: &Setup) -> Vec<(ContractIx, Costs)> {
    let carried = setup.merchants.iter().filter_map(|merchant| {
        let trade = merchant.rule.carry?;
        let metal = setup.contracts[trade.contract].metal()?;
        let market = &setup.markets[merchant.market];
        let here = (merchant.market, setup.nations[merchant.nation].region) == (metal.market, metal.region);
        let (storage, price) = (market.storage_per_year.real(), market.opening_price.real());
        here.then(|| (trade.contract, trade.costs(merchant.rule.interest, storage, price)))
    });
    carried.collect()
}

/// What a carrier faces, and how restless the others are.
#[derive(Debug, Clone)]
struct Carried {
    fees: f64,
    hedged: f64,
    interest: f64,
    storage: f64,
    unrest: f64,
    crowd: f64,
}

fn carried() -> impl Strategy<Value = Carried> {
    let terms = (5..100_u32, 0..=100_u32, 2..20_u32, 2..30_u32, 5..25_u32, 3..20_u32);
    terms.prop_map(|(fees, hedged, interest, storage, unrest, crowd)| Carried {
        fees: f64::from(fees) / 10_000.0,
        hedged: f64::from(hedged) / 100.0,
        interest: f64::from(interest) / 100.0,
        storage: f64::from(storage) / 10.0,
        unrest: f64::from(unrest) / 10.0,
        crowd: f64::from(crowd) / 10.0,
    })
}

/// A world in which carriers have room and money for whatever is sold to them.
fn with_room(path: &str, carried: &Carried) -> Setup {
    let mut setup = plain(path);
    for merchant in &mut setup.merchants {
        let Some(trade) = &mut merchant.rule.carry else { continue };
        (trade.fees, trade.hedged, trade.pace) = (carried.fees, carried.hedged, 1.0);
        merchant.rule.interest = carried.interest;
        merchant.capacity.0 *= 2_000;
        merchant.credit.0 = 4 * setup.markets[merchant.market].opening_price.value(merchant.capacity).0;
    }
    for market in &mut setup.markets {
        market.storage_per_year.0 = (market.storage_per_year.real() * carried.storage) as i64;
    }
    for group in &mut setup.traders {
        if let Trades::Speculator(rule) = &mut group.strategy {
            (rule.value_noise, rule.trend_noise) =
                (rule.value_noise * carried.unrest, rule.trend_noise * carried.unrest);
            group.count = (f64::from(group.count) * carried.crowd) as u32;
        }
    }
    setup
}

/// A month after an auction for which carriers went: how far above what carrying metal to it costs it stood before and
/// stands now, getting in and out included, in logs.
#[derive(Debug, Clone, Copy)]
struct Carrying {
    before: f64,
    now: f64,
}

impl Carrying {
    /// Whether it pays more than carriers let it. They sell all that they can from 2 % above carry and costs on, at limits
    /// 1 % apart that lie from 2.5 % or more below the last price to as much above it, both to a tick: so far one auction
    /// can take a price down, and what jumps further up meets none of them before the next.
    fn pays(&self) -> bool {
        self.before >= 0.0 && self.now > (0.02_f64 + 0.01).max(self.before - 0.024)
    }
}

/// Every month from the active one on in every auction in which it was the one that paid most after carry, which is where
/// carriers go, and traded; in weeks in which no month of the contract met a breaker. The first session of a week is left
/// out: it begins with another spot price.
fn carrying(setup: &Setup, costs: &[(ContractIx, Costs)], seed: u64, weeks: u32) -> Vec<Carrying> {
    let (mut model, mut found) = (Model::new(setup, seed), Vec::new());
    for _week in 0..weeks {
        model.step().unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        let futures = model.world().resource::<Futures>();
        for (contract, costs) in costs {
            let pit = &futures.pits[*contract];
            if pit.locked > 0 {
                continue;
            }
            // Where a month has ended, the others have moved up since the sessions.
            let moved = pit.closes.len() / SESSIONS - pit.len();
            let months = pit.active..pit.len() + moved;
            // The last price after a session; a month that did not trade stands where it settled.
            let quote = |session, place: usize| {
                let close = close(pit, session, place);
                let tick = if close.lots > 0 { close.last } else { close.settlement };
                Quote { price: pit.price(tick), years: pit.quote(place - moved).years }
            };
            let above = |Quote { price, years }: Quote| {
                let carry = Costs { fees: 0.0, ..*costs }.full_carry(pit.spot(), years);
                libm::log(price / carry) - costs.fees / pit.spot()
            };
            for session in 1..SESSIONS {
                for place in months.clone().filter(|place| close(pit, session, *place).lots > 0) {
                    // The active month's auction comes first, then the others', nearest first.
                    // What has not traded yet in the session, and what its auction left untraded, stands as before.
                    let held = |other| other < place || other == pit.active && place != other;
                    let moved_on = |other| held(other) && close(pit, session, other).lots > 0;
                    let seen = |other| quote(if moved_on(other) { session } else { session - 1 }, other);
                    let best = costs.best(months.clone().map(seen)).map(|(best, _)| best + pit.active);
                    if best == Some(place) {
                        let [before, now] = [session - 1, session].map(|session| above(quote(session, place)));
                        found.push(Carrying { before, now });
                    }
                }
            }
        }
    }
    found
}

/// F ≤ full carry and costs where an arbitrageur has credit and storage: market specification, invariant 13.
fn check_carry(path: &str, carried: &Carried, seed: u64) {
    let setup = with_room(path, carried);
    let found = carrying(&setup, &carriers(&setup), seed, 60);
    let over: Vec<&Carrying> = found.iter().filter(|month| month.pays()).collect();
    assert!(found.len() > 50 && over.is_empty(), "{path}, seed {seed}: {over:?} of {}", found.len());
}

/// A carrier that met its calls was kept from selling for the rest of this week, since margin rises as months near their
/// end: the active month rose from 1.4 to 13.4 % above carry and costs.
#[test]
fn who_carries_metal_sells_on_when_margin_rises() {
    let carried = Carried { fees: 0.0097, hedged: 0.24, interest: 0.08, storage: 2.6, unrest: 2.4, crowd: 1.7 };
    check_carry(COBALT, &carried, 13_268_968_308_818_216_702);
}

/// Nobody else holds the curve below carry.
#[test]
fn without_carriers_months_pay_more_than_carry() {
    let carried = Carried { fees: 0.005, hedged: 0.5, interest: 0.08, storage: 1.0, unrest: 2.0, crowd: 1.0 };
    for path in [SHORES, COBALT, NICKEL] {
        let mut setup = with_room(path, &carried);
        let costs = carriers(&setup);
        setup.merchants.iter_mut().for_each(|merchant| merchant.rule.carry = None);
        let found = carrying(&setup, &costs, 3, 60);
        let over = found.iter().filter(|month| month.pays()).count();
        assert!(20 * over > found.len(), "{path}: {over} of {}", found.len());
    }
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn no_month_pays_more_than_carrying_metal_to_it(carried in carried(), seed in any::<u64>()) {
        for path in [SHORES, COBALT, NICKEL] {
            check_carry(path, &carried, seed);
        }
    }
}

/// How often a month stands more than a tenth off the next one in its last week but one, and how many there were.
fn far_at_the_end(setup: &Setup, seeds: u64) -> (usize, usize) {
    let (mut far, mut ends) = (0, 0);
    for seed in 1..=seeds {
        let mut model = Model::new(setup, seed);
        for _week in 0..104 {
            model.step().unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
            for pit in &model.world().resource::<Futures>().pits {
                if pit.weeks_left(0) != 1 || pit.closes.len() != pit.len() * SESSIONS {
                    continue;
                }
                let [front, next] = [0, 1].map(|place| close(pit, SESSIONS - 1, place).settlement as f64);
                (far, ends) = (far + usize::from((front / next - 1.0).abs() > 0.1), ends + 1);
            }
        }
    }
    (far, ends)
}

/// Where nothing limits prices, who must leave a month does not take its price away from the next one's: without limits no
/// more months are far off than with them. When he ordered at a quarter or four times the price, 24 of 132 were.
#[test]
fn months_end_near_the_next_one_without_limits() {
    let limits = ["contracts.shfe-cobalt.limit=None", "contracts.lme-cobalt.limit=None"];
    let [with, without] = [&[][..], &limits].map(|sets| far_at_the_end(&world(COBALT, sets), 3));
    assert!(with.1 > 100 && 10 * with.0 < with.1 && without.0 <= with.0 + 3, "{without:?}, {with:?}");
}

/// A world with lots twice as large, as one with lots as they were and twice as many of them.
fn of_more_lots(mut setup: Setup) -> Setup {
    for contract in &mut setup.contracts {
        let terms = &mut contract.terms;
        (terms.lot.0, terms.fee.0) = (terms.lot.0 / 2, terms.fee.0 / 2);
        let twice = |limit: PositionLimit| PositionLimit {
            lots: 2 * limit.lots,
            large: limit.large.map(|(from, share)| (2 * from, share)),
        };
        // Before all stages the base holds.
        let limits = terms.position.as_ref().map(|staged| (staged, twice(staged.at(i64::MAX))));
        terms.position = limits.map(|(staged, base)| staged.rebased(base, |stage, _| twice(stage)));
        terms.opening_cap = terms.opening_cap.map(|cap| 2 * cap);
        for warehouse in &mut contract.warehouses {
            let terms = &mut warehouse.terms;
            (terms.load_in, terms.load_out) = (2 * terms.load_in, 2 * terms.load_out);
            terms.rent.0 /= 2;
        }
        if let Some(options) = &mut contract.options {
            (options.fee.0, options.busy) = (options.fee.0 / 2, options.busy.map(|lots| 2 * lots));
        }
    }
    for group in &mut setup.traders {
        match &mut group.strategy {
            Trades::MarketMaker(making) => making.depth *= 2.0,
            Trades::Spread(spread) => spread.depth *= 2.0,
            Trades::InterExchange(arbitrage) => arbitrage.depth *= 2.0,
            Trades::OptionMaker(making) => making.depth *= 2.0,
            Trades::Speculator(_) | Trades::Fcn(_) => {}
        }
    }
    setup
}

/// Prices of all quantities times two are the same up to a tick: market specification, invariant 14. With lots twice as
/// large to the bit in the first week; with twice as many up to a quarter of the distance between a desk's limits, which is
/// a percent, since some limits take an odd lot more.
/// Later not week by week, as in a world without an exchange: a lot or a kilogram that is rounded the other way makes
/// another order marginal.
#[test]
fn an_exchange_twice_as_large_has_the_same_prices() {
    for path in [SHORES, COBALT] {
        let setup = plain(path);
        let large = doubled(setup.clone());
        let many = of_more_lots(large.clone());
        let prices = |setup: &Setup| [1, 2, 3, 4].map(|seed| run(setup, seed, 104, &["contracts", "futures"]).tables);
        let [one, large, many] = [&setup, &large, &many].map(prices);
        for contract in &setup.contracts {
            let of =
                |tables: &[Table], table, column| series(tables, table, &[("contract", contract.id.as_str())], column);
            let active = |tables| of(tables, "contracts", "active_usd_per_t");
            for seed in 0..4 {
                // The sum over all months.
                let [before, after] = [&one, &large].map(|runs| of(&runs[seed], "futures", "settlement_usd_per_t")[0]);
                assert_eq!(before.to_bits(), after.to_bits(), "{path}, {}", contract.id);
                let [before, after] = [&one, &many].map(|runs| active(&runs[seed])[0]);
                assert!((after / before - 1.0).abs() < 0.0025, "{path}, {}: {before}, {after}", contract.id);
            }
            for other in [&large, &many] {
                let gap = |seed: usize| mean(&active(&other[seed])) / mean(&active(&one[seed])) - 1.0;
                let gap = mean(&[0, 1, 2, 3].map(gap));
                assert!(gap.abs() < 0.01, "{path}, {}: {gap}", contract.id);
            }
        }
    }
}

/// Nobody trades but who has metal and who makes a market.
fn without_speculation(path: &str) -> Setup {
    let mut setup = plain(path);
    setup.traders.retain(|group| matches!(group.strategy, Trades::MarketMaker(_)));
    setup
}

/// The furthest that a session's price may lie from the settlement before it, as a share of it.
fn widest(pit: &Pit, weeks_left: i64) -> f64 {
    let limit = pit.board.terms.limit.as_ref().expect("a limit");
    let base = limit.base.at(weeks_left).0;
    (base * limit.first_day).max(base + limit.steps[0].0.max(limit.steps[1].0)) as f64 / PPM as f64
}

/// Without speculators an exchange clears all the same: market specification, invariant 16.
#[test]
fn hedgers_carriers_and_makers_clear_an_exchange_alone() {
    for (path, seed) in [SHORES, COBALT, NICKEL].into_iter().flat_map(|path| [(path, 11), (path, 12)]) {
        let setup = without_speculation(path);
        let mut weeks = vec![0; setup.contracts.len()];
        hold_and(&setup, seed, 104, |model, at| {
            for pit in &model.world().resource::<Futures>().pits {
                weeks[pit.index] += usize::from(pit.closes.iter().any(|close| close.lots > 0));
                if pit.board.terms.limit.is_none() || pit.closes.len() > pit.len() * SESSIONS {
                    continue;
                }
                for (place, month) in pit.board.months().iter().enumerate() {
                    let most = widest(pit, month.weeks_left);
                    for session in 1..SESSIONS {
                        let (before, now) = (close(pit, session - 1, place).settlement, close(pit, session, place));
                        let moved = ((now.last - before).abs().max((now.settlement - before).abs()) - 1) as f64;
                        assert!(moved <= most * before as f64, "{at}, {}: {before}, {now:?}", month.month);
                    }
                }
            }
        });
        for (contract, weeks) in setup.contracts.iter().zip(weeks) {
            // Who makes the shores' hydroxide hedges it, but nobody makes a market there.
            let made = setup.traders.iter().any(|group| setup.contracts[group.contract].id == contract.id);
            assert_eq!(weeks > 90, made, "{path}, seed {seed}: {} trades in {weeks} weeks", contract.id);
        }
    }
}

/// Nobody who has metal looks at an exchange.
fn unheard(mut setup: Setup) -> Setup {
    setup.contracts.iter_mut().for_each(|contract| contract.weight = 0.0);
    setup.mines.iter_mut().for_each(|mine| mine.rule.hedging = None);
    setup.plants.iter_mut().for_each(|plant| plant.rule.hedging = None);
    setup.sectors.iter_mut().for_each(|sector| sector.rule.hedging = None);
    setup.merchants.iter_mut().for_each(|merchant| merchant.rule.carry = None);
    setup
}

fn physical(out: &RunOutput) -> Vec<&Table> {
    let physical = ["markets", "flows", "mines", "plants", "sectors", "merchants", "recyclers", "nations"];
    out.tables.iter().filter(|table| physical.contains(&table.name)).collect()
}

proptest! {
    #![proptest_config(cases(12))]

    /// Without an exchange spot is as with one, but for what is expected: market specification, invariant 16.
    #[test]
    fn an_exchange_that_nobody_with_metal_looks_at_leaves_spot_as_it_is(sets in decrees(levers::COBALT), seed in any::<u64>()) {
        let [plain, traded] = [world(runs::COBALT, &sets), unheard(world(COBALT, &sets))].map(|setup| run(&setup, seed, 90, TABLES));
        prop_assert!(physical(&plain) == physical(&traded));
        let volume = series(&traded.tables, "contracts", &[("contract", "shfe-cobalt")], "volume_t");
        prop_assert!(mean(&volume) > 100.0, "{volume:?}");
    }

    #[test]
    fn books_and_positions_close_on_two_exchanges(sets in levers::cobalt_futures_decrees(), seed in any::<u64>()) {
        hold(&world(COBALT, &sets), seed, 110);
    }

    #[test]
    fn books_and_positions_close_on_nickels_exchanges(sets in levers::nickel_futures_decrees(), seed in any::<u64>()) {
        hold(&world(NICKEL, &sets), seed, 80);
    }
}

/// How far months in their last two weeks settle above the next one, as a share of it: the sum over sessions.
fn squeezed(setup: &Setup, seed: u64, weeks: u32) -> f64 {
    let (mut model, mut sum) = (Model::new(setup, seed), 0.0);
    for _week in 0..weeks {
        model.step().unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        let pit = &model.world().resource::<Futures>().pits[0];
        let ended = pit.closes.len() > pit.len() * SESSIONS;
        if !ended && pit.weeks_left(0) > 1 {
            continue;
        }
        for session in 0..SESSIONS {
            let [front, next] = [0, 1].map(|place| close(pit, session, place));
            sum += (front.settlement as f64 / next.settlement as f64 - 1.0).max(0.0);
        }
    }
    sum
}

/// Nine tenths of all metal where a contract delivers is gone, and who is short in the month that ends has to find some.
#[test]
fn who_holds_most_of_what_can_be_delivered_and_lends_makes_a_squeeze_smaller() {
    const STOCKS: &str = "nations.northland.policies.stocks=StockWithdrawal(announced: Date(\"2024-09-02\"), \
                          in_force: Date(\"2024-09-02\"), contract: \"cobalt\", share: Share(0.9), of: Everybody)";
    let [keeps, lends] = [false, true].map(|lends| {
        let setup = world(SHORES, &[STOCKS.to_owned(), format!("contracts.cobalt.lending={lends}")]);
        (1..=16).map(|seed| squeezed(&setup, seed, 104)).collect::<Vec<f64>>()
    });
    let calm = mean(&(1..=4).map(|seed| squeezed(&plain(SHORES), seed, 104)).collect::<Vec<f64>>());
    let lower = keeps.iter().zip(&lends).filter(|(keeps, lends)| lends < keeps).count();
    assert!(mean(&keeps) > 5.0 * calm && calm > 0.0, "{} in a squeeze, {calm} without", mean(&keeps));
    assert!(mean(&lends) < 0.75 * mean(&keeps) && lower >= 12, "{lower} of 16 seeds: {keeps:?}, {lends:?}");
}
