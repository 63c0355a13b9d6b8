//! Offtake contracts, the rules by which they are made, and alliances.

use crate::calendar::Week;
use crate::id::Id;
use crate::offtake::LONGEST_MEAN;
use crate::setup::exchange::ContractIx;
use crate::setup::{
    Formula, MarketIx, MineralIx, NationIx, Offtake, OfftakeRule, OfftakeTerms, OnFutures, Party, Quotation,
};

use super::super::decode::{At, Cx, Keyed};
use super::super::quantity::{Quantity, Share, UsdPerTonne, plain};
use super::super::written::World;
use super::super::written::offtakes::{self as written, Formula as WrittenFormula, Matching};
use super::names::{Names, above_0, exact, exact_above_0, whole_weeks};
use super::places;

/// Contracts of a world.
#[derive(Default)]
pub(super) struct Contracts {
    pub(super) offtakes: Vec<Offtake>,
    pub(super) rules: Vec<OfftakeRule>,
    pub(super) alignment: Vec<f64>,
}

pub(super) fn resolve(world: &World, names: &Names, cx: &mut Cx) -> Option<Contracts> {
    let offtakes = super::all(world.offtakes.iter().map(|(id, written)| offtake(&id.value, written, world, names, cx)));
    let rules = super::all(world.offtake_rules.iter().map(|(id, written)| {
        let mineral = names.mineral(&written.mineral, cx);
        let market = mineral.and_then(|mineral| names.market(mineral, &written.stage, cx));
        rule(id.to_string(), market, mineral, None, &written.matching, names, cx)
    }));
    let alignment = alignment(world, names, cx);
    oversold(world, cx);
    Some(Contracts { offtakes: offtakes?, rules: rules?, alignment: alignment? })
}

/// An entry of a list that could be read.
fn find<'a, V>(list: &'a Keyed<Id, V>, name: &Id) -> Option<&'a V> {
    list.iter().find(|(id, _)| id.value == *name).map(|(_, value)| value)
}

/// What the seller sells and what the buyer buys, where each can be read.
fn markets(written: &written::Offtake, world: &World, names: &Names) -> (Option<MarketIx>, Option<MarketIx>) {
    let (seller, buyer) = (&written.seller.value, &written.buyer.value);
    let mined = find(&world.mines, seller).and_then(|mine| places::of_mine(mine, names));
    let made = find(&world.plants, seller).and_then(|plant| places::of_product(plant, names));
    let fed = find(&world.plants, buyer).and_then(|plant| places::of_feed(plant, names));
    let used = find(&world.sectors, buyer).and_then(|sector| places::of_sector(sector, names));
    (mined.or(made), fed.or(used))
}

/// Whether anything is sold under contract in a market.
pub(super) fn any_in(market: MarketIx, world: &World, names: &Names) -> bool {
    let sold = |offtake: &written::Offtake| {
        let (sells, buys) = markets(offtake, world, names);
        sells == Some(market) || buys == Some(market)
    };
    let rules = |rule: &written::OfftakeRule| places::named(&rule.mineral, &rule.stage, names) == Some(market);
    world.offtakes.iter().any(|(_, offtake)| sold(offtake)) || world.offtake_rules.iter().any(|(_, rule)| rules(rule))
}

fn offtake(id: &Id, written: &written::Offtake, world: &World, names: &Names, cx: &mut Cx) -> Option<Offtake> {
    let place = |ids: &[&Id], name: &At<Id>| ids.iter().position(|id| **id == name.value);
    let (mines, plants, sectors) = (world.mines.keys(), world.plants.keys(), world.sectors.keys());
    let (mine, maker) = (place(&mines, &written.seller), place(&plants, &written.seller));
    let (user, sector) = (place(&plants, &written.buyer), place(&sectors, &written.buyer));
    let parties: [(&At<Id>, bool, &str); 2] = [
        (&written.seller, mine.is_some() && maker.is_some(), "a mine and a plant"),
        (&written.buyer, user.is_some() && sector.is_some(), "a plant and a sector"),
    ];
    let before = cx.count();
    for (name, _, kinds) in parties.iter().filter(|(_, both, _)| *both) {
        cx.error_at(&name.origin, format!("\"{}\" is {kinds}", name.value), "give one of them another id");
    }
    let (sells, buys) = markets(written, world, names);
    if sells.zip(buys).is_some_and(|(sells, buys)| sells != buys) && cx.count() == before {
        let what = format!("\"{}\" does not buy what \"{}\" sells", written.buyer.value, written.seller.value);
        cx.error_at(&written.buyer.origin, what, "name a buyer of that stage");
    }
    let from = names.week(written.from.value);
    let until = written.until.as_ref().map_or(Week::MAX, |day| names.week(day.value));
    if let Some(day) = written.until.as_ref().filter(|day| day.value <= written.from.value) {
        let what = format!("it ends on {}, not after it begins on {}", day.value, written.from.value);
        cx.error_at(&day.origin, what, "write a later day");
    }
    let market = sells.or(buys);
    let mineral = market.and_then(|market| names.mineral_of(market));
    let quantity = exact_above_0(&written.quantity, mineral.map(|mineral| names.quantum(mineral)), cx);
    let terms = terms(&written.terms, market, mineral, names, cx);
    (cx.count() == before).then_some(())?;
    let seller = mine.map(Party::Mine).or(maker.map(Party::Plant))?;
    let buyer = user.map(Party::Plant).or(sector.map(Party::Sector))?;
    Some(Offtake { id: id.clone(), seller, buyer, quantity_per_year: quantity?, weeks: from..until, terms: terms? })
}

