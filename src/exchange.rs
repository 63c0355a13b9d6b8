//! A futures exchange with its clearing house and warehouses, in whole numbers.
//!
//! Contracts trade by call auction ([`crate::auction`]) in sessions, five to a week. What this module knows is lots,
//! ticks and mills; agents, the books of metal and the files are coupled to it from outside. Nothing here is random but
//! the lot that decides which warehouse a long gets, and that is drawn by the caller.
//!
//! | modules | what they are |
//! |---|---|
//! | [`life`] | delivery months, when each is listed and trades last, values that change as the end nears |
//! | [`contract`] | the terms: lot, tick, margins, position limits, delivery |
//! | [`rules`] | what is changed in the terms between sessions |
//! | [`settlement`] | the price that positions are marked to |
//! | [`limits`] | the band of a session, and the ladder that a locked month climbs |
//! | [`house`] | members' positions and money: variation margin, calls, liquidation, default, forced reduction |
//! | [`warehouse`], [`delivery`], [`lending`] | warrants, the end of a month, guidance to dominant holders |
//! | [`option`] | options on months: their worth, which are listed, who holds them |
//! | [`board`] | a contract's months through the sessions of a week, which ties the above together |
//!
//! # A week
//!
//! 1. [`Board::begin_week`](board::Board::begin_week) lists the month that takes the place of the one that ended.
//! 2. Five times:
//!    1. [`House::liquidations`](house::House::liquidations): orders for members who did not meet the last call, put
//!       before all others. Between calls and this, members deposit.
//!    2. [`Board::hold`](board::Board::hold) for each month that has a [`Board::band`](board::Board::band), front to back.
//!       The operator may weigh [`House::calls_at`](house::House::calls_at) the prices of the session
//!       ([`Board::prices`](board::Board::prices)) against [`House::resources`](house::House::resources)
//!       ([`limits::overwhelmed`]) and [`Board::void`](board::Board::void) it.
//!    3. [`Board::close`](board::Board::close), and [`House::reduce`](house::House::reduce) where it says so.
//!    4. [`House::resolve`](house::House::resolve), then [`House::calls`](house::House::calls).
//! 3. In the last session, before defaults are resolved, options trade ([`option::book::Book::trade`]) and are exercised.
//! 4. [`Board::expire`](board::Board::expire), and [`delivery::deliver`] so many sessions later.
//! 5. [`Warehouses::pass_week`](warehouse::Warehouses::pass_week), rent, and what is due to the default fund
//!    ([`House::fund_due`](house::House::fund_due)).
//!
//! # What always holds
//!
//! The lots of a series sum to zero, and so does variation margin. [`House::total`](house::House::total) changes by what
//! is paid in and out and by nothing else: defaults and deliveries move money between accounts. What members in default
//! cannot pay is covered to the mill, because gains that somebody owes cannot be taken out until they are paid in.
//! A lot on warrant has one owner.
//!
//! The rules are those of the Shanghai and Guangzhou futures exchanges where not said otherwise.

pub mod board;
pub mod contract;
pub mod delivery;
pub mod house;
pub mod lending;
pub mod life;
pub mod limits;
pub mod option;
pub mod rules;
pub mod settlement;
pub mod warehouse;

#[cfg(test)]
mod tests;
