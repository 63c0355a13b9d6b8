//! Levers of exchanges: what each does to a small world, and that none does anything before its day.

use oreworld::agent::Agent;
use oreworld::buyer::Buyer;
use oreworld::exchange::board::{Listed, UNBOUNDED};
use oreworld::futures::program::Program;
use oreworld::futures::{Desk, Futures, Trading};
use oreworld::ledger::{Ledger, Slot};
use oreworld::merchant::Merchant;
use oreworld::model::Model;
use oreworld::record::TABLES;
use oreworld::results::simulate::RunOutput;
use oreworld::seller::Seller;
use oreworld::setup::Setup;
use oreworld::units::Money;

use crate::runs::{mean, run, series, week, world};

const SHORES: &str = "worlds/two-shores-futures.ron";
const PHYSICAL: [&str; 6] = ["markets", "flows", "mines", "plants", "sectors", "merchants"];

/// A policy of the north shore, where the exchange is.
fn decree(policy: &str) -> String {
    let day = "announced: Date(\"2024-06-03\"), in_force: Date(\"2024-06-03\")";
    format!("nations.northland.policies.lever={}", policy.replace("DAY", day))
}

/// Merchants go by their own forecast, so that they hold metal when the curve pays nothing for it.
const FORECASTS: &str = "merchant_rules.trader.carry={}";

fn shores(sets: &[&str]) -> Setup {
    world(SHORES, &sets.iter().map(|set| (*set).to_owned()).collect::<Vec<_>>())
}

/// A world with one policy, its first week in force, and a look after every week.
fn watch(setup: &Setup, seed: u64, weeks: u32, mut look: impl FnMut(u32, &Model)) {
    let mut model = Model::new(setup, seed);
    for week in 0..weeks {
        model.step().unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        look(week, &model);
    }
}

fn begins(setup: &Setup) -> u32 {
    week(setup, "2024-06-03") as u32
}

/// Lots of speculators in the first contract, over all months: long and short.
fn speculation(model: &Model) -> (i64, i64) {
    let futures = model.world().resource::<Futures>();
    let mut sums = (0, 0);
    model.each::<&Desk>(|desk| {
        if !matches!(desk.trading, Trading::Speculator(_)) || desk.contract != 0 {
            return;
        }
        let (pit, house) = (&futures.pits[0], &futures.houses[0].house);
        for month in pit.board.months() {
            let lots = house.lots(desk.member, month.series);
            sums.0 += lots.max(0);
            sums.1 += (-lots).max(0);
        }
    });
    sums
}

fn tables(out: &RunOutput, names: &[&str]) -> Vec<oreworld::record::Table> {
    out.tables.iter().filter(|table| names.contains(&table.name)).cloned().collect()
}

/// Until it is listed a contract is as if it were not there, but for the money that its traders wait with.
#[test]
fn a_contract_is_nothing_to_anybody_until_it_is_listed() {
    let never = "contracts.hydroxide.listed=Never";
    let plain = world::<&str>("worlds/two-shores.ron", &[]);
    let later = shores(&[never, "contracts.cobalt.listed=From(Date(\"2025-01-06\"))"]);
    let by_policy = shores(&[
        never,
        "contracts.cobalt.listed=Never",
        "nations.northland.policies.board=ContractListing(announced: Date(\"2025-01-06\"), \
         in_force: Date(\"2025-01-06\"), contract: \"cobalt\")",
    ]);
    let day = week(&plain, "2025-01-06");
    let [before, listed, decreed] = [&plain, &later, &by_policy].map(|setup| run(setup, 5, day, TABLES));
    assert!(tables(&before, &PHYSICAL) == tables(&listed, &PHYSICAL));
    assert!(tables(&before, &PHYSICAL) == tables(&decreed, &PHYSICAL));
    let [listed, decreed] = [&later, &by_policy].map(|setup| run(setup, 5, day + 60, TABLES));
    let volume = |out: &RunOutput| series(&out.tables, "contracts", &[("contract", "cobalt")], "volume_t");
    let traded = volume(&listed);
    assert!(traded[..day].iter().all(|volume| *volume == 0.0) && mean(&traded[day..]) > 10.0, "{traded:?}");
    assert_eq!(traded, volume(&decreed));
}

