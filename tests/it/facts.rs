//! Facts of a contract, from an experiment file to what the terminal says of them.

use std::path::Path;

use assert_cmd::Command;
use oreworld::facts::Statistic;
use oreworld::facts::rows::{Band, Check, row};
use oreworld::statistics::quantile;

use crate::runs::{self, run, week};

struct Said {
    out: String,
    err: String,
    code: i32,
}

fn say(args: &[&str]) -> Said {
    let output = Command::cargo_bin("oreworld").expect("the binary").args(args).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Said { out: text(output.stdout), err: text(output.stderr), code: output.status.code().expect("an exit code") }
}

/// Runs two arms on the shores with futures for three years and gives the folder of results.
fn results(folder: &Path, facts: &str) -> String {
    let world =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/two-shores-futures.ron").to_string_lossy().into_owned();
    let text = format!(
        "Experiment(schema: 1, id: \"shores\", label: (zh: \"岸\", en: \"Shores\"), question: (zh: \"？\", en: \"Which?\"), \
         world: {world:?}, until: Date(\"2026-12-28\"), seeds: (first: 3, count: 2), baseline: \"all\", arms: {{ \
         \"all\": (label: (zh: \"全\", en: \"All\")), \
         \"alone\": (label: (zh: \"无\", en: \"No traders\"), {destroys} set: {{ \"traders\": {{}} }}), }}, {facts} \
         record: (tables: [\"contracts\", \"futures\", \"markets\"]))",
        destroys = if facts.is_empty() { "" } else { "destroys: [1]," },
    );
    let file = folder.join("shores.ron");
    std::fs::write(&file, text).expect("a disk");
    let (file, out) = (file.to_string_lossy().into_owned(), folder.join("results").to_string_lossy().into_owned());
    let ran = say(&["run", &file, "--out", &out, "--quiet"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mut folders = std::fs::read_dir(&out).expect("results").map(|entry| entry.expect("an entry").path());
    folders.next().expect("a folder").to_string_lossy().into_owned()
}

#[test]
fn facts_are_shown_by_arm_and_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = results(folder.path(), "facts: [(contract: \"cobalt\", from: Date(\"2024-07-01\"))],");
    let said = say(&["facts", &results]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    for expected in [
        "contract cobalt, weeks from 2024-07-01 to 2026-12-28, seeds 3 to 4; arm `all` (All)",
        "far months move less",
        "not asked: name the arm in `facts`, such as floor: \"..\"",
        "of 19 facts hold",
        "Under 20 seeds",
        "`alone` (No traders): ",
        "  must lose 1: ",
    ] {
        assert!(said.out.contains(expected), "{expected}\n{}", said.out);
    }
    let alone = say(&["facts", &results, "--arm", "alone"]);
    assert!(alone.out.contains("arm `alone`") && alone.out.contains("of 17 facts hold"), "{}", alone.out);
    let wrong = say(&["facts", &results, "--arm", "aloen"]);
    assert!(wrong.code == 2 && wrong.err.contains("the nearest name is \"alone\""), "{}", wrong.err);

    let csv = say(&["facts", &results, "--csv"]);
    let lines: Vec<Vec<&str>> = csv.out.lines().map(|line| line.split(',').collect()).collect();
    assert!(lines.iter().all(|cells| cells.len() == lines[0].len()), "{}", csv.out);
    let spot = |arm: &str| {
        let line = lines.iter().find(|cells| cells[2] == arm && cells[4] == "SpotVolatility").expect("a line");
        line[6].parse::<f64>().expect("a median")
    };
    assert!(spot("all") > 0.01, "{}", spot("all"));

    let json: serde_json::Value = serde_json::from_str(&say(&["facts", &results, "--json"]).out).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(lines.len() - 1));
    assert_eq!((&json[0]["arm"], &json[0]["statistic"]), (&lines[1][2].into(), &lines[1][4].into()));
    assert!(
        (json[0]["median"].as_f64().expect("a median") - lines[1][6].parse::<f64>().expect("a median")).abs() < 1e-12
    );

    let reported = say(&["report", &results]);
    assert_eq!((reported.code, reported.err.as_str()), (0, ""));
    let page = std::fs::read_to_string(reported.out.trim()).expect("a page");
    for curve in ["<section id=\"curves\"", "<h3 id=\"curve-cobalt\"", "<h3 id=\"volatility-cobalt\""] {
        assert!(page.contains(curve), "{curve}");
    }

    let drawn = say(&["plot", &results]);
    assert_eq!(drawn.code, 0, "{}", drawn.err);
    for name in ["curve-cobalt.svg", "volatility-cobalt.svg", "basis-cobalt.png"] {
        assert!(drawn.out.contains(name), "{name}: {}", drawn.out);
    }
}

#[test]
fn results_without_facts_say_how_to_ask() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = say(&["facts", &results(folder.path(), "")]);
    assert!(said.code == 2 && said.err.contains("shores asks for no facts; write such as facts: [("), "{}", said.err);
}

