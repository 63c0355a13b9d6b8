//! The books: every tonne and every mill moves here, from one account to another, or not at all.
//!
//! Mass lies in slots of agents' accounts; money in one balance per account. A transfer debits one and credits
//! another. Overdrawing is caught at once with account and phase; [`Ledger::audit`] checks each week that opening
//! plus in minus out is closing in every account, that no metal and no money came or went, and that the market
//! accounts, through which trades settle, are empty again.

use bevy_ecs::resource::Resource;
use thiserror::Error;

use crate::digest::{Digest, Digestible};
use crate::setup::MineralIx;
use crate::step::Phase;
use crate::units::{Mass, Money};

/// Index of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account(pub u32);

impl Digestible for Account {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.0);
    }
}

/// The rest of the economy: pays for final use, is paid for inputs, freight and interest. Its balance may be negative.
pub const OUTSIDE: Account = Account(0);

/// Where in an account metal lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// In the ground.
    Ground,
    /// Feed of a plant.
    Feed,
    /// In process.
    Process,
    /// For sale or use: product of mines and plants, metal of merchants, sectors and agencies.
    Store,
    /// On its way to this account's owner.
    Transit,
    /// In products in use.
    Use,
    /// New scrap from fabrication.
    Scrap,
    /// Tailings, slag and other losses.
    Lost,
    /// In the ground, but not worth mining yet, or not yet found.
    Resource,
}

/// Slots in an account.
pub const SLOTS: usize = 9;

/// Slots that every state hash takes in for every account; of the others it takes in what is not empty, so that a world
/// without such metal keeps its hash.
const DENSE_SLOTS: usize = 8;

impl Slot {
    /// All of them.
    pub const ALL: [Self; SLOTS] = [
        Self::Ground,
        Self::Feed,
        Self::Process,
        Self::Store,
        Self::Transit,
        Self::Use,
        Self::Scrap,
        Self::Lost,
        Self::Resource,
    ];
}

/// Why the books do not close. None of these can be caused by a file: each is a defect of the model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// A transfer would take more metal than there is, or a negative amount.
    #[error("{phase:?}: {account} cannot give {amount} quanta from {slot:?}, which holds {held}")]
    Metal {
        /// Account overdrawn.
        account: String,
        /// Slot overdrawn.
        slot: Slot,
        /// Quanta asked.
        amount: i64,
        /// Quanta held.
        held: i64,
        /// When.
        phase: Phase,
    },
    /// A payment of a negative amount, or beyond 64 bits.
    #[error("{phase:?}: {account} cannot pay {amount} mills from {held}")]
    Payment {
        /// Payer.
        account: String,
        /// Mills asked.
        amount: i64,
        /// Mills held.
        held: i64,
        /// When.
        phase: Phase,
    },
    /// Opening plus in minus out is not closing.
    #[error("{phase:?}: {account} does not close: {what} is off by {residual}")]
    Account {
        /// Account.
        account: String,
        /// What does not close.
        what: String,
        /// Closing less what it should be.
        residual: i64,
        /// Phase of the account's last entry.
        phase: Phase,
    },
    /// Metal or money came from nowhere or went nowhere.
    #[error("{what} does not close: off by {residual}")]
    Total {
        /// A mineral, or money.
        what: String,
        /// Closing less opening.
        residual: i64,
    },
}

/// A balance, and what opening and entries since come to.
#[derive(Debug, Clone, Copy, Default)]
struct Balance {
    held: i64,
    /// Opening plus in minus out, kept by entries alone.
    entered: i64,
}

impl Balance {
    /// Puts down an entry that leaves `held`.
    const fn enter(&mut self, held: i64, entry: i64) {
        self.held = held;
        self.entered = self.entered.wrapping_add(entry);
    }

    const fn residual(self) -> i64 {
        self.held.wrapping_sub(self.entered)
    }
}

/// The books.
#[derive(Resource, Debug, Clone)]
pub struct Ledger {
    names: Vec<String>,
    mineral: Vec<MineralIx>,
    minerals: Vec<String>,
    money: Vec<Balance>,
    mass: Vec<[Balance; SLOTS]>,
    last_entry: Vec<Phase>,
    opening_mass: Vec<i128>,
    must_be_empty: Vec<Account>,
    phase: Phase,
    fault: Option<LedgerError>,
}

impl Digestible for Ledger {
    fn digest(&self, digest: &mut Digest) {
        digest.word(self.money.len() as u64);
        for money in &self.money {
            digest.word(money.held as u64);
        }
        digest.word((self.mass.len() * DENSE_SLOTS) as u64);
        for mass in self.mass.iter().flat_map(|slots| &slots[..DENSE_SLOTS]) {
            digest.word(mass.held as u64);
        }
        for (account, slots) in self.mass.iter().enumerate() {
            for (slot, mass) in slots.iter().enumerate().skip(DENSE_SLOTS).filter(|(_, mass)| mass.held != 0) {
                digest.word((account * SLOTS + slot) as u64);
                digest.word(mass.held as u64);
            }
        }
    }
}

