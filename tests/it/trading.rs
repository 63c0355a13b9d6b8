//! Trading futures: what holds in every week, and what an exchange does to the metal's market.

use std::collections::BTreeSet;

use oreworld::futures::{Futures, Pit};
use oreworld::model::Model;
use oreworld::record::TABLES;
use oreworld::results::simulate::RunOutput;

use crate::runs::{mean, run, series, world};

const SHORES: &str = "worlds/two-shores-futures.ron";
const COBALT: &str = "worlds/cobalt-2024-futures.ron";

/// Steps a world and looks at its exchanges after every week; the step itself fails when books or warehouses do not close.
fn watch(path: &str, sets: &[&str], seed: u64, weeks: u32, mut look: impl FnMut(u32, &Futures)) {
    let mut model = Model::new(&world(path, sets), seed);
    for week in 0..weeks {
        model.step().unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        look(week, model.world().resource::<Futures>());
    }
}

fn settled(futures: &Futures, pit: &Pit, place: usize) -> f64 {
    pit.price(futures.houses[pit.exchange].house.settled(pit.board.months()[place].series))
}

#[test]
fn positions_sum_to_zero_and_nobody_is_owed_what_is_not_there() {
    let (mut traded, mut calls) = (0, 0);
    for seed in 1..=3 {
        watch(SHORES, &[], seed, 150, |week, futures| {
            for pit in &futures.pits {
                let house = &futures.houses[pit.exchange].house;
                for month in pit.board.months() {
                    let lots: Vec<i64> = (0..house.size()).map(|member| house.lots(member, month.series)).collect();
                    assert_eq!(lots.iter().sum::<i64>(), 0, "seed {seed}, week {week}, {}", month.month);
                    let long: i64 = lots.iter().filter(|lots| **lots > 0).sum();
                    assert_eq!(long, house.open_interest(month.series), "seed {seed}, week {week}");
                    traded += month.week.lots;
                }
            }
            let capital = futures.houses.iter().all(|clearing| clearing.house.capital().0 >= 0);
            assert!(capital, "seed {seed}, week {week}: a house without capital");
            calls += futures.houses.iter().map(|clearing| clearing.calls).sum::<u32>();
        });
    }
    assert!(traded > 10_000 && calls > 100, "{traded} lots, {calls} calls");
}

/// Who goes by past gains follows the rule that gained more, so that shares leave the middle, to either side.
#[test]
fn gains_draw_speculators_to_the_rule_that_gained() {
    let gains = ["trader_rules.fund.switching=Gains(intensity: 3)", "traders.funds.count=200"];
    let (mut most, mut leads) = (0.0_f64, (0, 0));
    watch(SHORES, &gains, 2, 200, |_, futures| {
        let pit = &futures.pits[0];
        most = most.max((pit.fundamentalists - 0.5).abs());
        leads = (leads.0 + u32::from(pit.lead() > 0.1), leads.1 + u32::from(pit.lead() < -0.1));
    });
    assert!(leads.0 + leads.1 > 50 && most > 0.15, "{leads:?} weeks with a lead, {most} from the middle");
}

/// An exchange to which nobody who has metal listens leaves the market for metal as it was.
#[test]
fn an_exchange_that_nobody_listens_to_changes_nothing() {
    // A refiner buys within its credit, so what it gains or loses by a hedge would count.
    let alone = [
        "contracts.cobalt.weight=Share(0)",
        "merchant_rules.trader.carry={}",
        "plant_rules.refiner.hedging.ratio=Share(0)",
        "plant_rules.refiner.hedging.selective=Share(0)",
        // A user takes metal where it is cheap.
        "sector_rules.batteries.hedging.ratio=Share(0)",
        "sector_rules.batteries.hedging.selective=Share(0)",
    ];
    let (plain, traded) = (world::<&str>("worlds/two-shores.ron", &[]), world(SHORES, &alone));
    let [plain, traded] = [&plain, &traded].map(|setup| run(setup, 5, 200, TABLES));
    for table in ["markets", "flows", "mines", "plants", "sectors", "merchants"] {
        let columns = |out: &RunOutput| {
            let found = out.tables.iter().find(|found| found.name == table).expect("a table").clone();
            // Hedgers' gains and losses are theirs.
            found.columns.into_iter().filter(|column| column.name != "cash_usd").collect::<Vec<_>>()
        };
        assert!(columns(&plain) == columns(&traded), "{table}");
    }
    assert!(mean(&series(&traded.tables, "contracts", &[("contract", "cobalt")], "volume_t")) > 10.0);
}