/// Every arm of the shipped experiment differs from the baseline by its mechanism alone, and stands where 2024 stood.
#[test]
fn the_shipped_experiment_asks_for_both_contracts_of_cobalt() {
    let experiment = runs::experiment("experiments/stylized-facts.ron", &[]);
    let contracts: Vec<&str> = experiment.facts.iter().map(|sheet| sheet.contract.as_str()).collect();
    assert_eq!(contracts, ["shfe-cobalt", "lme-cobalt"]);
    let years = (experiment.facts[0].weeks.end - experiment.facts[0].weeks.start) / 52;
    assert!(years >= 60 && experiment.facts[0].weeks.start >= 520, "{years} years after a decade");
    let [base, no_carry] =
        ["base", "no-carry"].map(|id| experiment.arms.iter().find(|arm| arm.id.as_str() == id).expect("an arm"));
    let carries = |setup: &oreworld::setup::Setup| setup.merchants.iter().any(|merchant| merchant.rule.carry.is_some());
    assert!(carries(&base.setup) && !carries(&no_carry.setup));
    assert_eq!((base.destroys.as_slice(), no_carry.destroys.as_slice()), (&[][..], &[7, 8, 9][..]));
}

/// What the market is for: a change of the model that loses a fact of the fitted market fails here, in minutes instead of an
/// experiment of 70 years. Rows are those of which the medians of seeds 101 to 104, 105 to 108 and 109 to 112 all stand well
/// within their bands, and row 5. Without stock-outs' value 2, 3, 5 and 6 are lost, without carry 8, without changes of
/// strategy 11, with a quarter of the noise 1 and 2, without fading 2 and 3, without outages the skewness of 12.
#[test]
fn the_fitted_market_keeps_the_facts_that_few_years_show() {
    let experiment = runs::experiment("experiments/stylized-facts.ron", &[]);
    let (setup, mut sheet) = (&experiment.arms[0].setup, experiment.facts[0].clone());
    assert_eq!((experiment.arms[0].id.as_str(), sheet.contract.as_str()), ("base", "shfe-cobalt"));
    sheet.weeks = week(setup, "2029-01-01") as u32..week(setup, "2038-12-27") as u32;
    let checks = [1, 2, 3, 5, 6, 8, 11, 12, 22].into_iter().flat_map(|number| row(number).expect("a row").checks);
    let measures: Vec<(Statistic, Band)> = checks
        .filter_map(|check| match check {
            // How much stock is worth differs from decade to decade.
            Check::Of(Statistic::ConvenienceYield | Statistic::HighConvenienceYield, _) => None,
            Check::Of(statistic, band) => Some((*statistic, *band)),
            Check::Change(..) | Check::Ever(..) => panic!("an arm of its own"),
        })
        .collect();
    let mut values = vec![Vec::new(); measures.len()];
    for seed in 101..=104 {
        let tables = run(setup, seed, sheet.weeks.end as usize, &["contracts", "futures", "markets"]).tables;
        for ((statistic, _), values) in measures.iter().zip(&mut values) {
            values.extend(sheet.outcome(*statistic).expect("an id").evaluate(setup, &tables));
        }
    }
    for ((statistic, band), mut values) in measures.into_iter().zip(values) {
        values.sort_by(f64::total_cmp);
        let median = quantile(&values, 0.5).expect("seeds");
        assert!(values.len() == 4 && band.holds(median), "{}: {values:?}, not {band:?}", statistic.name());
    }
}
