//! JSON files that name the hash of their own bytes, so that a changed byte is found.

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::files;

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
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, format!("{name} is damaged: its hash differs"));
    let text = fs::read_to_string(path)?;
    let at = text.rfind(SELF).ok_or_else(damaged)? + SELF.len();
    let found = text.get(at..at + NO_HASH.len()).ok_or_else(damaged)?;
    let mut blank = text.clone();
    blank.replace_range(at..at + NO_HASH.len(), NO_HASH);
    if blake3::hash(blank.as_bytes()).to_string() != found {
        return Err(damaged());
    }
    Ok(serde_json::from_str(&text)?)
}
