//! Whatever the bytes, a file is either good or has at least one problem; nothing panics.

use oreworld::world_file::overlay::Override;
use oreworld::world_file::source::Sources;
use oreworld::world_file::{check, scan};
use proptest::prelude::*;

const WORLD: &[u8] = include_bytes!("../../worlds/two-shores.ron");
const EXPERIMENT: &[u8] = include_bytes!("../../experiments/two-shores-ban.ron");

fn look_at(bytes: &[u8]) {
    let mut sources = Sources::default();
    match scan::read(&mut sources, "mutated.ron", bytes) {
        Err(problems) => assert!(problems.has_errors()),
        Ok(root) => {
            let checked = check(&sources, root, &[]);
            assert!(checked.setup.is_some() || checked.problems.has_errors());
            assert!(checked.problems.iter().all(|problem| problem.at.line > 0 && problem.at.column > 0));
        }
    }
}

/// Pieces that a mutation puts in: brackets, quotes, comments, escapes, numbers at the edges, odd characters.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    ",",
    ":",
    "/*",
    "*/",
    "//",
    "\\",
    "r#\"",
    "b'",
    "Some(",
    "None",
    "NaN",
    "-inf",
    "-1",
    "1e400",
    "99999999999999999999999",
    "0x",
    "..",
    "()",
    "\u{202e}",
    "\u{feff}",
    "钴",
    "\0",
    "#![",
    "-0.0",
];

#[derive(Debug, Clone)]
enum Mutation {
    Byte(usize, u8),
    Cut(usize, usize),
    Insert(usize, usize),
    Copy(usize, usize, usize),
    Truncate(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = 0..8_000_usize;
    prop_oneof![
        (at.clone(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
        (at.clone(), 1..60_usize).prop_map(|(at, length)| Mutation::Cut(at, length)),
        (at.clone(), 0..PIECES.len()).prop_map(|(at, piece)| Mutation::Insert(at, piece)),
        (at.clone(), at.clone(), 1..80_usize).prop_map(|(from, to, length)| Mutation::Copy(from, to, length)),
        at.prop_map(Mutation::Truncate),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    let length = bytes.len().max(1);
    match *mutation {
        Mutation::Byte(at, byte) => {
            if let Some(found) = bytes.get_mut(at % length) {
                *found = byte;
            }
        }
        Mutation::Cut(at, count) => {
            let at = (at % length).min(bytes.len());
            bytes.drain(at..(at + count).min(bytes.len()));
        }
        Mutation::Insert(at, piece) => {
            let at = (at % length).min(bytes.len());
            bytes.splice(at..at, PIECES[piece].bytes());
        }
        Mutation::Copy(from, to, count) => {
            let (from, to) = ((from % length).min(bytes.len()), (to % length).min(bytes.len()));
            let piece = bytes[from..(from + count).min(bytes.len())].to_vec();
            bytes.splice(to..to, piece);
        }
        Mutation::Truncate(at) => bytes.truncate(at % length),
    }
}

/// Steps of paths into the one-page world, and others.
const STEPS: &[&str] = &[
    "mines",
    "red-hill",
    "capacity",
    "stock",
    "minerals",
    "cobalt",
    "stages",
    "hydroxide",
    "0",
    "9",
    "freight",
    "routes",
    "other",
    "expectations",
    "bounds",
    "1",
    "nations",
    "southland",
    "policies",
    "royalty",
    "terms",
    "hosts",
    "copper",
    "plan",
    "2024",
    "mine_rules",
    "by-product",
    "care",
    "reserves",
    "schema",
    "",
    "x",
    "钴",
];
const VALUES: &[&str] = &[
    "None",
    "5",
    "Tonnes(1)",
    "TonnesPerYear(0)",
    "{}",
    "[]",
    "()",
    "(label: (zh: \"a\", en: \"b\"))",
    "\"north\"",
    "[(id: 3)]",
    "{ 2024: 1, 2024: 2 }",
    "{ \"钴\": () }",
    "AdValorem(Share(0.1))",
    "Sliding([])",
    "Date(\"9999-12-31\")",
    "1e308",
    "-0.0",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_override_panics(
        sets in prop::collection::vec((prop::collection::vec(0..STEPS.len(), 1..6), 0..VALUES.len()), 1..4),
    ) {
        let mut sources = Sources::default();
        let root = scan::read(&mut sources, "world.ron", WORLD).expect("good");
        let overrides: Vec<Override> = sets.iter().map(|(steps, value)| {
            let path = steps.iter().map(|&step| STEPS[step]).collect::<Vec<_>>().join(".");
            Override::parse(&mut sources, "--set", &format!("{path}={}", VALUES[*value])).expect("well formed")
        }).collect();
        let checked = check(&sources, root, &overrides);
        prop_assert!(checked.setup.is_some() || checked.problems.has_errors());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_mutation_of_a_good_file_panics(world in any::<bool>(), mutations in prop::collection::vec(mutation(), 1..6)) {
        let mut bytes = if world { WORLD.to_vec() } else { EXPERIMENT.to_vec() };
        for mutation in &mutations {
            mutate(&mut bytes, mutation);
        }
        look_at(&bytes);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,200}") {
        look_at(&bytes);
        look_at(text.as_bytes());
    }
}

#[test]
fn every_beginning_of_a_good_file_is_refused() {
    for end in (0..WORLD.len() - 2).step_by(7) {
        look_at(&WORLD[..end]);
    }
}
