//! Who uses futures: which mines, plants and sectors of a kind hedge, and which merchants carry metal against a contract.

use crate::exchange::contract::Delivery;
use crate::id::Id;
use crate::policy::WrittenPolicy;
use crate::setup::MarketIx;
use crate::setup::exchange::{CarryTrade, Contract, Hedge, HedgeOptions, Metal};
use crate::trader::hedger;

use super::super::decode::{At, Cx};
use super::super::quantity::Quantity;
use super::super::written::World;
use super::super::written::curves::Forecast;
use super::super::written::rules::MerchantRule;
use super::super::written::traders::{Carry, Hedging};
use super::agents::Agents;
use super::all;
use super::exchanges::Floor;
use super::names::{Names, above_0, whole_weeks};
use super::places::{of_feed, of_mine, of_product, of_sector, whole};

/// Longest tenor of a hedge, in weeks.
const LONGEST_TENOR: f64 = 156.0;
/// Earliest move to another month, in weeks before the last session.
const EARLIEST_ROLL: u32 = 26;

/// A hedge as written.
pub(super) fn hedging(written: &Hedging, names: &Names, cx: &mut Cx) -> Option<Hedge> {
    let (contract, pace) = (names.contract(&written.contract, cx), above_0(&written.pace, cx));
    let tenor = above_0(&written.tenor, cx).filter(|tenor| *tenor <= LONGEST_TENOR);
    if written.tenor.number() > LONGEST_TENOR {
        let what = format!("Weeks({}) is too long", written.tenor.number());
        cx.error_at(&written.tenor.origin, what, format!("write at most Weeks({LONGEST_TENOR})"));
    }
    let roll = whole_weeks(&written.roll, 1..=EARLIEST_ROLL, cx);
    let rule = hedger::Hedging {
        ratio: written.ratio.number(),
        selective: written.selective.number(),
        tenor_weeks: tenor?,
        pace: pace?,
        roll_weeks: roll?,
        leverage: written.leverage.0,
    };
    let options = written.options.as_ref();
    let options = options.map(|part| HedgeOptions { share: part.share.number(), out: part.out.number() });
    Some(Hedge { contract: contract?, rule, options })
}

/// Leaves hedges to those who trade at the stage that a contract is for, and gives merchants the contract that delivers
/// where they stand.
pub(super) fn place(world: &World, agents: &mut Agents, floor: &Floor, names: &Names, cx: &mut Cx) {
    for (_, rule) in &world.merchant_rules {
        sound(rule, names, cx);
    }
    let contracts = floor.contracts.as_slice();
    stockpiles(world, contracts, names, cx);
    // Where an entry could not be read or placed, it may be the one that hedges or carries.
    for (id, rule) in world.mine_rules.iter().filter(|_| whole(&world.mines)) {
        let own = world.mines.iter().filter(|(_, mine)| mine.rule.value == id.value);
        // A mine hedges what its mineral becomes, too: its own price moves with that.
        let markets = all(own.map(|(_, mine)| Some(stages(of_mine(mine, names)?, names))));
        used(
            rule.hedging.as_ref(),
            markets.as_deref(),
            "mine of this kind sells, nor what is made of it",
            contracts,
            names,
            cx,
        );
    }
    for (id, rule) in world.plant_rules.iter().filter(|_| whole(&world.plants)) {
        let own = world.plants.iter().filter(|(_, plant)| plant.rule.value == id.value);
        let markets = all(own.map(|(_, plant)| Some([of_feed(plant, names)?, of_product(plant, names)?])));
        used(rule.hedging.as_ref(), markets.as_deref(), "plant of this kind buys or makes", contracts, names, cx);
    }
    for (id, rule) in world.sector_rules.iter().filter(|_| whole(&world.sectors)) {
        let own = world.sectors.iter().filter(|(_, sector)| sector.rule.value == id.value);
        let markets = all(own.map(|(_, sector)| Some([of_sector(sector, names)?; 2])));
        used(rule.hedging.as_ref(), markets.as_deref(), "sector of this kind uses", contracts, names, cx);
    }
    let suits = |hedge: &Hedge, markets: &[MarketIx]| {
        contracts[hedge.contract]
            .as_ref()
            .and_then(Contract::metal)
            .is_some_and(|metal| markets.contains(&metal.market))
    };
    for mine in agents.mines.iter_mut().flatten() {
        mine.rule.hedging = mine.rule.hedging.filter(|hedge| suits(hedge, &stages(mine.market, names)));
    }
    for plant in agents.plants.iter_mut().flatten() {
        plant.rule.hedging = plant.rule.hedging.filter(|hedge| suits(hedge, &[plant.feed, plant.product]));
    }
    for sector in agents.sectors.iter_mut().flatten() {
        sector.rule.hedging = sector.rule.hedging.filter(|hedge| suits(hedge, &[sector.market]));
    }
    if whole(&world.merchants) && agents.merchants.iter().all(Option::is_some) {
        carries(world, agents, contracts, names, cx);
    }
}

