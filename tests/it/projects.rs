//! Projects: who builds when, what it costs, and what comes of it years later.

use oreworld::record::TABLES;
use oreworld::results::simulate::RunOutput;
use oreworld::setup::Setup;

use crate::invariants::hold;
use crate::runs::{SHORES, mean, price, run, series, week, world};

pub(crate) const VALLEY: &str = "tests/worlds/valley.ron";

/// A mine that may be built, as `path=value`; its reserve lasts so many years at full output.
pub(crate) fn project(id: &str, [capacity, cost, capital, years]: [u32; 4], more: &str) -> String {
    format!(
        "mines.{id}=(label: (zh: \"新矿\", en: \"New\"), nation: \"valley\", owner: \"valley\", mineral: \"metal\", \
         rule: \"digger\", capacity: TonnesPerYear({capacity}), cash_cost: UsdPerTonne({cost}), recovery: Share(0.8), \
         ore_reserve: Tonnes({}), project: (rule: \"builder\", capital_cost: UsdPerAnnualTonne({capital}), {more}))",
        capacity * years * 5 / 4,
    )
}

fn stages(out: &RunOutput, project: &str, stage: &str) -> Vec<f64> {
    series(&out.tables, "projects", &[("project", project), ("stage", stage)], "capacity_t_per_year")
}

/// First week in which a project is in a stage.
fn first(out: &RunOutput, project: &str, stage: &str) -> Option<usize> {
    stages(out, project, stage).iter().position(|capacity| *capacity > 0.0)
}

/// Use that jumps by a share in two years.
fn boom(share: f64) -> String {
    format!("sectors.industry.growth={{2024: 1.0, 2025: 1.0, 2026: {}}}", 1.0 + share)
}

/// A boom opens a project only after its lead time, and then the price is lower for it.
#[test]
fn a_boom_opens_a_project_after_the_lead_time_and_not_before() {
    let new = project("new", [30_000, 6_000, 30_000, 40], "stage: Decision");
    let calm = world(VALLEY, std::slice::from_ref(&new));
    let (without, with) = (world(VALLEY, &[boom(0.25)]), world(VALLEY, &[boom(0.25), new]));
    for seed in 1..=4 {
        let [calm, without, with] = [&calm, &without, &with].map(|setup| run(setup, seed, 520, TABLES));
        assert_eq!(first(&calm, "new", "construction"), None, "seed {seed}: nobody builds at the long-run price");
        let decided = first(&with, "new", "construction").expect("built in a boom");
        // A decision is written down in its week; construction runs from the next on.
        let opened = decided + 156;
        assert_eq!(first(&with, "new", "ramp-up"), Some(opened), "seed {seed}");
        assert_eq!(first(&with, "new", "operating"), Some(opened + 52), "seed {seed}");
        let output = series(&with.tables, "mines", &[("mine", "new")], "output_t");
        assert!(output[..=opened].iter().all(|tonnes| *tonnes == 0.0), "seed {seed}");
        assert!(mean(&output[opened + 52..]) > 0.8 * 30_000.0 / 52.18, "seed {seed}");
        let prices = [&with, &without].map(|out| price(out, "refined", "valley"));
        assert_eq!(prices[0][..opened], prices[1][..opened], "seed {seed}: until then nothing has changed");
        let late = prices.map(|prices| mean(&prices[opened + 60..]));
        assert!(late[0] < 0.9 * late[1], "seed {seed}: {late:?}");
        // 30,000 t a year at 30,000 dollars each, paid while it is built and not before or after.
        let spent = series(&with.tables, "projects", &[("project", "new")], "spent_usd");
        assert!((spent.iter().sum::<f64>() - 900e6).abs() < 1e-3, "seed {seed}");
        assert!(spent[..=decided].iter().chain(&spent[opened + 1..]).all(|usd| *usd == 0.0), "seed {seed}");
    }
}

#[test]
fn a_project_with_a_published_start_opens_on_its_day() {
    let new = project("new", [30_000, 6_000, 30_000, 40], "stage: Construction, start: Date(\"2026-01-05\")");
    let setup = world(VALLEY, &[new]);
    let out = run(&setup, 1, 160, TABLES);
    let opened = week(&setup, "2026-01-05");
    let output = series(&out.tables, "mines", &[("mine", "new")], "output_t");
    assert_eq!(output.iter().position(|tonnes| *tonnes > 0.0), Some(opened));
    // 104 of 156 weeks are left, and so much of the capital.
    let spent: f64 = series(&out.tables, "projects", &[], "spent_usd").iter().sum();
    assert!((spent - 900e6 * 105.0 / 156.0).abs() < 1.0, "{spent}");
}

