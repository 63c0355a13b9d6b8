//! Random decrees of every kind, to try promises on more than the shipped experiments.

use proptest::prelude::*;

/// Where decrees can be made: nations of a world, each with one of its mines, if it has any.
pub(crate) type Stage = &'static [(&'static str, &'static str)];

pub(crate) const SHORES: Stage = &[("southland", "red-hill"), ("northland", "")];
pub(crate) const COBALT: Stage =
    &[("cod", "cod-kisanfu"), ("idn", "idn-huayue"), ("chn", "chn-jinchuan"), ("row", "row-ambatovy")];

/// A day of the first three years: month, counted from January 2024, and day.
fn day((month, day): (u32, u32)) -> String {
    format!("Date(\"{}-{:02}-{day:02}\")", 2024 + month / 12, month % 12 + 1)
}

fn window() -> impl Strategy<Value = String> {
    (0..30_u32, 0..7_u32, 1..20_u32, 1..=28_u32).prop_map(|(from, lag, months, date)| {
        let [announced, in_force, until] = [from, from + lag, from + lag + months].map(|month| day((month, date)));
        format!("announced: {announced}, in_force: {in_force}, until: {until}")
    })
}

fn stages() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["[\"hydroxide\"]", "[\"refined\"]", "[\"hydroxide\", \"refined\"]"])
}

fn terms() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..60_u32).prop_map(|rate| format!("AdValorem(Share(0.{rate:02}))")),
        (0..9_000_u32).prop_map(|amount| format!("Specific(UsdPerTonne({amount}))")),
        (0..40_u32, 0..60_u32).prop_map(|(low, high)| {
            format!("Sliding([(UsdPerTonne(10_000), Share(0.{low:02})), (UsdPerTonne(30_000), Share(0.{high:02}))])")
        }),
    ]
}

