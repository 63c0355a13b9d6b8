//! By-products follow their hosts, and processors may take any way down the chain.

use oreworld::record::TABLES;
use oreworld::setup::Setup;

use crate::runs::{SHORES, mean, run, series, world};

const MINE: &str = "label: (zh: \"副\", en: \"Along\"), nation: \"NATION\", owner: \"northland\", mineral: \"cobalt\", \
    rule: \"by-product\", capacity: TonnesPerYear(2_100), cash_cost: UsdPerTonne(COST), recovery: Share(0.5), \
    ore_reserve: Tonnes(400_000)";

/// Two shores with a further mine along with `host`.
fn along(nation: &str, cost: &str, host: &str, sets: &[&str]) -> Setup {
    let mine = MINE.replace("NATION", nation).replace("COST", cost);
    let mut all = vec![format!("mines.along=({mine}, host: {host})")];
    all.extend(sets.iter().map(|set| (*set).to_owned()));
    world(SHORES, &all)
}

fn output(setup: &Setup, mine: &str, weeks: usize) -> Vec<f64> {
    let out = run(setup, 1, weeks, TABLES);
    series(&out.tables, "mines", &[("mine", mine)], "output_t")
}

#[test]
fn what_comes_from_the_same_ore_follows_its_mine_through_outages() {
    // No response to the price and no luck of its own, so that the ratio of outputs is that of capacities.
    let sets = ["mine_rules.by-product.recovery_elasticity=0", "mine_rules.by-product.store=Weeks(5200)"];
    let hosted = along("southland", "1_000", "Mine(\"red-hill\")", &sets);
    let out = run(&hosted, 3, 156, TABLES);
    let of = |mine| series(&out.tables, "mines", &[("mine", mine)], "output_t");
    let (host, along) = (of("red-hill"), of("along"));
    assert!(host.iter().any(|&output| output < 0.8 * mean(&host)), "an outage came");
    let own_outages = along.iter().zip(&host).filter(|(along, host)| (*along / *host - 0.2).abs() > 1e-4).count();
    assert!(own_outages < 60, "apart from its own outages it keeps to the ratio of capacities, not in {own_outages}");
    assert!(along.iter().zip(&host).all(|(along, host)| along / host < 0.2 + 1e-4));
}

#[test]
fn what_plants_leave_stops_when_the_plants_stop() {
    let host = "Plants(mineral: \"cobalt\", stage: \"refined\")";
    let ban = "nations.southland.policies.ban=ExportBan(announced: Date(\"2024-06-03\"), in_force: Date(\"2024-06-03\"), \
        mineral: \"cobalt\", stages: [\"hydroxide\"])";
    let free = output(&along("northland", "1_000", host, &[]), "along", 120);
    let starved = output(&along("northland", "1_000", host, &[ban]), "along", 120);
    assert_eq!(free[..20], starved[..20]);
    assert!(mean(&free[80..]) > 20.0, "{}", mean(&free[80..]));
    assert!(mean(&starved[80..]) < 0.05 * mean(&free[80..]), "{}", mean(&starved[80..]));
}

#[test]
fn a_by_product_credit_keeps_a_mine_open_that_its_own_metal_would_not_pay() {
    let care = "mine_rules.lone=(selling: (core: Share(0.8), core_price: Share(0.6), reach: 1.3, steps: 4, \
        holding: Weeks(13), interest: SharePerYear(0.08)), outage: (frequency: PerYear(0), depth: Share(0), \
        length: Weeks(0)), recovery_elasticity: 0, store: Weeks(52), care: (close_below: Share(0.1), patience: Weeks(4), \
        reopen_above: Share(0.2), restart: Weeks(26), upkeep: Share(0.1)))";
    let dear = [
        care,
        "mines.red-hill.rule=\"lone\"",
        "mines.red-hill.host=None",
        "mines.red-hill.cash_cost=UsdPerTonne(40_000)",
        "mines.red-hill.capacity=TonnesPerYear(2_000)",
    ];
    // Its companion earns about 15,000 a tonne on as many tonnes; alone the mine would lose 24,000 on each.
    let rich = ["mines.along.capacity=TonnesPerYear(8_000)"];
    let alone = output(&along("southland", "1_000", "Plan(\"copper\")", &[&dear[..], &rich].concat()), "red-hill", 104);
    let carried =
        output(&along("southland", "1_000", "Mine(\"red-hill\")", &[&dear[..], &rich].concat()), "red-hill", 104);
    assert!(alone[103] == 0.0, "shut");
    assert!(carried[103] > 0.0, "open");
}

#[test]
fn a_plant_may_skip_a_stage() {
    let stage = "minerals.cobalt.stages=[STAGE1, (id: \"salt\", label: (zh: \"盐\", en: \"Salt\"), \
        opening_price: UsdPerTonne(20_000), long_run_price: UsdPerTonne(24_000), tick: UsdPerTonne(10), \
        storage: UsdPerTonneYear(100), normal_cover: Weeks(6), \
        freight: (other: (cost: UsdPerTonne(300), time: Weeks(6)))), STAGE2]";
    let text = std::fs::read_to_string(SHORES).expect("the world");
    let parts: Vec<&str> = text.split("stages: [").collect();
    let end = parts[1].find("\n            ],").expect("the end of the stages");
    let stages = &parts[1][..end];
    let cut = stages.find("(\n                    id: \"refined\"").expect("two stages");
    let (first, second) = (stages[..cut].trim().trim_end_matches(','), stages[cut..].trim().trim_end_matches(','));
    let three = stage.replace("STAGE1", first).replace("STAGE2", second);
    let salt = "plants.salt-works=(label: (zh: \"盐厂\", en: \"Salt works\"), nation: \"northland\", owner: \"northland\", \
        mineral: \"cobalt\", feed: \"hydroxide\", product: \"salt\", rule: \"refiner\", capacity: TonnesPerYear(1_000), \
        recovery: Share(0.98), conversion_cost: UsdPerTonne(1_000), feed_stock: Tonnes(200), lead: Weeks(8))";
    let user = "sectors.salt-users=(label: (zh: \"盐用户\", en: \"Users of salt\"), nation: \"northland\", mineral: \"cobalt\", \
        stage: \"salt\", rule: \"batteries\", use: TonnesPerYear(850), priority: 2, stock: Tonnes(80), lead: Weeks(1))";
    let setup = world(SHORES, &[three.as_str(), salt, user]);
    let out = run(&setup, 1, 104, TABLES);
    let made = |plant| mean(&series(&out.tables, "plants", &[("plant", plant)], "output_t")[52..]);
    let used = mean(&series(&out.tables, "sectors", &[("sector", "salt-users")], "used_t")[52..]);
    assert!(made("harbor-works") > 100.0 && made("salt-works") > 10.0);
    assert!(used > 10.0, "{used}");
}
