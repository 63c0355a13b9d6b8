//! Reserve agencies and their rules.

use crate::id::Id;
use crate::setup::reserve::{self as checked, Signal, Site};
use crate::setup::{self, MineralIx, NationIx, Setup};
use crate::shipping::LONGEST_VOYAGE;
use crate::units::{Mass, Quantum};

use super::super::decode::{At, Cx, Origin};
use super::super::quantity::{Quantity, Weeks};
use super::super::written::agents::Sector;
use super::super::written::reserves::{
    Audit, Base, Bidders, Breach, Reserve, ReserveRule, Secrecy, Site as WrittenSite, Standby, Table, Target, Tier,
    Trigger,
};
use super::super::written::{Holding, World};
use super::agents::Rules;
use super::label;
use super::names::{Names, above_0, count, exact, exact_above_0, whole_weeks};
use super::places::whole;

/// Longest approval, and longest time that a decision holds, in weeks.
const MAX_APPROVAL: u32 = 104;

/// What a nation's sectors use of a mineral in the base year; nothing when something is wrong with a sector.
fn used_per_year(
    sectors: &[Option<setup::Sector>],
    names: &Names,
    nation: NationIx,
    mineral: MineralIx,
) -> Option<Mass> {
    let markets = names.markets(mineral);
    let sum = |sum, sector: &Option<setup::Sector>| {
        let sector = sector.as_ref()?;
        let own = sector.nation == nation && markets.contains(&sector.market);
        Some(if own { sum + sector.use_per_year } else { sum })
    };
    sectors.iter().try_fold(Mass::ZERO, sum)
}

fn approval(weeks: &At<Weeks>, cx: &mut Cx) -> Option<u32> {
    whole_weeks(weeks, 0..=MAX_APPROVAL, cx)
}

fn trigger(written: &Trigger, cx: &mut Cx) -> Option<checked::Trigger> {
    let (keep, weeks) = match written {
        Trigger::Price(breach) | Trigger::Shortage(breach) => (breach.keep, &breach.approval),
        Trigger::Discretion(of) => (of.keep, &of.approval),
        Trigger::Warning(of) => (of.keep, &of.approval),
    };
    let on = match written {
        Trigger::Price(Breach { above, .. }) => Some(Signal::Price(above.number())),
        Trigger::Shortage(Breach { above, .. }) => Some(Signal::Shortage(above.number())),
        Trigger::Discretion(of) => whole_weeks(&of.length, 1..=MAX_APPROVAL, cx).map(|weeks| {
            let (per_year, slope) = (of.frequency.number(), of.slope.0);
            Signal::Discretion(checked::Discretion { per_year, slope, weeks })
        }),
        Trigger::Warning(of) => count(&of.level, 1, 3, cx).map(|level| Signal::Warning(level as u8)),
    };
    Some(checked::Trigger { keep: keep.number(), approval: approval(weeks, cx)?, on: on? })
}

/// Half-way from the mean to the lowest price at which a rule releases.
fn least_price(triggers: &[checked::Trigger]) -> f64 {
    let above = triggers.iter().filter_map(|trigger| match trigger.on {
        Signal::Price(above) => Some(above),
        _ => None,
    });
    above.reduce(f64::min).map_or(1.0, |above| 1.0 + above / 2.0)
}

fn target(written: &Target) -> checked::Target {
    let by_priority = written.by_priority.iter().map(|(priority, days)| (priority.0, days.number())).collect();
    checked::Target { days: written.days.number(), by_priority, risk: written.risk.number() }
}

fn audit(written: &Audit, cx: &mut Cx) -> Option<checked::Audit> {
    let (turnover, quality) = (above_0(&written.turnover, cx), above_0(&written.quality, cx));
    let response = above_0(&written.response, cx);
    Some(checked::Audit { turnover: turnover?, quality: quality?, response: response? })
}

fn table(written: &Table, cx: &mut Cx) -> Option<checked::Table> {
    let step = above_0(&written.step, cx);
    let rows = (written.normal.len(), written.disrupted.len());
    let unread = cx.is_replaced(&written.normal.origin) || cx.is_replaced(&written.disrupted.origin);
    if !unread && (rows.0 == 0 || rows.0 != rows.1) {
        let what = format!("{} stocks are listed for normal weeks and {} for disrupted ones", rows.0, rows.1);
        cx.error_at(&written.disrupted.origin, what, "list as many for both, at least one: from nothing held on");
        return None;
    }
    let steps = |rows: &[super::super::value::Units]| rows.iter().map(|row| row.0).collect();
    Some(checked::Table {
        step: step?,
        disrupted_below: written.disrupted_below.number(),
        normal: steps(&written.normal),
        disrupted: steps(&written.disrupted),
    })
}

