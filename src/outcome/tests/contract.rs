//! A contract whose weeks are written by hand.

use super::*;
use crate::facts::Statistic;
use crate::trader::arbitrage::Costs;

fn futures_world() -> Setup {
    world_file::load("worlds/two-shores-futures.ron").unwrap_or_else(|problems| panic!("{problems}"))
}

/// Weeks of the contract for refined cobalt: spot, then (weeks left, settlement) of its months.
type Written<'a> = (f64, &'a [(f64, f64)]);

/// The tables of a contract, with stock and use of 10 a week where it delivers.
fn tables(weeks: &[Written], stock: impl Fn(usize) -> f64, hedgers: impl Fn(usize) -> f64) -> Vec<Table> {
    let own: Vec<[f64; 7]> =
        weeks.iter().enumerate().map(|(week, (spot, _))| [*spot, 5.0, 40.0, 0.0, hedgers(week), 0.0, 0.0]).collect();
    let own: Vec<(Week, &str, &[f64])> =
        own.iter().enumerate().map(|(week, row)| (week as Week, "cobalt", row.as_slice())).collect();
    let columns = ["spot_usd_per_t", "volume_t", "open_interest_t", "on_warrant_t", "hedgers_net_t", "carriers_net_t"];
    let contracts = table("contracts", "contract", &[&columns[..], &["slope_share"]].concat(), &own);
    let months: Vec<(Week, [f64; 2])> = weeks
        .iter()
        .enumerate()
        .flat_map(|(week, (_, curve))| curve.iter().map(move |(left, price)| (week as Week, [*left, *price])))
        .collect();
    let months: Vec<(Week, &str, &[f64])> =
        months.iter().map(|(week, row)| (*week, "cobalt", row.as_slice())).collect();
    let futures = table("futures", "contract", &["weeks_left", "settlement_usd_per_t"], &months);
    let held: Vec<[f64; 3]> = weeks.iter().enumerate().map(|(week, (spot, _))| [stock(week), 10.0, *spot]).collect();
    let held: Vec<(Week, &str, &[f64])> =
        held.iter().enumerate().map(|(week, row)| (week as Week, "north", row.as_slice())).collect();
    let mut markets = table("markets", "region", &["stock_t", "use_t", "price_usd_per_t"], &held);
    for (name, value) in [("mineral", "cobalt"), ("stage", "refined")] {
        let values = Values::Key { names: [value.to_owned()].into(), rows: vec![0; weeks.len()] };
        markets.columns.push(Column { name, values });
    }
    vec![contracts, futures, markets]
}

fn fact(of: Statistic, tables: &[Table]) -> Option<f64> {
    measured(Measure::Fact(id("cobalt"), of), tables)
}

fn measured(measure: Measure, tables: &[Table]) -> Option<f64> {
    let weeks = tables[0].columns.iter().find_map(|column| match &column.values {
        Values::Week(weeks) => weeks.last().map(|last| last + 1),
        _ => None,
    });
    Outcome { id: id("x"), measure, weeks: 0..weeks.expect("weeks") }.evaluate(&futures_world(), tables)
}

/// What returns of ±10 % and so on are worth in a year.
fn annual(returns: &[f64]) -> f64 {
    crate::facts::returns::volatility(returns).expect("returns")
}

#[test]
fn a_return_is_of_one_and_the_same_month() {
    // The near month stands 100 above the far one, which takes its place as the one nearest to three months.
    let e = std::f64::consts::E;
    let weeks: [Written; 4] = [
        (100.0, &[(11.0, 200.0), (15.5, 100.0)]),
        (100.0, &[(10.0, 200.0), (14.5, 100.0 * e)]),
        (100.0, &[(9.0, 200.0), (13.5, 100.0)]),
        (100.0, &[(8.0, 200.0), (12.5, 100.0 * e)]),
    ];
    let tables = tables(&weeks, |_| 50.0, |_| 0.0);
    // 15.5 + ½ is farther from 13.05 than 11 + ½; from the second week on the far month is nearer.
    assert!(close(fact(Statistic::ThreeMonthVolatility, &tables), annual(&[0.0, -1.0, 1.0])));
    assert_eq!(fact(Statistic::SpotVolatility, &tables), None, "spot does not move");
    assert_eq!(fact(Statistic::MaturityVolatility, &tables), None, "nothing is a year away");
}

