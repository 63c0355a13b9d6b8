//! Exchange warehouses: what is stored on warrant, by owner, and the queues in and out.
//!
//! A warrant is title to a lot in a warehouse. Warrants of a warehouse and an owner are counted, not told apart; no lot
//! has two owners because handing over moves the count. Metal waits to be put on warrant, and to leave after a warrant is
//! cancelled, in queues that are served in order and up to a cap a week. Rent falls due weekly on all three,
//! and what of it is not paid waits.

use std::collections::VecDeque;

use crate::digest::{Digest, Digestible};
use crate::units::Money;

use super::house::times;

/// Terms of a warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarehouseTerms {
    /// Most lots put on warrant in a week.
    pub load_in: i64,
    /// Most lots that leave in a week.
    pub load_out: i64,
    /// Rent for a lot and week, such as 0.25 to 0.6 USD a tonne and day.
    pub rent: Money,
    /// How much less a long pays for metal from here, in ticks.
    pub discount: i64,
}

/// Lots of a member in a queue, or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parcel {
    /// Warehouse.
    pub warehouse: usize,
    /// Owner.
    pub member: usize,
    /// Lots.
    pub lots: i64,
}

/// The warehouses of a contract.
#[derive(Debug, Clone)]
pub struct Warehouses {
    members: usize,
    terms: Vec<WarehouseTerms>,
    /// Live warrants, by warehouse and within it by member.
    live: Vec<i64>,
    /// All lots of a member in a warehouse, on warrant or in a queue, at the same places.
    stored: Vec<i64>,
    /// Rent that a member has not paid, which the warehouses hold its metal for.
    owed: Vec<Money>,
    entering: Vec<VecDeque<Parcel>>,
    leaving: Vec<VecDeque<Parcel>>,
}

impl Digestible for Warehouses {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.live);
        digest.add(&self.stored);
        digest.add(&self.owed);
        for queue in self.entering.iter().chain(&self.leaving) {
            digest.word(queue.len() as u64);
            for parcel in queue {
                digest.word(parcel.member as u64);
                digest.add(&parcel.lots);
            }
        }
    }
}

