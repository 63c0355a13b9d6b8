//! Reserve agencies by rule: each lever bends what it should, in the smallest world that shows it, and the published
//! Markov decision problem comes out of the market.

use oreworld::agent::{Agent, Trade};
use oreworld::ledger::{Ledger, Slot};
use oreworld::market::Markets;
use oreworld::math;
use oreworld::model::Model;
use oreworld::reserve::Reserve;
use oreworld::results::simulate::RunOutput;
use oreworld::setup::Setup;

use crate::runs::{SHORES, mean, price, run, series, world};

const TABLES: &[&str] = &["markets", "sectors", "plants", "merchants", "reserves", "agencies", "nations", "mines"];

/// Exports stop for a year.
const STOP: &str = "nations.southland.policies.stop=ExportBan(announced: Date(\"2025-01-06\"), in_force: Date(\"2025-01-06\"), \
                    until: Date(\"2026-01-05\"), mineral: \"cobalt\", stages: [\"hydroxide\", \"refined\"])";

/// A rule that releases when a twentieth of use is unmet.
fn rule(more: &str) -> String {
    format!(
        "reserve_rules.own=(target: (days: Days(60)), triggers: [Shortage(above: Share(0.05), keep: Share(0), approval: Weeks(2))], \
         release: (per_week: Days(1.5), least: 1.0), purchase: (below: Share(0.1), per_week: Days(0.5)), {more})"
    )
}

/// An agency of the north.
fn agency(id: &str, rule: &str, more: &str) -> String {
    format!(
        "reserves.{id}=(label: (zh: \"储\", en: \"Agency\"), nation: \"northland\", mineral: \"cobalt\", stage: \"refined\", \
         rule: \"{rule}\", stock: OfTarget(1), budget: Usd(10_000_000), {more})"
    )
}

fn shores(sets: &[&str]) -> Setup {
    world(SHORES, sets)
}

fn of(out: &RunOutput, table: &str, id: &str, column: &str) -> Vec<f64> {
    series(&out.tables, table, &[("reserve", id)], column)
}

fn total(out: &RunOutput, table: &str, id: &str, column: &str) -> f64 {
    of(out, table, id, column).iter().sum()
}

#[test]
fn an_agency_without_stock_and_money_changes_nothing() {
    let idle = agency("idle", "own", "").replace("10_000_000", "0").replace("OfTarget(1)", "Tonnes(0)");
    let [with, without] = [shores(&[STOP, &rule(""), &idle]), shores(&[STOP])].map(|setup| run(&setup, 3, 120, TABLES));
    for (stage, region) in [("hydroxide", "south"), ("hydroxide", "north"), ("refined", "north")] {
        let bits = |out: &RunOutput| price(out, stage, region).into_iter().map(f64::to_bits).collect::<Vec<u64>>();
        assert!(bits(&with) == bits(&without), "{stage} in the {region}");
    }
}

#[test]
fn what_firms_hold_goes_first_and_shortens_the_shortage() {
    let waits = "release.after_lower";
    let sets = [
        STOP,
        &rule("tier: Central"),
        &rule("tier: Enterprise").replace("own", "firms"),
        &format!("reserve_rules.own.{waits}=Share(0.25)"),
        &agency("state", "own", ""),
        &agency("firms", "firms", ""),
    ];
    let (with, without) = (run(&shores(&sets), 1, 110, TABLES), run(&shores(&[STOP]), 1, 110, TABLES));
    let first = |id| of(&with, "reserves", id, "released_t").iter().position(|released| *released > 0.0);
    let (state, firms) = (first("state").expect("the state releases"), first("firms").expect("firms release"));
    assert!(firms < state, "firms in week {firms}, the state in week {state}");
    let left = of(&with, "reserves", "firms", "stock_t")[state];
    let all = of(&with, "reserves", "firms", "stock_t")[0];
    assert!(left <= 0.25 * all, "the state waits until a quarter is left: {left} of {all}");
    let unmet = |out: &RunOutput| {
        series(&out.tables, "sectors", &[("sector", "north-batteries")], "unmet_t").iter().sum::<f64>()
    };
    assert!(unmet(&with) < unmet(&without), "{} {}", unmet(&with), unmet(&without));
}

#[test]
fn a_threshold_that_leaves_half_leaves_half() {
    let half = rule("").replace("keep: Share(0)", "keep: Share(0.5)");
    let out = run(&shores(&[STOP, &half, &agency("state", "own", "")]), 1, 100, TABLES);
    let stock = of(&out, "reserves", "state", "stock_t");
    let least = stock.iter().copied().fold(f64::INFINITY, f64::min);
    assert!((least / stock[0] - 0.5).abs() < 1e-6, "{least} of {}", stock[0]);
}

