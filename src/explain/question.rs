//! What is asked: a price, a week, and the weeks before it.

use crate::calendar::{Date, Week};
use crate::experiment::Experiment;
use crate::setup::{MarketIx, RegionIx, Setup};
use crate::world_file::problem::{nearest, unknown_name};

/// A move of a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Place of the arm.
    pub arm: usize,
    /// Seed.
    pub seed: u64,
    /// Market.
    pub market: MarketIx,
    /// Region.
    pub region: RegionIx,
    /// The week before the window.
    pub from: Week,
    /// The week asked about.
    pub week: Week,
}

/// The words in which it is asked.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Id of an arm; the baseline when not given.
    pub arm: Option<&'a str>,
    /// Seed; the experiment's first when not given.
    pub seed: Option<u64>,
    /// `MINERAL/STAGE/REGION`.
    pub market: &'a str,
    /// `2025-W10`, or a day in the week.
    pub week: &'a str,
    /// Weeks that are looked back.
    pub window: Week,
}

impl Question {
    /// What is asked of an experiment.
    ///
    /// # Errors
    /// All that is wrong with the words, each with what to write instead.
    pub fn new(experiment: &Experiment, asked: &Asked) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let arm = match asked.arm {
            None => experiment.baseline,
            Some(name) => {
                let names: Vec<&str> = experiment.arms.iter().map(|arm| arm.id.as_str()).collect();
                names.iter().position(|known| *known == name).unwrap_or_else(|| {
                    wrong.push(unknown("--arm", "arm", name, &names));
                    experiment.baseline
                })
            }
        };
        let market = market(&experiment.arms[arm].setup, asked.market, &mut wrong);
        let week = week(experiment, asked.week).map_err(|message| wrong.push(format!("--week: {message}"))).ok();
        match (market, week) {
            (Some((market, region)), Some(week)) if wrong.is_empty() => Ok(Self {
                arm,
                seed: asked.seed.unwrap_or(experiment.seeds.first),
                market,
                region,
                from: week.saturating_sub(asked.window),
                week,
            }),
            _ => Err(wrong),
        }
    }

    /// Its market as it is asked for.
    #[must_use]
    pub fn name(&self, setup: &Setup) -> String {
        let market = &setup.markets[self.market];
        format!("{}/{}/{}", setup.minerals[market.mineral].id, market.stage, setup.regions[self.region].id)
    }
}

fn unknown(flag: &str, kind: &str, name: &str, names: &[&str]) -> String {
    let (what, instead) = unknown_name(kind, name, names);
    format!("{flag}: {what}; {}", instead.unwrap_or_default())
}

/// The market and region that `MINERAL/STAGE/REGION` names.
fn market(setup: &Setup, text: &str, wrong: &mut Vec<String>) -> Option<(MarketIx, RegionIx)> {
    let parts: Vec<&str> = text.split('/').collect();
    let all = || {
        let of = |market: &crate::setup::Market| {
            setup
                .regions
                .iter()
                .map(|region| format!("{}/{}/{}", setup.minerals[market.mineral].id, market.stage, region.id))
                .collect::<Vec<_>>()
        };
        setup.markets.iter().flat_map(of).collect::<Vec<String>>()
    };
    let [mineral, stage, region] = parts[..] else {
        let names = all();
        let near = nearest(text, names.iter().map(String::as_str)).or(names.first().map(String::as_str));
        let such = near.unwrap_or("cobalt/refined/chn");
        wrong.push(format!("--market: \"{text}\" is no market; write mineral, stage and region, such as {such}"));
        return None;
    };
    let regions: Vec<&str> = setup.regions.iter().map(|region| region.id.as_str()).collect();
    let place = regions.iter().position(|known| *known == region);
    if place.is_none() {
        wrong.push(unknown("--market", "region", region, &regions));
    }
    let minerals: Vec<&str> = setup.minerals.iter().map(|mineral| mineral.id.as_str()).collect();
    let Some(mineral) = minerals.iter().position(|known| *known == mineral) else {
        wrong.push(unknown("--market", "mineral", mineral, &minerals));
        return None;
    };
    let range = setup.minerals[mineral].markets.clone();
    let stages: Vec<&str> = setup.markets[range.clone()].iter().map(|market| market.stage.as_str()).collect();
    let Some(at) = stages.iter().position(|known| *known == stage) else {
        wrong.push(unknown("--market", &format!("stage of {}", minerals[mineral]), stage, &stages));
        return None;
    };
    Some((range.start + at, place?))
}

/// The week of the run that a text names; not the first, before which there is nothing.
fn week(experiment: &Experiment, text: &str) -> Result<Week, String> {
    let day = if text.contains('W') { Date::of_iso_week(text) } else { Date::parse(text) };
    let day = day.map_err(|error| format!("{error}, or another week or day such as 2025-W10 or 2025-03-03"))?;
    let (calendar, weeks) = (experiment.calendar, experiment.weeks);
    let ends = || format!("write a week from {} to {}", calendar.day(1), calendar.day(weeks - 1));
    // A week of the calendar is the week of the run in which its Monday lies.
    match u32::try_from(calendar.week_of(day)) {
        Ok(0) => Err(format!("{day} lies in the first week of the run, before which there is no price; {}", ends())),
        Ok(week) if week < weeks => Ok(week),
        _ => Err(format!("{day} does not lie in the run; {}", ends())),
    }
}
