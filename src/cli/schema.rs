//! `oreworld schema`: what files may say. Its output is docs/world-file.md.

use crate::world_file::schema::Schema;

use super::Outcome;

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Prints JSON instead of Markdown.
    #[arg(long)]
    json: bool,
}

/// Prints the reference.
pub(super) fn run(args: &Args) -> Outcome {
    let schema = Schema::of_files();
    if args.json {
        super::print(&(serde_json::to_string_pretty(&schema).expect("bug: a schema that is no JSON") + "\n"));
    } else {
        super::print(&schema.markdown());
    }
    Outcome::Fine
}
