//! The options of a contract that live, who holds them, and what passes between holders.
//!
//! A premium is paid in full when an option is traded, and from then on the option's worth is nobody's debt: what is
//! held long is no margin, so that it cannot be lost by who relies on it. Who has sold deposits margin, which stands
//! aside in the [house](super::super::house). All money stays in the house, and the lots of each option sum to zero.
//!
//! Who does not meet a call is out of all options at once, at their worth of the day: those who make markets in them take
//! its lots over, as a member's positions are auctioned among others in London, and where there is nobody of the kind,
//! holders of the other side give up as many lots for the same money, the last means of clearing houses.

use crate::auction::{Order, Side};
use crate::digest::{Digest, Digestible, digest_fields};
use crate::units::{Money, Price, deal};

use super::super::contract::ContractTerms;
use super::super::house::{House, times};
use super::super::life::Month;
use super::super::settlement::Turnover;
use super::terms::OptionTerms;
use super::{Kind, Style};

/// An option that is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Delivery month that it is for.
    pub month: Month,
    /// That month's series in the house.
    pub series: usize,
    /// Right.
    pub kind: Kind,
    /// Strike, in ticks of the contract.
    pub strike: i64,
    /// Weeks until its last one, 0 in the last.
    pub weeks_left: i64,
    /// Premium that it is worth, in ticks of premiums.
    pub worth: i64,
    /// The last premium paid; what it was worth when it was listed, before that.
    pub last: i64,
    /// Best bid and offer of the last auction, 0 without.
    pub quoted: [i64; 2],
    /// The week's trades.
    pub week: Turnover,
    /// Lots exercised in the week.
    pub exercised: i64,
    /// Lots held long, and as many short.
    pub open_interest: i64,
}

impl Digestible for Listed {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.month);
        digest.word(self.kind as u64);
        for whole in [self.strike, self.worth, self.last, self.quoted[0], self.quoted[1], self.open_interest] {
            digest.word(whole as u64);
        }
    }
}

/// What options brought a member in a week.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flow {
    /// Premiums received less premiums paid.
    pub premium: Money,
    /// What exercise brought, less what it cost.
    pub payoff: Money,
}

/// A contract's options.
#[derive(Debug, Clone)]
pub struct Book {
    /// Which are listed.
    pub terms: OptionTerms,
    /// Contract's tick.
    tick: Price,
    /// What a tick of the premium is worth on a lot.
    unit: Money,
    /// Places of options, many of them free.
    places: Vec<Option<Listed>>,
    /// Signed lots, by member and within it by place.
    lots: Vec<i64>,
    flows: Vec<Flow>,
    // Buffers.
    parts: Vec<i64>,
    money: Vec<(usize, Money)>,
}

digest_fields!(Book { places, lots });

impl Book {
    /// A book without options for so many members of a house.
    #[must_use]
    pub fn new(terms: OptionTerms, contract: &ContractTerms, members: usize) -> Self {
        let places = terms.slots();
        Self {
            tick: contract.tick,
            unit: terms.tick.value(contract.lot),
            terms,
            places: vec![None; places],
            lots: vec![0; members * places],
            flows: vec![Flow::default(); members],
            parts: Vec::new(),
            money: Vec::new(),
        }
    }

    /// Options that live with their places, nearest first, then by strike, calls before puts.
    #[must_use]
    pub fn listed(&self) -> Vec<(usize, Listed)> {
        let live = self.places.iter().enumerate().filter_map(|(place, listed)| Some((place, (*listed)?)));
        let mut live: Vec<_> = live.collect();
        live.sort_unstable_by_key(|(_, listed)| (listed.month, listed.strike, listed.kind));
        live
    }

