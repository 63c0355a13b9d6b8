//! What factors and designs may say, and what they are told when they say something else.

use std::path::Path;

use crate::experiment::design::{Design, DesignKind};
use crate::experiment::factor::written;
use crate::experiment::file::{Changes, Loaded, load};

/// The one-page experiment with factors and a design.
fn with(factors: &str, design: &str) -> Loaded {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("experiments/two-shores-ban.ron")).expect("a file");
    let added = format!("    factors: {{{factors}}},\n{design}\n    outcomes: {{");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("e.ron");
    std::fs::write(&path, text.replacen("    outcomes: {", &added, 1)).expect("a disk");
    load(&path, &Changes { world: Some(root.join("worlds/two-shores.ron")), ..Changes::default() })
}

fn design(factors: &str, design: &str) -> Design {
    let loaded = with(factors, design);
    loaded.experiment.unwrap_or_else(|| panic!("{}", loaded.problems)).design
}

const ELASTICITY: &str =
    "\"elasticity\": (paths: [\"sector_rules.batteries.short_run_elasticity\"], over: Uniform(0.1, 0.3)),";
const RECOVERY: &str = "\"recovery\": (paths: [\"mines.red-hill.recovery\"], over: Triangular(low: Share(0.6), mode: Share(0.7), high: Share(0.8))),";
const COST: &str = "\"cost\": (paths: [\"mines.red-hill.cash_cost\", \"plants.harbor-works.conversion_cost\"], over: Scale(LogUniform(0.5, 2))),";
const SOBOL: &str = "design: Sobol(points: 32, seed: 4),";

#[test]
fn a_point_sets_typed_values_and_a_group_moves_together() {
    let design = design(&[ELASTICITY, RECOVERY, COST].concat(), SOBOL);
    assert_eq!((design.kind, design.points.count), (DesignKind::Sobol, 32));
    let columns: Vec<String> = design.factors.iter().map(crate::experiment::factor::Factor::column).collect();
    assert_eq!(columns, ["cost_multiple", "elasticity", "recovery_share"]);
    let set = design.overrides(1, 5);
    let paths: Vec<&str> = set.iter().map(|change| change.path.as_str()).collect();
    let expected = [
        "mines.red-hill.cash_cost",
        "plants.harbor-works.conversion_cost",
        "sector_rules.batteries.short_run_elasticity",
        "mines.red-hill.recovery",
    ];
    assert_eq!(paths, expected);
    let multiple = design.drawn(5)[0].number;
    for (change, base) in set.iter().zip([6_000.0, 4_000.0]) {
        let cost = crate::experiment::factor::Amount::of(&change.value).expect("a number");
        assert_eq!(cost.unit.as_deref(), Some("UsdPerTonne"));
        assert!((cost.number - base * multiple).abs() <= 0.005 + 1e-9, "{}", written(&change.value));
    }
}

#[test]
fn every_kind_of_design_has_the_points_that_it_says() {
    let factors = [ELASTICITY, RECOVERY].concat();
    for (text, count) in [
        ("Grid(levels: 3)", 9),
        ("List([{ \"elasticity\": 0.2, \"recovery\": Share(0.65) }])", 1),
        ("LatinHypercube(points: 7)", 7),
        ("Saltelli(base: 8)", 32),
        ("Morris(trajectories: 5)", 15),
    ] {
        assert_eq!(design(&factors, &format!("design: {text},")).points.count, count, "{text}");
    }
    let listed = design(&factors, "design: List([{ \"elasticity\": 0.2, \"recovery\": Share(0.65) }]),");
    let set: Vec<String> = listed.overrides(0, 0).iter().map(|change| written(&change.value)).collect();
    assert_eq!(set, ["0.2", "Share(0.65)"]);
}

