//! The model: a `bevy_ecs` world, one schedule, one step a week.
//!
//! Concepts join by their `plugin`: they open accounts, spawn agents and add systems to a phase. Within a phase systems
//! run in the order in which they were added, so the step is totally ordered and the same on every machine.
//!
//! A query meets agents of one kind in the order in which they were spawned. Whether it meets all plants before all
//! sectors or after them differs between platforms, so nothing may follow from it: orders in books are told apart by
//! key, integers add up in any order, and reals are summed within a kind.

use bevy_ecs::bundle::Bundle;
use bevy_ecs::prelude::*;
use bevy_ecs::query::{QueryState, ReadOnlyQueryData};
use bevy_ecs::schedule::{IntoScheduleConfigs, ScheduleLabel, SingleThreadedExecutor};
use bevy_ecs::system::ScheduleSystem;
use thiserror::Error;

use crate::agent::{self, Agent, Directory};
use crate::calendar::{Calendar, Week};
use crate::clearing::ClearingError;
use crate::decision;
use crate::digest::{Digest, Digestible};
use crate::foresight::Foresights;
use crate::futures::{self, Futures};
use crate::id::Id;
use crate::ledger::{Ledger, LedgerError};
use crate::market::{self, Books, Markets};
use crate::nation::{self, Treasuries};
use crate::outlook::{self, Outlook};
use crate::project::{self, PriceHistory};
use crate::setup::{MineralIx, NationIx, Setup};
use crate::step::{Clock, Phase};
use crate::streams::Streams;
use crate::terms::demand::DemandTerms;
use crate::terms::futures::FuturesTerms;
use crate::terms::{self, Horizon, Terms};
use crate::trade::{self, Exchange};
use crate::{
    buyer, criticality, currency, deposit, firm, harvest, merchant, mine, offtake, plant, policy, recycler, reserve,
    sector, seller, service, shipping, watch,
};

/// The label of the one schedule.
#[derive(ScheduleLabel, Debug, Clone, PartialEq, Eq, Hash)]
struct WeekSchedule;

/// A place in the total order of systems: the phase, and the how-manieth group of systems in it.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Turn(Phase, u32);

/// Why a week could not be completed. None of these can be caused by a checked file: each is a defect of the model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("week {week}: {cause}")]
pub struct StepError {
    /// Week that was being stepped.
    pub week: Week,
    /// What went wrong.
    pub cause: StepFault,
}

/// What went wrong in a step.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StepFault {
    /// The books do not close.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A market could not be cleared.
    #[error(transparent)]
    Clearing(#[from] ClearingError),
}

/// Folds one component of these entities into the hash.
type Digester = fn(&World, &[Entity], &mut Digest);

/// A world in motion.
pub struct Model {
    pub(crate) world: World,
    schedule: Schedule,
    turns: [u32; Phase::ALL.len()],
    spawned: Vec<Entity>,
    digesters: Vec<(Vec<Entity>, Digester)>,
    nation_regions: Vec<usize>,
    always_cold: bool,
}

impl Model {
    /// Builds the model of a world for one seed, before its first week.
    #[must_use]
    pub fn new(setup: &Setup, seed: u64) -> Self {
        let mut schedule = Schedule::new(WeekSchedule);
        schedule.set_executor(SingleThreadedExecutor::new());
        for pair in Phase::ALL.windows(2) {
            schedule.configure_sets(pair[1].after(pair[0]));
        }
        let mut model = Self {
            world: World::new(),
            schedule,
            turns: [0; Phase::ALL.len()],
            spawned: Vec::new(),
            digesters: Vec::new(),
            nation_regions: setup.nations.iter().map(|nation| nation.region).collect(),
            always_cold: false,
        };
        model.insert_resources(setup, seed);
        for phase in Phase::ALL {
            model.add(phase, move |mut ledger: ResMut<Ledger>| ledger.enter(phase));
        }
        model.add(Phase::Shock, (agent::open_week, market::open_week, nation::open_week).chain());
        model.add(Phase::Decree, (terms::open_week, terms::demand::open_week, terms::futures::open_week).chain());
        model.add(Phase::Produce, shipping::arrive);
        model.add(Phase::Order, market::open_books);
        model.add(Phase::Clear, (trade::clear, seller::share_rent, seller::remember).chain());
        model.add(Phase::Audit, shipping::audit);
        watch::plugin(&mut model, setup);
        policy::plugin(&mut model, setup);
        mine::plugin(&mut model, setup);
        plant::plugin(&mut model, setup);
        mine::by_product::plugin(&mut model);
        service::plugin(&mut model, setup);
        sector::plugin(&mut model, setup);
        recycler::plugin(&mut model, setup);
        merchant::plugin(&mut model, setup);
        reserve::plugin(&mut model, setup);
        firm::plugin(&mut model, setup);
        offtake::plugin(&mut model, setup);
        currency::plugin(&mut model, setup);
        harvest::plugin(&mut model);
        deposit::plugin(&mut model);
        project::plugin(&mut model, setup);
        futures::plugin(&mut model, setup);
        model.add(Phase::Shock, outlook::hear);
        model.add(Phase::Plan, outlook::look);
        model.add(Phase::Order, (buyer::order, seller::order).chain());
        model.add(Phase::Observe, market::remember);
        model.digests::<buyer::Buyer>();
        model.digests::<seller::Seller>();
        model.digests::<shipping::Pipeline>();
        model
    }

