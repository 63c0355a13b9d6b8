//! What happened in a market and upstream of it, from the tables of a run and the dates of policies.

use std::collections::BTreeMap;

use crate::calendar::Week;
use crate::id::Id;
use crate::policy::Policy;
use crate::policy::nationalization::Nationalization;
use crate::record::{Table, Values};
use crate::setup::{MarketIx, Setup};
use crate::statistics::mean;

use super::causes::{self, Cause};
use super::question::Question;

/// Weeks whose mean a week is compared with.
const MEMORY: usize = 4;

/// Weeks after an event in which the like of it is not told again.
const REST: Week = 8;

/// Least change of a site's output, as a share of what it was.
const OUTPUT_CHANGE: f64 = 0.3;

/// Least change of a site's output, as a share of the output of its market.
const OUTPUT_PART: f64 = 0.02;

/// Least change of what comes from a region in four weeks, as a share of all that came in and was made in the four before.
const FLOW_CHANGE: f64 = 0.15;

/// Share of a sector's requirement that is not met, from which on it is short: that of outcome `FirstShortage` in most
/// experiments.
const SHORT: f64 = 0.02;

/// Sectors that are named after the one that goes short of most.
const NAMED: usize = 2;

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

/// A table's columns by name.
#[derive(Clone, Copy)]
pub(super) struct View<'a>(pub(super) &'a Table);

