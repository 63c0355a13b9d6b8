//! At which instants a test kills the program, and how often.
//!
//! `KILLS=2000 cargo test --release --test it -- killed --nocapture` kills it 2,000 times, as often by each of the four tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Kills of each test: a quarter of what `KILLS` asks for, or 6.
fn wanted() -> u32 {
    let asked = std::env::var("KILLS").map(|text| text.parse().expect("KILLS is a number"));
    asked.unwrap_or(24_u32).div_ceil(4)
}

/// How often a program was killed, and how often that was in the middle of its work.
#[derive(Debug)]
pub(crate) struct Kills {
    /// Kills.
    pub(crate) done: u32,
    /// Of these with some work done, but not all.
    pub(crate) in_the_middle: u32,
    tries: u64,
    /// How long the program takes now over what it took when it was timed, beside others or with nothing in memory yet.
    pace: f64,
}

impl Kills {
    pub(crate) const fn new() -> Self {
        Self { done: 0, in_the_middle: 0, tries: 0, pace: 1.0 }
    }

    /// Whether there is more to kill: until there were enough, one of them in the middle of the work.
    pub(crate) fn goes_on(&self) -> bool {
        self.done < wanted() || (self.in_the_middle == 0 && self.tries < 200)
    }

    /// Starts the program and kills it at an instant anywhere in so long a time and a tenth, unless it has ended by then.
    pub(crate) fn kill(&mut self, command: &mut Command, within: Duration) {
        self.tries += 1;
        let place = self.tries.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32; // spread evenly, as multiples of the golden ratio are
        let mut child = command.spawn().expect("it runs");
        std::thread::sleep(within.mul_f64(self.pace * 1.1 * place as f64 / 4_294_967_296.0));
        if child.try_wait().expect("a child").is_none() {
            child.kill().expect("a child");
            self.done += 1;
            self.pace = (self.pace * 1.05).min(1.0);
        } else {
            self.pace *= 0.9;
        }
        child.wait().expect("a child");
    }
}

/// How long something takes.
#[expect(clippy::disallowed_methods, reason = "instants of kills are spread over it; no test depends on it")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

/// Every file in a folder that follows from what was asked for; none if there is no folder. What killed programs left half written and
/// what processes say of themselves is left out.
pub(crate) fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop().filter(|next| next.exists()) {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.contains("provenance") && !name.contains(".unfinished-") {
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}