    fn insert_resources(&mut self, setup: &Setup, seed: u64) {
        let mut ledger = Ledger::new(setup.minerals.iter().map(|mineral| mineral.id.to_string()).collect());
        self.world.insert_resource(Markets::new(setup, &mut ledger));
        self.world.insert_resource(Treasuries::new(setup, &mut ledger));
        self.world.insert_resource(Exchange::new(setup, &mut ledger));
        self.world.insert_resource(ledger);
        self.world.insert_resource(Terms::new(setup));
        self.world.insert_resource(DemandTerms::new(setup));
        self.world.insert_resource(FuturesTerms::new(setup));
        self.world.insert_resource(Horizon::new(setup));
        self.world.insert_resource(Outlook::new(setup));
        self.world.insert_resource(Foresights::new(setup));
        self.world.insert_resource(Futures::default());
        self.world.insert_resource(Books::new(setup));
        self.world.insert_resource(Directory::default());
        self.world.insert_resource(Streams::new(seed));
        self.world.insert_resource(Clock { week: 0, calendar: setup.calendar });
    }

    /// Adds systems to a phase, after those added to it before.
    pub(crate) fn add<M>(&mut self, phase: Phase, systems: impl IntoScheduleConfigs<ScheduleSystem, M>) {
        let turns = &mut self.turns[phase as usize];
        let turn = Turn(phase, *turns);
        *turns += 1;
        self.schedule.configure_sets(turn.in_set(phase));
        if turn.1 > 0 {
            self.schedule.configure_sets(turn.after(Turn(phase, turn.1 - 1)));
        }
        self.schedule.add_systems(systems.in_set(turn));
    }

    /// Calls `ended` whenever all systems of a phase have run: to time or to log, which cannot change the world.
    pub fn watch(&mut self, ended: impl Fn(Phase) + Clone + Send + Sync + 'static) {
        for phase in Phase::ALL {
            let ended = ended.clone();
            self.add(phase, move || ended(phase));
        }
    }

    /// Opens an account for an agent and gives it its identity.
    pub(crate) fn agent(&mut self, kind: &str, id: &Id, nation: NationIx, mineral: MineralIx) -> Agent {
        let account = self.world.resource_mut::<Ledger>().open(format!("{kind} {id}"), mineral);
        Agent { account, key: id.key(kind), nation, region: self.nation_regions[nation] }
    }

    /// Spawns an agent.
    pub(crate) fn spawn(&mut self, agent: Agent, components: impl Bundle) -> Entity {
        let entity = self.spawn_decree((agent, components));
        self.world.resource_mut::<Directory>().enter(agent.account, entity);
        entity
    }

    /// Spawns what is no agent: a decree.
    pub(crate) fn spawn_decree(&mut self, components: impl Bundle) -> Entity {
        let entity = self.world.spawn(components).id();
        self.spawned.push(entity);
        entity
    }

    /// Whether anything spawned so far has a component.
    pub(crate) fn has<C: Component>(&self) -> bool {
        self.spawned.iter().any(|entity| self.world.get::<C>(*entity).is_some())
    }

    /// Makes a component part of the state hash, of all that was spawned so far, in that order.
    ///
    /// A query would not do: in which order it goes through agents of different kinds is up to the platform.
    pub(crate) fn digests<C: Component + Digestible>(&mut self) {
        let has = |entity: &Entity| self.world.get::<C>(*entity).is_some();
        let entities = self.spawned.iter().copied().filter(has).collect();
        let digester: Digester = |world, entities, digest| {
            let components = entities.iter().filter_map(|entity| world.get::<C>(*entity));
            components.for_each(|component| digest.add(component));
        };
        self.digesters.push((entities, digester));
    }