impl Warehouses {
    /// Empty warehouses.
    #[must_use]
    pub fn new(members: usize, terms: &[WarehouseTerms]) -> Self {
        let places = members * terms.len();
        Self {
            members,
            terms: terms.to_vec(),
            live: vec![0; places],
            stored: vec![0; places],
            owed: vec![Money::ZERO; members],
            entering: vec![VecDeque::new(); terms.len()],
            leaving: vec![VecDeque::new(); terms.len()],
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.terms.len()
    }

    /// Terms of a warehouse.
    #[must_use]
    pub fn terms(&self, warehouse: usize) -> WarehouseTerms {
        self.terms[warehouse]
    }

    /// Cancelled lots that wait to leave a warehouse.
    #[must_use]
    pub fn leaving(&self, warehouse: usize) -> i64 {
        self.leaving[warehouse].iter().map(|parcel| parcel.lots).sum()
    }

    /// Live warrants of a member in a warehouse.
    #[must_use]
    pub fn warrants(&self, warehouse: usize, member: usize) -> i64 {
        self.live[warehouse * self.members + member]
    }

    /// Live warrants of a member in all warehouses.
    #[must_use]
    pub fn held(&self, member: usize) -> i64 {
        (0..self.count()).map(|warehouse| self.warrants(warehouse, member)).sum()
    }

    /// All live warrants.
    #[must_use]
    pub fn live(&self) -> i64 {
        self.live.iter().sum()
    }

    /// All lots of a member in a warehouse, on warrant or in a queue.
    #[must_use]
    pub fn stored(&self, warehouse: usize, member: usize) -> i64 {
        self.stored[warehouse * self.members + member]
    }

    /// All lots in a warehouse, on warrant or in a queue.
    #[must_use]
    pub fn inside(&self, warehouse: usize) -> i64 {
        self.stored[warehouse * self.members..][..self.members].iter().sum()
    }

    /// All live warrants of a warehouse.
    #[must_use]
    pub fn live_in(&self, warehouse: usize) -> i64 {
        self.live[warehouse * self.members..][..self.members].iter().sum()
    }

    /// All lots of a member, on warrant or in a queue.
    #[must_use]
    pub fn of(&self, member: usize) -> i64 {
        (0..self.count()).map(|warehouse| self.stored(warehouse, member)).sum()
    }

    /// What a long pays for metal from a warehouse when the contract stands at a price, both in ticks: the price less the
    /// warehouse's discount, at least a tick.
    #[must_use]
    pub fn price_from(&self, warehouse: usize, price: i64) -> i64 {
        (price - self.terms[warehouse].discount).max(1)
    }

    /// What a member owes the warehouses: the week's rent and what it has not paid of earlier weeks.
    #[must_use]
    pub fn rent(&self, member: usize) -> Money {
        let week = |warehouse: usize| times(self.terms[warehouse].rent, self.stored(warehouse, member));
        self.owed[member] + (0..self.count()).map(week).sum::<Money>()
    }

    /// A member pays so much of what it owes; the rest waits.
    pub fn pay(&mut self, member: usize, paid: Money) {
        self.owed[member] = self.rent(member) - paid;
    }

    /// Metal arrives at a warehouse and joins the queue to be put on warrant.
    ///
    /// # Panics
    /// When it is negative.
    pub fn place(&mut self, warehouse: usize, member: usize, lots: i64) {
        assert!(lots >= 0, "bug: {lots} lots are placed on warrant");
        self.stored[warehouse * self.members + member] += lots;
        self.entering[warehouse].push_back(Parcel { warehouse, member, lots });
    }

    /// An owner cancels warrants, which joins the lots to the queue to leave.
    ///
    /// # Panics
    /// When it has fewer.
    pub fn cancel(&mut self, warehouse: usize, member: usize, lots: i64) {
        let live = &mut self.live[warehouse * self.members + member];
        assert!((0..=*live).contains(&lots), "bug: {lots} of {live} warrants are cancelled");
        *live -= lots;
        self.leaving[warehouse].push_back(Parcel { warehouse, member, lots });
    }

    /// Lots on warrant leave at once, past the queues.
    ///
    /// # Panics
    /// When the owner has fewer.
    pub fn withdraw(&mut self, warehouse: usize, member: usize, lots: i64) {
        for counts in [&mut self.live, &mut self.stored] {
            let held = &mut counts[warehouse * self.members + member];
            assert!((0..=*held).contains(&lots), "bug: {lots} of {held} warrants are withdrawn");
            *held -= lots;
        }
    }

    /// Warrants change hands.
    ///
    /// # Panics
    /// When the giver has fewer.
    pub fn hand_over(&mut self, warehouse: usize, from: usize, to: usize, lots: i64) {
        for counts in [&mut self.live, &mut self.stored] {
            let given = &mut counts[warehouse * self.members + from];
            assert!((0..=*given).contains(&lots), "bug: {lots} of {given} warrants change hands");
            *given -= lots;
            counts[warehouse * self.members + to] += lots;
        }
    }

    /// A week passes at the gates: queues move up to the caps. Adds to `out` what leaves the warehouses.
    pub fn pass_week(&mut self, out: &mut Vec<Parcel>) {
        for warehouse in 0..self.count() {
            let WarehouseTerms { load_in, load_out, .. } = self.terms[warehouse];
            serve(&mut self.entering[warehouse], load_in, |parcel| {
                self.live[warehouse * self.members + parcel.member] += parcel.lots;
            });
            serve(&mut self.leaving[warehouse], load_out, |parcel| {
                self.stored[warehouse * self.members + parcel.member] -= parcel.lots;
                out.push(parcel);
            });
        }
    }
}

/// Takes up to so many lots from the head of a queue.
fn serve(queue: &mut VecDeque<Parcel>, mut lots: i64, mut take: impl FnMut(Parcel)) {
    while let Some(head) = queue.front_mut().filter(|_| lots > 0) {
        let served = head.lots.min(lots);
        take(Parcel { lots: served, ..*head });
        head.lots -= served;
        lots -= served;
        if head.lots == 0 {
            queue.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Warehouses {
        Warehouses::new(2, &[WarehouseTerms { load_in: 10, load_out: 4, rent: Money(3), discount: 0 }])
    }

    #[test]
    fn metal_is_on_warrant_when_it_has_passed_the_gate() {
        let mut warehouses = one();
        let mut out = Vec::new();
        warehouses.place(0, 0, 8);
        warehouses.place(0, 1, 8);
        assert_eq!((warehouses.live(), warehouses.stored(0, 1)), (0, 8));
        warehouses.pass_week(&mut out);
        assert_eq!([warehouses.held(0), warehouses.held(1)], [8, 2]);
        warehouses.pass_week(&mut out);
        assert_eq!([warehouses.held(0), warehouses.held(1)], [8, 8]);
        assert!(out.is_empty());
    }

    #[test]
    fn cancelled_warrants_queue_to_leave_and_pay_rent_meanwhile() {
        let mut warehouses = one();
        let mut out = Vec::new();
        warehouses.place(0, 0, 10);
        warehouses.pass_week(&mut out);
        warehouses.hand_over(0, 0, 1, 3);
        warehouses.cancel(0, 1, 3);
        warehouses.cancel(0, 0, 2);
        assert_eq!((warehouses.live(), warehouses.rent(0), warehouses.rent(1)), (5, Money(21), Money(9)));
        warehouses.pass_week(&mut out);
        let parcel = |member, lots| Parcel { warehouse: 0, member, lots };
        assert_eq!(out, [parcel(1, 3), parcel(0, 1)], "four a week");
        out.clear();
        warehouses.pass_week(&mut out);
        assert_eq!(out, [parcel(0, 1)]);
        assert_eq!((warehouses.stored(0, 0), warehouses.rent(1)), (5, Money(0)));
    }

    #[test]
    fn rent_that_is_not_paid_waits() {
        let mut warehouses = one();
        warehouses.place(0, 0, 2);
        warehouses.pay(0, Money(4));
        assert_eq!(warehouses.rent(0), Money(2 + 6), "2 of the first week and 2 lots for the second");
        warehouses.pay(0, Money(8));
        warehouses.pass_week(&mut Vec::new());
        warehouses.hand_over(0, 0, 1, 2);
        assert_eq!([warehouses.rent(0), warehouses.rent(1)], [Money(0), Money(6)]);
    }

    #[test]
    #[should_panic(expected = "3 of 2 warrants change hands")]
    fn nobody_hands_over_what_it_has_not() {
        let mut warehouses = one();
        warehouses.place(0, 0, 2);
        warehouses.pass_week(&mut Vec::new());
        warehouses.hand_over(0, 0, 1, 3);
    }
}
