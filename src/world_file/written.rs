//! A world as a file writes it. What stands here as comments is the reference that `oreworld schema` prints.

use crate::calendar::Date;
use crate::id::Id;
use crate::policy::WrittenPolicy;
use crate::units;

use super::decode::{At, Cx, Decode, Keyed, Origin, Raw, Spare};
use super::quantity::{
    DaysOfUse, OfTarget, PerYear, Quantity, Share, SharePerYear, Tonnes, UsdPerTonne, UsdPerTonneYear, Weeks,
};
use super::record::{choice, record};
use super::reference::{self, Ref};
use super::shape::Shape;
use super::tree::{Kind, Node};
use super::value::{Edition, Factor, Level, Text, Year};

pub mod agents;
pub mod curves;
pub mod decisions;
pub mod demand;
pub mod exchanges;
pub mod firms;
pub mod offtakes;
pub mod plans;
pub mod positions;
pub mod published;
pub mod reserves;
pub mod rules;
pub mod traders;
pub mod watches;

use agents::{Merchant, Mine, Plant, Sector};
use decisions::{Decision, Elections, HazardRule};
use demand::{Growth, Paths, Recycler, RecyclerRule, Service};
use exchanges::{Contract, Exchange};
use firms::{Firm, FirmRule};
use offtakes::{Alliance, Offtake, OfftakeRule};
use positions::{Criticality, PositionRule};
use published::Published;
use reserves::{Reserve, ReserveRule};
use traders::{TraderRule, Traders};
pub mod project;

use project::InvestmentRule;
use rules::{MerchantRule, MineRule, PlantRule, SectorRule};
use watches::Watch;

/// An index over time: a number per year, linear between mid-years and level beyond; 1 throughout when empty.
pub type Path = Keyed<Year, Level>;

record! {
    /// A world: who mines, refines, carries, stores, uses and governs the minerals.
    pub struct World as "World" {
        /// Edition of this format; there is only 1 so far.
        schema: At<Edition>,
        /// Id of the world.
        id: Spare<Id>,
        /// What people read.
        label: Spare<Label>,
        /// Year that the numbers describe.
        base_year: Spare<At<Year>>,
        /// First day of the first week, within a year of the base year.
        start: Spare<At<Date>>,
        /// World files in the same folder that this one is put together from. A part may be less than a world, such as the futures of a
        /// metal; it must not include others and must share the base year and the start if it has any. Maps and records are joined, lists
        /// are compared as a whole; where parts contradict each other, what this file writes itself settles it.
        include: At<Vec<Text>> = "[]",
        /// What is set when all is put together: values by path, such as "minerals.cobalt.stages.refined.normal_cover": Weeks(5), as
        /// in an experiment, where what is set comes after this. A world that sets values cannot be a part of another.
        set: At<Keyed<String, Raw>> = "{}",
        /// Edition of the statistics behind the numbers.
        statistics: Spare<Text>,
        /// Metals, with their stages.
        minerals: Keyed<Id, Mineral>,
        /// Market areas, each with its own price of every stage.
        regions: Keyed<Id, Region>,
        /// States.
        nations: Keyed<Id, Nation>,
        /// Which scenario the paths follow.
        scenario: Option<At<Id>>,
        /// Indices over time that depend on the scenario.
        paths: Keyed<Id, Paths> = "{}",
        /// Metals mined for their own sake, whose plan drives the output of by-products.
        hosts: Keyed<Id, Host> = "{}",
        /// How kinds of mines behave.
        mine_rules: Keyed<Id, MineRule> = "{}",
        /// How kinds of plants behave.
        plant_rules: Keyed<Id, PlantRule> = "{}",
        /// How kinds of sectors behave.
        sector_rules: Keyed<Id, SectorRule> = "{}",
        /// How kinds of merchants behave.
        merchant_rules: Keyed<Id, MerchantRule> = "{}",
        /// How kinds of projects are decided on and built.
        investment_rules: Keyed<Id, InvestmentRule> = "{}",
        /// How kinds of recyclers behave.
        recycler_rules: Keyed<Id, RecyclerRule> = "{}",
        /// What metal is used for where technologies compete.
        services: Keyed<Id, Service> = "{}",
        /// Mines.
        mines: Keyed<Id, Mine> = "{}",
        /// Processors.
        plants: Keyed<Id, Plant> = "{}",
        /// Consuming sectors.
        sectors: Keyed<Id, Sector> = "{}",
        /// Merchants.
        merchants: Keyed<Id, Merchant> = "{}",
        /// How kinds of reserve agencies behave.
        reserve_rules: Keyed<Id, ReserveRule> = "{}",
        /// Reserve agencies.
        reserves: Keyed<Id, Reserve> = "{}",
        /// By which odds kinds of acts of states come.
        hazard_rules: Keyed<Id, HazardRule> = "{}",
        /// How kinds of firms behave.
        firm_rules: Keyed<Id, FirmRule> = "{}",
        /// Firms with a balance sheet.
        firms: Keyed<Id, Firm> = "{}",
        /// Offtake contracts made before the run.
        offtakes: Keyed<Id, Offtake> = "{}",
        /// Rules by which contracts are made inside the run.
        offtake_rules: Keyed<Id, OfftakeRule> = "{}",
        /// Groups of nations; where a policy names nations it may name a bloc for its members.
        blocs: Keyed<Id, Bloc> = "{}",
        /// How far nations are aligned.
        alliances: Vec<Alliance> = "[]",
        /// Recyclers.
        recyclers: Keyed<Id, Recycler> = "{}",
        /// Exchanges of futures.
        exchanges: Keyed<Id, Exchange> = "{}",
        /// Futures contracts.
        contracts: Keyed<Id, Contract> = "{}",
        /// Currencies besides the dollar, in which the books are kept.
        currencies: Keyed<Id, Currency> = "{}",
        /// How kinds of traders trade.
        trader_rules: Keyed<Id, TraderRule> = "{}",
        /// Traders of futures.
        traders: Keyed<Id, Traders> = "{}",
        /// What nations watch, and from when on they warn.
        watches: Keyed<Id, Watch> = "{}",
        /// Published figures of the base year by mineral, for comparison.
        published: Keyed<Id, Published> = "{}",
        /// Thresholds by which the table `positions` puts nations into classes.
        position_rule: PositionRule = "()",
    }
}

