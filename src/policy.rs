//! What states decree. Each policy is one file under `policy/` and one line in the list below.
//!
//! A policy knows two dates: from the week in which it is announced agents reckon with it, from the week in force it
//! changes the terms of trade that agents meet. Agents never look a policy up.

use bevy_ecs::prelude::*;

use crate::calendar::{Date, Week};
use crate::decision;
use crate::id::Id;
use crate::model::Model;
use crate::setup::{NationIx, RegionIx, Setup};
use crate::world_file::decode::{At, Cx};
use crate::world_file::record::choice;
use crate::world_file::reference::{self, Ref};
use crate::world_file::resolve::names::Names;

pub mod anti_dumping;
pub mod benchmark_pricing;
pub mod cartel;
pub mod certification;
pub mod concentrated_short;
pub mod contract_delisting;
pub mod contract_for_difference;
pub mod contract_listing;
pub mod cost_pass_through;
pub mod development_finance;
pub mod disruption;
pub mod diversified_partners;
pub mod exchange_rules;
pub mod exploration_program;
pub mod export_ban;
pub mod export_control;
pub mod export_duty;
pub mod export_license;
pub mod export_quota;
pub mod foreign_access;
pub mod import_tariff;
pub mod index_inflow;
pub mod local_processing_support;
pub mod mining_technology;
pub mod nationalization;
pub mod obsolescing_bargain;
pub mod offtake_program;
pub mod overseas_investment;
pub mod price_ceiling;
pub mod price_floor;
pub mod rationing;
pub mod report;
pub mod reserve_hedge;
pub mod reserve_options;
pub mod reserve_release;
pub mod royalty;
pub mod scrap_drive;
pub mod security_for_resources;
pub mod settlement;
pub mod state_fund;
pub mod stock_withdrawal;
pub mod substitution_program;
pub mod supply_club;
pub mod target;
pub mod technology_control;
pub mod trading_platform;
pub mod urban_mining;

/// When a policy is known and when it binds, in weeks of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First week in which agents know of it.
    pub announced: Week,
    /// First week in which it binds.
    pub in_force: Week,
    /// First week in which it no longer binds, if an end has been set.
    pub until: Option<Week>,
}

impl Window {
    /// Of what is not decreed: nobody ever knows of it.
    pub const NEVER: Self = Self { announced: Week::MAX, in_force: Week::MAX, until: None };

    /// The same dates so many weeks later.
    #[must_use]
    pub fn put_off(self, weeks: Week) -> Self {
        let until = self.until.map(|until| until + weeks);
        Self { announced: self.announced + weeks, in_force: self.in_force + weeks, until }
    }

    /// First week in which it may bind: what is decreed for the past binds from when it is known.
    #[must_use]
    pub fn begins(&self) -> Week {
        self.in_force.max(self.announced)
    }

    /// Whether it binds in a week.
    #[must_use]
    pub fn binds(&self, week: Week) -> bool {
        self.begins() <= week && self.until.is_none_or(|end| week < end)
    }

    /// Whether it is known and has not ended in a week.
    #[must_use]
    pub fn stands(&self, week: Week) -> bool {
        self.known(week) && self.until.is_none_or(|end| week < end)
    }

    /// Whether agents know of it in a week.
    #[must_use]
    pub fn known(&self, week: Week) -> bool {
        self.announced <= week
    }
}

/// Who decreed a policy, and the key of its random draws.
#[derive(Component, Debug, Clone, Copy)]
pub struct Decree {
    /// Nation.
    pub nation: NationIx,
    /// Region whose border it rules.
    pub region: RegionIx,
    /// Key of its random draws, from nation and policy id.
    pub key: u64,
}

impl Decree {
    /// Key of the random draws of a nation's policy.
    #[must_use]
    pub fn key_of(nation: &Id, policy: &Id) -> u64 {
        policy.key(&format!("policy/{nation}"))
    }
}

/// A policy in the world, and how its dates are set there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decreed {
    /// Who decreed it.
    pub(crate) decree: Decree,
    /// Its entity.
    pub(crate) entity: Entity,
    /// Its dates as written.
    pub(crate) written: Window,
    /// Sets its dates.
    pub(crate) date: fn(&mut World, Entity, Window),
}

/// Every nation's policies, in the order of [`crate::setup::Nation::policies`].
#[derive(Resource, Debug)]
pub(crate) struct Decrees(pub(crate) Vec<Vec<Decreed>>);

