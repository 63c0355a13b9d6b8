//! What the source papers say of nations' positions, beside what comes out of the worlds: docs/positions.md.

use std::fmt::Write as _;
use std::path::Path;

use oreworld::experiment::Experiment;
use oreworld::statistics::{mean, standard_deviation};

use crate::bless;
use crate::runs::{experiment, run};

/// Seeds of each experiment that the page is made from.
const SEEDS: u32 = 12;

/// Where a measured figure comes from: outcomes of an experiment's baseline, by id.
enum From {
    /// One outcome.
    Of(&'static str),
    /// One over another.
    Ratio(&'static str, &'static str),
}

/// What a paper says: row of the list of policies, mineral, statement, from and to which value the model agrees.
type Claim = (&'static str, &'static str, &'static str, From, (f64, f64));

use From::{Of, Ratio};

const WANTED: From = Ratio("required-world-2040", "required-world-2024");
const USED: From = Ratio("use-world-2040", "use-world-2024");
const ABROAD: From = Of("mined-abroad-chn");
const LIFE: From = Of("reserve-life-chn");
const MUCH: f64 = 1.0;

/// A mineral's experiment is `experiments/<mineral>-positions.ron`.
const CLAIMS: &[Claim] = &[
    ("A1", "lithium", "demand in 2040 is 5 times that of 2024", WANTED, (4.5, 5.5)),
    ("A1", "lithium", "use in 2040 is 5 times that of 2024", USED, (4.5, 5.5)),
    ("A1", "natural-graphite", "demand in 2040 is 2 times that of 2024", WANTED, (1.8, 2.2)),
    ("A1", "natural-graphite", "use in 2040 is 2 times that of 2024", USED, (1.8, 2.2)),
    ("A1", "nickel", "demand in 2040 is 2 times that of 2024", WANTED, (1.8, 2.2)),
    ("A1", "nickel", "use in 2040 is 2 times that of 2024", USED, (1.8, 2.2)),
    ("A1", "cobalt", "demand in 2040 is 50 to 60 % above that of 2024", WANTED, (1.5, 1.6)),
    ("A1", "cobalt", "use in 2040 is 50 to 60 % above that of 2024", USED, (1.5, 1.6)),
    ("A1", "rare-earths", "demand in 2040 is 50 to 60 % above that of 2024", WANTED, (1.5, 1.6)),
    ("A1", "rare-earths", "use in 2040 is 50 to 60 % above that of 2024", USED, (1.5, 1.6)),
    ("A1", "copper", "demand in 2040 is 30 % above that of 2024", WANTED, (1.25, 1.35)),
    ("A1", "copper", "use in 2040 is 30 % above that of 2024", USED, (1.25, 1.35)),
    ("A2", "cobalt", "the DRC has 54 % of reserves", Of("reserve-share-cod"), (0.53, 0.56)),
    ("A2", "cobalt", "the DRC mines more than 70 %", Of("mining-share-cod"), (0.7, MUCH)),
    ("A2", "cobalt", "Australia has 15 % of reserves", Of("reserve-share-aus"), (0.14, 0.165)),
    ("A2", "cobalt", "Indonesia has 4.55 % of reserves", Of("reserve-share-idn"), (0.04, 0.05)),
    ("A2", "cobalt", "China has 1.44 % of reserves", Of("reserve-share-chn"), (0.013, 0.016)),
    ("A3", "copper", "China depends on others for more than half", ABROAD, (0.5, MUCH)),
    ("A3", "aluminium", "China depends on others for more than half", ABROAD, (0.5, MUCH)),
    ("A3", "lithium", "China depends on others for more than half", ABROAD, (0.5, MUCH)),
    ("A3", "nickel", "China depends on others for more than half", ABROAD, (0.5, MUCH)),
    ("A3", "cobalt", "China depends on others for more than 70 %", ABROAD, (0.7, MUCH)),
    ("A3", "tantalum", "China depends on others for more than 70 %", ABROAD, (0.7, MUCH)),
    ("A4", "rare-earths", "China is dominant", Of("class-chn"), (0.5, MUCH)),
    ("A4", "gallium", "China is dominant", Of("class-chn"), (0.5, MUCH)),
    ("A4", "germanium", "China is dominant", Of("class-chn"), (0.5, MUCH)),
    ("A4", "molybdenum", "China is at low risk", Of("class-chn"), (0.5, MUCH)),
    ("A4", "lithium", "China is at low risk", Of("class-chn"), (0.5, MUCH)),
    ("A4", "tin", "China is at low risk", Of("class-chn"), (0.5, MUCH)),
    ("A4", "nickel", "China depends highly, with the risk in hand", Of("class-chn"), (0.5, MUCH)),
    ("A4", "cobalt", "China depends highly, with the risk in hand", Of("class-chn"), (0.5, MUCH)),
    ("A4", "copper", "China depends highly, with the risk in hand", Of("class-chn"), (0.5, MUCH)),
    ("A4", "platinum", "China has almost no output", Of("class-chn"), (0.5, MUCH)),
    ("A4", "palladium", "China has almost no output", Of("class-chn"), (0.5, MUCH)),
    ("A4", "niobium", "China has almost no output", Of("class-chn"), (0.5, MUCH)),
    ("A4", "tantalum", "China has almost no output", Of("class-chn"), (0.5, MUCH)),
    ("A5", "aluminium", "China's reserves last less than 20 years", LIFE, (0.0, 20.0)),
    ("A5", "copper", "China's reserves last less than 20 years", LIFE, (0.0, 20.0)),
    ("A5", "tin", "China's reserves last less than 20 years", LIFE, (0.0, 20.0)),
    ("A5", "antimony", "China's reserves last less than 20 years", LIFE, (0.0, 20.0)),
    ("A5", "tungsten", "China's reserves last less than 20 years", LIFE, (0.0, 20.0)),
    ("A5", "lithium", "China's reserves last less than 20 years", LIFE, (0.0, 20.0)),
    (
        "A7",
        "cobalt",
        "China processes far more than it mines: share of refining over share of mining",
        Ratio("refining-share-chn", "mining-share-chn"),
        (2.0, f64::INFINITY),
    ),
    ("A8", "cobalt", "cobalt is on China's list", Of("critical-chn"), (0.5, MUCH)),
    ("A8", "cobalt", "cobalt is on Japan's list", Of("critical-jpn"), (0.5, MUCH)),
    ("A8", "cobalt", "cobalt is on the EU's list, for which Finland stands", Of("critical-fin"), (0.5, MUCH)),
];

/// Values of an outcome under the baseline, seed by seed.
fn values(of: &Experiment, id: &str, tables: &[Vec<oreworld::record::Table>]) -> Vec<f64> {
    let outcome = of.outcomes.iter().find(|outcome| outcome.id.as_str() == id);
    let outcome = outcome.unwrap_or_else(|| panic!("{} has no outcome {id}", of.id));
    tables.iter().filter_map(|tables| outcome.evaluate(&of.arms[of.baseline].setup, tables)).collect()
}

/// `BLESS=1 cargo test --test it positions_page` writes the page.
#[test]
fn the_page_says_what_comes_out() {
    let mut page = format!(
        "# Positions of nations: the papers and the model\n\n\
         The figures of Sun 2025 (DOI 10.16619/j.cnki.cn10-1264/d.2025.23.010) and of Wang et al. 2025 (*Strategic Study of CAE*), beside what \
         the worlds give: mean and standard deviation over seeds 1 to {SEEDS} of the baseline of `experiments/<mineral>-positions.ron`. Agreement \
         is meant in the range given. The second column of numbers is made by `BLESS=1 cargo test --test it positions_page`; \
         `oreworld run experiments/cobalt-positions.ron` gives the same outcomes with all seeds and arms.\n\n\
         How to read a measured figure: shares, dependence and reserve life are those of the tables `positions` and `critical_lists` \
         ([results.md](results.md)). Reserves, capacities and base-year use are inputs of a world, so agreement there says that the statistics of the \
         paper and of the world file agree; dependence, classes, refining and growth under prices come out of the run. A class and a list \
         are given as the share of years in which they hold. The thresholds of the classes were set so that China's published figures fall into the groups of \
         the paper: agreement of A4 is no independent evidence.\n\n\
         | row | mineral | the paper | agrees from – to | model | ± | |\n|---|---|---|---|---:|---:|---|\n"
    );
    let mut missing: Vec<&str> = Vec::new();
    let mut last: Option<(&str, Experiment, Vec<Vec<oreworld::record::Table>>)> = None;
    let mut ordered: Vec<&Claim> = CLAIMS.iter().collect();
    ordered.sort_by_key(|(row, mineral, ..)| (*mineral, *row));
    for (row, mineral, says, from, (low, high)) in ordered {
        let path = format!("experiments/{mineral}-positions.ron");
        if !Path::new(&path).exists() {
            missing.push(mineral);
            continue;
        }
        if last.as_ref().is_none_or(|(done, ..)| done != mineral) {
            let found = experiment(&path, &[]);
            let runs = (1..=u64::from(SEEDS))
                .map(|seed| {
                    run(&found.arms[found.baseline].setup, seed, found.weeks as usize, &found.recorded()).tables
                })
                .collect();
            last = Some((mineral, found, runs));
        }
        let (_, found, tables) = last.as_ref().expect("just run");
        let measured = match from {
            Of(id) => values(found, id, tables),
            Ratio(above, below) => {
                let pairs = values(found, above, tables).into_iter().zip(values(found, below, tables));
                pairs.map(|(above, below)| above / below).collect()
            }
        };
        let middle = mean(&measured).unwrap_or_else(|| panic!("{path}: no value for {says}"));
        let spread = standard_deviation(&measured).unwrap_or(0.0);
        let verdict = if (*low..=*high).contains(&middle) { "agrees" } else { "**differs**" };
        let range = if high.is_finite() { format!("{low} – {high}") } else { format!("{low} –") };
        writeln!(page, "| {row} | {mineral} | {says} | {range} | {middle:.3} | {spread:.3} | {verdict} |")
            .expect("a string");
    }
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        writeln!(page, "\nClaims that wait for a world and its experiment: {}.", missing.join(", ")).expect("a string");
    }
    page += include_str!("positions.md");
    bless::compare("docs/positions.md", &page);
}