#[test]
fn what_is_wrong_with_factors_comes_at_once_with_its_place() {
    let wrong = "\
        \"a\": (paths: [], over: Uniform(1, 2)),
        \"b\": (paths: [\"mines.red-hill.recovery\"], over: Uniform(Share(0.8), Share(0.6))),
        \"c\": (paths: [\"mines.red-hill.stock\"], over: Uniform(Tonnes(1), Share(0.6))),
        \"d\": (paths: [\"mines.red-hill.cash_cost\"], over: LogUniform(UsdPerTonne(0), UsdPerTonne(9))),
        \"e\": (paths: [\"mines.red-hill.nation\"], over: Scale(Uniform(0.5, 2))),
        \"f\": (paths: [\"mines.red-hil.capacity\"], over: Scale(Uniform(0.5, 2))),
        \"g\": (paths: [\"mines.red-hill.capacity\"], over: Scale(Scale(Uniform(0.5, 2)))),
        \"h\": (paths: [\"sector_rules.batteries.short_run_elasticity\"], over: Normal(mean: 0.2, sd: 0, within: (0.1, 0.3))),
        \"i\": (paths: [\"sector_rules.batteries.short_run_elasticity\"], over: Choice([0.1])),
        \"j\": (paths: [\"nations.southland.policies.ban\"], over: Choice([None, 3]), below: \"k\"),
        \"l\": (paths: [\"x\"], over: Gaussian(1, 2)),
        \"m\": (paths: [\"y\"], over: Uniform(1, 2, 3)),
        \"n\": (paths: [\"mines.red-hill.ore_reserve\"], over: Uniform(Tonnes(1), Tonnes(2)), step: Share(0.1)),";
    let found = with(wrong, "design: Morris(trajectories: 3, levels: 3),").problems.to_string();
    for expected in [
        "the factor sets nothing",
        "Share(0.8) is not below Share(0.6)",
        "Share(0.6) after Tonnes(1); write Tonnes(0.6)",
        "a logarithm of what is not above 0",
        "Scale multiplies a number, and mines.red-hill.nation is the text \"southland\"",
        "there is no \"red-hil\"; the nearest name is `red-hill`",
        "a multiple of a multiple",
        "mean 0.2 and deviation 0",
        "\"h\" sets sector_rules.batteries.short_run_elasticity too",
        "a choice among fewer than two",
        "arm \"ban\" sets nations.southland.policies.ban too",
        "no factor \"k\"",
        "expected a distribution, found Gaussian(..)",
        "Uniform holds two values",
        "a step of Share(0.1); write a number above 0 in the unit of the values, such as Tonnes(1)",
    ] {
        assert_eq!(found.matches(expected).count(), 1, "{expected}:\n{found}");
    }
    assert!(found.lines().all(|line| line.contains("e.ron:")), "{found}");
}

#[test]
fn designs_are_refused_at_once_when_they_are_too_large_or_too_little_remains() {
    let both = [ELASTICITY, RECOVERY].concat();
    for (factors, text, expected) in [
        (both.as_str(), "design: LatinHypercube(points: 1_000_000_000),", "1000000000 is out of range"),
        (
            &both,
            "design: Grid(levels: 1_000_000),",
            "the design has 1_000_000_000_000 points; write one of at most 10_000_000",
        ),
        (&both, "design: Saltelli(base: 65_537),", "the Sobol sequence ends here"),
        (&both, "design: Morris(trajectories: 3, levels: 5),", "5 levels"),
        (&both, "design: List([{ \"elasticity\": 0.2 }]),", "the point does not say what \"recovery\" is"),
        (&both, "design: List([]),", "the list has no point"),
        (&both, "", "there are factors and no design"),
        ("", SOBOL, "there is a design and nothing that is uncertain"),
    ] {
        let found = with(factors, text).problems.to_string();
        assert_eq!(found.matches(expected).count(), 1, "{expected}:\n{found}");
    }
    let upper = "\"upper\": (paths: [\"mines.red-hill.recovery\"], over: Uniform(Share(0), Share(0.5))),";
    let lower = "\"lower\": (paths: [\"plants.harbor-works.recovery\"], over: Uniform(Share(0.4), Share(0.9)), below: \"upper\"),";
    let found = with(&[upper, lower].concat(), SOBOL).problems.to_string();
    assert!(found.contains("`below` leaves 0 of 32 points"), "{found}");
}

#[test]
fn values_that_the_world_refuses_are_found_before_any_run_and_named_once() {
    let wrong = "\"rate\": (paths: [\"mines.red-hill.recovery\"], over: Uniform(0.5, 0.9)),
        \"price\": (paths: [\"minerals.cobalt.stages.refined.tick\"], over: Uniform(UsdPerTonne(0), UsdPerTonne(10))),";
    let found = with(wrong, "design: Grid(levels: 2),").problems.to_string();
    assert!(
        found.contains("at point 0 of the design in arm \"open\": expected Share(..), found the number 0.5"),
        "{found}"
    );
    assert_eq!(found.matches("mines[\"red-hill\"].recovery").count(), 1, "{found}");
    assert!(found.contains("tick"), "{found}");
}

#[test]
fn a_factor_named_as_a_column_is_refused() {
    let named = "\"seed\": (paths: [\"mines.red-hill.recovery\"], over: Scale(Uniform(0.5, 0.9))),
        \"point\": (paths: [\"sector_rules.batteries.short_run_elasticity\"], over: Uniform(0.1, 0.3)),";
    let found = with(named, SOBOL).problems.to_string();
    assert_eq!(found.matches("is another's in the results").count(), 1, "{found}");
}
