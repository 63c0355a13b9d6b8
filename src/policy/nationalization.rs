//! Nationalization: the state takes a share of the named mines against compensation, and they lose output. Levers B2, C6.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::agent::{Agent, Trade};
use crate::calendar::Week;
use crate::digest::{Digest, Digestible};
use crate::firm::mine_value;
use crate::ledger::{Account, Ledger, Slot};
use crate::market::Markets;
use crate::math;
use crate::mine::Mine;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::seller::Seller;
use crate::step::{Clock, Phase};
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::Terms;
use crate::units::{Money, Ppm, WEEKS_PER_YEAR};

const AWARD: Purpose = Purpose::new("nationalization.award");

/// A taking of mines.
#[derive(Component, Debug, Clone)]
#[require(Claims)]
pub struct Nationalization {
    /// When it is known and takes place.
    pub window: Window,
    /// Indices into [`crate::setup::Setup::mines`] of the mines taken.
    pub mines: Vec<usize>,
    /// Share of the owner's margin that the treasury takes from then on.
    pub share: Ppm,
    /// Share of the taken value that is paid to the owner.
    pub compensation: Ppm,
    /// Share of output lost under the new management.
    pub efficiency_loss: f64,
    /// What it adds to the hazard of the nation in the eyes of investors, per year.
    pub capex_strike: f64,
    /// Years in which half of that is forgotten.
    pub strike_half_life: f64,
    /// Where owners claim what was not paid, if they can.
    pub arbitration: Option<Arbitration>,
}

/// A tribunal outside the nation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arbitration {
    /// Chance that the owners win.
    pub chance: f64,
    /// Share of the unpaid value that they are then awarded.
    pub award: Ppm,
    /// Weeks from the taking to the award.
    pub weeks: Week,
}

/// What owners claim: when it is decided, who, and the value taken from them and not paid.
#[derive(Component, Debug, Clone, Default)]
pub struct Claims(Vec<(Week, (Account, Money))>);

impl Digestible for Claims {
    fn digest(&self, digest: &mut Digest) {
        for (due, (owner, unpaid)) in &self.0 {
            digest.add(&(*due, owner.0));
            digest.add(unpaid);
        }
    }
}

impl Nationalization {
    /// Whether it takes a mine: one that is only planned is nothing yet.
    #[must_use]
    pub fn takes(&self, mine: &Mine) -> bool {
        self.mines.contains(&mine.index) && mine.built > 0.0
    }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.digests::<Claims>();
    model.add(Phase::Decree, (apply, compensate, award).chain());
}

/// Hazard that a taking leaves behind after some weeks: h·2^(−t/T½). Investors stay away, and forget.
#[must_use]
pub fn strike(taking: &Nationalization, weeks: Week) -> f64 {
    let years = f64::from(weeks) / WEEKS_PER_YEAR;
    taking.capex_strike * math::powf(0.5, years / taking.strike_half_life)
}

fn apply(clock: Res<Clock>, mut terms: ResMut<Terms>, takings: Query<(&Decree, &Nationalization)>) {
    for (decree, taking) in takings.iter().filter(|(_, taking)| taking.window.binds(clock.week)) {
        terms.hazards[decree.nation] += strike(taking, clock.week - taking.window.begins());
        for &mine in &taking.mines {
            let terms = &mut terms.mines[mine];
            terms.efficiency *= 1.0 - taking.efficiency_loss;
            terms.state_share = terms.state_share.max(taking.share);
        }
    }
}

/// Present value of a yearly margin over the life of a mine at a discount rate: m·(1 − (1+r)^(−T))/r.
///
/// `margin` per year, `life` in years, `rate` per year.
#[must_use]
pub fn present_value(margin: f64, life: f64, rate: f64) -> f64 {
    if rate <= 0.0 { margin * life } else { margin * (1.0 - math::powf(1.0 + rate, -life)) / rate }
}

