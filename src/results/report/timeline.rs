//! What states do and when: policies with fixed dates, and those decided inside the runs, with the share of seeds in
//! which they bind.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use parquet::errors::Result;

use super::catalog::{self, fill, plain, say};
use super::html::{Head, Row, both, escape, folded, table};
use crate::calendar::Week;
use crate::decision::Event;
use crate::experiment::Experiment;
use crate::id::Label;
use crate::policy::Window;
use crate::results::canvas;
use crate::results::plot::turns;
use crate::results::table_file::read;
use crate::statistics::quantile;

/// Size of a strip in pixels.
const STRIP: (f64, f64) = (600.0, 18.0);

/// Most policies that are drawn.
const MOST: usize = 80;

/// Weeks of a step of a strip of decided policies.
const STEP: Week = 13;

/// A policy by nation and id.
type Name = (String, String);

/// What became of a policy in a seed: weeks of its events in order.
type Events = BTreeMap<u64, Vec<(Week, String)>>;

/// Events of decided policies of an arm, by policy.
fn acts(experiment: &Experiment, folder: &Path) -> Result<Vec<BTreeMap<Name, Events>>> {
    let mut found = vec![BTreeMap::new(); experiment.arms.len()];
    let path = folder.join("acts.parquet");
    if !path.exists() {
        return Ok(found);
    }
    let keys = ["arm", "seed", "week", "nation", "policy", "event"];
    read(
        &path,
        |name| keys.contains(&name),
        |part| {
            let [arms, seeds, weeks, nations, policies, events] =
                keys.map(|key| part.column(key).unwrap_or_else(|| panic!("bug: table acts has no column {key}")));
            for row in 0..part.rows() {
                if let Some(arm) = experiment.arms.iter().position(|arm| arm.id.as_str() == arms.text(row)) {
                    let name = (nations.text(row).to_owned(), policies.text(row).to_owned());
                    let of_seed: &mut Events = found[arm].entry(name).or_default();
                    let event = (weeks.ints()[row] as Week, events.text(row).to_owned());
                    of_seed.entry(seeds.counts()[row]).or_default().push(event);
                }
            }
        },
    )?;
    Ok(found)
}

/// Weeks from which and to which a policy binds in a seed.
fn binding(events: &[(Week, String)], end: Week) -> Vec<(Week, Week)> {
    let mut spans = Vec::new();
    let mut since = None;
    for (week, event) in events {
        match event.as_str() {
            "in force" => since = since.or(Some(*week)),
            "announced" => {}
            _ => spans.extend(since.take().map(|from| (from, *week))),
        }
    }
    spans.extend(since.map(|from| (from, end)));
    spans
}

/// A strip over the run: spans in weeks with a strength from 0 to 1, and a line at the beginning of every year.
fn strip(experiment: &Experiment, color: usize, spans: &[Span]) -> String {
    let (width, height) = STRIP;
    let place = |week: Week| width * f64::from(week) / f64::from(experiment.weeks.max(1));
    let mut out = format!(
        "<svg class=\"strip\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
    );
    let fill = canvas::color(color);
    let year = |week: Week| experiment.calendar.day(week).year();
    out.push_str("<path stroke=\"#8a8a8a\" d=\"");
    for week in (1..experiment.weeks).filter(|week| year(*week) != year(*week - 1)) {
        let _ = write!(out, "M{:.1} 0v{height}", place(week));
    }
    out.push_str("\"/>");
    for (from, to, strength) in spans.iter().filter(|(from, to, strength)| to > from && *strength > 0.0) {
        let _ = write!(
            out,
            "<rect fill=\"{fill}\" opacity=\"{strength:.2}\" x=\"{:.1}\" y=\"3\" width=\"{:.1}\" height=\"{}\"/>",
            place(*from),
            (place(*to) - place(*from)).max(1.0),
            height - 6.0,
        );
    }
    out + "</svg>"
}

/// A part of a strip: weeks from and to, and how strong it is.
type Span = (Week, Week, f64);

