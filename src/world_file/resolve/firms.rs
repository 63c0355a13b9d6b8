//! Firms and their rules.

use crate::id::{Id, Label};
use crate::setup::{self, FirmRule};
use crate::units::Quantum;

use super::super::decode::Cx;
use super::super::quantity::{Quantity, plain};
use super::super::written::World;
use super::super::written::firms::{self, Firm};
use super::agents::Rules;
use super::names::{Names, above_0, exact, ppm, whole_weeks};
use super::places::whole;

/// Longest patience and restart, in weeks.
const MAX_WEEKS: u32 = 520;

pub(super) fn resolve(world: &World, names: &Names, cx: &mut Cx) -> Option<Vec<setup::Firm>> {
    let rules = Rules::new(&world.firm_rules, cx, rule);
    for (id, _) in world.firms.iter().filter(|(id, _)| names.nations.iter().any(|(nation, _)| *nation == id.value)) {
        let what = format!("\"{}\" is a nation and a firm, so nobody knows who an owner of that name is", id.value);
        cx.error_at(&id.origin, what, "give the firm another id");
    }
    super::all(world.firms.iter().map(|(id, firm)| {
        let (nation, rule) = (names.nation(&firm.nation, cx), rules.get("rule in `firm_rules`", &firm.rule, cx));
        beyond_credit(&id.value, firm, world, cx);
        let (cash, credit) = sheet(firm, cx)?;
        let label = Label { zh: firm.label.zh.0.clone(), en: firm.label.en.0.clone() };
        Some(setup::Firm { id: id.value.clone(), label, nation: nation?, cash, credit, rule: rule? })
    }))
}

/// Warns of a firm that owes more than its credit at the start and has no sites that would give it more.
fn beyond_credit(id: &Id, firm: &Firm, world: &World, cx: &mut Cx) {
    let rule = world.firm_rules.iter().find(|(name, _)| name.value == firm.rule.value);
    let Some((_, rule)) = rule.filter(|_| whole(&world.mines) && whole(&world.plants)) else { return };
    let owns = world.mines.iter().any(|(_, mine)| mine.owner.may_be(id))
        || world.plants.iter().any(|(_, plant)| plant.owner.may_be(id));
    let owed = firm.debt.number() - firm.cash.number();
    if owed > firm.credit.number() && !(owns && (rule.leverage.0 > 0.0 || rule.leverage.0.is_nan())) {
        let what =
            format!("it owes {} USD more than it has, and its credit is {}", plain(owed), plain(firm.credit.number()));
        let instead =
            format!("it defaults within Weeks({}): write more `credit`, or less `debt`", rule.patience.number());
        cx.warn_at(&firm.debt.origin, what, instead);
    }
}

/// Money at the start less debt, and the credit line.
fn sheet(firm: &Firm, cx: &mut Cx) -> Option<(crate::units::Money, crate::units::Money)> {
    let [cash, debt, credit] = [&firm.cash, &firm.debt, &firm.credit].map(|usd| exact(usd, Quantum::Kilogram, cx));
    Some((cash? - debt?, credit?))
}

fn rule(written: &firms::FirmRule, cx: &mut Cx) -> Option<FirmRule> {
    let patience = whole_weeks(&written.patience, 1..=MAX_WEEKS, cx);
    let restart = whole_weeks(&written.restart, 0..=MAX_WEEKS, cx);
    let (payout, years) = (ppm(&written.payout, cx), above_0(&written.life, cx));
    Some(FirmRule {
        payout: payout?,
        leverage: written.leverage.0,
        interest: written.interest.number(),
        patience_weeks: patience?,
        discount: written.discount.number(),
        years: years?,
        distressed: written.distressed.number(),
        restart_weeks: restart?,
    })
}