/// Share of a mine that a taking takes and no earlier one has taken.
pub(crate) fn newly_taken<'a>(
    taking: &Nationalization,
    mine: &Mine,
    all: impl Iterator<Item = &'a Nationalization>,
    week: Week,
) -> f64 {
    let earlier = all.filter(|other| other.window.begins() < week && other.mines.contains(&mine.index));
    let held = earlier.map(|other| other.share).max();
    (taking.share.share() - held.unwrap_or_default().share()).max(0.0)
}

/// In its first week in force the treasury pays the owners, who claim the rest where they can.
fn compensate(
    clock: Res<Clock>,
    markets: Res<Markets>,
    terms: Res<Terms>,
    mut ledger: ResMut<Ledger>,
    mut treasuries: ResMut<Treasuries>,
    takings: Query<(Entity, &Decree, &Nationalization)>,
    mut claims: Query<&mut Claims>,
    mut mines: Query<(&Agent, &Mine, &Seller, &mut Trade)>,
) {
    for (entity, decree, taking) in takings.iter().filter(|(.., taking)| taking.window.begins() == clock.week) {
        for (agent, mine, seller, mut trade) in mines.iter_mut().filter(|(_, mine, ..)| taking.takes(mine)) {
            let price = markets[seller.market].price(agent.region);
            let (rate, amount) = terms.royalty(agent.nation, markets[seller.market].mineral, price);
            let net = price.real() * (1.0 - rate.share()) - amount.real();
            let margin = net - mine.cost(&terms.mines[mine.index]).real();
            let ground = ledger.mass(agent.account, Slot::Ground);
            let value = mine_value(mine, margin, ground, seller.rule.interest, f64::INFINITY);
            let taken = value * newly_taken(taking, mine, takings.iter().map(|(.., taking)| taking), clock.week);
            let paid = Money::floor(taken * taking.compensation.share());
            compensated(&mut treasuries, decree, &mut ledger, agent, &mut trade, paid);
            if let Some(arbitration) = taking.arbitration {
                let mut claims = claims.get_mut(entity).expect("bug: a taking without claims");
                claims.0.push((clock.week + arbitration.weeks, (agent.account, Money::floor(taken) - paid)));
            }
        }
    }
}

/// The treasury pays the owners of a mine.
fn compensated(
    treasuries: &mut Treasuries,
    decree: &Decree,
    ledger: &mut Ledger,
    agent: &Agent,
    trade: &mut Trade,
    paid: Money,
) {
    let treasury = treasuries.of_mut(decree.nation);
    treasury.margin -= paid;
    ledger.pay(treasury.account, agent.account, paid);
    trade.compensated += paid;
}