#[test]
fn a_contract_that_is_taken_off_runs_out_and_may_come_back() {
    let setup = shores(&[&decree("ContractDelisting(DAY, until: Date(\"2026-01-05\"), contract: \"cobalt\")")]);
    let (from, back) = (begins(&setup), week(&setup, "2026-01-05") as u32);
    let mut before = usize::MAX;
    watch(&setup, 2, back + 20, |week, model| {
        let futures = model.world().resource::<Futures>();
        let months = futures.pits[0].len();
        if (from..back).contains(&week) {
            assert!(months <= before, "week {week}");
        }
        if week + 1 == back {
            assert!(months == 0 && speculation(model) == (0, 0), "{months} months");
        }
        before = months;
    });
    assert!(before >= 11, "{before} months are listed again");
}

#[test]
fn rules_hold_while_they_are_in_force() {
    let setup = shores(&[&decree(
        "ExchangeRules(DAY, until: Date(\"2026-01-05\"), contract: \"cobalt\", margin: Share(0.25), limit: Share(0.12), \
         position: 1, opening_cap: 40)",
    )]);
    let (from, until) = (begins(&setup), week(&setup, "2026-01-05") as u32);
    let (mut old, mut held) = (Vec::new(), [0, 0]);
    watch(&setup, 3, until + 60, |week, model| {
        let futures = model.world().resource::<Futures>();
        let (pit, house) = (&futures.pits[0], &futures.houses[0].house);
        let in_force = (from..until).contains(&week);
        if in_force {
            let (terms, month) = (&pit.board.terms, |month: &Listed| old.contains(&month.month));
            let limit = terms.limit.as_ref().expect("a limit");
            assert_eq!(
                (terms.margin.rate.at(0).0, limit.base.at(9).0, terms.opening_cap),
                (250_000, 120_000, Some(40))
            );
            model.each::<&Desk>(|desk| {
                let listed = pit.board.months().iter().filter(|listed| !month(listed));
                if matches!(desk.trading, Trading::Speculator(_)) && desk.contract == 0 {
                    held[0] = held[0]
                        .max(listed.map(|listed| house.lots(desk.member, listed.series).abs()).max().unwrap_or(0));
                }
            });
        } else {
            assert!(pit.board.terms == setup.contracts[0].terms, "week {week}");
            held[1] = held[1].max(speculation(model).0);
        }
        if week < from {
            old = pit.board.months().iter().map(|listed| listed.month).collect();
        }
    });
    assert!(
        held[0] == 1 && held[1] > 100,
        "{held:?} lots in months that were listed under a limit of 1, and otherwise"
    );
}

#[test]
fn no_session_settles_beyond_a_floor_or_a_ceiling() {
    let free = shores(&[]);
    for (policy, above) in [("PriceFloor", true), ("PriceCeiling", false)] {
        // Where the free price lies on both sides.
        let out = run(&free, 4, 150, TABLES);
        let prices = series(&out.tables, "contracts", &[("contract", "cobalt")], "active_usd_per_t");
        let middle = mean(&prices[40..]);
        let bound =
            shores(&[&decree(&format!("{policy}(DAY, contract: \"cobalt\", level: Price(UsdPerTonne({middle:.0})))"))]);
        let from = begins(&bound);
        let beyond = |price: f64| if above { price < middle - 5.0 } else { price > middle + 5.0 };
        assert!(prices[40..].iter().any(|price| beyond(*price)), "{policy}");
        watch(&bound, 4, 150, |week, model| {
            let futures = model.world().resource::<Futures>();
            let (pit, house) = (&futures.pits[0], &futures.houses[0].house);
            let quantum = bound.minerals[0].quantum;
            for month in pit.board.months() {
                let settled = quantum.usd_per_tonne(pit.board.terms.price(house.settled(month.series)));
                assert!(week < from || !beyond(settled), "{policy}, week {week}: {settled} beyond {middle}");
            }
            assert_eq!(pit.board.bounds == UNBOUNDED, week < from);
        });
    }
}

