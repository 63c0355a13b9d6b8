//! Every world in `worlds/` loads.

use oreworld::world_file::source::Sources;
use oreworld::world_file::{check, load, load_text, scan};

#[test]
fn every_world_loads() {
    let mut seen = 0;
    for entry in std::fs::read_dir("worlds").expect("worlds/") {
        let path = entry.expect("an entry").path();
        // Parts are no worlds by themselves; those that include them are here as well.
        let part = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("part-"));
        if part || path.extension().is_none_or(|extension| extension != "ron") {
            continue;
        }
        load(&path).unwrap_or_else(|problems| panic!("{problems}"));
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn the_one_page_world_has_no_problem() {
    let mut sources = Sources::default();
    let bytes = std::fs::read("worlds/two-shores.ron").expect("readable");
    let root =
        scan::read(&mut sources, "worlds/two-shores.ron", &bytes).unwrap_or_else(|problems| panic!("{problems}"));
    let checked = check(&sources, root, &[]);
    assert!(checked.problems.is_empty(), "{}", checked.problems);
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    let text = std::fs::read_to_string("worlds/two-shores.ron").expect("readable");
    let load = |text: &str| format!("{:?}", load_text("a.ron", text).unwrap_or_else(|problems| panic!("{problems}")));
    let plain = load(&text);
    assert_eq!(load(&text.replace('\n', "\r\n")), plain);
    assert_eq!(load(&format!("\u{feff}{text}")), plain);
    assert_eq!(load(&format!("#![enable(implicit_some)]\n#![type = \"World\"]\n{text}")), plain);
}

#[test]
fn the_order_of_a_file_means_nothing() {
    let text = std::fs::read_to_string("worlds/two-shores.ron").expect("readable");
    let (south, north) = ("        \"south\": (label: (zh: \"南岸\", en: \"South shore\")),\n", "        \"north\"");
    let turned = text.replacen(south, "", 1).replacen(
        "en: \"North shore\")),\n",
        &format!("en: \"North shore\")),\n{south}"),
        1,
    );
    assert!(turned != text && turned.contains(north));
    let load = |text: &str| format!("{:?}", load_text("a.ron", text).unwrap_or_else(|problems| panic!("{problems}")));
    assert_eq!(load(&turned), load(&text));
}

#[test]
fn days_of_use_are_the_nations_own() {
    let text = std::fs::read_to_string("worlds/two-shores.ron").expect("readable");
    let text = text.replace("stock: Tonnes(0),\n            target", "stock: DaysOfUse(30),\n            target");
    let setup = load_text("a.ron", &text).unwrap_or_else(|problems| panic!("{problems}"));
    // 10,000 t a year for 30 of 365.25 days, to the nearest kilogram.
    assert_eq!(setup.reserves[0].stock.0, 821_355);
}

#[test]
fn the_one_page_world_means_what_it_says() {
    let setup = load("worlds/two-shores.ron").unwrap_or_else(|problems| panic!("{problems}"));
    let names: Vec<&str> = setup.nations.iter().map(|nation| nation.id.as_str()).collect();
    assert_eq!(names, ["northland", "southland"]);
    let stages: Vec<&str> = setup.markets.iter().map(|market| market.stage.as_str()).collect();
    assert_eq!(stages, ["hydroxide", "refined"]);
    let (north, south) = (0, 1);
    assert_eq!(setup.leg(0, south, north).map(|leg| (leg.cost.0, leg.weeks)), Some((40_000, 8)));
    assert_eq!((setup.leg(0, north, south), setup.leg(1, north, north)), (None, None));
    assert_eq!(setup.leg(1, north, south), setup.leg(1, south, north));
    assert_eq!(setup.mines[0].capacity_per_year.0, 10_500_000);
    assert_eq!((setup.plants[0].feed, setup.plants[0].product), (0, 1));
    assert_eq!(setup.merchants[0].credit.0, 6_000_000_000_000);
    assert_eq!(setup.nations[1].policies.len(), 1);
}
