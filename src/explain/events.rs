//! What happened in a market and upstream of it, from the tables of a run and the dates of policies.

use std::collections::BTreeMap;

use crate::calendar::Week;
use crate::id::Id;
use crate::record::Table;
use crate::setup::{MarketIx, Setup};
use crate::statistics::mean;

use super::causes::{self, Cause};
use super::question::Question;
use super::view::View;

/// Weeks whose mean a week is compared with.
const MEMORY: usize = 4;

/// Weeks after an event in which the like of it is not told again.
const REST: Week = 8;

/// Least change of what comes from a region in four weeks, as a share of all that came in and was made in the four before.
const FLOW_CHANGE: f64 = 0.15;

/// Share of a sector's requirement that is not met, from which on it is short: that of outcome `FirstShortage` in most
/// experiments.
const SHORT: f64 = 0.02;

/// Sectors that are named after the one that goes short of most.
const NAMED: usize = 2;

mod sites;
mod states;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub week: Week,
    /// What kind of thing it happened to.
    pub kind: &'static str,
    /// To whom.
    pub who: String,
    /// What.
    pub what: String,
    /// Policy or decision behind it.
    pub cause: Option<Cause>,
}

/// What happened within the window, in order of time.
#[must_use]
pub fn all(setup: &Setup, question: &Question, tables: &[Table]) -> Vec<Event> {
    let chain = causes::chain(setup, question.market);
    let look = Look { setup, question, tables, chain };
    let mut events = look.policies();
    events.extend(look.decisions());
    events.extend(look.warnings());
    events.extend(look.mines());
    events.extend(look.plants());
    events.extend(look.projects());
    events.extend(look.firms());
    events.extend(look.users());
    events.extend(look.merchants());
    events.extend(look.reserves());
    events.extend(look.flows());
    events.extend(look.futures());
    // Stable: within a week events stay in the order of this list.
    events.sort_by_key(|event| event.week);
    events
}

/// A run to look through.
struct Look<'a> {
    setup: &'a Setup,
    question: &'a Question,
    tables: &'a [Table],
    chain: Vec<MarketIx>,
}