fn secrecy(written: &Secrecy, cx: &mut Cx) -> Option<checked::Secrecy> {
    match written {
        Secrecy::Hidden => Some(checked::Secrecy::Hidden),
        Secrecy::Public => Some(checked::Secrecy::Public),
        Secrecy::Reported(report) => {
            let every = whole_weeks(&report.every, 1..=MAX_APPROVAL, cx)?;
            Some(checked::Secrecy::Reported { every, noise: report.noise.number() })
        }
    }
}

/// What may be left out: nothing only when what is written is wrong.
#[allow(clippy::option_option, reason = "left out and wrong are two things")]
fn optional<W, R>(written: Option<&W>, cx: &mut Cx, read: impl Fn(&W, &mut Cx) -> Option<R>) -> Option<Option<R>> {
    match written {
        Some(written) => read(written, cx).map(Some),
        None => Some(None),
    }
}

/// A rule, checked.
pub(super) fn rule(written: &ReserveRule, cx: &mut Cx) -> Option<checked::ReserveRule> {
    let triggers: Vec<_> = written.triggers.iter().map(|written| trigger(written, cx)).collect();
    let triggers: Option<Vec<checked::Trigger>> = triggers.into_iter().collect();
    let (release, purchase) = (&written.release, &written.purchase);
    let most_per_bidder = above_0(&release.most_per_bidder, cx);
    let band = optional(written.band.as_ref(), cx, |band, cx| {
        let (floor, ceiling) = (band.floor.0, band.ceiling.0);
        if ceiling <= floor {
            let what = format!("the ceiling {ceiling} is not above the floor {floor}");
            cx.error_at(&band.ceiling.origin, what, format!("write a number above {floor}"));
            return None;
        }
        Some((floor, ceiling))
    });
    let rotation = optional(written.rotation.as_ref(), cx, |rotation, cx| {
        let shelf_years = above_0(&rotation.shelf_life, cx)?;
        let (per_year, margin) = (rotation.rate.number(), rotation.margin.number());
        Some(checked::Rotation { per_year, margin, shelf_years })
    });
    let audit = optional(written.audit.as_ref(), cx, audit);
    let table = optional(written.table.as_ref(), cx, table);
    let secrecy = secrecy(&written.secrecy, cx);
    let triggers = triggers?;
    Some(checked::ReserveRule {
        tier: match written.tier {
            Tier::Enterprise => checked::Tier::Enterprise,
            Tier::Provincial => checked::Tier::Provincial,
            Tier::Central => checked::Tier::Central,
        },
        target: target(&written.target),
        release: checked::Releasing {
            days_per_week: release.per_week.number(),
            least: release.least.map_or_else(|| least_price(&triggers), |least| least.0),
            lots: release.lots.map(|lots| lots.0),
            most_per_bidder: most_per_bidder?,
            bidders: match release.bidders {
                Bidders::Users => checked::Bidders::Users,
                Bidders::Plants => checked::Bidders::Plants,
                Bidders::Sectors => checked::Bidders::Sectors,
            },
            after_lower: release.after_lower.map(Quantity::number),
            excess: release.excess,
        },
        triggers,
        purchase: checked::Purchasing {
            below: purchase.below.number(),
            days_per_week: purchase.per_week.number(),
            top_up: purchase.top_up.map(Quantity::number),
            yearly: purchase.yearly.0,
            bonds: purchase.bonds.0,
            bond_yield: purchase.bond_yield.number(),
            overcapacity: purchase
                .overcapacity
                .as_ref()
                .map(|of| checked::Overcapacity { utilization: of.utilization.number(), premium: of.premium.number() }),
        },
        band: band?,
        rotation: rotation?,
        keeping: written.keeping.as_ref().map(|keeping| checked::Keeping {
            rent: keeping.rent.0,
            interest: keeping.interest.number(),
            supported: keeping.supported.number(),
            credit: keeping.credit.0,
        }),
        venture: written.venture.as_ref().map(|venture| checked::Venture {
            band: venture.band.number(),
            hurdle: venture.hurdle.number(),
            comply: venture.comply.number(),
            fixed: venture.fixed.0,
        }),
        audit: audit?,
        learning: written
            .learning
            .as_ref()
            .map(|learning| checked::Learning { gain: learning.gain.0, most: learning.most.number() }),
        secrecy: secrecy?,
        table: table?,
        loss: written.loss.number(),
    })
}