/// Projects that nobody builds, and deposits that nobody finds, leave all else as it was.
#[test]
fn a_project_that_is_not_built_changes_nothing() {
    let dear = project("dear", [30_000, 9_000, 900_000, 40], "stage: Decision");
    let hidden = project("hidden", [30_000, 2_000, 9_000, 40], "stage: Discovery");
    let (bare, full) = (world::<&str>(VALLEY, &[]), world(VALLEY, &[dear, hidden]));
    let [bare, full] = [&bare, &full].map(|setup| run(setup, 3, 300, TABLES));
    for table in ["markets", "sectors", "merchants"] {
        let of = |out: &RunOutput| out.tables.iter().find(|found| found.name == table).cloned();
        assert!(of(&bare) == of(&full), "{table}");
    }
    let hidden = |column| series(&full.tables, "mines", &[("mine", "hidden")], column);
    assert!(hidden("in_ground_t").iter().chain(&hidden("resource_t")).all(|tonnes| *tonnes == 0.0));
}

/// The same holds for a smelter abroad, whose cost would otherwise enter what firms expect.
#[test]
fn a_smelter_that_is_not_built_changes_nothing() {
    let (bare, full) = (world::<&str>(SHORES, &[]), world(SHORES, &[&smelter(1.0, 9_000_000), RULE]));
    let [bare, full] = [&bare, &full].map(|setup| run(setup, 3, 200, TABLES));
    for table in ["markets", "sectors", "merchants", "nations", "reserves"] {
        let of = |out: &RunOutput| out.tables.iter().find(|found| found.name == table).cloned();
        assert!(of(&bare) == of(&full), "{table}");
    }
}

#[test]
fn who_sees_the_pipeline_builds_less_of_it() {
    let built = |supply_line: f64| {
        let mut sets = vec![boom(0.3), "investment_rules.builder.price_effect=2".to_owned()];
        sets.push(format!("investment_rules.builder.supply_line=Share({supply_line})"));
        sets.extend((0..12).map(|n| project(&format!("p{n}"), [10_000, 6_000, 28_000, 40], "stage: Decision")));
        let setup = world(VALLEY, &sets);
        let in_a_run = |seed| {
            let out = run(&setup, seed, 520, &["projects"]);
            (0..12).filter(|n| first(&out, &format!("p{n}"), "construction").is_some()).count()
        };
        (1..=3).map(in_a_run).sum::<usize>()
    };
    let (blind, seeing) = (built(0.0), built(1.0));
    assert!(blind >= 2 * seeing && seeing > 0, "blind {blind}, seeing {seeing}");
}

/// Owners who look in the same week see one another's decisions: of six mines for which there is room for some, one goes
/// ahead, and the next when that one is not enough. Those who see nothing of it go ahead together.
#[test]
fn who_looks_later_in_a_week_knows_what_was_decided_before_him() {
    let first_week = |supply_line: u32| {
        let mut sets = vec![boom(0.3)];
        let rule = [format!("supply_line=Share({supply_line})"), "price_effect=2".into(), "review=Weeks(1)".into()];
        sets.extend(rule.map(|field| format!("investment_rules.builder.{field}")));
        sets.extend((0..6).map(|n| project(&format!("p{n}"), [10_000, 6_000, 28_000, 40], "stage: Decision")));
        let out = run(&world(VALLEY, &sets), 1, 520, &["projects"]);
        let decided: Vec<usize> = (0..6).filter_map(|n| first(&out, &format!("p{n}"), "construction")).collect();
        let earliest = decided.iter().min().expect("somebody builds");
        decided.iter().filter(|week| *week == earliest).count()
    };
    assert_eq!((first_week(1), first_week(0)), (1, 6));
}

/// Rule of the smelter that may be built in the south.
const RULE: &str = "investment_rules.builder=(feasibility: Weeks(52), permitting: Weeks(26), construction: Weeks(104), \
                    ramp_up: Weeks(26), discount: SharePerYear(0.1), hurdle: Threshold(1.5), \
                    deck: (long_run: Share(0.4), mean: Share(0.4), outlook: Share(0.2)))";

