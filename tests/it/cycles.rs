//! Price cycles: they come from owners who see a part of what is to come, and not from the time that building takes.

use oreworld::facts::cycle::{Swings, means, swings};
use oreworld::setup::Setup;
use oreworld::statistics::estimate;
use oreworld::streams::{Draw, Purpose, Streams};

use crate::projects::{VALLEY, project};
use crate::runs::{price, run, world};

/// Years that are looked at, the last ones of a run.
const YEARS: usize = 60;

/// Size of a project in tonnes a year: 4 percent of the market at the start, 1 percent at the end.
const SIZE: u32 = 4_000;

/// A world whose use grows by 2 % a year.
fn growing(more: impl Iterator<Item = String>) -> Setup {
    let points: Vec<String> =
        (0..=14).map(|step| format!("{}: {:.4}", 2024 + 5 * step, libm::pow(1.02, f64::from(5 * step)))).collect();
    let mut sets = vec![
        format!("sectors.industry.growth={{{}}}", points.join(", ")),
        "sector_rules.industry.shock.sd=Share(0.003)".to_owned(),
    ];
    sets.extend(more);
    world(VALLEY, &sets)
}

/// Mines of many costs that are decided on by the price, with so much of what is to come in sight.
fn decided(supply_line: f64) -> Setup {
    let rule = [
        "deck=(long_run: Share(0.3), mean: Share(0.5), outlook: Share(0.2))",
        &format!("supply_line=Share({supply_line})"),
        // One over the long-run elasticity of use, 0.6.
        "price_effect=1.667",
        "growth=SharePerYear(0.02)",
        "discovery=PerYear(0.06)",
        "sharpness=40",
    ];
    let rule = rule.map(|field| format!("investment_rules.builder.{field}"));
    let mines = (0..150_u32).map(|n| {
        let stage = if n < 9 { "stage: Decision" } else { "stage: Discovery" };
        project(&format!("p{n:03}"), [SIZE, 5_500 + 30 * (n * 37 % 100), 26_000, 120], stage)
    });
    growing(rule.into_iter().chain(mines))
}

/// The same mines by the clock: whatever the price, one opens whenever use at the opening price has grown by what it makes.
fn scheduled() -> Setup {
    let clock = "investment_rules.clock=(feasibility: Weeks(2000), permitting: Weeks(2000), construction: Weeks(156), \
                 ramp_up: Weeks(52), discount: SharePerYear(0.08), hurdle: Threshold(0.01), review: Weeks(1), \
                 deck: (long_run: Share(1), mean: Share(0), outlook: Share(0)))";
    let opens = |n: u32| {
        let capacity = 102_000.0 + f64::from(SIZE) * (f64::from(n) + 0.5);
        // Half of the ramp-up earlier, so that half of it is there in time.
        (libm::log(capacity / 100_000.0) / libm::log(1.02) * 52.18 - 26.0) as u32
    };
    let mines = (0..).map(|n| (n, opens(n))).take_while(|(_, week)| *week < 71 * 52).map(|(n, week)| {
        let stage = match week {
            0..=156 => format!("stage: Construction, left: Weeks({})", week.max(1)),
            157..=2156 => format!("stage: Permitting, left: Weeks({})", week - 156),
            _ => format!("stage: Feasibility, left: Weeks({})", week - 2156),
        };
        let mine = project(&format!("p{n:03}"), [SIZE, 5_500 + 30 * (n * 37 % 100), 26_000, 120], &stage);
        mine.replace("\"builder\"", "\"clock\"")
    });
    growing(std::iter::once(clock.to_owned()).chain(mines))
}

/// Power of red noise is exponential around its mean: of nine swings the largest is beyond this in 1 of 20 series.
const SIGNIFICANT: f64 = 5.17; // −ln(1 − 0.95^(1/9))

/// Means of the log price over the years.
fn of_price(setup: &Setup, seed: u64) -> Swings {
    let prices = price(&run(setup, seed, 71 * 52, &["markets"]), "refined", "valley");
    let logs: Vec<f64> = prices.iter().map(|price| libm::log(*price)).collect();
    let years = means(&logs, 52);
    swings(&years[years.len() - YEARS..]).expect("a price that moves")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}

/// Red noise passes for a cycle in about 1 of 20 series, and a cycle in it is found.
#[test]
fn the_spectrum_tells_a_cycle_from_red_noise() {
    let found = |rho: f64, height: f64| {
        let cycle = |seed: u64| {
            let mut draws = Streams::new(seed).at(Purpose::new("test.red"), 0, 0);
            let mut noise = draws.normal() / libm::sqrt(1.0 - rho * rho);
            let years = (0..YEARS).map(|t| {
                noise = rho * noise + draws.normal();
                noise + height * libm::sin(2.0 * std::f64::consts::PI * t as f64 / 9.0)
            });
            swings(&years.collect::<Vec<f64>>()).is_some_and(|found| found.peak > SIGNIFICANT)
        };
        (1..=400).filter(|seed| cycle(*seed)).count()
    };
    for rho in [0.2, 0.5, 0.8] {
        let false_alarms = found(rho, 0.0);
        assert!((6..=32).contains(&false_alarms), "{false_alarms} of 400 at {rho}");
    }
    assert!(found(0.5, 2.0) > 380);
}

/// Seen in part, the supply line makes swings of 5 to 15 years. With all capacity and all need to come in sight the price
/// swings no more than where mines open by the clock: what is left is demand, outages and news.
#[test]
fn investment_cycles_come_from_what_is_not_seen_and_vanish_with_foresight() {
    let (first, last) = (501, 512);
    let of = |setup: &Setup| (first..=last).map(|seed| of_price(setup, seed)).collect::<Vec<Swings>>();
    let [part, all, clock] = [decided(0.4), decided(1.0), scheduled()].map(|setup| of(&setup));
    let significant = |arm: &[Swings]| arm.iter().filter(|swings| swings.peak > SIGNIFICANT).count();
    let against_clock = |arm: &[Swings]| {
        let ratios: Vec<f64> = arm.iter().zip(&clock).map(|(one, other)| libm::log(one.band / other.band)).collect();
        estimate(&ratios, 0.95).expect("twelve pairs")
    };
    for (name, arm) in [("part", &part), ("all", &all), ("clock", &clock)] {
        let periods: Vec<f64> = arm.iter().map(|swings| swings.period).collect();
        println!("{name}: {} of {} significant, periods {periods:.0?}", significant(arm), arm.len());
        println!("{name}: log of variance against the clock {:?}", against_clock(arm));
    }
    let period = median(part.iter().map(|swings| swings.period).collect());
    assert!((5.0..=15.0).contains(&period), "{period} years");
    assert!(significant(&part) >= 8, "in most seeds, {}", significant(&part));
    assert!(libm::exp(against_clock(&part).mean) > 3.0, "{:?}", against_clock(&part));
    assert!(significant(&all) <= significant(&clock) + 2, "{} {}", significant(&all), significant(&clock));
    let (low, _) = against_clock(&all).ends().expect("an interval");
    assert!(low < 0.0 && libm::exp(against_clock(&all).mean) < 1.15, "{:?}", against_clock(&all));
}