#[test]
fn foreigners_trade_as_far_as_they_may() {
    let mean_share = |sets: &[&str]| {
        let foreign = [&["traders.funds.nation=\"southland\""], sets].concat();
        let (setup, mut shares) = (shores(&foreign), Vec::new());
        let from = begins(&setup);
        watch(&setup, 6, 150, |week, model| {
            let futures = model.world().resource::<Futures>();
            let house = &futures.houses[0].house;
            let open = |month: &Listed| house.open_interest(month.series);
            let all: i64 = futures.pits[0].board.months().iter().map(open).sum();
            let (long, short) = speculation(model);
            if week < from && !sets.is_empty() {
                assert_eq!((long, short), (0, 0), "week {week}");
            } else if all > 0 {
                shares.push(long.max(short) as f64 / all as f64);
            }
        });
        mean(&shares)
    };
    let closed = "exchanges.bourse.foreigners=Closed";
    let open = mean_share(&[]);
    let opened = mean_share(&[closed, &decree("ForeignAccess(DAY, exchange: \"bourse\")")]);
    let bounded = mean_share(&[closed, &decree("ForeignAccess(DAY, exchange: \"bourse\", share: Share(0.05))")]);
    assert!(open > 0.1 && opened > 0.1, "{open} and {opened} of the open interest");
    assert!(
        bounded > 0.0 && bounded < open / 2.0,
        "{bounded} where 5 % of a month may be opened, {open} without a bound"
    );
    let shut = mean_share(&[closed, &decree("ForeignAccess(DAY, exchange: \"bourse\", share: Share(0))")]);
    assert!(shut == 0.0, "{shut} where nothing may be opened");
}

/// What a program holds, means to hold and has, week by week.
fn program(out: &RunOutput) -> [Vec<f64>; 3] {
    let name = [("program", "northland.lever")];
    ["position_t", "target_t", "wealth_usd"].map(|column| series(&out.tables, "programs", &name, column))
}

#[test]
fn programs_change_nothing_before_their_day() {
    let plain = shores(&[FORECASTS]);
    let day = begins(&plain) as usize;
    let unmoved = [&PHYSICAL[..], &["futures", "contracts", "clearing", "nations"]].concat();
    let before = run(&plain, 7, day, TABLES);
    for policy in [
        "StateFund(DAY, contract: \"cobalt\", budget: Usd(5_000_000), threshold: Share(0.02), share: Share(0.1))",
        "IndexInflow(DAY, contract: \"cobalt\", a_week: Usd(500_000), weeks: Weeks(10))",
        "ConcentratedShort(DAY, contract: \"cobalt\", share: Share(0.4), capital: Usd(5_000_000))",
        "StockWithdrawal(DAY, contract: \"cobalt\", share: Share(0.7))",
    ] {
        let setup = shores(&[FORECASTS, &decree(policy)]);
        assert!(tables(&before, &unmoved) == tables(&run(&setup, 7, day, TABLES), &unmoved), "{policy}");
        let [later, plainly] = [&setup, &plain].map(|setup| tables(&run(setup, 7, day + 20, TABLES), &unmoved));
        assert!(later != plainly, "{policy} does nothing");
    }
}

