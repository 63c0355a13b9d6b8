//! Projects: mines and plants that may be built when prices promise enough, years later.
//!
//! A project goes through discovery, feasibility, permitting, the decision, construction and ramp-up before it runs like
//! any other mine or plant. Its owner decides on a price deck that mixes long-run cost, the mean of two years and the
//! outlook, and sees only a share of what others are building: that is where investment cycles come from.

use bevy_ecs::prelude::*;

use crate::agent::{Agent, Directory};
use crate::buyer::Buyer;
use crate::digest::{Digest, Digestible};
use crate::ledger::{Ledger, OUTSIDE, Slot};
use crate::market::Markets;
use crate::math;
use crate::mine::Mine;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::outlook::Outlook;
use crate::plant::Plant;
use crate::setup::{self, Finance, InvestmentRule, MarketIx, NationIx, Progress, Setup};
use crate::step::{Clock, Phase};
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::Terms;
use crate::units::{Mass, Money, Ppm, Price, WEEKS_PER_YEAR};

mod prices;
mod progress;
mod sight;
pub mod value;

pub(crate) use prices::PriceHistory;
pub use progress::STAGES;
use sight::Sight;
use value::{Prospect, Supply};

const DISCOVERY: Purpose = Purpose::new("project.discovery");
const DECISION: Purpose = Purpose::new("project.decision");

/// What a project becomes: a place in [`Setup::mines`] or [`Setup::plants`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// A mine.
    Mine(usize),
    /// A plant.
    Plant(usize),
}

/// A project. The mine or plant that it becomes is there from the start, with nothing of it built.
#[derive(Component, Debug, Clone)]
pub struct Project {
    /// Its place among the projects of a world: mines first, then plants.
    pub index: usize,
    /// What it becomes.
    pub site: Site,
    /// The mine or plant.
    pub agent: Agent,
    /// Nation whose firm owns it.
    pub owner: NationIx,
    /// Market that it will sell to.
    pub product: MarketIx,
    /// Product a year at normal use, in quanta.
    pub yearly: f64,
    /// How it is decided on and built.
    pub rule: InvestmentRule,
    /// How far it has come.
    pub progress: Progress,
    /// Capital still to be paid.
    pub unpaid: Money,
    /// Capital paid.
    pub invested: Money,
    /// Capital paid this week.
    pub spent: Money,
    /// Value over the capital that the owner had still to pay at the last look, and the multiple that was asked; 0 before the first.
    pub look: (f64, f64),
    /// What was agreed with states when it was decided on.
    pub contract: Contract,
    /// What it still owes the policy bank.
    pub loan: Money,
    /// What the policy bank gave up of it this week.
    pub written_off: Money,
    /// Weeks of repayment left.
    pub tenor_weeks: u32,
    reserve: Mass,
}

/// What an owner agrees on with states when he decides.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Contract {
    /// Share of the capital that the host's treasury pays.
    pub capital_support: Ppm,
    /// Loan and insurance of the owner's nation.
    pub finance: Option<Finance>,
    /// Whether the insurance was taken.
    pub insured: bool,
}

impl Digestible for Project {
    fn digest(&self, digest: &mut Digest) {
        let (stage, weeks) = self.progress.place();
        digest.add(&(stage as u32, weeks));
        digest.add(&(self.unpaid, self.invested));
        digest.add(&(self.loan, self.tenor_weeks));
        digest.add(&(self.contract.capital_support, self.contract.insured));
        if let Some(finance) = self.contract.finance {
            digest.add(&((finance.share, finance.rate), (finance.cover, finance.premium)));
            digest.add(&finance.tenor_weeks);
        }
    }
}

impl crate::setup::Project {
    /// Share of the capacity that is there at the start.
    #[must_use]
    pub fn built(&self) -> f64 {
        self.progress.built(&self.rule)
    }

    /// Capital that is still to be paid at the start: construction is paid week by week.
    fn unpaid(&self, capital: Money) -> Money {
        match self.progress {
            Progress::RampUp { .. } | Progress::Operating => Money::ZERO,
            Progress::Construction { weeks } | Progress::Mothballed { weeks } => {
                let left = f64::from(weeks) / f64::from(self.rule.construction_weeks.max(1));
                Money::nearest(capital.real() * left.min(1.0))
            }
            _ => capital,
        }
    }
}

impl Project {
    /// The project of a mine or plant that was spawned before.
    fn new(index: usize, agent: Agent, becomes: Becomes, project: &setup::Project) -> Self {
        let capital = project.capital_cost.value(becomes.capacity);
        let unpaid = project.unpaid(capital);
        Self {
            index,
            site: becomes.site,
            agent,
            owner: becomes.owner,
            product: becomes.product,
            yearly: becomes.capacity.real() * becomes.normal_use,
            rule: project.rule,
            progress: project.progress,
            unpaid,
            invested: capital - unpaid,
            spent: Money::ZERO,
            look: (0.0, 0.0),
            contract: Contract::default(),
            loan: Money::ZERO,
            written_off: Money::ZERO,
            tenor_weeks: 0,
            reserve: becomes.reserve,
        }
    }