    /// Steps one week.
    ///
    /// # Errors
    /// When the books do not close or a market could not be cleared: a defect of the model, named with week, phase
    /// and account.
    pub fn step(&mut self) -> Result<(), StepError> {
        if self.always_cold {
            self.world.resource_mut::<Exchange>().forget();
        }
        self.schedule.run(&mut self.world);
        let week = self.week();
        self.close_week().map_err(|cause| StepError { week, cause })?;
        self.world.resource_mut::<Clock>().week += 1;
        Ok(())
    }

    fn close_week(&mut self) -> Result<(), StepFault> {
        if let Some(fault) = self.world.resource_mut::<Exchange>().take_fault() {
            return Err(fault.into());
        }
        self.world.resource_mut::<Ledger>().audit()?;
        Ok(())
    }

    /// Solves every market from scratch each week, for comparison with the warm start.
    pub const fn solve_cold(&mut self) {
        self.always_cold = true;
    }

    /// The week to be stepped next: as many weeks have been stepped.
    #[must_use]
    pub fn week(&self) -> Week {
        self.world.resource::<Clock>().week
    }

    /// Which day each week begins.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        self.world.resource::<Clock>().calendar
    }

    /// The world, to look at.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// Visits every agent that has these components; agents of one kind in the order in which they were spawned.
    pub fn each<D: ReadOnlyQueryData>(&self, visit: impl FnMut(D::Item<'_, '_>)) {
        each::<D>(&self.world, visit);
    }

    /// One number that two models share exactly when all that carries over to the next week is the same in both.
    #[must_use]
    pub fn state_hash(&self) -> u64 {
        let mut digest = Digest::default();
        digest.add(&self.week());
        digest.add(self.world.resource::<Ledger>());
        digest.add(self.world.resource::<Markets>());
        digest.add(self.world.resource::<Outlook>());
        if let Some(offtakes) = self.world.get_resource::<offtake::Offtakes>() {
            digest.add(offtakes);
        }
        if let Some(memory) = self.world.get_resource::<decision::Memory>() {
            digest.add(memory);
        }
        if let Some(currencies) = self.world.get_resource::<currency::Currencies>() {
            digest.add(currencies);
        }
        digest.add(self.world.resource::<Futures>());
        digest.add(self.world.resource::<PriceHistory>());
        digest.add(self.world.resource::<watch::Warnings>());
        if let Some(lists) = self.world.get_resource::<criticality::lists::Lists>() {
            digest.add(lists);
        }
        for (entities, digester) in &self.digesters {
            digester(&self.world, entities, &mut digest);
        }
        digest.finish()
    }
}

/// Agents of a model that have these components, for those who look at them every week: where they are is looked up once.
pub struct Agents<D: ReadOnlyQueryData>(Option<QueryState<D>>);

impl<D: ReadOnlyQueryData> Default for Agents<D> {
    fn default() -> Self {
        Self(None)
    }
}

impl<D: ReadOnlyQueryData> Agents<D> {
    /// Visits all of them; those of one kind in the order in which they were spawned.
    ///
    /// # Panics
    /// When it has looked at another model before.
    pub fn each(&mut self, model: &Model, visit: impl FnMut(D::Item<'_, '_>)) {
        if self.0.is_none() {
            self.0 = model.world.try_query();
        }
        if let Some(query) = &mut self.0 {
            query.iter(&model.world).for_each(visit);
        }
    }
}