/// The markets of what is mined and of what is made of it: a mine's price moves with theirs.
fn stages(mined: MarketIx, names: &Names) -> Vec<MarketIx> {
    names.mineral_of(mined).map_or_else(Vec::new, |mineral| names.markets(mineral).filter(|at| *at >= mined).collect())
}

/// Reports a hedge in a market in which nobody of the kind trades; `nobody` says who and what.
fn used(
    written: Option<&Hedging>,
    markets: Option<&[impl AsRef<[MarketIx]>]>,
    nobody: &str,
    contracts: &[Option<Contract>],
    names: &Names,
    cx: &mut Cx,
) {
    let Some((written, markets)) = written.zip(markets) else { return };
    let Some(index) = names.contract(&written.contract, cx) else { return };
    let Some(contract) = &contracts[index] else { return };
    let Some(Metal { market, .. }) = contract.metal() else {
        let what = format!("\"{}\" is for no metal", written.contract.value);
        cx.error_at(&written.contract.origin, what, "name a contract for what they trade, or drop `hedging`");
        return;
    };
    if written.options.is_some() && contract.options.is_none() {
        let what = format!("\"{}\" has no options to hedge with", written.contract.value);
        cx.error_at(&written.contract.origin, what, "name a contract with `options`, or drop them here");
    }
    if let Some(mineral) =
        names.mineral_of(market).filter(|_| !markets.iter().any(|own| own.as_ref().contains(&market)))
    {
        let (metal, stage) =
            (&names.minerals[mineral].0, &names.stages_of(mineral)[market - names.markets(mineral).start]);
        let what = format!("\"{}\" is for {metal} {stage}, which no {nobody}", written.contract.value);
        cx.error_at(&written.contract.origin, what, "name a contract for what they trade, or drop `hedging`");
    }
}

/// Checks decrees by which agencies hedge against the agencies and contracts that they name.
fn stockpiles(world: &World, contracts: &[Option<Contract>], names: &Names, cx: &mut Cx) {
    for (nation, written) in &world.nations {
        for (_, policy) in &written.policies {
            let (of, on, in_options) = match policy {
                WrittenPolicy::ReserveOptions(puts) => (&puts.reserve, &puts.contract, true),
                WrittenPolicy::ReserveHedge(hedge) => (&hedge.reserve, &hedge.contract, false),
                _ => continue,
            };
            let found = world.reserves.iter().find(|(id, _)| id.value == of.value);
            let (Some((_, reserve)), Some(index)) = (found, names.contracts.iter().position(|(id, _)| *id == on.value))
            else {
                continue;
            };
            if reserve.nation.value != nation.value {
                let what = format!("\"{}\" is no agency of \"{}\"", of.value, nation.value);
                cx.error_at(&of.origin, what, "name an agency of the nation that decrees");
            }
            let Some(contract) = &contracts[index] else { continue };
            let holds =
                |mineral: usize| names.stages_of(mineral).iter().position(|stage| *stage == reserve.stage.value);
            let held = |Metal { market, .. }: Metal| {
                names.mineral_of(market).is_some_and(|mineral| {
                    names.minerals[mineral].0 == reserve.mineral.value
                        && holds(mineral) == Some(market - names.markets(mineral).start)
                })
            };
            if !contract.metal().is_some_and(held) {
                let what = format!("\"{}\" is not for the metal that \"{}\" holds", contract.id, of.value);
                cx.error_at(&on.origin, what, "name a contract for its mineral and stage");
            } else if in_options && contract.options.is_none() {
                let what = format!("\"{}\" has no options", contract.id);
                cx.error_at(&on.origin, what, "name a contract with `options`, or add them");
            }
        }
    }
}

