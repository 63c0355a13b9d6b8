//! Offtake contracts, the rules by which they are made, and alliances.

use crate::calendar::Week;
use crate::id::Id;
use crate::offtake::LONGEST_MEAN;
use crate::setup::{Formula, MarketIx, MineralIx, NationIx, Offtake, OfftakeRule, OfftakeTerms, Party};

use super::super::decode::{At, Cx};
use super::super::quantity::{Quantity, UsdPerTonne};
use super::super::written::World;
use super::super::written::offtakes::{self as written, Formula as WrittenFormula, Matching};
use super::agents::Agents;
use super::names::{Names, exact, exact_above_0, whole_weeks};

/// Contracts of a world.
pub(super) struct Contracts {
    pub(super) offtakes: Vec<Offtake>,
    pub(super) rules: Vec<OfftakeRule>,
    pub(super) alignment: Vec<f64>,
}

pub(super) fn resolve(world: &World, agents: &Agents, names: &Names, cx: &mut Cx) -> Option<Contracts> {
    let offtakes =
        super::all(world.offtakes.iter().map(|(id, written)| offtake(&id.value, written, agents, names, cx)));
    let rules = super::all(world.offtake_rules.iter().map(|(id, written)| {
        let mineral = names.mineral(&written.mineral, cx)?;
        let market = names.market(mineral, &written.stage, cx);
        rule(id.to_string(), market, mineral, None, &written.matching, names, cx)
    }));
    let alignment = alignment(world, names, cx);
    Some(Contracts { offtakes: offtakes?, rules: rules?, alignment: alignment? })
}

fn offtake(id: &Id, written: &written::Offtake, agents: &Agents, names: &Names, cx: &mut Cx) -> Option<Offtake> {
    let mine = agents.mines.iter().position(|mine| mine.id == written.seller.value);
    let maker = agents.plants.iter().position(|plant| plant.id == written.seller.value);
    let user = agents.plants.iter().position(|plant| plant.id == written.buyer.value);
    let sector = agents.sectors.iter().position(|sector| sector.id == written.buyer.value);
    let parties: [(&At<Id>, bool, &str); 2] = [
        (&written.seller, mine.is_some() && maker.is_some(), "a mine and a plant"),
        (&written.buyer, user.is_some() && sector.is_some(), "a plant and a sector"),
    ];
    for (name, both, kinds) in parties {
        if both {
            cx.error_at(&name.origin, format!("\"{}\" is {kinds}", name.value), "give one of them another id");
            return None;
        }
    }
    let seller = mine.map(Party::Mine).or(maker.map(Party::Plant))?;
    let buyer = user.map(Party::Plant).or(sector.map(Party::Sector))?;
    let sells = match seller {
        Party::Mine(index) => agents.mines[index].market,
        Party::Plant(index) | Party::Sector(index) => agents.plants[index].product,
    };
    let buys = match buyer {
        Party::Plant(index) | Party::Mine(index) => agents.plants[index].feed,
        Party::Sector(index) => agents.sectors[index].market,
    };
    if sells != buys {
        let what = format!("\"{}\" does not buy what \"{}\" sells", written.buyer.value, written.seller.value);
        cx.error_at(&written.buyer.origin, what, "name a buyer of that stage");
        return None;
    }
    let mineral = names.mineral_of(sells)?;
    let quantity = exact_above_0(&written.quantity, names.quantum(mineral), cx);
    let from = names.week(written.from.value);
    let until = written.until.as_ref().map_or(Week::MAX, |day| names.week(day.value));
    if let Some(day) = written.until.as_ref().filter(|day| day.value <= written.from.value) {
        let what = format!("it ends on {}, not after it begins on {}", day.value, written.from.value);
        cx.error_at(&day.origin, what, "write a later day");
        return None;
    }
    let terms = terms(&written.terms, sells, mineral, names, cx);
    Some(Offtake { id: id.clone(), seller, buyer, quantity_per_year: quantity?, weeks: from..until, terms: terms? })
}

