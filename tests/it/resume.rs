//! Stopped at any instant and run again, a sweep ends with the bytes of an undisturbed one; so it does with any number
//! of threads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::kills::{Kills, contents, timed};

const SEEDS: &str = "40";

fn oreworld(out: &Path, threads: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oreworld"));
    command.args(["run", "experiments/two-shores-ban.ron", "--seeds", SEEDS, "--threads", threads, "--out"]).arg(out);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).stdout(Stdio::null());
    command
}

fn folder(out: &Path) -> Option<PathBuf> {
    std::fs::read_dir(out).ok()?.next()?.ok().map(|entry| entry.path())
}

fn undisturbed(threads: &str) -> (tempfile::TempDir, BTreeMap<String, Vec<u8>>) {
    let out = tempfile::tempdir().expect("a folder");
    let ended = oreworld(out.path(), threads).stderr(Stdio::null()).status().expect("runs");
    assert!(ended.success());
    let found = contents(&folder(out.path()).expect("results"));
    (out, found)
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let (_one, expected) = undisturbed("1");
    for threads in ["2", "8"] {
        assert!(undisturbed(threads).1 == expected, "{threads} threads");
    }
}

#[test]
fn killed_at_any_instant_and_resumed_it_gives_the_same_bytes() {
    let ((_undisturbed, expected), time) = timed(|| undisturbed("2"));
    let mut kills = Kills::new();
    while kills.goes_on() {
        let out = tempfile::tempdir().expect("a folder");
        for _ in 0..3 {
            kills.kill(oreworld(out.path(), "2").stderr(Stdio::null()), time);
        }
        let ended = oreworld(out.path(), "1").output().expect("runs");
        assert!(ended.status.success());
        kills.in_the_middle += u32::from(String::from_utf8_lossy(&ended.stderr).contains("resumed: "));
        let found = contents(&folder(out.path()).expect("results"));
        assert!(found.keys().eq(expected.keys()), "{:?}", found.keys());
        assert!(found == expected, "{kills:?}");
    }
    println!("run: {kills:?}");
    assert!(kills.in_the_middle > 0, "no attempt was stopped in the middle");
}

#[test]
fn what_is_complete_is_shown_again_and_not_run() {
    let (out, expected) = undisturbed("2");
    let again = oreworld(out.path(), "2").stdout(Stdio::piped()).output().expect("runs");
    assert!(again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("is complete already"));
    assert!(String::from_utf8_lossy(&again.stdout).contains("mean-price-north"));
    assert!(contents(&folder(out.path()).expect("results")) == expected);
}
