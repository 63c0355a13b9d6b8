//! Options on the months of a contract.

use crate::calendar::Calendar;
use crate::exchange::life::{LastDay, Listing, Month};
use crate::exchange::option::Style;
use crate::exchange::option::terms::OptionTerms;
use crate::units::{Ppm, Price, Quantum};

use super::super::decode::{At, Cx};
use super::super::quantity::{Quantity, UsdPerTonne, plain};
use super::super::written::exchanges::{self as written, OptionStyle, Options};
use super::all;
use super::exchanges::last_day;
use super::names::{count, exact, exact_above_0, ppm};

/// Most months with options at a time.
const MOST_EXPIRIES: u32 = 12;

/// The terms of a contract's options.
pub(super) fn resolve(
    (contract, written): (&written::Contract, &Options),
    (ticks, listing): (Option<Price>, Option<Listing>),
    quantum: Option<Quantum>,
    calendar: Calendar,
    cx: &mut Cx,
) -> Option<OptionTerms> {
    let tick = exact_above_0(&written.tick, quantum, cx);
    let months_before = match &written.months_before {
        Some(months) => count(months, 1, 3, cx),
        None => Some(0),
    };
    let ends = last_day(&written.last_day, cx);
    let nearest = count(&written.nearest, 1, MOST_EXPIRIES, cx);
    let expiries = count(&written.expiries, nearest.unwrap_or(1), MOST_EXPIRIES, cx);
    let strikes = count(&written.strikes, 1, 20, cx);
    let cover = ppm(&written.cover, cx).filter(|cover| *cover > Ppm(0));
    if written.cover.number() <= 0.0 {
        cx.error_at(&written.cover.origin, "there would be no strikes", "write more than Share(0)");
    } else if written.cover.number() >= 1.0 {
        cx.error_at(&written.cover.origin, "strikes would reach down to nothing", "write less than Share(1)");
    }
    let steps = steps(written, contract, ticks, quantum, cx);
    let fee = exact(&written.fee, Quantum::Kilogram, cx);
    if let (Some(before), Some(ends), Some(listing)) = (months_before, ends, listing) {
        in_time(written, (before as i32, ends), listing, calendar, cx)?;
    }
    Some(OptionTerms {
        style: match written.style {
            OptionStyle::European => Style::European,
            OptionStyle::American => Style::American,
        },
        tick: tick?,
        months_before: months_before? as i32,
        last_day: ends?,
        nearest: nearest? as usize,
        busy: written.busy.map(|busy| i64::from(busy.0)),
        expiries: expiries? as usize,
        cover: cover.filter(|_| written.cover.number() < 1.0)?,
        steps: steps?,
        strikes: i64::from(strikes?),
        fee: fee?,
        interest: written.interest.number(),
    })
}

/// Steps of the strikes in ticks of the contract.
fn steps(
    written: &Options,
    contract: &written::Contract,
    tick: Option<Price>,
    quantum: Option<Quantum>,
    cx: &mut Cx,
) -> Option<Vec<(Price, i64)>> {
    let above_0 = written.steps.first().is_none_or(|(from, _)| from.number() > 0.0);
    if above_0 {
        cx.error_at(&written.steps.origin, "there is no step for low prices", "begin with UsdPerTonne(0)");
    }
    let late = written.steps.windows(2).find(|pair| pair[0].0.number() >= pair[1].0.number());
    if let Some([(before, _), (from, _)]) = late {
        let what = format!("UsdPerTonne({}) does not come after UsdPerTonne({})", from.number(), before.number());
        cx.error_at(&from.origin, what, "write the steps in rising order of prices");
    }
    let steps = all(written.steps.iter().map(|(from, step)| {
        let (from, price) = (exact(from, quantum, cx), exact_above_0(step, quantum, cx));
        let (price, tick) = (price?, tick?);
        let ticks = crate::math::round(price.real() / tick.real()).max(1);
        if ticks * tick.0 != price.0 {
            wrong_step(step, contract, ticks, cx);
            return None;
        }
        Some((from?, ticks))
    }));
    steps.filter(|_| !above_0 && late.is_none())
}

fn wrong_step(step: &At<UsdPerTonne>, contract: &written::Contract, ticks: i64, cx: &mut Cx) {
    let tick = contract.tick.number();
    let what = format!("UsdPerTonne({}) is no whole number of ticks of UsdPerTonne({tick})", step.number());
    cx.error_at(&step.origin, what, format!("write UsdPerTonne({})", plain(tick * ticks as f64)));
}

/// Whether options end a week before the month that they are for, in the months of three years.
fn in_time(
    written: &Options,
    (before, ends): (i32, LastDay),
    listing: Listing,
    calendar: Calendar,
    cx: &mut Cx,
) -> Option<()> {
    let first = Month::of(calendar.start);
    let late = (1..=36)
        .map(|ahead| first.plus(ahead))
        .find(|month| calendar.week_of(ends.of(month.plus(-before))) >= listing.last_week(*month, calendar));
    let Some(month) = late else { return Some(()) };
    let what = format!("options on {month} would end in the last week of that month or later");
    let at = written.months_before.as_ref().map_or(&written.tick.origin, |months| &months.origin);
    cx.error_at(at, what, "write an earlier `last_day`, or more `months_before`");
    None
}