/// When a policy with fixed dates binds; nothing when it never comes within the run.
fn fixed(experiment: &Experiment, window: Window) -> Option<(Label, Vec<Span>)> {
    let run = experiment.weeks;
    if window.announced.min(window.in_force) >= run {
        return None;
    }
    let day = |week: Week| plain(experiment.calendar.day(week));
    let until = window
        .until
        .map_or_else(|| say("timeline.no-end").clone(), |week| fill("timeline.until", &[("day", &day(week))]));
    let when = if window.in_force == 0 {
        fill("timeline.standing", &[("until", &until)])
    } else {
        let parts = [("announced", &day(window.announced)), ("from", &day(window.in_force)), ("until", &until)];
        fill("timeline.fixed", &parts)
    };
    let end = window.until.unwrap_or(run).min(run);
    Some((when, vec![(window.announced, window.in_force.min(run), 0.3), (window.in_force.min(end), end, 0.9)]))
}

/// A policy in the timeline.
#[derive(Debug, Clone)]
struct Bar {
    /// Weeks in which it binds, mean of the seeds.
    weight: f64,
    row: Row,
}

/// Parts bars into those that are drawn, which bind the longest, and the others, both in the order that they had.
fn part(bars: Vec<Bar>) -> [Vec<Row>; 2] {
    let mut weights: Vec<f64> = bars.iter().map(|bar| bar.weight).collect();
    weights.sort_by(|a, b| b.total_cmp(a));
    let least = weights.get(MOST.saturating_sub(1)).copied().unwrap_or(0.0);
    let mut parts = [Vec::new(), Vec::new()];
    for Bar { weight, row } in bars {
        let drawn = weight >= least && parts[0].len() < MOST;
        parts[usize::from(!drawn)].push(row);
    }
    parts
}

/// A row per policy of an arm that comes within the run, and how many of those that nations decide on never do.
fn bars(experiment: &Experiment, place: usize, acts: &BTreeMap<Name, Events>, named: &str) -> (Vec<Bar>, usize) {
    let arm = &experiment.arms[place];
    let (mut rows, mut never) = (Vec::new(), 0);
    for nation in &arm.setup.nations {
        for (at, (id, policy)) in nation.policies.iter().enumerate() {
            let found = if nation.decisions.iter().any(|decision| decision.policy == at) {
                let events = acts.get(&(nation.id.to_string(), id.to_string()));
                never += usize::from(events.is_none());
                events.map(|events| (decided(experiment, events), shares(experiment, events)))
            } else {
                fixed(experiment, policy.window())
            };
            let Some((when, spans)) = found else { continue };
            let kind = format!("{} <code>{id}</code>", both(&catalog::policy(policy.name())));
            let drawn = strip(experiment, place, &spans);
            let cells = vec![named.to_owned(), both(&nation.label), kind, both(&when), drawn];
            let weight = spans.iter().map(|(from, to, share)| share * f64::from(to.saturating_sub(*from))).sum();
            rows.push(Bar { weight, row: Row { arm: Some(arm.id.to_string()), cells } });
        }
    }
    (rows, never)
}

/// The timeline of all arms.
///
/// # Errors
/// When a table cannot be read.
pub(super) fn html(experiment: &Experiment, folder: &Path) -> Result<String> {
    let (mut rows, mut days, mut never) = (Vec::new(), Vec::new(), String::new());
    for (place, (arm, acts)) in experiment.arms.iter().zip(acts(experiment, folder)?).enumerate() {
        let named = format!("<span class=\"dot c{}\"></span>{}", place % super::COLORS, both(&arm.label));
        let (of_arm, count) = bars(experiment, place, &acts, &named);
        rows.extend(of_arm);
        if count > 0 {
            let text = fill("timeline.never", &[("arm", &arm.label), ("count", &plain(count))]);
            let _ = writeln!(never, "<p class=\"note\" data-arm=\"{}\">{}</p>", escape(arm.id.as_str()), both(&text));
        }
        days.extend(turns(experiment, place).into_iter().map(|turn| Row {
            arm: Some(arm.id.to_string()),
            cells: vec![named.clone(), experiment.calendar.day(turn.week).to_string(), both(&turn.label)],
        }));
    }
    if rows.is_empty() && never.is_empty() {
        return Ok(super::charts::nothing("timeline.none"));
    }
    let day = |week| plain(experiment.calendar.day(week));
    let run = fill("timeline.run", &[("from", &day(0)), ("until", &day(experiment.weeks.saturating_sub(1)))]);
    let heads = [say("arms.arm"), say("timeline.nation"), say("timeline.policy"), say("timeline.when"), &run];
    let mut out = format!("<p class=\"how\">{}</p>\n", both(say("timeline.how")));
    let [drawn, others] = part(rows);
    out += &table(say("timeline.caption"), &heads.map(Head::words), &drawn, false);
    if !others.is_empty() {
        let title = fill("timeline.others", &[("count", &plain(others.len()))]);
        out += &folded(&title, &table(&title, &heads.map(Head::words), &others, false));
    }
    out += &never;
    if !days.is_empty() {
        let heads = [say("arms.arm"), say("timeline.day"), say("timeline.event")].map(Head::words);
        out += &folded(say("timeline.days"), &table(say("timeline.days"), &heads, &days, true));
    }
    Ok(out)
}