/// Checks the carry trades of a kind of merchant by themselves.
fn sound(rule: &MerchantRule, names: &Names, cx: &mut Cx) {
    for (id, carry) in &rule.carry {
        names.contract(id, cx);
        above_0(&carry.pace, cx);
        if matches!(rule.forecast, Forecast::Rational(_)) {
            let what = "a rational merchant knows its market without an exchange";
            cx.error_at(&id.origin, what, "drop `carry` or `forecast`");
        }
    }
}

fn carries(world: &World, agents: &mut Agents, contracts: &[Option<Contract>], names: &Names, cx: &mut Cx) {
    for (rule_id, rule) in &world.merchant_rules {
        let known: Vec<(&At<Id>, &Carry, usize, &Contract)> = rule
            .carry
            .iter()
            .filter_map(|(id, carry)| {
                let index = names.contracts.iter().position(|(other, _)| *other == id.value)?;
                Some((id, carry, index, contracts[index].as_ref()?))
            })
            .collect();
        let mut carried = vec![false; known.len()];
        let own = world.merchants.iter().zip(agents.merchants.iter_mut().flatten());
        for ((id, _), merchant) in own.filter(|((_, written), _)| written.rule.value == rule_id.value) {
            let region = names.nations[merchant.nation].1;
            let here = |contract: &Contract| {
                let its_metal = contract.metal().is_some_and(|metal| metal.market == merchant.market);
                its_metal && region.is_some_and(|region| contract.delivers_in(region))
            };
            let mut places: Vec<usize> = (0..known.len()).filter(|&place| here(known[place].3)).collect();
            // The contract of its own region comes before one that has a warehouse there, too.
            let own = |place: &usize| known[*place].3.metal().map(|metal| metal.region) == region;
            if places.iter().any(own) {
                places.retain(own);
            }
            for &place in &places {
                carried[place] = true;
            }
            if let [first, second, ..] = places[..] {
                let (first, second) = (known[first].0, known[second].0);
                let what =
                    format!("\"{}\" and \"{}\" both deliver where \"{}\" stands", first.value, second.value, id.value);
                cx.error_at(&second.origin, what, "keep one of the two");
            }
            merchant.rule.carry = places.first().map(|&place| {
                let (_, carry, contract, on) = known[place];
                let (hedged, fees, pace) = (carry.hedged.number(), carry.fees.number(), carry.pace.number());
                let own = region.and_then(|region| on.warehouse_in(region));
                let discount = on.terms.price(own.map_or(0, |own| on.warehouses[own].terms.discount));
                CarryTrade { contract, hedged, fees, pace, discount }
            });
        }
        for ((id, _, _, contract), carried) in known.into_iter().zip(carried) {
            if matches!(contract.terms.delivery, Delivery::Cash { .. }) {
                let what = format!("\"{}\" is settled in cash: no metal is delivered against it", id.value);
                cx.error_at(&id.origin, what, "name a contract with `Physical` delivery");
            } else if !carried {
                let what = format!("no merchant of this kind trades where \"{}\" delivers", id.value);
                cx.error_at(&id.origin, what, "add one in its stage and region, or drop the carry trade");
            }
        }
    }
}
