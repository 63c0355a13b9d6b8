//! The report: one file in two languages that loads nothing, with all its sections.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use sha2::{Digest, Sha256};

const EXPERIMENT: &str = "experiments/two-shores-ban.ron";

fn oreworld(args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("oreworld").expect("the binary").args(args).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// Results of the one-page experiment with a few seeds.
fn results(parent: &Path) -> PathBuf {
    let (code, _, err) = oreworld(&["run", EXPERIMENT, "--seeds", "3", "--quiet", "--out", text(parent)]);
    assert_eq!(code, 0, "{err}");
    std::fs::read_dir(parent).expect("a folder").next().expect("results").expect("an entry").path()
}

/// What stands between two texts, wherever it does.
fn between<'a>(page: &'a str, begin: &str, end: &str) -> Vec<&'a str> {
    page.split(begin).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

/// Base 64 of a hash: four digits for three bytes.
fn base64(bytes: &[u8]) -> String {
    let digits: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let group = |part: &[u8]| {
        let bits = (0..3).fold(0_usize, |bits, at| bits * 256 + usize::from(part.get(at).copied().unwrap_or(0)));
        let digit =
            |place: usize| if place > part.len() { '=' } else { digits[bits / 64_usize.pow(3 - place as u32) % 64] };
        (0..4).map(digit).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

#[test]
fn a_report_is_one_page_that_loads_nothing() {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = results(parent.path());
    let (code, out, err) = oreworld(&["report", text(&folder)]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out.trim(), text(&folder.join("report.html")));
    let page = std::fs::read_to_string(folder.join("report.html")).expect("a page");

    // The policy of the page allows the one style and the one script that it holds, by their hashes.
    let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    assert_eq!(policy.len(), 1);
    for (kind, tag) in [("style-src", "style"), ("script-src", "script")] {
        let held = between(&page, &format!("<{tag}>"), &format!("</{tag}>"));
        assert_eq!(held.len(), 1, "{tag}");
        let hash = base64(&Sha256::digest(held[0].as_bytes()));
        assert!(policy[0].contains(&format!("{kind} 'sha256-{hash}'")), "{kind}: {}", policy[0]);
    }
    assert!(policy[0].starts_with("default-src 'none'"));
    // The hashes would not cover attributes, and nothing points outside.
    for no in ["http://", "https://", " style=\"", " onclick=", " src=", "<link", "<iframe", "@import", "url("] {
        assert!(!page.contains(no), "the page has {no}");
    }

    let sections: Vec<&str> = between(&page, "<section id=\"", "\"");
    let expected = ["answer", "arms", "prices", "unmet", "stocks", "trade", "events", "reserves", "provenance"];
    assert_eq!(sections, expected, "two shores have no futures, so no term structure");
    let ids = between(&page, " id=\"", "\"");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id stands twice");
    for label in between(&page, "labelledby=\"", "\"").into_iter().chain(between(&page, "href=\"#", "\"")) {
        assert!(ids.contains(&label), "nothing is called {label}");
    }

    // Every picture has a title and a table beneath it.
    let charts: Vec<&str> = page.split("<div class=\"chart\">").skip(1).collect();
    let named: Vec<&str> =
        charts.iter().filter_map(|chart| between(chart, "<h3 id=\"", "\"").first().copied()).collect();
    assert_eq!(named, ["price-cobalt-refined-north", "unmet-cobalt", "stock-cobalt", "trade-cobalt-hydroxide"]);
    for chart in charts {
        let title = between(chart, "<h3 id=", "</h3>");
        assert!(!title.is_empty() && chart.contains("<svg ") && chart.contains("<details>"), "{title:?}");
    }
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert_eq!(page.matches("<svg ").count(), page.matches("</svg>").count());
}

#[test]
fn a_report_says_everything_in_both_languages() {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = results(parent.path());
    let path = parent.path().join("zh/cobalt.html");
    let (code, out, err) = oreworld(&["report", text(&folder), "--out", text(&path), "--lang", "zh", "--md"]);
    assert_eq!((code, err.as_str(), out.lines().count()), (0, "", 2));
    let page = std::fs::read_to_string(&path).expect("a page");
    assert!(page.contains("<html lang=\"zh-Hans\" data-show=\"zh-Hans\""));
    assert!(
        page.contains("<title>两岸：出口禁令</title>") && page.contains("data-title-en=\"Two shores: an export ban\"")
    );

    let english = between(&page, "<span lang=\"en\">", "</span>");
    let chinese = between(&page, "<span lang=\"zh-Hans\">", "</span>");
    assert!(english.len() > 150 && english.len() == chinese.len(), "{} and {}", english.len(), chinese.len());
    let han = |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    assert!(english.iter().all(|text| !han(text)));
    // Words outside of the pairs would stand in one language alone: no Chinese but on the switch and in the title.
    let mut rest = page.clone();
    for text in &chinese {
        rest = rest.replace(&format!("<span lang=\"zh-Hans\">{text}</span>"), "");
    }
    let rest = rest.split("<body>").nth(1).expect("a body").replace("中文", "").replace("Language 语言", "");
    let outside: Vec<&str> = rest.lines().filter(|line| han(line) && !line.contains("<text ")).collect();
    assert!(outside.is_empty(), "{outside:?}");
    assert_eq!(
        rest.matches("<text font-size=\"12\" fill=\"#1d1d1d\" lang=\"en\"").count(),
        page.matches("<text font-size=\"12\" fill=\"#1d1d1d\" lang=\"zh-Hans\"").count()
    );

    let md = std::fs::read_to_string(path.with_extension("md")).expect("Markdown");
    assert!(md.starts_with("# 两岸：出口禁令\n\n半年出口禁令会带来什么？\n") && md.contains("| 禁令 |"), "{md}");
}

#[test]
fn the_answer_says_what_the_runs_say() {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = results(parent.path());
    let path = parent.path().join("one.html");
    assert_eq!(oreworld(&["report", text(&folder), "--out", text(&path), "--md"]).0, 0);
    let md = std::fs::read_to_string(path.with_extension("md")).expect("Markdown");
    let row = |arm: &str| {
        let line = md.lines().find(|line| line.contains("`mean-price-north`") && line.contains(arm)).expect("a row");
        line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<String>>()
    };
    let number = |cell: &str| cell.replace([',', '+'], "").parse::<f64>().expect("a number");
    let (open, ban) = (row("| No ban |"), row("| Ban |"));
    // Cells: nothing, outcome, unit, arm, mean, difference, interval, seeds. Means are rounded to the dollar.
    assert!((number(&ban[4]) - number(&open[4]) - number(&ban[5])).abs() <= 1.0, "{ban:?}");
    assert_eq!(open[5], "", "the baseline differs from nothing");
    let said = format!(
        "the mean price of refined cobalt, North shore (weeks of 2025-01-06 to 2026-12-28) is {} USD/t higher",
        &ban[5][1..]
    );
    assert!(md.contains(&said), "{said}: {md}");
}

/// A sweep of the one-page experiment over a quarter of a year, merged.
fn sweep(parent: &Path, design: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let factors = "\
        factors: {
            \"elasticity\": (label: (zh: \"短期弹性\", en: \"Short-run elasticity\"), paths: [\"sector_rules.batteries.short_run_elasticity\"], over: Uniform(0.1, 0.3)),
            \"cost\": (paths: [\"mines.red-hill.cash_cost\"], over: Scale(LogUniform(0.5, 2))),
        },";
    let written = std::fs::read_to_string(root.join(EXPERIMENT)).expect("a file");
    let written = written
        .replace("../worlds", &root.join("worlds").display().to_string())
        .replace("count: 20", "count: 2")
        .replace("until: Date(\"2027-12-31\")", "until: Date(\"2024-03-31\")")
        .replace(", from: Date(\"2025-01-01\"), until: Date(\"2026-12-31\")", "")
        .replace("announced: Date(\"2025-01-06\")", "announced: Date(\"2024-01-15\")")
        .replace("in_force: Date(\"2025-02-24\")", "in_force: Date(\"2024-01-29\")")
        .replacen("    outcomes: {", &format!("{factors}\n    design: {design},\n    outcomes: {{"), 1);
    let (file, to) = (parent.join("e.ron"), parent.join("s"));
    std::fs::write(&file, written).expect("a disk");
    for args in [
        &["sweep", "plan", text(&file), "--quiet", "--calibrate", "2", "--out", text(&to)][..],
        &["sweep", "run", "--quiet", text(&to)],
        &["sweep", "merge", text(&to)],
    ] {
        let (code, _, err) = oreworld(args);
        assert_eq!(code, 0, "{args:?}: {err}");
    }
    to
}

#[test]
fn a_sweep_has_bars_tornadoes_and_maps_with_their_numbers() {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = sweep(parent.path(), "Saltelli(base: 16)");
    let pictures = parent.path().join("svg");
    let asked =
        ["--minimize", "unmet-batteries", "--above", "mean-price-north=26000", "--md", "--svg", text(&pictures)];
    let (code, out, err) = oreworld(&[&["report", text(&folder)], &asked[..]].concat());
    assert_eq!((code, err.as_str()), (0, ""));
    let page = std::fs::read_to_string(folder.join("report.html")).expect("a page");
    let sections: Vec<&str> = between(&page, "<section id=\"", "\"");
    let expected =
        ["answer", "arms", "factors", "matter", "ends", "maps", "options", "boxes", "failures", "provenance"];
    assert_eq!(sections, expected);
    let ids = between(&page, " id=\"", "\"");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id stands twice");
    for label in between(&page, "labelledby=\"", "\"").into_iter().chain(between(&page, "href=\"#", "\"")) {
        assert!(ids.contains(&label), "nothing is called {label}");
    }
    for no in ["http://", "https://", " style=\"", " src=", "url("] {
        assert!(!page.contains(no), "the page has {no}");
    }
    let charts: Vec<&str> = page.split("<div class=\"chart\">").skip(1).collect();
    for kind in ["sobol", "tornado", "map"] {
        let of: Vec<&&str> = charts.iter().filter(|chart| chart.contains(&format!("<h3 id=\"{kind}-"))).collect();
        assert_eq!(of.len(), 3, "{kind}: one for each outcome");
        assert!(of.iter().all(|chart| chart.contains("<svg ") && chart.contains("<details>")), "{kind}");
    }
    assert!(page.contains("Short-run elasticity") && page.contains("短期弹性"));
    let english = between(&page, "<span lang=\"en\">", "</span>").len();
    assert_eq!(english, between(&page, "<span lang=\"zh-Hans\">", "</span>").len());
    assert!(page.len() < 400_000, "{} bytes", page.len());

    // Every view is a file: sobol and tornado one each, maps with the differences between the arms.
    let mut files: Vec<String> = std::fs::read_dir(&pictures)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files.len(), 12, "{files:?}");
    assert_eq!(out.lines().count(), 2 + files.len());
    let drawn = std::fs::read_to_string(pictures.join("map-mean-price-north-differences.svg")).expect("a picture");
    assert!(drawn.starts_with("<svg xmlns=") && drawn.contains("Short-run elasticity") && !drawn.contains("弹性"));

    // The same numbers as those of `sweep analyze`.
    let (_, analyzed, _) = oreworld(&["sweep", "analyze", text(&folder), "--json"]);
    let analyzed: serde_json::Value = serde_json::from_str(&analyzed).expect("JSON");
    let first = &analyzed["differences"][0];
    let md = std::fs::read_to_string(folder.join("report.md")).expect("Markdown");
    let mean = first["mean"].as_f64().expect("a number");
    let row = md.lines().find(|line| line.contains("`mean-price-north`") && line.contains("| Ban |")).expect("a row");
    let shown: f64 = row.split('|').nth(5).expect("a cell").trim().replace([',', '+'], "").parse().expect("a number");
    assert!((shown - mean).abs() <= 0.005 * mean.abs().max(1.0), "{row}: {mean}");
}

