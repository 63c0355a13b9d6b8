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
