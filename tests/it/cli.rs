//! The verbs: what they print and how they end.

use assert_cmd::Command;
use oreworld::world_file::{load, load_text};

use crate::bless;

struct Run {
    out: String,
    err: String,
    code: i32,
}

fn run(args: &[&str]) -> Run {
    let output = Command::cargo_bin("oreworld").expect("the binary").args(args).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Run { out: text(output.stdout), err: text(output.stderr), code: output.status.code().expect("an exit code") }
}

const WORLD: &str = "worlds/two-shores.ron";

#[test]
fn check_says_what_is_wrong_and_ends_with_1() {
    let good = run(&["check", WORLD]);
    assert_eq!((good.code, good.err.as_str()), (0, ""));
    assert!(good.out.contains("cobalt hydroxide         10500.0         10625.0      -1.2"), "{}", good.out);

    assert!(
        good.out.contains(
            "1 mineral (cobalt), 2 markets, 2 regions, 2 nations; \
             5 agents: 1 mine, 1 plant, 1 sector, 1 merchant, 1 reserve; 1 host plan, 1 policy\n"
        ),
        "{}",
        good.out
    );
    let row = run(&["check", "--markdown", WORLD]).out;
    assert!(
        row.ends_with("| two-shores | cobalt | 2 | 2 | 5 | cobalt hydroxide -1.2 %; cobalt refined +2.0 % |\n"),
        "{row}"
    );

    let bad = run(&["check", WORLD, "--set", "mines.red-hill.nation=\"south\"", "--set", "mines.red-hill.stock=5"]);
    assert_eq!(bad.code, 1);
    assert!(bad.err.contains("--set #1:1:23: mines[\"red-hill\"].nation: no nation \"south\""), "{}", bad.err);
    assert!(bad.err.contains("--set #2:1:22: mines[\"red-hill\"].stock: expected Tonnes(..)"), "{}", bad.err);
    assert!(bad.err.ends_with("2 errors\n"), "{}", bad.err);

    let warned = run(&["check", WORLD, "--set", "mines.red-hill.capacity=TonnesPerYear(20_000)"]);
    assert_eq!(warned.code, 0);
    assert!(warned.err.contains("warning: ") && warned.err.ends_with("1 warning\n"), "{}", warned.err);
}

#[test]
fn check_looks_at_every_file() {
    let all = run(&["check", "tests/rejects/schema-unknown.ron", WORLD, "tests/rejects/text-empty.ron"]);
    assert_eq!(all.code, 1);
    assert!(
        all.out.contains(WORLD)
            && all.err.contains("schema-unknown.ron:2:13")
            && all.err.contains("text-empty.ron:1:1")
    );
    assert_eq!(run(&["check", WORLD, "worlds/nowhere.ron"]).code, 2);
    assert_eq!(run(&["check"]).code, 2);
    assert_eq!(run(&["chek", WORLD]).code, 2);
}

#[test]
fn check_speaks_json() {
    let all = run(&["check", "--json", WORLD, "tests/rejects/field-unknown.ron"]);
    assert_eq!((all.code, all.err.as_str()), (1, ""));
    let found: serde_json::Value = serde_json::from_str(&all.out).expect("JSON");
    assert_eq!(found[0]["ok"], true);
    assert_eq!(found[0]["balance"][1]["use_t_per_year"], 10_000.0);
    assert_eq!(found[1]["ok"], false);
    let unknown = &found[1]["problems"][0];
    assert_eq!((&unknown["at"]["line"], &unknown["severity"]), (&24.into(), &"error".into()));
    assert_eq!(unknown["instead"], "the nearest is `long_run_price`");
}

