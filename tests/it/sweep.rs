//! Sweeps by the command line: killed at any instant they end with the same bytes, and what is wrong has a code of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use super::kills::{Kills, timed};

use oreworld::results::sealed;
use oreworld::sweep::plan::{Plan, Sweep};

const FACTORS: &str = "\
    factors: {
        \"elasticity\": (paths: [\"sector_rules.batteries.short_run_elasticity\"], over: Uniform(0.1, 0.3)),
        \"cost\": (paths: [\"mines.red-hill.cash_cost\"], over: Scale(LogUniform(0.5, 2))),
    },";

/// An experiment of two arms and two seeds over a quarter of a year, with factors and this design.
fn experiment(folder: &Path, design: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("experiments/two-shores-ban.ron")).expect("a file");
    let text = text
        .replace("../worlds", &root.join("worlds").display().to_string())
        .replace("count: 20", "count: 2")
        .replace("until: Date(\"2027-12-31\")", "until: Date(\"2024-03-31\")")
        .replace(", from: Date(\"2025-01-01\"), until: Date(\"2026-12-31\")", "")
        .replacen("    outcomes: {", &format!("{FACTORS}\n    design: {design},\n    outcomes: {{"), 1);
    let path = folder.join("e.ron");
    std::fs::write(&path, text).expect("a disk");
    path
}

fn sweep(args: &[&str], paths: &[&Path]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oreworld"));
    command.arg("sweep").args(args).args(paths).stdin(Stdio::null());
    command
}

fn output(args: &[&str], paths: &[&Path]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = sweep(args, paths).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code().expect("an exit code"), text(stdout), text(stderr))
}

/// Plans a sweep with so many runs in a chunk.
fn planned(folder: &Path, design: &str, chunk: &str) -> PathBuf {
    let (file, to) = (experiment(folder, design), folder.join(format!("s{chunk}")));
    let (code, _, err) =
        output(&["plan", "--quiet", "--calibrate", "2", "--chunk", chunk, "--out"], &[to.as_path(), file.as_path()]);
    assert_eq!(code, 0, "{err}");
    to
}

fn done(folder: &Path, threads: &str) {
    let (code, _, err) = output(&["run", "--quiet", "--threads", threads], &[folder]);
    assert_eq!(code, 0, "{err}");
}

fn chunks(sweep: &Path) -> BTreeMap<String, Vec<u8>> {
    let list = oreworld::sweep::chunk::list(sweep).expect("a disk");
    list.into_iter()
        .map(|(_, path)| {
            (path.file_name().expect("a name").to_string_lossy().into_owned(), std::fs::read(&path).expect("a file"))
        })
        .collect()
}

#[test]
fn killed_at_any_instant_and_given_again_it_ends_with_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = planned(folder.path(), "LatinHypercube(points: 16)", "3");
    let ((), time) = timed(|| done(&whole, "1"));
    let expected = chunks(&whole);
    assert_eq!(expected.len(), 22);
    let merged = |sweep: &Path| std::fs::read(sweep.join("merged/runs.parquet")).expect("a table");
    let ((code, ..), merging) = timed(|| output(&["merge"], &[&whole]));
    assert_eq!(code, 0);
    let mut kills = Kills::new();
    while kills.goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let disturbed = planned(folder.path(), "LatinHypercube(points: 16)", "3");
        for _ in 0..8 {
            kills.kill(&mut sweep(&["run", "--quiet", "--threads", "2"], &[&disturbed]), time);
            let so_far = chunks(&disturbed);
            kills.in_the_middle += u32::from(!so_far.is_empty() && so_far.len() < expected.len());
            assert!(so_far.iter().all(|(name, bytes)| expected.get(name) == Some(bytes)), "{kills:?}");
        }
        done(&disturbed, "1");
        assert!(chunks(&disturbed) == expected, "{kills:?}");
        for _ in 0..2 {
            kills.kill(sweep(&["merge"], &[&disturbed]).stdout(Stdio::null()), merging);
        }
        assert_eq!(output(&["merge"], &[&disturbed]).0, 0);
        assert!(merged(&disturbed) == merged(&whole), "{kills:?}");
        assert_eq!(output(&["verify", "--quiet"], &[&disturbed.join("merged")]).0, 0);
    }
    println!("sweep: {kills:?}");
    assert!(kills.in_the_middle > 0, "no attempt was stopped in the middle");
}

