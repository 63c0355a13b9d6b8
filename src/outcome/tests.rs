use super::*;
use crate::math;
use crate::record::{Column, Values};
use crate::units::WEEKS_PER_YEAR;
use crate::world_file;

mod contract;

fn id(name: &str) -> Id {
    Id::new(name).expect("an id")
}

fn setup() -> Setup {
    world_file::load_text("two-shores.ron", include_str!("../../worlds/two-shores.ron")).expect("a sound world")
}

/// A table with one key: rows of (week, id, values).
fn table(name: &'static str, key: &'static str, columns: &[&'static str], rows: &[(Week, &str, &[f64])]) -> Table {
    let names: Vec<String> = rows.iter().map(|(_, id, _)| (*id).to_owned()).collect();
    let values = |i: usize| Values::Real(rows.iter().map(|(.., values)| values[i]).collect());
    let mut all = vec![
        Column { name: "week", values: Values::Week(rows.iter().map(|(week, ..)| *week).collect()) },
        Column { name: key, values: Values::Key { names: names.into(), rows: (0..rows.len() as u16).collect() } },
    ];
    all.extend(columns.iter().enumerate().map(|(i, name)| Column { name, values: values(i) }));
    Table { name, columns: all }
}

fn prices(prices: &[f64]) -> Table {
    let rows: Vec<[f64; 1]> = prices.iter().map(|price| [*price]).collect();
    let rows: Vec<(Week, &str, &[f64])> =
        rows.iter().enumerate().map(|(week, price)| (week as Week, "north", price.as_slice())).collect();
    let mut markets = table("markets", "region", &["price_usd_per_t"], &rows);
    for (name, value) in [("mineral", "cobalt"), ("stage", "refined")] {
        let values = Values::Key { names: [value.to_owned()].into(), rows: vec![0; prices.len()] };
        markets.columns.push(Column { name, values });
    }
    markets
}

fn evaluate(measure: Measure, weeks: Range<Week>, tables: &[Table]) -> Option<f64> {
    Outcome { id: id("x"), measure, weeks }.evaluate(&setup(), tables)
}

fn close(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() < 1e-9)
}

fn refined() -> MarketName {
    MarketName { mineral: id("cobalt"), stage: id("refined") }
}

#[test]
fn prices_are_looked_at_within_the_weeks_alone() {
    let tables = [prices(&[900.0, 10.0, 20.0, 40.0, 40.0, 900.0])];
    let of = |measure: fn(MarketName, Id) -> Measure| evaluate(measure(refined(), id("north")), 1..5, &tables);
    assert!(close(of(Measure::PriceMean), 27.5));
    assert!(close(of(Measure::PricePeak), 40.0));
    assert!(close(of(Measure::PriceTimeToPeak), 2.0));
    // Log changes ln 2, ln 2, 0: their sample variance is (ln 2)² / 3.
    let expected = std::f64::consts::LN_2 / 3.0_f64.sqrt() * (365.25_f64 / 7.0).sqrt();
    assert!(close(of(Measure::PriceVolatility), expected));
    assert_eq!(evaluate(Measure::PriceMean(refined(), id("south")), 1..5, &tables), None);
}

#[test]
fn sectors_are_short_together_and_only_above_the_share() {
    let columns = ["required_t", "unmet_t"];
    let rows: [(Week, &str, &[f64]); 5] = [
        (0, "a", &[10.0, 5.0]),
        (1, "a", &[10.0, 0.1]),
        (1, "b", &[90.0, 0.9]),
        (2, "a", &[10.0, 0.0]),
        (2, "b", &[90.0, 1.1]),
    ];
    let tables = [table("sectors", "sector", &columns, &rows)];
    let both = || vec![id("a"), id("b")];
    assert!(close(evaluate(Measure::UnmetDemand(both()), 1..3, &tables), 2.1));
    assert!(close(evaluate(Measure::FirstShortage(both(), 0.01), 1..3, &tables), 1.0));
    assert!(close(evaluate(Measure::FirstShortage(vec![id("a")], 0.01), 0..3, &tables), 0.0));
    assert_eq!(evaluate(Measure::FirstShortage(both(), 0.02), 1..3, &tables), None);
}