#[test]
fn a_sweep_that_is_not_merged_or_was_changed_has_no_report() {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = sweep(parent.path(), "Grid(levels: 2)");
    let (code, _, err) = oreworld(&["report", text(&folder), "--above", "mean-price-south=3"]);
    assert!(code == 2 && err.contains("mean-price-south"), "{err}");
    let table = folder.join("merged/runs.parquet");
    let mut bytes = std::fs::read(&table).expect("a table");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&table, bytes).expect("a disk");
    let (code, _, err) = oreworld(&["report", text(&folder)]);
    assert!(code == 5 && err.contains("runs.parquet"), "{err}");
    std::fs::remove_dir_all(folder.join("merged")).expect("a disk");
    let (code, _, err) = oreworld(&["report", text(&folder)]);
    assert!(code == 2 && err.contains("oreworld sweep merge"), "{err}");
    assert!(!folder.join("report.html").exists());
}

#[test]
fn charts_of_results_are_files_too() {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = results(parent.path());
    let pictures = parent.path().join("png");
    assert_eq!(oreworld(&["report", text(&folder), "--png", text(&pictures)]).0, 0);
    for name in ["price-cobalt-refined-north", "unmet-cobalt", "trade-cobalt-hydroxide-2025"] {
        let bytes = std::fs::read(pictures.join(format!("{name}.png"))).expect("a picture");
        assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 10_000, "{name}");
    }
}

#[test]
fn several_results_are_chapters_and_damaged_ones_are_refused() {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = results(parent.path());
    let path = parent.path().join("two.html");
    let (code, _, err) = oreworld(&["report", text(&folder), text(&folder), "--out", text(&path)]);
    assert_eq!((code, err.as_str()), (0, ""));
    let page = std::fs::read_to_string(&path).expect("a page");
    assert_eq!(page.matches("<article ").count(), 2);
    let ids = between(&page, " id=\"", "\"");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id stands twice");

    std::fs::write(folder.join("wide.parquet"), b"something else").expect("a disk");
    let (code, _, err) = oreworld(&["report", text(&folder), "--out", text(&parent.path().join("no.html"))]);
    assert!(code == 1 && err.contains("wide.parquet"), "{err}");
    assert!(!parent.path().join("no.html").exists());
}