/// A smelter that may be built in the south, where the ore comes from.
fn smelter(endowment: f64, capital: u32) -> String {
    format!(
        "plants.south-works=(label: (zh: \"南岸冶炼厂\", en: \"South Works\"), nation: \"southland\", owner: \"northland\", \
         mineral: \"cobalt\", feed: \"hydroxide\", product: \"refined\", rule: \"refiner\", capacity: TonnesPerYear(6_000), \
         recovery: Share(0.96), conversion_cost: UsdPerTonne(4_000), lead: Weeks(1), project: (rule: \"builder\", \
         stage: Decision, capital_cost: UsdPerAnnualTonne({capital}), endowment: (capital: {endowment}, cost: {endowment})))"
    )
}

const ORE_BAN: &str = "nations.southland.policies.ban=ExportBan(announced: Date(\"2025-01-06\"), \
                       in_force: Date(\"2025-02-24\"), mineral: \"cobalt\", stages: [\"hydroxide\"])";

/// An ore ban makes ore cheap at home: a smelter is built there, and the one abroad runs short of feed.
#[test]
fn an_ore_ban_draws_a_smelter_in_and_idles_the_one_abroad() {
    let works = smelter(1.3, 40_000);
    let (free, banned) = (world(SHORES, &[&works, RULE]), world(SHORES, &[&works, RULE, ORE_BAN]));
    let from = week(&free, "2025-02-24");
    for seed in 1..=5 {
        let [free, banned] = [&free, &banned].map(|setup| run(setup, seed, from + 260, TABLES));
        assert_eq!(first(&free, "south-works", "construction"), None, "seed {seed}");
        let decided = first(&banned, "south-works", "construction").expect("built behind the ban");
        assert!((from - 7..from + 104).contains(&decided), "seed {seed}: {decided}");
        let made = series(&banned.tables, "plants", &[("plant", "south-works")], "output_t");
        assert!(made[..decided + 104].iter().all(|tonnes| *tonnes == 0.0), "seed {seed}");
        assert!(mean(&made[decided + 140..]) > 0.3 * 6_000.0 / 52.18, "seed {seed}: {}", mean(&made[decided + 140..]));
        let utilization = |out: &RunOutput| {
            mean(&series(&out.tables, "plants", &[("plant", "harbor-works")], "utilization")[from + 26..])
        };
        assert!(utilization(&banned) < 0.5 * utilization(&free), "seed {seed}");
    }
}

/// A place without power, reagents and skills is passed over, unless the treasury makes up for it.
#[test]
fn a_poor_endowment_keeps_smelters_away_and_support_brings_them_back() {
    let poor = smelter(2.6, 15_000);
    let support = "nations.southland.policies.park=LocalProcessingSupport(announced: Date(\"2025-01-06\"), \
                   in_force: Date(\"2025-02-24\"), mineral: \"cobalt\", stages: [\"refined\"], capital: Share(0.6), \
                   product: UsdPerTonne(6_000))";
    let (bare, helped) = (world(SHORES, &[&poor, RULE]), world(SHORES, &[&poor, RULE, support]));
    let mut built = [0, 0];
    for seed in 1..=4 {
        for (arm, setup) in [&bare, &helped].into_iter().enumerate() {
            let out = run(setup, seed, 330, TABLES);
            built[arm] += usize::from(first(&out, "south-works", "construction").is_some());
            let paid: f64 = series(&out.tables, "nations", &[("nation", "southland")], "programs_usd").iter().sum();
            let spent: f64 = series(&out.tables, "projects", &[], "spent_usd").iter().sum();
            let made: f64 = series(&out.tables, "plants", &[("plant", "south-works")], "output_t").iter().sum();
            let due = if arm == 1 { 0.6 * spent + 6_000.0 * made } else { 0.0 };
            assert!((paid - due).abs() < 1.0, "seed {seed}: {paid} for {due}");
        }
    }
    assert_eq!(built, [0, 4]);
}

/// Reserve, resource and campaigns of a mine over twenty years.
fn explored(more: &[&str]) -> Setup {
    let mut sets = vec![
        "mine_rules.digger.exploration=(spend: Share(0.02), finding_cost: UsdPerTonne(150))",
        "mines.old-east.ore_reserve=Tonnes(600_000)",
        "mines.old-east.resource=Tonnes(900_000)",
    ];
    sets.extend(more);
    world(VALLEY, &sets)
}

const PROGRAM: &str = "nations.valley.policies.survey=ExplorationProgram(announced: Date(\"2024-06-03\"), \
                       in_force: Date(\"2025-01-06\"), mineral: \"metal\", budget: Usd(52_000_000), \
                       doubling_budget: Usd(52_000_000))";

