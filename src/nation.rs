//! Nations as they appear in the books: a treasury and what it took in this week.

use bevy_ecs::prelude::*;

use crate::ledger::{Account, Ledger};
use crate::setup::{NationIx, RegionIx, Setup};
use crate::units::Money;

/// A nation's treasury.
#[derive(Debug, Clone)]
pub struct Treasury {
    /// Its account; negative when the state has paid out more than it took.
    pub account: Account,
    /// Royalties of this week.
    pub royalty: Money,
    /// Export duties of this week.
    pub duty: Money,
    /// Import tariffs of this week.
    pub tariff: Money,
    /// Quota rent of this week.
    pub rent: Money,
    /// Rent of this week that its producers kept.
    pub producer_rent: Money,
    /// State's share of mines' margins this week, less compensation paid.
    pub margin: Money,
    /// Spent this week on programs for projects, plants, exploration, users, collectors and recyclers, less repayments,
    /// interest and premiums.
    pub programs: Money,
}

/// Every nation's treasury.
#[derive(Resource, Debug, Clone)]
pub struct Treasuries {
    nations: Vec<Treasury>,
    of_region: Vec<Option<NationIx>>,
}

impl Treasuries {
    pub(crate) fn new(setup: &Setup, ledger: &mut Ledger) -> Self {
        let treasury = |nation: &crate::setup::Nation| Treasury {
            account: ledger.open(format!("treasury of {}", nation.id), 0),
            royalty: Money::ZERO,
            duty: Money::ZERO,
            tariff: Money::ZERO,
            rent: Money::ZERO,
            producer_rent: Money::ZERO,
            margin: Money::ZERO,
            programs: Money::ZERO,
        };
        let nations = setup.nations.iter().map(treasury).collect();
        let of = |region| setup.nations.iter().position(|nation| nation.region == region);
        Self { nations, of_region: (0..setup.regions.len()).map(of).collect() }
    }

    /// The treasury of a nation.
    #[must_use]
    pub fn of(&self, nation: NationIx) -> &Treasury {
        &self.nations[nation]
    }

    pub(crate) fn of_mut(&mut self, nation: NationIx) -> &mut Treasury {
        &mut self.nations[nation]
    }

    /// The treasury spends on a program.
    pub(crate) fn spend(&mut self, nation: NationIx, to: Account, money: Money, ledger: &mut Ledger) {
        let treasury = &mut self.nations[nation];
        treasury.programs += money;
        ledger.pay(treasury.account, to, money);
    }

    /// The treasury gets back what it lent, or earns on it.
    pub(crate) fn collect(&mut self, nation: NationIx, from: Account, money: Money, ledger: &mut Ledger) {
        let treasury = &mut self.nations[nation];
        treasury.programs -= money;
        ledger.pay(from, treasury.account, money);
    }

    /// The nation that levies duties at a region's border: its only one, as the world file's check makes sure.
    #[must_use]
    pub fn nation_of(&self, region: RegionIx) -> Option<NationIx> {
        self.of_region[region]
    }

    /// Every nation's treasury in order of id.
    pub fn all(&self) -> std::slice::Iter<'_, Treasury> {
        self.nations.iter()
    }
}

/// Forgets last week's takings.
pub(crate) fn open_week(mut treasuries: ResMut<Treasuries>) {
    for t in &mut treasuries.nations {
        (t.royalty, t.duty, t.tariff, t.rent, t.producer_rent, t.margin, t.programs) = Default::default();
    }
}
