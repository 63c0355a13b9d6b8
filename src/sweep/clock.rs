//! Time and memory as measured: what a sweep costs. No number of a run depends on it.

use std::time::{Duration, Instant};

/// Since when something is being done.
#[derive(Debug, Clone, Copy)]
pub struct Since(Instant);

impl Since {
    /// From now on.
    #[expect(clippy::disallowed_methods, reason = "costs are measured; runs do not know them")]
    #[must_use]
    pub fn now() -> Self {
        Self(Instant::now())
    }

    /// How long it has been.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// The most memory that this process has held, in bytes, where the system tells.
#[must_use]
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1_024)
}

/// Name of this machine, where the system tells.
#[must_use]
pub fn host() -> String {
    let known = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = known.trim().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if name.is_empty() { "host".to_owned() } else { name }
}