impl Look<'_> {
    /// Weeks of the window.
    fn window(&self) -> std::ops::RangeInclusive<Week> {
        self.question.from + 1..=self.question.week
    }

    fn weeks(&self) -> usize {
        self.question.week as usize + 1
    }

    fn series(&self, table: &str, key: &str, column: &str) -> Vec<Vec<f64>> {
        View::of(self.tables, table).by_agent(key, column, self.weeks())
    }

    fn in_minerals(&self, market: MarketIx) -> bool {
        let mineral = |market: MarketIx| self.setup.markets[market].mineral;
        self.chain.iter().any(|&of| mineral(of) == mineral(market))
    }

    /// Weeks of the window in which a series is another than the week before.
    fn changes<'a>(&self, values: &'a [f64]) -> impl Iterator<Item = (Week, f64, f64)> + use<'a> {
        let changed = move |week: Week| (week, values[week as usize - 1], values[week as usize]);
        self.window().map(changed).filter(|(_, before, now)| before.to_bits() != now.to_bits())
    }

    /// Weeks of the window in which something begins to be so, each after a rest.
    fn begins(&self, is_so: impl Fn(Week) -> bool) -> impl Iterator<Item = Week> {
        let began = self.window().filter(|&week| is_so(week) && !is_so(week - 1)).collect::<Vec<_>>();
        rested(began.into_iter().map(|week| (week, ()))).into_iter().map(|(week, ())| week)
    }

    /// Which rows of a table are about a market.
    fn rows_of(&self, table: &str, market: MarketIx) -> Vec<bool> {
        let view = View::of(self.tables, table);
        let state = &self.setup.markets[market];
        let (minerals, stages) = (view.keys("mineral"), view.keys("stage"));
        let named =
            |(names, rows): (&[String], &[u16]), row: usize, id: &Id| names[usize::from(rows[row])] == id.as_str();
        let mineral = &self.setup.minerals[state.mineral].id;
        (0..view.weeks().len()).map(|row| named(minerals, row, mineral) && named(stages, row, &state.stage)).collect()
    }

    /// Firms that default.
    fn firms(&self) -> Vec<Event> {
        let defaulted = self.series("firms", "firm", "defaulted");
        let turns = self.setup.firms.iter().zip(&defaulted).flat_map(|(firm, values)| {
            let told = |(week, ..): (Week, f64, f64)| event(week, "firm", &firm.id, "defaults".to_owned());
            self.changes(values).filter(|(_, _, now)| *now > 0.0).map(told).collect::<Vec<_>>()
        });
        turns.collect()
    }

    /// Sectors that go short, those of a week together.
    fn users(&self) -> Vec<Event> {
        let [required, unmet] = ["required_t", "unmet_t"].map(|column| self.series("sectors", "sector", column));
        let share = |place: usize, week: Week| {
            unmet[place][week as usize] / required[place][week as usize].max(f64::MIN_POSITIVE)
        };
        let mut weeks: BTreeMap<Week, Vec<(f64, &Id)>> = BTreeMap::new();
        let sectors = self.setup.sectors.iter().enumerate();
        for (place, sector) in sectors.filter(|(_, sector)| self.chain.contains(&sector.market)) {
            for week in self.begins(|week| share(place, week) > SHORT) {
                weeks.entry(week).or_default().push((share(place, week), &sector.id));
            }
        }
        let together = weeks.into_iter().map(|(week, mut short)| {
            short.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            let most = format!("{:.0} % of what it requires", 100.0 * short[0].0);
            let what = match short.len() {
                1 => format!("goes short of {most}"),
                others => {
                    let names: Vec<&str> = short[1..].iter().take(NAMED).map(|(_, id)| id.as_str()).collect();
                    let more = others - 1 - names.len();
                    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                    format!("goes short of {most}; by less, {}{more}", names.join(", "))
                }
            };
            event(week, "sector", short[0].1, what)
        });
        together.collect()
    }

    /// Merchants that sell out.
    fn merchants(&self) -> Vec<Event> {
        let stock = self.series("merchants", "merchant", "stock_t");
        let merchants =
            self.setup.merchants.iter().zip(&stock).filter(|(merchant, _)| self.chain.contains(&merchant.market));
        let sold_out = merchants.flat_map(|(merchant, stock)| {
            let told = |week| event(week, "merchant", &merchant.id, "has sold out".to_owned());
            self.begins(|week| stock[week as usize] <= 0.0).map(told).collect::<Vec<_>>()
        });
        sold_out.collect()
    }

    /// Agencies that buy and release, from the first week of an episode on.
    fn reserves(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for (column, verb) in [("bought_t", "buys"), ("released_t", "releases")] {
            let moved = self.series("reserves", "reserve", column);
            for (place, reserve) in self.setup.reserves.iter().enumerate() {
                if !self.in_minerals(reserve.market) {
                    continue;
                }
                for (first, last, sum) in
                    episodes(&moved[place]).into_iter().filter(|(first, ..)| self.window().contains(first))
                {
                    let weeks = last - first + 1;
                    let span = if weeks == 1 { String::new() } else { format!(" in {weeks} weeks") };
                    events.push(event(first, "reserve", &reserve.id, format!("{verb} {} t{span}", tonnes(sum))));
                }
            }
        }
        events
    }

    /// Shipments into the region that have become much more or less.
    fn flows(&self) -> Vec<Event> {
        let view = View::of(self.tables, "flows");
        let ((regions, from), (_, to)) = (view.keys("from"), view.keys("to"));
        let ours = self.rows_of("flows", self.question.market);
        let mut series = vec![vec![0.0; self.weeks()]; regions.len()];
        let shipped = view.reals("shipped_t");
        for (row, &week) in view.weeks().iter().enumerate() {
            let arrives = usize::from(to[row]) == self.question.region && from[row] != to[row];
            if ours[row] && arrives {
                series[usize::from(from[row])][week as usize] += shipped[row];
            }
        }
        let made = self.series_of_region("made_t");
        let all: Vec<f64> =
            (0..self.weeks()).map(|week| made[week] + series.iter().map(|flow| flow[week]).sum::<f64>()).collect();
        let mut events = Vec::new();
        for (region, flow) in series.iter().enumerate() {
            let moves = self.window().filter_map(|week| {
                let earlier = (week + 1).checked_sub(MEMORY as Week)?;
                let (was, now) = (before(flow, earlier)?, before(flow, week + 1)?);
                let least = FLOW_CHANGE * before(&all, earlier)?;
                ((now - was).abs() > least).then_some((week, (was, now)))
            });
            events.extend(rested(moves).into_iter().map(|(week, (was, now))| {
                let turn = if now < was { "fall" } else { "rise" };
                let what =
                    format!("shipments {turn} from {} to {} t a week, means of {MEMORY}", tonnes(was), tonnes(now));
                event(week, "flow", &self.setup.regions[region].id, what)
            }));
        }
        events
    }

    /// A column of the market and region asked about.
    fn series_of_region(&self, column: &str) -> Vec<f64> {
        let view = View::of(self.tables, "markets");
        let (ours, (_, regions)) = (self.rows_of("markets", self.question.market), view.keys("region"));
        let mut series = vec![0.0; self.weeks()];
        for (row, &week) in view.weeks().iter().enumerate() {
            if ours[row] && usize::from(regions[row]) == self.question.region {
                series[week as usize] = view.reals(column)[row];
            }
        }
        series
    }

    /// Limits, voided sessions and defaults on exchanges where the metals are traded.
    fn futures(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for (column, what) in [("breakers", "price at its limit"), ("voided", "sessions voided")] {
            let sessions = self.series("contracts", "contract", column);
            for (contract, sessions) in self.setup.contracts.iter().zip(&sessions) {
                if contract.metal().is_some_and(|metal| self.in_minerals(metal.market)) {
                    let told = |week| event(week, "futures", &contract.id, what.to_owned());
                    events.extend(self.begins(|week| sessions[week as usize] > 0.0).map(told));
                }
            }
        }
        let defaults = self.series("clearing", "exchange", "defaults");
        for (exchange, defaults) in self.setup.exchanges.iter().zip(&defaults) {
            let told = |week: Week| {
                let members = defaults[week as usize];
                event(
                    week,
                    "futures",
                    &exchange.id,
                    format!("{members} {} default", if members > 1.0 { "members" } else { "member" }),
                )
            };
            events.extend(self.window().filter(|&week| defaults[week as usize] > 0.0).map(told));
        }
        events
    }
}

