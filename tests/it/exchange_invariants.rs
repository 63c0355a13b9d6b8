//! What holds of every exchange, whoever trades there: sizes do not matter, nobody is needed but who has metal and who makes
//! a market, and who corners a month has to lend it.

use oreworld::exchange::contract::PositionLimit;
use oreworld::futures::{Close, Futures, Pit, SESSIONS};
use oreworld::model::Model;
use oreworld::record::{TABLES, Table};
use oreworld::results::simulate::RunOutput;
use oreworld::setup::Setup;
use oreworld::setup::exchange::Strategy as Trades;
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
/// large to the bit in the first week; with twice as many up to a tick a session, since some limits take an odd lot more.
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
            let tick =
                setup.mineral_of(contract.metal().expect("metal").market).quantum.usd_per_tonne(contract.terms.tick);
            for seed in 0..4 {
                // The sum over all months.
                let [before, after] = [&one, &large].map(|runs| of(&runs[seed], "futures", "settlement_usd_per_t")[0]);
                assert_eq!(before.to_bits(), after.to_bits(), "{path}, {}", contract.id);
                let [before, after] = [&one, &many].map(|runs| active(&runs[seed])[0]);
                let ticks = (after - before).abs() / tick;
                assert!(ticks < SESSIONS as f64 + 0.5, "{path}, {}: {before}, {after}", contract.id);
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
    #![proptest_config(cases(4))]

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