#[test]
fn threads_and_chunk_sizes_leave_the_same_results_and_a_plan_is_the_same_whenever_it_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tables = Vec::new();
    for (chunk, threads) in [("4", "1"), ("9", "2")] {
        let sweep = planned(folder.path(), "Saltelli(base: 4)", chunk);
        done(&sweep, threads);
        assert_eq!(output(&["merge"], &[&sweep]).0, 0);
        tables.push(std::fs::read(sweep.join("merged/runs.parquet")).expect("a table"));
    }
    assert!(tables[0] == tables[1]);
    let other = tempfile::tempdir().expect("a folder");
    let again = planned(other.path(), "Saltelli(base: 4)", "4");
    let plan = |sweep: &Path| std::fs::read(sweep.join("plan.json")).expect("a plan");
    assert!(plan(&again) == plan(&folder.path().join("s4")));

    let merged = folder.path().join("s4/merged");
    let (code, out, _) = output(&["verify", "--json", "--quiet"], &[&merged]);
    let found: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &found["ok"], &found["again"]), (0, &true.into(), &1.into()));
    let (_, out, err) = output(&["merge", "--json", "--quiet"], &[&folder.path().join("s4")]);
    let found: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((err.as_str(), &found["failed"]), ("", &0.into()));
    let (code, out, err) = output(&["analyze", "--minimize", "unmet-batteries"], &[&merged]);
    assert_eq!(code, 0, "{err}");
    for expected in ["Difference to `open`", "cost_multiple", "largest regret", "first"] {
        assert!(out.contains(expected), "{expected}: {out}");
    }
    let (code, out, _) =
        output(&["analyze", "--json", "--above", "mean-price-north=20000"], &[&folder.path().join("s4")]);
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (code, &report["points"], &report["sensitivities"][0]["factor"]),
        (0, &16.into(), &"cost_multiple".into())
    );
    let (code, _, err) = output(&["analyze", "--outcome", "mean-price"], &[&merged]);
    assert!(code == 2 && err.contains("the nearest name is \"mean-price-north\""), "{err}");
}

#[test]
fn what_is_wrong_with_a_sweep_has_a_code_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = planned(folder.path(), "Grid(levels: 2)", "4");
    assert_eq!(output(&["analyze"], &[&sweep]).0, 2, "not merged");
    let (code, out, _) = output(&["status"], &[&sweep]);
    assert!(code == 0 && out.starts_with("0 of 16 runs, 0 of 4 chunks\n"), "{out}");
    assert_eq!(output(&["merge"], &[&sweep]).0, 4, "nothing is there");
    done(&sweep, "2");
    let chunk = |number| oreworld::sweep::chunk::path(&sweep, number);
    let second = std::fs::read(chunk(1)).expect("a chunk");

    std::fs::remove_file(chunk(1)).expect("a disk");
    let (code, _, err) = output(&["merge"], &[&sweep]);
    assert!(code == 4 && err.contains("1 of 4 chunks are missing: 1"), "{err}");
    std::fs::copy(chunk(2), chunk(1)).expect("a disk");
    assert_eq!(output(&["merge"], &[&sweep]).0, 3, "there twice");
    for cut in [0, second.len() / 2] {
        std::fs::write(chunk(1), &second[..cut]).expect("a disk");
        assert_eq!(output(&["merge"], &[&sweep]).0, 5, "cut off");
        assert_eq!(output(&["verify", "--quiet"], &[&sweep]).0, 5, "cut off");
    }
    let other = planned(folder.path(), "Grid(levels: 2)", "5");
    done(&other, "1");
    std::fs::copy(oreworld::sweep::chunk::path(&other, 1), chunk(1)).expect("a disk");
    let (code, _, err) = output(&["merge"], &[&sweep]);
    assert!(code == 5 && err.contains("of another plan"), "{err}");
    std::fs::write(chunk(1), &second).expect("a disk");
    assert_eq!(output(&["merge"], &[&sweep]).0, 0);
    assert_eq!(output(&["verify", "--quiet", "--sample", "0.2"], &[&sweep]).0, 0);
    assert_eq!(output(&["verify", "--quiet", "--sample", "0.2"], &[&sweep.join("merged")]).0, 0);

    // Flipped bits of everything that results follow from.
    let merged = sweep.join("merged");
    for (place, names) in [
        (&sweep, vec!["plan.json", "inputs/experiment.ron", "inputs/world.ron", "chunks/p0000/c00000003.chunk"]),
        (&merged, vec!["manifest.json", "plan.json", "runs.parquet", "inputs/world.ron"]),
    ] {
        for (name, flip) in names.into_iter().flat_map(|name| (0..3_usize).map(move |flip| (name, flip))) {
            let good = std::fs::read(place.join(name)).expect("a file");
            let mut bad = good.clone();
            let bit = (flip + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) % (good.len() * 8);
            bad[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(place.join(name), &bad).expect("a disk");
            assert_ne!(output(&["verify", "--quiet"], &[place]).0, 0, "{name}, bit {bit}");
            std::fs::write(place.join(name), &good).expect("a disk");
        }
    }
    // Another build's plan is left alone.
    let mut plan: Plan = sealed::read(&sweep.join("plan.json")).expect("a plan");
    plan.program.source_blake3 = Some("0".repeat(64));
    plan.blake3_of_this_file = sealed::NO_HASH.to_owned();
    sealed::write(&sweep.join("plan.json"), &plan).expect("a disk");
    for verb in ["run", "merge", "status"] {
        let (code, _, err) = output(&[verb], &[&sweep]);
        assert!(code == 78 && err.contains("another build"), "{verb}: {err}");
    }
}