impl<'a> View<'a> {
    pub(super) fn of(tables: &'a [Table], name: &str) -> Self {
        Self(tables.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("bug: no table {name}")))
    }

    fn column(self, name: &str) -> &'a Values {
        let found = self.0.columns.iter().find(|column| column.name == name);
        &found.unwrap_or_else(|| panic!("bug: no column {name} in {}", self.0.name)).values
    }

    pub(super) fn weeks(self) -> &'a [Week] {
        let Values::Week(weeks) = self.column("week") else { panic!("bug: a week that is none") };
        weeks
    }

    pub(super) fn keys(self, name: &str) -> (&'a [String], &'a [u16]) {
        let Values::Key { names, rows } = self.column(name) else { panic!("bug: {name} is no key") };
        (names, rows)
    }

    pub(super) fn reals(self, name: &str) -> &'a [f64] {
        let Values::Real(values) = self.column(name) else { panic!("bug: {name} is no quantity") };
        values
    }

    /// Values of the weeks of a run by agent, 0 where there is no row.
    fn by_agent(self, key: &str, column: &str, weeks: usize) -> Vec<Vec<f64>> {
        let (names, rows) = self.keys(key);
        let mut series = vec![vec![0.0; weeks]; names.len()];
        for ((week, agent), value) in self.weeks().iter().zip(rows).zip(self.reals(column)) {
            series[usize::from(*agent)][*week as usize] += value;
        }
        series
    }
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

    /// Policies that come on their written dates.
    fn policies(&self) -> Vec<Event> {
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
    fn decisions(&self) -> Vec<Event> {
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

    fn warnings(&self) -> Vec<Event> {
        let levels = self.series("warnings", "watch", "level");
        let mut events = Vec::new();
        for (watch, levels) in self.setup.watches.iter().zip(levels) {
            let about = self.chain.iter().any(|&market| self.setup.markets[market].mineral == watch.mineral);
            let turns = self.changes(&levels).filter(|_| about);
            events.extend(
                turns.map(|(week, before, now)| {
                    self.event(week, "warning", &watch.id, format!("level {before} → {now}"))
                }),
            );
        }
        events
    }

    /// Weeks of the window in which a series is another than the week before.
    fn changes<'a>(&self, values: &'a [f64]) -> impl Iterator<Item = (Week, f64, f64)> + use<'a> {
        let changed = move |week: Week| (week, values[week as usize - 1], values[week as usize]);
        self.window().map(changed).filter(|(_, before, now)| before.to_bits() != now.to_bits())
    }

    fn event(&self, week: Week, kind: &'static str, who: &Id, what: String) -> Event {
        Event { week, kind, who: who.to_string(), what, cause: None }
    }

    /// Mines that open, shut, or dig much more or less.
    fn mines(&self) -> Vec<Event> {
        let (running, output) = (self.series("mines", "mine", "running"), self.series("mines", "mine", "output_t"));
        let mut events = Vec::new();
        for (place, mine) in self.setup.mines.iter().enumerate().filter(|(_, mine)| self.chain.contains(&mine.market)) {
            let turns = self.changes(&running[place]);
            events.extend(turns.map(|(week, _, now)| {
                self.event(week, "mine", &mine.id, if now > 0.0 { "opens" } else { "shuts" }.to_owned())
            }));
            events.extend(self.output("mine", &mine.id, mine.market, &output[place], &|week| {
                running[place][week as usize - 1] == running[place][week as usize]
            }));
        }
        events
    }

    /// Plants that stand still for want of feed, or make much more or less.
    fn plants(&self) -> Vec<Event> {
        let (feed, output) =
            (self.series("plants", "plant", "feed_stock_t"), self.series("plants", "plant", "output_t"));
        let fed = self.series("plants", "plant", "fed_t");
        let mut events = Vec::new();
        for (place, plant) in
            self.setup.plants.iter().enumerate().filter(|(_, plant)| self.chain.contains(&plant.product))
        {
            let low = |week: Week| {
                before(&fed[place], week).is_some_and(|used| used > 0.0 && feed[place][week as usize] < used)
            };
            let told = |week| self.event(week, "plant", &plant.id, "has feed for less than a week".to_owned());
            events.extend(self.begins(low).map(told));
            events.extend(self.output("plant", &plant.id, plant.product, &output[place], &|_| true));
        }
        events
    }

    /// Weeks of the window in which something begins to be so, each after a rest.
    fn begins(&self, is_so: impl Fn(Week) -> bool) -> impl Iterator<Item = Week> {
        let began = self.window().filter(|&week| is_so(week) && !is_so(week - 1)).collect::<Vec<_>>();
        rested(began.into_iter().map(|week| (week, ()))).into_iter().map(|(week, ())| week)
    }

    /// Output that has become much more or less than the mean of the weeks before.
    fn output(
        &self,
        kind: &'static str,
        id: &Id,
        market: MarketIx,
        output: &[f64],
        told: &dyn Fn(Week) -> bool,
    ) -> Vec<Event> {
        let all = self.made(market);
        let moves = self.window().filter(|&week| told(week)).filter_map(|week| {
            let (was, now) = (before(output, week)?, output[week as usize]);
            let large = (now - was).abs() >= OUTPUT_PART * before(&all, week)?;
            (was > 0.0 && (now / was - 1.0).abs() >= OUTPUT_CHANGE && large).then_some((week, (was, now)))
        });
        let events = rested(moves).into_iter().map(|(week, (was, now))| {
            let turn = if now < was { "falls" } else { "rises" };
            self.event(
                week,
                kind,
                id,
                format!("output {turn} by {:.0} %, to {} t a week", 100.0 * (now / was - 1.0).abs(), tonnes(now)),
            )
        });
        events.collect()
    }

    /// What is made of a market's metal in all regions.
    fn made(&self, market: MarketIx) -> Vec<f64> {
        let view = View::of(self.tables, "markets");
        let (rows, made) = (view.weeks().iter().zip(self.rows_of("markets", market)), view.reals("made_t"));
        let mut sums = vec![0.0; self.weeks()];
        for ((week, ours), made) in rows.zip(made) {
            sums[*week as usize] += if ours { *made } else { 0.0 };
        }
        sums
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

    /// Projects that reach another stage.
    fn projects(&self) -> Vec<Event> {
        let view = View::of(self.tables, "projects");
        let ((names, projects), (stages, places)) = (view.keys("project"), view.keys("stage"));
        let markets = self.setup.mines.iter().map(|mine| (&mine.id, mine.market));
        let markets: Vec<_> = markets.chain(self.setup.plants.iter().map(|plant| (&plant.id, plant.product))).collect();
        let mut last: Vec<Option<u16>> = vec![None; names.len()];
        let mut events = Vec::new();
        for (row, &week) in view.weeks().iter().enumerate() {
            let project = usize::from(projects[row]);
            let was = last[project].replace(places[row]);
            let turned = was.is_some_and(|was| was != places[row]) && self.window().contains(&week);
            let Some((id, _)) =
                markets.iter().find(|(id, market)| id.as_str() == names[project] && self.chain.contains(market))
            else {
                continue;
            };
            if turned {
                events.push(self.event(week, "project", id, format!("goes into {}", stages[usize::from(places[row])])));
            }
        }
        events
    }

    /// Firms that default.
    fn firms(&self) -> Vec<Event> {
        let defaulted = self.series("firms", "firm", "defaulted");
        let turns = self.setup.firms.iter().zip(&defaulted).flat_map(|(firm, values)| {
            let told = |(week, ..): (Week, f64, f64)| self.event(week, "firm", &firm.id, "defaults".to_owned());
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
            self.event(week, "sector", short[0].1, what)
        });
        together.collect()
    }

    /// Merchants that sell out.
    fn merchants(&self) -> Vec<Event> {
        let stock = self.series("merchants", "merchant", "stock_t");
        let merchants =
            self.setup.merchants.iter().zip(&stock).filter(|(merchant, _)| self.chain.contains(&merchant.market));
        let sold_out = merchants.flat_map(|(merchant, stock)| {
            let told = |week| self.event(week, "merchant", &merchant.id, "has sold out".to_owned());
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
                    events.push(self.event(first, "reserve", &reserve.id, format!("{verb} {} t{span}", tonnes(sum))));
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
                self.event(week, "flow", &self.setup.regions[region].id, what)
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
                    let told = |week| self.event(week, "futures", &contract.id, what.to_owned());
                    events.extend(self.begins(|week| sessions[week as usize] > 0.0).map(told));
                }
            }
        }
        let defaults = self.series("clearing", "exchange", "defaults");
        for (exchange, defaults) in self.setup.exchanges.iter().zip(&defaults) {
            let told = |week: Week| {
                let members = defaults[week as usize];
                self.event(
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