#[test]
fn far_months_are_held_against_near_ones() {
    let e = std::f64::consts::E;
    let weeks: [Written; 3] = [
        (100.0, &[(4.0, 100.0), (52.0, 100.0)]),
        (100.0, &[(3.0, 100.0 * e), (51.0, 100.0 * e.sqrt())]),
        (100.0, &[(2.0, 100.0), (50.0, 100.0)]),
    ];
    assert!(close(fact(Statistic::MaturityVolatility, &tables(&weeks, |_| 50.0, |_| 0.0)), 0.5));
}

/// Four weeks with little stock, in which spot stands above the settlements before, and eight with more.
fn scarce_then_ample() -> Vec<Table> {
    const NEAR: &[(f64, f64)] = &[(14.0, 90.0)];
    const FAR: &[(f64, f64)] = &[(14.0, 101.0)];
    let weeks: Vec<Written> = (0..12).map(|week| (100.0, if week < 3 { NEAR } else { FAR })).collect();
    tables(&weeks, |week| if week < 4 { 10.0 } else { 40.0 + week as f64 }, |_| 0.0)
}

#[test]
fn backwardation_goes_with_low_stock() {
    let tables = scarce_then_ample();
    let of = |statistic| fact(statistic, &tables);
    assert!(close(of(Statistic::Backwardation), 3.0 / 11.0), "the first week has no settlement before it");
    assert!(close(of(Statistic::LowStockBackwardation), 1.0) && close(of(Statistic::HighStockBackwardation), 0.0));
    // Cover is 1 week in four weeks and 4.4 to 5.1 in the others: between 4.5 and 4.6.
    assert!(close(of(Statistic::MedianCover), 4.55));
    assert!(close(of(Statistic::StockOuts), 0.0) && of(Statistic::SlopeStockCorrelation).is_some_and(|r| r > 0.6));
}

#[test]
fn yields_and_carry_take_the_merchants_interest() {
    let setup = futures_world();
    let market = setup
        .contracts
        .iter()
        .find(|contract| contract.id == id("cobalt"))
        .expect("a contract")
        .metal()
        .expect("metal")
        .market;
    let merchant = setup.merchants.iter().find(|merchant| merchant.market == market).expect("a merchant");
    let storage = setup.mineral_of(market).quantum.usd_per_tonne(setup.markets[market].storage_per_year);
    let costs = Costs { interest: merchant.rule.interest, storage, fees: 0.0 };
    let tables = scarce_then_ample();
    let years = 14.5 / WEEKS_PER_YEAR;
    let carry = costs.full_carry(100.0, years) - 100.0;
    assert!(close(fact(Statistic::ContangoOverCarry, &tables), 1.0 / carry));
    let far = costs.interest + costs.storage / 100.0 - math::ln(1.01) / years;
    assert!(close(fact(Statistic::ConvenienceYield, &tables), far), "in eight of eleven weeks");
}

#[test]
fn hedgers_who_are_short_before_prices_rise_are_paid_for() {
    // The month nearest to three moves up from week 20 on; hedgers are short from then on.
    let price = |week: usize| 100.0 * math::exp(0.02 * (week.max(20) - 20) as f64);
    let curves: Vec<Vec<(f64, f64)>> = (0..60)
        .map(|week| (0..12).map(|place| (8.0 + f64::from(place) * 8.0 - (week % 8) as f64, price(week))).collect())
        .collect();
    let weeks: Vec<Written> = curves.iter().map(|curve| (100.0, curve.as_slice())).collect();
    let with = |sign: f64| tables(&weeks, |_| 50.0, |week| if week < 20 { 0.0 } else { sign * 10.0 });
    let found = fact(Statistic::HedgingPressure, &with(-1.0)).expect("positions that vary");
    assert!(found > 0.5, "{found}");
    assert!(close(fact(Statistic::HedgingPressure, &with(1.0)), -found));
    assert_eq!(fact(Statistic::HedgingPressure, &with(0.0)), None);
}