/// Warns of the contract with which a seller has promised more than it makes at capacity.
fn oversold(world: &World, cx: &mut Cx) {
    for (id, written) in &world.offtakes {
        let seller = &written.seller.value;
        let mine = find(&world.mines, seller).map(|mine| mine.capacity.number());
        let Some(capacity) = mine.or(find(&world.plants, seller).map(|plant| plant.capacity.number())) else {
            continue;
        };
        // Contracts that run when this one begins, those that begin the same day by id.
        let runs = |(other, offtake): &&(At<Id>, written::Offtake)| {
            let begun = (offtake.from.value, &other.value) <= (written.from.value, &id.value);
            let ends = offtake.until.as_ref().is_some_and(|day| day.value < written.from.value);
            offtake.seller.value == *seller && begun && !ends
        };
        let sum: f64 = world.offtakes.iter().filter(runs).map(|(_, offtake)| offtake.quantity.number()).sum();
        let (own, before) = (written.quantity.number(), sum - written.quantity.number());
        if sum > capacity && before <= capacity {
            let others =
                if before > 0.0 { format!(", and {} under other contracts", plain(before)) } else { String::new() };
            let what = format!(
                "\"{seller}\" sells {} t a year{others}, and makes {} t at capacity",
                plain(own),
                plain(capacity)
            );
            cx.warn_at(&written.quantity.origin, what, "write less, or more `capacity`");
        }
    }
}

/// A rule by which contracts are made, of the world or of a nation.
pub fn rule(
    name: String,
    market: Option<MarketIx>,
    mineral: Option<MineralIx>,
    nation: Option<NationIx>,
    matching: &Matching,
    names: &Names,
    cx: &mut Cx,
) -> Option<OfftakeRule> {
    let tenor = whole_weeks(&matching.tenor, 13..=520, cx);
    let premium = exact(&matching.alliance_premium, mineral.map(|mineral| names.quantum(mineral)), cx);
    let terms = terms(&matching.terms, market, mineral, names, cx);
    let on_futures = shares(matching, terms.as_ref(), names, cx);
    Some(OfftakeRule {
        name,
        market: market?,
        nation,
        share_of_output: matching.share_of_output.number(),
        share_of_need: matching.share_of_need.number(),
        tenor_weeks: tenor?,
        alliance_premium: premium?,
        terms: terms?,
        on_futures: on_futures?,
    })
}

/// Shares that follow futures: together no more than all, each of the metal whose spot price the formula follows.
fn shares(matching: &Matching, terms: Option<&OfftakeTerms>, names: &Names, cx: &mut Cx) -> Option<Vec<OnFutures>> {
    let written = &matching.on_futures;
    let sum: f64 = written.iter().map(|on| on.share.number()).sum();
    if sum > 1.0 + 1e-9 {
        cx.error_at(&written.origin, format!("shares of {sum} in all"), "write shares that add up to 1 at most");
    }
    let mut found: Vec<Option<OnFutures>> = Vec::new();
    for (place, on) in written.iter().enumerate() {
        if written[..place].iter().any(|other| other.contract.value == on.contract.value) {
            let what = format!("\"{}\" is named twice", on.contract.value);
            cx.error_at(&on.contract.origin, what, "name each contract once");
        }
        let share = on_futures(&on.contract, &on.share, (&on.premium, &on.discount), names, cx);
        if let Some((share, terms)) = share.zip(terms) {
            let follows = match terms.formula.quotation() {
                Some(Quotation::Spot(market, _)) => Some(market),
                _ => None,
            };
            let metal = names.contracts[share.contract].1.and_then(|(_, market)| market);
            if follows.is_none() || metal != follows {
                let what =
                    format!("the formula does not follow the spot price of what \"{}\" is for", on.contract.value);
                cx.error_at(
                    &on.contract.origin,
                    what,
                    "write `Spot(..)` or `BenchmarkPlus(..)` of its stage, or another contract",
                );
            }
        }
        found.push(share);
    }
    super::all(found.into_iter())
}

