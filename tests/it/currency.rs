//! What contracts are priced on, what they are paid in, and reserves hedged forward.

use oreworld::currency::Currencies;
use oreworld::futures::Futures;
use oreworld::model::Model;
use oreworld::offtake::Offtakes;
use oreworld::record::TABLES;
use oreworld::results::simulate::RunOutput;

use crate::runs::{mean, run, series, world};

const SHORES: &str = "worlds/two-shores-futures.ron";

/// What a contract's formula is told of the week before.
const FOLLOWS: &str = "offtakes.old=(seller: \"red-hill\", buyer: \"harbor-works\", quantity: TonnesPerYear(5_000), \
                       from: Date(\"2024-01-01\"), terms: (formula: FuturesPlus(contract: \"cobalt\", weeks: Weeks(2), \
                       payable: 0.6, premium: UsdPerTonne(100), charge: UsdPerTonne(40))))";

/// Refiners and users of the north put half of their need under contract each quarter.
const PROGRAM: &str = "nations.northland.policies.program=OfftakeProgram(announced: Date(\"2024-01-01\"), \
                       in_force: Date(\"2024-01-01\"), mineral: \"cobalt\", stage: \"refined\", \
                       matching: (share_of_output: Share(0.8), share_of_need: Share(0.5), tenor: Weeks(26), \
                       terms: (formula: Spot(Weeks(4)), tolerance: Share(0))))";

fn pricing(share: &str) -> String {
    format!(
        "nations.northland.policies.pricing=BenchmarkPricing(announced: Date(\"2024-01-01\"), \
         in_force: Date(\"2024-01-01\"), contract: \"cobalt\", share: Share({share}), discount: UsdPerTonne(300))"
    )
}

fn priced(out: &RunOutput, benchmark: &str, column: &str) -> Vec<f64> {
    series(&out.tables, "pricing", &[("stage", "refined"), ("benchmark", benchmark)], column)
}

#[test]
fn a_contract_is_paid_by_what_the_main_month_traded_at() {
    let mut model = Model::new(&world(SHORES, &[FOLLOWS]), 5);
    let mut benchmarks: Vec<f64> = Vec::new();
    let mut seen = 0;
    for week in 0..120 {
        model.step().unwrap_or_else(|fault| panic!("{fault}"));
        let (futures, offtakes) = (model.world().resource::<Futures>(), model.world().resource::<Offtakes>());
        let delivery = offtakes.deliveries[0];
        if week > 1 {
            let due = 0.6 * mean(&benchmarks[week - 2..]) + 10_000.0 - 4_000.0;
            assert!((delivery.price.real() - due).abs() <= 0.5, "week {week}: {} {due}", delivery.price.real());
            seen += 1;
        }
        let pit = &futures.pits[0];
        let main = &pit.board.months()[pit.board.main().unwrap_or_default()];
        let settled = pit.price(futures.houses[pit.exchange].house.settled(main.series));
        assert!((pit.benchmark / settled - 1.0).abs() < 0.3, "week {week}: {} {settled}", pit.benchmark);
        benchmarks.push(pit.benchmark);
    }
    assert_eq!(seen, 118);
}

#[test]
fn a_decreed_share_of_new_contracts_follows_futures() {
    let out = run(&world(SHORES, &[PROGRAM, &pricing("0.6")]), 5, 100, TABLES);
    let tonnes = |benchmark| priced(&out, benchmark, "delivered_t").iter().sum::<f64>();
    let (futures, spot) = (tonnes("cobalt"), tonnes("spot"));
    assert!((futures / (futures + spot) - 0.6).abs() < 1e-3, "{futures} t of futures, {spot} t of spot");
    // All of it, and none of it.
    let out = run(&world(SHORES, &[PROGRAM, &pricing("1")]), 5, 60, TABLES);
    assert!(
        priced(&out, "spot", "delivered_t").is_empty()
            || priced(&out, "spot", "delivered_t").iter().sum::<f64>() == 0.0
    );
    assert!(priced(&out, "cobalt", "delivered_t").iter().sum::<f64>() > 100.0);
}