record! {
    /// A group of nations.
    pub struct Bloc as "Bloc" {
        /// What people read.
        label: Label,
        /// Nations that belong to it.
        members: At<Vec<Ref<reference::Nation>>>,
    }
}

record! {
    /// What people read, in two languages.
    pub struct Label as "Label" {
        /// Chinese.
        zh: Text,
        /// English.
        en: Text,
    }
}

record! {
    /// A metal.
    pub struct Mineral as "Mineral" {
        /// What people read.
        label: Label,
        /// Smallest mass in its books.
        quantum: Quantum,
        /// How firms form a view of the price ahead.
        expectations: Expectations,
        /// From the mine's product to what sectors use, in order; each is a market.
        stages: At<Vec<Stage>>,
    }
}

choice! {
    /// The smallest mass in the books of a metal.
    pub enum Quantum as "Quantum" {
        /// Metals traded by the tonne; a price is a whole number of cents per tonne.
        Kilogram,
        /// Precious and minor metals; a price is a whole number of cents per kilogram.
        Gram,
    }
}

impl From<&Quantum> for units::Quantum {
    fn from(written: &Quantum) -> Self {
        match written {
            Quantum::Kilogram => Self::Kilogram,
            Quantum::Gram => Self::Gram,
        }
    }
}

record! {
    /// How firms form a view of the price some weeks ahead.
    pub struct Expectations as "Expectations" {
        /// Over which the adaptive forecast forgets; at least 1 week.
        memory: At<Weeks>,
        /// How far firms look ahead: 1 to 104 whole weeks.
        horizon: At<Weeks>,
        /// Weight of the balance of stocks, flows and announced policy against the adaptive forecast.
        balance_weight: Share,
        /// Sum of the demand and supply elasticities by which firms turn a missing share into a price.
        elasticity: Factor,
        /// Lowest and highest multiple of the long-run price that anybody expects.
        bounds: At<(Factor, Factor)>,
        /// Forecasts among which firms choose by their record; without them all follow the adaptive one.
        forecasts: Option<Forecasts>,
        /// What moves everyone's view without a cause inside the model.
        news: News = "(sd: Share(0), jump_frequency: PerYear(0), jump_sd: Share(0), persistence: Share(0))",
    }
}

record! {
    /// How firms choose between the adaptive forecast and one by the trend: the better one has been, the more follow it.
    pub struct Forecasts as "Forecasts" {
        /// Share of the log change of the price over the window that the forecast by the trend adds.
        strength: Level,
        /// Over which the change is taken: 1 to 26 whole weeks.
        window: At<Weeks>,
        /// Most that the trend changes the forecast, either way, as a factor; above 1.
        bound: At<Factor>,
        /// Over which squared errors are averaged; at least 1 week.
        memory: At<Weeks>,
        /// How strongly weights follow errors: 0 is half and half.
        intensity: Level,
    }
}

record! {
    /// News: everyone's view of the price, in logs, drifts and jumps, and the effect fades.
    pub struct News as "News" {
        /// Standard deviation of a week's drift.
        sd: Share,
        /// Jumps a year.
        jump_frequency: PerYear,
        /// Standard deviation of a jump.
        jump_sd: Share,
        /// Share that remains a week later.
        persistence: Share,
    }
}

record! {
    /// A metal at a stage: one market, with one price per region.
    pub struct Stage as "Stage" {
        /// Id, such as `hydroxide`.
        id: At<Id>,
        /// What people read.
        label: Label,
        /// Price in every region at the start, a whole number of ticks.
        opening_price: At<UsdPerTonne>,
        /// Price that covers cost in the long run.
        long_run_price: At<UsdPerTonne>,
        /// Smallest price step; above 0.
        tick: At<UsdPerTonne>,
        /// Cost of keeping a tonne for a year.
        storage: At<UsdPerTonneYear>,
        /// Weeks of use that the trade considers a normal stock, goods under way included; above 0.
        normal_cover: At<Weeks>,
        /// Ways between regions.
        freight: At<Freight>,
    }
}