#[cfg(unix)]
#[test]
fn told_to_stop_it_keeps_whole_chunks_and_ends_with_75() {
    let folder = tempfile::tempdir().expect("a folder");
    let stopped = planned(folder.path(), "LatinHypercube(points: 200)", "2");
    let mut child = sweep(&["run", "--quiet"], &[&stopped]).stderr(Stdio::null()).spawn().expect("it runs");
    while chunks(&stopped).len() < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(told.success());
    assert_eq!(child.wait().expect("a child").code(), Some(75));
    let kept = chunks(&stopped).len() as u64;
    let opened = Sweep::open(&stopped).expect("a sweep");
    assert!(kept < opened.plan.chunks);
    let (code, out, _) = output(&["status", "--json"], &[&stopped]);
    let status: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &status["chunks_done"], &status["runs_failed"]), (0, &kept.into(), &0.into()));
}

#[test]
fn what_costs_too_much_or_cannot_be_planned_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("s");
    let plan = |design: &str| {
        let file = experiment(folder.path(), design);
        output(&["plan", "--quiet", "--out"], &[to.as_path(), file.as_path()])
    };
    let since = oreworld::sweep::clock::Since::now();
    for (design, expected) in [
        ("LatinHypercube(points: 1_000_000_000)", "1000000000 is out of range"),
        ("Grid(levels: 1_000_000)", "the design has 1_000_000_000_000 points"),
        ("Sobol(points: 65_536), limits: (runs: 1_000)", "262_144 runs, and the file's limit is runs: 1000"),
        ("Sobol(points: 64), limits: (core_hours: 0.000001)", "core hours, and the file's limit is core_hours"),
    ] {
        let (code, _, err) = plan(design);
        assert!(code == 1 && err.contains(expected), "{design}: {err}");
    }
    assert!(since.elapsed() < Duration::from_mins(1), "four refusals take {:?}", since.elapsed());
    assert!(!to.exists());
    let file = experiment(folder.path(), "Grid(levels: 2)");
    let run = Command::new(env!("CARGO_BIN_EXE_oreworld")).arg("run").arg(&file).output().expect("it runs");
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("oreworld sweep plan"));
}

#[test]
fn a_plan_is_made_once_and_scripts_are_written_for_queues() {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = planned(folder.path(), "Grid(levels: 2)", "4");
    let file = experiment(folder.path(), "Grid(levels: 2)");
    let (code, out, err) = output(&["plan", "--quiet", "--out"], &[&sweep, &file]);
    assert!(code == 0 && err.contains("is planned already") && out.contains("chunks  4 of 4 runs"), "{out}{err}");
    let other = experiment(folder.path(), "Grid(levels: 3)");
    let (code, _, err) = output(&["plan", "--quiet", "--out"], &[&sweep, &other]);
    assert!(code == 2 && err.contains("holds another plan"), "{err}");
    let (code, out, _) = output(&["submit", "--engine", "slurm", "--dry-run", "--shards", "2"], &[&sweep]);
    assert!(code == 0 && out.starts_with("sbatch "), "{out}");
    let script = std::fs::read_to_string(sweep.join("jobs/array.sh")).expect("a script");
    assert!(script.contains("--array=0-1\n") && script.contains("--shard $SLURM_ARRAY_TASK_ID/2 "), "{script}");
    let (code, out, _) = output(&["resume", "--engine", "print", "--shards", "2", "--threads", "1"], &[&sweep]);
    assert!(code == 0 && out.contains("--shard $INDEX/2 --round 1 --threads 1"), "{out}");
    let (code, _, err) = output(&["submit", "--quiet"], &[&sweep]);
    assert!(code == 0, "{err}");
    assert_eq!(output(&["merge"], &[&sweep]).0, 0);
}
