//! What desks see alike. Desks of one rule ask the same questions one after another, so an answer is kept until somebody
//! asks another; and who has nothing to write in a month is not asked at all.

use bevy_ecs::prelude::*;

use super::Pit;
use super::desk::{Business, Desk, OUT_WEEKS};
use crate::auction::Order;
use crate::exchange::house::House;
use crate::last::Last;
use crate::setup::exchange::SpeculatorRule;
use crate::trader::arbitrage::Costs;
use crate::trader::speculator::{self, LONGEST_TREND};
use crate::trader::spread::Spread;
use crate::{math, trader::Quote};

/// A month as desks see it while they write its orders.
pub(super) struct Sight<'a> {
    /// Series of all months, by place.
    pub(super) series: &'a [usize],
    /// Its price and its time.
    pub(super) quote: Quote,
    /// Log distance of its price from spot.
    pub(super) basis: f64,
    /// By costs of carry, the month that pays most after them.
    best: Last<Costs, Option<usize>>,
    /// By how spread traders see the curve, where it should stand.
    fair: Last<Spread, f64>,
    /// By weeks of roll and tenor, how many months a hedger holds.
    pub(super) held_months: Last<(u32, f64), usize>,
}

impl<'a> Sight<'a> {
    pub(super) fn of(pit: &Pit, place: usize, series: &'a [usize]) -> Self {
        let quote = pit.quote(place);
        let basis = math::ln(quote.price / pit.spot());
        Self { series, quote, basis, best: Last::default(), fair: Last::default(), held_months: Last::default() }
    }

    /// The month that pays most after carry.
    pub(super) fn best(&self, pit: &Pit, costs: Costs) -> Option<usize> {
        self.best.of(costs, || pit.best(&costs).map(|(best, _)| best))
    }

    /// Where the month should stand against the active one.
    pub(super) fn fair(&self, pit: &Pit, spread: Spread) -> f64 {
        self.fair.of(spread, || spread.fair(self.quote.years, pit.quote(pit.active), pit.value, math::ln(pit.spot())))
    }
}

/// What speculators expect of the active month before a session.
#[derive(Debug)]
pub(super) struct Views {
    rule: Option<SpeculatorRule>,
    by_value: Option<f64>,
    /// What moves all chartists, as a factor.
    mood: Option<f64>,
    /// By the weeks that a chartist looks back.
    by_trend: [Option<f64>; LONGEST_TREND + 1],
}

impl Default for Views {
    fn default() -> Self {
        Self { rule: None, by_value: None, mood: None, by_trend: [None; LONGEST_TREND + 1] }
    }
}

impl Views {
    /// Turns to speculators of another rule.
    fn turn_to(&mut self, rule: &SpeculatorRule) {
        if self.rule.as_ref() != Some(rule) {
            *self = Self { rule: Some(*rule), ..Self::default() };
        }
    }

    /// By value.
    pub(super) fn by_value(&mut self, pit: &Pit, rule: &SpeculatorRule) -> f64 {
        self.turn_to(rule);
        *self.by_value.get_or_insert_with(|| {
            let years = rule.horizon_years.max(pit.quote(pit.active).years);
            speculator::fundamental(pit.spot(), pit.value + rule.value_noise * pit.moods[0], rule.pull, years)
        })
    }

    /// By the trend of so many weeks.
    pub(super) fn by_trend(&mut self, pit: &Pit, rule: &SpeculatorRule, weeks: usize) -> f64 {
        self.turn_to(rule);
        let weeks = weeks.min(LONGEST_TREND);
        let mood = *self.mood.get_or_insert_with(|| math::exp(rule.trend_noise * pit.moods[1]));
        *self.by_trend[weeks].get_or_insert_with(|| {
            let price = pit.quote(pit.active).price;
            let before = price * math::exp(-pit.trend(weeks));
            speculator::trend(price, before, rule.trend) * mood
        })
    }
}

/// Who may have anything to write in a session, by month.
#[derive(Debug, Default)]
pub(super) struct Rota {
    numbers: Vec<Vec<u32>>,
    /// Of the months, by place: to look up what a desk holds.
    series: Vec<usize>,
}

