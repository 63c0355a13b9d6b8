//! How far long work is.

use std::io::{IsTerminal, Write as _};
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

/// Seconds between lines of progress where there is no terminal.
const PERIOD: u64 = 5;

/// How far it is: a bar on a terminal, a line every so often elsewhere.
pub(super) struct Progress {
    quiet: bool,
    bar: ProgressBar,
    lines: bool,
    total: u64,
    said: u64,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let lines = !std::io::stderr().is_terminal();
        Self { quiet, bar: ProgressBar::hidden(), lines, total: 0, said: 0 }
    }

    /// Begins to count.
    pub(super) fn begin(&mut self, total: u64, kept: u64) {
        self.total = total;
        self.bar = if self.quiet || self.lines { ProgressBar::hidden() } else { ProgressBar::new(total) };
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs  {per_sec}  {eta} left  {msg}");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.set_length(total);
        self.bar.set_position(kept);
        self.bar.reset_eta();
        self.said = 0;
    }

    /// Counts what need not be done.
    pub(super) fn skip(&self, runs: u64) {
        self.bar.inc(runs);
    }

    /// Counts one more.
    pub(super) fn step(&mut self) {
        self.bar.inc(1);
        let done = self.bar.position();
        let elapsed = self.bar.elapsed().as_secs();
        if self.lines && !self.quiet && elapsed >= self.said + PERIOD {
            self.said = elapsed;
            let rate = self.bar.per_sec();
            let left = self.bar.eta().as_secs();
            say(&format!("{done} of {} runs, {rate:.1} a second, {left} s left", self.total));
        }
    }

    /// How it shows a message about what is being done.
    pub(super) fn doing(&self, what: &'static str) {
        self.bar.set_message(what);
    }

    /// A line beside the bar.
    pub(super) fn note(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// A line on standard error; that nobody reads it any more is no mistake.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Progress that several threads tell of.
pub(super) struct Shared(Mutex<Progress>);

impl Shared {
    pub(super) fn new(quiet: bool) -> Self {
        Self(Mutex::new(Progress::new(quiet)))
    }

    pub(super) fn with(&self, work: impl FnOnce(&mut Progress)) {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