    /// The option at a place.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn at(&self, place: usize) -> &Listed {
        self.places[place].as_ref().expect("bug: no option at a place")
    }

    fn at_mut(&mut self, place: usize) -> &mut Listed {
        self.places[place].as_mut().expect("bug: no option at a place")
    }

    /// Signed lots of a member.
    #[must_use]
    pub fn lots(&self, member: usize, place: usize) -> i64 {
        self.lots[member * self.places.len() + place]
    }

    /// What options brought a member this week.
    #[must_use]
    pub fn flow(&self, member: usize) -> Flow {
        self.flows[member]
    }

    /// Value of a premium in ticks on a lot.
    #[must_use]
    pub fn premium(&self, ticks: i64) -> Money {
        times(self.unit, ticks)
    }

    /// What a member's options are worth, below 0 for what it has sold.
    #[must_use]
    pub fn worth(&self, member: usize) -> Money {
        if !self.holds(member) {
            return Money::ZERO;
        }
        let live = self.places.iter().enumerate().filter_map(|(place, listed)| Some((place, (*listed)?)));
        live.map(|(place, listed)| times(self.premium(listed.worth), self.lots(member, place))).sum()
    }

    /// Whether a month has options.
    #[must_use]
    pub fn lives(&self, month: Month) -> bool {
        self.places.iter().flatten().any(|listed| listed.month == month)
    }

    /// Months for which options are listed in a week; see [`Book::begin_week`] for what it takes.
    #[must_use]
    pub fn expiries(&self, months: &[(Month, usize, i64, i64)], left: impl Fn(Month) -> i64) -> Vec<Month> {
        let mut expiries: Vec<Month> = Vec::new();
        for (nth, &(month, .., open_interest)) in months.iter().filter(|(month, ..)| left(*month) >= 0).enumerate() {
            let busy = self.terms.busy.is_some_and(|busy| open_interest >= busy);
            if (self.lives(month) || busy || nth < self.terms.nearest) && expiries.len() < self.terms.expiries {
                expiries.push(month);
            }
        }
        expiries
    }

    /// Begins a week: time passes, and options that ended or were left behind by the price make room.
    ///
    /// `months` gives the contract's months nearest first, each with series, settlement in ticks and open interest;
    /// `left` the weeks to the last one of options on a month. New options are worth what `worth` says.
    pub fn begin_week(
        &mut self,
        months: &[(Month, usize, i64, i64)],
        left: impl Fn(Month) -> i64,
        worth: impl Fn(&Listed) -> i64,
    ) {
        self.flows.fill(Flow::default());
        let expiries = self.expiries(months, &left);
        let listed_now = |settled| self.terms.listed(settled, self.tick);
        let wanted: Vec<(Month, usize, Vec<i64>)> = months
            .iter()
            .filter(|(month, ..)| expiries.contains(month))
            .map(|&(month, series, settled, _)| (month, series, listed_now(settled)))
            .collect();
        for place in &mut self.places {
            let Some(listed) = place else { continue };
            listed.weeks_left = left(listed.month);
            (listed.week, listed.exercised) = (Turnover::default(), 0);
            let stays =
                wanted.iter().any(|(month, _, strikes)| *month == listed.month && strikes.contains(&listed.strike));
            if listed.weeks_left < 0 || listed.open_interest == 0 && !stays {
                *place = None;
            }
        }
        for (month, series, strikes) in wanted {
            for (strike, kind) in strikes.iter().flat_map(|strike| Kind::ALL.map(|kind| (*strike, kind))) {
                let same = |listed: &Listed| (listed.month, listed.strike, listed.kind) == (month, strike, kind);
                if self.places.iter().flatten().any(same) {
                    continue;
                }
                // Without a free place a strike waits until one that nobody holds is left behind.
                let Some(free) = self.places.iter_mut().find(|place| place.is_none()) else { return };
                let mut listed = Listed {
                    month,
                    series,
                    kind,
                    strike,
                    weeks_left: left(month),
                    worth: 0,
                    last: 0,
                    quoted: [0; 2],
                    week: Turnover::default(),
                    exercised: 0,
                    open_interest: 0,
                };
                listed.worth = worth(&listed);
                listed.last = listed.worth;
                *free = Some(listed);
            }
        }
    }

    /// Says what options are worth, in ticks of premiums.
    pub fn value(&mut self, worth: impl Fn(&Listed) -> i64) {
        for listed in self.places.iter_mut().flatten() {
            listed.worth = worth(listed);
        }
    }

    fn shift(&mut self, member: usize, place: usize, lots: i64) {
        let at = member * self.places.len() + place;
        let before = self.lots[at];
        self.lots[at] += lots;
        let after = self.lots[at];
        self.at_mut(place).open_interest += after.max(0) - before.max(0);
    }

    /// Takes over an auction's fills at its premium in ticks; an order's agent is the member. Buyers pay sellers at once.
    ///
    /// # Panics
    /// When the premium is below 0, or the fills do not buy as much as they sell.
    pub fn trade(&mut self, place: usize, premium: i64, orders: &[Order], fills: &[i64], house: &mut House) {
        assert!(premium >= 0, "bug: a premium of {premium} ticks");
        let per_lot = self.premium(premium);
        self.money.clear();
        let (mut bought, mut balance) = (0, 0);
        for (order, &filled) in orders.iter().zip(fills).filter(|(_, filled)| **filled > 0) {
            let member = order.agent as usize;
            let lots = if order.side == Side::Buy { filled } else { -filled };
            self.shift(member, place, lots);
            let amount = times(per_lot, -lots);
            self.flows[member].premium += amount;
            self.money.push((member, amount));
            house.charge(member, times(self.terms.fee, filled));
            (bought, balance) = (bought + lots.max(0), balance + lots);
        }
        assert!(balance == 0, "bug: an auction of options bought {balance} lots more than it sold");
        house.exchange(&self.money);
        let listed = self.at_mut(place);
        listed.week.add(premium, bought);
        listed.last = premium;
    }

    /// Exercises so many lots of each member (in order of members). Those who have sold are assigned in proportion to
    /// what they have sold, and both get the month at the strike.
    ///
    /// # Panics
    /// When somebody exercises more than it holds.
    pub fn exercise(&mut self, place: usize, wanted: &[i64], house: &mut House) {
        let all: i64 = wanted.iter().sum();
        if all == 0 {
            return;
        }
        let Listed { series, kind, strike, .. } = *self.at(place);
        let sold: Vec<i64> = (0..house.size()).map(|member| (-self.lots(member, place)).max(0)).collect();
        let keys: Vec<u64> = (0..house.size()).map(|member| house.key(member)).collect();
        let mut parts = std::mem::take(&mut self.parts);
        deal(all, &sold, &keys, &mut parts);
        let per_lot = times(house.tick_value(series), (house.settled(series) - strike) * kind.sign());
        let mut writer = 0;
        for (holder, &lots) in wanted.iter().enumerate() {
            assert!(lots <= self.lots(holder, place).max(0), "bug: member {holder} exercises what it does not hold");
            let mut left = lots;
            while left > 0 {
                let now = left.min(parts[writer]);
                if now > 0 {
                    let (long, short) = if kind == Kind::Call { (holder, writer) } else { (writer, holder) };
                    house.assign(series, long, short, now, strike);
                    self.shift(holder, place, -now);
                    self.shift(writer, place, now);
                    for (member, side) in [(holder, now), (writer, -now)] {
                        self.flows[member].payoff += times(per_lot, side);
                        house.charge(member, times(self.terms.fee, now));
                    }
                    (left, parts[writer]) = (left - now, parts[writer] - now);
                }
                if left > 0 {
                    writer += 1;
                }
            }
        }
        self.parts = parts;
        self.at_mut(place).exercised += all;
    }

    /// Ends an option: lots in the money are exercised, the others are worth nothing any more.
    pub fn expire(&mut self, place: usize, house: &mut House) {
        let listed = *self.at(place);
        let pays = (house.settled(listed.series) - listed.strike) * listed.kind.sign() > 0;
        let held: Vec<i64> = (0..house.size()).map(|member| self.lots(member, place).max(0)).collect();
        if pays {
            self.exercise(place, &held, house);
        }
        for member in 0..house.size() {
            let lots = self.lots(member, place);
            self.shift(member, place, -lots);
        }
        self.at_mut(place).worth = 0;
    }

    /// Margin for what a member has sold: for each lot the premium and the greater of m − ½·out of the money and ½·m, with
    /// m the margin of a lot of the month.
    #[must_use]
    pub fn margin(&self, member: usize, house: &House) -> Money {
        let sold = self.places.iter().enumerate().filter_map(|(place, listed)| {
            let lots = -self.lots(member, place);
            (lots > 0).then_some(((*listed)?, lots))
        });
        sold.map(|(listed, lots)| times(self.margin_of_lot(member, &listed, house), lots)).sum()
    }

    /// Margin for a lot that a member sells.
    #[must_use]
    pub fn margin_of_lot(&self, member: usize, listed: &Listed, house: &House) -> Money {
        let month = house.margin_of_lot(member, listed.series);
        let out = (listed.strike - house.settled(listed.series)) * listed.kind.sign();
        let out = times(house.tick_value(listed.series), out.max(0));
        self.premium(listed.worth) + Money((month.0 - out.0 / 2).max(month.0 / 2))
    }

    /// Whether a member holds or has sold any.
    #[must_use]
    pub fn holds(&self, member: usize) -> bool {
        self.lots[member * self.places.len()..][..self.places.len()].iter().any(|lots| *lots != 0)
    }

    /// Tells the house what stands aside for a member.
    pub fn stand_aside(&self, member: usize, house: &mut House) {
        let open = self.holds(member);
        house.set_aside(member, if open { self.margin(member, house) } else { Money::ZERO }, open);
    }

    /// Ends all options of a member at their worth: those of `makers` in good standing take its lots over in equal parts,
    /// or where there is none, holders of the other side give up as many in proportion to what they hold.
    pub fn take_over(&mut self, member: usize, makers: &[usize], house: &mut House) {
        let keys: Vec<u64> = (0..house.size()).map(|member| house.key(member)).collect();
        let mut weights = vec![0; house.size()];
        for place in 0..self.places.len() {
            let lots = self.lots(member, place);
            if lots == 0 {
                continue;
            }
            for (other, weight) in weights.iter_mut().enumerate() {
                let opposite = (-lots.signum() * self.lots(other, place)).max(0);
                *weight = if makers.is_empty() { opposite } else { i64::from(makers.contains(&other)) };
            }
            let mut parts = std::mem::take(&mut self.parts);
            deal(lots.abs(), &weights, &keys, &mut parts);
            let per_lot = self.premium(self.at(place).worth);
            self.money.clear();
            for (other, part) in parts.iter().enumerate().filter(|(_, part)| **part > 0) {
                let taken = part * lots.signum();
                self.shift(member, place, -taken);
                self.shift(other, place, taken);
                let amount = times(per_lot, taken);
                self.money.extend([(member, amount), (other, -amount)]);
                self.flows[member].premium += amount;
                self.flows[other].premium += -amount;
            }
            house.exchange(&self.money);
            self.parts = parts;
        }
    }

    /// Lots that a member exercises before the end: all of an American option that has nothing left but what exercise
    /// brings, when that is more than its best bid and the fee.
    #[must_use]
    pub fn early(&self, place: usize, member: usize, house: &House) -> i64 {
        let listed = self.at(place);
        let held = self.lots(member, place).max(0);
        if self.terms.style == Style::European || held == 0 {
            return 0;
        }
        let ticks = (house.settled(listed.series) - listed.strike) * listed.kind.sign();
        let brings = times(house.tick_value(listed.series), ticks);
        let kept = brings >= self.premium(listed.worth) && brings > self.premium(listed.quoted[0]) + self.terms.fee;
        if ticks > 0 && kept { held } else { 0 }
    }

    /// Notes the best bid and offer of an auction.
    pub fn note_quotes(&mut self, place: usize, orders: &[Order]) {
        let of = |side: Side| orders.iter().filter(move |order| order.side == side && order.lots > 0);
        let bid = of(Side::Buy).map(|order| order.tick).max().unwrap_or(0);
        let ask = of(Side::Sell).map(|order| order.tick).min().unwrap_or(0);
        self.at_mut(place).quoted = [bid, ask];
    }
}

#[cfg(test)]
mod tests;