/// A decree of any kind on what a mine, if any, and traders of a nation do; tariffs burden all goods, or those of one
/// origin.
fn decree(mine: &'static str, origin: &'static str) -> impl Strategy<Value = String> {
    let share = || (0..100_u32).prop_map(|percent| format!("Share(0.{percent:02})"));
    let cobalt = "mineral: \"cobalt\"";
    prop_oneof![
        (window(), stages())
            .prop_map(move |(window, stages)| format!("ExportBan({window}, {cobalt}, stages: {stages})")),
        (window(), 0..90_000_u32, 0..14_u32, share(), any::<bool>()).prop_map(
            move |(window, amount, carry, strategic, treasury)| {
                let holder = if treasury { "Treasury" } else { "Producers" };
                format!(
                    "ExportQuota({window}, {cobalt}, stage: \"hydroxide\", amount: Tonnes({amount}), \
                     carry_over: Weeks({carry}), strategic: {strategic}, holder: {holder})"
                )
            }
        ),
        (window(), stages(), 0..10_u32, 0..10_u32, 0..200_000_u32).prop_map(
            move |(window, stages, shortest, more, capacity)| format!(
                "ExportLicense({window}, {cobalt}, stages: {stages}, delay: (Weeks({shortest}), Weeks({})), \
                 capacity: TonnesPerYear({capacity}))",
                shortest + more
            )
        ),
        (window(), stages(), share()).prop_map(move |(window, stages, rate)| format!(
            "ExportDuty({window}, {cobalt}, stages: {stages}, rate: {rate})"
        )),
        (window(), stages(), share(), any::<bool>()).prop_map(move |(window, stages, rate, all)| {
            let origins = if all { String::new() } else { format!(", origins: [\"{origin}\"]") };
            format!("ImportTariff({window}, {cobalt}, stages: {stages}, rate: {rate}{origins})")
        }),
        (window(), terms()).prop_map(move |(window, terms)| format!("Royalty({window}, {cobalt}, terms: {terms})")),
        (window(), 0..90_u32).prop_map(move |(window, millions)| format!(
            "ExplorationProgram({window}, {cobalt}, budget: Usd({millions}_000_000), doubling_budget: Usd(40_000_000))"
        )),
        (0..30_u32, 0..90_u32, share(), 1..200_u32).prop_map(move |(from, gain, cut, weeks)| {
            let from = day((from, 5));
            format!(
                "MiningTechnology(announced: {from}, in_force: {from}, {cobalt}, recovery_gain: Share(0.{gain:02}), \
                 cost_cut: {cut}, phase_in: Weeks({weeks}), spend: Usd(9_000_001))"
            )
        }),
        (window(), share(), 0..9_000_u32).prop_map(move |(window, capital, product)| format!(
            "LocalProcessingSupport({window}, {cobalt}, stages: [\"refined\"], capital: {capital}, \
             product: UsdPerTonne({product}))"
        )),
        (window(), share(), share(), 0..9_000_u32).prop_map(move |(window, collection, recovery, incentive)| format!(
            "UrbanMining({window}, {cobalt}, phase_in: Years(0.5), collection_gain: {collection}, \
             recovery_gain: {recovery}, incentive: UsdPerTonne({incentive}))"
        )),
        (window(), share(), 0..90_000_u32).prop_map(move |(window, share, compensation)| format!(
            "ScrapDrive({window}, {cobalt}, share: {share}, compensation: UsdPerTonne({compensation}))"
        )),
        (window(), 0..900_u32, 1..900_u32, share()).prop_map(move |(window, spend, scale, cut)| format!(
            "SubstitutionProgram({window}, {cobalt}, spend_per_year: Usd({spend}_000_000), scale: Usd({scale}_000_000), \
             lead: Years(0.5), elasticity_gain: 1, threshold_cut: {cut}, speed_gain: 2)"
        )),
        (window(), stages(), share(), 26..200_u32).prop_map(move |(window, stages, surge, term)| format!(
            "AntiDumping({window}, {cobalt}, stages: {stages}, origins: [\"{origin}\"], surge: {surge}, rate: Share(0.4), \
             investigation: Weeks(9), term: Weeks({term}))"
        )),
        (window(), stages(), 0..3_u32, 0..9_000_u32, 1..90_000_u32).prop_map(
            move |(window, stages, level, cost, capacity)| {
                let level = ["Ban", "Duty(Share(0.3))", "Quota(TonnesPerYear(4_000))"][level as usize];
                format!(
                    "ExportControl({window}, {cobalt}, stages: {stages}, destinations: [\"{origin}\"], level: {level}, \
                     smuggling: (cost: UsdPerTonne({cost}), rise: UsdPerTonne(900), capacity: TonnesPerYear({capacity})))"
                )
            }
        ),
        (window(), 1..90_000_u32, share(), any::<bool>()).prop_map(move |(window, floor, upside, random)| {
            if mine.is_empty() {
                return format!(
                    "TradingPlatform({window}, {cobalt}, stages: [\"refined\"], members: [\"{origin}\"], saving: UsdPerTonne({floor}))"
                );
            }
            if random {
                return format!(
                    "Disruption({window}, mines: [\"{mine}\"], lost: Share(0.7), episodes: (frequency: PerYear(2), length: Weeks(9)))"
                );
            }
            format!(
                "ContractForDifference({window}, {cobalt}, stage: \"hydroxide\", mines: [\"{mine}\"], floor: UsdPerTonne({floor}), \
                 upside: {upside})"
            )
        }),
        (window(), share()).prop_map(move |(window, share)| format!("CostPassThrough({window}, {cobalt}, share: {share})")),
        (window(), share(), share(), any::<bool>()).prop_map(move |(window, second, third, triggered)| {
            let trigger = if triggered { "trigger: (Weeks(2), Weeks(4)), " } else { "" };
            format!("Rationing({window}, {cobalt}, {trigger}shares: {{ 2: {second}, 3: {third} }})")
        }),
        taking(mine),
    ]
}

/// A taking of a mine, if there is one; a ban for good otherwise.
fn taking(mine: &'static str) -> impl Strategy<Value = String> {
    let share = || (0..100_u32).prop_map(|percent| format!("Share(0.{percent:02})"));
    (0..30_u32, 0..7_u32, share(), share(), share()).prop_map(move |(from, lag, share, compensation, loss)| {
        let (announced, in_force) = (day((from, 5)), day((from + lag, 5)));
        if mine.is_empty() {
            return format!(
                "ExportBan(announced: {announced}, in_force: {in_force}, mineral: \"cobalt\", stages: [\"hydroxide\"])"
            );
        }
        format!(
            "Nationalization(announced: {announced}, in_force: {in_force}, mines: [\"{mine}\"], share: {share}, \
             compensation: {compensation}, efficiency_loss: {loss})"
        )
    })
}

