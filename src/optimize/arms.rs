//! The front as experiments, one for each scenario, whose arms are its settings: to be run with all tables and reported.

use std::fmt::Write as _;

use super::file::Search;
use super::front::Front;
use super::work::{Found, SearchError};
use crate::experiment::factor::{Drawn, written};
use crate::id::Id;
use crate::world_file::scan;
use crate::world_file::source::Sources;
use crate::world_file::tree::{Entry, Kind, Node};

/// Folder of the experiments in that of a search.
pub const FOLDER: &str = "front";

/// What a setting sets in the world of a scenario: path and value.
pub(super) fn set_by(search: &Search, drawn: &[Drawn], scenario: usize) -> Vec<(String, String)> {
    let factors = search.experiment.design.factors.iter().zip(drawn);
    let sets = factors.flat_map(|(factor, drawn)| factor.overrides(scenario, drawn));
    sets.map(|change| (change.path.clone(), written(&change.value))).collect()
}

/// Entries of a map as they are written: path and value.
fn entries(map: Option<&Node>) -> Vec<(String, String)> {
    let entries: &[Entry] = match map.map(|map| &map.kind) {
        Some(Kind::Map(entries)) => entries,
        _ => &[],
    };
    entries.iter().map(|entry| (entry.key.key_text(), written(&entry.value))).collect()
}

/// A value of a map by its key.
fn at<'a>(map: Option<&'a Node>, key: &Id) -> Option<&'a Node> {
    match &map?.kind {
        Kind::Map(entries) => {
            entries.iter().find(|entry| entry.key.key_text() == key.as_str()).map(|entry| &entry.value)
        }
        _ => None,
    }
}

/// The experiment of every scenario: name of its file in the folder of the search, and text.
///
/// # Errors
/// When the copy of the search file cannot be read, which is a mistake of ours.
pub fn experiments(search: &Search, found: &Found, front: &Front) -> Result<Vec<(String, String)>, SearchError> {
    let of = &search.experiment;
    let input = &of.inputs[0];
    let root = scan::read(&mut Sources::default(), &input.name, &input.bytes)
        .map_err(|_| SearchError::Damaged(input.name.clone()))?;
    let outcomes = entries(root.field("outcomes"));
    let mut all = Vec::new();
    for (scenario, arm) in of.arms.iter().enumerate() {
        let own = entries(at(root.field("scenarios"), &arm.id).and_then(|own| own.field("set")));
        let mut set = entries(root.field("set"));
        set.extend(of.overrides.iter().filter_map(|text| {
            text.split_once('=').map(|(path, value)| (path.trim().to_owned(), value.trim().to_owned()))
        }));
        set.extend(own);
        // Of what is set twice the later holds; a file may say it once.
        let last: Vec<(String, String)> = set
            .iter()
            .enumerate()
            .filter(|(place, (path, _))| !set[place + 1..].iter().any(|(other, _)| other == path))
            .map(|(_, one)| one.clone())
            .collect();
        let joined = format!("{}-{}", of.id, arm.id);
        let id = Id::new(&joined).unwrap_or_else(|| arm.id.clone());
        let levers: Vec<String> = of.levers.iter().map(|lever| format!("{lever:?}")).collect();
        let label = |label: &crate::id::Label| format!("(zh: {:?}, en: {:?})", label.zh, label.en);
        let both = crate::id::Label {
            zh: format!("{}：{}", of.label.zh, arm.label.zh),
            en: format!("{}: {}", of.label.en, arm.label.en),
        };
        let mut out = format!(
            "// Written by `oreworld optimize`: the front in the scenario \"{}\", with the seeds of `confirm`.\n",
            arm.id
        );
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "Experiment(\n    schema: 1,\n    id: \"{id}\",\n    label: {},\n    question: {},\n    levers: [{}],\n    \
             world: \"../inputs/world.ron\",\n    until: Date(\"{}\"),\n    seeds: (first: {}, count: {}),\n    \
             baseline: \"as-written\",\n",
            label(&both),
            label(&of.question),
            levers.join(", "),
            of.calendar.day(of.weeks - 1),
            search.confirm.first,
            search.confirm.count,
        );
        mapped(&mut out, 4, "set", &last);
        out += "    arms: {\n        \"as-written\": (label: (zh: \"世界文件原样\", en: \"As written\")),\n";
        for (setting, &place) in front.front.iter().zip(&found.front) {
            let number = setting.setting;
            let _ = writeln!(
                out,
                "        \"setting-{number}\": (\n            label: (zh: \"设置 {number}\", en: \"Setting {number}\"),"
            );
            mapped(&mut out, 12, "set", &set_by(search, &found.tried[place].drawn, scenario));
            out += "        ),\n";
        }
        out += "    },\n";
        mapped(&mut out, 4, "outcomes", &outcomes);
        out += ")\n";
        all.push((format!("{FOLDER}/{}.ron", arm.id), out));
    }
    Ok(all)
}

/// A field that holds a map, a line for each entry.
fn mapped(out: &mut String, indent: usize, field: &str, entries: &[(String, String)]) {
    let _ = writeln!(out, "{:indent$}{field}: {{", "");
    for (key, value) in entries {
        let _ = writeln!(out, "{:indent$}    \"{key}\": {value},", "");
    }
    let _ = writeln!(out, "{:indent$}}},", "");
}
