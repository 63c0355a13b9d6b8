//! An experiment as a file writes it. What stands here as comments is the reference that `oreworld schema` prints.

use crate::calendar::Date;
use crate::id::Id;
use crate::world_file::decode::{At, Keyed, Raw};
use crate::world_file::quantity::Share;
use crate::world_file::record::{choice, record};
use crate::world_file::value::{Count, Edition, Seed, Text};
use crate::world_file::written::Label;

mod acts;
mod exchanges;
mod factors;
mod facts;
mod policies;
mod pricing;
mod reserves;
mod search;
mod warnings;
mod yearly;

pub use acts::{OfActs, OfPolicy, PriceThird, Which};
pub use exchanges::{ClearingFigure, ContractFigure, OfContract, OfExchange};
pub use factors::{
    Base, Bell, Design, Drawn, Ends, Factor, Levels, Limits, Multiples, Over, Sample, Trajectories, Triangle,
};
pub use facts::{DiscoveryShare, Facts, OfFact, OfHedge, OfPair};
pub use policies::{OfReport, OfShipments, PolicyFigure};
pub use pricing::{GainFigure, OfExchangeGains, OfPricing, PricedOn, TradingSide};
pub use reserves::{AgencyFigure, OfAgency, OfQuantile, OfSupply};
pub use search::{Across, Aim, Bound, Circumstances, Evolution, Limit, Method, Objective, Search};
pub use warnings::{OfWarning, WarningFigure};
pub use yearly::{
    Class, ListFigure, OfClass, OfList, OfNation, OfPlant, OfPosition, OfPriority, OfStage, PositionFigure, StageFigure,
};

record! {
    /// A question put to a world: what is set, over which seeds it is run, what is measured.
    pub struct Experiment as "Experiment" {
        /// Edition of this format; there is only 1 so far.
        schema: At<Edition>,
        /// Id of the experiment.
        id: Id,
        /// What people read.
        label: Label,
        /// What it asks.
        question: Label,
        /// Policy levers that it moves, such as "B1".
        levers: Vec<At<String>> = "[]",
        /// World file, from the folder of this file on.
        world: At<Text>,
        /// Last day on which a week of the run may begin.
        until: At<Date>,
        /// Seeds that every arm is run with.
        seeds: Seeds,
        /// Arm that the others are compared with.
        baseline: At<Id>,
        /// What is set in the world for every arm: values by path, such as "mines.red-hill.stock": Tonnes(500).
        set: Keyed<String, Raw> = "{}",
        /// What is compared.
        arms: Keyed<Id, Arm>,
        /// What is uncertain; with factors the experiment is run by `oreworld sweep`.
        factors: Keyed<Id, Factor> = "{}",
        /// At which points of the factors it is run; needed with factors.
        design: Option<At<Design>>,
        /// What a sweep may cost.
        limits: Limits = "()",
        /// What is measured of every run.
        outcomes: Keyed<Id, Measure> = "{}",
        /// Contracts that are held against the stylized facts.
        facts: Vec<Facts> = "[]",
        /// What is kept of every run; all tables when left out.
        record: Option<Record>,
    }
}

record! {
    /// Seeds from a first one on.
    pub struct Seeds as "Seeds" {
        /// The first.
        first: At<Seed>,
        /// How many.
        count: At<Count>,
    }
}

record! {
    /// A setting of the levers.
    pub struct Arm as "Arm" {
        /// What people read.
        label: Label,
        /// What is set in the world, after what is set for every arm.
        set: Keyed<String, Raw> = "{}",
        /// Numbers of the facts that hold in the baseline and must fail here.
        destroys: Vec<At<Count>> = "[]",
    }
}

record! {
    /// What is kept of every run.
    pub struct Record as "Record" {
        /// Tables: "markets", "flows", "mines", "plants", "sectors", "recyclers", "services", "merchants", "reserves", "agencies",
        /// "nations", "policies", "acts", "projects", "firms", "owners", "offtakes", "positions", "stage_positions", "critical_lists",
        /// "futures", "contracts", "sessions", "options", "clearing", "programs", "reserve_options", "pricing", "exchange_rates",
        /// "exchange_gains", "warnings", "looks".
        tables: Vec<At<String>>,
    }
}

