//! Files that hold what the program says, to be reviewed when it says something else.

/// Compares a file with what it must hold; with `BLESS` set in the environment, writes it.
pub(crate) fn compare(path: &str, expected: &str) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, expected).expect("writable");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    let different = found.lines().zip(expected.lines()).position(|(a, b)| a != b);
    let line = different.unwrap_or(found.lines().count().min(expected.lines().count()));
    assert!(
        found == expected,
        "{path} is out of date from line {}; run again with BLESS=1 and review the difference\n  file: {:?}\n  now:  {:?}",
        line + 1,
        found.lines().nth(line).unwrap_or_default(),
        expected.lines().nth(line).unwrap_or_default(),
    );
}
