//! Price limits: the band of a session, and what follows when a market locks.
//!
//! A session's prices stay within previous settlement · (1 ± ℓ). A month that ends a session locked (orders at its
//! limit, none on the other side) gets a wider limit in the next, a still wider one after a second in the same
//! direction, and is suspended after a third. A month that has not traded yet has a multiple of the limit. Whatever
//! the sessions, a move of a multiple of ℓ within a week suspends one session.
//! After the risk rules of the Shanghai Futures Exchange: ℓ + 3 percentage points, ℓ + 5, a halt on the fourth day.

use crate::auction::{Band, Side};
use crate::digest::{Digest, Digestible};
use crate::units::{PPM, Ppm};

use super::life::Staged;

/// Sessions in a week, over which the weekly breaker looks back.
pub const SESSIONS: usize = 5;

/// How far from the previous settlement a session without limits may go, up as a multiple and down as a divisor: call
/// auctions need an end for market orders. Assumed.
pub const UNLIMITED: i64 = 4;

/// The highest price of a session, in ticks: the last that a call auction has room for above one tick.
pub const HIGHEST: i64 = Band::MAX_TICKS as i64 - 1;

/// How far from the previous settlement orders of the house, and of who must leave a month that ends, reach in a session
/// without limits, where an order at any price would by itself move the price to the end of the band. Assumed; sweep
/// 5–25 %.
pub const REACH: Ppm = Ppm(100_000);

/// The limits of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitTerms {
    /// ℓ₀, share of the previous settlement.
    pub base: Staged<Ppm>,
    /// Multiple of ℓ₀ until a month first trades.
    pub first_day: i64,
    /// Added to ℓ₀ after one and after two locked sessions.
    pub steps: [Ppm; 2],
    /// Sessions of suspension after the third.
    pub halt: u32,
    /// What follows the third locked session.
    pub then: AfterHalt,
    /// Multiple of ℓ₀ that the settlement may move within five sessions before one is suspended; `None` without.
    pub weekly: Option<i64>,
}

/// What an exchange does about three locked sessions in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterHalt {
    /// The wide limit, and the margin that goes with it, stay until a session ends unlocked.
    RaiseMargin,
    /// The losing side's unfilled orders are matched with profitable positions at the limit.
    ForcedReduction,
    /// The third session's trades are void; its settlement is the one before.
    CancelDay,
}

/// What the limits call for at the end of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// The third session locked in the same direction, `side` being the one whose orders were left.
    Locked {
        /// [`Side::Buy`]: limit-up, and the shorts cannot get out.
        side: Side,
        /// What the terms say.
        then: AfterHalt,
    },
    /// The settlement moved too far within a week.
    Weekly,
}

/// Where a month stands on the ladder of limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// Sessions in a row that ended locked, and on which side.
    locked: Option<(Side, u32)>,
    /// Sessions of suspension to come.
    halt: u32,
    /// Whether it has traded.
    traded: bool,
    /// The last settlements, oldest first.
    trail: [i64; SESSIONS],
    /// How many of them there are, from the end.
    trailing: usize,
}

impl Digestible for Ladder {
    fn digest(&self, digest: &mut Digest) {
        let (side, sessions) = self.locked.map_or((0, 0), |(side, sessions)| (1 + side as u64, sessions));
        digest.word(side << 32 | u64::from(sessions));
        digest.add(&self.halt);
        digest.add(&self.traded);
        self.trail.as_slice().digest(digest);
        digest.word(self.trailing as u64);
    }
}

impl Ladder {
    /// The ladder of a month listed at a price, in ticks.
    #[must_use]
    pub const fn listed(price: i64) -> Self {
        Self { locked: None, halt: 0, traded: false, trail: [price; SESSIONS], trailing: 1 }
    }

    /// Whether the next session is suspended.
    #[must_use]
    pub const fn halted(&self) -> bool {
        self.halt > 0
    }

    /// The next session's limit, share of the previous settlement.
    #[must_use]
    pub fn limit(&self, terms: &LimitTerms, weeks_left: i64) -> Ppm {
        let base = terms.base.at(weeks_left).0;
        let step = self.locked.map_or(0, |(_, sessions)| terms.steps[(sessions as usize).min(2) - 1].0);
        let first_day = if self.traded { 0 } else { base * terms.first_day };
        Ppm((base + step).max(first_day))
    }

    /// A suspended session passes.
    pub const fn sit_out(&mut self) {
        self.halt = self.halt.saturating_sub(1);
    }