    /// Pays capital: the host's treasury its part, the policy bank its loan, the owner the rest, which is returned.
    fn pay(&mut self, due: Money, treasuries: &mut Treasuries, ledger: &mut Ledger) -> Money {
        let account = self.agent.account;
        let support = due.share_ppm(self.contract.capital_support.0);
        treasuries.spend(self.agent.nation, account, support, ledger);
        let mut lent = Money::ZERO;
        if let Some(bank) = self.contract.finance {
            lent = Money::floor((due - support).real() * bank.share);
            treasuries.spend(bank.nation, account, lent, ledger);
            self.loan += lent;
        }
        ledger.pay(account, OUTSIDE, due);
        self.unpaid -= due;
        self.invested += due;
        self.spent = due;
        due - support - lent
    }

    /// Pays interest and premium, and after the opening a part of the loan; all of it is returned.
    fn serve(&mut self, treasuries: &mut Treasuries, ledger: &mut Ledger) -> Money {
        let Some(finance) = self.contract.finance else { return Money::ZERO };
        let a_week = |yearly: f64| Money::nearest(yearly / WEEKS_PER_YEAR);
        let mut due = a_week(self.loan.real() * finance.rate);
        if self.insured() {
            due += a_week(self.invested.real() * finance.cover * finance.premium);
        }
        if matches!(self.progress, Progress::RampUp { .. } | Progress::Operating) && self.tenor_weeks > 0 {
            let repaid = Money(self.loan.0 / i64::from(self.tenor_weeks));
            self.loan -= repaid;
            self.tenor_weeks -= 1;
            due += repaid;
        }
        treasuries.collect(finance.nation, self.agent.account, due, ledger);
        due
    }

    /// A mine that a state has taken whole pays neither loan nor premium any more: the bank bears what is left.
    const fn write_off(&mut self) {
        self.written_off = self.loan;
        (self.loan, self.tenor_weeks) = (Money::ZERO, 0);
        (self.contract.finance, self.contract.insured) = (None, false);
    }

    /// Whether the insurer answers for what has been paid.
    #[must_use]
    pub const fn insured(&self) -> bool {
        self.contract.insured
    }

    /// Whether its owner looks at it this week: each on a week of its own, so that not all decide at once.
    fn is_due(&self, week: u32) -> bool {
        let review = u64::from(self.rule.review_weeks);
        let stage = self.progress;
        let open = matches!(stage, Progress::Decision | Progress::Construction { .. } | Progress::Mothballed { .. });
        open && (u64::from(week) + self.agent.key % review).is_multiple_of(review)
    }
}

/// What the project of a mine or plant needs to know of it.
struct Becomes {
    site: Site,
    owner: NationIx,
    product: MarketIx,
    capacity: Mass,
    /// Share of capacity that is used normally.
    normal_use: f64,
    reserve: Mass,
}

impl Becomes {
    fn mine(at: usize, mine: &setup::Mine) -> Self {
        Self {
            site: Site::Mine(at),
            owner: mine.owner,
            product: mine.market,
            capacity: mine.capacity_per_year,
            normal_use: 1.0,
            reserve: mine.ore_reserve,
        }
    }

    fn plant(at: usize, plant: &setup::Plant) -> Self {
        Self {
            site: Site::Plant(at),
            owner: plant.owner,
            product: plant.product,
            capacity: plant.capacity_per_year,
            normal_use: plant.rule.normal_utilization,
            reserve: Mass::ZERO,
        }
    }
}

/// Adds the projects of a world, whose mines and plants have been spawned.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    let (mut mines, mut plants) = (Vec::new(), Vec::new());
    model.each::<(&Agent, &Mine)>(|(agent, _)| mines.push(*agent));
    model.each::<(&Agent, &Plant)>(|(agent, _)| plants.push(*agent));
    let of_mines = setup.mines.iter().zip(mines).enumerate();
    let of_mines =
        of_mines.filter_map(|(at, (mine, agent))| Some((agent, Becomes::mine(at, mine), mine.project?, None)));
    let of_plants = setup.plants.iter().zip(plants).enumerate();
    let of_plants = of_plants
        .filter_map(|(at, (plant, agent))| Some((agent, Becomes::plant(at, plant), plant.project?, Some(plant.feed))));
    let mut history = PriceHistory::default();
    for (index, (agent, becomes, project, feed)) in of_mines.chain(of_plants).enumerate() {
        for market in std::iter::once(becomes.product).chain(feed) {
            history.follow(market, agent.region);
        }
        for user in setup.sectors.iter().filter(|sector| sector.market == becomes.product) {
            history.follow(becomes.product, setup.nations[user.nation].region);
        }
        model.spawn_decree(Project::new(index, agent, becomes, &project));
    }
    model.world.insert_resource(history);
    model.digests::<Project>();
    model.add(Phase::Produce, advance);
    model.add(Phase::Observe, prices::remember);
    model.add(Phase::Decide, review);
}

