//! Names of a world and the indices that they stand for.

use crate::calendar::{Calendar, Date};
use crate::id::Id;
use crate::setup::exchange::{ContractIx, ExchangeIx};
use crate::setup::{BlocIx, CurrencyIx, FirmIx, HostIx, MarketIx, MineralIx, NationIx, RegionIx, Setup};
use crate::units::{Ppm, Quantum};

use super::super::decode::{At, Cx};
use super::super::problem::unknown_name;
use super::super::quantity::{Exact, Quantity, Share, Weeks};
use super::super::reference::{Ref, is_among};
use super::super::value::Count;

/// Quantum of a mineral and its stages, from the mine on.
pub type Chain = (Quantum, Vec<Id>);

/// Exchange of a contract, and the market of its metal if it is for one.
pub type Place = (ExchangeIx, Option<MarketIx>);

/// What a world names, each list in order of id.
#[derive(Debug, Clone)]
pub struct Names {
    /// Minerals, with the quantum and the stages along the chain of each that could be read.
    pub minerals: Vec<(Id, Option<Chain>)>,
    /// Regions.
    pub regions: Vec<Id>,
    /// Nations and the region of each, where it is known.
    pub nations: Vec<(Id, Option<RegionIx>)>,
    /// Blocs and those of their members that could be read, in order of index.
    pub blocs: Vec<(Id, Vec<NationIx>)>,
    /// Hosts.
    pub hosts: Vec<Id>,
    /// Mines and the nation of each, where it is known.
    pub mines: Vec<(Id, Option<NationIx>)>,
    /// Plants and the nation of each, where it is known.
    pub plants: Vec<(Id, Option<NationIx>)>,
    /// Firms and the nation of each, where it is known.
    pub firms: Vec<(Id, Option<NationIx>)>,
    /// Sectors and the nation of each, where it is known.
    pub sectors: Vec<(Id, Option<NationIx>)>,
    /// Reserve agencies and the nation of each, where it is known.
    pub reserves: Vec<(Id, Option<NationIx>)>,
    /// Exchanges and the nation of each, where it is known.
    pub exchanges: Vec<(Id, Option<NationIx>)>,
    /// Futures contracts, with the exchange of each and the market of its metal if it is for one, where they are known.
    pub contracts: Vec<(Id, Option<Place>)>,
    /// Currencies.
    pub currencies: Vec<Id>,
    /// Watches, with the nation of each, where it is known.
    pub watches: Vec<(Id, Option<NationIx>)>,
    /// Which day each week begins.
    pub calendar: Calendar,
}

impl Names {
    /// The names of a checked world, for an experiment's outcomes.
    #[must_use]
    pub fn of(setup: &Setup) -> Self {
        let mineral = |mineral: &crate::setup::Mineral| {
            let stages = setup.markets[mineral.markets.clone()].iter().map(|market| market.stage.clone()).collect();
            (mineral.id.clone(), Some((mineral.quantum, stages)))
        };
        Self {
            minerals: setup.minerals.iter().map(mineral).collect(),
            regions: setup.regions.iter().map(|region| region.id.clone()).collect(),
            nations: setup.nations.iter().map(|nation| (nation.id.clone(), Some(nation.region))).collect(),
            blocs: setup.blocs.iter().map(|bloc| (bloc.id.clone(), bloc.members.clone())).collect(),
            hosts: setup.hosts.iter().map(|host| host.id.clone()).collect(),
            mines: setup.mines.iter().map(|mine| (mine.id.clone(), Some(mine.nation))).collect(),
            plants: setup.plants.iter().map(|plant| (plant.id.clone(), Some(plant.nation))).collect(),
            firms: setup.firms.iter().map(|firm| (firm.id.clone(), Some(firm.nation))).collect(),
            sectors: setup.sectors.iter().map(|sector| (sector.id.clone(), Some(sector.nation))).collect(),
            reserves: setup.reserves.iter().map(|reserve| (reserve.id.clone(), Some(reserve.nation))).collect(),
            exchanges: setup.exchanges.iter().map(|exchange| (exchange.id.clone(), Some(exchange.nation))).collect(),
            contracts: setup
                .contracts
                .iter()
                .map(|contract| {
                    (contract.id.clone(), Some((contract.exchange, contract.metal().map(|metal| metal.market))))
                })
                .collect(),
            currencies: setup.currencies.iter().map(|currency| currency.id.clone()).collect(),
            watches: setup.watches.iter().map(|watch| (watch.id.clone(), Some(watch.nation))).collect(),
            calendar: setup.calendar,
        }
    }

    /// A mineral.
    pub fn mineral(&self, name: &At<Id>, cx: &mut Cx) -> Option<MineralIx> {
        let found = find("mineral", self.minerals.iter().map(|(id, _)| id), name, cx);
        found.filter(|&mineral| self.minerals[mineral].1.is_some())
    }

