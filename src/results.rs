//! From an experiment to a folder of results: run, store, resume, verify, summarize and draw.

pub mod columns;
pub mod files;
pub mod journal;
mod page;
pub mod table_file;