/// Visits every agent of a world that has these components; agents of one kind in the order in which they were spawned.
pub fn each<D: ReadOnlyQueryData>(world: &World, mut visit: impl FnMut(D::Item<'_, '_>)) {
    if let Some(mut query) = world.try_query::<D>() {
        query.iter(world).for_each(&mut visit);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings};

    use super::*;
    use crate::world_file::overlay::Override;
    use crate::world_file::source::Sources;
    use crate::world_file::{check, scan};

    /// A policy of every kind, and what it needs.
    const POLICIES: &[&str] = &[
        "nations.southland.policies.ban=ExportBan(announced: Date(\"2024-04-01\"), in_force: Date(\"2024-05-01\"), \
         until: Date(\"2024-07-01\"), mineral: \"cobalt\", stages: [\"hydroxide\"])",
        "nations.southland.policies.duty=ExportDuty(announced: Date(\"2024-02-01\"), in_force: Date(\"2024-03-01\"), \
         mineral: \"cobalt\", stages: [\"hydroxide\"], rate: Share(0.1))",
        "nations.southland.policies.license=ExportLicense(announced: Date(\"2024-07-01\"), \
         in_force: Date(\"2024-08-01\"), until: Date(\"2024-12-01\"), mineral: \"cobalt\", stages: [\"hydroxide\"], \
         delay: (Weeks(2), Weeks(6)), capacity: TonnesPerYear(9_000))",
        "nations.southland.policies.quota=ExportQuota(announced: Date(\"2024-11-01\"), \
         in_force: Date(\"2024-12-01\"), until: Date(\"2025-12-01\"), mineral: \"cobalt\", stage: \"hydroxide\", \
         amount: Tonnes(6_000), carry_over: Weeks(4), strategic: Share(0.1), holder: Producers)",
        "nations.southland.policies.taking=Nationalization(announced: Date(\"2024-06-01\"), \
         in_force: Date(\"2024-09-01\"), mines: [\"red-hill\"], share: Share(0.5), compensation: Share(0.5), \
         efficiency_loss: Share(0.1))",
        "nations.northland.policies.tariff=ImportTariff(announced: Date(\"2024-06-01\"), \
         in_force: Date(\"2024-06-15\"), mineral: \"cobalt\", stages: [\"hydroxide\"], rate: Share(0.1))",
        "nations.northland.policies.bank=DevelopmentFinance(announced: Date(\"2024-02-01\"), \
         in_force: Date(\"2024-02-01\"), share: Share(0.5), rate: SharePerYear(0.03), cover: Share(0.8), \
         premium: SharePerYear(0.001))",
        "nations.southland.policies.park=LocalProcessingSupport(announced: Date(\"2024-02-01\"), \
         in_force: Date(\"2024-02-01\"), mineral: \"cobalt\", stages: [\"refined\"], capital: Share(0.1), \
         product: UsdPerTonne(50))",
        "nations.southland.policies.survey=ExplorationProgram(announced: Date(\"2024-02-01\"), \
         in_force: Date(\"2024-02-01\"), mineral: \"cobalt\", budget: Usd(1_000_000), doubling_budget: Usd(900_000))",
        "nations.southland.policies.leach=MiningTechnology(announced: Date(\"2024-02-01\"), \
         in_force: Date(\"2024-02-01\"), mineral: \"cobalt\", recovery_gain: Share(0.05), cost_cut: Share(0.1), \
         phase_in: Weeks(30), spend: Usd(1_000_000))",
        "nations.southland.policies.conflict=Disruption(announced: Date(\"2024-02-01\"), in_force: Date(\"2024-02-01\"), \
         mines: [\"red-hill\"], lost: Share(0.3), episodes: (frequency: PerYear(2), length: Weeks(6)))",
        "nations.northland.policies.pact=SecurityForResources(announced: Date(\"2024-02-01\"), in_force: Date(\"2024-02-01\"), \
         host: \"southland\", calm: Share(0.2), spend_per_year: Usd(1_000_000), mines: [\"red-hill\"], offtake: Share(0.2))",
        "nations.northland.policies.law=AntiDumping(announced: Date(\"2024-02-01\"), in_force: Date(\"2024-02-01\"), mineral: \"cobalt\", \
         stages: [\"hydroxide\"], origins: [\"southland\"], surge: Share(0), rate: Share(0.1), investigation: Weeks(1))",
        "nations.northland.policies.floor=ContractForDifference(announced: Date(\"2024-02-01\"), in_force: Date(\"2024-02-01\"), \
         mineral: \"cobalt\", stage: \"refined\", plants: [\"harbor-works\"], floor: UsdPerTonne(30_000), upside: Share(0.3))",
        "nations.southland.policies.cartel=Cartel(announced: Date(\"2024-02-01\"), in_force: Date(\"2024-02-01\"), mineral: \"cobalt\", \
         stage: \"hydroxide\", members: [\"southland\"], watch: \"north\", demand_elasticity: 0.4, fringe_elasticity: 0.3, \
         choke: UsdPerTonne(20_000), cheating: (Share(0.2), Share(0.6)), trigger: Share(0.9), patience: Weeks(9), \
         holder: Producers)",
        "nations.northland.policies.club=SupplyClub(announced: Date(\"2024-02-01\"), in_force: Date(\"2024-02-01\"), mineral: \"cobalt\", \
         stages: [\"refined\"], members: [\"northland\"], tariff: Share(0.1), foreign: [\"southland\"])",
        "nations.northland.policies.platform=TradingPlatform(announced: Date(\"2024-02-01\"), in_force: Date(\"2024-02-01\"), mineral: \"cobalt\", \
         stages: [\"hydroxide\"], members: [\"northland\", \"southland\"], saving: UsdPerTonne(50))",
        "nations.southland.policies.partners=DiversifiedPartners(announced: Date(\"2024-02-01\"), in_force: Date(\"2024-02-01\"), \
         mineral: \"cobalt\", stage: \"hydroxide\", shares: {}, bargain: Share(0.1))",
        "nations.southland.policies.control=ExportControl(announced: Date(\"2024-02-01\"), in_force: Date(\"2024-02-01\"), mineral: \"cobalt\", \
         stages: [\"hydroxide\"], destinations: [\"northland\"], level: Quota(TonnesPerYear(9_000)), \
         smuggling: (cost: UsdPerTonne(900), rise: UsdPerTonne(900), capacity: TonnesPerYear(3_000)))",
        "nations.southland.hazard=SharePerYear(0.02)",
        "mine_rules.by-product.depletion=(grade_decline: 0.3, cost_exponent: 0.8)",
        "mine_rules.by-product.exploration=(spend: Share(0.02), finding_cost: UsdPerTonne(200), frequency: PerYear(4))",
        "mines.red-hill.resource=Tonnes(50_000)",
        "investment_rules.builder=(feasibility: Weeks(10), permitting: Weeks(10), construction: Weeks(20), \
         ramp_up: Weeks(20), discount: SharePerYear(0.08), hurdle: Threshold(0.5), sharpness: 4, \
         deck: (long_run: Share(0.4), mean: Share(0.4), outlook: Share(0.2)), discovery: PerYear(2), supply_line: Share(0.5))",
        "mines.green-hill=(label: (zh: \"绿山\", en: \"Green Hill\"), nation: \"southland\", owner: \"northland\", \
         mineral: \"cobalt\", rule: \"by-product\", capacity: TonnesPerYear(3_000), cash_cost: UsdPerTonne(6_000), \
         recovery: Share(0.7), ore_reserve: Tonnes(90_000), project: (rule: \"builder\", stage: Discovery, \
         capital_cost: UsdPerAnnualTonne(20_000)))",
        "plants.south-works=(label: (zh: \"南岸冶炼厂\", en: \"South Works\"), nation: \"southland\", owner: \"northland\", \
         mineral: \"cobalt\", feed: \"hydroxide\", product: \"refined\", rule: \"refiner\", capacity: TonnesPerYear(2_000), \
         recovery: Share(0.96), conversion_cost: UsdPerTonne(4_000), lead: Weeks(1), project: (rule: \"builder\", \
         stage: Decision, capital_cost: UsdPerAnnualTonne(15_000)))",
        "reserves.north-reserve.stock=Tonnes(1_000)",
        "reserves.north-reserve.target=Days(60)",
        "reserves.north-reserve.budget=Usd(50_000_000)",
        "firm_rules.any=(payout: Share(0.5), leverage: 0.1, interest: SharePerYear(0.1), patience: Weeks(8), \
         discount: SharePerYear(0.1))",
        "firms.red=(label: (zh: \"红\", en: \"Red\"), nation: \"northland\", rule: \"any\", debt: Usd(400_000_000), \
         credit: Usd(1_000_000))",
        "firms.blue=(label: (zh: \"蓝\", en: \"Blue\"), nation: \"northland\", rule: \"any\", cash: Usd(900_000_000), \
         credit: Usd(1_000_000))",
        "mines.red-hill.owner=\"red\"",
        "plants.harbor-works.owner=\"red\"",
        "offtakes.old=(seller: \"red-hill\", buyer: \"harbor-works\", quantity: TonnesPerYear(3_000), \
         from: Date(\"2024-01-01\"), terms: (formula: Spot(Weeks(4))))",
        "nations.northland.policies.program=OfftakeProgram(announced: Date(\"2024-02-01\"), \
         in_force: Date(\"2024-04-01\"), mineral: \"cobalt\", stage: \"refined\", matching: (share_of_output: Share(0.8), \
         share_of_need: Share(0.5), tenor: Weeks(26), terms: (formula: BenchmarkPlus(weeks: Weeks(13)))))",
        "nations.northland.policies.stake=OverseasInvestment(announced: Date(\"2024-02-01\"), \
         in_force: Date(\"2024-05-01\"), investor: \"blue\", stakes: [(mine: \"red-hill\", equity: Share(0.2), \
         offtake: Share(0.1), discount: Share(0.02), infrastructure: Usd(1_000_000))])",
        "nations.northland.policies.clean=Certification(announced: Date(\"2024-02-01\"), \
         in_force: Date(\"2025-05-01\"), mineral: \"cobalt\", stage: \"hydroxide\", rate: Share(0.1))",
        "watches.eye=(label: (zh: \"监测\", en: \"Eye\"), nation: \"northland\", mineral: \"cobalt\", \
         stage: \"refined\", observes: (price: (amber: 1, red: 1.1), cover: (amber: 30, red: 20, delay: Weeks(2), \
         noise: Share(0.1)), host_risk: (amber: 0.1, red: 0.4)), levels: (first: Share(0.1), second: Share(0.2)))",
        "nations.northland.criticality=(formula: European, risk_from: 0)",
        "nations.northland.policies.rations=Rationing(announced: Date(\"2024-02-01\"), \
         in_force: Date(\"2024-02-01\"), until: Date(\"2024-04-01\"), mineral: \"cobalt\", shares: { 2: Share(0.9) })",
        "nations.northland.policies.pass=CostPassThrough(announced: Date(\"2024-02-01\"), \
         in_force: Date(\"2024-02-01\"), until: Date(\"2024-04-01\"), mineral: \"cobalt\", share: Share(0.1))",
        "nations.northland.decisions.rations=(by: LookAhead(plan: (watch: \"eye\", level: 1), runs: 1, \
         horizon: Weeks(4), every: Weeks(40), worth: { 2: 3 }), rest: Weeks(0))",
        "nations.northland.decisions.pass=(by: Warning(watch: \"eye\", level: 2, calm: Weeks(4), listed: true), \
         rest: Weeks(0))",
    ];

    /// The one-page world with a policy of every kind and a reserve that buys and releases.
    pub(crate) fn world() -> Setup {
        let mut sources = Sources::default();
        let text = include_str!("../worlds/two-shores.ron");
        let root = scan::read(&mut sources, "two-shores.ron", text.as_bytes()).expect("good");
        let set = |text: &&str| Override::parse(&mut sources, "--set", text).expect("well formed");
        let overrides: Vec<Override> = POLICIES.iter().map(set).collect();
        let checked = check(&sources, root, &overrides);
        checked.setup.unwrap_or_else(|| panic!("{}", checked.problems))
    }

    fn settings(shuffle_seed: Option<u64>) -> ScheduleBuildSettings {
        ScheduleBuildSettings { ambiguity_detection: LogLevel::Error, shuffle_seed, ..ScheduleBuildSettings::new() }
    }

    #[test]
    fn no_two_systems_meet_on_the_same_data_in_an_open_order() {
        let mut model = Model::new(&world(), 1);
        model.schedule.set_build_settings(settings(None));
        let fault = model.schedule.initialize(&mut model.world).err();
        assert!(fault.is_none(), "{fault:?}");
    }

    #[test]
    fn an_open_order_is_found() {
        fn one(_: ResMut<Ledger>) {}
        fn other(_: ResMut<Ledger>) {}
        let mut model = Model::new(&world(), 1);
        model.add(Phase::Observe, (one, other));
        model.schedule.set_build_settings(settings(None));
        assert!(model.schedule.initialize(&mut model.world).is_err());
    }

    #[test]
    fn systems_in_any_order_that_the_schedule_allows_give_the_same_weeks() {
        const WEEKS: usize = 110;
        let setup = world();
        let hashes = |shuffle_seed| {
            let mut model = Model::new(&setup, 7);
            model.schedule.set_build_settings(settings(shuffle_seed));
            let week = |_| {
                model.step().unwrap_or_else(|error| panic!("{error}"));
                model.state_hash()
            };
            (0..WEEKS).map(week).collect::<Vec<u64>>()
        };
        let expected = hashes(None);
        for seed in 0..24 {
            assert!(hashes(Some(seed)) == expected, "shuffle seed {seed}");
        }
    }
}
