//! Outcomes of futures contracts, and the stylized facts that are asked for all at once.

use super::super::FactSheet;
use super::super::written::{DiscoveryShare, Experiment, Facts, Measure as Written, OfHedge, OfPair};
use super::{Named, check_name, window_of};
use crate::calendar::{Calendar, Week};
use crate::facts::rows::{self, ROWS};
use crate::id::Id;
use crate::outcome::{Hedged, Measure, Outcome, Pair, Share};
use crate::world_file::decode::{At, Cx};
use crate::world_file::problem::unknown_name;
use crate::world_file::quantity::Quantity;
use crate::world_file::tree::Node;

pub(super) fn hedge(of: &OfHedge) -> (Measure, Vec<Named<'_>>) {
    let mut names = vec![("contract", &of.contract)];
    names.extend(of.stage.iter().map(|stage| ("stage", stage)));
    names.extend(of.region.iter().map(|region| ("region", region)));
    let [stage, region] = [&of.stage, &of.region].map(|name| name.as_ref().map(|name| name.value.clone()));
    let (contract, weeks) = (of.contract.value.clone(), of.weeks.number() as u32);
    (
        Measure::HedgeEffectiveness(Hedged { contract, stage, region, weeks, ratio: of.ratio.map(|ratio| ratio.0) }),
        names,
    )
}

pub(super) fn pair(of: &OfPair) -> (Measure, Vec<Named<'_>>) {
    let share = match of.share {
        DiscoveryShare::Middle => Share::Middle,
        DiscoveryShare::Lower => Share::Lower,
        DiscoveryShare::Upper => Share::Upper,
        DiscoveryShare::Component => Share::Component,
    };
    let (contract, against) = (of.contract.value.clone(), of.against.value.clone());
    let measure = Measure::InformationShare(Pair { contract, against, lags: of.lags.0, share });
    (measure, vec![("contract", &of.contract), ("contract", &of.against)])
}

/// Numbers out of range, whatever the worlds are.
pub(super) fn check(written: &Written, cx: &mut Cx) {
    match written {
        Written::HedgeEffectiveness(of) => {
            let weeks = of.weeks.number();
            if !(1.0..=52.0).contains(&weeks) || weeks.fract() != 0.0 {
                cx.error_at(&of.weeks.origin, "a hedge is held for 1 to 52 whole weeks", "write such as Weeks(13)");
            }
        }
        Written::InformationShare(of) => {
            if of.lags.0 > 26 {
                cx.error_at(&of.lags.origin, format!("{} lags", of.lags.0), "write a number from 1 to 26");
            }
            if of.contract.value == of.against.value {
                cx.error_at(
                    &of.against.origin,
                    "a contract against itself",
                    "name another contract for the same metal",
                );
            }
        }
        _ => {}
    }
}

/// Reports names that are not known in what is asked of contracts, and facts that there are not.
pub(in crate::experiment) fn check_asked(written: &Experiment, worlds: &[&Node], cx: &mut Cx) {
    let arms: Vec<&str> = written.arms.iter().map(|(id, _)| id.value.as_str()).collect();
    for asked in &written.facts {
        check_name("contract", &asked.contract, worlds, cx);
        for arm in [&asked.floor, &asked.ceiling, &asked.reserve].into_iter().flatten() {
            let lost = written.arms.1.iter().any(|id| id.value == arm.value);
            if !arms.contains(&arm.value.as_str()) && !lost {
                let (what, instead) = unknown_name("arm", arm.value.as_str(), &arms);
                cx.error_at(&arm.origin, what, instead.unwrap_or_default());
            }
        }
    }
    for (_, arm) in &written.arms {
        for number in arm.destroys.iter().filter(|number| rows::row(number.0).is_none()) {
            let known: Vec<String> = ROWS.iter().map(|row| row.number.to_string()).collect();
            let what = format!("there is no fact {}", number.0);
            cx.error_at(&number.origin, what, format!("the facts are {}", known.join(", ")));
        }
        if let Some(first) = arm.destroys.first().filter(|_| written.facts.is_empty()) {
            let instead = "ask for them, such as facts: [(contract: \"lme-cobalt\")]";
            cx.error_at(&first.origin, "no facts are asked for, so none can fail", instead);
        }
    }
}

/// What is asked of contracts, and its statistics among the outcomes.
pub(in crate::experiment) fn ask(
    written: &Experiment,
    calendar: Calendar,
    weeks: Week,
    outcomes: &mut Vec<Outcome>,
    cx: &mut Cx,
) -> Vec<FactSheet> {
    let mut sheets: Vec<FactSheet> = Vec::new();
    let place = |arm: &Option<At<Id>>| {
        let wanted = arm.as_ref()?;
        written.arms.iter().position(|(id, _)| id.value == wanted.value)
    };
    for asked in &written.facts {
        let Facts { contract, from, until, floor, ceiling, reserve } = asked;
        if sheets.iter().any(|sheet| sheet.contract == contract.value) {
            cx.error_at(&contract.origin, "this contract is asked about twice", "keep one of the two");
            continue;
        }
        let Some(weeks) = window_of(contract, (from, until), calendar, weeks, cx) else { continue };
        let [floor, ceiling, reserve] = [floor, ceiling, reserve].map(place);
        let sheet = FactSheet { contract: contract.value.clone(), weeks, floor, ceiling, reserve };
        for statistic in rows::needed(|role| sheet.arm(role).is_some()) {
            let Some(outcome) = sheet.outcome(statistic) else {
                let what = format!("\"{}-{}\" is too long for an outcome's id", sheet.contract, statistic.id());
                let most = Id::MAX_LEN - 1 - rows::needed(|_| true).iter().map(|of| of.id().len()).max().unwrap_or(0);
                cx.error_at(&contract.origin, what, format!("give the contract an id of at most {most} letters"));
                break;
            };
            if let Some((other, _)) = written.outcomes.iter().find(|(id, _)| id.value == outcome.id) {
                let what = format!("`facts` makes an outcome \"{}\" too", outcome.id);
                cx.error_at(&other.origin, what, "give this one another name");
            }
            outcomes.push(outcome);
        }
        sheets.push(sheet);
    }
    sheets
}
