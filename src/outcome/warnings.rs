//! How good warnings were, against shortages that really came.
//!
//! A warning is an unbroken run of weeks at or above a level, a shortage one of weeks that were short; those that lie less than
//! so many weeks apart are one.

use std::ops::Range;

use super::run::{Run, real_column};
use crate::id::Id;
use crate::statistics::mean;
use crate::units::WEEKS_PER_YEAR;

/// A figure of a watch's warnings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The watch.
    pub watch: Id,
    /// Which figure.
    pub figure: WarningFigure,
    /// Level from which it counts as a warning.
    pub level: u32,
    /// Weeks within which a warning must come true.
    pub within: usize,
    /// Calm weeks that tell two warnings, or two shortages, apart.
    pub apart: usize,
}

/// What is taken of warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarningFigure {
    /// Right warnings over all that can be judged.
    Precision,
    /// Shortages that were warned of over all.
    Recall,
    /// Mean weeks from the first of a warning to the shortage.
    LeadTime,
    /// Wrong warnings a year.
    FalseAlarms,
    /// Shortages a year.
    Shortages,
    /// Warnings a year.
    Warnings,
    /// Share of weeks at or above the level.
    WarnedShare,
    /// Share of weeks that were short.
    ShortShare,
}

impl WarningFigure {
    pub(super) const fn unit(self) -> &'static str {
        match self {
            Self::Precision | Self::Recall | Self::WarnedShare | Self::ShortShare => "share",
            Self::LeadTime => "weeks",
            Self::FalseAlarms | Self::Shortages | Self::Warnings => "per_year",
        }
    }
}

/// Unbroken runs of weeks; those with fewer than `apart` weeks between them are one.
fn spells(weeks: &[bool], apart: usize) -> Vec<Range<usize>> {
    let mut spells: Vec<Range<usize>> = Vec::new();
    for (week, _) in weeks.iter().enumerate().filter(|(_, on)| **on) {
        match spells.last_mut() {
            Some(last) if week - last.end < apart => last.end = week + 1,
            _ => spells.push(week..week + 1),
        }
    }
    spells
}

/// Whether a warning came true: a week of it, or one up to `within` weeks after its first, was short. Nothing when the run
/// ended before that could be said.
fn came_true(warning: &Range<usize>, short: &[bool], within: usize) -> Option<bool> {
    let end = warning.end.max(warning.start + within + 1);
    let right = short[warning.start..end.min(short.len())].contains(&true);
    (right || end <= short.len()).then_some(right)
}

/// Weeks from the first of the latest warning to a shortage, at most `within`; nothing when none was on in its first week or
/// the `within` weeks before it.
fn lead(shortage: &Range<usize>, warnings: &[Range<usize>], within: usize) -> Option<usize> {
    let from = shortage.start.saturating_sub(within);
    let before = warnings.iter().rev().find(|warning| warning.start <= shortage.start && warning.end > from)?;
    Some((shortage.start - before.start).min(within))
}

fn share(of: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| of as f64 / all as f64)
}

impl Judged {
    fn judge(&self, warned: &[bool], short: &[bool]) -> Option<f64> {
        if warned.is_empty() {
            return None;
        }
        let (warnings, shortages) = (spells(warned, self.apart), spells(short, self.apart));
        let a_year = |count: usize| Some(count as f64 * WEEKS_PER_YEAR / warned.len() as f64);
        let verdicts = || warnings.iter().filter_map(|warning| came_true(warning, short, self.within));
        let leads = || shortages.iter().filter_map(|shortage| lead(shortage, &warnings, self.within));
        let on = |weeks: &[bool]| weeks.iter().filter(|on| **on).count();
        match self.figure {
            WarningFigure::Precision => share(verdicts().filter(|right| *right).count(), verdicts().count()),
            WarningFigure::Recall => share(leads().count(), shortages.len()),
            WarningFigure::LeadTime => mean(&leads().map(|weeks| weeks as f64).collect::<Vec<_>>()),
            WarningFigure::FalseAlarms => a_year(verdicts().filter(|right| !right).count()),
            WarningFigure::Shortages => a_year(shortages.len()),
            WarningFigure::Warnings => a_year(warnings.len()),
            WarningFigure::WarnedShare => share(on(warned), warned.len()),
            WarningFigure::ShortShare => share(on(short), short.len()),
        }
    }
}

impl Run<'_> {
    /// A figure of a watch's warnings; nothing where the world has no such watch.
    pub(super) fn warnings(&self, of: &Judged) -> Option<f64> {
        let table = self.table("warnings");
        let (levels, shorts) = (real_column(table, "level"), real_column(table, "short"));
        let rows: Vec<usize> = self
            .rows("warnings", "watch")
            .filter(|(.., name)| *name == of.watch.as_str())
            .map(|(row, ..)| row)
            .collect();
        let warned: Vec<bool> = rows.iter().map(|&row| levels[row] >= f64::from(of.level)).collect();
        let short: Vec<bool> = rows.iter().map(|&row| shorts[row] > 0.0).collect();
        of.judge(&warned, &short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(text: &str) -> Vec<bool> {
        text.chars().map(|week| week == 'x').collect()
    }

    #[test]
    fn runs_of_weeks_that_lie_near_are_one() {
        let on = weeks("..xx.x....x.");
        assert_eq!(spells(&on, 2), [2..6, 10..11]);
        assert_eq!(spells(&on, 1), [2..4, 5..6, 10..11]);
        assert_eq!(spells(&on, 5), vec![2..11]);
    }

    #[test]
    fn warnings_are_held_against_shortages() {
        let judge = |figure| {
            let judged = Judged { watch: Id::new("a").expect("a name"), figure, level: 2, within: 4, apart: 2 };
            //                    right        wrong      right, late      open
            let warned = weeks("..xx.......xxx..........xxx...........x.");
            let short = weeks("....xx............x....xx...............");
            judged.judge(&warned, &short)
        };
        assert_eq!(judge(WarningFigure::Precision), Some(2.0 / 3.0));
        assert_eq!(judge(WarningFigure::Recall), Some(1.0 / 3.0));
        assert_eq!(judge(WarningFigure::LeadTime), Some(2.0));
        assert_eq!(judge(WarningFigure::FalseAlarms), Some(WEEKS_PER_YEAR / 40.0));
        assert_eq!(judge(WarningFigure::Shortages), Some(3.0 * WEEKS_PER_YEAR / 40.0));
        assert_eq!(judge(WarningFigure::WarnedShare), Some(9.0 / 40.0));
    }

    #[test]
    fn nothing_is_said_without_warnings_or_shortages() {
        let judge = |figure| {
            let judged = Judged { watch: Id::new("a").expect("a name"), figure, level: 2, within: 4, apart: 2 };
            judged.judge(&[false; 9], &[false; 9])
        };
        assert_eq!(judge(WarningFigure::Precision), None);
        assert_eq!(judge(WarningFigure::Recall), None);
        assert_eq!(judge(WarningFigure::FalseAlarms), Some(0.0));
    }
}