#[test]
fn without_months_a_benchmark_is_spot_where_the_contract_delivers() {
    let sets = [PROGRAM, "contracts.cobalt.listed=Never", "contracts.hydroxide.listed=Never"];
    let plain = run(&world(SHORES, &sets), 5, 80, TABLES);
    let same = pricing("1").replace(", discount: UsdPerTonne(300)", "");
    let priced_on = run(&world(SHORES, &[sets[0], sets[1], sets[2], &same]), 5, 80, TABLES);
    // The buyers are where it delivers, so that all runs as before.
    for table in ["markets", "plants", "sectors"] {
        let find = |out: &RunOutput| out.tables.iter().find(|found| found.name == table).expect("a table").clone();
        assert!(find(&plain) == find(&priced_on), "{table}");
    }
    assert!(priced(&priced_on, "cobalt", "delivered_t").iter().sum::<f64>() > 100.0);
}

/// A reserve that neither buys nor sells metal.
const STILL: [&str; 4] = [
    "reserves.north-reserve.stock=Tonnes(1_000)",
    "reserves.north-reserve.target=Days(1)",
    "reserves.north-reserve.budget=Usd(20_000_000)",
    "reserves.north-reserve.release_above=Share(1)",
];
const HEDGE: &str = "nations.northland.policies.hedge=ReserveHedge(announced: Date(\"2024-01-01\"), \
                     in_force: Date(\"2024-07-01\"), until: Date(\"2025-12-01\"), reserve: \"north-reserve\", \
                     contract: \"cobalt\", ratio: Share(0.2))";

#[test]
fn a_reserve_sells_a_share_of_its_stock_forward_and_its_account_bears_the_gains() {
    let out = run(&world(SHORES, &[&STILL[..], &[HEDGE]].concat()), 5, 130, TABLES);
    let of = |column| series(&out.tables, "reserve_options", &[("reserve", "north-reserve")], column);
    let (short, gain, cash, held) = (of("short_t"), of("hedge_gain_usd"), of("cash_usd"), of("deposited_usd"));
    assert!(short[..26].iter().all(|tonnes| *tonnes == 0.0), "nothing before it binds");
    let middle = mean(&short[52..95]);
    assert!((middle - 200.0).abs() < 20.0, "{middle} t short of 200");
    assert!(short[110..].iter().all(|tonnes| *tonnes == 0.0), "bought back after it ends");
    let mut sum = 0.0;
    for week in 0..130 {
        sum += gain[week];
        let had = cash[week] + held[week];
        assert!((had - 20_000_000.0 - sum).abs() < 1.0, "week {week}: {had} after gains of {sum}");
    }
    assert!(gain.iter().any(|usd| *usd > 1_000.0) && gain.iter().any(|usd| *usd < -1_000.0));
}

/// Nobody who is not named in it trades otherwise, and without months to sell nothing is different.
#[test]
fn a_hedge_without_months_changes_nothing() {
    let never = ["contracts.cobalt.listed=Never", "contracts.hydroxide.listed=Never"];
    // Tables that name policies, which only one of the worlds has.
    let tables: Vec<&str> =
        TABLES.iter().copied().filter(|table| !["policies", "acts", "looks"].contains(table)).collect();
    let plain = run(&world(SHORES, &[&STILL[..], &never[..]].concat()), 5, 60, &tables);
    let hedged = run(&world(SHORES, &[&STILL[..], &never[..], &[HEDGE]].concat()), 5, 60, &tables);
    for (plain, hedged) in plain.tables.iter().zip(&hedged.tables) {
        assert!(plain == hedged, "{}", plain.name);
    }
}

/// The south, which mines, reckons in the currency; what it sells is paid in it after six weeks, or in dollars.
const CROWN: [&str; 3] = [
    "currencies={\"crown\": (label: (zh: \"克朗\", en: \"Crown\"), per_usd: 7, sd: Share(0.02), payment: Weeks(6))}",
    "nations.southland.currency=\"crown\"",
    "offtakes.old=(seller: \"red-hill\", buyer: \"harbor-works\", quantity: TonnesPerYear(5_000), from: Date(\"2024-01-01\"), \
     terms: (formula: Spot(Weeks(4)), currency: \"crown\"))",
];