#[test]
fn nations_are_known_by_their_mines_plants_and_sectors() {
    let tables = [
        table("mines", "mine", &["output_t", "stock_t"], &[(0, "red-hill", &[30.0, 7.0])]),
        table(
            "plants",
            "plant",
            &["fed_t", "output_t", "feed_stock_t", "product_stock_t"],
            &[(0, "harbor-works", &[20.0, 15.0, 40.0, 6.0])],
        ),
        table("sectors", "sector", &["used_t", "stock_t"], &[(0, "north-batteries", &[20.0, 9.0])]),
        table("recyclers", "recycler", &["output_t", "stock_t"], &[]),
        table("merchants", "merchant", &["stock_t"], &[(0, "north-trader", &[5.0])]),
        table("reserves", "reserve", &["stock_t"], &[(0, "north-reserve", &[20.0])]),
        table("nations", "nation", &["rent_usd", "producer_rent_usd"], &[(0, "southland", &[2.0, 5.0])]),
    ];
    let hydroxide = || MarketName { stage: id("hydroxide"), ..refined() };
    let of = |measure| evaluate(measure, 0..1, &tables);
    // Refined in the north: 6 + 9 + 5 + 20 in store, 20 used, 15 made.
    assert!(close(of(Measure::WeeksOfCover(refined(), id("northland"))), 2.0));
    assert!(close(of(Measure::ImportDependence(refined(), id("northland"))), 0.25));
    assert!(close(of(Measure::WeeksOfCover(hydroxide(), id("northland"))), 2.0));
    assert!(close(of(Measure::ImportDependence(hydroxide(), id("northland"))), 1.0));
    assert_eq!(of(Measure::ImportDependence(refined(), id("southland"))), None);
    assert!(close(of(Measure::MiningConcentration(id("cobalt"))), 10_000.0));
    assert!(close(of(Measure::RefiningConcentration(refined())), 10_000.0));
    assert_eq!(of(Measure::RefiningConcentration(hydroxide())), None);
    assert!(close(of(Measure::Revenue(id("southland"), Levy::QuotaRent)), 7.0));
}

#[test]
fn a_reserve_costs_what_it_pays_and_what_its_stock_loses() {
    let columns = ["stock_t", "under_way_t", "spent_usd", "earned_usd"];
    let rows: [(Week, &str, &[f64]); 4] = [
        (0, "north-reserve", &[99.0, 0.0, 500.0, 0.0]),
        (1, "north-reserve", &[8.0, 2.0, 500.0, 0.0]),
        (2, "north-reserve", &[7.0, 4.0, 13.0, 0.0]),
        (3, "north-reserve", &[6.0, 0.0, 0.0, 60.0]),
    ];
    let tables = [table("reserves", "reserve", &columns, &rows), prices(&[1.0, 10.0, 13.0, 12.0])];
    // Held 10 at 10 after the first week, 6 at 12 at the end; 13 paid and 60 earned in between.
    assert!(close(evaluate(Measure::ReserveCost(id("north-reserve")), 1..4, &tables), 13.0 - 60.0 + 100.0 - 72.0));
}

#[test]
fn a_reserve_falls_from_its_highest_worth_and_pays_for_puts() {
    let columns = ["paid_usd", "payoff_usd", "worth_usd"];
    let rows: [(Week, &str, &[f64]); 5] = [
        (0, "north-reserve", &[9.0, 0.0, 900.0]),
        (1, "north-reserve", &[5.0, 0.0, 100.0]),
        (2, "north-reserve", &[5.0, 0.0, 130.0]),
        (3, "north-reserve", &[0.0, 7.0, 90.0]),
        (4, "north-reserve", &[0.0, 0.0, 120.0]),
    ];
    let tables = [table("reserve_options", "reserve", &columns, &rows)];
    assert!(close(evaluate(Measure::ReserveDrawdown(id("north-reserve")), 1..5, &tables), 40.0));
    assert!(close(evaluate(Measure::ReservePremiums(id("north-reserve")), 1..5, &tables), 3.0));
}

