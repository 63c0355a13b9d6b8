//! Who owns sites, and how firms behave.

use super::super::decode::At;
use super::super::quantity::{Share, SharePerYear, Usd, Weeks, Years};
use super::super::record::record;
use super::super::reference::{self, Ref};
use super::super::value::Level;
use super::Label;

record! {
    /// A firm with a balance sheet: its sites hand it their profit, and it covers their losses until it defaults.
    pub struct Firm as "Firm" {
        /// What people read.
        label: Label,
        /// Its nationality, wherever its sites lie.
        nation: Ref<reference::Nation>,
        /// How it behaves: a name in `firm_rules`.
        rule: Ref<reference::FirmRule>,
        /// Money at the start.
        cash: At<Usd> = "Usd(0)",
        /// What it owes at the start, beyond that money.
        debt: At<Usd> = "Usd(0)",
        /// Most that it may owe, whatever its sites are worth.
        credit: At<Usd>,
    }
}

record! {
    /// How a kind of firm behaves.
    pub struct FirmRule as "FirmRule" {
        /// Share of a quarter's profit that goes to its shareholders.
        payout: At<Share> = "Share(0)",
        /// Further credit as a multiple of what its sites are worth.
        leverage: Level = "0",
        /// Interest on debt.
        interest: SharePerYear,
        /// Beyond its credit for so many weeks in a row it defaults: 1 to 520 whole weeks.
        patience: At<Weeks>,
        /// Rate at which it discounts the margins of a site.
        discount: SharePerYear,
        /// Over which it counts the margins of a site at most; above 0.
        life: At<Years> = "Years(20)",
        /// Share of what a distressed site is worth to it that it offers.
        distressed: At<Share> = "Share(0.5)",
        /// From buying a distressed mine to its first output: 0 to 520 whole weeks.
        restart: At<Weeks> = "Weeks(13)",
    }
}
