//! JSON files that name the hash of their own bytes, so that a changed byte is found.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{files, manifest};
use crate::calibrate;
use crate::sweep::plan;

const SELF: &str = "\"blake3_of_this_file\": \"";

/// What stands in place of the hash while it is worked out.
pub const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Writes a value whose field `blake3_of_this_file` is [`NO_HASH`], with its hash there.
///
/// # Errors
/// When the disk fails.
///
/// # Panics
/// When the value has no such field.
pub fn write<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(value)? + "\n";
    let hash = blake3::hash(text.as_bytes()).to_string();
    let at = text.rfind(SELF).expect("bug: a file without its own hash") + SELF.len();
    text.replace_range(at..at + NO_HASH.len(), &hash);
    files::write_bytes(path, text.as_bytes())
}

/// Reads a value and checks its hash.
///
/// # Errors
/// When it cannot be read, or a byte of it was changed.
pub fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let text = whole(path)?;
    serde_json::from_str(&text).map_err(|error| {
        let held =
            path.parent().and_then(held).map_or_else(|| error.to_string(), |held| format!("the folder holds {held}"));
        let name = name_of(path);
        io::Error::new(io::ErrorKind::InvalidData, format!("{name} is none of the kind that is looked for: {held}"))
    })
}

/// Reads a file's text and checks its hash, whatever it says.
///
/// # Errors
/// As [`read`].
pub fn whole(path: &Path) -> io::Result<String> {
    let damaged =
        || io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged: its hash differs", name_of(path)));
    let text = fs::read_to_string(path)?;
    let at = text.rfind(SELF).ok_or_else(damaged)? + SELF.len();
    let found = text.get(at..at + NO_HASH.len()).ok_or_else(damaged)?;
    let mut blank = text.clone();
    blank.replace_range(at..at + NO_HASH.len(), NO_HASH);
    if blake3::hash(blank.as_bytes()).to_string() != found {
        return Err(damaged());
    }
    Ok(text)
}

fn name_of(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

/// What a folder holds. In words, with the command that shows it, for who gives it to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Made by `oreworld calibrate`.
    Calibration,
    /// Made by `oreworld sweep`: its chunks, or its merged results.
    Sweep,
    /// Made by `oreworld optimize`.
    Search,
    /// Made by `oreworld run`.
    Runs,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Calibration => "a calibration, which `oreworld calibrate` shows when its file is given again",
            Self::Sweep => "a sweep, which `oreworld sweep` and `oreworld report` show",
            Self::Search => "a search, which `oreworld optimize` shows when its file is given again",
            Self::Runs => "results of `oreworld run`, which `oreworld report` shows",
        })
    }
}

/// What a folder holds, by the files in it; nothing where none of them is there.
#[must_use]
pub fn held(folder: &Path) -> Option<Held> {
    [
        (calibrate::work::IDENTITY, Held::Calibration),
        (plan::PILOT, Held::Sweep),
        (plan::NAME, Held::Search),
        (manifest::NAME, Held::Runs),
    ]
    .into_iter()
    .find_map(|(name, held)| folder.join(name).exists().then_some(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_another_kind_is_named_and_a_damaged_file_is_told_from_it() {
        #[derive(Serialize)]
        struct Calibrated {
            rounds: u32,
            blake3_of_this_file: &'static str,
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("manifest.json");
        write(&path, &Calibrated { rounds: 3, blake3_of_this_file: NO_HASH }).expect("a disk");
        let said =
            |path: &Path| read::<super::super::manifest::Manifest>(path).expect_err("no manifest of runs").to_string();
        assert!(said(&path).contains("holds results of `oreworld run`"), "{}", said(&path));
        fs::write(folder.path().join("calibration.json"), "{}").expect("a disk");
        assert!(said(&path).contains("holds a calibration"), "{}", said(&path));
        let text = fs::read_to_string(&path).expect("a file");
        fs::write(&path, text.replace("\"rounds\": 3", "\"rounds\": 4")).expect("a disk");
        assert!(said(&path).contains("is damaged"), "{}", said(&path));
    }
}
