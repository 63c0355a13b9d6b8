//! Every world in `worlds/` loads, without a warning.

use oreworld::world_file::source::Sources;
use oreworld::world_file::{check, load, scan};

#[test]
fn every_world_loads_without_a_warning() {
    let mut seen = 0;
    for entry in std::fs::read_dir("worlds").expect("worlds/") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "ron") {
            continue;
        }
        let mut sources = Sources::default();
        let bytes = std::fs::read(&path).expect("readable");
        let root =
            scan::read(&mut sources, &path.to_string_lossy(), &bytes).unwrap_or_else(|problems| panic!("{problems}"));
        let checked = check(&sources, root, &[]);
        assert!(checked.setup.is_some() && checked.problems.is_empty(), "{}", checked.problems);
        seen += 1;
    }
    assert!(seen > 0);
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