#[test]
fn a_state_fund_leans_against_the_price_and_gives_back_what_is_left() {
    let setup = shores(&[&decree(
        "StateFund(DAY, until: Date(\"2026-06-01\"), contract: \"cobalt\", budget: Usd(5_000_000), threshold: Share(0.03), \
         share: Share(0.1))",
    )]);
    let out = run(&setup, 8, 150, TABLES);
    let [position, target, wealth] = program(&out);
    let price = series(&out.tables, "contracts", &[("contract", "cobalt")], "active_usd_per_t");
    let (from, until) = (begins(&setup) as usize, week(&setup, "2026-06-01"));
    assert!(wealth[..from].iter().all(|money| *money == 0.0) && wealth[from] > 4e6, "{}", wealth[from]);
    let of_month = |place: usize, column| {
        series(&out.tables, "futures", &[("contract", "cobalt"), ("place", &place.to_string())], column)
    };
    let months: Vec<_> =
        (1..=12).map(|place| (of_month(place, "weeks_left"), of_month(place, "last_usd_per_t"))).collect();
    let mut moved = 0;
    for week in from + 52..until {
        let mean = mean(&price[week - 52..week]);
        // It sees what the month that is the active one now, the first with more than six weeks to go, cost the week before.
        let left = months.iter().map(|(left, _)| left[week]).find(|left| *left > 6.0).expect("an active month");
        let seen =
            months.iter().find(|(before, _)| (before[week - 1] - left - 1.0).abs() < 0.5).expect("a month").1[week - 1];
        let distance = seen / mean - 1.0;
        if target[week] != 0.0 && distance.abs() > 0.03 {
            assert!(target[week] * distance < 0.0, "week {week}: {} at {distance}", target[week]);
            moved += usize::from(position[week] * target[week] > 0.0);
        }
    }
    assert!(moved > 10, "{moved} weeks with a position");
    assert_eq!((position[149], target[149], wealth[149]), (0.0, 0.0, 0.0));
}

#[test]
fn an_index_holds_what_came_in_and_sells_it_when_investors_leave() {
    let setup = shores(&[&decree(
        "IndexInflow(DAY, contract: \"cobalt\", a_week: Usd(500_000), weeks: Weeks(20), then: Leave)",
    )]);
    let out = run(&setup, 9, 100, TABLES);
    let [position, _, wealth] = program(&out);
    let price = series(&out.tables, "contracts", &[("contract", "cobalt")], "active_usd_per_t");
    let from = begins(&setup) as usize;
    let full = from + 19;
    assert!(position.iter().all(|lots| *lots >= 0.0));
    let invested = position[full] * price[full] / wealth[full];
    assert!((0.7..1.1).contains(&invested), "{invested} of its money is invested");
    assert!(position[from + 30] < position[full] && position[from + 30] > 0.0);
    assert!(position[99] == 0.0 && wealth[99] < 1.0, "{} t, {} USD", position[99], wealth[99]);
}

#[test]
fn stocks_are_withdrawn_against_payment_and_stay_in_the_books() {
    for of in ["Traders", "Everybody"] {
        let policy = format!("StockWithdrawal(DAY, contract: \"cobalt\", share: Share(0.7), of: {of})");
        withdrawn_of(&decree(&policy), of == "Everybody");
    }
}