    /// Suspends the coming sessions by the operator's decision, such as London's nickel in March 2022.
    pub fn suspend(&mut self, sessions: u32) {
        self.halt = self.halt.max(sessions);
    }

    /// A session ends: which side it locked, whether it traded, and its settlement in ticks.
    ///
    /// With [`AfterHalt::CancelDay`] the caller voids the session and settles at the previous price instead.
    pub fn close(
        &mut self,
        terms: &LimitTerms,
        weeks_left: i64,
        lock: Option<Side>,
        traded: bool,
        settled: i64,
    ) -> Option<Breaker> {
        self.traded |= traded;
        self.locked = lock.map(|side| match self.locked {
            Some((same, sessions)) if same == side => (side, sessions + 1),
            _ => (side, 1),
        });
        if let Some((side, 3..)) = self.locked {
            self.halt = terms.halt;
            self.locked = (terms.then == AfterHalt::RaiseMargin).then_some((side, 2));
            self.trailing = 0;
            self.remember(if terms.then == AfterHalt::CancelDay { self.trail[SESSIONS - 1] } else { settled });
            return Some(Breaker::Locked { side, then: terms.then });
        }
        let week_ago = (self.trailing == SESSIONS).then(|| self.trail[0]);
        self.remember(settled);
        let widest = i128::from(terms.weekly?) * i128::from(terms.base.at(weeks_left).0);
        let before = week_ago?;
        if i128::from(settled - before).abs() * i128::from(PPM) < widest * i128::from(before) {
            return None;
        }
        self.halt = self.halt.max(1);
        self.trailing = 1;
        Some(Breaker::Weekly)
    }

    fn remember(&mut self, settled: i64) {
        self.trail.rotate_left(1);
        self.trail[SESSIONS - 1] = settled;
        self.trailing = (self.trailing + 1).min(SESSIONS);
    }
}

/// The prices of a session, in ticks: previous settlement · (1 ± ℓ) rounded inward but never less than a tick either
/// way, never below one tick and never beyond [`HIGHEST`], where a price that runs away stays.
///
/// # Panics
/// When the previous settlement is not a price.
#[must_use]
pub fn band(previous: i64, limit: Option<Ppm>) -> Band {
    assert!(previous > 0, "bug: a settlement of {previous} ticks");
    let (low, high) = match limit {
        None => (previous / UNLIMITED, previous.saturating_mul(UNLIMITED)),
        Some(limit) => {
            let width = limit.of(previous);
            (previous - width.max(1), previous.saturating_add(width.max(1)))
        }
    };
    let high = high.min(HIGHEST);
    Band::new(low.clamp(1, high), high).expect("bug: a band beyond the auction's")
}

