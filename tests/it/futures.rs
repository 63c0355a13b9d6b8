//! Worlds with futures are the plain ones and what is traded forward, and their files mean what they say.

use oreworld::auction::Rationing;
use oreworld::exchange::contract::{Delivery, DeliveryPrice, Physical};
use oreworld::exchange::life::{LastDay, Listing};
use oreworld::exchange::settlement::SettlementRule;
use oreworld::setup::Setup;
use oreworld::setup::exchange::{Contract, Hedge, Metal, Strategy};
use oreworld::units::{Mass, Money, Ppm, Price};
use oreworld::world_file::load;

const SHORES: &str = "worlds/two-shores-futures.ron";

fn world(path: &str) -> Setup {
    load(path).unwrap_or_else(|problems| panic!("{problems}"))
}

fn contract<'a>(setup: &'a Setup, id: &str) -> &'a Contract {
    setup.contracts.iter().find(|contract| contract.id.as_str() == id).expect("a contract")
}

#[test]
fn a_world_with_futures_is_the_plain_one_and_its_futures() {
    let mut seen = 0;
    for entry in std::fs::read_dir("worlds").expect("worlds/") {
        let path = entry.expect("an entry").path().to_string_lossy().into_owned();
        let Some(plain) = path.strip_suffix("-futures.ron").filter(|plain| !plain.contains("part-")) else { continue };
        let (plain, mut setup) = (world(&format!("{plain}.ron")), world(&path));
        assert!(plain.exchanges.is_empty() && plain.contracts.is_empty() && plain.traders.is_empty(), "{path}");
        assert!(!setup.exchanges.is_empty() && !setup.contracts.is_empty() && !setup.traders.is_empty(), "{path}");
        assert!(setup.plants.iter().any(|plant| plant.rule.hedging.is_some()), "{path}");
        assert!(setup.sectors.iter().any(|sector| sector.rule.hedging.is_some()), "{path}");
        assert!(setup.merchants.iter().any(|merchant| merchant.rule.carry.is_some()), "{path}");

        (setup.id, setup.label) = (plain.id.clone(), plain.label.clone());
        (setup.exchanges, setup.contracts, setup.traders) = (Vec::new(), Vec::new(), Vec::new());
        setup.mines.iter_mut().for_each(|mine| mine.rule.hedging = None);
        setup.plants.iter_mut().for_each(|plant| plant.rule.hedging = None);
        setup.sectors.iter_mut().for_each(|sector| sector.rule.hedging = None);
        setup.merchants.iter_mut().for_each(|merchant| merchant.rule.carry = None);
        assert!(format!("{setup:?}") == format!("{plain:?}"), "{path}");
        seen += 1;
    }
    assert_eq!(seen, 8);
}

#[test]
fn a_contract_has_the_terms_that_are_written() {
    let setup = world(SHORES);
    let (north, refined) = (0, 1);
    let cobalt = contract(&setup, "cobalt");
    assert_eq!(
        (cobalt.metal(), setup.exchanges[cobalt.exchange].id.as_str()),
        (Some(Metal { market: refined, region: north }), "bourse")
    );
    let terms = &cobalt.terms;
    assert_eq!((terms.lot, terms.tick), (Mass(1_000), Price(500)), "a tonne; 5 dollars in cents");
    assert_eq!(terms.listing, Listing { every: 1, listed: 12, last_day: LastDay::Day(15) });
    assert_eq!((terms.rationing, terms.settlement), (Rationing::ProRata, SettlementRule::VolumeWeighted));
    let limit = terms.limit.as_ref().expect("a limit");
    assert_eq!([5, 4, 0].map(|weeks| limit.base.at(weeks).0), [80_000, 100_000, 100_000]);
    assert_eq!((limit.first_day, limit.steps, limit.halt, limit.weekly), (2, [Ppm(30_000), Ppm(50_000)], 1, None));
    assert_eq!([7, 6, 1, 0].map(|weeks| terms.margin.rate.at(weeks).0), [100_000, 150_000, 150_000, 200_000]);
    assert_eq!(terms.margin.rates(7, Some(Ppm(110_000))), [Ppm(130_000), Ppm(120_000)]);
    let position = terms.position.as_ref().expect("position limits");
    assert_eq!([7, 6, 2].map(|weeks| position.at(weeks).most(30_000)), [3_000, 300, 100]);
    let physical = Physical { price: DeliveryPrice::LastSettlement, buy_in: Ppm(1_200_000), penalty: Ppm(200_000) };
    assert_eq!((terms.delivery, terms.fee, terms.opening_cap), (Delivery::Physical(physical), Money::ZERO, None));

    let south = contract(&setup, "hydroxide");
    let metal = south.metal().expect("of metal");
    assert_eq!(setup.markets[metal.market].stage.as_str(), "hydroxide");
    assert_eq!(setup.regions[metal.region].id.as_str(), "south");
    assert_eq!(south.terms.listing, Listing { every: 2, listed: 6, last_day: LastDay::Weekday(3, 2) });
    assert_eq!((south.terms.limit.as_ref(), south.terms.delivery), (None, Delivery::Cash { weeks: 4 }));
    assert_eq!((south.terms.rationing, south.terms.settlement), (Rationing::PriceTime, SettlementRule::Closing));
}

