//! Options on futures: what holds in every week of a run, and who uses them.

use oreworld::exchange::option::Kind;
use oreworld::exchange::option::book::Listed;
use oreworld::futures::{Chain, Desk, Futures, Trading};
use oreworld::model::Model;
use oreworld::record::TABLES;
use oreworld::results::simulate::RunOutput;
use oreworld::units::Money;

use crate::runs::{run, series, world};

const COBALT: &str = "worlds/cobalt-2024-futures.ron";

/// A reserve with stock that buys puts at nine tenths of the mean price.
const PUTS: [&str; 4] = [
    "reserves.chn-reserve.stock=Tonnes(20000)",
    "reserves.chn-reserve.target=Days(60)",
    "reserves.chn-reserve.budget=Usd(500_000_000)",
    "nations.chn.policies.puts=ReserveOptions(announced: Date(\"2024-01-01\"), in_force: Date(\"2024-01-01\"), \
     reserve: \"chn-reserve\", contract: \"shfe-cobalt\", share: Share(0.3), spend: Share(0.02))",
];

fn watch(sets: &[&str], seed: u64, weeks: u32, mut look: impl FnMut(u32, &Futures, &Chain)) {
    let mut model = Model::new(&world(COBALT, sets), seed);
    for week in 0..weeks {
        model.step().unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        let futures = model.world().resource::<Futures>();
        futures.chains.iter().for_each(|chain| look(week, futures, chain));
    }
}

/// The step itself fails when what the houses hold is not what the books say.
#[test]
fn lots_of_options_sum_to_zero_and_books_close() {
    let (mut traded, mut exercised) = (0, 0);
    for seed in 1..=2 {
        watch(&PUTS, seed, 200, |week, futures, chain| {
            let house = &futures.houses[futures.pits[chain.contract].exchange].house;
            for (place, option) in chain.book.listed() {
                let lots: Vec<i64> = (0..house.size()).map(|member| chain.book.lots(member, place)).collect();
                assert_eq!(lots.iter().sum::<i64>(), 0, "seed {seed}, week {week}, {option:?}");
                let long: i64 = lots.iter().filter(|lots| **lots > 0).sum();
                assert_eq!(long, option.open_interest, "seed {seed}, week {week}");
                assert!(option.last >= 0 && option.worth >= 0 && option.open_interest.min(option.weeks_left) >= 0);
                assert!(option.weeks_left > 0 || option.open_interest == 0, "what has ended is nobody's");
                (traded, exercised) = (traded + option.week.lots, exercised + option.exercised);
            }
        });
    }
    assert!(traded > 1_000 && exercised > 100, "{traded} lots traded, {exercised} exercised");
}

/// Those who would trade options on it wait, as they do for months.
#[test]
fn a_contract_that_is_not_listed_has_no_options() {
    let mut weeks = 0;
    watch(&["contracts.shfe-cobalt.listed=Never"], 1, 8, |_, futures, chain| {
        assert!(futures.pits[chain.contract].is_empty() && chain.book.listed().is_empty());
        weeks += 1;
    });
    assert_eq!(weeks, 8);
}

/// e^(−rT)·F − K ≤ C − P ≤ F − e^(−rT)·K for American options, as far as anybody could buy the one and sell the other.
#[test]
fn calls_and_puts_stand_in_parity_within_the_makers_spread() {
    let mut seen = 0;
    watch(&[], 7, 150, |week, futures, chain| {
        let pit = &futures.pits[chain.contract];
        let house = &futures.houses[pit.exchange].house;
        let (listed, terms) = (chain.book.listed(), &chain.book.terms);
        for (_, call) in listed.iter().filter(|(_, option)| option.kind == Kind::Call && option.weeks_left > 0) {
            let same = |put: &Listed| (put.kind, put.month, put.strike) == (Kind::Put, call.month, call.strike);
            let Some((_, put)) = listed.iter().find(|(_, put)| same(put)) else { continue };
            let price = |ticks: i64| ticks as f64 * terms.tick.real();
            let ([call_bid, call_ask], [put_bid, put_ask]) = (call.quoted.map(price), put.quoted.map(price));
            if [call_bid, call_ask, put_bid, put_ask].contains(&0.0) || call.week.lots + put.week.lots > 0 {
                continue;
            }
            let (forward, strike) = (pit.price(house.settled(call.series)), pit.price(call.strike));
            let discount = libm::exp(-terms.interest * call.weeks_left as f64 * 7.0 / 365.25);
            let tick = 2.0 * price(1);
            assert!(call_bid - put_ask <= forward - discount * strike + tick, "week {week}: {call:?} {put:?}");
            assert!(call_ask - put_bid >= discount * forward - strike - tick, "week {week}: {call:?} {put:?}");
            seen += 1;
        }
    });
    assert!(seen > 500, "{seen} pairs");
}

