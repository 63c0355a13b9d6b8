//! What happened at mines and plants.

use super::{Event, Look, MEMORY, before, event, rested, tonnes};
use crate::calendar::Week;
use crate::explain::view::View;
use crate::id::Id;
use crate::setup::MarketIx;

/// Least change of a site's output, as a share of what it was.
const OUTPUT_CHANGE: f64 = 0.3;

/// Least change of a site's output, as a share of the output of its market.
const OUTPUT_PART: f64 = 0.02;

impl Look<'_> {
    /// Mines that open, shut, or dig much more or less.
    pub(super) fn mines(&self) -> Vec<Event> {
        let (running, output) = (self.series("mines", "mine", "running"), self.series("mines", "mine", "output_t"));
        let mut events = Vec::new();
        for (place, mine) in self.setup.mines.iter().enumerate().filter(|(_, mine)| self.chain.contains(&mine.market)) {
            let turns = self.changes(&running[place]);
            events.extend(turns.map(|(week, _, now)| {
                event(week, "mine", &mine.id, if now > 0.0 { "opens" } else { "shuts" }.to_owned())
            }));
            events.extend(self.output("mine", &mine.id, mine.market, &output[place], &|week| {
                let week = week as usize;
                running[place][week.saturating_sub(MEMORY)..=week].iter().all(|runs| *runs > 0.0)
            }));
        }
        events
    }

    /// Plants that stand still for want of feed, or make much more or less.
    pub(super) fn plants(&self) -> Vec<Event> {
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
            let told = |week| event(week, "plant", &plant.id, "has feed for less than a week".to_owned());
            events.extend(self.begins(low).map(told));
            events.extend(self.output("plant", &plant.id, plant.product, &output[place], &|_| true));
        }
        events
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
            event(
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

    /// Projects that reach another stage.
    pub(super) fn projects(&self) -> Vec<Event> {
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
                events.push(event(week, "project", id, format!("goes into {}", stages[usize::from(places[row])])));
            }
        }
        events
    }
}