    /// Quantum of a mineral.
    #[must_use]
    pub fn quantum(&self, mineral: MineralIx) -> Quantum {
        self.minerals[mineral].1.as_ref().map_or(Quantum::Kilogram, |(quantum, _)| *quantum)
    }

    /// Stages of a mineral.
    #[must_use]
    pub fn stages_of(&self, mineral: MineralIx) -> &[Id] {
        self.minerals[mineral].1.as_ref().map_or(&[], |(_, stages)| stages)
    }

    /// First and one past the last market of a mineral.
    #[must_use]
    pub fn markets(&self, mineral: MineralIx) -> std::ops::Range<MarketIx> {
        let before: usize = (0..mineral).map(|other| self.stages_of(other).len()).sum();
        before..before + self.stages_of(mineral).len()
    }

    /// The mineral of a market.
    #[must_use]
    pub fn mineral_of(&self, market: MarketIx) -> Option<MineralIx> {
        (0..self.minerals.len()).find(|&mineral| self.markets(mineral).contains(&market))
    }

    /// A market by mineral and stage.
    pub fn market(&self, mineral: MineralIx, stage: &At<Id>, cx: &mut Cx) -> Option<MarketIx> {
        let kind = format!("stage of {} named", self.minerals[mineral].0);
        let place = find(&kind, self.stages_of(mineral).iter(), stage, cx)?;
        Some(self.markets(mineral).start + place)
    }

    /// Markets by mineral and stages, at least one and none twice.
    pub fn stages(&self, mineral: MineralIx, stages: &At<Vec<At<Id>>>, cx: &mut Cx) -> Option<Vec<MarketIx>> {
        if stages.is_empty() {
            cx.error_at(&stages.origin, "no stage is named", "name at least one stage");
            return None;
        }
        let found: Vec<_> = stages.iter().map(|stage| self.market(mineral, stage, cx)).collect();
        let mut markets: Vec<MarketIx> = found.into_iter().collect::<Option<_>>()?;
        markets.sort_unstable();
        if markets.windows(2).any(|pair| pair[0] == pair[1]) {
            cx.error_at(&stages.origin, "a stage is named twice", "name each stage once");
            return None;
        }
        Some(markets)
    }

    /// A region.
    pub fn region(&self, name: &At<Id>, cx: &mut Cx) -> Option<RegionIx> {
        find("region", self.regions.iter(), name, cx)
    }

    /// A nation.
    pub fn nation(&self, name: &At<Id>, cx: &mut Cx) -> Option<NationIx> {
        find("nation", self.nations.iter().map(|(id, _)| id), name, cx)
    }

    /// A bloc.
    pub fn bloc(&self, name: &At<Id>, cx: &mut Cx) -> Option<BlocIx> {
        find("bloc", self.blocs.iter().map(|(id, _)| id), name, cx)
    }

    /// A nation, or the members of a bloc.
    pub fn party(&self, name: &At<Id>, cx: &mut Cx) -> Option<Vec<NationIx>> {
        if let Some((_, members)) = self.blocs.iter().find(|(id, _)| *id == name.value) {
            return Some(members.clone());
        }
        let mut known: Vec<&Id> =
            self.nations.iter().map(|(id, _)| id).chain(self.blocs.iter().map(|(id, _)| id)).collect();
        known.sort_unstable();
        find("nation or bloc", known.into_iter(), name, cx)?;
        self.nations.iter().position(|(id, _)| *id == name.value).map(|nation| vec![nation])
    }

    /// Nations and members of blocs that a policy names, each once, in order of index.
    pub fn parties<K>(&self, written: &[Ref<K>], cx: &mut Cx) -> Option<Vec<NationIx>> {
        let found: Vec<_> = written.iter().map(|name| self.party(name, cx)).collect();
        let mut nations = found.into_iter().collect::<Option<Vec<_>>>()?.concat();
        nations.sort_unstable();
        nations.dedup();
        Some(nations)
    }

    /// Regions at whose borders the nations named, or members of the blocs named, can be told apart, each once.
    pub fn borders<K>(&self, written: &[Ref<K>], cx: &mut Cx) -> Option<Vec<RegionIx>> {
        let mut regions: Vec<Option<RegionIx>> = Vec::new();
        for name in written {
            match self.party(name, cx) {
                Some(nations) => regions.extend(nations.into_iter().map(|nation| self.border(nation, name, cx))),
                None => regions.push(None),
            }
        }
        let mut regions: Vec<RegionIx> = regions.into_iter().collect::<Option<_>>()?;
        regions.sort_unstable();
        regions.dedup();
        Some(regions)
    }