impl Ledger {
    /// Books for these minerals, with one account, [`OUTSIDE`].
    #[must_use]
    pub fn new(minerals: Vec<String>) -> Self {
        let mut ledger = Self {
            names: Vec::new(),
            mineral: Vec::new(),
            money: Vec::new(),
            mass: Vec::new(),
            last_entry: Vec::new(),
            // An account has a mineral even where there is none.
            opening_mass: vec![0; minerals.len().max(1)],
            minerals,
            must_be_empty: Vec::new(),
            phase: Phase::Shock,
            fault: None,
        };
        ledger.open("outside".into(), 0);
        ledger
    }

    /// Opens an account whose metal, if any, is of one mineral.
    ///
    /// # Panics
    /// Beyond 2^32 accounts.
    pub fn open(&mut self, name: String, mineral: MineralIx) -> Account {
        let account = Account(u32::try_from(self.names.len()).expect("bug: more than 2^32 accounts"));
        self.names.push(name);
        self.mineral.push(mineral);
        self.money.push(Balance::default());
        self.mass.push([Balance::default(); SLOTS]);
        self.last_entry.push(Phase::Shock);
        account
    }

    /// Opens an account that must hold neither metal nor money when a week ends.
    pub fn open_clearing(&mut self, name: String, mineral: MineralIx) -> Account {
        let account = self.open(name, mineral);
        self.must_be_empty.push(account);
        account
    }

    /// Declares metal that is there at the start.
    pub fn endow(&mut self, account: Account, slot: Slot, mass: Mass) {
        let held = self.mass(account, slot) + mass;
        self.mass[account.0 as usize][slot as usize].enter(held.0, mass.0);
        self.opening_mass[self.mineral[account.0 as usize]] += i128::from(mass.0);
    }

    /// Metal in a slot.
    #[must_use]
    pub fn mass(&self, account: Account, slot: Slot) -> Mass {
        Mass(self.mass[account.0 as usize][slot as usize].held)
    }

    /// Money of an account, negative when it owes.
    #[must_use]
    pub fn money(&self, account: Account) -> Money {
        Money(self.money[account.0 as usize].held)
    }

    /// Name of an account.
    #[must_use]
    pub fn name(&self, account: Account) -> &str {
        &self.names[account.0 as usize]
    }

    /// Every account, in the order in which they were opened.
    pub fn accounts(&self) -> impl Iterator<Item = Account> + use<> {
        (0..self.names.len() as u32).map(Account)
    }

    /// Names the phase whose entries follow.
    pub(crate) const fn enter(&mut self, phase: Phase) {
        self.phase = phase;
    }

    /// Moves metal. An entry that the books refuse changes nothing and is reported by [`Ledger::audit`].
    pub fn transfer(&mut self, (from, slot): (Account, Slot), (to, into): (Account, Slot), mass: Mass) {
        if mass == Mass::ZERO {
            return;
        }
        let held = self.mass(from, slot);
        let sum = self.mass(to, into).checked_add(mass);
        let (Some(sum), true) = (sum, mass > Mass::ZERO && held >= mass) else {
            let (account, phase) = (self.name(from).to_owned(), self.phase);
            self.report(LedgerError::Metal { account, slot, amount: mass.0, held: held.0, phase });
            return;
        };
        if (from, slot) == (to, into) {
            return;
        }
        self.mass[from.0 as usize][slot as usize].enter(held.0 - mass.0, -mass.0);
        self.mass[to.0 as usize][into as usize].enter(sum.0, mass.0);
        self.last_entry[from.0 as usize] = self.phase;
        self.last_entry[to.0 as usize] = self.phase;
    }

    /// Pays money. An entry that the books refuse changes nothing and is reported by [`Ledger::audit`].
    pub fn pay(&mut self, from: Account, to: Account, money: Money) {
        if money == Money::ZERO || from == to {
            return;
        }
        let held = self.money(from);
        let sum = self.money(to).checked_add(money);
        let rest = held.0.checked_sub(money.0);
        let (Some(sum), Some(rest), true) = (sum, rest, money > Money::ZERO) else {
            let (account, phase) = (self.name(from).to_owned(), self.phase);
            self.report(LedgerError::Payment { account, amount: money.0, held: held.0, phase });
            return;
        };
        self.money[from.0 as usize].enter(rest, -money.0);
        self.money[to.0 as usize].enter(sum.0, money.0);
        self.last_entry[from.0 as usize] = self.phase;
        self.last_entry[to.0 as usize] = self.phase;
    }

    /// Keeps the first fault for [`Ledger::audit`].
    pub(crate) fn report(&mut self, fault: LedgerError) {
        self.fault.get_or_insert(fault);
    }

