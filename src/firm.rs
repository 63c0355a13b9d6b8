//! Firms with a balance sheet: their sites hand them their profit, they cover the losses, and beyond their credit they
//! default. What they owned is shut and sold to who offers most.
//!
//! A site whose owner is written as a nation has a nationality and no balance sheet: it keeps its own money and never
//! defaults. A firm's books are an account of money only; its debt is owed to outside, who books the loss of a default.

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::digest::{Digest, Digestible, digest_fields};
use crate::ledger::{Account, Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::mine::{Mine, Status};
use crate::model::Model;
use crate::plant::Plant;
use crate::policy::nationalization::present_value;
use crate::seller::Seller;
use crate::setup::{FirmIx, FirmRule, NationIx, Setup};
use crate::step::{Clock, Phase};
use crate::terms::Terms;
use crate::units::{Mass, Money, WEEKS_PER_YEAR};

/// Weeks from payout to payout.
const QUARTER: u32 = 13;

/// Whose a site is.
#[derive(Component, Debug, Clone, Copy)]
pub struct Owner {
    /// Nationality of the owner.
    pub nation: NationIx,
    /// The firm; `None` for the firms of a nation taken together, and while creditors hold the site.
    pub firm: Option<FirmIx>,
    /// Credit line of the site's purchases as long as its firm is sound.
    pub line: Money,
    /// Whether creditors hold it after a default.
    pub seized: bool,
}

impl Owner {
    /// The owner at the start.
    #[must_use]
    pub const fn new(nation: NationIx, firm: Option<FirmIx>, line: Money) -> Self {
        Self { nation, firm, line, seized: false }
    }
}

impl Digestible for Owner {
    fn digest(&self, digest: &mut Digest) {
        digest.word(self.nation as u64);
        digest.word(self.firm.map_or(u64::MAX, |firm| firm as u64));
        digest.add(&self.seized);
    }
}

/// A firm.
#[derive(Component, Debug, Clone, Copy)]
pub struct Firm {
    /// Its place in [`Setup::firms`].
    pub index: FirmIx,
    /// Most that it may owe whatever its sites are worth.
    pub credit: Money,
    /// Its rule.
    pub rule: FirmRule,
    /// Whether it has defaulted; it owns nothing from then on.
    pub defaulted: bool,
    /// Weeks in a row beyond its credit.
    pub short_weeks: u32,
    /// Profit since the last payout, interest paid.
    pub profit: Money,
    /// Most that it may owe this week.
    pub limit: Money,
    /// What its sites are worth this week.
    pub assets: Money,
    /// Paid to shareholders this week.
    pub paid_out: Money,
    /// Interest of this week.
    pub interest: Money,
    /// Debt that creditors wrote off this week.
    pub written_off: Money,
}

digest_fields!(Firm { defaulted, short_weeks, profit, limit });

impl Firm {
    /// Money that it can still spend.
    fn means(&self, money: Money) -> Money {
        (money + self.limit).or_zero()
    }
}

/// Present value of a mine's margins over its life or `years`, whichever is shorter, in mills.
///
/// `margin` is price after royalty and cost, in cents per 1,000 quanta, `rate` per year.
#[must_use]
pub fn mine_value(mine: &Mine, margin: f64, ground: Mass, rate: f64, years: f64) -> f64 {
    let yearly = mine.weekly_capacity * mine.built * WEEKS_PER_YEAR;
    if yearly <= 0.0 {
        return 0.0;
    }
    let life = ground.real() * mine.recovery.share() / yearly;
    present_value(margin.max(0.0) * yearly, life.min(years), rate)
}

/// Present value of a plant's margins at normal utilization over `years`, in mills; prices in cents per 1,000 quanta.
#[must_use]
pub fn plant_value(plant: &Plant, feed: f64, product: f64, rate: f64, years: f64) -> f64 {
    let margin = product - feed / plant.recovery.share() - plant.conversion_cost.real();
    let yearly = plant.weekly_capacity * plant.built * WEEKS_PER_YEAR * plant.rule.normal_utilization;
    present_value(margin.max(0.0) * yearly, years, rate)
}

/// The highest offer that is more than nothing; of equal ones the lower key.
fn best_offer(offers: impl Iterator<Item = (Money, u64, FirmIx)>) -> Option<(Money, FirmIx)> {
    let best = offers.filter(|(offer, ..)| *offer > Money::ZERO).min_by_key(|(offer, key, _)| (-*offer, *key));
    best.map(|(offer, _, firm)| (offer, firm))
}

/// Adds the firms of a world.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    if setup.firms.is_empty() {
        return;
    }
    for (index, firm) in setup.firms.iter().enumerate() {
        let agent = model.agent("firm", &firm.id, firm.nation, 0);
        let mut ledger = model.world.resource_mut::<Ledger>();
        ledger.pay(OUTSIDE, agent.account, firm.cash.or_zero());
        ledger.pay(agent.account, OUTSIDE, (-firm.cash).or_zero());
        let state = Firm {
            index,
            credit: firm.credit,
            rule: firm.rule,
            defaulted: false,
            short_weeks: 0,
            profit: Money::ZERO,
            limit: firm.credit,
            assets: Money::ZERO,
            paid_out: Money::ZERO,
            interest: Money::ZERO,
            written_off: Money::ZERO,
        };
        model.spawn(agent, state);
    }
    model.digests::<Firm>();
    model.digests::<Owner>();
    model.add(Phase::Plan, fund);
    model.add(Phase::Observe, (pool, value, close, sell).chain());
}