    /// The region whose border a nation rules, for a measure at the border written at `place`.
    ///
    /// A region is one market: what leaves it cannot be told apart by nation, so the nation must be alone in it.
    pub fn border(&self, nation: NationIx, place: &At<Id>, cx: &mut Cx) -> Option<RegionIx> {
        let (id, region) = &self.nations[nation];
        let region = (*region)?;
        if let Some((other, _)) = self.nations.iter().find(|(other, at)| other != id && *at == Some(region)) {
            let what =
                format!("\"{id}\" shares its region with \"{other}\": a measure at the border cannot tell them apart");
            cx.error_at(&place.origin, what, format!("give \"{id}\" a region of its own"));
            return None;
        }
        Some(region)
    }

    /// A host.
    pub fn host(&self, name: &At<Id>, cx: &mut Cx) -> Option<HostIx> {
        find("host", self.hosts.iter(), name, cx)
    }

    /// A mine.
    pub fn mine(&self, name: &At<Id>, cx: &mut Cx) -> Option<usize> {
        find("mine", self.mines.iter().map(|(id, _)| id), name, cx)
    }

    /// A plant.
    pub fn plant(&self, name: &At<Id>, cx: &mut Cx) -> Option<usize> {
        find("plant", self.plants.iter().map(|(id, _)| id), name, cx)
    }

    /// A firm.
    pub fn firm(&self, name: &At<Id>, cx: &mut Cx) -> Option<FirmIx> {
        find("firm", self.firms.iter().map(|(id, _)| id), name, cx)
    }

    /// Nationality of an owner, and the firm if it is one.
    pub fn owner(&self, name: &At<Id>, cx: &mut Cx) -> Option<(NationIx, Option<FirmIx>)> {
        if let Some(firm) = self.firms.iter().position(|(id, _)| *id == name.value) {
            return self.firms[firm].1.map(|nation| (nation, Some(firm)));
        }
        let mut owners: Vec<&Id> =
            self.nations.iter().map(|(id, _)| id).chain(self.firms.iter().map(|(id, _)| id)).collect();
        owners.sort_unstable();
        find("nation or firm", owners.into_iter(), name, cx)?;
        self.nations.iter().position(|(id, _)| *id == name.value).map(|nation| (nation, None))
    }

    /// A sector.
    pub fn sector(&self, name: &At<Id>, cx: &mut Cx) -> Option<usize> {
        find("sector", self.sectors.iter().map(|(id, _)| id), name, cx)
    }

    /// A reserve agency.
    pub fn reserve(&self, name: &At<Id>, cx: &mut Cx) -> Option<usize> {
        find("reserve", self.reserves.iter().map(|(id, _)| id), name, cx)
    }

    /// A reserve agency of a nation.
    pub fn own_reserve(&self, nation: NationIx, name: &At<Id>, cx: &mut Cx) -> Option<usize> {
        let reserve = self.reserve(name, cx)?;
        if self.reserves[reserve].1.is_some_and(|of| of != nation) {
            let what = format!("\"{}\" is no agency of \"{}\"", name.value, self.nations[nation].0);
            cx.error_at(&name.origin, what, "name an agency of the nation that decrees");
            return None;
        }
        Some(reserve)
    }

    /// An exchange.
    pub fn exchange(&self, name: &At<Id>, cx: &mut Cx) -> Option<ExchangeIx> {
        find("exchange", self.exchanges.iter().map(|(id, _)| id), name, cx)
    }

    /// A futures contract.
    pub fn contract(&self, name: &At<Id>, cx: &mut Cx) -> Option<ContractIx> {
        find("contract", self.contracts.iter().map(|(id, _)| id), name, cx)
    }

    /// A currency.
    pub fn currency(&self, name: &At<Id>, cx: &mut Cx) -> Option<CurrencyIx> {
        find("currency", self.currencies.iter(), name, cx)
    }

    /// A watch.
    pub fn watch(&self, name: &At<Id>, cx: &mut Cx) -> Option<usize> {
        find("watch", self.watches.iter().map(|(id, _)| id), name, cx)
    }

    /// An exchange that a nation rules.
    pub fn own_exchange(&self, nation: NationIx, name: &At<Id>, cx: &mut Cx) -> Option<ExchangeIx> {
        let exchange = self.exchange(name, cx)?;
        self.rules_over(nation, exchange, name, cx).then_some(exchange)
    }

    /// A contract on an exchange that a nation rules.
    pub fn own_contract(&self, nation: NationIx, name: &At<Id>, cx: &mut Cx) -> Option<ContractIx> {
        let contract = self.contract(name, cx)?;
        let (exchange, _) = self.contracts[contract].1?;
        self.rules_over(nation, exchange, name, cx).then_some(contract)
    }