/// One to six decrees, as `path=value`, some of which their nation decides on inside the run.
pub(crate) fn decrees(stage: Stage) -> impl Strategy<Value = Vec<String>> {
    let one = prop::sample::select(stage.to_vec()).prop_flat_map(|(nation, mine)| {
        (decree(mine, stage[0].0), prop::bool::weighted(0.3))
            .prop_map(move |(decree, decided)| (nation, decree, decided))
    });
    prop::collection::vec(one, 1..=6).prop_map(|decrees| {
        let hazard = "hazard_rules.act=(base: SharePerYear(0.7), price: 0.5, rent: 0.5, neighbors: 1, acted: 0.5)";
        let decide = "(by: Hazard(rule: \"act\", mineral: \"cobalt\", stage: \"hydroxide\"), relent: (shortfall: Share(0.1)), \
                      rest: Weeks(13))";
        let mut sets = vec![hazard.to_owned()];
        for (place, (nation, decree, decided)) in decrees.into_iter().enumerate() {
            sets.push(format!("nations.{nation}.policies.p{place}={decree}"));
            if decided {
                sets.push(format!("nations.{nation}.decisions.p{place}={decide}"));
            }
        }
        sets
    })
}

/// A decree of any kind on an exchange, made where it is, on a contract delivered in metal.
fn futures_decree(exchange: &'static str, contract: &'static str) -> impl Strategy<Value = String> {
    let price = || (60..140_u32).prop_map(|percent| format!("OfOpening({})", f64::from(percent) / 100.0));
    let named = move |kind: &str, window: &str, rest: &str| format!("{kind}({window}, contract: \"{contract}\"{rest})");
    prop_oneof![
        (window(), 15..60_u32, 2..12_u32, 1..500_u32, 1..90_u32).prop_map(
            move |(window, margin, limit, position, cap)| {
                let rest = format!(
                    ", margin: Share(0.{margin}), limit: Share(0.{limit:02}), position: {position}, opening_cap: {cap}"
                );
                named("ExchangeRules", &window, &rest)
            }
        ),
        window().prop_map(move |window| named("ContractDelisting", &window, "")),
        (window(), price()).prop_map(move |(window, level)| named("PriceFloor", &window, &format!(", level: {level}"))),
        (window(), price()).prop_map(move |(window, level)| named(
            "PriceCeiling",
            &window,
            &format!(", level: {level}")
        )),
        (window(), 0..100_u32).prop_map(move |(window, share)| format!(
            "ForeignAccess({window}, exchange: \"{exchange}\", share: Share(0.{share:02}))"
        )),
        (window(), 1..90_u32, 1..30_u32, 1..=10_u32).prop_map(move |(window, budget, threshold, share)| {
            let share = f64::from(share) / 100.0;
            let rest =
                format!(", budget: Usd({budget}_000_000), threshold: Share(0.{threshold:02}), share: Share({share})");
            named("StateFund", &window, &rest)
        }),
        ((0..30_u32, 1..=28_u32), 1..90_u32, 1..60_u32, any::<bool>()).prop_map(
            move |(from, a_week, weeks, leaves)| {
                let then = if leaves { "Leave" } else { "Stay" };
                let window = format!("announced: {}, in_force: {}", day(from), day(from));
                named(
                    "IndexInflow",
                    &window,
                    &format!(", a_week: Usd({a_week}00_000), weeks: Weeks({weeks}), then: {then}"),
                )
            }
        ),
        (window(), 1..=90_u32, 1..30_u32, 1..20_u32).prop_map(move |(window, share, build, capital)| {
            let rest = format!(", share: Share(0.{share:02}), build: Weeks({build}), capital: Usd({capital}_000_000)");
            named("ConcentratedShort", &window, &rest)
        }),
        ((0..30_u32, 1..=28_u32), 1..100_u32, any::<bool>()).prop_map(move |(from, share, all)| {
            let window = format!("announced: {}, in_force: {}", day(from), day(from));
            let of = if all { "Everybody" } else { "Traders" };
            named("StockWithdrawal", &window, &format!(", share: Share(0.{share:02}), of: {of}"))
        }),
    ]
}