/// A week passes: deposits are found, papers come through, capital is paid, capacity opens, loans are served.
fn advance(
    clock: Res<Clock>,
    streams: Res<Streams>,
    markets: Res<Markets>,
    terms: Res<Terms>,
    directory: Res<Directory>,
    mut treasuries: ResMut<Treasuries>,
    mut ledger: ResMut<Ledger>,
    mut projects: Query<&mut Project>,
    mut mines: Query<&mut Mine>,
    mut plants: Query<(&mut Plant, &mut Buyer)>,
) {
    for mut project in &mut projects {
        let (agent, rule, before) = (project.agent, project.rule, project.progress);
        (project.spent, project.written_off) = (Money::ZERO, Money::ZERO);
        if let Site::Mine(mine) = project.site
            && terms.mines[mine].state_share == Ppm::ONE
        {
            project.write_off();
        }
        let mut paid = project.serve(&mut treasuries, &mut ledger);
        if let Progress::Construction { weeks } = before {
            let due = Money(project.unpaid.0 / i64::from(weeks.max(1)));
            paid += project.pay(due, &mut treasuries, &mut ledger);
        }
        project.progress = if before == Progress::Discovery {
            let market = &markets[project.product];
            let price = market.price(agent.region).real() / market.long_run_price.real();
            let programs = terms.exploration(agent.nation, market.mineral);
            let found = streams
                .at(DISCOVERY, agent.key, clock.week)
                .bernoulli(value::discoveries(price, programs, &rule) / WEEKS_PER_YEAR);
            if found { Progress::Feasibility { weeks: rule.feasibility_weeks } } else { before }
        } else {
            before.a_week_on(&rule)
        };
        if project.progress.proven() && !before.proven() {
            ledger.transfer((agent.account, Slot::Resource), (agent.account, Slot::Ground), project.reserve);
        }
        let built = project.progress.built(&rule);
        let entity = directory.entity(agent.account);
        match project.site {
            Site::Mine(_) => mines.get_mut(entity).expect("bug: a project without its mine").built = built,
            Site::Plant(_) => {
                let (mut plant, mut buyer) = plants.get_mut(entity).expect("bug: a project without its plant");
                plant.built = built;
                // The owner brings the capital: his line for feed stays what it is.
                buyer.credit = buyer.credit.map(|credit| credit + paid);
            }
        }
    }
}