fn gains(out: &RunOutput, nation: &str, column: &str) -> Vec<f64> {
    series(&out.tables, "exchange_gains", &[("nation", nation)], column)
}

#[test]
fn what_is_fixed_in_a_currency_is_paid_at_the_rate_of_the_day() {
    let out = run(&world("worlds/two-shores.ron", &CROWN), 3, 80, TABLES);
    let rate = series(&out.tables, "exchange_rates", &[("currency", "crown")], "units_per_usd");
    let paid = series(&out.tables, "pricing", &[("stage", "hydroxide")], "paid_usd");
    let (buyer, seller) = (gains(&out, "northland", "gain_usd"), gains(&out, "southland", "gain_usd"));
    assert!((rate[0] - 7.0).abs() < 1e-12);
    let mut most: f64 = 0.0;
    for week in 6..80 {
        // Who reckons in dollars pays so much more when the crown has risen.
        let due = -paid[week - 6] * (rate[week - 6] / rate[week] - 1.0);
        assert!((buyer[week] - due).abs() < 0.01, "week {week}: {} of {due}", buyer[week]);
        assert!(seller[week].abs() < 1e-9, "week {week}: who reckons in crowns gains nothing");
        most = most.max(due.abs());
    }
    assert!(most > 10_000.0, "{most}");
}

#[test]
fn in_dollars_the_risk_is_the_sellers_and_no_money_moves() {
    let dollars = CROWN[2].replace(", currency: \"crown\"", "");
    let paid = run(&world("worlds/two-shores.ron", &[CROWN[0], CROWN[1], &dollars]), 3, 80, TABLES);
    let plain = run(&world("worlds/two-shores.ron", &[dollars.as_str()]), 3, 80, TABLES);
    assert!(gains(&paid, "southland", "gain_usd").iter().any(|usd| usd.abs() > 10_000.0));
    assert!(gains(&paid, "northland", "gain_usd").iter().all(|usd| usd.abs() < 1e-9));
    for table in plain.tables.iter().filter(|table| !table.name.starts_with("exchange_")) {
        assert!(paid.tables.iter().any(|other| other == table), "{}", table.name);
    }
}

#[test]
fn cover_takes_the_risk_off_for_a_spread() {
    let cover = "nations.northland.cover=(share: Share(1), spread: Share(0.002))";
    let out = run(&world("worlds/two-shores.ron", &[&CROWN[..], &[cover]].concat()), 3, 80, TABLES);
    let [gain, covered] = ["gain_usd", "covered_usd"].map(|column| gains(&out, "northland", column));
    assert!(gain.iter().zip(&covered).all(|(gain, covered)| (gain + covered).abs() < 0.01));
    let spread: f64 = gains(&out, "northland", "spread_usd").iter().sum();
    let paid: f64 = series(&out.tables, "pricing", &[("stage", "hydroxide")], "paid_usd").iter().sum();
    assert!((spread / paid - 0.002).abs() < 1e-5, "{spread} of {paid}");
}

#[test]
fn a_decreed_share_of_new_contracts_is_settled_in_the_currency() {
    let settlement = "nations.northland.policies.settled=Settlement(announced: Date(\"2024-01-01\"), in_force: Date(\"2024-01-01\"), \
                      currency: \"crown\", share: Share(0.3))";
    let mut model = Model::new(&world("worlds/two-shores.ron", &[CROWN[0], PROGRAM, settlement]), 3);
    (0..60).for_each(|_| model.step().expect("books that close"));
    let offtakes = model.world().resource::<Offtakes>();
    let of = |wanted: &dyn Fn(bool) -> bool| {
        let found = offtakes.contracts.iter().filter(|contract| wanted(contract.terms.currency.is_some()));
        found.map(|contract| contract.per_week).sum::<f64>()
    };
    let (crowns, all) = (of(&|crowns| crowns), of(&|_| true));
    assert!(all > 0.0 && (crowns / all - 0.3).abs() < 1e-9, "{crowns} of {all}");
    assert!(model.world().resource::<Currencies>().rates[0].per_usd > 1.0);
}
