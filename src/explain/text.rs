//! An explanation as people read it, and its prices as a table.

use std::fmt::Write as _;

use super::{Explanation, LEVEL, OverSeeds, Ranked};
use crate::results::summary::{figure, signed, table};
use crate::world_file::problem::counted;

/// Most events that are shown.
const EVENTS: usize = 40;

/// Most causes that are shown.
const CAUSES: usize = 12;

/// The explanation in words.
#[must_use]
pub fn text(found: &Explanation) -> String {
    let mut out = String::new();
    let Explanation { market, from, to, before, price, moved, arm, seed, experiment, .. } = found;
    let percent = 100.0 * (price / before - 1.0);
    let _ = writeln!(
        out,
        "{market} from {from} to {to}: {} to {} USD/t, {} or {}\n{experiment}, arm {arm}, seed {seed}",
        figure(*before),
        figure(*price),
        signed(*moved),
        percents(percent)
    );
    out.push_str("\nWhat happened there and upstream\n\n");
    out.push_str(&events(found));
    out.push_str("\nWithout it, everything else as it was\n\n");
    out.push_str(&causes(found));
    out.push_str(&remainder(found));
    out.push_str(&suppliers(found));
    out
}

/// A percentage with its sign.
fn percents(value: f64) -> String {
    format!("{value:+.1} %")
}

fn events(found: &Explanation) -> String {
    let mut rows = vec![["week of", "USD/t", "", "", ""].map(str::to_owned)];
    let bare = |day: &String, price: f64| [day.clone(), figure(price), String::new(), String::new(), String::new()];
    rows.push(bare(&found.from, found.before));
    let mut last = "";
    for event in found.events.iter().take(EVENTS) {
        let (day, price) =
            if event.day == last { (String::new(), String::new()) } else { (event.day.clone(), figure(event.price)) };
        rows.push([day, price, event.kind.to_owned(), event.who.clone(), event.what.clone()]);
        last = &event.day;
    }
    if last != found.to {
        rows.push(bare(&found.to, found.price));
    }
    let mut out = table(&rows, &[1]);
    if found.events.len() > EVENTS {
        let _ = writeln!(out, "… and {} more; --json has all", found.events.len() - EVENTS);
    }
    if found.beside_the_point > 0 {
        let _ = writeln!(
            out,
            "{} without which this price would be the same are left out",
            counted(found.beside_the_point, "policies")
        );
    }
    out
}

fn causes(found: &Explanation) -> String {
    let seeds = found.causes.iter().filter_map(|cause| cause.moved_over_seeds).map(|over| over.seeds).max();
    let over = seeds.map_or_else(String::new, |seeds| format!("mean of {seeds}"));
    let interval = if over.is_empty() { String::new() } else { format!("{:.0} % interval", 100.0 * LEVEL) };
    let head = ["", "", "price", "window", "move", "share", &over, &interval, ""];
    let mut rows = vec![head.map(str::to_owned)];
    for cause in found.causes.iter().take(CAUSES) {
        rows.push(row(cause));
    }
    if rows.len() == 1 {
        return "nothing that was taken away changes this price\n".to_owned();
    }
    let mut out = table(&rows, &[2, 3, 4, 5, 6, 7]);
    if found.causes.len() > CAUSES {
        let _ = writeln!(out, "… and {} with less; --json has all", found.causes.len() - CAUSES);
    }
    out
}

fn row(cause: &Ranked) -> [String; 9] {
    let (mean, interval) =
        cause.moved_over_seeds.map_or_else(Default::default, |over| (signed(over.mean), ends(&over)));
    // Rounded shares of almost nothing have no sign.
    let share = cause.share.map_or_else(String::new, |share| format!("{:.0} %", (100.0 * share).round() + 0.0));
    let effect = cause.effect;
    let [price, window, moved] = [effect.price, effect.mean, effect.moved].map(signed);
    [cause.kind.to_owned(), cause.id.clone(), price, window, moved, share, mean, interval, cause.without.to_owned()]
}

fn ends(over: &OverSeeds) -> String {
    over.low.zip(over.high).map_or_else(String::new, |(low, high)| format!("[{}, {}]", signed(low), signed(high)))
}

/// What effects leave open.
fn remainder(found: &Explanation) -> String {
    let mut out = String::new();
    let Explanation { moved, sum, together, rest, inert, causes, .. } = found;
    if !causes.is_empty() {
        let _ = writeln!(
            out,
            "\nEffects do not add up: those on the move sum to {}, all {} taken away at once make {}, and {} of {} stays without any of them.",
            signed(*sum),
            causes.len(),
            signed(together.moved),
            signed(*rest),
            signed(*moved),
        );
    }
    if !inert.is_empty() {
        let _ = writeln!(out, "Exactly 0: {}", inert.join(", "));
    }
    out
}

/// What hangs on those who stand throughout.
fn suppliers(found: &Explanation) -> String {
    if found.suppliers.is_empty() {
        return String::new();
    }
    let mut rows = vec![["", "", "price", "window", "move"].map(str::to_owned)];
    for supplier in &found.suppliers {
        let [price, window, moved] = [supplier.effect.price, supplier.effect.mean, supplier.effect.moved].map(signed);
        rows.push([supplier.kind.to_owned(), supplier.id.clone(), price, window, moved]);
    }
    format!(
        "\nHad it never been there: what hangs on a supplier, and no cause of the move\n\n{}",
        table(&rows, &[2, 3, 4])
    )
}

/// Prices of every week with everything and without each cause, as CSV.
#[must_use]
pub fn csv(found: &Explanation) -> String {
    let mut out = "week_of,price_usd_per_t".to_owned();
    let all = || found.causes.iter().chain(&found.suppliers);
    for cause in all() {
        let _ = write!(out, ",without_{}_{}_usd_per_t", cause.kind, cause.id);
    }
    out.push('\n');
    for (place, (day, price)) in found.prices.iter().enumerate() {
        let _ = write!(out, "{day},{price}");
        for cause in all() {
            let _ = write!(out, ",{}", cause.prices_without[place]);
        }
        out.push('\n');
    }
    out
}