fn withdrawn_of(policy: &str, everybody: bool) {
    let setup = shores(&[FORECASTS, policy]);
    let plain = shores(&[FORECASTS]);
    let day = begins(&setup);
    let held = |setup: &Setup, weeks: u32| {
        let mut model = Model::new(setup, 1);
        (0..weeks).for_each(|_| model.step().expect("books that close"));
        let (ledger, futures) = (model.world().resource::<Ledger>(), model.world().resource::<Futures>());
        let mut stores = 0.0;
        model.each::<(&Agent, &Merchant)>(|(agent, merchant)| {
            let metal = futures.pits[0].metal.expect("metal");
            if (merchant.market, agent.region) == (metal.market, metal.region) {
                stores += ledger.mass(agent.account, Slot::Store).real();
            }
        });
        let metal = futures.pits[0].metal.expect("metal");
        if everybody {
            model.each::<(&Agent, &Seller)>(|(agent, seller)| {
                if (seller.market, agent.region) == (metal.market, metal.region) {
                    stores += ledger.mass(agent.account, Slot::Store).real();
                }
            });
            model.each::<(&Agent, &Buyer)>(|(agent, buyer)| {
                if (buyer.market, agent.region) == (metal.market, metal.region) {
                    stores += ledger.mass(agent.account, buyer.into).real();
                }
            });
        }
        let pile = ledger.accounts().find(|account| ledger.name(*account).starts_with("metal withdrawn"));
        let treasury = ledger.accounts().find(|account| ledger.name(*account) == "treasury of northland");
        let money = ledger.money(treasury.expect("a treasury"));
        (stores + futures.pits[0].stored().real(), pile.map(|pile| ledger.mass(pile, Slot::Store).real()), money)
    };
    let (before, ..) = held(&plain, day);
    let (_, withdrawn, paid) = held(&setup, day + 1);
    let (.., unpaid) = held(&plain, day + 1);
    let withdrawn = withdrawn.expect("a pile");
    assert!(before > 0.0 && (withdrawn / before - 0.7).abs() < 0.02, "{withdrawn} of {before}");
    assert!(paid < unpaid);
}

/// Row 18: who is short more than it can pay for is closed out, and what it cannot pay the layers of the waterfall bear,
/// in books that close every week; limits on the price make no more of it.
#[test]
fn a_short_without_the_means_defaults_when_stocks_are_withdrawn() {
    let squeeze = |limits: bool| {
        let short = decree(
            "ConcentratedShort(announced: Date(\"2024-01-01\"), in_force: Date(\"2024-01-01\"), contract: \"cobalt\", \
             share: Share(0.5), build: Weeks(4), capital: Usd(1_500_000))",
        );
        let stock = "nations.northland.policies.shock=StockWithdrawal(announced: Date(\"2024-06-03\"), \
                     in_force: Date(\"2024-06-03\"), contract: \"cobalt\", share: Share(0.9))";
        let mut sets = vec![short.as_str(), stock];
        if !limits {
            sets.push("contracts.cobalt.limit=None");
        }
        let setup = shores(&sets);
        let (mut defaults, mut loss) = (0, Money::ZERO);
        let mut short = 0;
        for seed in 1..=4 {
            watch(&setup, seed, 104, |_, model| {
                let futures = model.world().resource::<Futures>();
                let borne = &futures.houses[0].waterfall;
                defaults += borne.defaults;
                loss += borne.own_margin + borne.own_fund + borne.capital + borne.others_fund + borne.haircut;
                model.each::<&Desk>(|desk| {
                    if let Trading::Program(Program { .. }) = desk.trading {
                        let house = &futures.houses[0].house;
                        let lots = |month: &Listed| house.lots(desk.member, month.series);
                        short = short.min(futures.pits[0].board.months().iter().map(lots).sum());
                    }
                });
            });
        }
        (short, defaults, loss)
    };
    let (short, free, loss) = squeeze(false);
    let (_, limited, _) = squeeze(true);
    assert!(short < -20, "{short} lots");
    assert!(loss > Money::ZERO, "{free} defaults that cost nobody anything");
    assert!(free > 0 && limited <= free, "{free} defaults without limits, {limited} with them");
}

#[test]
fn an_operator_voids_a_session_that_would_call_for_too_much() {
    let voided = |sets: &[&str]| {
        let out = run(&shores(sets), 10, 120, TABLES);
        let count: f64 = series(&out.tables, "contracts", &[("contract", "cobalt")], "voided").iter().sum();
        (count, tables(&out, &["markets", "futures", "clearing"]))
    };
    let (none, plain) = voided(&[]);
    let (rarely, patient) = voided(&["exchanges.bourse.void=(calls: 50, halt: 5)"]);
    let (often, _) = voided(&["exchanges.bourse.void=(calls: 0.05, halt: 5)"]);
    assert_eq!((none, rarely), (0.0, 0.0));
    assert!(plain == patient, "a void that never comes changes nothing");
    assert!(often > 0.0);
}