/// In how many seeds a policy that its nation decides on comes, when for the first time, and how often what happens
/// to it.
fn decided(experiment: &Experiment, events: &Events) -> Label {
    let all = || events.values().flatten();
    let first = |of_seed: &Vec<(Week, String)>| of_seed.iter().map(|(week, _)| *week).min();
    let mut firsts: Vec<f64> = events.values().filter_map(first).map(f64::from).collect();
    firsts.sort_by(f64::total_cmp);
    let median = quantile(&firsts, 0.5).map_or(0, |week| week.round() as Week);
    let seeds = experiment.seeds.count;
    let count = |(_, name): &(_, &'static str)| {
        let count = all().filter(|(_, event)| event == name).count();
        let mean = plain(format!("{:.2}", count as f64 / f64::from(seeds.max(1))));
        (count > 0).then(|| fill("timeline.count", &[("event", say(&format!("event.{name}"))), ("mean", &mean)]))
    };
    let counts: Vec<Label> = Event::ALL.iter().filter_map(count).collect();
    let parts = [
        ("present", &plain(firsts.len())),
        ("seeds", &plain(seeds)),
        ("day", &plain(experiment.calendar.day(median))),
        ("events", &catalog::join(&counts)),
    ];
    fill("timeline.decided", &parts)
}

/// Share of the seeds in which a decided policy binds, a quarter of a year at a time.
fn shares(experiment: &Experiment, events: &Events) -> Vec<Span> {
    let spans: Vec<(Week, Week)> = events.values().flat_map(|events| binding(events, experiment.weeks)).collect();
    let share = |from: Week| {
        let to = (from + STEP).min(experiment.weeks);
        let weeks: u32 = spans.iter().map(|(a, b)| to.min(*b).saturating_sub(from.max(*a))).sum();
        (from, to, f64::from(weeks) / f64::from((to - from) * experiment.seeds.count.max(1)))
    };
    (0..experiment.weeks).step_by(STEP as usize).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_that_bind_longest_are_drawn_in_their_order() {
        let bar =
            |weight: usize| Bar { weight: weight as f64, row: Row { arm: None, cells: vec![weight.to_string()] } };
        let [drawn, others] = part((0..MOST + 2).map(bar).collect());
        assert_eq!((drawn.len(), drawn[0].cells[0].as_str()), (MOST, "2"));
        assert_eq!(others.iter().map(|row| row.cells[0].as_str()).collect::<Vec<_>>(), ["0", "1"]);
        let [drawn, others] = part(vec![bar(3), bar(1)]);
        assert_eq!((drawn.len(), others.len(), drawn[1].cells[0].as_str()), (2, 0, "1"));
    }

    #[test]
    fn a_policy_binds_from_its_entry_into_force_to_whatever_ends_it() {
        let events = |list: &[(Week, &str)]| list.iter().map(|(week, e)| (*week, (*e).to_owned())).collect::<Vec<_>>();
        let twice = events(&[(3, "announced"), (5, "in force"), (9, "truce"), (20, "in force")]);
        assert_eq!(binding(&twice, 30), [(5, 9), (20, 30)]);
        assert_eq!(binding(&events(&[(3, "announced"), (4, "cause gone")]), 30), []);
    }
}