/// Owners look at their projects one after the other, and build, stop or go on: each knows what those before him have
/// decided this week.
fn review(
    clock: Res<Clock>,
    streams: Res<Streams>,
    outlook: Res<Outlook>,
    terms: Res<Terms>,
    directory: Res<Directory>,
    sight: Sight,
    mut projects: Query<&mut Project>,
    mut supplies: Local<Vec<Supply>>,
) {
    if projects.is_empty() {
        return;
    }
    sight.capacity(projects.iter(), &mut supplies);
    for mut project in projects.iter_mut().filter(|project| project.is_due(clock.week)) {
        let (agent, rule, before) = (project.agent, project.rule, project.progress);
        let weeks = match before {
            Progress::Construction { weeks } | Progress::Mothballed { weeks } => weeks,
            _ => rule.construction_weeks,
        };
        let weeks_ahead = f64::from(weeks) + f64::from(rule.ramp_up_weeks) / 2.0;
        let wait = weeks_ahead / WEEKS_PER_YEAR;
        let mut supply = supplies[project.product];
        supply.need = sight.need(project.product, weeks_ahead);
        if !before.committed() {
            supply.coming += project.yearly;
        }
        let balance = value::balance(supply, wait, &rule);
        let mean = |market: MarketIx| sight.mean(market, agent.region);
        let deck = |market: MarketIx| {
            let long_run = outlook.long_run(market, agent.region);
            rule.deck.price(long_run, mean(market), outlook.expected_in(market, agent.region, WEEKS_PER_YEAR))
        };
        let entity = directory.entity(agent.account);
        let (margin, yearly, life, support, guarantee, price) = match project.site {
            Site::Mine(_) => {
                let (mine, seller) = sight.mines.get(entity).expect("bug: a project without its mine");
                let terms_of = &terms.mines[mine.index];
                let market = seller.market;
                let price = value::expected(deck(market), mean(market), balance, rule.supply_line);
                let (rate, amount) = terms.royalty(agent.nation, sight.markets[market].mineral, Price::nearest(price));
                let net = price * (1.0 - rate.share()) - amount.real() - mine.cost(terms_of).real();
                let kept = 1.0 - terms_of.state_share.share();
                let yearly = project.yearly * terms_of.efficiency;
                let life = project.reserve.real() * mine.recovers(terms_of).share() / project.yearly;
                (net * kept, yearly, life, Ppm(0), terms_of.guarantee, price)
            }
            Site::Plant(_) => {
                let (plant, buyer, seller) = sight.plants.get(entity).expect("bug: a project without its plant");
                let terms = &terms.plants[plant.index];
                let cost = plant.cost(terms).real();
                let margin = deck(seller.market) - deck(buyer.market) / plant.recovery.share() - cost;
                // More plants take from the margin rather than from the price, part of which goes to those who sell feed.
                let left = math::powf(balance, rule.supply_line);
                let price = deck(seller.market);
                (margin * left, project.yearly, f64::INFINITY, terms.capital_support, terms.guarantee, price)
            }
        };
        let (support, finance) = match before {
            Progress::Decision => (support, terms.finance[project.owner]),
            _ => (project.contract.capital_support, project.contract.finance),
        };
        let (rate, insured) = value::financed(rule.discount, terms.hazards[agent.nation], finance.as_ref());
        let life = life.min(rule.horizon_years);
        let mut value = Prospect { margin, yearly, life, wait, rate }.value();
        if let Some(promise) = guarantee {
            let left = promise.until.map_or(life, |until| f64::from(until) / WEEKS_PER_YEAR - clock.years_run() - wait);
            let (margin, life) = (promise.expected(price), left.clamp(0.0, life));
            value += Prospect { margin, yearly, life, wait, rate }.value();
        }
        let capital = project.unpaid.real() * (1.0 - support.share());
        let (worth, asked) = (value / capital.max(1.0), rule.hurdle.multiple(rule.discount));
        project.look = (worth, asked);
        let builds = || match rule.sharpness {
            None => worth >= asked,
            Some(sharpness) => {
                streams.at(DECISION, agent.key, clock.week).bernoulli(value::odds(worth / asked, sharpness))
            }
        };
        match before {
            Progress::Decision if builds() => {
                project.progress = Progress::Construction { weeks };
                project.contract = Contract { capital_support: support, finance, insured };
                project.tenor_weeks = finance.map_or(0, |finance| finance.tenor_weeks);
            }
            Progress::Construction { .. } if worth < rule.mothball_below => {
                project.progress = Progress::Mothballed { weeks };
            }
            Progress::Mothballed { .. } if builds() => project.progress = Progress::Construction { weeks },
            _ => {}
        }
        match (before.committed(), project.progress.committed()) {
            (false, true) => supplies[project.product].coming += project.yearly,
            (true, false) => supplies[project.product].coming -= project.yearly,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::value::tests::RULE;
    use super::*;

    /// Weeks that a project spends in each stage, from feasibility to the decision and from there to full output.
    fn weeks_in(mut progress: Progress) -> Vec<(&'static str, u32)> {
        let mut stages: Vec<(&'static str, u32)> = Vec::new();
        for _ in 0..1_000 {
            let (stage, _) = progress.place();
            match stages.last_mut() {
                Some((name, weeks)) if *name == STAGES[stage] => *weeks += 1,
                _ => stages.push((STAGES[stage], 1)),
            }
            let next = progress.a_week_on(&RULE);
            if next == progress {
                break;
            }
            progress = next;
        }
        stages
    }

    #[test]
    fn every_stage_takes_its_time_and_the_decision_waits_for_the_owner() {
        let weeks = Progress::Feasibility { weeks: RULE.feasibility_weeks };
        assert_eq!(weeks_in(weeks), [("feasibility", 52), ("permitting", 52), ("decision", 1)]);
        let weeks = Progress::Construction { weeks: RULE.construction_weeks };
        assert_eq!(weeks_in(weeks), [("construction", 104), ("ramp-up", 51), ("operating", 1)]);
    }

    #[test]
    fn capacity_opens_little_by_little() {
        let built = |weeks| Progress::RampUp { weeks }.built(&RULE);
        assert!((built(51) - 1.0 / 52.0).abs() < 1e-12 && (built(26) - 0.5).abs() < 1e-12);
        assert!(
            Progress::Construction { weeks: 1 }.built(&RULE).abs() < 1e-12 && Progress::Operating.built(&RULE) > 0.999
        );
    }
}
