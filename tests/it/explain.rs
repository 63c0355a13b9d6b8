//! Why a price moved: a cause is worth what the run with it has over the run without it, to the last cent.

use std::sync::atomic::{AtomicUsize, Ordering};

use assert_cmd::Command;
use oreworld::experiment::Experiment;
use oreworld::explain::causes::{self, Cause};
use oreworld::explain::question::{Asked, Question};
use oreworld::explain::{Explanation, Options, Progress, explain};
use oreworld::record::TABLES;
use oreworld::setup::Setup;

use crate::runs::{STOP, arm, experiment, price, run, series, world};

const BAN: &str = "experiments/two-shores-ban.ron";
const WITH_FUTURES: &str = "worlds/two-shores-futures.ron";

fn question(experiment: &Experiment, arm: &str, market: &str, week: &str) -> Question {
    let asked = Asked { arm: Some(arm), seed: Some(3), market, week, window: 26 };
    Question::new(experiment, &asked).unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

fn explained(threads: usize) -> Explanation {
    let experiment = experiment(BAN, &[]);
    let question = question(&experiment, "ban", "cobalt/refined/north", "2025-W30");
    let runs = AtomicUsize::new(0);
    let watch = |event| {
        runs.fetch_add(usize::from(event == Progress::Done), Ordering::Relaxed);
    };
    let found = explain(&experiment, &question, Options { seeds: 3, top: 2, threads: Some(threads) }, &watch);
    let found = found.unwrap_or_else(|error| panic!("{error}"));
    let once = found.causes.len() + found.suppliers.len() + found.inert.len() + 1;
    assert_eq!(runs.into_inner(), once + 3 * (1 + 2), "every run is counted");
    found
}

#[test]
fn a_ban_ranks_first_and_is_worth_what_the_arms_differ_by() {
    let found = explained(1);
    let ban = &found.causes[0];
    assert_eq!((ban.kind, ban.id.as_str()), ("policy", "southland.ban"));
    let arms = experiment(BAN, &[]).arms;
    let prices = |id: &str, seed| {
        let setup = &arms.iter().find(|arm| arm.id.as_str() == id).expect("an arm").setup;
        price(&run(setup, seed, 82, &["markets"]), "refined", "north")
    };
    // The week of 21 July 2025 is the 82nd of the run, number 81.
    let (with, without) = (prices("ban", 3), prices("open", 3));
    assert_eq!((found.from.as_str(), found.to.as_str()), ("2025-01-20", "2025-07-21"));
    assert!(with[81] > without[81]);
    assert_eq!(ban.effect.price.to_bits(), (with[81] - without[81]).to_bits());
    assert_eq!(ban.effect.moved.to_bits(), ((with[81] - with[55]) - (without[81] - without[55])).to_bits());
    assert_eq!(ban.prices_without, without[55..]);
    let moved: Vec<f64> = (1..=3)
        .map(|seed| (prices("ban", seed), prices("open", seed)))
        .map(|(with, without)| (with[81] - with[55]) - (without[81] - without[55]))
        .collect();
    let over = ban.moved_over_seeds.expect("three seeds");
    assert!((over.mean - moved.iter().sum::<f64>() / 3.0).abs() < 1e-9 && over.seeds == 3, "{over:?}");
    assert!(found.causes.iter().skip(2).all(|cause| cause.moved_over_seeds.is_none()), "two were looked at again");
    let told = |what: &str| found.events.iter().any(|event| event.what.contains(what));
    assert!(told("ExportBan comes into force"), "{:#?}", found.events);
    assert!((found.rest + found.together.moved - found.moved).abs() < 1e-9);
}

#[test]
fn an_agency_that_does_nothing_has_an_effect_of_exactly_0() {
    let found = explained(2);
    assert!(found.inert.contains(&"reserve north-reserve".to_owned()), "{:?}", found.inert);
    let prices: Vec<f64> = found.prices.iter().map(|(_, price)| *price).collect();
    let ban = found.causes.iter().find(|cause| cause.id == "southland.ban").expect("a cause");
    assert!(ban.prices_without != prices);
}

#[test]
fn any_number_of_threads_gives_the_same_order_and_bits() {
    assert_eq!(explained(1), explained(4));
}

/// What is taken out of a checked world was never in it: the same prices as of a world whose file lacks it.
#[test]
fn what_is_taken_away_was_never_there() {
    let without = |mut setup: Setup, cause: Cause| {
        cause.remove(&mut setup);
        setup
    };
    let same = |what: &str, left: &Setup, right: &Setup, weeks: usize| {
        let [left, right] = [left, right].map(|setup| run(setup, 5, weeks, &["markets"]));
        assert!(left.tables == right.tables, "{what}");
    };
    let place = |setup: &Setup, id: &str| setup.mines.iter().position(|mine| mine.id.as_str() == id).expect("a mine");
    let shores = experiment(BAN, &[]).arms;
    for cause in [Cause::Policy(1, 0), Cause::Policy(1, 1)] {
        let ban = shores.iter().find(|arm| arm.id.as_str() == "ban").expect("an arm").setup.clone();
        let path = format!("nations.{}=None", cause.id(&ban).replacen('.', ".policies.", 1));
        let lacks = experiment(BAN, &[]).arms.into_iter().find(|arm| arm.id.as_str() == "ban").expect("an arm").setup;
        let place = |cause| match cause {
            Cause::Policy(nation, place) => (nation, place),
            _ => panic!("a policy"),
        };
        let mut lacks = lacks;
        lacks.nations[place(cause).0].policies.remove(place(cause).1);
        same(&path, &without(ban, cause), &lacks, 120);
    }
    let reserves = arm("reserve-60-days", &[]);
    let chn = reserves.reserves.iter().position(|reserve| reserve.id.as_str() == "chn-reserve").expect("an agency");
    let jpn = reserves.reserves.iter().position(|reserve| reserve.id.as_str() == "jpn-reserve").expect("an agency");
    let mut lacks = reserves.clone();
    lacks.reserves.clear();
    same("agencies", &without(without(reserves, Cause::Reserve(chn)), Cause::Reserve(jpn)), &lacks, 110);

    let quiet = ["mine_rules.by-product.outage.frequency=PerYear(0)"];
    let shore: Setup = world::<&str>("worlds/two-shores.ron", &[]);
    let red = place(&shore, "red-hill");
    same("outages", &without(shore.clone(), Cause::Outages(red)), &world("worlds/two-shores.ron", &quiet), 120);
    let news = [
        "minerals.cobalt.expectations.news.sd=Share(0)",
        "minerals.cobalt.expectations.news.jump_frequency=PerYear(0)",
    ];
    same("news", &without(shore.clone(), Cause::News(0)), &world("worlds/two-shores.ron", &news), 120);
    let steady = ["sector_rules.batteries.shock.sd=Share(0)"];
    same("shocks", &without(shore.clone(), Cause::Shocks(0)), &world("worlds/two-shores.ron", &steady), 120);
    let gone = ["mines.red-hill=None"];
    same("a mine", &without(shore, Cause::Mine(red)), &world("worlds/two-shores.ron", &gone), 120);

    let traded: Setup = world::<&str>(WITH_FUTURES, &[]);
    let group = traded.traders[0].id.clone();
    let sets = [format!("traders.{group}=None")];
    same("traders", &without(traded, Cause::Traders(0)), &world(WITH_FUTURES, &sets), 60);
}

/// Levers of exchanges have desks from the first week on: put off, these do nothing that anybody could tell.
#[test]
fn a_lever_of_exchanges_taken_away_was_never_there() {
    let date = "announced: Date(\"2024-02-05\"), in_force: Date(\"2024-02-05\"), contract: \"cobalt\"";
    let levers = [
        format!("index=IndexInflow({date}, a_week: Usd(500_000), weeks: Weeks(10))"),
        format!("fund=StateFund({date}, budget: Usd(5_000_000), threshold: Share(0.02), share: Share(0.1))"),
        format!("short=ConcentratedShort({date}, share: Share(0.4), capital: Usd(5_000_000))"),
        format!("rules=ExchangeRules({date}, margin: Share(0.25))"),
    ];
    let tables = ["markets", "contracts", "futures"];
    let plain = run(&world::<&str>(WITH_FUTURES, &[]), 5, 20, &tables);
    let mut matter = 0;
    for lever in levers {
        let mut setup = world(WITH_FUTURES, &[format!("nations.northland.policies.{lever}")]);
        matter += usize::from(run(&setup, 5, 20, &tables).tables != plain.tables);
        Cause::Policy(0, 0).remove(&mut setup);
        assert!(run(&setup, 5, 20, &tables).tables == plain.tables, "{lever}");
    }
    assert!(matter >= 3, "{matter} change anything");
}

/// A nation that decides: without the decision it never acts.
#[test]
fn a_decision_taken_away_is_never_made() {
    let path = "experiments/two-shores-decisions.ron";
    let experiment = experiment(path, &[]);
    let mut found = 0;
    for arm in &experiment.arms {
        let setup = &arm.setup;
        for (ix, nation) in setup.nations.iter().enumerate() {
            for decision in &nation.decisions {
                let mut without = setup.clone();
                Cause::Decision(ix, decision.policy).remove(&mut without);
                let (with, without) = (run(setup, 1, 300, TABLES), run(&without, 1, 300, TABLES));
                let id = nation.policies[decision.policy].0.as_str();
                let acts = |out: &oreworld::results::simulate::RunOutput| {
                    let table = out.tables.iter().find(|table| table.name == "acts").expect("a table");
                    crate::runs::rows(table, |_, _| true).into_iter().filter(|row| row.contains(id)).count()
                };
                assert_eq!(acts(&without), 0, "{id}");
                found += acts(&with);
            }
        }
    }
    assert!(found > 0, "somebody decides");
}

#[test]
fn upstream_is_where_the_metal_comes_from() {
    let cobalt = arm("as-it-happened", &[]);
    let stages = |market: usize| -> Vec<&str> {
        causes::chain(&cobalt, market).into_iter().map(|market| cobalt.markets[market].stage.as_str()).collect()
    };
    assert_eq!((stages(1), stages(0)), (vec!["hydroxide", "refined"], vec!["hydroxide"]));
    let mut idle = cobalt.clone();
    let first = idle.mines[0].id.to_string();
    Cause::Mine(0).remove(&mut idle);
    let out = run(&idle, 1, 30, &["mines"]);
    assert!(series(&out.tables, "mines", &[("mine", &first)], "output_t").iter().all(|output| *output == 0.0));
}

#[test]
fn what_is_not_there_is_refused_with_what_is_near() {
    let run = |args: &[&str]| {
        let output =
            Command::cargo_bin("oreworld").expect("the binary").arg("explain").args(args).output().expect("it runs");
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    };
    let (code, err) = run(&[BAN, "--arm", "bann", "--market", "cobalt/refind/nroth", "--week", "2025-W60"]);
    assert_eq!(code, Some(2));
    for expected in [
        "--arm: no arm \"bann\"; the nearest name is \"ban\"",
        "--market: no stage of cobalt \"refind\"; the nearest name is \"refined\"",
        "--market: no region \"nroth\"; the nearest name is \"north\"",
        "--week: `2025-W60` is not a week of the calendar",
    ] {
        assert!(err.contains(expected), "{expected}: {err}");
    }
    for (market, week, expected) in [
        ("cobolt/refined/north", "2025-W10", "no mineral \"cobolt\"; the nearest name is \"cobalt\""),
        ("cobalt-refined-north", "2025-W10", "write mineral, stage and region, such as cobalt/refined/north"),
        ("cobalt/refined/north", "2031-01-01", "write a week from 2024-01-08 to 2027-12-27"),
        ("cobalt/refined/north", "2024-01-03", "first week of the run"),
    ] {
        let (code, err) = run(&[BAN, "--market", market, "--week", week]);
        assert!(code == Some(2) && err.contains(expected), "{expected}: {err}");
    }
    assert_eq!(run(&["experiments/nowhere.ron", "--market", "a/b/c", "--week", "2025-W10"]).0, Some(2));
    assert_eq!(run(&[STOP, "--market", "cobalt/refined/chn", "--week", "2025-W10", "--set", "minerals=1"]).0, Some(1));
}