#[test]
fn what_show_resolves_means_the_same() {
    let same = |world: &str, set: &[&str]| {
        let args: Vec<&str> =
            ["show", "--resolved", world].into_iter().chain(set.iter().flat_map(|s| ["--set", *s])).collect();
        let shown = run(&args);
        assert_eq!((shown.code, shown.err.as_str()), (0, ""));
        (load_text("shown.ron", &shown.out).unwrap_or_else(|problems| panic!("{problems}\n{}", shown.out)), shown.out)
    };
    let (setup, text) = same(WORLD, &[]);
    assert_eq!(format!("{setup:?}"), format!("{:?}", load(WORLD).expect("good")));
    assert!(text.contains("capacity: TonnesPerYear(10_500), // worlds/two-shores.ron:"), "{text}");
    assert!(text.contains("policies: {}, // default") && text.contains("care: None, // not set"));

    let ban = "nations.northland.policies.t=ImportTariff(announced: Date(\"2025-01-01\"), in_force: Date(\"2025-01-01\"), \
               mineral: \"cobalt\", stages: [\"refined\"], rate: Share(0.1))";
    let (setup, text) = same(WORLD, &[ban, "reserves=None", "minerals.cobalt.stages.refined.tick=UsdPerTonne(5)"]);
    assert_eq!((setup.nations[0].policies.len(), setup.reserves.len(), setup.markets[1].tick.0), (1, 0, 500));
    assert!(text.contains("rate: Share(0.1), // --set #1:1"), "{text}");
}

#[test]
fn show_resolves_an_arm_of_an_experiment() {
    let experiment = "experiments/two-shores-ban.ron";
    let arm = run(&["show", experiment, "--arm", "ban", "--resolved"]);
    assert_eq!((arm.code, arm.err.as_str()), (0, ""));
    assert!(
        arm.out.contains("\"ban\": ExportBan(") && arm.out.contains("// experiments/two-shores-ban.ron:"),
        "{}",
        arm.out
    );
    assert!(arm.out.contains("worlds/two-shores.ron:"), "{}", arm.out);
    let baseline = run(&["show", experiment, "--resolved"]);
    assert!(!baseline.out.contains("ExportBan("));
    let wrong = run(&["show", experiment, "--arm", "bann"]);
    assert!(wrong.code == 2 && wrong.err.contains("the nearest name is \"ban\""), "{}", wrong.err);
    assert_eq!(run(&["show", WORLD, "--arm", "ban"]).code, 2);
}

#[test]
fn show_tells_what_is_in_a_world() {
    let page = run(&["show", WORLD]);
    assert_eq!(page.code, 0);
    assert!(page.out.contains("Two shores / 两岸") && page.out.contains("southland.royalty"), "{}", page.out);
    assert_eq!(run(&["show", "tests/rejects/field-missing.ron"]).code, 1);
}

#[test]
fn the_reference_is_what_schema_prints() {
    let schema = run(&["schema"]);
    assert_eq!(schema.code, 0);
    bless::compare("docs/world-file.md", &schema.out);
    let json: serde_json::Value = serde_json::from_str(&run(&["schema", "--json"]).out).expect("JSON");
    assert_eq!(json["sections"][0]["name"], "World");
}

#[test]
fn run_says_what_may_come_next_unless_it_shall_be_quiet() {
    let parent = tempfile::tempdir().expect("a folder");
    let out = parent.path().to_str().expect("a path");
    let experiment = ["run", "experiments/two-shores-ban.ron", "--seeds", "1", "--out", out];
    let first = run(&experiment);
    let folder = first.out.lines().last().expect("a folder").to_owned();
    assert_eq!((first.code, first.err.lines().last()), (0, Some(format!("next: oreworld report {folder}").as_str())));
    assert_eq!(run(&[&experiment[..], &["--quiet"]].concat()).err, "");

    // Tables of what is there already, all or one.
    let copies = parent.path().join("copies");
    let to = copies.to_str().expect("a path");
    let copied = run(&["export", &folder, "--csv", "--table", "runs", "--out", to]);
    assert_eq!((copied.code, copied.out.trim()), (0, copies.join("runs.csv").to_str().expect("a path")));
    let runs = std::fs::read_to_string(copies.join("runs.csv")).expect("a table");
    assert!(runs.starts_with("arm,seed,mean_price_north_usd_per_t,") && runs.lines().count() == 3, "{runs}");
    assert_eq!(
        run(&["export", &folder, "--csv"]).out.lines().count(),
        std::fs::read_dir(&folder)
            .expect("a folder")
            .filter(|entry| {
                entry.as_ref().expect("an entry").path().extension().is_some_and(|ending| ending == "parquet")
            })
            .count()
    );
    let wrong = run(&["export", &folder, "--csv", "--table", "rnus"]);
    assert!(wrong.code == 2 && wrong.err.contains("the nearest name is \"runs\""), "{}", wrong.err);
    assert_eq!(run(&["export", &folder]).code, 2, "the format must be named");

    let verified = run(&["verify", "--json", "--sample", "1", &folder, to]);
    let found: serde_json::Value = serde_json::from_str(&verified.out).expect("JSON");
    assert_eq!((verified.code, verified.err.as_str()), (2, ""));
    assert_eq!((&found[0]["ok"], &found[0]["again"], &found[0]["runs"]), (&true.into(), &1.into(), &2.into()));
    assert!(found[1]["ok"] == false && found[1]["problems"][0].as_str().is_some_and(|what| what.contains("copies")));
}

