//! The yearly tables say what the weekly ones do.

use oreworld::record::{Table, Values};

use crate::runs::{COBALT, arm, run, series, week, world};

/// The value of a real column in the row of a nation and year.
fn value(table: &Table, nation: &str, year: &str, column: &str) -> f64 {
    let find = |name: &str| &table.columns.iter().find(|column| column.name == name).expect("a column").values;
    let is = |name: &str, row: usize, wanted: &str| match find(name) {
        Values::Key { names, rows } => names[usize::from(rows[row])] == wanted,
        _ => panic!("{name} is no key"),
    };
    let Values::Real(reals) = find(column) else { panic!("{column}") };
    let row = (0..reals.len()).find(|&row| is("nation", row, nation) && is("year", row, year));
    reals[row.expect("a row")]
}

fn class<'a>(table: &'a Table, nation: &str, year: &str) -> &'a str {
    let find = |name: &str| match &table.columns.iter().find(|column| column.name == name).expect("a column").values {
        Values::Key { names, rows } => (names, rows),
        _ => panic!("{name} is no key"),
    };
    let ((nations, nation_rows), (years, year_rows), (classes, class_rows)) =
        (find("nation"), find("year"), find("class"));
    let row = (0..class_rows.len())
        .find(|&r| nations[usize::from(nation_rows[r])] == nation && years[usize::from(year_rows[r])] == year);
    &classes[usize::from(class_rows[row.expect("a row")])]
}

#[test]
fn a_years_row_is_the_sum_of_its_weeks() {
    let setup = world::<&str>(COBALT, &[]);
    let out = run(&setup, 4, 120, &["positions", "mines", "plants", "recyclers"]);
    let positions = out.tables.iter().find(|table| table.name == "positions").expect("a table");
    let Values::Week(weeks) = &positions.columns[0].values else { panic!("the first column is the week") };
    let mut last: Vec<u32> = weeks.clone();
    last.dedup();
    // 2024 has 53 weeks that begin in it, 2025 has 52; 2026 is not over.
    assert_eq!(last, [52, 104]);
    assert_eq!(week(&setup, "2024-12-30"), 52);
    let yearly = |sum: f64, weeks: f64| sum * (365.25 / 7.0) / weeks;
    let chinese = series(&out.tables, "mines", &[("mine", "chn-jinchuan")], "output_t");
    let expected = yearly(chinese[53..105].iter().sum(), 52.0);
    let found = value(positions, "chn", "2025", "mined_t_per_year");
    assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    let made = |table, key, id| series(&out.tables, table, &[(key, id)], "output_t")[..53].iter().sum::<f64>();
    let refined = made("plants", "plant", "chn-huayou")
        + made("plants", "plant", "chn-refiners")
        + made("recyclers", "recycler", "chn-recyclers");
    let found = value(positions, "chn", "2024", "refined_t_per_year");
    assert!((found - yearly(refined, 53.0)).abs() < 1e-6, "{found} {refined}");
}

#[test]
fn imports_and_exports_of_a_stage_are_what_was_shipped() {
    let setup = world::<&str>(COBALT, &[]);
    let out = run(&setup, 4, 60, &["stage_positions", "flows"]);
    let yearly = out.tables.iter().find(|table| table.name == "stage_positions").expect("a table");
    let shipped = series(&out.tables, "flows", &[("stage", "hydroxide"), ("from", "cod")], "shipped_t");
    let expected = shipped[..53].iter().sum::<f64>() * (365.25 / 7.0) / 53.0;
    let found = value(yearly, "cod", "2024", "exports_t_per_year");
    assert!((found - expected).abs() < 1e-6, "{found} {expected}");
}

#[test]
fn china_refines_cobalt_that_it_does_not_mine() {
    let setup = world::<&str>(COBALT, &[]);
    let out = run(&setup, 1, 53, &["positions"]);
    let of = |nation, column| value(&out.tables[0], nation, "2024", column);
    // What is neither mined abroad nor at home was recycled.
    assert!(of("chn", "mined_abroad_share") > 0.9);
    assert!(of("chn", "mined_abroad_share") + of("chn", "recycled_t_per_year") / of("chn", "use_t_per_year") > 0.97);
    assert!(of("chn", "net_import_reliance") < 0.01, "it refines more than it uses");
    assert!(of("cod", "reserve_share") > 0.5 && of("cod", "mining_share") > 0.7);
    assert!(of("chn", "owned_abroad_t_per_year") > 20.0 * of("chn", "mined_t_per_year"));
    let class = |nation| class(&out.tables[0], nation, "2024");
    assert_eq!((class("cod"), class("chn"), class("jpn")), ("dominant", "risk-in-hand", "little-output"));
}

#[test]
fn an_export_stop_shows_in_the_year_of_the_stop() {
    let exports = |id: &str| {
        let out = run(&arm(id, &[]), 2, 105, &["stage_positions"]);
        value(&out.tables[0], "cod", "2025", "exports_t_per_year")
    };
    assert!(exports("as-it-happened") < 0.6 * exports("no-stop"));
}

/// Value of a row of a nation's critical list.
fn list(id: &str, sets: &[&str], nation: &str, year: &str, column: &str) -> f64 {
    let out = run(&arm(id, sets), 1, 105, &["critical_lists"]);
    value(&out.tables[0], nation, year, column)
}

#[test]
fn cobalt_is_critical_to_who_buys_it_from_the_congo() {
    for nation in ["chn", "jpn", "fin"] {
        assert!(list("no-stop", &[], nation, "2024", "critical") > 0.5, "{nation}");
    }
    // If it were as stable as Canada, the risk would be a fraction.
    let risk = |sets: &[&str]| list("no-stop", sets, "chn", "2024", "supply_risk");
    assert!(risk(&["nations.cod.governance=Share(0.763)"]) < 0.5 * risk(&[]));
}

#[test]
fn a_state_that_counts_intervention_sees_more_risk_in_the_year_of_the_stop() {
    let of = |id, sets: &[&str], column| list(id, sets, "jpn", "2025", column);
    let restricted = of("as-it-happened", &[], "restricted_share");
    assert!(restricted > 0.5);
    assert!(of("no-stop", &[], "restricted_share") < 1e-9);
    // The world file's weight is a half.
    let blind = of("as-it-happened", &["nations.jpn.criticality.intervention=0"], "supply_risk");
    assert!((of("as-it-happened", &[], "supply_risk") / blind - (1.0 + 0.5 * restricted)).abs() < 1e-12);
}
