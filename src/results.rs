//! From an experiment to a folder of results: run, store, resume, verify, summarize and draw.

mod assemble;
pub mod canvas;
pub mod columns;
#[cfg(test)]
mod fake;
pub mod files;
pub mod journal;
pub mod manifest;
mod page;
pub mod plot;
pub mod runner;
pub mod series;
pub mod simulate;
pub mod summary;
pub mod table_file;
pub mod verify;
pub mod wide;