choice! {
    /// What an outcome measures.
    pub enum Measure as "an outcome" {
        /// Mean weekly price, in USD/t.
        PriceMean(OfPrice),
        /// Highest weekly price, in USD/t.
        PricePeak(OfPrice),
        /// Price that a share of the weeks stay below, in USD/t.
        PriceQuantile(OfQuantile),
        /// Weeks from `from` to the highest price.
        PriceTimeToPeak(OfPrice),
        /// Annualized standard deviation of weekly changes of log price.
        PriceVolatility(OfPrice),
        /// Requirement of sectors that was not met, in t.
        UnmetDemand(OfSectors),
        /// Weeks from `from` to the first week in which the sectors go short.
        FirstShortage(Shortage),
        /// Stock of a nation's firms and reserves over their use, in weeks.
        WeeksOfCover(OfNationsMarket),
        /// Stock of a nation's firms, reserves left out, mean in t.
        PrivateStock(OfNationsMarket),
        /// A figure of a reserve agency.
        Agency(OfAgency),
        /// Share of a nation's use beyond its own output.
        ImportDependence(OfNationsMarket),
        /// Output of a nation's recyclers over the use of its sectors, of a mineral.
        RecycledShare(OfNationsMineral),
        /// What sectors used, in t.
        Use(OfSectors),
        /// Mean share of sectors' use that has switched to substitutes.
        SubstitutedShare(OfSectors),
        /// Mean share of the capacity of sectors' firms that has closed.
        ClosedShare(OfSectors),
        /// What sectors' firms earned besides the metal's cost, in USD; of sectors whose rule has `pass_through`.
        SectorMargin(OfSectors),
        /// Mean share of a technology in a service.
        TechnologyShare(OfTechnology),
        /// Concentration of mining by nation, Herfindahl–Hirschman index from 0 to 10,000.
        MiningConcentration(OfMineral),
        /// Concentration of a stage's processing by nation, Herfindahl–Hirschman index from 0 to 10,000.
        RefiningConcentration(OfMarket),
        /// Sum of what a levy brings in a nation, in USD.
        Revenue(OfLevy),
        /// What holding a reserve costs, in USD: spent less earned, and what its stock lost in value at market prices.
        ReserveCost(OfReserve),
        /// What a nation pays for a metal whose price moves, at present value, in USD: what its users lose by prices above the opening one,
        /// and what its reserve costs.
        SupplyCost(OfSupply),
        /// Largest fall of what a reserve agency's stock, money and puts are worth together from an earlier week, in USD.
        ReserveDrawdown(OfReserve),
        /// Premiums that a reserve agency paid less what exercise of its puts brought, in USD.
        ReservePremiums(OfReserve),
        /// What months that a reserve sold forward by `ReserveHedge` brought it, fees taken off, in USD.
        ReserveHedgeGain(OfReserve),
        /// A figure of a nation's position, mean over the years that end in the time looked at.
        Position(OfPosition),
        /// A figure of a stage in a nation, mean over the years that end in the time looked at.
        Stage(OfStage),
        /// Share of the years in which a nation's position is of a class.
        InClass(OfClass),
        /// What a nation's criteria say of a mineral, mean over the years that end in the time looked at.
        CriticalList(OfList),
        /// Product price × recovery − feed price where a plant stands, mean, in USD per t of feed.
        TreatmentCharge(OfPlant),
        /// What a nation's treasury takes, all levies, rents and margins together, in USD a year.
        TreasuryTake(OfNation),
        /// Requirement of all sectors up to a priority that was not met, in t.
        UnmetByPriority(OfPriority),
        /// Mean price that plants and sectors paid, contracts and auctions included, in USD/t.
        PricePaid(OfBuyers),
        /// Share of what plants and sectors bought that came under contracts.
        ContractedShare(OfBuyers),
        /// What a nation's firms mined of a mineral, and what contracts brought its users from mines of others, in t.
        TonnesSecured(OfNationsMineral),
        /// What foreign states took of the margins of a nation's firms in a mineral, less compensation, in USD.
        HostTake(OfNationsMineral),
        /// What a nation's overseas investments in a mineral brought, less what was paid for them, in USD.
        OverseasReturn(OfNationsMineral),
        /// Mean price of what was imported under offtake contracts, in USD/t; nothing if nothing was.
        ImportPrice(OfPricing),
        /// Share of what was bought under offtake contracts whose price follows a benchmark.
        PricedShare(OfPricing),
        /// A figure of what exchange rates did to a side of offtake contracts.
        ExchangeGain(OfExchangeGains),
        /// How good a watch's warnings were.
        Warning(OfWarning),
        /// A figure of what a policy reports.
        Policy(OfReport),
        /// What was shipped between regions, in t.
        Shipped(OfShipments),
        /// Acts of nations, counted.
        Acts(OfActs),
        /// Variance over mean of the yearly counts of acts of nations: 1 when they come by chance alone, more when in waves.
        ActDispersion(OfActs),
        /// Weeks in which a policy that its nation decides on is in force.
        WeeksInForce(OfPolicy),
        /// Firms that defaulted.
        Defaults(OfRun),
        /// Projects whose first capacity opened.
        ProjectsBuilt(OfProjects),
        /// Capacity of projects that opened, in t a year.
        CapacityBuilt(OfProjects),
        /// What policy banks gave up of their loans to projects, in USD.
        LoansWrittenOff(OfProjects),
        /// A figure of a futures contract.
        Contract(OfContract),
        /// A figure of an exchange's clearing house.
        Clearing(OfExchange),
        /// A statistic of a contract and of the metal behind it, such as one of the stylized facts; nothing where it is not defined.
        Fact(OfFact),
        /// Share of the variance of a price's changes that a hedge on a contract takes away.
        HedgeEffectiveness(OfHedge),
        /// Share of a contract in finding the price that it has in common with another.
        InformationShare(OfPair),
    }
}

