//! Outcomes of what nations decide.

use std::collections::BTreeMap;

use super::MarketName;
use super::run::{Run, key_column};
use crate::calendar::Week;
use crate::id::Id;

/// Acts, counted when they are announced.
#[derive(Debug, Clone, PartialEq)]
pub struct Acts {
    /// Nation; all when there is none.
    pub nation: Option<Id>,
    /// Policies; all when there are none.
    pub policies: Vec<Id>,
    /// Only those announced while a price stood in one third of its weeks.
    pub price: Option<Third>,
}

/// A third of the weeks looked at, in order of a price.
#[derive(Debug, Clone, PartialEq)]
pub struct Third {
    /// The metal.
    pub market: MarketName,
    /// Where.
    pub region: Id,
    /// The highest prices, or the lowest.
    pub top: bool,
}

impl Run<'_> {
    /// Weeks and names of nation and policy of the events of a kind.
    fn events(&self, of: impl Fn(&str) -> bool) -> impl Iterator<Item = (Week, &str, &str, &str)> {
        let [(policies, policy), (events, event)] = ["policy", "event"].map(|key| key_column(self.table("acts"), key));
        let all = self.rows("acts", "nation").map(move |(row, week, nation)| {
            (week, nation, policies[usize::from(policy[row])].as_str(), events[usize::from(event[row])].as_str())
        });
        all.filter(move |(.., event)| of(event))
    }

    /// Weeks of the acts.
    fn announced(&self, of: &Acts) -> Vec<Week> {
        let found = self.events(|event| event == "announced");
        let ours = found.filter(|(_, nation, policy, _)| {
            of.nation.as_ref().is_none_or(|id| id.as_str() == *nation)
                && (of.policies.is_empty() || of.policies.iter().any(|id| id.as_str() == *policy))
        });
        let weeks: Vec<Week> = ours.map(|(week, ..)| week).collect();
        let Some(third) = &of.price else { return weeks };
        let prices = self.prices(&third.market, &third.region);
        let mut sorted = prices.clone();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len() / 3;
        let within = |week: &Week| {
            let place = (week - self.weeks.start) as usize;
            prices.get(place).is_some_and(|price| {
                if third.top { *price >= sorted[sorted.len() - count] } else { *price < sorted[count] }
            })
        };
        weeks.into_iter().filter(within).collect()
    }

    pub(super) fn acts(&self, of: &Acts) -> f64 {
        self.announced(of).len() as f64
    }

    /// Variance over mean of the yearly counts of acts; nothing when there are none or less than two years.
    pub(super) fn act_dispersion(&self, of: &Acts) -> Option<f64> {
        let years = self.weeks.len() / 52;
        let mut counts = vec![0.0; years];
        for week in self.announced(of) {
            if let Some(count) = counts.get_mut((week - self.weeks.start) as usize / 52) {
                *count += 1.0;
            }
        }
        let mean = counts.iter().sum::<f64>() / years as f64;
        let squares: f64 = counts.iter().map(|count| (count - mean) * (count - mean)).sum();
        (years > 1 && mean > 0.0).then(|| squares / (years - 1) as f64 / mean)
    }

    /// Weeks looked at in which a decided policy is in force.
    pub(super) fn weeks_in_force(&self, nation: &Id, policy: &Id) -> f64 {
        let whole = Run { weeks: &(0..self.weeks.end), ..*self };
        let mut turns: BTreeMap<Week, bool> = BTreeMap::new();
        for (week, of, which, event) in whole.events(|event| event != "announced") {
            if (of, which) == (nation.as_str(), policy.as_str()) {
                turns.insert(week, event == "in force");
            }
        }
        let mut weeks = 0;
        let mut since: Option<Week> = None;
        for (week, begins) in turns.into_iter().chain([(self.weeks.end, false)]) {
            if let Some(from) = since {
                weeks += week.saturating_sub(from.max(self.weeks.start));
            }
            since = begins.then_some(week);
        }
        f64::from(weeks)
    }
}
