//! oreworld: markets and politics of critical minerals, week by week.
//!
//! Mines, plants, consuming sectors, merchants and reserve agencies trade in regions that freight, borders and policies
//! keep apart. A world file says who they are, an experiment file what is changed and what is measured; a run gives
//! prices, shortages and money week by week, the same to the bit on every run.
//!
//! # A run by hand
//!
//! ```
//! use oreworld::market::Markets;
//! use oreworld::model::Model;
//! use oreworld::world_file::load_text;
//!
//! let text = include_str!("../worlds/two-shores.ron");
//! let setup = load_text("worlds/two-shores.ron", text)?;
//! let seed = 1;
//! let mut model = Model::new(&setup, seed);
//! for _week in 0..4 {
//!     model.step()?; // an error means that the books did not close
//! }
//!
//! let refined = &model.world().resource::<Markets>()[1];
//! let north = setup.regions.iter().position(|region| region.id.as_str() == "north").ok_or("no such region")?;
//! let quantum = setup.minerals[refined.mineral].quantum;
//! assert!(quantum.usd_per_tonne(refined.price(north)) > 10_000.0);
//!
//! // The same seed gives the same state, to the bit.
//! let mut again = Model::new(&setup, seed);
//! for _week in 0..4 {
//!     again.step()?;
//! }
//! assert_eq!(model.state_hash(), again.state_hash());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Whole experiments, with arms, seeds, results on disk and pictures, are run by the program `oreworld`; the feature
//! `cli`, on by default, holds all that knows files, threads and terminals. Without it the crate is the model alone.
//!
//! # The map, in reading order
//!
//! | modules | what they are |
//! |---|---|
//! | [`units`], [`id`], [`calendar`] | small values: mass, price and money as integers, names, weeks |
//! | [`math`], [`streams`] | mathematics and randomness that give the same bits everywhere |
//! | [`digest`], [`ledger`] | the state hash, and the books through which every tonne and every mill moves |
//! | [`step`] | the phases of a week, in order |
//! | [`setup`] | a checked world: what a model is built from |
//! | [`agent`], [`market`], [`nation`], [`terms`] | what agents, markets and treasuries carry, and the terms of trade that agents meet |
//! | [`seller`], [`buyer`], [`outlook`] | how a producer asks, how a user bids, what firms expect |
//! | [`spot`], [`harvest`] | demand and supply along a curve: the buyer without stocks, the output planned by price |
//! | [`storage`], [`foresight`] | competitive storage under rational expectations, and the merchants that know it |
//! | [`firm`] | who owns mines and plants, and goes bankrupt with them |
//! | [`deposit`], [`project`] | ore that grows poorer, and mines and plants that may be built |
//! | [`mine`], [`plant`], [`sector`], [`recycler`], [`merchant`], [`reserve`] | the agents, one concept each |
//! | [`service`], [`use_stock`], [`substitution`], [`pass_through`] | what sectors' use depends on: technologies, metal in use, substitutes, margins |
//! | [`clearing`], [`auction`] | who gets what at which price: the spatial spot market, the call auction, the continuous book |
//! | [`exchange`] | futures: contracts, limits, margin and default in a clearing house, warrants and delivery; pure, without agents |
//! | [`futures`] | the exchanges at work: desks of traders and firms, sessions, margin through the books, metal on warrant |
//! | [`trade`], [`shipping`] | settlement of the spot market; goods under way |
//! | [`offtake`] | contracts: made, nominated and delivered before the spot market |
//! | [`currency`] | exchange rates, and what they do to contracts settled in another currency |
//! | [`trader`] | strategies of those who trade a contract, and the floor on which they meet |
//! | [`policy`] | what states decree, one file per policy |
//! | [`watch`] | what agencies see of a mineral, late and blurred, and the levels at which they warn |
//! | [`belief`] | the model inside the model: the world as an agency believes it to be, run ahead |
//! | [`model`] | the `bevy_ecs` world and its one schedule: [`Model::step`](model::Model::step) |
//! | [`record`], [`outcome`], [`statistics`] | what is written down of a run, what is measured of it, how arms are compared |
//! | [`facts`] | stylized facts of commodity markets: statistics of prices, curves and stocks, with bands |
//! | [`world_file`], [`experiment`] | what people write, and everything that can be wrong with it |
//! | [`calibrate`] | which values of uncertain factors make a world do what was seen |
//! | `results`, `sweep`, `optimize`, `explain`, `cli` (feature `cli`) | runs side by side, Parquet, resuming, verifying, pictures; sweeps over uncertain factors and their analysis; search for settings that serve aims best; why a price moved; the command line |
//!
//! # Five ideas that the rest stands on
//!
//! 1. **The books are integers.** Mass counts quanta of contained metal, a price is cents per 1,000 quanta, money is
//!    mills, so price × mass is exact. Every transfer debits one account and credits another, and each week closes to
//!    exactly zero or the run fails, in release builds too. Decisions use real numbers; what they decide is rounded
//!    once, by a named rule of [`units`].
//! 2. **Randomness has names.** A draw is a function of seed, purpose, agent, week and index. A further agent or lever
//!    leaves everyone else's luck as it was, so two arms of an experiment differ only by what was changed.
//! 3. **No platform mathematics.** `exp`, `ln` and powers come from `libm` through [`math`]; lints turn away the
//!    standard versions, hash maps and clocks.
//! 4. **The model knows no files, clocks, threads or terminals.** They live at the edge. Recording only reads.
//! 5. **The step is data.** A week is a fixed sequence of named phases ([`step::Phase`]) and systems within a phase
//!    run in the order in which they were added, on one thread. Runs are what goes side by side.
//!
//! Policies write the week's [`terms`]; agents read them and never look a policy up. Orders are flat arrays, not
//! entities: the clearing takes orders and returns fills.
//!
//! `docs/odd.md` describes the model in full, with its equations; `docs/world-file.md` what files may say.

pub mod agent;
pub mod auction;
pub mod base_year;
pub mod belief;
pub mod buyer;
pub mod calendar;
pub mod calibrate;
pub mod clearing;
#[cfg(feature = "cli")]
pub mod cli;
pub mod criticality;
pub mod currency;
pub mod decision;
pub mod deposit;
pub mod digest;
pub mod exchange;
pub mod experiment;
#[cfg(feature = "cli")]
pub mod explain;
pub mod facts;
pub mod firm;
pub mod foresight;
pub mod futures;
pub mod harvest;
pub mod id;
mod last;
pub mod ledger;
pub mod market;
pub mod math;
pub mod merchant;
pub mod mine;
pub mod model;
pub mod nation;
pub mod offtake;
#[cfg(feature = "cli")]
pub mod optimize;
pub mod outcome;
pub mod outlook;
pub mod pass_through;
pub mod plant;
pub mod policy;
pub mod position;
pub mod project;
pub mod record;
pub mod recycler;
pub mod reserve;
#[cfg(feature = "cli")]
pub mod results;
pub mod sector;
pub mod seller;
pub mod service;
pub mod setup;
pub mod shipping;
pub mod spot;
pub mod statistics;
pub mod step;
pub mod storage;
pub mod streams;
pub mod substitution;
#[cfg(feature = "cli")]
pub mod sweep;
pub mod terms;
pub mod trade;
pub mod trader;
pub mod units;
pub mod use_stock;
pub mod watch;
pub mod world_file;