    /// Checks the books.
    ///
    /// # Errors
    /// The first entry that was refused, or the first account or total that does not close exactly.
    pub fn audit(&mut self) -> Result<(), LedgerError> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let mut totals = vec![0_i128; self.opening_mass.len()];
        let mut money_total = 0_i128;
        for (i, (money, slots)) in self.money.iter().zip(&self.mass).enumerate() {
            let off = slots.iter().fold(money.residual(), |off, slot| off | slot.residual());
            if off != 0 {
                return Err(self.first_residual(Account(i as u32)));
            }
            money_total += i128::from(money.held);
            totals[self.mineral[i]] += slots.iter().map(|slot| i128::from(slot.held)).sum::<i128>();
        }
        for &account in &self.must_be_empty {
            let held = Slot::ALL.iter().map(|&slot| self.mass(account, slot)).sum::<Mass>();
            for (what, residual) in
                [("metal left after settlement", held.0), ("money left after settlement", self.money(account).0)]
            {
                if residual != 0 {
                    return Err(self.unclosed(account, what.into(), residual));
                }
            }
        }
        for (mineral, (total, opening)) in totals.iter().zip(&self.opening_mass).enumerate() {
            if total != opening {
                return Err(LedgerError::Total {
                    what: self.minerals[mineral].clone(),
                    residual: (total - opening) as i64,
                });
            }
        }
        if money_total != 0 {
            return Err(LedgerError::Total { what: "money".into(), residual: money_total as i64 });
        }
        Ok(())
    }

    /// What does not close in an account of which something does not.
    fn first_residual(&self, account: Account) -> LedgerError {
        let (money, slots) = (self.money[account.0 as usize], &self.mass[account.0 as usize]);
        let off = Slot::ALL.iter().zip(slots).find(|(_, balance)| balance.residual() != 0);
        match off {
            Some((slot, balance)) if money.residual() == 0 => {
                self.unclosed(account, slot.to_string(), balance.residual())
            }
            _ => self.unclosed(account, "money".into(), money.residual()),
        }
    }

    pub(crate) fn unclosed(&self, account: Account, what: String, residual: i64) -> LedgerError {
        let phase = self.last_entry[account.0 as usize];
        LedgerError::Account { account: self.name(account).to_owned(), what, residual, phase }
    }
}

impl std::fmt::Display for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn books() -> (Ledger, Account, Account) {
        let mut ledger = Ledger::new(vec!["cobalt".into()]);
        let (mine, plant) = (ledger.open("mine".into(), 0), ledger.open("plant".into(), 0));
        ledger.endow(mine, Slot::Ground, Mass(1_000));
        ledger.audit().expect("opening books close");
        (ledger, mine, plant)
    }

    #[test]
    fn what_one_gives_the_other_gets() {
        let (mut ledger, mine, plant) = books();
        ledger.transfer((mine, Slot::Ground), (mine, Slot::Store), Mass(400));
        ledger.transfer((mine, Slot::Store), (plant, Slot::Feed), Mass(150));
        ledger.pay(plant, mine, Money(70));
        ledger.audit().expect("closes");
        assert_eq!(ledger.mass(mine, Slot::Store), Mass(250));
        assert_eq!(ledger.mass(plant, Slot::Feed), Mass(150));
        assert_eq!((ledger.money(plant), ledger.money(mine)), (Money(-70), Money(70)));
    }

    #[test]
    fn an_overdraft_changes_nothing_and_names_account_and_phase() {
        let (mut ledger, mine, plant) = books();
        ledger.enter(Phase::Clear);
        ledger.transfer((mine, Slot::Store), (plant, Slot::Feed), Mass(1));
        ledger.transfer((mine, Slot::Ground), (plant, Slot::Feed), Mass(-1));
        assert_eq!(ledger.mass(plant, Slot::Feed), Mass::ZERO);
        let fault = ledger.audit().expect_err("the books refused an entry");
        assert_eq!(fault.to_string(), "Clear: mine cannot give 1 quanta from Store, which holds 0");
    }

    #[test]
    fn metal_that_no_entry_explains_is_found() {
        let (mut ledger, mine, plant) = books();
        ledger.enter(Phase::Produce);
        ledger.transfer((mine, Slot::Ground), (plant, Slot::Feed), Mass(10));
        ledger.mass[plant.0 as usize][Slot::Feed as usize].held += 3;
        let fault = ledger.audit().expect_err("three quanta came from nowhere");
        assert_eq!(fault.to_string(), "Produce: plant does not close: Feed is off by 3");
    }

    #[test]
    fn a_clearing_account_must_be_empty_at_the_end_of_the_week() {
        let (mut ledger, mine, _) = books();
        let market = ledger.open_clearing("market".into(), 0);
        ledger.enter(Phase::Clear);
        ledger.pay(market, mine, Money(5));
        let fault = ledger.audit().expect_err("five mills are owed");
        assert_eq!(fault.to_string(), "Clear: market does not close: money left after settlement is off by -5");
    }

    proptest! {
        #[test]
        fn any_sequence_of_accepted_entries_closes(entries in prop::collection::vec((0..3_u32, 0..3_u32, 0..SLOTS, 0..SLOTS, 0..400_i64), 0..60)) {
            let (mut ledger, _, _) = books();
            for (from, to, slot, into, amount) in entries {
                let debit = (Account(from), Slot::ALL[slot]);
                if ledger.mass(debit.0, debit.1) >= Mass(amount) {
                    ledger.transfer(debit, (Account(to), Slot::ALL[into]), Mass(amount));
                }
                ledger.pay(Account(to), Account(from), Money(amount));
            }
            prop_assert_eq!(ledger.audit(), Ok(()));
        }
    }
}
