//! Acts that answer others' acts: retaliation within a year. Levers C3 and C6.

use crate::calendar::Week;
use crate::math;
use crate::policy::Window;
use crate::setup::decision::Answer;

/// Weeks from an announcement within which it is answered.
const WITHIN: Week = 52;

/// Chance of an answer in a week: such that over 52 weeks it is `answer.chance`; 0 when nothing that is answered was
/// announced within a year, or when none of it stands. `windows` by nation and place of the policy.
#[must_use]
pub fn chance(answer: &Answer, windows: &[Vec<Window>], week: Week) -> f64 {
    let provoked = answer.to.iter().any(|(nation, policy)| {
        let window = windows[*nation][*policy];
        window.stands(week) && week - window.announced < WITHIN
    });
    if provoked { 1.0 - math::powf(1.0 - answer.chance, 1.0 / f64::from(WITHIN)) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_answered_within_a_year_and_only_while_it_stands() {
        let answer = Answer { to: vec![(0, 0)], chance: 0.6 };
        let act = |until| vec![vec![Window { announced: 10, in_force: 20, until }]];
        let weekly = chance(&answer, &act(None), 10);
        assert!((1.0 - math::powf(1.0 - weekly, 52.0) - 0.6).abs() < 1e-12);
        assert!(chance(&answer, &act(None), 9) == 0.0 && chance(&answer, &act(None), 62) == 0.0);
        assert!(chance(&answer, &act(Some(30)), 30) == 0.0 && chance(&answer, &act(Some(30)), 29) > 0.0);
    }
}
