//! What an exchange, or the state behind it, changes in a contract's terms between sessions: margin, limit, the most that
//! a member may hold, the most that it may open in a session.
//!
//! A changed value stands for the one far from the end of a month's life. Stages nearer the end keep theirs where these
//! are stricter: a margin raised to 12 % leaves the 15 % of the last weeks alone. A price limit counts as stricter when it is
//! wider, since margins and steps towards the end are set by the widest move.

use crate::units::Ppm;

use super::contract::{ContractTerms, PositionLimit};
use super::life::Staged;
use super::limits::{AfterHalt, LimitTerms};

/// Changes of a contract's terms; what is `None` stays as the contract has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// Margin, share of a lot's value.
    pub margin: Option<Ppm>,
    /// Price limit, share of the previous settlement.
    pub limit: Option<Ppm>,
    /// Most lots that a member who does not hedge may hold in a month.
    pub position: Option<i64>,
    /// Most lots that a member may open in a month in a session.
    pub opening_cap: Option<i64>,
}

/// The limit of a contract that had none: no ladder, and a halt after three locked sessions, as London's of March 2022.
const fn plain_limit(base: Ppm) -> LimitTerms {
    LimitTerms {
        base: Staged::always(base),
        first_day: 1,
        steps: [Ppm(0); 2],
        halt: 1,
        then: AfterHalt::RaiseMargin,
        weekly: None,
    }
}

impl Rules {
    /// Changes of which the later hold where both say something.
    #[must_use]
    pub fn and(self, later: Self) -> Self {
        Self {
            margin: later.margin.or(self.margin),
            limit: later.limit.or(self.limit),
            position: later.position.or(self.position),
            opening_cap: later.opening_cap.or(self.opening_cap),
        }
    }

    /// A contract's terms with the changes.
    #[must_use]
    pub fn applied(&self, terms: &ContractTerms) -> ContractTerms {
        let mut terms = terms.clone();
        if let Some(margin) = self.margin {
            terms.margin.rate = terms.margin.rate.rebased(margin, Ord::max);
        }
        if let Some(base) = self.limit {
            terms.limit = Some(match terms.limit {
                Some(limit) => LimitTerms { base: limit.base.rebased(base, Ord::max), ..limit },
                None => plain_limit(base),
            });
        }
        if let Some(lots) = self.position {
            let least = |one: PositionLimit, other: PositionLimit| if one.lots <= other.lots { one } else { other };
            let all = PositionLimit { lots, large: None };
            terms.position = Some(terms.position.map_or(Staged::always(all), |staged| staged.rebased(all, least)));
        }
        terms.opening_cap = self.opening_cap.or(terms.opening_cap);
        terms
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract::tests::nickel;
    use super::*;

    #[test]
    fn a_changed_value_holds_until_a_stage_is_stricter() {
        let rules = Rules {
            margin: Some(Ppm(120_000)),
            limit: Some(Ppm(90_000)),
            position: Some(1_000),
            opening_cap: Some(400),
        };
        let (before, after) = (nickel(), rules.applied(&nickel()));
        let margins = |terms: &ContractTerms| [30, 6, 2, 0].map(|weeks| terms.margin.rate.at(weeks).0);
        assert_eq!(margins(&before), [50_000, 100_000, 150_000, 200_000]);
        assert_eq!(margins(&after), [120_000, 120_000, 150_000, 200_000]);
        assert_eq!(after.limit.as_ref().expect("a limit").base.at(30), Ppm(90_000));
        let position = after.position.expect("position limits");
        // No share of a large open interest any more, and 600 in the last weeks as before.
        assert_eq!([30, 6, 2].map(|weeks| position.at(weeks).most(200_000)), [1_000, 1_000, 600]);
        assert_eq!((before.opening_cap, after.opening_cap), (None, Some(400)));
        assert_eq!(Rules::default().applied(&nickel()), nickel());
    }

    #[test]
    fn a_contract_without_limits_gets_a_plain_one() {
        let london = ContractTerms { limit: None, position: None, ..nickel() };
        let rules = Rules { limit: Some(Ppm(50_000)), position: Some(3_000), ..Rules::default() };
        let after = rules.applied(&london);
        let limit = after.limit.expect("a limit");
        assert_eq!((limit.base.at(0), limit.first_day, limit.halt), (Ppm(50_000), 1, 1));
        assert_eq!(after.position.expect("a position limit").at(0).most(1_000_000), 3_000);
        let wider = rules.and(Rules { limit: Some(Ppm(150_000)), ..Rules::default() });
        assert_eq!((wider.limit, wider.position), (Some(Ppm(150_000)), Some(3_000)), "the later limit");
    }
}