/// A tonne of lithium carbonate holds 0.188 t of lithium; what is traded per lot of metal is written per tonne.
#[test]
fn lots_of_carbonate_and_depths_are_in_metal() {
    let setup = world("worlds/lithium-2024-futures.ron");
    let terms = &contract(&setup, "gfex-lithium").terms;
    assert_eq!((terms.lot, terms.tick), (Mass(188), Price(1_494)));
    let maker = setup.traders.iter().find(|group| group.id.as_str() == "gfex-lithium-makers").expect("makers");
    let Strategy::MarketMaker(making) = maker.strategy else { panic!("a market maker") };
    assert!((making.depth - 4_400.0 / 0.188).abs() < 1e-6, "lots");
}

#[test]
fn who_has_another_metal_or_stands_elsewhere_does_not_use_a_contract() {
    let setup = world("worlds/rare-earths-2024-futures.ron");
    let ndpr = |market: usize| setup.mineral_of(market).id.as_str() == "ndpr";
    let plants = setup.plants.iter().filter(|plant| plant.rule.hedging.is_some()).map(|plant| plant.product);
    let sectors = setup.sectors.iter().filter(|sector| sector.rule.hedging.is_some()).map(|sector| sector.market);
    let (plants, sectors): (Vec<usize>, Vec<usize>) = (plants.collect(), sectors.collect());
    assert!(plants.iter().chain(&sectors).all(|&market| ndpr(market)), "the same kinds work with dysprosium too");
    assert_eq!((plants.len(), sectors.len()), (3, 5));
    let shores = world(SHORES);
    let hedged = |hedge: Option<Hedge>| hedge.map(|hedge| shores.contracts[hedge.contract].id.as_str());
    let (mine, plant, sector) = (&shores.mines[0].rule, &shores.plants[0].rule, &shores.sectors[0].rule);
    assert_eq!(
        [mine.hedging, plant.hedging, sector.hedging].map(hedged),
        [Some("hydroxide"), Some("cobalt"), Some("cobalt")]
    );
    // A mine may hedge what its ore becomes; what a stage is made of nobody hedges there.
    let later = crate::runs::world(SHORES, &["mine_rules.by-product.hedging.contract=\"cobalt\""]);
    let of_mines = later.mines.iter().filter_map(|mine| mine.rule.hedging);
    assert!(of_mines.clone().count() > 0);
    assert!(of_mines.map(|hedge| hedged(Some(hedge))).all(|name| name == Some("cobalt")));
    let six = world("worlds/six-2024-futures.ron");
    let mut carried: Vec<&str> = Vec::new();
    for merchant in &six.merchants {
        let Some(carry) = merchant.rule.carry else { continue };
        let contract = &six.contracts[carry.contract];
        let region = six.nations[merchant.nation].region;
        assert_eq!(contract.metal(), Some(Metal { market: merchant.market, region }), "{}", merchant.id);
        carried.push(contract.id.as_str());
    }
    carried.sort_unstable();
    let all = ["gfex-lithium", "gfex-ndpr", "lme-cobalt", "lme-nickel", "shfe-cobalt", "shfe-copper", "shfe-nickel"];
    assert_eq!(carried, all);
}