/// Whether an operator who has no limits suspends a month and voids its session, as London did with nickel in March
/// 2022: the margin that would be called exceeds a multiple of what default fund and members have, all in mills.
#[must_use]
pub fn overwhelmed(calls: i64, resources: i64, multiple: Ppm) -> bool {
    i128::from(calls) * i128::from(PPM) > i128::from(resources) * i128::from(multiple.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_that_runs_away_stays_at_the_auction_s_last() {
        for previous in [HIGHEST / 3, HIGHEST, i64::MAX] {
            for limit in [None, Some(Ppm(40_000))] {
                let band = band(previous, limit);
                assert!(band.low() >= 1 && band.high() <= HIGHEST, "{previous} {band:?}");
            }
        }
        assert_eq!(band(HIGHEST, None).high(), HIGHEST);
    }

    fn terms(then: AfterHalt) -> LimitTerms {
        LimitTerms {
            base: Staged::new(Ppm(40_000), &[(1, Ppm(60_000))]).expect("falling"),
            first_day: 2,
            steps: [Ppm(30_000), Ppm(50_000)],
            halt: 2,
            then,
            weekly: Some(3),
        }
    }

    fn traded(price: i64) -> Ladder {
        Ladder { traded: true, ..Ladder::listed(price) }
    }

    #[test]
    fn the_band_is_the_limit_rounded_inward() {
        let ends = |previous, limit| {
            let band = band(previous, limit);
            (band.low(), band.high())
        };
        assert_eq!(ends(12_345, Some(Ppm(40_000))), (11_852, 12_838), "493.8 ticks either way");
        assert_eq!(ends(5, Some(Ppm(40_000))), (4, 6));
        assert_eq!(ends(1, Some(Ppm(40_000))), (1, 2));
        assert_eq!(ends(1_000, None), (250, 4_000));
    }

    #[test]
    fn a_new_month_has_twice_the_limit_until_it_trades() {
        let terms = terms(AfterHalt::RaiseMargin);
        let mut ladder = Ladder::listed(1_000);
        assert_eq!(ladder.limit(&terms, 30), Ppm(80_000));
        ladder.close(&terms, 30, None, false, 1_000);
        assert_eq!(ladder.limit(&terms, 30), Ppm(80_000));
        ladder.close(&terms, 30, None, true, 1_000);
        assert_eq!((ladder.limit(&terms, 30), ladder.limit(&terms, 1)), (Ppm(40_000), Ppm(60_000)));
    }

    #[test]
    fn locked_sessions_widen_the_limit_by_three_and_five_points_and_then_suspend() {
        let terms = terms(AfterHalt::ForcedReduction);
        let mut ladder = traded(1_000);
        let mut limits = Vec::new();
        for settled in [1_040, 1_112] {
            assert_eq!(ladder.close(&terms, 30, Some(Side::Buy), true, settled), None);
            limits.push(ladder.limit(&terms, 30).0);
        }
        assert_eq!(limits, [70_000, 90_000]);
        let breaker = ladder.close(&terms, 30, Some(Side::Buy), false, 1_212);
        assert_eq!(breaker, Some(Breaker::Locked { side: Side::Buy, then: AfterHalt::ForcedReduction }));
        assert_eq!(ladder.limit(&terms, 30), Ppm(40_000));
        let mut suspended = 0;
        while ladder.halted() {
            ladder.sit_out();
            suspended += 1;
        }
        assert_eq!(suspended, 2);
    }

    #[test]
    fn an_unlocked_session_or_the_other_direction_starts_over() {
        let terms = terms(AfterHalt::RaiseMargin);
        let mut ladder = traded(1_000);
        ladder.close(&terms, 30, Some(Side::Buy), true, 1_040);
        ladder.close(&terms, 30, Some(Side::Buy), true, 1_112);
        ladder.close(&terms, 30, Some(Side::Sell), true, 1_020);
        assert_eq!(ladder.limit(&terms, 30), Ppm(70_000));
        ladder.close(&terms, 30, None, true, 1_020);
        assert_eq!(ladder.limit(&terms, 30), Ppm(40_000));
    }

    #[test]
    fn a_raised_margin_keeps_the_wide_limit_until_a_session_ends_unlocked() {
        let terms = terms(AfterHalt::RaiseMargin);
        let mut ladder = traded(1_000);
        for settled in [960, 893, 813] {
            ladder.close(&terms, 30, Some(Side::Sell), true, settled);
        }
        assert!(ladder.halted());
        assert_eq!(ladder.limit(&terms, 30), Ppm(90_000));
        ladder.sit_out();
        ladder.sit_out();
        let again = ladder.close(&terms, 30, Some(Side::Sell), true, 740);
        assert!(matches!(again, Some(Breaker::Locked { side: Side::Sell, .. })), "locked on: suspended again");
        ladder.close(&terms, 30, None, true, 740);
        assert_eq!(ladder.limit(&terms, 30), Ppm(40_000));
    }

    #[test]
    fn a_week_may_move_less_than_three_limits() {
        let terms = terms(AfterHalt::RaiseMargin);
        for (last, breaker) in [(1_119, None), (1_120, Some(Breaker::Weekly))] {
            let mut ladder = traded(1_000); // settled at 1,000 five sessions before the last
            for settled in [1_030, 1_060, 1_080, 1_100] {
                assert_eq!(ladder.close(&terms, 30, None, true, settled), None);
            }
            assert_eq!(ladder.close(&terms, 30, None, true, last), breaker, "{last}");
            assert_eq!(ladder.halted(), breaker.is_some());
        }
        // The days before the breaker count no more.
        let mut ladder = traded(1_000);
        for settled in [1_030, 1_060, 1_080, 1_100, 1_130] {
            ladder.close(&terms, 30, None, true, settled);
        }
        ladder.sit_out();
        assert_eq!(ladder.close(&terms, 30, None, true, 1_160), None);
    }

    #[test]
    fn the_operator_steps_in_when_calls_exceed_what_is_there() {
        assert!(!overwhelmed(300, 200, Ppm(1_500_000)));
        assert!(overwhelmed(301, 200, Ppm(1_500_000)));
    }
}
