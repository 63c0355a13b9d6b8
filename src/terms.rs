//! The terms that agents meet: what may be exported, duties, royalties, who gets what. Policies write them each week;
//! agents read them and never look a policy up.

pub mod demand;
pub mod futures;
pub mod lanes;

use bevy_ecs::prelude::*;

use lanes::{LaneTerms, Leak, Partners};

use crate::calendar::Week;
use crate::policy::contract_for_difference::Guarantee;
use crate::policy::export_quota::QuotaHolder;
use crate::policy::royalty::RoyaltyTerms;
use crate::setup::{Finance, InCurrency, MarketIx, MineralIx, NationIx, OfftakeRule, OnFutures, RegionIx, Setup};
use crate::units::{Mass, PPM, Ppm, Price};

/// This week's terms.
#[derive(Resource, Debug, Clone)]
pub struct Terms {
    markets: Vec<MarketTerms>,
    royalties: Vec<Vec<RoyaltyTerms>>,
    minerals: usize,
    /// Programs under which contracts are made this quarter, each with its first week.
    pub programs: Vec<(Week, OfftakeRule)>,
    /// What is decreed of the benchmarks of contracts made this week.
    pub benchmarks: Vec<Governed<OnFutures>>,
    /// What is decreed of the currencies of contracts made this week.
    pub settlements: Vec<Governed<InCurrency>>,
    /// Rights to part of a mine's output.
    pub rights: Vec<Right>,
    /// How sellers deal what they put under contract over blocs of buyers.
    pub partners: Vec<Partners>,
    /// What a tonne under contract is worth more to partners in two nations, row by row (`seller · nations + buyer`).
    preferences: Vec<Price>,
    /// Terms of each mine, by its place in [`Setup::mines`].
    pub mines: Vec<MineTerms>,
    /// Terms of each plant, by its place in [`Setup::plants`].
    pub plants: Vec<PlantTerms>,
    /// Chance per year, as investors see it, that a project in a nation is lost to its owner.
    pub hazards: Vec<f64>,
    /// Unrest in each nation against what it would be without security from outside.
    pub unrest: Vec<f64>,
    base_hazards: Vec<f64>,
    /// What each nation's policy bank and insurer offer to projects of its firms.
    pub finance: Vec<Option<Finance>>,
    exploration: Vec<f64>,
}

/// Terms of trade in one market.
#[derive(Debug, Clone)]
pub struct MarketTerms {
    regions: usize,
    exports: Vec<ExportTerms>,
    tariff: Vec<Ppm>,
    tariff_ahead: Vec<LevyAhead>,
    lanes: Vec<LaneTerms>,
    /// Ways past customs that are open this week.
    pub leaks: Vec<Leak>,
}

/// What is known of a levy in the weeks ahead: a rate per week; empty when there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LevyAhead(Vec<Ppm>);

impl LevyAhead {
    /// Adds a rate in a week of the horizon; levies that bind together add up.
    pub fn add(&mut self, horizon: usize, ahead: usize, rate: Ppm) {
        self.0.resize(horizon, Ppm(0));
        self.0[ahead].0 += rate.0;
    }

    /// The highest rate of any week.
    #[must_use]
    pub fn highest(&self) -> Ppm {
        self.0.iter().copied().max().unwrap_or_default()
    }
}

/// Terms for what leaves a region.
#[derive(Debug, Clone)]
pub struct ExportTerms {
    /// Most that may leave this week; `None` without limit.
    pub ceiling: Option<Mass>,
    /// What has left this week under contracts.
    pub contracted: Mass,
    /// Share of quota rent that goes to the treasury before producers get theirs.
    pub strategic: Ppm,
    /// Who gets the rest of the rent.
    pub holder: QuotaHolder,
    /// Share of last week's price at home that is levied.
    pub duty: Ppm,
    /// The duty known for this week and the weeks ahead.
    pub duty_ahead: LevyAhead,
    /// What is known of the ceilings of this week and the weeks ahead; empty when nothing limits them.
    pub ceilings_ahead: Vec<Option<Mass>>,
}

impl Default for ExportTerms {
    fn default() -> Self {
        Self {
            ceiling: None,
            contracted: Mass::ZERO,
            strategic: Ppm(0),
            holder: QuotaHolder::Treasury,
            duty: Ppm(0),
            duty_ahead: LevyAhead::default(),
            ceilings_ahead: Vec::new(),
        }
    }
}

impl ExportTerms {
    /// Lowers this week's ceiling; of several the tightest holds. True when this one does.
    pub fn cap(&mut self, ceiling: Mass) -> bool {
        let tighter = self.ceiling.is_none_or(|held| ceiling < held);
        if tighter {
            self.ceiling = Some(ceiling);
        }
        tighter
    }

    /// What of the ceiling is left after the week's contracts; `None` without limit.
    #[must_use]
    pub fn left(&self) -> Option<Mass> {
        self.ceiling.map(|ceiling| (ceiling - self.contracted).or_zero())
    }