record! {
    /// Ways between regions. A pair of regions that is not listed goes by `other`; without `other` nothing is carried.
    pub struct Freight as "Freight" {
        /// Ways from one region to another, in that direction only.
        routes: Vec<Route> = "[]",
        /// Way between all other pairs.
        other: Option<Way>,
        /// Regions between which `other` goes; all when empty. A part of a joined world has its own regions here.
        among: Vec<Ref<reference::Region>> = "[]",
    }
}

record! {
    /// A way from region to region.
    pub struct Route as "Route" {
        /// Region of departure.
        from: Ref<reference::Region>,
        /// Region of arrival.
        to: Ref<reference::Region>,
        /// Freight, insurance and handling.
        cost: At<UsdPerTonne>,
        /// Under way: 0 to 26 whole weeks.
        time: At<Weeks>,
    }
}

record! {
    /// A way between any two regions.
    pub struct Way as "Way" {
        /// Freight, insurance and handling.
        cost: At<UsdPerTonne>,
        /// Under way: 0 to 26 whole weeks.
        time: At<Weeks>,
    }
}

record! {
    /// A market area.
    pub struct Region as "Region" {
        /// What people read.
        label: Label,
    }
}

record! {
    /// A state.
    pub struct Nation as "Nation" {
        /// What people read.
        label: Label,
        /// Region that it belongs to.
        region: Ref<reference::Region>,
        /// Political stability, as the percentile rank of the World Bank's governance indicators over 100; 1 is the most stable.
        governance: Share = "Share(0.5)",
        /// By which criteria it calls a mineral critical.
        criticality: Option<Criticality>,
        /// Chance, as investors see it, that a project there is lost to its owner: what they add to the cost of capital.
        hazard: SharePerYear = "SharePerYear(0)",
        /// Currency in which its firms reckon; the dollar when left out.
        currency: Option<Ref<reference::Currency>>,
        /// How its firms cover the exchange risk of offtake contracts with banks; not at all when left out.
        cover: Option<Cover>,
        /// What it decrees.
        policies: Keyed<Id, WrittenPolicy> = "{}",
        /// Which of its policies it decides on inside the run, by the policy's id; all others come on their written dates.
        decisions: Keyed<Id, Decision> = "{}",
        /// When it votes; a hazard may look at it.
        elections: Option<Elections>,
    }
}

record! {
    /// A currency besides the dollar. Its rate is a random walk in logs.
    pub struct Currency as "Currency" {
        /// What people read.
        label: Label,
        /// Units per dollar at the start.
        per_usd: Factor,
        /// Standard deviation of a week's log change.
        sd: Share,
        /// Share of its distance from the opening rate that it makes up in a year.
        pull: SharePerYear = "SharePerYear(0)",
        /// Time from delivery, when the price is fixed, to payment of contracts in which it meets another currency: 1 to 26 whole weeks.
        payment: At<Weeks>,
    }
}

record! {
    /// How firms cover exchange risk with banks: what is covered neither gains nor loses.
    pub struct Cover as "Cover" {
        /// Share of what is owed that is covered; above 0.
        share: At<Share>,
        /// What banks are paid, of what is covered.
        spread: At<Share>,
    }
}

record! {
    /// A metal mined for its own sake.
    pub struct Host as "Host" {
        /// What people read.
        label: Label,
        /// Output against the base year, or `Path(..)` with a name in `paths`.
        plan: At<Growth>,
    }
}

/// What a reserve holds at the start.
#[derive(Debug, Clone, Copy)]
pub enum Holding {
    /// A mass.
    Tonnes(Tonnes),
    /// So many days of the nation's base-year use.
    DaysOfUse(DaysOfUse),
    /// A multiple of the agency's target.
    OfTarget(OfTarget),
}

impl Decode for Holding {
    fn shape() -> Shape {
        let means = "tonnes of contained metal, days of the nation's base-year use of it, or a multiple of the target"
            .to_owned();
        Shape::Value { write: "Tonnes(..), DaysOfUse(..) or OfTarget(..)".to_owned(), means }
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        if node.name.as_deref() == Some("DaysOfUse") {
            return DaysOfUse::decode(node, cx).map(Self::DaysOfUse);
        }
        if node.name.as_deref() == Some("OfTarget") {
            return OfTarget::decode(node, cx).map(Self::OfTarget);
        }
        if node.name.as_deref() == Some("Days") {
            let days = match &node.kind {
                Kind::Tuple(items) if items.len() == 1 => items[0].leaf().unwrap_or(".."),
                _ => "..",
            };
            let instead = format!("write DaysOfUse({days}) for days of the nation's use");
            cx.expected(node, "Tonnes(..) or DaysOfUse(..)", instead);
            return None;
        }
        Tonnes::decode(node, cx).map(Self::Tonnes)
    }

    fn recover(_at: &Origin) -> Option<Self> {
        Some(Self::Tonnes(Tonnes::unread()))
    }
}