#[test]
fn concentration_is_ten_thousand_for_one_and_less_for_more() {
    assert!(close(concentration(&[5.0]), 10_000.0));
    assert!(close(concentration(&[1.0, 1.0]), 5_000.0));
    assert!(close(concentration(&[3.0, 1.0, 0.0]), 6_250.0));
    assert_eq!(concentration(&[0.0]), None);
}

/// Yearly rows of (week, year, nation, values), all of cobalt.
fn yearly(name: &'static str, columns: &[&'static str], rows: &[(Week, &str, &str, &[f64])]) -> Table {
    let by_nation: Vec<(Week, &str, &[f64])> =
        rows.iter().map(|(week, _, nation, values)| (*week, *nation, *values)).collect();
    let mut found = table(name, "nation", columns, &by_nation);
    let places = (0..rows.len() as u16).collect();
    let years: Vec<String> = rows.iter().map(|(_, year, ..)| (*year).to_owned()).collect();
    found.columns.push(Column { name: "year", values: Values::Key { names: years.into(), rows: places } });
    let mineral = Values::Key { names: ["cobalt".to_owned()].into(), rows: vec![0; rows.len()] };
    found.columns.push(Column { name: "mineral", values: mineral });
    let class = Values::Key {
        names: ["dominant".to_owned(), "low-risk".to_owned()].into(),
        rows: rows.iter().map(|(.., values)| u16::from(values[0] < 1.0)).collect(),
    };
    found.columns.push(Column { name: "class", values: class });
    found
}

#[test]
fn yearly_figures_are_means_over_the_years_that_end_within_the_weeks() {
    use yearly::{Figure, Rows};
    let rows: [(Week, &str, &str, &[f64]); 6] = [
        (52, "2024", "northland", &[0.0, 90.0]),
        (52, "2024", "southland", &[10.0, 90.0]),
        (104, "2025", "northland", &[0.0, 80.0]),
        (104, "2025", "southland", &[20.0, 80.0]),
        (156, "2026", "northland", &[5.0, 100.0]),
        (156, "2026", "southland", &[5.0, 60.0]),
    ];
    let tables = [yearly("positions", &["mined_t_per_year", "ore_reserve_t"], &rows)];
    let of = |nation: Option<&str>| Rows { nation: nation.map(id), mineral: id("cobalt"), stage: None };
    let mined = Figure::amount(&["positions"], "mined_t_per_year", "t_per_year");
    let life = Figure::ratio(&["positions"], "ore_reserve_t", "mined_t_per_year", "years");
    let value = |figure, nation, weeks| evaluate(Measure::Yearly(figure, of(nation)), weeks, &tables);
    assert!(close(value(mined, Some("southland"), 0..105), 15.0));
    assert!(close(value(mined, None, 53..157), 15.0));
    // A year without output has no reserve life: 100 / 5 is all that is left.
    assert!(close(value(life, Some("northland"), 0..157), 20.0));
    assert!(close(value(life, None, 0..105), f64::midpoint(18.0, 8.0)));
    assert_eq!(value(mined, Some("southland"), 53..104), None);
    // A nation without a row has none of an amount; what is no amount it does not have.
    let some = [yearly("positions", &["mined_t_per_year", "ore_reserve_t"], &rows[1..2])];
    let of_north = |figure| evaluate(Measure::Yearly(figure, of(Some("northland"))), 0..105, &some);
    assert!(close(of_north(mined), 0.0));
    assert_eq!(of_north(Figure::own(&["positions"], "mined_t_per_year", "share")), None);
    let south = evaluate(Measure::Yearly(mined, of(Some("southland"))), 0..105, &some);
    assert!(close(south, 5.0), "10 in the first year and nothing in the second: {south:?}");
    let class = |weeks| evaluate(Measure::InClass(of(Some("northland")), "dominant"), weeks, &tables);
    assert!(close(class(0..157), 1.0 / 3.0));
}