/// Tribunals decide on what is due; all owners of a taking win or lose together.
fn award(
    clock: Res<Clock>,
    streams: Res<Streams>,
    mut ledger: ResMut<Ledger>,
    mut treasuries: ResMut<Treasuries>,
    mut takings: Query<(&Decree, &Nationalization, &mut Claims)>,
    mut mines: Query<(&Agent, &mut Trade), With<Mine>>,
) {
    for (decree, taking, mut claims) in takings.iter_mut().filter(|(.., claims)| !claims.0.is_empty()) {
        let (due, pending) = claims.0.iter().partition(|(week, _)| *week <= clock.week);
        claims.0 = pending;
        let due: Vec<(Week, (Account, Money))> = due;
        let Some(arbitration) = taking.arbitration.filter(|_| !due.is_empty()) else { continue };
        if !streams.at(AWARD, decree.key, clock.week).bernoulli(arbitration.chance) {
            continue;
        }
        for (_, (owner, unpaid)) in due {
            let mut of = mines.iter_mut().filter(|(agent, _)| agent.account == owner);
            if let Some((agent, mut trade)) = of.next() {
                let awarded = unpaid.share_ppm(arbitration.award.0);
                compensated(&mut treasuries, decree, &mut ledger, agent, &mut trade, awarded);
            }
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::{Arbitration, Nationalization};
    use crate::calendar::Date;
    use crate::policy::{mines_in, window_in_run};
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, SharePerYear, Weeks, Years};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, above_0, ppm, whole_weeks};

    record! {
        /// The state takes a share of the named mines against compensation, and they lose output.
        pub struct Written as "Nationalization" {
            /// Day on which it is made known; it binds no earlier, and nobody acts on it before it binds.
            announced: At<Date>,
            /// Day on which it takes place.
            in_force: At<Date>,
            /// Mines of the nation that it takes.
            mines: At<Vec<Ref<reference::Mine>>>,
            /// Share of the owner's margin that the treasury takes from then on.
            share: At<Share>,
            /// Share of the taken value that is paid to the owner.
            compensation: At<Share>,
            /// Share of output lost under the new management.
            efficiency_loss: Share,
            /// Capex strike: what it adds at once to the hazard of the nation, so that projects there wait.
            capex_strike: SharePerYear = "SharePerYear(0.1)",
            /// Time in which investors forget half of that; above 0.
            strike_half_life: At<Years> = "Years(5)",
            /// Where owners claim what was not paid.
            arbitration: Option<Claim>,
        }
    }

    record! {
        /// A tribunal outside the nation, which decides on what a taking left unpaid.
        pub struct Claim as "Claim" {
            /// Chance that the owners win.
            chance: Share,
            /// Share of the unpaid value that they are then awarded.
            award: At<Share>,
            /// From the taking to the award: 1 to 1040 whole weeks.
            after: At<Weeks>,
        }
    }

    impl Claim {
        fn resolve(&self, cx: &mut Cx) -> Option<Arbitration> {
            let (award, weeks) = (ppm(&self.award, cx), whole_weeks(&self.after, 1..=1_040, cx));
            Some(Arbitration { chance: self.chance.number(), award: award?, weeks: weeks? })
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<Nationalization> {
            let window = window_in_run(&self.announced, &self.in_force, None, names, cx);
            let half_life = above_0(&self.strike_half_life, cx);
            let (share, compensation) = (ppm(&self.share, cx), ppm(&self.compensation, cx));
            let arbitration = match &self.arbitration {
                Some(claim) => claim.resolve(cx).map(Some),
                None => Some(None),
            };
            if self.mines.is_empty() {
                cx.error_at(&self.mines.origin, "no mine is named", "name at least one mine");
                return None;
            }
            let mines = mines_in(&self.mines, nation, "name mines of the nation that decrees", names, cx);
            Some(Nationalization {
                window: window?,
                mines: mines?,
                share: share?,
                compensation: compensation?,
                efficiency_loss: self.efficiency_loss.number(),
                capex_strike: self.capex_strike.number(),
                strike_half_life: half_life?,
                arbitration: arbitration?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn investors_forget_half_of_a_taking_in_its_half_life() {
        let taking = Nationalization {
            window: Window { announced: 0, in_force: 0, until: None },
            mines: vec![0],
            share: Ppm::ONE,
            compensation: Ppm(0),
            efficiency_loss: 0.0,
            capex_strike: 0.1,
            strike_half_life: 5.0,
            arbitration: None,
        };
        assert!((strike(&taking, 0) - 0.1).abs() < 1e-12);
        // 261 weeks are 5.002 years: 0.1 · 2^(−1.000_41).
        assert!((strike(&taking, 261) - 0.049_985_77).abs() < 1e-8);
    }

    #[test]
    fn a_mine_is_worth_its_margins_discounted() {
        assert!((present_value(100.0, 2.0, 0.1) - (100.0 / 1.1 + 100.0 / 1.21)).abs() < 1e-9);
        assert!((present_value(100.0, 3.0, 0.0) - 300.0).abs() < 1e-12);
    }
}