    /// Lowers the ceiling known for a week of the horizon.
    pub fn cap_ahead(&mut self, horizon: usize, ahead: usize, ceiling: Mass) {
        self.ceilings_ahead.resize(horizon, None);
        let slot = &mut self.ceilings_ahead[ahead];
        *slot = Some(slot.map_or(ceiling, |held| held.min(ceiling)));
    }
}

/// A share of contracts as a nation decrees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Governed<T> {
    /// Who decrees.
    pub nation: NationIx,
    /// Whether it governs what its firms sell, besides what they buy.
    pub sales: bool,
    /// What is decreed.
    pub share: T,
}

impl<T> Governed<T> {
    /// Whether it governs contracts between firms in two nations.
    #[must_use]
    pub const fn governs(&self, seller: NationIx, buyer: NationIx) -> bool {
        buyer == self.nation || self.sales && seller == self.nation
    }
}

/// A nation's right to part of a mine's output, for its plants and sectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Right {
    /// What records call it.
    pub name: String,
    /// Place of the mine in [`Setup::mines`].
    pub mine: usize,
    /// Nation.
    pub nation: NationIx,
    /// Share of the week's output.
    pub share: f64,
    /// Share of the mean spot price that is paid.
    pub payable: f64,
}

/// Terms of a mine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MineTerms {
    /// Output against what it would be under its first owner's management.
    pub efficiency: f64,
    /// Share of its margin that goes to the treasury.
    pub state_share: Ppm,
    /// What certification adds to its cost.
    pub certification: Price,
    /// Recovery against what it would be without better methods.
    pub recovery: f64,
    /// Unit cost against what it would be without better methods.
    pub cost: f64,
    /// Price that a treasury makes up to, if any.
    pub guarantee: Option<Guarantee>,
}

impl Default for MineTerms {
    fn default() -> Self {
        let (efficiency, recovery, cost) = (1.0, 1.0, 1.0);
        Self { efficiency, state_share: Ppm(0), certification: Price::ZERO, recovery, cost, guarantee: None }
    }
}

/// Terms of a plant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlantTerms {
    /// Share of its capacity that can be used.
    pub usable: f64,
    /// Share of the capital of a plant decided on now that the treasury pays.
    pub capital_support: Ppm,
    /// What the treasury pays on its product.
    pub product_support: Price,
    /// Price that a treasury makes up to, if any.
    pub guarantee: Option<Guarantee>,
    /// What it costs more to make, while technology is kept from it.
    pub technology_cost: Price,
}

impl Default for PlantTerms {
    fn default() -> Self {
        Self {
            usable: 1.0,
            capital_support: Ppm(0),
            product_support: Price::ZERO,
            guarantee: None,
            technology_cost: Price::ZERO,
        }
    }
}

impl Terms {
    /// Free trade.
    pub(crate) fn new(setup: &Setup) -> Self {
        let regions = setup.regions.len();
        let market = MarketTerms {
            regions,
            exports: vec![ExportTerms::default(); regions],
            tariff: vec![Ppm(0); regions * regions],
            tariff_ahead: vec![LevyAhead::default(); regions * regions],
            lanes: vec![LaneTerms::default(); regions * regions],
            leaks: Vec::new(),
        };
        Self {
            markets: vec![market; setup.markets.len()],
            royalties: vec![Vec::new(); setup.nations.len() * setup.minerals.len()],
            minerals: setup.minerals.len(),
            programs: Vec::new(),
            benchmarks: Vec::new(),
            settlements: Vec::new(),
            rights: Vec::new(),
            partners: Vec::new(),
            preferences: vec![Price::ZERO; setup.nations.len() * setup.nations.len()],
            mines: vec![MineTerms::default(); setup.mines.len()],
            plants: vec![PlantTerms::default(); setup.plants.len()],
            hazards: setup.nations.iter().map(|nation| nation.hazard).collect(),
            unrest: vec![1.0; setup.nations.len()],
            base_hazards: setup.nations.iter().map(|nation| nation.hazard).collect(),
            finance: vec![None; setup.nations.len()],
            exploration: vec![1.0; setup.nations.len() * setup.minerals.len()],
        }
    }

    /// Terms of trade in a market.
    #[must_use]
    pub fn market(&self, market: MarketIx) -> &MarketTerms {
        &self.markets[market]
    }

    /// Terms of trade in a market, to be written by a policy.
    pub fn market_mut(&mut self, market: MarketIx) -> &mut MarketTerms {
        &mut self.markets[market]
    }

    /// Adds a royalty.
    pub fn levy(&mut self, nation: NationIx, mineral: MineralIx, royalty: RoyaltyTerms) {
        self.royalties[nation * self.minerals + mineral].push(royalty);
    }

    /// Share of value and amount per 1,000 quanta that a nation's mines of a mineral pay at a price.
    #[must_use]
    pub fn royalty(&self, nation: NationIx, mineral: MineralIx, price: Price) -> (Ppm, Price) {
        let sum = |(rate, amount): (Ppm, Price), royalty: &RoyaltyTerms| {
            let (more, further) = royalty.at(price);
            (Ppm((rate.0 + more.0).min(PPM)), amount + further)
        };
        self.royalties[nation * self.minerals + mineral].iter().fold((Ppm(0), Price::ZERO), sum)
    }

