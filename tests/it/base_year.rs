//! What worlds say is published of their base year lies beside what the model does in it, within what each file allows.

use std::fmt::Write as _;

use oreworld::base_year::{WEEKS, compare};
use oreworld::world_file::load;

use crate::bless;
use crate::runs::{COBALT, world};

const SEEDS: u64 = 12;

/// Writes docs/base-year.md with `BLESS=1 cargo test --test it base_year`.
#[test]
fn the_base_year_of_every_world_is_what_was_published() {
    let mut worlds: Vec<String> = std::fs::read_dir("worlds")
        .expect("worlds/")
        .map(|entry| entry.expect("an entry").path().to_string_lossy().into_owned())
        .filter(|path| path.strip_suffix(".ron").is_some())
        // Worlds with futures, nations that decide or rules of reserves have the figures of the plain ones, and parts are no worlds.
        .filter(|path| !path.contains("part-"))
        .filter(|path| !["-futures.ron", "-nations.ron", "-reserves.ron"].iter().any(|end| path.ends_with(end)))
        .collect();
    worlds.sort();
    let mut page = format!(
        "# The base year, published and modelled\n\n\
         Each world is run for {WEEKS} weeks from its first day, seeds 1 to {SEEDS}; tonnes are scaled to a year of 52.18 weeks. \
         \"±\" is the standard deviation over the seeds. \"Allowed\" is what the world file allows under `published`, where sources \
         and reasons for a wider tolerance stand. A line is outside when the mean over the seeds deviates by more.\n\n\
         The figures went into the worlds: mines and plants have the capacities, sectors the use that was published. What is tested is \
         that trade, stocks and prices let them run so. Made by `BLESS=1 cargo test --test it base_year`; \
         `oreworld base-year worlds/cobalt-2024.ron` prints one of these tables.\n"
    );
    let mut misses = Vec::new();
    for path in &worlds {
        let setup = load(path).unwrap_or_else(|problems| panic!("{problems}"));
        if setup.published.is_empty() {
            continue;
        }
        let found = compare(&setup, SEEDS).unwrap_or_else(|error| panic!("{path}: {error}"));
        write!(page, "\n## {}\n\n{found}", setup.id).expect("a string");
        misses.extend(found.misses().map(|row| format!("{path}: {row:?}")));
    }
    println!("{page}");
    assert!(misses.is_empty(), "{misses:#?}");
    bless::compare("docs/base-year.md", &page);
}

#[test]
fn a_world_that_mines_less_than_published_is_found_out() {
    let less = world(COBALT, &["mines.idn-huafei.capacity=TonnesPerYear(6_000)"]);
    let found = compare(&less, 1).unwrap_or_else(|error| panic!("{error}"));
    let missed: Vec<&str> = found.misses().map(|row| row.of.as_str()).collect();
    assert!(missed.contains(&"idn"), "{found}");
}