#[test]
fn discretion_gives_alarms_that_no_shortage_calls_for() {
    let clear = [rule(""), agency("state", "own", "")];
    let vague = rule("").replace(
        "Shortage(above: Share(0.05), keep: Share(0), approval: Weeks(2))",
        "Discretion(frequency: PerYear(1), slope: 10, length: Weeks(8), keep: Share(0), approval: Weeks(2))",
    );
    let alarms = |rule: &str| -> f64 {
        let setup = shores(&[rule, &clear[1]]);
        (1..=3).map(|seed| total(&run(&setup, seed, 150, TABLES), "agencies", "state", "alarm")).sum()
    };
    let (clear, vague) = (alarms(&clear[0]), alarms(&vague));
    assert!(clear < vague, "{clear} {vague}");
}

#[test]
fn a_warning_opens_the_reserve() {
    let watch = "watches.eye=(label: (zh: \"监测\", en: \"Eye\"), nation: \"northland\", mineral: \"cobalt\", stage: \"refined\", \
                 observes: (price: (amber: 1.1, red: 1.3)), levels: (first: Share(0.3), second: Share(0.5), third: Share(0.8)))";
    let warned = rule("").replace(
        "Shortage(above: Share(0.05), keep: Share(0), approval: Weeks(2))",
        "Warning(level: 2, approval: Weeks(1))",
    );
    let released = |sets: &[&str]| total(&run(&shores(sets), 1, 110, TABLES), "reserves", "state", "released_t");
    let agency = agency("state", "own", "");
    assert!(released(&[STOP, &warned, &agency]) == 0.0, "nobody warns");
    assert!(released(&[STOP, &warned, &agency, watch]) > 0.0);
}

#[test]
fn rotation_keeps_the_stock_and_makes_it_fresh() {
    let rotation = rule("rotation: (rate: SharePerYear(0.3), margin: Share(0.05), shelf_life: Years(4))");
    let out = |rule: &str| run(&shores(&[rule, &agency("state", "own", "")]), 2, 200, TABLES);
    let with = out(&rotation);
    let slow = out(&rotation.replace("0.3)", "0.02)"));
    let stock = of(&with, "reserves", "state", "stock_t");
    assert!(total(&with, "agencies", "state", "rotated_t") > 0.5 * stock[0], "three tenths a year for four years");
    let least = stock.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(least > 0.9 * stock[0], "what is sold is bought back: {least} of {}", stock[0]);
    let fresh = |out: &RunOutput| *of(out, "agencies", "state", "fresh_share").last().expect("weeks");
    assert!(fresh(&with) > fresh(&slow) + 0.1, "{} {}", fresh(&with), fresh(&slow));
}

/// Most that one buyer bought of a week's offer in any week, from the books.
fn most_bought(setup: &Setup) -> f64 {
    let mut model = Model::new(setup, 1);
    let mut most = 0.0_f64;
    for _ in 0..100 {
        model.step().expect("a step");
        let mut released = 0.0;
        model.each::<&Reserve>(|reserve| released += reserve.week.released.real());
        let mut largest = 0.0_f64;
        model.each::<(&Agent, &oreworld::sector::Sector, &Trade)>(|(_, _, trade)| {
            largest = largest.max(trade.bought.real());
        });
        if released > 0.0 {
            most = most.max(largest.min(released) / released);
        }
    }
    most
}

#[test]
fn no_bidder_buys_more_than_its_share() {
    let two = "sectors.north-phones=(label: (zh: \"手机\", en: \"Phones\"), nation: \"northland\", mineral: \"cobalt\", rule: \"batteries\", \
               use: TonnesPerYear(500), priority: 3, stock: Tonnes(40), lead: Weeks(1))";
    let sold = |most: &str| {
        let limited = rule("").replace("least: 1.0", most);
        let out = run(&shores(&[STOP, two, &limited, &agency("state", "own", "")]), 1, 100, TABLES);
        let stock = of(&out, "reserves", "state", "stock_t");
        let weekly = stock.windows(2).map(|pair| pair[0] - pair[1]).fold(0.0, f64::max);
        weekly / stock[0]
    };
    // A fortieth of the stock is offered a week. The small bidder takes little, the large one no more than a fifth of it.
    let (free, limited) = (sold("least: 1.0"), sold("least: 1.0, lots: 20, most_per_bidder: Share(0.2)"));
    assert!((free - 0.025).abs() < 1e-3, "{free}");
    assert!(limited <= 2.0 * 0.2 * 0.025 + 1e-9 && limited > 0.0, "{limited}");
    let open = shores(&[STOP, two, &rule(""), &agency("state", "own", "")]);
    assert!(most_bought(&open) > 0.9, "without a limit one bidder may take nearly all");
}