impl Rota {
    /// Asks a contract's desks once for all of its months: what a desk holds in a month changes in that month's auction
    /// alone. Where an auction is `closed` to members from abroad, those with nothing to close need not write.
    pub(super) fn fill(&mut self, pit: &Pit, session: usize, house: &House, closed: bool, desks: &[Mut<Desk>]) {
        let Self { numbers, series } = self;
        series.clear();
        series.extend(pit.board.months().iter().map(|month| month.series));
        numbers.resize(pit.len(), Vec::new());
        numbers.iter_mut().for_each(Vec::clear);
        let ending = (0..pit.len()).take_while(|place| pit.weeks_left(*place) <= OUT_WEEKS).count();
        for (number, desk) in (0_u32..).zip(desks) {
            let shut_out = closed && desk.abroad;
            if shut_out && !house.holds(desk.member) {
                continue;
            }
            let lots = house.row(desk.member);
            let held = |place: usize| lots[series[place]];
            let mut ask = |place: usize, has_business: bool| {
                if has_business && !(shut_out && held(place) == 0) {
                    numbers[place].push(number);
                }
            };
            let mut first = 0;
            if !desk.carries() && ending > 0 {
                let stored = pit.warehouses.held(desk.member);
                (0..ending).for_each(|place| ask(place, desk.stand(place).is_some() || held(place) != -stored));
                first = ending;
            }
            match desk.business(pit, session) {
                Business::Among(places) if !house.holds(desk.member) => {
                    places.filter(|place| *place >= first).for_each(|place| ask(place, true));
                }
                Business::Among(places) => {
                    (first..pit.len()).for_each(|place| ask(place, places.contains(&place) || held(place) != 0));
                }
                Business::InTurn(turn) => {
                    let places = (turn..pit.len()).step_by(pit.sessions).filter(|place| *place >= first);
                    places.for_each(|place| ask(place, true));
                }
            }
        }
    }

    /// Numbers of those with business in a month, in their order.
    pub(super) fn of(&self, place: usize) -> &[u32] {
        &self.numbers[place]
    }

    /// Series of the months, by place.
    pub(super) fn series(&self) -> &[usize] {
        &self.series
    }

    /// Whether all others write nothing in a month; of a `closed` auction, all others that are not from abroad.
    pub(super) fn is_whole(
        &self,
        place: usize,
        closed: bool,
        desks: &[Mut<Desk>],
        write: impl Fn(&Desk, &mut Vec<Order>),
    ) -> bool {
        let asked = self.of(place);
        let others = (0_u32..).zip(desks).filter(|(number, _)| asked.binary_search(number).is_err());
        let mut orders = Vec::new();
        others.filter(|(_, desk)| !(closed && desk.abroad)).for_each(|(_, desk)| write(desk, &mut orders));
        orders.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Futures, SESSIONS};
    use super::*;
    use crate::model::Model;
    use crate::world_file::load;

    #[test]
    fn who_is_not_asked_has_nothing_to_write() {
        let setup = load("worlds/two-shores-futures.ron").expect("a world");
        let mut model = Model::new(&setup, 1);
        let (mut written, mut asked) = (0, 0);
        for _week in 0..30 {
            model.step().expect("books that close");
            let futures = std::mem::take(&mut *model.world.resource_mut::<Futures>());
            let mut query = model.world.query::<&mut Desk>();
            let desks: Vec<Mut<Desk>> = query.iter_mut(&mut model.world).collect();
            for (pit, session) in futures.pits.iter().flat_map(|pit| (0..SESSIONS).map(move |session| (pit, session))) {
                let house = &futures.houses[pit.exchange].house;
                let here: Vec<usize> = (0..desks.len()).filter(|desk| desks[*desk].contract == pit.index).collect();
                let Some((first, last)) = here.first().zip(here.last()) else { continue };
                let desks = &desks[*first..=*last];
                let mut rota = Rota::default();
                rota.fill(pit, session, house, false, desks);
                for place in 0..pit.len() {
                    let Some(band) = pit.board.band(place, house) else { continue };
                    let sight = Sight::of(pit, place, rota.series());
                    let write = |desk: &Desk, orders: &mut Vec<Order>| {
                        desk.write(pit, &sight, place, session, band, house, orders);
                    };
                    assert!(rota.is_whole(place, false, desks, write));
                    asked += rota.of(place).len();
                    written += rota
                        .of(place)
                        .iter()
                        .filter(|&&number| {
                            let mut orders = Vec::new();
                            write(&desks[number as usize], &mut orders);
                            !orders.is_empty()
                        })
                        .count();
                }
            }
            *model.world.resource_mut::<Futures>() = futures;
        }
        assert!(0 < written && written <= asked && asked < 2 * written, "{written} of {asked}");
    }
}
