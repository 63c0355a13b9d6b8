//! By-products: they dig as their hosts do, and what they earn counts as a credit of the mine that digs the same ore.

use bevy_ecs::prelude::*;

use super::{Digging, LastResponse, Mine, net_price};
use crate::agent::Agent;
use crate::deposit::Deposit;
use crate::market::Markets;
use crate::model::Model;
use crate::plant::Plant;
use crate::seller::Seller;
use crate::setup::{HostLink, MarketIx, MineralIx, NationIx, Path, Setup};
use crate::step::Phase;
use crate::terms::Terms;
use crate::units::WEEKS_PER_YEAR;

/// What by-products follow.
#[derive(Resource, Debug, Clone)]
pub(super) struct Hosts {
    /// Output of metals outside the world over time.
    pub(super) plans: Vec<Path>,
    any_followed: bool,
    /// Share of capacity at which each mine dug, by its place in [`Setup::mines`].
    rates: Vec<f64>,
    of_mines: Vec<Group>,
    of_plants: Vec<Group>,
}

/// A nation's mines of a mineral, or its plants of a market, that by-products follow together.
#[derive(Debug, Clone, Copy)]
struct Group {
    nation: NationIx,
    /// Mineral or market.
    of: usize,
    /// A normal week's output at the start, in quanta.
    normal: f64,
    /// This week's output, in quanta.
    output: f64,
}

impl Group {
    fn open_week(&mut self) {
        self.output = 0.0;
    }

    fn find(groups: &mut [Self], nation: NationIx, of: usize) -> Option<&mut Self> {
        groups.iter_mut().find(|group| group.nation == nation && group.of == of)
    }

    /// Output of a group against normal.
    fn output(groups: &mut [Self], nation: NationIx, of: usize) -> f64 {
        let group = Self::find(groups, nation, of).expect("bug: a by-product without its hosts");
        group.output / group.normal
    }
}

impl Hosts {
    pub(super) fn new(setup: &Setup) -> Self {
        let (mut of_mines, mut of_plants) = (Vec::new(), Vec::new());
        for mine in &setup.mines {
            let nation = mine.nation;
            let (groups, of, normal) = match mine.host {
                Some(HostLink::Mines(mineral)) => (&mut of_mines, mineral, normal_of_mines(setup, nation, mineral)),
                Some(HostLink::Plants(market)) => (&mut of_plants, market, normal_of_plants(setup, nation, market)),
                _ => continue,
            };
            if Group::find(groups, nation, of).is_none() {
                groups.push(Group { nation, of, normal, output: 0.0 });
            }
        }
        let follows = |host: Option<HostLink>| !matches!(host, None | Some(HostLink::Plan(_)));
        Self {
            plans: setup.hosts.iter().map(|host| host.plan.clone()).collect(),
            any_followed: setup.mines.iter().any(|mine| follows(mine.host)),
            rates: vec![0.0; setup.mines.len()],
            of_mines,
            of_plants,
        }
    }
}

/// Weekly capacity of a nation's mines of a mineral that by-products follow, in quanta; projects come on top.
fn normal_of_mines(setup: &Setup, nation: NationIx, mineral: MineralIx) -> f64 {
    let hosts = |mine: &&crate::setup::Mine| {
        mine.nation == nation
            && setup.markets[mine.market].mineral == mineral
            && mine.project.is_none()
            && matches!(mine.host, None | Some(HostLink::Plan(_)))
    };
    setup.mines.iter().filter(hosts).map(|mine| mine.capacity_per_year.real()).sum::<f64>() / WEEKS_PER_YEAR
}

/// Weekly output of a nation's plants that make a market's metal at normal utilization, in quanta; projects come on top.
fn normal_of_plants(setup: &Setup, nation: NationIx, market: MarketIx) -> f64 {
    let there = setup.plants.iter().filter(|plant| plant.project.is_none());
    let hosts = there.filter(|plant| plant.nation == nation && plant.product == market);
    hosts.map(|plant| plant.capacity_per_year.real() * plant.rule.normal_utilization).sum::<f64>() / WEEKS_PER_YEAR
}

/// Adds what by-products do once their hosts have worked: comes after the plants.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Produce, follow);
}

/// Mines that are dug along with other mines or plants follow them.
fn follow(
    mut hosts: ResMut<Hosts>,
    mut digging: Digging,
    mut mines: Query<(&Agent, &mut Mine, &mut Seller, &mut Deposit)>,
    plants: Query<(&Agent, &Plant, &Seller), Without<Mine>>,
    last: Local<LastResponse>,
) {
    if !hosts.any_followed {
        return;
    }
    let Hosts { rates, of_mines, of_plants, .. } = &mut *hosts;
    of_mines.iter_mut().for_each(Group::open_week);
    of_plants.iter_mut().for_each(Group::open_week);
    for (agent, mine, seller, _) in &mines {
        rates[mine.index] = mine.rate;
        let mineral = digging.markets[seller.market].mineral;
        if !mine.follows()
            && let Some(group) = Group::find(of_mines, agent.nation, mineral)
        {
            group.output += mine.rate * mine.weekly_capacity;
        }
    }
    for (agent, plant, seller) in &plants {
        if let Some(group) = Group::find(of_plants, agent.nation, seller.market) {
            group.output += plant.fed.real() * plant.recovery.share();
        }
    }
    for digger in &mut mines {
        let nation = digger.0.nation;
        let host_output = match digger.1.host {
            Some(HostLink::Mine(host)) => rates[host],
            Some(HostLink::Mines(mineral)) => Group::output(of_mines, nation, mineral),
            Some(HostLink::Plants(market)) => Group::output(of_plants, nation, market),
            None | Some(HostLink::Plan(_)) => continue,
        };
        digging.dig(digger, host_output, &last);
    }
}

/// What a by-product earns beyond its cost at its mine's full output counts as credit of that mine.
pub(super) fn credit(
    markets: Res<Markets>,
    terms: Res<Terms>,
    mut hosts: ResMut<Hosts>,
    mut mines: Query<(&Agent, &mut Mine, &Seller)>,
) {
    if !hosts.any_followed {
        return;
    }
    let earned = &mut hosts.rates;
    earned.fill(0.0);
    for (agent, mine, seller) in &mines {
        if let Some(HostLink::Mine(host)) = mine.host {
            let market = &markets[seller.market];
            let price = market.price(agent.region);
            let net = net_price(price, terms.royalty(agent.nation, market.mineral, price));
            earned[host] += (net - mine.cost(&terms.mines[mine.index]).real()) * mine.weekly_capacity;
        }
    }
    for (_, mut mine, _) in &mut mines {
        mine.credit = earned[mine.index] / mine.weekly_capacity;
    }
}