#[test]
fn plants_alone_may_bid_where_the_rule_says_so() {
    let plants = rule("").replace("least: 1.0", "least: 1.0, bidders: Plants");
    let out = run(&shores(&[STOP, &plants, &agency("state", "own", "")]), 1, 100, TABLES);
    assert!(total(&out, "reserves", "state", "released_t") == 0.0, "no plant buys refined metal");
}

#[test]
fn a_stock_that_others_see_crowds_out_theirs() {
    let held = |secrecy: &str| {
        let setup = shores(&[&rule(secrecy), &agency("state", "own", "")]);
        let stock = |seed| {
            let out = run(&setup, seed, 100, TABLES);
            let of = |table, column| mean(&series(&out.tables, table, &[], column));
            of("merchants", "stock_t") + of("sectors", "stock_t") + of("plants", "product_stock_t")
        };
        (1..=4).map(stock).sum::<f64>() / 4.0
    };
    let (hidden, public) = (held(""), held("secrecy: Public"));
    assert!(public < hidden, "{public} {hidden}");
    let noisy = held("secrecy: Reported(every: Weeks(13), noise: Share(0.3))");
    assert!(noisy < hidden, "{noisy} {hidden}");
}

#[test]
fn a_far_base_brings_metal_later_and_costs_carriage() {
    let sold = |base: &str| {
        let setup = shores(&[STOP, &rule(""), &agency("state", "own", base)]);
        run(&setup, 1, 100, TABLES)
    };
    let (near, far) = (sold("base: (rent: 2)"), sold("base: (rent: 0.5, delivery: UsdPerTonne(100), time: Weeks(6))"));
    let [near_rent, far_rent] = [&near, &far].map(|out| of(out, "agencies", "state", "kept_for_usd")[0]);
    assert!((near_rent / far_rent - 4.0).abs() < 1e-3, "{near_rent} {far_rent}");
    assert!(total(&near, "agencies", "state", "carriage_usd") == 0.0);
    let (carriage, released) =
        (total(&far, "agencies", "state", "carriage_usd"), total(&far, "reserves", "state", "released_t"));
    assert!(released > 0.0 && (carriage / released - 100.0).abs() < 1e-6, "{carriage} for {released}");
    let under_way = series(&far.tables, "sectors", &[("sector", "north-batteries")], "under_way_t");
    assert!(under_way.iter().any(|mass| *mass > 0.0), "what was released is on its way");
}

#[test]
fn who_cannot_pay_sells_and_is_bankrupt_when_nothing_is_left() {
    // A floor far above the market: everything that is offered is bought on credit, and interest eats it.
    let band = rule("band: (floor: 2, ceiling: 3), keeping: (interest: SharePerYear(0.5), credit: 1)")
        .replace("Days(0.5)", "Days(20)");
    let agency = agency("council", "own", "").replace("OfTarget(1)", "Tonnes(0)");
    let out = run(&shores(&[&band, &agency]), 1, 200, TABLES);
    let stock = of(&out, "reserves", "council", "stock_t");
    let highest = stock.iter().copied().fold(0.0, f64::max);
    assert!(highest > 100.0, "it bought {highest}");
    assert!(total(&out, "agencies", "council", "distressed") > 0.0, "and could not pay");
    let bankrupt = of(&out, "agencies", "council", "bankrupt");
    assert!(bankrupt.last() == Some(&1.0) && stock.last() == Some(&0.0), "{:?} {:?}", bankrupt.last(), stock.last());
}