#[test]
fn drilling_turns_resource_into_reserve_and_poorer_ore_costs_more() {
    let setup = explored(&[]);
    let out = run(&setup, 1, 1_000, TABLES);
    let of = |column| series(&out.tables, "mines", &[("mine", "old-east")], column);
    let (ground, resource, cost) = (of("in_ground_t"), of("resource_t"), of("cash_cost_usd_per_t"));
    assert!(resource[999] < 500_000.0, "{}", resource[999]);
    assert!(resource.windows(2).all(|pair| pair[1] <= pair[0]) && cost.windows(2).all(|pair| pair[1] >= pair[0]));
    let dug = 1_500_000.0 - ground[999] - resource[999];
    let expected = 5_000.0 * libm::exp(0.3 * 0.8 * dug / 600_000.0);
    assert!((cost[999] / expected - 1.0).abs() < 1e-5, "{} {expected}", cost[999]);
    // At 50,000 t of product a year and recovery of 0.8 the first reserve alone would have ended in 500 weeks.
    assert!(ground[999] > 0.0 && of("output_t")[999] > 0.0);
}

#[test]
fn a_mine_whose_reserve_is_dug_closes_for_good() {
    let setup = world(VALLEY, &["mines.old-east.ore_reserve=Tonnes(200_000)"]);
    let out = run(&setup, 1, 400, TABLES);
    let of = |column| series(&out.tables, "mines", &[("mine", "old-east")], column);
    let closed = of("running").iter().position(|running| *running == 0.0).expect("closed");
    assert!((160..230).contains(&closed), "{closed}");
    assert!(of("running")[closed..].iter().chain(&of("output_t")[closed + 1..]).all(|value| *value == 0.0));
}

/// Lever D1: with a program more is proven, deposits are found sooner, and the treasury pays for it.
#[test]
fn an_exploration_program_finds_sooner_and_proves_more() {
    let hidden: Vec<String> = (0..30)
        .map(|n| project(&format!("p{n}"), [100, 9_000, 90_000, 40], "stage: Discovery"))
        .chain(["investment_rules.builder.discovery=PerYear(0.03)".to_owned()])
        .collect();
    let hidden: Vec<&str> = hidden.iter().map(String::as_str).collect();
    let (bare, helped) = (explored(&hidden), explored(&[&hidden[..], &[PROGRAM]].concat()));
    let (mut found, mut proven) = ([0, 0], [0.0, 0.0]);
    for seed in 1..=4 {
        for (arm, setup) in [&bare, &helped].into_iter().enumerate() {
            let out = run(setup, seed, 522, TABLES);
            found[arm] += (0..30).filter(|n| first(&out, &format!("p{n}"), "feasibility").is_some()).count();
            proven[arm] += 900_000.0 - series(&out.tables, "mines", &[("mine", "old-east")], "resource_t")[521];
            let paid: f64 = series(&out.tables, "nations", &[], "programs_usd").iter().sum();
            // 469 weeks of a budget of 52 million a year.
            let due = if arm == 1 { 469.0 * 52e6 / (365.25 / 7.0) } else { 0.0 };
            assert!((paid - due).abs() < 100.0, "{paid} for {due}");
        }
    }
    assert!(2 * found[1] > 3 * found[0] && found[0] > 0, "{found:?}");
    assert!(proven[1] > 1.2 * proven[0], "{proven:?}");
}

/// Lever D2: recovery rises and cost falls for mines of low-grade ore, and for no others.
#[test]
fn a_technology_for_low_grade_ore_makes_it_cheaper_and_yield_more() {
    let technology = "nations.valley.policies.leach=MiningTechnology(announced: Date(\"2024-06-03\"), \
                      in_force: Date(\"2025-01-06\"), mineral: \"metal\", ores: CostAbove(UsdPerTonne(5_500)), \
                      recovery_gain: Share(0.1), cost_cut: Share(0.2), phase_in: Weeks(104), spend: Usd(30_000_000))";
    let (bare, helped) = (world::<&str>(VALLEY, &[]), world(VALLEY, &[technology]));
    for seed in 1..=3 {
        let [bare, helped] = [&bare, &helped].map(|setup| run(setup, seed, 400, TABLES));
        let late =
            |out: &RunOutput, mine, column| mean(&series(&out.tables, "mines", &[("mine", mine)], column)[200..]);
        let ratio = |mine, column| late(&helped, mine, column) / late(&bare, mine, column);
        assert!((ratio("old-west", "output_t") - 1.1).abs() < 0.02, "{}", ratio("old-west", "output_t"));
        assert!((ratio("old-west", "cash_cost_usd_per_t") - 0.8).abs() < 0.01);
        assert!((ratio("old-east", "cash_cost_usd_per_t") - 1.0).abs() < 0.01, "its ore is not poor");
        let paid: f64 = series(&helped.tables, "nations", &[], "programs_usd").iter().sum();
        assert!((paid - 30e6).abs() < 1e-3, "{paid}");
    }
}

