//! Calibrations: the exact posterior of a case that has one, the same bytes however often they are stopped, and points that
//! experiments draw from what came out.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use oreworld::calibrate::report::Report;
use oreworld::results::table_file;

use super::flips::every_flipped_bit_is_found;
use super::kills::{Kills, contents, timed};

const FACTORS: &str = "\
    factors: {
        \"elasticity\": (paths: [\"sector_rules.batteries.short_run_elasticity\"], over: Uniform(0.1, 0.3)),
        \"cost\": (paths: [\"mines.red-hill.cash_cost\"], over: Scale(LogUniform(0.5, 2))),
        \"cover\": (paths: [\"minerals.cobalt.stages.refined.normal_cover\"], over: Uniform(Weeks(4), Weeks(9))),
    },";

fn output(args: &[&str], paths: &[&Path]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oreworld"));
    let Output { status, stdout, stderr } =
        command.args(args).args(paths).stdin(Stdio::null()).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code().expect("an exit code"), text(stdout), text(stderr))
}

/// A calibration of a quarter of a year in the one-page world.
fn calibration(folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = format!(
        "Calibration(
    schema: 1, id: \"shores\", label: (zh: \"两岸\", en: \"Shores\"), question: (zh: \"？\", en: \"Which?\"),
    world: \"{}/worlds/two-shores.ron\", until: Date(\"2024-03-31\"), seeds: (first: 1, count: 50),
{FACTORS}
    targets: {{
        \"price\": (
            outcome: PriceMean(mineral: \"cobalt\", stage: \"refined\", region: \"north\"),
            values: {{ \"2024-01\": 25_000, \"2024-02\": 25_500, \"2024-03\": 26_000 }}, sd: 500, source: \"Made up\",
        ),
    }},
    hold_out: (from: Date(\"2024-03-01\")),
    method: AbcSmc(particles: 30, rounds: 3, runs: 2),
)",
        root.display()
    );
    let path = folder.join("c.ron");
    std::fs::write(&path, text).expect("a disk");
    path
}

/// A calibration of a file, as a process.
fn calibrating(file: &Path, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oreworld"));
    command.args(["calibrate", "--quiet", "--threads", "2", "--out"]).args([out, file]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Mean and standard deviation of η given a price of 15,625 ± 300 after a fifth of supply is lost at ε = 0.2: the prior is
/// even from 0.1 to 0.6, and the price 10,000 · 0.8^(−1/(η + 0.2)).
fn exact() -> (f64, f64) {
    let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
    for step in 0..100_000 {
        let eta = 0.1 + 0.5 * (f64::from(step) + 0.5) / 100_000.0;
        let price = 10_000.0 * oreworld::math::powf(0.8, -1.0 / (eta + 0.2));
        let off = (price - 15_625.0) / 300.0;
        let likely = oreworld::math::exp(-0.5 * off * off);
        (sum, first, second) = (sum + likely, first + likely * eta, second + likely * eta * eta);
    }
    let mean = first / sum;
    (mean, oreworld::math::sqrt(second / sum - mean * mean))
}

#[test]
fn the_posterior_of_a_closed_form_is_the_exact_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("c");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/curves-calibration.ron");
    let (code, json, err) = output(&["calibrate", "--quiet", "--json", "--out"], &[&out, &file]);
    assert_eq!(code, 0, "{err}");
    let report: Report = serde_json::from_str(&json).expect("a report");
    let last = report.rounds.last().expect("a round");
    assert!((last.tolerance - 1.0).abs() < 1e-12 && last.effective >= 60.0, "{last:?}");

    let mut table = Vec::new();
    let mut weights = Vec::new();
    let read = table_file::read_all(&out.join("particles.parquet"), |_| true).expect("a table");
    table.extend_from_slice(read.column("elasticity").expect("a column").reals());
    weights.extend_from_slice(read.column("weight").expect("a column").reals());
    let mean: f64 = table.iter().zip(&weights).map(|(eta, weight)| eta * weight).sum();
    let variance: f64 = table.iter().zip(&weights).map(|(eta, weight)| weight * (eta - mean) * (eta - mean)).sum();
    let (sd, error) = (oreworld::math::sqrt(variance), 4.0 / oreworld::math::sqrt(last.effective));
    println!("mean {mean:.4} and spread {sd:.4}, exactly {:.4} and {:.4}", exact().0, exact().1);
    // Four standard errors of a mean and of a spread of so many draws.
    assert!((mean - exact().0).abs() < error * exact().1, "{mean} against {}", exact().0);
    assert!((sd / exact().1 - 1.0).abs() < error, "{sd} against {}", exact().1);

    assert!(report.factors[0].contraction > 0.95 && report.warnings.is_empty(), "{report:?}");
    let held = report.targets.iter().find(|line| line.held_out).expect("one that is held out");
    assert!((held.posterior.expect("runs")[1] / 136_450.0 - 1.0).abs() < 0.01, "{held:?}");
    assert_eq!(report.held_out.iter().map(|one| (one.inside, one.of)).collect::<Vec<_>>(), [(1, 1); 3]);
}

#[test]
fn killed_at_any_instant_and_given_again_it_ends_with_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = calibration(folder.path());
    let (whole, one) = (folder.path().join("whole"), folder.path().join("one"));
    let mut time = Duration::ZERO;
    for (out, threads) in [(&whole, "2"), (&one, "1")] {
        let args = ["calibrate", "--quiet", "--threads", threads, "--out"];
        let ((code, text, err), took) = timed(|| output(&args, &[out, &file]));
        time = took;
        assert_eq!(code, 0, "{err}");
        for expected in ["Held out: predicted, not fitted", "price_2024_03_usd_per_t", "cost_multiple", "contraction"] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
    let expected = contents(&whole);
    assert!(contents(&one) == expected, "threads leave the same bytes");
    let (code, text, err) = output(&["calibrate", "--out"], &[&whole, &file]);
    assert!(code == 0 && err.contains("complete already") && text.contains("Held out"), "{err}");

    let mut kills = Kills::new();
    while kills.goes_on() {
        let out = folder.path().join(format!("k{}", kills.done));
        for _ in 0..4 {
            kills.kill(&mut calibrating(&file, &out), time);
            let so_far = contents(&out);
            assert!(so_far.iter().all(|(name, bytes)| expected.get(name) == Some(bytes)), "{kills:?}");
            kills.in_the_middle += u32::from(so_far.len() > 4 && so_far.len() < expected.len());
        }
        assert_eq!(output(&["calibrate", "--quiet", "--out"], &[&out, &file]).0, 0);
        assert!(contents(&out) == expected, "{kills:?}");
        std::fs::remove_dir_all(&out).expect("a disk");
    }
    println!("calibrate: {kills:?}");
    assert!(kills.in_the_middle > 0, "no attempt was stopped in the middle");

    every_flipped_bit_is_found(&one, 60);
    let manifest = one.join("manifest.json");
    std::fs::rename(&manifest, folder.path().join("away")).expect("a disk");
    let (code, _, err) = output(&["verify"], &[&one]);
    assert!(code == 1 && err.contains("is not complete: `oreworld calibrate`"), "{code}: {err}");
    std::fs::rename(folder.path().join("away"), &manifest).expect("a disk");

    // A round that is not what was written, a folder of another calibration.
    let chunk = whole.join("rounds/r001/chunks/p0000/c00000003.chunk");
    let mut bytes = std::fs::read(&chunk).expect("a chunk");
    bytes[80] ^= 1;
    std::fs::write(&chunk, &bytes).expect("a disk");
    std::fs::remove_file(whole.join("manifest.json")).expect("a disk");
    let (code, _, err) = output(&["calibrate", "--quiet", "--out"], &[&whole, &file]);
    assert!(code == 5 && err.contains("round 1"), "{code}: {err}");
    let text = std::fs::read_to_string(&file).expect("a file").replace("sd: 500", "sd: 400");
    std::fs::write(&file, text).expect("a disk");
    let (code, _, err) = output(&["calibrate", "--quiet", "--out"], &[&one, &file]);
    assert!(code == 2 && err.contains("another calibration"), "{code}: {err}");
}

#[cfg(unix)]
#[test]
fn told_to_stop_it_ends_with_75_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = calibration(folder.path());
    let text = std::fs::read_to_string(&file).expect("a file").replace("particles: 30", "particles: 400");
    std::fs::write(&file, text).expect("a disk");
    let out = folder.path().join("c");
    let mut child = calibrating(&file, &out).spawn().expect("it runs");
    while !out.join("rounds/r000/chunks/p0000").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(told.success());
    assert_eq!(child.wait().expect("a child").code(), Some(75));
    assert!(!out.join("manifest.json").exists());
}

#[test]
fn an_experiment_draws_its_points_from_a_posterior() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = calibration(folder.path());
    let out = folder.path().join("c");
    assert_eq!(output(&["calibrate", "--quiet", "--out"], &[&out, &file]).0, 0);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shipped = std::fs::read_to_string(root.join("experiments/two-shores-ban.ron")).expect("a file");
    let experiment = |factors: &str, file: &str| {
        let design = format!("{factors}\n    design: Posterior(file: \"{file}\", points: 20),\n    outcomes: {{");
        let text = shipped
            .replace("../worlds", &root.join("worlds").display().to_string())
            .replace("count: 20", "count: 1")
            .replace("until: Date(\"2027-12-31\")", "until: Date(\"2024-03-31\")")
            .replace(", from: Date(\"2025-01-01\"), until: Date(\"2026-12-31\")", "")
            .replacen("    outcomes: {", &design, 1);
        let path = folder.path().join("e.ron");
        std::fs::write(&path, text).expect("a disk");
        path
    };
    let drawn = experiment(FACTORS, "c/posterior.ron");
    let sweep = folder.path().join("s");
    let (code, text, err) = output(&["sweep", "plan", "--quiet", "--calibrate", "2", "--out"], &[&sweep, &drawn]);
    assert!(code == 0 && text.contains("2 arms × 20 points × 1 seed"), "{text}{err}");
    assert!(text.contains("draws from a posterior"), "{text}");

    // The sweep has a copy of its own.
    let posterior = out.join("posterior.ron");
    let text = std::fs::read_to_string(&posterior).expect("a posterior");
    std::fs::remove_file(&posterior).expect("a disk");
    for verb in ["run", "merge"] {
        assert_eq!(output(&["sweep", verb], &[&sweep]).0, 0, "{verb}");
    }
    let table = table_file::read_all(&sweep.join("merged/runs.parquet"), |_| true).expect("a table");
    for row in 0..table.rows() {
        let value = |column: &str| table.column(column).expect("a column").show(row);
        let (cost, cover, elasticity) = (value("cost_multiple"), value("cover_weeks"), value("elasticity"));
        let particle = format!("[{cost}, Weeks({cover}), {elasticity}]");
        assert!(text.contains(&particle), "{particle} is no particle");
    }
    let (code, text_of, _) = output(&["sweep", "analyze"], &[&sweep.join("merged")]);
    assert!(
        code == 0 && text_of.contains("interval") && text_of.contains("rank"),
        "a posterior is a sample: {text_of}"
    );

    // What a posterior and an experiment do not agree on is named with its place.
    let problems = |factors: &str, posterior_text: &str| {
        std::fs::write(&posterior, posterior_text).expect("a disk");
        let (code, _, err) = output(&["check"], &[&experiment(factors, "c/posterior.ron")]);
        assert_eq!(code, 1, "{err}");
        err
    };
    let fewer = FACTORS.lines().filter(|line| !line.contains("cover")).collect::<Vec<_>>().join("\n");
    let err = problems(&fewer, &text);
    assert!(err.contains("e.ron:") && err.contains("the posterior has a factor \"cover\""), "{err}");
    let err = problems(&FACTORS.replace("\"cost\":", "\"costs\":"), &text);
    assert!(err.contains("no factor of the posterior \"costs\"") && err.contains("\"cost\""), "{err}");
    let err = problems(&FACTORS.replace("stages.refined", "stages.hydroxide"), &text);
    assert!(err.contains("the posterior's \"cover\" sets minerals.cobalt.stages.refined.normal_cover"), "{err}");
    let err = problems(FACTORS, &text.replacen("Weeks(", "Days(", 1));
    assert!(err.contains("posterior.ron:") && err.contains("is no value of \"cover\""), "{err}");
    let err = problems(FACTORS, &text.replacen("    particles: [\n        (", "    particles: [\n        (-", 1));
    assert!(err.contains("posterior.ron:") && err.contains("a weight of -"), "{err}");
    let (code, _, err) = output(&["check"], &[&experiment(FACTORS, "c/nothing.ron")]);
    assert!(code == 1 && err.contains("nothing.ron cannot be read"), "{err}");
}