#[test]
fn capacity_kept_ready_makes_less_until_the_metal_is_needed() {
    let standby =
        "standby: (site: Plant(\"harbor-works\"), share: Share(0.2), fee: UsdPerTonneYear(500), lead: Weeks(4))";
    let quiet = "mine_rules.by-product.outage.frequency=PerYear(0)";
    let setup =
        |more: &str| shores(&[quiet, &rule(""), &agency("state", "own", more).replace("OfTarget(1)", "Tonnes(0)")]);
    let out = |more: &str| run(&setup(more), 1, 150, TABLES);
    let (with, without) = (out(standby), out(""));
    let fed = |out: &RunOutput| series(&out.tables, "plants", &[("plant", "harbor-works")], "fed_t");
    let (held, free) = (fed(&with), fed(&without));
    assert!((held[0] / free[0] - 0.8).abs() < 1e-3, "{} {}", held[0], free[0]);
    let fees = of(&with, "agencies", "state", "fees_usd");
    // A fifth of 12,000 t a year at 500 USD.
    assert!((fees[0] * 365.25 / 7.0 - 1_200_000.0).abs() < 100.0, "{}", fees[0]);
    let alarm = of(&with, "agencies", "state", "alarm");
    let opened = (5..alarm.len()).find(|week| alarm[week - 5..*week].iter().all(|alarm| *alarm > 0.0));
    if let Some(week) =
        opened.filter(|week| week + 4 < alarm.len() && alarm[*week..week + 4].iter().all(|alarm| *alarm > 0.0))
    {
        assert!(fees[week + 3] == 0.0, "what runs costs no fee");
    }
}

#[test]
fn a_firm_that_is_paid_holds_more_and_costs_more() {
    let venture = |fixed: &str| {
        rule(&format!(
            "tier: Enterprise, keeping: (interest: SharePerYear(0.08), credit: 2), audit: (turnover: Share(0.2), quality: Share(0.9), response: Weeks(4)), \
             venture: (band: Share(0.1), hurdle: Share(0.02), comply: Share(0.4), fixed: {fixed})"
        ))
    };
    let out = |fixed: &str| run(&shores(&[&venture(fixed), &agency("firm", "own", "")]), 1, 150, TABLES);
    let (paid, unpaid) = (out("0.2"), out("0"));
    let held = |out: &RunOutput| mean(&of(out, "reserves", "firm", "stock_t"));
    assert!(held(&paid) > held(&unpaid) * 1.1, "{} {}", held(&paid), held(&unpaid));
    let support = |out: &RunOutput| total(out, "agencies", "firm", "support_usd");
    assert!(support(&paid) > 0.0 && support(&unpaid) == 0.0);
}

#[test]
fn bonds_pay_for_metal_that_money_does_not() {
    let poor = |bonds: &str| {
        let buys = rule("").replace(
            "below: Share(0.1)",
            &format!("below: Share(0.1), top_up: Share(0.02), bonds: {bonds}, bond_yield: SharePerYear(0.04)"),
        );
        let agency = agency("state", "own", "").replace("OfTarget(1)", "Tonnes(0)").replace("10_000_000", "0");
        run(&shores(&[&buys, &agency]), 1, 80, TABLES)
    };
    let (with, without) = (poor("1"), poor("0"));
    assert!(total(&without, "reserves", "state", "bought_t") == 0.0);
    let bought = total(&with, "reserves", "state", "bought_t");
    let sold = of(&with, "agencies", "state", "bonds_sold_usd");
    assert!(bought > 100.0 && sold.last().is_some_and(|sold| *sold > 0.0), "{bought}");
    // Each week costs what the bonds sold before would have brought.
    let (week, yearly) = (of(&with, "agencies", "state", "kept_for_usd"), 365.25 / 7.0);
    assert!((week[79] * yearly / sold[78] - 0.04).abs() < 1e-3, "{} of {}", week[79] * yearly, sold[78]);
}

#[test]
fn lessons_of_a_release_move_size_and_triggers() {
    let learns = rule("learning: (gain: 1, most: Share(0.5))");
    let out = run(&shores(&[STOP, &learns, &agency("state", "own", "")]), 1, 150, TABLES);
    let size = of(&out, "agencies", "state", "size_learned");
    assert!(size[0] == 0.0 && size.last().is_some_and(|size| *size != 0.0), "{:?}", size.last());
    let plain = run(&shores(&[STOP, &rule(""), &agency("state", "own", "")]), 1, 150, TABLES);
    let aim = |out: &RunOutput| *of(out, "agencies", "state", "aim_t").last().expect("weeks");
    let expected = math::exp(*size.last().expect("weeks"));
    assert!((aim(&out) / aim(&plain) - expected).abs() < 1e-3, "{} {}", aim(&out) / aim(&plain), expected);
}