#[test]
fn a_price_that_moves_as_its_month_is_hedged_in_full() {
    let level = |week: usize| 100.0 + [0.0, 5.0, -3.0, 8.0, 1.0, 4.0, 9.0, 2.0][week % 8];
    let curves: Vec<Vec<(f64, f64)>> =
        (0..16).map(|week| vec![(40.0 - week as f64, 2.0 * level(week)), (16.0, 7.0)]).collect();
    let weeks: Vec<Written> = curves.iter().enumerate().map(|(week, curve)| (level(week), &curve[..1])).collect();
    let tables = tables(&weeks, |_| 50.0, |_| 0.0);
    let hedged = |ratio| Hedged { contract: id("cobalt"), stage: None, region: None, weeks: 1, ratio };
    let of = |ratio| measured(Measure::HedgeEffectiveness(hedged(ratio)), &tables);
    assert_eq!(of(None), None, "40 weeks are too far from three months");
    let near: Vec<Vec<(f64, f64)>> = curves.iter().map(|curve| vec![(curve[0].0 - 25.0, curve[0].1)]).collect();
    let weeks: Vec<Written> = near.iter().enumerate().map(|(week, curve)| (level(week), curve.as_slice())).collect();
    let tables = self::tables(&weeks[..8], |_| 50.0, |_| 0.0);
    let of = |ratio| measured(Measure::HedgeEffectiveness(hedged(ratio)), &tables);
    // The month moves by twice as much: half a tonne takes all away, a whole one leaves what was there.
    assert!(close(of(None), 1.0) && close(of(Some(0.5)), 1.0) && close(of(Some(1.0)), 0.0));
}

#[test]
fn orders_swing_more_than_what_they_serve() {
    // Four-week sums of 20, 80, 20 against 30, 60, 30, both 40 in the mean: changes of 60 against 30.
    let of = |name, key, agent: &'static str, columns: &[&'static str], sums: &[&[f64]]| {
        let rows: Vec<(Week, Vec<f64>)> =
            (0..12).map(|week| (week, sums.iter().map(|s| s[week as usize / 4] / 4.0).collect())).collect();
        let rows: Vec<(Week, &str, &[f64])> = rows.iter().map(|(week, row)| (*week, agent, row.as_slice())).collect();
        table(name, key, columns, &rows)
    };
    let plants =
        of("plants", "plant", "harbor-works", &["bought_t", "sold_t"], &[&[20.0, 80.0, 20.0], &[30.0, 60.0, 30.0]]);
    let mines = of("mines", "mine", "red-hill", &["sold_t"], &[&[10.0, 160.0, 10.0]]);
    let sectors = of("sectors", "sector", "north-batteries", &["used_t"], &[&[30.0, 60.0, 30.0]]);
    let tables = [plants, mines, sectors];
    assert!(close(fact(Statistic::ProcessorBullwhip, &tables), 4.0));
    assert!(close(fact(Statistic::MinerBullwhip, &tables), (2.5 / 0.75) * (2.5 / 0.75)));
    assert!(close(fact(Statistic::BullwhipUpstream, &tables), (2.5 / 0.75) * (2.5 / 0.75) / 4.0));
}

#[test]
fn a_reserve_is_empty_after_it_held_something() {
    let rows: [(Week, &str, &[f64]); 4] = [
        (0, "north-reserve", &[0.0]),
        (1, "north-reserve", &[9.0]),
        (2, "north-reserve", &[0.0]),
        (3, "north-reserve", &[0.0]),
    ];
    let tables = [table("reserves", "reserve", &["stock_t"], &rows)];
    assert!(close(fact(Statistic::ReserveEmpty, &tables), 2.0 / 3.0));
    let never: [(Week, &str, &[f64]); 1] = [(0, "north-reserve", &[0.0])];
    assert_eq!(fact(Statistic::ReserveEmpty, &[table("reserves", "reserve", &["stock_t"], &never)]), None);
}