/// Terms of an exchange, its contract and who hedges there, on the two shores.
fn terms_of_trade() -> impl Strategy<Value = Vec<String>> {
    let gate = || 1..400_u32;
    let house = (any::<bool>(), 10..40_u32, 1..300_u32, any::<bool>(), 0..30_u32, any::<bool>());
    let metal = (gate(), gate(), 0..900_u32, 100..300_u32, 0..40_u32, 0..100_u32, 1..26_u32);
    (house, metal).prop_map(|((closed, margin, capital, lends, fund, void), (into, out, rent, buy_in, penalty, ratio, roll))| {
        let buy_in = f64::from(buy_in) / 100.0;
        let foreigners = if closed { "Closed" } else { "Open" };
        let mut sets = vec![
            format!("exchanges.bourse.foreigners={foreigners}"),
            format!("exchanges.bourse.capital=Usd({capital}0_000)"),
            format!("exchanges.bourse.fund=Share(0.{fund:02})"),
            format!("contracts.cobalt.margin.base=Share(0.{margin})"),
            format!("contracts.cobalt.lending={lends}"),
            format!(
                "contracts.cobalt.delivery=Physical(buy_in: {buy_in}, penalty: Share(0.{penalty:02}), warehouses: [(load_in: Tonnes({into}), \
                 load_out: Tonnes({out}), rent: UsdPerTonneYear({rent}))])"
            ),
        ];
        if void {
            sets.push("exchanges.bourse.void=(calls: 0.5, halt: 3)".to_owned());
        }
        for rule in ["sector_rules.batteries", "plant_rules.refiner"] {
            sets.push(format!("{rule}.hedging.ratio=Share(0.{ratio:02})"));
            sets.push(format!("{rule}.hedging.roll=Weeks({roll})"));
        }
        sets
    })
}

/// One to four decrees of a nation on its exchange, and as many as there may be on the shores.
pub(crate) fn futures_decrees() -> impl Strategy<Value = Vec<String>> {
    let on_exchange = prop::collection::vec(futures_decree("bourse", "cobalt"), 1..=4);
    (on_exchange, decrees(SHORES), terms_of_trade()).prop_map(|(on_exchange, mut sets, terms)| {
        let named = on_exchange.into_iter().enumerate();
        sets.extend(named.map(|(place, decree)| format!("nations.northland.policies.f{place}={decree}")));
        sets.extend(terms);
        sets
    })
}

/// Levers of one exchange: its own terms, those of a contract there, and one to three decrees of its nation. The contract
/// may be listed by one of them alone.
fn on_exchange(
    nation: &'static str,
    exchange: &'static str,
    contract: &'static str,
) -> impl Strategy<Value = Vec<String>> {
    let decreed = prop::collection::vec(futures_decree(exchange, contract), 1..=3);
    let house = (any::<bool>(), 1..300_u32, 0..30_u32, any::<bool>(), any::<bool>(), 16..40_u32);
    let listing = prop::option::weighted(0.2, window());
    (decreed, house, listing).prop_map(move |(decreed, (closed, capital, fund, void, lends, margin), listing)| {
        let foreigners = if closed { "Closed" } else { "Open" };
        let void = if void { "(calls: 0.5, halt: 3)" } else { "None" };
        let mut sets = vec![
            format!("exchanges.{exchange}.foreigners={foreigners}"),
            format!("exchanges.{exchange}.capital=Usd({capital}0_000)"),
            format!("exchanges.{exchange}.fund=Share(0.{fund:02})"),
            format!("exchanges.{exchange}.void={void}"),
            format!("contracts.{contract}.lending={lends}"),
            format!("contracts.{contract}.margin.base=Share(0.{margin})"),
        ];
        if let Some(window) = listing {
            sets.push(format!("contracts.{contract}.listed=Never"));
            sets.push(format!(
                "nations.{nation}.policies.{contract}-l=ContractListing({window}, contract: \"{contract}\")"
            ));
        }
        let named = decreed.into_iter().enumerate();
        sets.extend(named.map(|(place, decree)| format!("nations.{nation}.policies.{contract}-{place}={decree}")));
        sets
    })
}

/// Levers of the exchanges in Shanghai and London for cobalt, and decrees on the metal.
pub(crate) fn cobalt_futures_decrees() -> impl Strategy<Value = Vec<String>> {
    let exchanges = (on_exchange("chn", "shfe", "shfe-cobalt"), on_exchange("row", "lme", "lme-cobalt"));
    (exchanges, decrees(COBALT)).prop_map(|((shanghai, london), physical)| [shanghai, london, physical].concat())
}

/// Levers of the exchanges in Shanghai and London for nickel.
pub(crate) fn nickel_futures_decrees() -> impl Strategy<Value = Vec<String>> {
    let exchanges = (on_exchange("chn", "shfe", "shfe-nickel"), on_exchange("eur", "lme", "lme-nickel"));
    exchanges.prop_map(|(shanghai, london)| [shanghai, london].concat())
}

/// So many cases, the same in every run of the test; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` ask for others.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    use proptest::test_runner::RngSeed;
    let given = ProptestConfig::default();
    let rng_seed = match given.rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        fixed @ RngSeed::Fixed(_) => fixed,
    };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { given.cases } else { cases };
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..given }
}