/// Accounts of the firms, in order of index.
fn accounts(firms: &Query<(&Agent, &Firm)>) -> Vec<Account> {
    let mut accounts: Vec<(FirmIx, Account)> = firms.iter().map(|(agent, firm)| (firm.index, agent.account)).collect();
    accounts.sort_unstable();
    accounts.into_iter().map(|(_, account)| account).collect()
}

/// A firm's plants may spend their own credit lines, as far as what the firm can still spend goes round.
fn fund(ledger: Res<Ledger>, firms: Query<(&Agent, &Firm)>, mut plants: Query<(&Owner, &mut Buyer), With<Plant>>) {
    let mut lines = vec![Money::ZERO; firms.iter().count()];
    for (owner, _) in &plants {
        if let Some(firm) = owner.firm {
            lines[firm] += owner.line;
        }
    }
    let mut shares = vec![1.0; lines.len()];
    for (agent, firm) in &firms {
        let (means, lines) = (firm.means(ledger.money(agent.account)), lines[firm.index]);
        shares[firm.index] = if lines > means { means.real() / lines.real() } else { 1.0 };
    }
    for (owner, mut buyer) in &mut plants {
        if let Some(firm) = owner.firm {
            buyer.credit = Some(Money::floor(owner.line.real() * shares[firm]));
        }
    }
}

/// Sites hand over what they have and are given what they lack; creditors do so for what they hold.
fn pool(
    mut ledger: ResMut<Ledger>,
    mut firms: Query<(&Agent, &mut Firm)>,
    mines: Query<(&Agent, &Owner), With<Mine>>,
    plants: Query<(&Agent, &Owner), With<Plant>>,
) {
    let accounts = accounts(&firms.as_readonly());
    let mut profits = vec![Money::ZERO; accounts.len()];
    for (site, owner) in mines.iter().chain(&plants) {
        let head = match owner.firm {
            Some(firm) => accounts[firm],
            None if owner.seized => OUTSIDE,
            None => continue,
        };
        let held = ledger.money(site.account);
        ledger.pay(site.account, head, held.or_zero());
        ledger.pay(head, site.account, (-held).or_zero());
        if let Some(firm) = owner.firm {
            profits[firm] += held;
        }
    }
    for (_, mut firm) in &mut firms {
        let profit = profits[firm.index];
        firm.profit += profit;
    }
}

/// What a site is worth to someone: mines at the mean of their net price, plants at today's margin.
struct Appraisal<'a> {
    ledger: &'a Ledger,
    markets: &'a Markets,
    terms: &'a Terms,
}

impl Appraisal<'_> {
    fn mine(&self, agent: &Agent, mine: &Mine, rule: &FirmRule) -> f64 {
        let ground = self.ledger.mass(agent.account, Slot::Ground);
        let margin = mine.net_price() - mine.cost(&self.terms.mines[mine.index]).real();
        mine_value(mine, margin, ground, rule.discount, rule.years)
    }

    fn plant(&self, agent: &Agent, plant: &Plant, buyer: &Buyer, seller: &Seller, rule: &FirmRule) -> f64 {
        let price = |market: usize| self.markets[market].price(agent.region).real();
        plant_value(plant, price(buyer.market), price(seller.market), rule.discount, rule.years)
    }
}

/// What a firm's sites are worth sets how much it may owe.
fn value(
    ledger: Res<Ledger>,
    markets: Res<Markets>,
    terms: Res<Terms>,
    mut firms: Query<&mut Firm>,
    mines: Query<(&Agent, &Owner, &Mine)>,
    plants: Query<(&Agent, &Owner, &Plant, &Buyer, &Seller)>,
) {
    let look = Appraisal { ledger: &ledger, markets: &markets, terms: &terms };
    for mut firm in &mut firms {
        let rule = firm.rule;
        let own = |owner: &Owner| owner.firm == Some(firm.index);
        let dug = mines.iter().filter(|(_, owner, _)| own(owner)).map(|(agent, _, mine)| look.mine(agent, mine, &rule));
        let made = plants.iter().filter(|(_, owner, ..)| own(owner));
        let made = made.map(|(agent, _, plant, buyer, seller)| look.plant(agent, plant, buyer, seller, &rule));
        // Summed in mills: which mines a query meets first is up to the platform.
        let assets: Money = dug.chain(made).map(Money::floor).sum();
        firm.assets = assets;
        firm.limit = firm.credit + Money::floor(rule.leverage * assets.real());
    }
}