/// Adds the policies of a world, and every kind of policy to the step in the order of the list below.
pub(crate) fn plugin(model: &mut Model, setup: &Setup) {
    let mut decreed = Vec::new();
    for (ix, nation) in setup.nations.iter().enumerate() {
        let of_nation = nation.policies.iter().map(|(id, policy)| {
            let key = Decree::key_of(&nation.id, id);
            policy.decree(model, Decree { nation: ix, region: nation.region, key })
        });
        decreed.push(of_nation.collect());
    }
    decision::plugin(model, setup, &decreed);
    model.world.insert_resource(Decrees(decreed));
    Policy::add_kinds(model);
}

/// A component that is a policy.
trait Dated: Component<Mutability = bevy_ecs::component::Mutable> {
    /// When it is known and binds.
    fn window_mut(&mut self) -> &mut Window;
}

/// Sets the dates of a policy of a kind.
fn date<P: Dated>(world: &mut World, entity: Entity, window: Window) {
    let mut policy = world.get_mut::<P>(entity).expect("bug: a policy that is not there");
    *policy.window_mut() = window;
}

macro_rules! policies {
    ($($module:ident :: $name:ident),* $(,)?) => {
        /// A policy of any kind.
        #[derive(Debug, Clone)]
        pub enum Policy {
            $(
                #[doc = concat!("See [`", stringify!($module), "`].")]
                $name($module::$name),
            )*
        }

        impl Policy {
            /// When it is known and when it binds.
            #[must_use]
            pub fn window(&self) -> Window {
                match self {
                    $(Self::$name(policy) => policy.window,)*
                }
            }

            /// The same policy so many weeks later: what lies beyond a run was never decreed in it.
            #[must_use]
            pub fn put_off(mut self, weeks: Week) -> Self {
                match &mut self {
                    $(Self::$name(policy) => policy.window = policy.window.put_off(weeks),)*
                }
                self
            }

            /// Its name in files, such as `ExportBan`.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)*
                }
            }

            fn decree(&self, model: &mut Model, decree: Decree) -> Decreed {
                let written = self.window();
                let (entity, date): (_, fn(&mut World, Entity, Window)) = match self {
                    $(Self::$name(policy) => {
                        (model.spawn_decree((decree, policy.clone())), date::<$module::$name>)
                    })*
                };
                Decreed { decree, entity, written, date }
            }

            /// Adds what kinds of policies do; what nobody decrees does nothing, and costs nothing.
            fn add_kinds(model: &mut Model) {
                $(if model.has::<$module::$name>() {
                    $module::plugin(model);
                })*
            }
        }

        $(impl Dated for $module::$name {
            fn window_mut(&mut self) -> &mut Window {
                &mut self.window
            }
        })*

        choice! {
            /// What a nation decrees.
            pub enum WrittenPolicy as "a policy" {
                $(
                    /// As a file writes it.
                    $name($module::written::Written),
                )*
            }
        }

        impl WrittenPolicy {
            /// Checks it for a nation; when there is none, `cx` holds at least one error.
            pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<Policy> {
                match self {
                    $(Self::$name(written) => written.resolve(nation, names, cx).map(Policy::$name),)*
                }
            }
        }
    };
}

policies! {
    export_ban::ExportBan,
    export_duty::ExportDuty,
    export_license::ExportLicense,
    export_quota::ExportQuota,
    cartel::Cartel,
    export_control::ExportControl,
    import_tariff::ImportTariff,
    anti_dumping::AntiDumping,
    royalty::Royalty,
    obsolescing_bargain::ObsolescingBargain,
    mining_technology::MiningTechnology,
    nationalization::Nationalization,
    security_for_resources::SecurityForResources,
    disruption::Disruption,
    certification::Certification,
    supply_club::SupplyClub,
    trading_platform::TradingPlatform,
    offtake_program::OfftakeProgram,
    diversified_partners::DiversifiedPartners,
    benchmark_pricing::BenchmarkPricing,
    settlement::Settlement,
    overseas_investment::OverseasInvestment,
    exploration_program::ExplorationProgram,
    local_processing_support::LocalProcessingSupport,
    contract_for_difference::ContractForDifference,
    technology_control::TechnologyControl,
    development_finance::DevelopmentFinance,
    urban_mining::UrbanMining,
    scrap_drive::ScrapDrive,
    substitution_program::SubstitutionProgram,
    cost_pass_through::CostPassThrough,
    rationing::Rationing,
    reserve_options::ReserveOptions,
    reserve_hedge::ReserveHedge,
    reserve_release::ReserveRelease,
    contract_listing::ContractListing,
    contract_delisting::ContractDelisting,
    exchange_rules::ExchangeRules,
    price_floor::PriceFloor,
    price_ceiling::PriceCeiling,
    foreign_access::ForeignAccess,
    state_fund::StateFund,
    index_inflow::IndexInflow,
    concentrated_short::ConcentratedShort,
    stock_withdrawal::StockWithdrawal,
}