/// A share that follows a futures contract for metal.
pub fn on_futures(
    contract: &At<Id>,
    share: &At<Share>,
    (premium, discount): (&At<UsdPerTonne>, &At<UsdPerTonne>),
    names: &Names,
    cx: &mut Cx,
) -> Option<OnFutures> {
    let share = above_0(share, cx);
    let found = futures(contract, names, cx);
    let quantum = found.and_then(|found| names.quantum_of_contract(found));
    let (premium, discount) = (exact(premium, quantum, cx), exact(discount, quantum, cx));
    Some(OnFutures { contract: found?, share: share?, premium: premium? - discount? })
}

/// A futures contract for metal.
fn futures(name: &At<Id>, names: &Names, cx: &mut Cx) -> Option<ContractIx> {
    let contract = names.contract(name, cx)?;
    if let Some((_, None)) = names.contracts[contract].1 {
        cx.error_at(&name.origin, format!("\"{}\" is for no metal", name.value), "name a contract for metal");
        return None;
    }
    Some(contract)
}

/// Price and nomination of a contract for a market's metal, as far as that is known.
pub fn terms(
    written: &written::OfftakeTerms,
    market: Option<MarketIx>,
    mineral: Option<MineralIx>,
    names: &Names,
    cx: &mut Cx,
) -> Option<OfftakeTerms> {
    let quantum = mineral.map(|mineral| names.quantum(mineral));
    let whole = |bound: &Option<At<UsdPerTonne>>, cx: &mut Cx| match bound {
        Some(bound) => exact(bound, quantum, cx).map(Some),
        None => Some(None),
    };
    let (floor, cap) = (whole(&written.floor, cx), whole(&written.cap, cx));
    if let (Some(Some(floor)), Some(Some(cap)), Some(at)) = (floor, cap, &written.cap)
        && cap < floor
    {
        cx.error_at(&at.origin, "the cap lies below the floor", "write at least the floor");
    }
    let weeks = |weeks, cx: &mut Cx| whole_weeks(weeks, 1..=LONGEST_MEAN, cx);
    let formula = match &written.formula {
        WrittenFormula::Fixed(price) => exact(price, quantum, cx).map(Formula::Fixed),
        WrittenFormula::Spot(mean) => market.zip(weeks(mean, cx)).map(|(market, weeks)| {
            let (premium, charge) = Default::default();
            Formula::Benchmark { of: Quotation::Spot(market, None), weeks, payable: 1.0, premium, charge }
        }),
        WrittenFormula::BenchmarkPlus(of) => {
            let market = of.stage.as_ref().map_or(market, |stage| names.market(mineral?, stage, cx));
            let region = of.region.as_ref().map_or(Some(None), |region| names.region(region, cx).map(Some));
            let (mean, premium, charge) =
                (weeks(&of.weeks, cx), exact(&of.premium, quantum, cx), exact(&of.charge, quantum, cx));
            Some(Formula::Benchmark {
                of: Quotation::Spot(market?, region?),
                weeks: mean?,
                payable: of.payable.0,
                premium: premium?,
                charge: charge?,
            })
        }
        WrittenFormula::FuturesPlus(of) => {
            let contract = futures(&of.contract, names, cx);
            let other =
                contract.and_then(|contract| names.contracts[contract].1?.1).and_then(|on| names.mineral_of(on));
            if other.is_some() && mineral.is_some() && other != mineral {
                let what = format!("\"{}\" is for another metal", of.contract.value);
                cx.error_at(&of.contract.origin, what, "name a contract for a stage of the same metal");
            }
            let (mean, premium, charge) =
                (weeks(&of.weeks, cx), exact(&of.premium, quantum, cx), exact(&of.charge, quantum, cx));
            Some(Formula::Benchmark {
                of: Quotation::Futures(contract?),
                weeks: mean?,
                payable: of.payable.0,
                premium: premium?,
                charge: charge?,
            })
        }
    };
    let currency = match &written.currency {
        Some(currency) => names.currency(currency, cx).map(Some),
        None => Some(None),
    };
    Some(OfftakeTerms {
        tolerance: written.tolerance.number(),
        band: written.band.number(),
        formula: formula?,
        floor: floor?,
        cap: cap?,
        currency: currency?,
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
