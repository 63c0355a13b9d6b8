//! From an experiment to a folder of results: run, store, resume, verify, summarize and draw.

pub(crate) mod assemble;
pub mod canvas;
pub mod columns;
pub mod csv;
pub mod dictionary;
pub mod facts;
#[cfg(test)]
pub(crate) mod fake;
pub mod files;
pub mod graph;
pub mod journal;
pub mod manifest;
mod page;
pub mod plot;
pub mod report;
pub mod runner;
pub mod sealed;
pub mod series;
pub mod simulate;
pub mod summary;
pub mod table_file;
pub mod verify;
pub mod wide;

use std::path::{Path, PathBuf};

/// Copies of the experiment file and of the world file in a folder of results.
#[must_use]
pub fn inputs(folder: &Path) -> (PathBuf, PathBuf) {
    let copies = folder.join(assemble::INPUTS);
    (copies.join("experiment.ron"), copies.join("world.ron"))
}
