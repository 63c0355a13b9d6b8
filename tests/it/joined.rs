//! A world put together from others runs as if it had been written in one file, and its results keep every part.

use std::path::Path;
use std::process::Command;

use oreworld::record::TABLES;
use oreworld::world_file::load;

use crate::runs::{rows, run};

const WHOLE: &str = "World(schema: 1, include: [\"land.ron\", \"market.ron\"], id: \"two-shores\", \
    label: (zh: \"两岸\", en: \"Two shores\"), base_year: 2024, start: Date(\"2024-01-01\"), statistics: \"None\")";

/// Two shores cut in two: regions and nations in one part, all else in the other.
fn write_parts(folder: &Path) {
    let text = std::fs::read_to_string("worlds/two-shores.ron").expect("the world");
    let regions = text.find("    regions: {").expect("regions");
    let hosts = text.find("    hosts: {").expect("hosts");
    let land = format!("World(schema: 1, base_year: 2024,\n{})", &text[regions..hosts]);
    let market = format!("{}{}", &text[..regions], &text[hosts..]);
    for (name, text) in [("whole.ron", WHOLE), ("land.ron", &land), ("market.ron", &market)] {
        std::fs::write(folder.join(name), text).expect("a disk");
    }
}

#[test]
fn the_whole_runs_as_its_parts_in_one_file_would() {
    let folder = tempfile::tempdir().expect("a folder");
    write_parts(folder.path());
    let whole = load(folder.path().join("whole.ron")).unwrap_or_else(|problems| panic!("{problems}"));
    let single = load("worlds/two-shores.ron").unwrap_or_else(|problems| panic!("{problems}"));
    let (whole, single) = (run(&whole, 1, 60, TABLES), run(&single, 1, 60, TABLES));
    for (whole, single) in whole.tables.iter().zip(&single.tables) {
        assert_eq!(rows(whole, |_, _| true), rows(single, |_, _| true), "{}", whole.name);
    }
}

#[test]
fn results_are_verified_from_their_copies_of_all_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    write_parts(folder.path());
    let experiment = std::fs::read_to_string("experiments/two-shores-ban.ron").expect("an experiment");
    let path = folder.path().join("ban.ron");
    std::fs::write(&path, experiment.replace("../worlds/two-shores.ron", "whole.ron")).expect("a disk");
    let oreworld = |args: &[&std::ffi::OsStr]| Command::new(env!("CARGO_BIN_EXE_oreworld")).args(args).output();
    let out = folder.path().join("out");
    let made =
        oreworld(&["run".as_ref(), path.as_ref(), "--seeds".as_ref(), "1".as_ref(), "--out".as_ref(), out.as_ref()]);
    let made = made.expect("runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::remove_file(folder.path().join("land.ron")).expect("the part goes, its copy stays");
    let results = std::fs::read_dir(&out).expect("a folder").next().expect("results").expect("an entry").path();
    let verified = oreworld(&["verify".as_ref(), "--all".as_ref(), results.as_ref()]).expect("runs");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}