/// Interest, payout, and default of who has been beyond its credit for too long: its sites shut and go to creditors.
fn close(
    clock: Res<Clock>,
    mut ledger: ResMut<Ledger>,
    mut firms: Query<(&Agent, &mut Firm)>,
    mut mines: Query<(&mut Owner, &mut Mine), Without<Plant>>,
    mut plants: Query<(&mut Owner, &mut Plant), Without<Mine>>,
) {
    for (agent, mut firm) in &mut firms {
        let account = agent.account;
        (firm.paid_out, firm.interest, firm.written_off) = Default::default();
        let debt = (-ledger.money(account)).or_zero();
        firm.interest = Money::floor(debt.real() * firm.rule.interest / WEEKS_PER_YEAR);
        ledger.pay(account, OUTSIDE, firm.interest);
        let interest = firm.interest;
        firm.profit += -interest;
        if (clock.week + 1).is_multiple_of(QUARTER) {
            let profit = firm.profit.or_zero().share_ppm(firm.rule.payout.0);
            firm.paid_out = profit.min(ledger.money(account).or_zero());
            ledger.pay(account, OUTSIDE, firm.paid_out);
            firm.profit = Money::ZERO;
        }
        firm.short_weeks = if ledger.money(account) < -firm.limit { firm.short_weeks + 1 } else { 0 };
        if firm.defaulted || firm.short_weeks < firm.rule.patience_weeks {
            continue;
        }
        firm.defaulted = true;
        firm.short_weeks = 0;
        firm.limit = Money::ZERO;
        firm.credit = Money::ZERO;
        firm.written_off = (-ledger.money(account)).or_zero();
        ledger.pay(OUTSIDE, account, firm.written_off);
        let own = |owner: &Owner| owner.firm == Some(firm.index);
        for (mut owner, mut mine) in mines.iter_mut().filter(|(owner, _)| own(owner)) {
            (owner.firm, owner.seized) = (None, true);
            if mine.status != Status::Closed {
                mine.status = Status::Seized;
            }
        }
        for (mut owner, mut plant) in plants.iter_mut().filter(|(owner, _)| own(owner)) {
            (owner.firm, owner.seized) = (None, true);
            plant.seize();
        }
    }
}

/// Creditors sell what they hold to the solvent firm that offers most for it, within its means.
fn sell(
    mut ledger: ResMut<Ledger>,
    markets: Res<Markets>,
    terms: Res<Terms>,
    firms: Query<(&Agent, &Firm)>,
    mut mines: Query<(&Agent, &mut Owner, &mut Mine), Without<Plant>>,
    mut plants: Query<(&Agent, &mut Owner, &mut Plant, &Buyer, &Seller), Without<Mine>>,
) {
    let best = |ledger: &Ledger, worth: &dyn Fn(&FirmRule) -> f64| {
        let solvent = firms.iter().filter(|(_, firm)| !firm.defaulted && firm.short_weeks == 0);
        let offers = solvent.map(|(agent, firm)| {
            let offer = Money::floor(worth(&firm.rule) * firm.rule.distressed);
            let pays = offer <= firm.means(ledger.money(agent.account));
            (if pays { offer } else { Money::ZERO }, agent.key, firm.index)
        });
        best_offer(offers)
    };
    let accounts = accounts(&firms);
    let of = |index: FirmIx| firms.iter().find(|(_, firm)| firm.index == index).expect("bug: a firm that is not there");
    // In order of key, since who pays for one has less for the next.
    let mut seized: Vec<_> = mines.iter_mut().filter(|(_, owner, _)| owner.seized).collect();
    seized.sort_by_key(|(agent, ..)| agent.key);
    for (agent, owner, mine) in &mut seized {
        let look = Appraisal { ledger: &ledger, markets: &markets, terms: &terms };
        if let Some((price, firm)) = best(&ledger, &|rule| look.mine(agent, mine, rule)) {
            let (buyer, state) = of(firm);
            ledger.pay(accounts[firm], OUTSIDE, price);
            **owner = Owner { nation: buyer.nation, firm: Some(firm), seized: false, ..**owner };
            mine.status = Status::CareAndMaintenance { reopens_in: Some(state.rule.restart_weeks) };
        }
    }
    let mut seized: Vec<_> = plants.iter_mut().filter(|(_, owner, ..)| owner.seized).collect();
    seized.sort_by_key(|(agent, ..)| agent.key);
    for (agent, owner, plant, buys, sells) in &mut seized {
        let look = Appraisal { ledger: &ledger, markets: &markets, terms: &terms };
        if let Some((price, firm)) = best(&ledger, &|rule| look.plant(agent, plant, buys, sells, rule)) {
            ledger.pay(accounts[firm], OUTSIDE, price);
            **owner = Owner { nation: of(firm).0.nation, firm: Some(firm), seized: false, ..**owner };
            plant.release();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_offer_wins_and_of_equal_ones_the_lower_key() {
        let offers = [(Money(5), 9, 0), (Money(7), 8, 1), (Money(7), 3, 2), (Money(0), 1, 3)];
        assert_eq!(best_offer(offers.into_iter()), Some((Money(7), 2)));
        assert_eq!(best_offer([(Money(0), 1, 3)].into_iter()), None);
    }
}