    fn rules_over(&self, nation: NationIx, exchange: ExchangeIx, name: &At<Id>, cx: &mut Cx) -> bool {
        let abroad = self.exchanges[exchange].1.filter(|&at| at != nation);
        if let Some(at) = abroad {
            let what = format!("\"{}\" is under the rule of \"{}\"", name.value, self.nations[at].0);
            cx.error_at(&name.origin, what, format!("let \"{}\" decree it", self.nations[at].0));
        }
        abroad.is_none()
    }

    /// Quantum of the metal that a contract is for.
    #[must_use]
    pub fn quantum_of_contract(&self, contract: ContractIx) -> Option<Quantum> {
        let (_, market) = self.contracts[contract].1?;
        let mineral = market.and_then(|market| self.mineral_of(market));
        Some(mineral.map_or(Quantum::Kilogram, |mineral| self.quantum(mineral)))
    }

    /// First week that begins on or after a day.
    #[must_use]
    pub fn week(&self, day: Date) -> crate::calendar::Week {
        self.calendar.week_from(day)
    }
}

/// Index of a name, or a problem that suggests the nearest.
pub fn find<'a>(kind: &str, ids: impl Iterator<Item = &'a Id>, name: &At<Id>, cx: &mut Cx) -> Option<usize> {
    let ids: Vec<&str> = ids.map(Id::as_str).collect();
    let found = ids.iter().position(|&id| id == name.as_str());
    // What the file names and is not among the ids could not be read: that is told where it stands.
    if found.is_none() && !cx.known(kind).is_some_and(|known| is_among(known, name)) {
        let (what, instead) = unknown_name(kind, name.as_str(), &ids);
        cx.error_at(&name.origin, what, instead.unwrap_or_default());
    }
    found
}

/// The whole number of quanta, cents or mills that a quantity stands for; nothing, and no problem, without a quantum.
pub fn exact<Q: Exact>(quantity: &At<Q>, quantum: impl Into<Option<Quantum>>, cx: &mut Cx) -> Option<Q::Whole> {
    quantity.exact(quantum.into()?).map_err(|inexact| cx.error_at(&quantity.origin, inexact.what, inexact.instead)).ok()
}

/// A share in parts per million.
pub fn ppm(share: &At<Share>, cx: &mut Cx) -> Option<Ppm> {
    exact(share, Quantum::Kilogram, cx)
}

/// [`exact`] of what must be above 0.
pub fn exact_above_0<Q: Exact>(quantity: &At<Q>, quantum: impl Into<Option<Quantum>>, cx: &mut Cx) -> Option<Q::Whole> {
    above_0(quantity, cx).and_then(|_| exact(quantity, quantum, cx))
}

/// The number of a quantity that must be above 0.
pub fn above_0<Q: Quantity>(quantity: &At<Q>, cx: &mut Cx) -> Option<f64> {
    let number = quantity.number();
    if number > 0.0 {
        return Some(number);
    }
    cx.error_at(
        &quantity.origin,
        format!("{}(0) where there must be more than nothing", Q::NAME),
        "write a number above 0",
    );
    None
}

/// The number of a quantity that must not be below another.
pub fn at_least<Q: Quantity>(quantity: &At<Q>, least: f64, cx: &mut Cx) -> Option<f64> {
    let number = quantity.number();
    if number >= least {
        return Some(number);
    }
    let (what, instead) =
        (format!("{}({number}) is too short", Q::NAME), format!("write {}({least}) or more", Q::NAME));
    cx.error_at(&quantity.origin, what, instead);
    None
}

/// A count in a range.
pub fn count(written: &At<Count>, least: u32, most: u32, cx: &mut Cx) -> Option<u32> {
    let count = written.0;
    if (least..=most).contains(&count) {
        return Some(count);
    }
    let instead = format!("write a whole number from {least} to {most}");
    cx.error_at(&written.origin, format!("{count} cannot stand here"), instead);
    None
}

/// A whole number of weeks in a range.
pub fn whole_weeks(weeks: &At<Weeks>, range: std::ops::RangeInclusive<u32>, cx: &mut Cx) -> Option<u32> {
    let number = weeks.number();
    if number.fract() == 0.0 && range.contains(&(number as u32)) {
        return Some(number as u32);
    }
    let instead = format!("write a whole number of weeks from {} to {}", range.start(), range.end());
    cx.error_at(&weeks.origin, format!("Weeks({number}) cannot stand here"), instead);
    None
}

/// A number of weeks that is at most `max`.
pub fn weeks_up_to(weeks: &At<Weeks>, max: f64, cx: &mut Cx) -> Option<f64> {
    let number = weeks.number();
    if number <= max {
        return Some(number);
    }
    cx.error_at(&weeks.origin, format!("Weeks({number}) is too long"), format!("write at most Weeks({max})"));
    None
}