fn event(week: Week, kind: &'static str, who: &Id, what: String) -> Event {
    Event { week, kind, who: who.to_string(), what, cause: None }
}

/// Mean of the weeks before a week; nothing where there are too few.
fn before(values: &[f64], week: Week) -> Option<f64> {
    let week = week as usize;
    (week >= MEMORY).then(|| mean(&values[week - MEMORY..week])).flatten()
}

/// Events of one kind, leaving out those within the rest after one that is told.
fn rested<T>(events: impl Iterator<Item = (Week, T)>) -> Vec<(Week, T)> {
    let mut told: Vec<(Week, T)> = Vec::new();
    for (week, event) in events {
        if told.last().is_none_or(|(last, _)| week >= last + REST) {
            told.push((week, event));
        }
    }
    told
}

/// Stretches in which something moves, with breaks of at most four weeks: first and last week, and sum.
fn episodes(moved: &[f64]) -> Vec<(Week, Week, f64)> {
    let mut found: Vec<(Week, Week, f64)> = Vec::new();
    for (week, &moved) in (0..).zip(moved).filter(|(_, moved)| **moved > 0.0) {
        match found.last_mut() {
            Some((_, last, sum)) if week - *last <= MEMORY as Week + 1 => (*last, *sum) = (week, *sum + moved),
            _ => found.push((week, week, moved)),
        }
    }
    found
}

/// Tonnes in few digits.
fn tonnes(value: f64) -> String {
    crate::results::summary::figure(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_episode_bears_short_breaks() {
        let mut moved = vec![0.0; 20];
        for (week, tonnes) in [(2, 1.0), (3, 2.0), (8, 4.0), (14, 8.0)] {
            moved[week] = tonnes;
        }
        assert_eq!(episodes(&moved), [(2, 8, 7.0), (14, 14, 8.0)]);
    }

    #[test]
    fn the_like_is_told_again_after_a_rest() {
        let weeks = [3, 4, 10, 11, 30].map(|week| (week, ()));
        assert_eq!(rested(weeks.into_iter()), [(3, ()), (11, ()), (30, ())]);
    }

    #[test]
    fn a_week_is_compared_with_the_four_before() {
        assert_eq!(before(&[1.0, 2.0, 3.0, 4.0, 100.0], 4), Some(2.5));
        assert_eq!(before(&[1.0, 2.0, 3.0, 4.0], 3), None);
    }
}
