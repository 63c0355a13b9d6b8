//! Targets: a share of a nation's use that is to be made at home, or from scrap, by a day. While the share is missed support
//! rises. Levers C2 and D4.

use crate::calendar::Week;
use crate::digest::{Digest, Digestible};
use crate::units::{Mass, Price};

/// Weeks over which output and use are averaged.
const MEMORY: f64 = 52.0;

/// Weeks from look to look.
const QUARTER: Week = 13;

/// A share to be reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Output over use that is to be reached.
    pub share: f64,
    /// Week by which.
    pub by: Week,
    /// What a quarter in which the share is missed adds to the support; one in which it is met takes as much off.
    pub step: Price,
    /// Most that is added in all.
    pub most: Price,
}

/// How far a target is missed.
#[derive(bevy_ecs::prelude::Component, Debug, Clone, Copy, Default, PartialEq)]
pub struct Missing {
    /// Mean output and use a week, in quanta.
    made: f64,
    used: f64,
    /// First week in which the target held, and the share in it.
    began: Option<(Week, f64)>,
    /// What is added to the support now.
    pub raised: Price,
    /// Whether the share was below its path at the last look.
    pub missed: bool,
}

impl Digestible for Missing {
    fn digest(&self, digest: &mut Digest) {
        // A policy without a target has nothing to carry over.
        if *self != Self::default() {
            digest.add(&((self.made, self.used), self.raised));
            digest.add(&(self.began, self.missed));
        }
    }
}

impl Missing {
    /// Output over use of late; 0 before anything was used.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.used > 0.0 { self.made / self.used } else { 0.0 }
    }

    /// Enters a week's output and use.
    pub fn remember(&mut self, made: Mass, used: Mass) {
        if self.used == 0.0 {
            (self.made, self.used) = (made.real(), used.real());
        }
        self.made += (made.real() - self.made) / MEMORY;
        self.used += (used.real() - self.used) / MEMORY;
    }

    /// Looks once a quarter whether the share keeps to its path, and raises or lowers what is added to the support.
    pub fn look(&mut self, target: &Target, week: Week) {
        let share = self.share();
        let (began, first) = *self.began.get_or_insert((week, share));
        if !(week - began).is_multiple_of(QUARTER) {
            return;
        }
        self.missed = share < required(target, began, first, week);
        let raised = if self.missed { self.raised + target.step } else { self.raised - target.step };
        self.raised = raised.or_zero().min(target.most);
    }
}

/// Share that is required in a week: on a straight line from the share at the beginning to the target on its day, and the
/// target from then on.
#[must_use]
pub fn required(target: &Target, began: Week, first: f64, week: Week) -> f64 {
    if week >= target.by || first >= target.share {
        return target.share;
    }
    let gone = f64::from(week - began) / f64::from(target.by - began);
    first + (target.share - first) * gone
}

/// A target as a file writes it.
pub mod written {
    use super::Target;
    use crate::calendar::Date;
    use crate::setup::MineralIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Share, UsdPerTonne};
    use crate::world_file::record::record;
    use crate::world_file::resolve::names::{Names, above_0, exact};

    record! {
        /// A share of the nation's use that is to be reached by a day. Each quarter in which it keeps below the straight line from
        /// the first week to that day support rises by a step; each other quarter it falls by one.
        pub struct Written as "SupportTarget" {
            /// Output over use, means of a year; above 0.
            share: At<Share>,
            /// Day by which.
            by: At<Date>,
            /// What a quarter adds or takes off.
            step: At<UsdPerTonne>,
            /// Most that is added in all.
            most: At<UsdPerTonne>,
        }
    }

    /// Checks a target, if there is one; when there is none of one written, `cx` holds at least one error.
    pub fn resolve(
        written: Option<&Written>,
        in_force: &At<Date>,
        mineral: MineralIx,
        names: &Names,
        cx: &mut Cx,
    ) -> Option<Option<Target>> {
        let Some(written) = written else { return Some(None) };
        let quantum = names.quantum(mineral);
        let share = above_0(&written.share, cx);
        let (step, most) = (exact(&written.step, quantum, cx), exact(&written.most, quantum, cx));
        if written.by.value <= in_force.value {
            let what =
                format!("due on {}, not after the policy comes into force on {}", written.by.value, in_force.value);
            cx.error_at(&written.by.origin, what, "write a later day");
            return None;
        }
        Some(Some(Target { share: share?, by: names.week(written.by.value), step: step?, most: most? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Target = Target { share: 0.4, by: 100, step: Price(50), most: Price(120) };

    #[test]
    fn the_share_required_rises_on_a_straight_line_and_stays() {
        for (week, share) in [(0, 0.1), (50, 0.25), (100, 0.4), (300, 0.4)] {
            assert!((required(&TARGET, 0, 0.1, week) - share).abs() < 1e-12, "{week}");
        }
        assert!(
            (required(&TARGET, 0, 0.5, 3) - 0.4).abs() < 1e-12,
            "nobody asks for less than he has for more than the target"
        );
    }

    #[test]
    fn support_rises_while_the_share_is_missed_up_to_the_most_and_falls_again() {
        let mut missing = Missing::default();
        missing.remember(Mass(10), Mass(100));
        let mut raised = Vec::new();
        for week in 0..=52 {
            missing.look(&TARGET, week);
            if week % 13 == 0 {
                raised.push(missing.raised.0);
            }
        }
        // In its first week the share is on the line; from then on it stays at 0.1 and the line rises.
        assert_eq!(raised, [0, 50, 100, 120, 120]);
        missing.made = 50.0;
        missing.look(&TARGET, 65);
        assert_eq!((missing.raised, missing.missed), (Price(70), false));
    }

    #[test]
    fn what_carries_nothing_over_leaves_the_hash_as_it_was() {
        let of = |missing: Missing| {
            let mut digest = Digest::default();
            digest.add(&missing);
            digest.finish()
        };
        assert_eq!(of(Missing::default()), Digest::default().finish());
        assert_ne!(of(Missing { raised: Price(1), ..Missing::default() }), Digest::default().finish());
    }
}