#[test]
fn idle_producers_are_bought_from() {
    let buys = |below: &str| {
        rule("").replace(
            "below: Share(0.1)",
            &format!("below: Share(0.9), overcapacity: (utilization: Share({below}), premium: Share(0.02))"),
        )
    };
    let empty = agency("state", "own", "").replace("OfTarget(1)", "Tonnes(0)");
    let bought =
        |below: &str| total(&run(&shores(&[&buys(below), &empty]), 1, 80, TABLES), "reserves", "state", "bought_t");
    let (idle, busy) = (bought("1"), bought("0"));
    assert!(idle > 0.0 && busy == 0.0, "{idle} {busy}");
}

/// Steps held afterwards and price.
type After = (u32, f64);

/// Steps held, price in normal weeks and in disrupted ones, after Teisberg 1981 as the GAMS library has it.
const MARKOV: [(u32, After, After); 8] = [
    (0, (3, 39.15), (0, 55.20)),
    (3, (3, 34.53), (0, 48.46)),
    (6, (6, 34.53), (3, 48.46)),
    (9, (6, 30.49), (3, 42.62)),
    (12, (9, 30.49), (6, 42.62)),
    (15, (12, 30.49), (9, 42.62)),
    (18, (15, 30.49), (9, 37.54)),
    (21, (18, 30.49), (12, 37.54)),
];

/// Price and stock after a week that begins with so much in stock. Steps of the demand curve reach from the opening price to a little
/// beyond another.
fn one_week(held: u32, disrupted: bool, around: f64) -> (f64, u32) {
    let stock = format!("reserves.agency.stock=Tonnes({})", held * 1_000);
    let ground = format!("mines.unsafe.ore_reserve=Tonnes({})", if disrupted { "0.001" } else { "10_000_000_000" });
    let times = around / 34.526;
    let reach = format!("sector_rules.users.spot.reach=({}, {})", times.min(1.0) * 0.99, times.max(1.0) * 1.01);
    let setup = world("worlds/limits/reserve.ron", &[stock, ground, reach]);
    let mut model = Model::new(&setup, 1);
    model.step().expect("a step");
    let price = model.world().resource::<Markets>()[0].price(0).real() / 1e5;
    let ledger = model.world().resource::<Ledger>();
    let mut left = 0.0;
    model.each::<(&Agent, &Reserve)>(|(agent, _)| left = ledger.mass(agent.account, Slot::Store).real() / 1e6);
    (price, math::round(left) as u32)
}

#[test]
fn an_agency_that_follows_the_table_gives_the_prices_and_the_cost_of_the_markov_problem() {
    let mut prices = [[0.0; 2]; 8];
    for (row, (held, normal, disrupted)) in MARKOV.iter().enumerate() {
        for (state, (stock, price)) in [normal, disrupted].into_iter().enumerate() {
            let (found, left) = one_week(*held, state == 1, *price);
            println!("{held:2} state {state}: price {found:8.3} reference {price:6.2}, stock {left}");
            assert!((found - price).abs() < 0.0075, "{held} in state {state}: {found} against {price}");
            assert_eq!(left, *stock, "{held} in state {state}");
            prices[row][state] = found;
        }
    }
    let cost = cost_of_following(&prices);
    println!("cost {cost:.3} reference 2401.577");
    // A price that is off by .0001 everywhere moves the cost by .05.
    assert!((cost - 2401.577).abs() < 0.05, "{cost}");
}

/// Mean over the sixteen states of what it costs to follow the table for ever, at the market's prices:
/// V = .25·∫(D(p))dp + p·Δs + .32·s' + .95·E V'.
fn cost_of_following(prices: &[[f64; 2]; 8]) -> f64 {
    const NORMAL: f64 = 34.526;
    let mut values = [[0.0_f64; 2]; 8];
    for _ in 0..1_000 {
        let before = values;
        for (row, (held, normal, disrupted)) in MARKOV.iter().enumerate() {
            for (state, stock) in [normal.0, disrupted.0].into_iter().enumerate() {
                let p = prices[row][state];
                let power = |p: f64| math::powf(p, 0.9);
                let loss = 0.25 * (-130.0 * (p - NORMAL) + 342.0 * (power(p) - power(NORMAL)) / 0.9);
                let bought = p * (f64::from(stock) - f64::from(*held));
                let stay = [0.8, 0.5][state];
                let next = before[stock as usize / 3];
                let ahead = stay * next[state] + (1.0 - stay) * next[1 - state];
                values[row][state] = loss + bought + 0.32 * f64::from(stock) + 0.95 * ahead;
            }
        }
    }
    values.iter().flatten().sum::<f64>() / 16.0
}