/// The rule of an agency that names none: its own numbers.
fn own_rule(written: &Reserve, id: &At<Id>, cx: &mut Cx) -> Option<checked::ReserveRule> {
    let missing: Vec<&str> = [
        ("target", written.target.is_none()),
        ("buy_below", written.buy_below.is_none()),
        ("release_above", written.release_above.is_none()),
        ("approval", written.approval.is_none()),
        ("buy_per_week", written.buy_per_week.is_none()),
        ("release_per_week", written.release_per_week.is_none()),
    ]
    .into_iter()
    .filter_map(|(name, missing)| missing.then_some(name))
    .collect();
    if !missing.is_empty() {
        let what = format!("the agency has no `rule`, and no `{}`", missing.join("`, `"));
        cx.error_at(&id.origin, what, "name a rule in `reserve_rules`, or write all of them");
        return None;
    }
    Some(checked::ReserveRule {
        tier: checked::Tier::Central,
        target: checked::Target { days: 0.0, by_priority: Vec::new(), risk: 0.0 },
        triggers: Vec::new(),
        release: checked::Releasing {
            days_per_week: 0.0,
            least: 1.0,
            lots: None,
            most_per_bidder: 1.0,
            bidders: checked::Bidders::Users,
            after_lower: None,
            excess: false,
        },
        purchase: checked::Purchasing {
            below: 0.0,
            days_per_week: 0.0,
            top_up: None,
            yearly: 0.0,
            bonds: 0.0,
            bond_yield: 0.0,
            overcapacity: None,
        },
        band: None,
        rotation: None,
        keeping: None,
        venture: None,
        audit: None,
        learning: None,
        secrecy: checked::Secrecy::Hidden,
        table: None,
        loss: 0.0,
    })
}

/// What an agency writes itself holds before its rule.
fn with_own(mut rule: checked::ReserveRule, written: &Reserve, approval: Option<u32>) -> checked::ReserveRule {
    if let Some(days) = &written.target {
        rule.target = checked::Target { days: days.number(), by_priority: Vec::new(), risk: 0.0 };
    }
    if let Some(above) = written.release_above {
        rule.triggers = vec![checked::Trigger { on: Signal::Price(above.number()), keep: 0.0, approval: 0 }];
        rule.release.least = least_price(&rule.triggers);
    }
    if let Some(weeks) = approval {
        rule.triggers.iter_mut().for_each(|trigger| trigger.approval = weeks);
    }
    if let Some(below) = written.buy_below {
        rule.purchase.below = below.number();
    }
    if let Some(days) = written.buy_per_week {
        rule.purchase.days_per_week = days.number();
    }
    if let Some(days) = written.release_per_week {
        rule.release.days_per_week = days.number();
    }
    if let Some(loss) = written.loss {
        rule.loss = loss.number();
    }
    rule
}

fn base(written: &Base, quantum: Option<Quantum>, cx: &mut Cx) -> Option<checked::Base> {
    let (intake, delivery) = (exact(&written.intake, quantum, cx), exact(&written.delivery, quantum, cx));
    let weeks = whole_weeks(&written.time, 0..=LONGEST_VOYAGE, cx);
    Some(checked::Base { rent: written.rent.0, intake: intake?, delivery: delivery?, weeks: weeks? })
}

fn standby(
    written: &Standby,
    (nation, world): (&Id, &World),
    (quantum, names): (Option<Quantum>, &Names),
    cx: &mut Cx,
) -> Option<checked::Standby> {
    let (site, lies_in) = match &written.site.value {
        WrittenSite::Plant(name) => {
            let lies_in = world.plants.iter().find(|(id, _)| id.value == name.value).map(|(_, plant)| &plant.nation);
            (names.plant(name, cx).map(Site::Plant), lies_in)
        }
        WrittenSite::Mine(name) => {
            let lies_in = world.mines.iter().find(|(id, _)| id.value == name.value).map(|(_, mine)| &mine.nation);
            (names.mine(name, cx).map(Site::Mine), lies_in)
        }
    };
    if let Some(abroad) = lies_in.filter(|lies_in| lies_in.value != *nation) {
        let what = format!("the site lies in \"{}\", not in \"{nation}\"", abroad.value);
        cx.error_at(&written.site.origin, what, "name a site of the agency's nation");
    }
    let (share, fee) = (above_0(&written.share, cx), exact(&written.fee, quantum, cx));
    let lead = whole_weeks(&written.lead, 0..=520, cx);
    Some(checked::Standby { site: site?, share: share?, fee: fee?, lead: lead? })
}