#[test]
fn a_demo_leads_to_a_report_and_to_files_of_ones_own() {
    let parent = tempfile::tempdir().expect("a folder");
    let demo = parent.path().join("demo");
    let shown = run(&["demo", "--quiet", "--lang", "zh", "--out", demo.to_str().expect("a path")]);
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
    assert_eq!(shown.out.trim(), demo.join("report.html").to_str().expect("a path"));
    assert!(std::fs::read_to_string(demo.join("report.html")).expect("a page").contains("<html lang=\"zh-Hans\""));
    let world = demo.join("worlds/two-shores.ron");
    assert_eq!(std::fs::read(&world).expect("a world"), std::fs::read(WORLD).expect("a world"));

    let own = parent.path().join("own");
    let own = own.to_str().expect("a path");
    let made = run(&["new", "my-world", "--out", own]);
    assert_eq!(made.code, 0, "{}", made.err);
    let files: Vec<&str> = made.out.lines().collect();
    let checked = run(&[&["check", "--quiet"], &files[..]].concat());
    assert_eq!((checked.code, checked.err.as_str()), (0, ""));
    assert_eq!(run(&[&["check"], &files[1..]].concat()).err, format!("next: oreworld run {}\n", files[1]));
    assert!(checked.out.contains("2 arms × 20 seeds"), "{}", checked.out);
    // What somebody has changed is not written over.
    std::fs::write(files[0], "World()").expect("a disk");
    let again = run(&["new", "my-world", "--out", own]);
    assert!(again.code == 2 && again.err.contains("choose another folder"), "{}", again.err);
    assert_eq!(run(&["new", "My World"]).code, 2);
}

#[test]
fn every_verb_is_in_the_manual_and_in_the_completions() {
    let help = run(&["--help"]);
    assert!(help.out.contains("Exit codes:\n  0  all is well"), "{}", help.out);
    let verbs = help.out.split("Commands:\n").nth(1).expect("verbs").lines().take_while(|line| !line.is_empty());
    let verbs: Vec<&str> =
        verbs.filter_map(|line| line.split_whitespace().next()).filter(|verb| *verb != "help").collect();
    assert!(verbs.contains(&"report") && verbs.contains(&"demo"), "{verbs:?}");
    let (page, bash) = (run(&["man"]).out, run(&["completions", "bash"]).out);
    let pages = tempfile::tempdir().expect("a folder");
    assert_eq!(run(&["man", "--out", pages.path().to_str().expect("a path")]).code, 0);
    for verb in verbs {
        assert!(page.contains(&format!("oreworld\\-{}", verb.replace('-', "\\-"))), "{verb}");
        assert!(bash.contains(verb), "{verb}");
        assert!(pages.path().join(format!("oreworld-{verb}.1")).exists(), "{verb}");
    }
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        assert!(run(&["completions", shell]).out.contains("report"), "{shell}");
    }
}