    /// What a tonne under contract is worth more to either side when a seller of one nation and a buyer of another make it.
    #[must_use]
    pub fn preference(&self, seller: NationIx, buyer: NationIx) -> Price {
        self.preferences[seller * self.hazards.len() + buyer]
    }

    /// Adds to what nations prefer each other by, both ways.
    pub fn prefer(&mut self, members: &[NationIx], premium: Price) {
        let nations = self.hazards.len();
        for (&one, &other) in members.iter().flat_map(|one| members.iter().map(move |other| (one, other))) {
            self.preferences[one * nations + other] += premium;
        }
    }

    /// Odds of a discovery in a nation, and what drilling adds there, against what they would be without programs.
    #[must_use]
    pub fn exploration(&self, nation: NationIx, mineral: MineralIx) -> f64 {
        self.exploration[nation * self.minerals + mineral]
    }

    /// What programs make of exploration, to be written by a policy.
    pub fn exploration_mut(&mut self, nation: NationIx, mineral: MineralIx) -> &mut f64 {
        &mut self.exploration[nation * self.minerals + mineral]
    }

    fn clear(&mut self) {
        for market in &mut self.markets {
            for exports in &mut market.exports {
                let mut ahead = std::mem::take(&mut exports.ceilings_ahead);
                ahead.clear();
                *exports = ExportTerms { ceilings_ahead: ahead, ..ExportTerms::default() };
            }
            market.tariff.fill(Ppm(0));
            market.tariff_ahead.iter_mut().for_each(|levy| levy.0.clear());
            market.lanes.fill(LaneTerms::default());
            market.leaks.clear();
        }
        self.royalties.iter_mut().for_each(Vec::clear);
        self.programs.clear();
        self.benchmarks.clear();
        self.settlements.clear();
        self.rights.clear();
        self.partners.clear();
        self.preferences.fill(Price::ZERO);
        self.mines.fill(MineTerms::default());
        self.plants.fill(PlantTerms::default());
        self.hazards.clone_from(&self.base_hazards);
        self.unrest.fill(1.0);
        self.finance.fill(None);
        self.exploration.fill(1.0);
    }
}

impl MarketTerms {
    /// Number of regions.
    #[must_use]
    pub const fn regions(&self) -> usize {
        self.regions
    }

    /// Terms for what leaves a region.
    #[must_use]
    pub fn exports(&self, from: RegionIx) -> &ExportTerms {
        &self.exports[from]
    }

    /// Terms for what leaves a region, to be written by a policy.
    pub fn exports_mut(&mut self, from: RegionIx) -> &mut ExportTerms {
        &mut self.exports[from]
    }

    /// Share of last week's price that an importing region levies on goods from another.
    #[must_use]
    pub fn tariff(&self, from: RegionIx, to: RegionIx) -> Ppm {
        self.tariff[from * self.regions + to]
    }

    /// The tariff known for this week and the weeks ahead.
    #[must_use]
    pub fn tariff_ahead(&self, from: RegionIx, to: RegionIx) -> &LevyAhead {
        &self.tariff_ahead[from * self.regions + to]
    }

    /// One region with these export terms.
    #[cfg(test)]
    pub(crate) fn single(exports: ExportTerms) -> Self {
        Self {
            regions: 1,
            exports: vec![exports],
            tariff: vec![Ppm(0)],
            tariff_ahead: vec![LevyAhead::default()],
            lanes: vec![LaneTerms::default()],
            leaks: Vec::new(),
        }
    }

    /// Adds to the tariff in force.
    pub fn add_tariff(&mut self, from: RegionIx, to: RegionIx, rate: Ppm) {
        self.tariff[from * self.regions + to].0 += rate.0;
    }

    /// What is known of the tariff in the weeks ahead, to be written by a policy.
    pub fn tariff_ahead_mut(&mut self, from: RegionIx, to: RegionIx) -> &mut LevyAhead {
        &mut self.tariff_ahead[from * self.regions + to]
    }
}

/// What of the weeks ahead agents are told in each market: as far as the firms of its mineral look.
#[derive(Resource, Debug, Clone)]
pub struct Horizon(Vec<Week>);

impl Horizon {
    pub(crate) fn new(setup: &Setup) -> Self {
        let weeks = |market: MarketIx| setup.mineral_of(market).expectations.horizon_weeks;
        Self((0..setup.markets.len()).map(weeks).collect())
    }

    /// Weeks ahead, this one included, that agents in a market are told of.
    #[must_use]
    pub fn of(&self, market: MarketIx) -> Week {
        self.0[market]
    }
}

/// Free trade, before the week's policies write on it.
pub(crate) fn open_week(mut terms: ResMut<Terms>) {
    terms.clear();
}