/// Agencies whose stock is a multiple of their target get it once use is known; nothing of them is in it before.
pub(super) fn fill(world: &World, setup: &mut Setup) {
    for place in 0..setup.reserves.len() {
        let id = &setup.reserves[place].id;
        let written = world.reserves.iter().find(|(name, _)| name.value == *id);
        if let Some(Holding::OfTarget(times)) = written.map(|(_, written)| written.stock.value) {
            let target = setup.reserve_target(&setup.reserves[place]);
            setup.reserves[place].stock = Mass::nearest(times.number() * target);
        }
    }
}

pub(super) fn reserve(
    id: &At<Id>,
    reserve: &Reserve,
    rules: &Rules<checked::ReserveRule>,
    (world, sectors): (&World, &[Option<setup::Sector>]),
    names: &Names,
    cx: &mut Cx,
) -> Option<checked::Reserve> {
    let nation = names.nation(&reserve.nation, cx);
    let own_approval = reserve.approval.as_ref().map(|weeks| approval(weeks, cx));
    let rule = match &reserve.rule {
        Some(name) => rules.get("rule in `reserve_rules`", name, cx),
        None => own_rule(reserve, id, cx),
    };
    let mineral = names.mineral(&reserve.mineral, cx);
    let quantum = mineral.map(|mineral| names.quantum(mineral));
    let market = mineral.and_then(|mineral| names.market(mineral, &reserve.stage, cx));
    warn_without_use(reserve, world, nation.is_some() && mineral.is_some(), cx);
    warn_without_money(reserve, cx);
    let stock = match reserve.stock.value {
        Holding::Tonnes(tonnes) => exact(&At { value: tonnes, origin: reserve.stock.origin.clone() }, quantum, cx),
        Holding::DaysOfUse(days) => {
            let used = nation.zip(mineral).and_then(|(nation, mineral)| used_per_year(sectors, names, nation, mineral));
            used.map(|used| Mass::nearest(used.real() / 365.25 * days.number()))
        }
        Holding::OfTarget(_) => Some(Mass::ZERO),
    };
    let budget = exact(&reserve.budget, quantum, cx);
    let floor = optional(reserve.floor.as_ref(), cx, |floor, cx| exact_above_0(floor, quantum, cx));
    let base = optional(reserve.base.as_ref(), cx, |written, cx| base(written, quantum, cx));
    let standby = optional(reserve.standby.as_ref(), cx, |written, cx| {
        standby(written, (&reserve.nation.value, world), (quantum, names), cx)
    });
    let rule = rule.zip(own_approval.unwrap_or(Some(0)));
    let rule = rule.map(|(rule, weeks)| with_own(rule, reserve, reserve.approval.is_some().then_some(weeks)));
    Some(checked::Reserve {
        id: id.value.clone(),
        label: label(&reserve.label),
        nation: nation?,
        market: market?,
        stock: stock?,
        budget: budget?,
        floor: floor?,
        base: base?,
        standby: standby?,
        rule: rule?,
    })
}

/// Warns of a target that nothing can bring the stock to.
fn warn_without_money(reserve: &Reserve, cx: &mut Cx) {
    let holds_nothing = matches!(reserve.stock.value, Holding::Tonnes(tonnes) if tonnes.number() == 0.0);
    let target = reserve.target.as_ref().filter(|target| target.number() > 0.0);
    if let Some(target) = target.filter(|_| reserve.rule.is_none() && holds_nothing && reserve.budget.number() == 0.0) {
        let instead = "give it a `budget` or a `stock` to begin with";
        cx.warn_at(&target.origin, "the agency holds nothing and has no money to buy", instead);
    }
}

/// Warns of days of a use that there is not.
fn warn_without_use(reserve: &Reserve, world: &World, known: bool, cx: &mut Cx) {
    let days: Option<&Origin> = match (&reserve.target, reserve.stock.value) {
        (Some(target), _) if target.number() > 0.0 => Some(&target.origin),
        (target, Holding::DaysOfUse(_)) => Some(target.as_ref().map_or(&reserve.stock.origin, |days| &days.origin)),
        _ => None,
    };
    let uses = |sector: &Sector| sector.nation.may_be(&reserve.nation) && sector.mineral.may_be(&reserve.mineral);
    if let Some(origin) = days.filter(|_| known && whole(&world.sectors))
        && !world.sectors.iter().any(|(_, sector)| uses(sector))
    {
        let what = format!("\"{}\" has no sector that uses {}", reserve.nation.value, reserve.mineral.value);
        cx.warn_at(origin, what, "days of no use are no metal: add a sector, or write Tonnes(..)");
    }
}