/// Listed and not traded, options leave no trace.
#[test]
fn options_that_nobody_trades_change_nothing() {
    let rules = ["china-refiner", "refiner"].map(|rule| format!("plant_rules.{rule}.hedging.options=None"));
    let sectors = ["ev-batteries", "portable"].map(|rule| format!("sector_rules.{rule}.hedging.options=None"));
    let mut idle: Vec<String> = rules.into_iter().chain(sectors).collect();
    idle.push("trader_rules.fund.options=Share(0)".into());
    // A market maker in the place of each maker of options, so that there are as many members.
    idle.push("traders.shfe-cobalt-option-makers.rule=\"cobalt-maker\"".into());
    let mut none = idle.clone();
    none.push("contracts.shfe-cobalt.options=None".into());
    none.push(
        "trader_rules.cobalt-option-maker=MarketMaker(depth: Tonnes(100), half_spread: Share(0.1), reversion: Share(0))"
            .into(),
    );
    let out = [idle, none].map(|sets| {
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        run(&world(COBALT, &sets), 3, 120, TABLES)
    });
    let tables =
        |out: &RunOutput| out.tables.iter().filter(|table| table.name != "options").cloned().collect::<Vec<_>>();
    assert!(tables(&out[0]) == tables(&out[1]));
    let options = out[0].tables.iter().find(|table| table.name == "options").expect("a table");
    assert!(!options.columns.is_empty());
}

/// When its decree ends, a reserve has no use for its puts any more, and sells them before they end.
#[test]
fn holders_sell_back_what_they_no_longer_need() {
    let ended = PUTS.map(|set| set.replace("reserve: \"chn", "until: Date(\"2025-01-06\"), reserve: \"chn"));
    let setup = world(COBALT, &ended);
    let (mut before, mut brought, mut after) = (0, Money::ZERO, 0);
    for seed in 1..=4 {
        let mut model = Model::new(&setup, seed);
        for week in 0..57 {
            model.step().unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
            let futures = model.world().resource::<Futures>();
            model.each::<&Desk>(|desk| {
                let chain = futures.chains.iter().find(|chain| chain.contract == desk.contract);
                let Some(chain) = chain.filter(|_| matches!(desk.trading, Trading::Stockpile(_))) else { return };
                let puts: i64 = chain.book.listed().iter().map(|(place, _)| chain.book.lots(desk.member, *place)).sum();
                let premium = chain.book.flow(desk.member).premium;
                // The decree ends in week 53.
                match week {
                    52 => before += puts,
                    53..=56 => (brought, after) = (brought + premium, if week == 56 { after + puts } else { after }),
                    _ => {}
                }
            });
        }
    }
    assert!(brought > Money::ZERO && after < before, "{brought:?} for puts, of {before} lots {after} are left");
}

#[test]
fn a_reserve_pays_for_its_puts_and_they_pay_when_the_price_falls() {
    let (mut paid, mut brought, mut held) = (0.0, 0.0, 0.0_f64);
    for seed in 1..=4 {
        let out = run(&world(COBALT, &PUTS), seed, 260, TABLES);
        let of = |column| series(&out.tables, "reserve_options", &[("reserve", "chn-reserve")], column);
        paid += of("paid_usd").iter().sum::<f64>();
        brought += of("payoff_usd").iter().sum::<f64>();
        held = of("puts_t").into_iter().fold(held, f64::max);
        assert!(of("cash_usd").iter().all(|cash| *cash >= 0.0), "premiums come from what it has");
    }
    assert!(paid > 0.0 && brought > 0.0 && held > 100.0, "{paid} paid, {brought} brought, {held} t");
}