/// Lever D8: cheap loans and insurance build what would not have been built; the loan is paid back to the cent.
#[test]
fn a_policy_bank_builds_what_would_not_have_been_built() {
    let bank = "nations.valley.policies.bank=DevelopmentFinance(announced: Date(\"2024-01-01\"), \
                in_force: Date(\"2024-01-01\"), share: Share(0.7), rate: SharePerYear(0.02), tenor: Weeks(260))";
    let new = project("new", [5_000, 6_000, 30_000, 40], "stage: Decision");
    let (bare, helped) = (world(VALLEY, &[new.as_str()]), world(VALLEY, &[new.as_str(), bank]));
    for seed in 1..=3 {
        let [bare, helped] = [&bare, &helped].map(|setup| run(setup, seed, 600, TABLES));
        assert_eq!(first(&bare, "new", "construction"), None, "seed {seed}");
        let decided = first(&helped, "new", "construction").expect("built");
        let loan = series(&helped.tables, "projects", &[("project", "new")], "loan_usd");
        assert!((loan[decided + 156] - 0.7 * 150e6).abs() < 1.0 + 0.7 * 150e6 / 260.0, "{}", loan[decided + 156]);
        assert!(loan[decided + 156 + 261..].iter().all(|usd| *usd == 0.0), "seed {seed}");
        let interest: f64 = loan.iter().map(|usd| usd * 0.02 / (365.25 / 7.0)).sum();
        let balance: f64 = series(&helped.tables, "nations", &[], "programs_usd").iter().sum();
        assert!(
            (-balance / interest - 1.0).abs() < 0.02,
            "what comes back beyond the loan is interest: {balance} {interest}"
        );
    }
}

/// Lever B2 and D8: after a taking projects wait, unless an insurer bears the hazard; the insured owner is indemnified.
#[test]
fn after_a_taking_investors_stay_away_unless_they_are_insured() {
    let taking = "nations.valley.policies.taking=Nationalization(announced: Date(\"2024-09-02\"), \
                  in_force: Date(\"2024-09-02\"), mines: [\"old-east\", \"first\"], share: Share(0.5), \
                  compensation: Share(0.2), efficiency_loss: Share(0), capex_strike: SharePerYear(0.15))";
    let cover = "nations.valley.policies.cover=DevelopmentFinance(announced: Date(\"2024-01-01\"), \
                 in_force: Date(\"2024-01-01\"), share: Share(0), rate: SharePerYear(0.08), cover: Share(0.9), \
                 premium: SharePerYear(0.01))";
    let second = project("second", [20_000, 6_000, 26_000, 40], "stage: Permitting, left: Weeks(52)");
    let weeks = |sets: &[&str]| {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).chain([boom(0.15), second.clone()]).collect();
        let setup = world(VALLEY, &sets);
        let decided =
            |seed| first(&run(&setup, seed, 600, &["projects"]), "second", "construction").unwrap_or(600) as f64;
        mean(&[1, 2, 3].map(decided))
    };
    let first_mine = project("first", [5_000, 3_000, 20_000, 40], "stage: Construction, left: Weeks(4)");
    let hazard = "nations.valley.hazard=SharePerYear(0.02)";
    let free = weeks(&[&first_mine, hazard]);
    let taken = weeks(&[&first_mine, hazard, taking]);
    let insured = weeks(&[&first_mine, hazard, taking, cover]);
    assert!(taken > free + 52.0, "{free} {taken}");
    assert!(insured < taken - 26.0, "{insured} {taken}");
}

