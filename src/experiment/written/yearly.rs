//! Outcomes of nations' positions, of plants and of priorities.

use crate::calendar::Date;
use crate::id::Id;
use crate::world_file::decode::At;
use crate::world_file::record::{choice, record};
use crate::world_file::value::Priority;

choice! {
    /// A column of the table `positions`.
    pub enum PositionFigure as "a figure of a position" {
        /// Output of mines, in t a year.
        Mined,
        /// Output of refined metal, in t a year.
        Refined,
        /// Output of recyclers, in t a year.
        Recycled,
        /// What sectors would use at opening prices, in t a year.
        Required,
        /// Use of sectors, in t a year.
        Use,
        /// Output of mines abroad that the nation's firms own, in t a year.
        OwnedAbroad,
        /// Ore reserves at the end of the year, in t.
        OreReserve,
        /// Ore reserves over output, in years.
        ReserveLife,
        /// Stocks of refined metal over use, in weeks.
        CoverWeeks,
        /// Mean price that was paid for refined metal, in USD/t.
        Price,
        /// Share of the world's mine output.
        MiningShare,
        /// Share of the world's refined output.
        RefiningShare,
        /// Share of the world's ore reserves.
        ReserveShare,
        /// 1 − refined / use, not below 0.
        NetImportReliance,
        /// Share of what is used, or processed, that was mined abroad.
        MinedAbroad,
        /// Recycled metal over use.
        RecycledShare,
        /// Concentration of what enters the nation, by where it comes from.
        SourcesHhi,
        /// Concentration of the world's mining by nation.
        MiningHhi,
        /// Concentration of the world's refining by nation.
        RefiningHhi,
    }
}

record! {
    /// A nation's position in a mineral.
    pub struct OfPosition as "OfPosition" {
        /// Nation; the world when left out, where it has the figure.
        nation: Option<At<Id>>,
        /// Mineral.
        mineral: At<Id>,
        /// Figure.
        figure: At<PositionFigure>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

choice! {
    /// A column of the table `stage_positions`.
    pub enum StageFigure as "a figure of a stage" {
        /// Output of mines and plants, in t a year.
        Made,
        /// Use of sectors and feed of plants, in t a year.
        Use,
        /// Imports, in t a year.
        Imports,
        /// Exports, in t a year.
        Exports,
        /// What mines and plants could make in a year at the end of the year, in t a year.
        Capacity,
        /// Output over capacity.
        Utilization,
        /// Stocks of firms and reserves at the end of the year, in t.
        Stock,
        /// Mean weekly price, in USD/t.
        Price,
    }
}

record! {
    /// A stage of a mineral in a nation.
    pub struct OfStage as "OfStage" {
        /// Nation; the world when left out, where it has the figure.
        nation: Option<At<Id>>,
        /// Mineral.
        mineral: At<Id>,
        /// Stage.
        stage: At<Id>,
        /// Figure.
        figure: At<StageFigure>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

choice! {
    /// A class of supply position: see `position_rule` of the world.
    pub enum Class as "a class" {
        /// Mines most of the world's output and depends little on others.
        Dominant,
        /// Depends on others for no more than it can bear.
        LowRisk,
        /// Depends on others, but mines some itself or processes much of the world's metal.
        RiskInHand,
        /// Has almost no output of its own and processes little.
        LittleOutput,
    }
}

record! {
    /// A class of a nation's position in a mineral.
    pub struct OfClass as "OfClass" {
        /// Nation.
        nation: At<Id>,
        /// Mineral.
        mineral: At<Id>,
        /// Class.
        class: Class,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

choice! {
    /// A column of the table `critical_lists`.
    pub enum ListFigure as "a figure of a list" {
        /// Share of the years in which the mineral is on the list.
        Critical,
        /// Supply risk, on the scale of the nation's formula.
        SupplyRisk,
        /// Economic importance, on the scale of the nation's formula.
        Importance,
    }
}

record! {
    /// A mineral under a nation's criteria.
    pub struct OfList as "OfList" {
        /// Nation, one with `criticality`.
        nation: At<Id>,
        /// Mineral.
        mineral: At<Id>,
        /// Figure.
        figure: ListFigure,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// A plant over part of the run.
    pub struct OfPlant as "OfPlant" {
        /// Plant.
        plant: At<Id>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// A nation over part of the run.
    pub struct OfNation as "OfNation" {
        /// Nation.
        nation: At<Id>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// Sectors of a mineral by priority.
    pub struct OfPriority as "OfPriority" {
        /// Mineral.
        mineral: At<Id>,
        /// Nation; all when left out.
        nation: Option<At<Id>>,
        /// Highest priority that counts; lower numbers go first.
        up_to: Priority,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}