record! {
    /// A price over part of the run.
    pub struct OfPrice as "OfPrice" {
        /// Mineral.
        mineral: At<Id>,
        /// Stage.
        stage: At<Id>,
        /// Region.
        region: At<Id>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// Sectors over part of the run.
    pub struct OfSectors as "OfSectors" {
        /// Sectors, taken together.
        sectors: Vec<At<Id>>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// Sectors, and from what share on they count as short.
    pub struct Shortage as "Shortage" {
        /// Sectors, taken together.
        sectors: Vec<At<Id>>,
        /// Share of the requirement that must be exceeded.
        above: Share = "Share(0.01)",
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// A market's metal in a nation over part of the run.
    pub struct OfNationsMarket as "OfNationsMarket" {
        /// Nation.
        nation: At<Id>,
        /// Mineral.
        mineral: At<Id>,
        /// Stage.
        stage: At<Id>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// A mineral in a nation over part of the run.
    pub struct OfNationsMineral as "OfNationsMineral" {
        /// Nation.
        nation: At<Id>,
        /// Mineral.
        mineral: At<Id>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// A technology of a service over part of the run.
    pub struct OfTechnology as "OfTechnology" {
        /// Service.
        service: At<Id>,
        /// Technology.
        technology: At<Id>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// A mineral over part of the run.
    pub struct OfMineral as "OfMineral" {
        /// Mineral.
        mineral: At<Id>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// Plants and sectors over part of the run.
    pub struct OfBuyers as "OfBuyers" {
        /// Plants and sectors, taken together.
        buyers: Vec<At<Id>>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// Mines and plants that may be built, over part of the run.
    pub struct OfProjects as "OfProjects" {
        /// Mineral.
        mineral: At<Id>,
        /// Where they lie; anywhere when left out.
        nation: Option<At<Id>>,
        /// Nation whose firms own them at the start; any when left out.
        owner: Option<At<Id>>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// Part of the run.
    pub struct OfRun as "OfRun" {
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// A stage of a mineral over part of the run.
    pub struct OfMarket as "OfMarket" {
        /// Mineral.
        mineral: At<Id>,
        /// Stage.
        stage: At<Id>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

choice! {
    /// What brings money in a nation.
    pub enum Levy as "a levy" {
        /// Royalty on what is mined.
        Royalty,
        /// Duty on exports.
        Duty,
        /// Tariff on imports.
        Tariff,
        /// Rent of quotas and licenses, whoever in the nation earns it: treasury or producers.
        QuotaRent,
        /// The treasury's share of the margin of nationalized mines, less compensation.
        StateMargin,
        /// What programs for users, collectors and recyclers cost the treasury.
        Programs,
    }
}

record! {
    /// A levy of a nation over part of the run.
    pub struct OfLevy as "OfLevy" {
        /// Nation.
        nation: At<Id>,
        /// Levy.
        levy: Levy,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// A reserve over part of the run.
    pub struct OfReserve as "OfReserve" {
        /// Reserve agency.
        reserve: At<Id>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}