#[test]
fn an_insured_owner_is_indemnified_when_his_mine_is_taken() {
    let cover = "nations.home.policies.cover=DevelopmentFinance(announced: Date(\"2024-01-01\"), \
                 in_force: Date(\"2024-01-01\"), share: Share(0), rate: SharePerYear(0.08), cover: Share(0.9), \
                 premium: SharePerYear(0.01))";
    let home = "nations.home=(label: (zh: \"本国\", en: \"Home\"), region: \"valley\")";
    let new =
        project("new", [5_000, 3_000, 20_000, 40], "stage: Decision").replace("owner: \"valley\"", "owner: \"home\"");
    let taking = "nations.valley.policies.taking=Nationalization(announced: Date(\"2030-01-07\"), \
                  in_force: Date(\"2030-01-07\"), mines: [\"new\"], share: Share(0.5), compensation: Share(0.2), \
                  efficiency_loss: Share(0))";
    let setup = world(VALLEY, &[&new, home, cover, taking, "nations.valley.hazard=SharePerYear(0.05)"]);
    let out = run(&setup, 1, 400, TABLES);
    let decided = first(&out, "new", "construction").expect("built");
    let at = week(&setup, "2030-01-07");
    assert!(decided + 208 < at);
    let paid = series(&out.tables, "nations", &[("nation", "home")], "programs_usd");
    let premium = 0.9 * 0.01 * 100e6 / (365.25 / 7.0);
    assert!((paid[at - 1] + premium).abs() < 0.01, "{}", paid[at - 1]);
    // 0.9 of half of 100 million dollars, less the fifth that was compensated.
    assert!((paid[at] - (36e6 - premium)).abs() < 0.01, "{}", paid[at]);
}

/// When the price falls far enough before the mine is finished, it is left half-built; it is finished in better times.
#[test]
fn construction_stops_when_finishing_does_not_pay_and_goes_on_when_it_does() {
    let crash = "sectors.industry.growth={2024: 1.0, 2025: 0.55, 2027: 0.55, 2029: 1.3}";
    let new = project("new", [30_000, 6_000, 20_000, 40], "stage: Construction");
    let deck = "investment_rules.builder.deck=(long_run: Share(0.2), mean: Share(0.2), outlook: Share(0.6))";
    let stubborn = world(VALLEY, &[crash, deck, &new]);
    let careful = world(VALLEY, &[crash, deck, &new, "investment_rules.builder.mothball_below=1"]);
    for seed in 1..=3 {
        let [stubborn, careful] = [&stubborn, &careful].map(|setup| run(setup, seed, 520, TABLES));
        let stopped = first(&careful, "new", "mothballed").expect("stopped");
        // Who asks for nothing stops only when the mine would not cover its running cost.
        assert!(first(&stubborn, "new", "mothballed").is_none_or(|late| late > stopped + 26), "seed {seed}");
        let opened = first(&careful, "new", "ramp-up").expect("finished in the end");
        assert!(stopped < 150 && opened > 230, "seed {seed}: {stopped} {opened}");
        let idle = stages(&careful, "new", "mothballed").iter().filter(|capacity| **capacity > 0.0).count();
        assert_eq!(opened, 155 + idle, "seed {seed}: what was built is not built again");
        let spent: f64 = series(&careful.tables, "projects", &[], "spent_usd").iter().sum();
        assert!((spent - 600e6).abs() < 1e-3, "seed {seed}: {spent}");
    }
}

#[test]
fn the_books_close_with_projects_resources_and_programs() {
    let taking = "nations.valley.policies.taking=Nationalization(announced: Date(\"2028-01-03\"), \
                  in_force: Date(\"2028-01-03\"), mines: [\"old-west\"], share: Share(0.5), compensation: Share(0.5), \
                  efficiency_loss: Share(0.1))";
    let bank = "nations.valley.policies.bank=DevelopmentFinance(announced: Date(\"2024-01-01\"), \
                in_force: Date(\"2024-01-01\"), share: Share(0.5), rate: SharePerYear(0.03), cover: Share(0.5), \
                premium: SharePerYear(0.001))";
    let mut sets = vec![PROGRAM.to_owned(), taking.to_owned(), bank.to_owned(), boom(0.3)];
    sets.push("investment_rules.builder.discovery=PerYear(0.2)".to_owned());
    sets.push("investment_rules.builder.mothball_below=1.2".to_owned());
    for n in 0..8 {
        let stage = ["Discovery", "Feasibility", "Decision", "Construction"][n % 4];
        sets.push(project(&format!("p{n}"), [7_001, 5_000, 17_003, 9], &format!("stage: {stage}")));
    }
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let setup = explored(&sets);
    for seed in 1..=3 {
        hold(&setup, seed, 800);
    }
    assert!(run(&setup, 1, 300, TABLES) == run(&setup, 1, 300, TABLES));
}