/// The curve stands on spot where it ends, and what moves it fades along it.
#[test]
fn a_month_that_ends_meets_spot_and_far_months_move_less() {
    let setup = world::<&str>(COBALT, &[]);
    let shanghai = setup.contracts.iter().position(|found| found.id.as_str() == "shfe-cobalt").expect("a contract");
    let mut gaps = Vec::new();
    let mut changes = [Vec::new(), Vec::new()];
    for seed in 31..=33 {
        let mut before: Vec<(i64, String, f64)> = Vec::new();
        watch(COBALT, &[], seed, 260, |week, futures| {
            let pit = &futures.pits[shanghai];
            let now: Vec<(i64, String, f64)> = (0..pit.len())
                .map(|place| {
                    let month = &pit.board.months()[place];
                    (month.weeks_left, month.month.to_string(), settled(futures, pit, place))
                })
                .collect();
            for (left, month, price) in now.iter().filter(|_| week > 52) {
                let Some((.., last)) = before.iter().find(|(_, other, _)| other == month) else { continue };
                let change = libm::log(price / last);
                match left {
                    7..=12 => changes[0].push(change),
                    40..=48 => changes[1].push(change),
                    _ => {}
                }
                if *left <= 1 {
                    gaps.push((price / pit.spot() - 1.0).abs());
                }
            }
            before = now;
        });
    }
    gaps.sort_by(f64::total_cmp);
    let median = gaps[gaps.len() / 2];
    let sd = changes.map(|changes| {
        let middle = mean(&changes);
        (changes.iter().map(|change| (change - middle) * (change - middle)).sum::<f64>() / changes.len() as f64).sqrt()
    });
    assert!(median < 0.02, "months end {median} from spot");
    assert!(sd[1] < 0.85 * sd[0], "near months move by {}, far ones by {} a week", sd[0], sd[1]);
}

/// A contract opens at spot: in the week of listing there is no curve that spot could have followed.
#[test]
fn the_basis_is_nothing_in_the_week_of_listing_and_spot_less_the_opening_settlement_after() {
    let out = run(&world(COBALT, &[""; 0]), 1, 4, &["contracts", "futures"]);
    let of = |column| series(&out.tables, "contracts", &[("contract", "shfe-cobalt")], column);
    let (spot, basis) = (of("spot_usd_per_t"), of("basis_usd_per_t"));
    assert_eq!(basis.len(), 4);
    // To a tick, which is 7.02 USD/t.
    assert!(basis[0].abs() <= 7.02, "{basis:?}");
    assert!(basis.iter().zip(&spot).all(|(basis, spot)| basis.abs() < 0.2 * spot), "{basis:?} of {spot:?}");
    let yields = of("convenience_yield_share_per_year");
    assert!(yields.iter().all(|yields| yields.abs() < 1.0), "{yields:?}");
}

/// On an exchange that meets once a week every month still finds who trades it.
#[test]
fn fewer_sessions_a_week_are_the_last_ones_and_serve_all_months() {
    let open_months = |sessions: &str| {
        let (mut held, mut weekly) = (0, Vec::new());
        watch(SHORES, &[sessions], 1, 150, |week, futures| {
            let pit = &futures.pits[0];
            let house = &futures.houses[pit.exchange].house;
            weekly.push(pit.closes.iter().map(|close| close.session).collect::<BTreeSet<_>>());
            if week >= 50 {
                held += pit.board.months().iter().filter(|month| house.open_interest(month.series) > 0).count();
            }
        });
        (held as f64 / 100.0, weekly)
    };
    let (five, all) = open_months("exchanges.bourse.sessions=5");
    let (one, last) = open_months("exchanges.bourse.sessions=1");
    assert!(all[1..].iter().all(|sessions| sessions.len() == 5));
    assert!(last[1..].iter().all(|sessions| sessions.iter().eq(&[4])), "{last:?}");
    assert!(one > 0.9 * five && five > 4.0, "{one} and {five} months with positions");
}