#[test]
fn a_plant_earns_the_price_of_what_it_recovers_less_that_of_its_feed() {
    let mut markets = prices(&[100.0, 120.0, 60.0, 70.0]);
    let stages = Values::Key { names: ["refined".to_owned(), "hydroxide".to_owned()].into(), rows: vec![0, 0, 1, 1] };
    for column in &mut markets.columns {
        match column.name {
            "stage" => column.values = stages.clone(),
            "week" => column.values = Values::Week(vec![0, 1, 0, 1]),
            _ => {}
        }
    }
    let setup = setup();
    let recovery = setup.plants[0].recovery.share();
    assert!(close(evaluate(Measure::TreatmentCharge(id("harbor-works")), 0..2, &[markets]), 110.0 * recovery - 65.0));
}

#[test]
fn a_treasury_takes_all_levies_and_no_producers_rent() {
    let columns = ["royalty_usd", "duty_usd", "tariff_usd", "rent_usd", "producer_rent_usd", "state_margin_usd"];
    let rows: [(Week, &str, &[f64]); 2] =
        [(0, "southland", &[1.0, 2.0, 3.0, 4.0, 900.0, 5.0]), (1, "southland", &[7.0, 0.0, 0.0, 0.0, 0.0, -2.0])];
    let tables = [table("nations", "nation", &columns, &rows)];
    let found = evaluate(Measure::TreasuryTake(id("southland")), 0..2, &tables);
    assert!(close(found, 20.0 * WEEKS_PER_YEAR / 2.0));
}

#[test]
fn projects_count_when_their_capacity_opens() {
    let text = include_str!("../../tests/worlds/valley.ron");
    let project = |stage: &str| {
        format!(
            "project: (rule: \"builder\", stage: {stage}, capital_cost: UsdPerAnnualTonne(1)), capacity: TonnesPerYear(50_000),"
        )
    };
    let text =
        text.replacen("capacity: TonnesPerYear(50_000),", &project("Decision"), 1).replace("stock: Tonnes(1_000),", "");
    let setup = world_file::load_text("valley.ron", &text).unwrap_or_else(|problems| panic!("{problems}"));
    let rows: [(Week, &str, &[f64]); 4] = [
        (0, "old-east", &[0.0, 0.0]),
        (1, "old-east", &[20_000.0, 0.0]),
        (2, "old-east", &[50_000.0, 7.0]),
        (3, "old-east", &[50_000.0, 2.0]),
    ];
    let tables = [table("projects", "project", &["built_t_per_year", "written_off_usd"], &rows)];
    let of = |nation: &str| Projects { mineral: id("metal"), nation: None, owner: Some(id(nation)) };
    let value = |measure, weeks| Outcome { id: id("x"), measure, weeks }.evaluate(&setup, &tables);
    assert!(close(value(Measure::ProjectsBuilt(of("valley")), 0..4), 1.0));
    assert!(close(value(Measure::CapacityBuilt(of("valley")), 0..4), 50_000.0));
    assert!(close(value(Measure::ProjectsBuilt(of("valley")), 2..4), 0.0), "it had opened before");
    assert!(close(value(Measure::CapacityBuilt(of("valley")), 2..4), 30_000.0));
    assert!(close(value(Measure::LoansWrittenOff(of("valley")), 1..3), 7.0));
    assert!(close(value(Measure::LoansWrittenOff(of("nobody")), 1..3), 0.0));
}