#[test]
fn commands_end_with_the_codes_that_the_docs_say() {
    let ban = "experiments/two-shores-ban.ron";
    let parent = tempfile::tempdir().expect("a folder");
    let out = parent.path().to_str().expect("a path");
    let explain = ["--market", "cobalt/refined/north", "--week", "2024-W10", "--seeds", "0", "--quiet"];
    for (args, code) in [
        (vec!["check", ban], 0),
        (vec!["check", "tests/rejects/id-empty.ron"], 1),
        (vec!["check", "nowhere.ron"], 2),
        (vec!["show", WORLD], 0),
        (vec!["show", "tests/rejects/id-empty.ron"], 1),
        (vec!["show", "nowhere.ron"], 2),
        (vec!["schema"], 0),
        (vec!["base-year", WORLD], 0),
        (vec!["base-year", "tests/rejects/id-empty.ron"], 1),
        (vec!["base-year", "nowhere.ron"], 2),
        (vec!["run", "tests/rejects/id-empty.ron", "--out", out], 1),
        (vec!["run", "nowhere.ron", "--out", out], 2),
        (vec!["run", "experiments/cobalt-sweep.ron", "--out", out], 2),
        (vec!["report", out], 2),
        (vec!["plot", out], 2),
        (vec!["export", out, "--csv"], 2),
        (vec!["verify", out], 2),
        (vec!["facts", out], 2),
        ([&["explain", ban][..], &explain].concat(), 0),
        ([&["explain", "tests/rejects/id-empty.ron"][..], &explain].concat(), 1),
        ([&["explain", "nowhere.ron"][..], &explain].concat(), 2),
        (vec!["sweep", "plan", "nowhere.ron"], 2),
        (vec!["sweep", "run", out], 2),
        (vec!["completions", "zsh"], 0),
        (vec!["completions", "cmd"], 2),
        (vec!["man"], 0),
        (vec!["--version"], 0),
        (vec![], 2),
    ] {
        let found = run(&args);
        assert_eq!(found.code, code, "{args:?}: {}", found.err);
        assert!(code != 2 || !found.err.is_empty(), "{args:?}: what is wrong is said");
    }
}

#[test]
fn what_is_found_is_json_when_asked_for() {
    let json = |args: &[&str]| -> serde_json::Value {
        let found = run(args);
        assert_eq!((found.code, found.err.as_str()), (0, ""), "{args:?}");
        serde_json::from_str(&found.out).unwrap_or_else(|error| panic!("{args:?}: {error}"))
    };
    let shown = json(&["show", "experiments/two-shores-ban.ron", "--arm", "ban", "--json"]);
    assert_eq!((&shown["policies"][0]["id"], &shown["policies"][0]["until"]), (&"ban".into(), &"2025-08-25".into()));
    assert_eq!(shown["balance"][1]["use_t_per_year"], 10_000.0);
    let year = json(&["base-year", "worlds/niobium-2024.ron", "--seeds", "1", "--json"]);
    assert_eq!((&year[0]["ok"], &year[0]["figures"][0]["figure"]), (&true.into(), &"mined, t a year".into()));
    let parent = tempfile::tempdir().expect("a folder");
    let out = parent.path().to_str().expect("a path");
    let ran = json(&["run", "experiments/two-shores-ban.ron", "--seeds", "2", "--out", out, "--json", "--quiet"]);
    let peak = &ran[0]["outcomes"][1];
    assert_eq!((&peak["id"], &peak["arms"][1]["arm"]), (&"peak-price-north".into(), &"ban".into()));
    let [low, mean, high] =
        ["low", "mean", "high"].map(|of| peak["arms"][1]["difference"][of].as_f64().expect("a number"));
    assert!(low < mean && mean < high && peak["arms"][0]["difference"].is_null());
}

#[test]
fn colors_are_for_terminals_and_for_who_asks() {
    let said = |vars: &[(&str, &str)]| {
        let mut command = Command::cargo_bin("oreworld").expect("the binary");
        command.env_remove("NO_COLOR").env_remove("CLICOLOR").env_remove("CLICOLOR_FORCE").envs(vars.iter().copied());
        let output = command.args(["check", "tests/rejects/id-empty.ron"]).output().expect("it runs");
        String::from_utf8(output.stderr).expect("text").contains('\u{1b}')
    };
    assert!(!said(&[]) && !said(&[("CLICOLOR", "1")]), "standard error is no terminal here");
    assert!(said(&[("CLICOLOR_FORCE", "1")]));
    assert!(!said(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}