/// A rule by which contracts are made, of the world or of a nation.
pub fn rule(
    name: String,
    market: Option<MarketIx>,
    mineral: MineralIx,
    nation: Option<NationIx>,
    matching: &Matching,
    names: &Names,
    cx: &mut Cx,
) -> Option<OfftakeRule> {
    let tenor = whole_weeks(&matching.tenor, 13..=520, cx);
    let premium = exact(&matching.alliance_premium, names.quantum(mineral), cx);
    let terms = terms(&matching.terms, market?, mineral, names, cx);
    Some(OfftakeRule {
        name,
        market: market?,
        nation,
        share_of_output: matching.share_of_output.number(),
        share_of_need: matching.share_of_need.number(),
        tenor_weeks: tenor?,
        alliance_premium: premium?,
        terms: terms?,
    })
}

/// Price and nomination of a contract for a market's metal.
pub fn terms(
    written: &written::OfftakeTerms,
    market: MarketIx,
    mineral: MineralIx,
    names: &Names,
    cx: &mut Cx,
) -> Option<OfftakeTerms> {
    let quantum = names.quantum(mineral);
    let whole = |bound: &Option<At<UsdPerTonne>>, cx: &mut Cx| match bound {
        Some(bound) => exact(bound, quantum, cx).map(Some),
        None => Some(None),
    };
    let (floor, cap) = (whole(&written.floor, cx), whole(&written.cap, cx));
    if let (Some(Some(floor)), Some(Some(cap)), Some(at)) = (floor, cap, &written.cap)
        && cap < floor
    {
        cx.error_at(&at.origin, "the cap lies below the floor", "write at least the floor");
        return None;
    }
    let weeks = |weeks, cx: &mut Cx| whole_weeks(weeks, 1..=LONGEST_MEAN, cx);
    let formula = match &written.formula {
        WrittenFormula::Fixed(price) => exact(price, quantum, cx).map(Formula::Fixed),
        WrittenFormula::Spot(mean) => weeks(mean, cx).map(|weeks| {
            let (premium, charge) = Default::default();
            Formula::Benchmark { market, region: None, weeks, payable: 1.0, premium, charge }
        }),
        WrittenFormula::BenchmarkPlus(of) => {
            let market = of.stage.as_ref().map_or(Some(market), |stage| names.market(mineral, stage, cx));
            let region = of.region.as_ref().map_or(Some(None), |region| names.region(region, cx).map(Some));
            let (mean, premium, charge) =
                (weeks(&of.weeks, cx), exact(&of.premium, quantum, cx), exact(&of.charge, quantum, cx));
            Some(Formula::Benchmark {
                market: market?,
                region: region?,
                weeks: mean?,
                payable: of.payable.0,
                premium: premium?,
                charge: charge?,
            })
        }
    };
    Some(OfftakeTerms {
        tolerance: written.tolerance.number(),
        band: written.band.number(),
        formula: formula?,
        floor: floor?,
        cap: cap?,
    })
}

/// The matrix of alignments: symmetric, 0 where nothing is written.
fn alignment(world: &World, names: &Names, cx: &mut Cx) -> Option<Vec<f64>> {
    let n = names.nations.len();
    let mut matrix = vec![None; n * n];
    let before = cx.count();
    for alliance in &world.alliances {
        let (one, other) = (names.nation(&alliance.one, cx), names.nation(&alliance.other, cx));
        let Some((one, other)) = one.zip(other) else { continue };
        if one == other {
            let what = format!("\"{}\" is allied with itself", alliance.one.value);
            cx.error_at(&alliance.other.origin, what, "name two nations");
        } else if matrix[one * n + other].is_some() {
            let what = format!("\"{}\" and \"{}\" come twice", alliance.one.value, alliance.other.value);
            cx.error_at(&alliance.one.origin, what, "keep one of the two");
        }
        matrix[one * n + other] = Some(alliance.alignment.0);
        matrix[other * n + one] = Some(alliance.alignment.0);
    }
    (cx.count() == before).then(|| matrix.into_iter().map(Option::unwrap_or_default).collect())
}
