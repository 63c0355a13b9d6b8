//! What states did: policies, decisions, warnings.

use super::{Event, Look, event};
use crate::explain::causes::{self, Cause};
use crate::policy::Policy;
use crate::policy::nationalization::Nationalization;

impl Look<'_> {
    /// Policies that come on their written dates.
    pub(super) fn policies(&self) -> Vec<Event> {
        let day = |week| self.setup.calendar.day(week);
        let mut events = Vec::new();
        for (ix, nation) in self.setup.nations.iter().enumerate() {
            for (place, (id, policy)) in nation.policies.iter().enumerate() {
                if nation.decisions.iter().any(|decision| decision.policy == place) {
                    continue;
                }
                let (window, name) = (policy.window(), policy.name());
                let (begins, announced) = (window.begins(), window.announced);
                let ahead = match window.until {
                    Some(end) if begins == announced => format!("{name} announced and in force, until {}", day(end)),
                    None if begins == announced => format!("{name} announced and in force"),
                    _ => format!("{name} announced, in force from {}", day(begins)),
                };
                let mut dated = vec![(announced, ahead)];
                if begins > announced {
                    dated.push((begins, format!("{name} comes into force{}", self.taken(policy))));
                }
                dated.extend(window.until.map(|end| (end, format!("{name} ends"))));
                let dated = dated.into_iter().filter(|(week, _)| self.window().contains(week));
                events.extend(dated.map(|(week, what)| Event {
                    week,
                    kind: "policy",
                    who: format!("{}.{id}", nation.id),
                    what,
                    cause: Some(Cause::Policy(ix, place)),
                }));
            }
        }
        events
    }

    /// Mines that a policy takes.
    fn taken(&self, policy: &Policy) -> String {
        match policy {
            Policy::Nationalization(Nationalization { mines, .. }) => {
                let ids: Vec<&str> = mines.iter().map(|&mine| self.setup.mines[mine].id.as_str()).collect();
                format!(": takes {}", ids.join(", "))
            }
            _ => String::new(),
        }
    }

    /// Policies that nations decide on.
    pub(super) fn decisions(&self) -> Vec<Event> {
        let acts = causes::acts(self.setup, self.tables).filter(|(week, ..)| self.window().contains(week));
        let told = acts.map(|(week, nation, place, what)| {
            let (id, policy) = &self.setup.nations[nation].policies[place];
            Event {
                week,
                kind: "decision",
                who: format!("{}.{id}", self.setup.nations[nation].id),
                what: format!(
                    "{} {what}{}",
                    policy.name(),
                    if what == "in force" { self.taken(policy) } else { String::new() }
                ),
                cause: Some(Cause::Decision(nation, place)),
            }
        });
        told.collect()
    }

    pub(super) fn warnings(&self) -> Vec<Event> {
        let levels = self.series("warnings", "watch", "level");
        let mut events = Vec::new();
        for (watch, levels) in self.setup.watches.iter().zip(levels) {
            let about = self.chain.iter().any(|&market| self.setup.markets[market].mineral == watch.mineral);
            let turns = self.changes(&levels).filter(|_| about);
            events.extend(
                turns.map(|(week, before, now)| event(week, "warning", &watch.id, format!("level {before} → {now}"))),
            );
        }
        events
    }
}