/// Sectors of the nation that a policy names, none twice; an empty list stays one.
pub fn sectors_of(
    written: &[Ref<reference::Sector>],
    nation: NationIx,
    names: &Names,
    cx: &mut Cx,
) -> Option<Vec<usize>> {
    let before = cx.count();
    let mut sectors = Vec::new();
    for name in written {
        let Some(sector) = names.sector(name, cx) else { continue };
        if names.sectors[sector].1.is_some_and(|lies_in| lies_in != nation) {
            let what = format!("\"{}\" is no sector of \"{}\"", name.value, names.nations[nation].0);
            cx.error_at(&name.origin, what, "name sectors of the nation that decrees");
        }
        if sectors.contains(&sector) {
            cx.error_at(&name.origin, format!("\"{}\" is named twice", name.value), "name each sector once");
        }
        sectors.push(sector);
    }
    sectors.sort_unstable();
    (cx.count() == before).then_some(sectors)
}

/// Mines that lie in a nation and that a policy names, none twice.
pub fn mines_in(
    written: &[Ref<reference::Mine>],
    nation: NationIx,
    instead: &str,
    names: &Names,
    cx: &mut Cx,
) -> Option<Vec<usize>> {
    let find = |name: &At<Id>, cx: &mut Cx| names.mine(name, cx).map(|mine| (mine, names.mines[mine].1));
    sites_in(written, "mine", nation, instead, names, find, cx)
}

/// Plants that stand in a nation and that a policy names, none twice.
pub fn plants_in(
    written: &[Ref<reference::Plant>],
    nation: NationIx,
    instead: &str,
    names: &Names,
    cx: &mut Cx,
) -> Option<Vec<usize>> {
    let find = |name: &At<Id>, cx: &mut Cx| names.plant(name, cx).map(|plant| (plant, names.plants[plant].1));
    sites_in(written, "plant", nation, instead, names, find, cx)
}

fn sites_in<K>(
    written: &[Ref<K>],
    kind: &str,
    nation: NationIx,
    instead: &str,
    names: &Names,
    find: impl Fn(&At<Id>, &mut Cx) -> Option<(usize, Option<NationIx>)>,
    cx: &mut Cx,
) -> Option<Vec<usize>> {
    let before = cx.count();
    let mut sites = Vec::new();
    for name in written {
        let Some((site, lies_in)) = find(name, cx) else { continue };
        if lies_in.is_some_and(|lies_in| lies_in != nation) {
            let what = format!("\"{}\" does not lie in \"{}\"", name.value, names.nations[nation].0);
            cx.error_at(&name.origin, what, instead);
        }
        if sites.contains(&site) {
            cx.error_at(&name.origin, format!("\"{}\" is named twice", name.value), format!("name each {kind} once"));
        }
        sites.push(site);
    }
    sites.sort_unstable();
    (cx.count() == before).then_some(sites)
}

/// The window of a policy whose course depends on when it came into force: it must not begin before the run does.
pub fn window_in_run(
    announced: &At<Date>,
    in_force: &At<Date>,
    until: Option<&At<Date>>,
    names: &Names,
    cx: &mut Cx,
) -> Option<Window> {
    let start = names.calendar.start;
    let window = window(announced, in_force, until, names, cx);
    if in_force.value < start {
        let what = format!("in force from {}, before the world begins on {start}", in_force.value);
        cx.error_at(&in_force.origin, what, format!("write {start} or later, and what is left of it from then on"));
        return None;
    }
    window
}

/// The window of a policy as written, checked.
pub fn window(
    announced: &At<Date>,
    in_force: &At<Date>,
    until: Option<&At<Date>>,
    names: &Names,
    cx: &mut Cx,
) -> Option<Window> {
    if names.week(in_force.value) < names.week(announced.value) {
        let what = format!("retroactive: in force from {}, announced on {}", in_force.value, announced.value);
        cx.warn_at(&in_force.origin, what, "swap the dates unless it is meant so");
    }
    if let Some(until) = until.filter(|until| until.value <= in_force.value) {
        let what = format!("it ends on {}, not after it came into force on {}", until.value, in_force.value);
        cx.error_at(&until.origin, what, "write a later day");
        return None;
    }
    let window = Window {
        announced: names.week(announced.value),
        in_force: names.week(in_force.value),
        until: until.map(|until| names.week(until.value)),
    };
    if let Some(until) = until.filter(|_| window.until.is_some_and(|end| end <= window.in_force)) {
        let what = format!("it binds in no week of the run, which begins on {}", names.calendar.start);
        cx.warn_at(&until.origin, what, "a measure governs the weeks that begin under it");
    }
    Some(window)
}
