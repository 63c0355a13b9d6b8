//! Default: who bears what a member cannot pay, layer after layer.
//!
//! 1. The member's own margin.
//! 2. Its own share of the default fund.
//! 3. The house's capital.
//! 4. The others' shares of the fund.
//! 5. The gains of those who won.
//!
//! Each layer is used up before the next. The shares of the fund are a part of margin, so that the fourth falls on
//! members in proportion to what they put at risk. After the rules of LME Clear, with the fifth for its recovery
//! measures. What several members owe at a time is added up, so that it does not matter who comes first.

use crate::units::{Money, Ppm, deal};

use super::{House, Standing};

/// What each layer bore of the losses of members in default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waterfall {
    /// Members in default.
    pub defaults: u32,
    /// Their own margin: what was deposited when it was last met, and what came in since.
    pub own_margin: Money,
    /// Their own shares of the default fund.
    pub own_fund: Money,
    /// The house's capital.
    pub capital: Money,
    /// The others' shares of the default fund, in proportion to the shares.
    pub others_fund: Money,
    /// Gains since nobody owed, in proportion to the gains.
    pub haircut: Money,
}

impl Waterfall {
    /// Adds what another session's losses were borne by.
    pub fn add(&mut self, other: &Self) {
        self.defaults += other.defaults;
        for (sum, part) in self.layers_mut().into_iter().zip(other.layers()) {
            *sum += part;
        }
    }

    /// What each layer bore, from the first to be used to the last.
    #[must_use]
    pub const fn layers(&self) -> [Money; 5] {
        [self.own_margin, self.own_fund, self.capital, self.others_fund, self.haircut]
    }

    const fn layers_mut(&mut self) -> [&mut Money; 5] {
        [&mut self.own_margin, &mut self.own_fund, &mut self.capital, &mut self.others_fund, &mut self.haircut]
    }

    /// What all layers bore.
    #[must_use]
    pub fn loss(&self) -> Money {
        self.layers().into_iter().sum()
    }
}

impl House {
    /// A member's share of the default fund.
    #[must_use]
    pub fn fund(&self, member: usize) -> Money {
        self.accounts[member].fund
    }

    /// What a member has to add to its share of the default fund, of so much of its margin (1 to 2 %); negative for what
    /// it may take back.
    #[must_use]
    pub fn fund_due(&self, member: usize, of_margin: Ppm) -> Money {
        self.required(member).share_ppm(of_margin.0) - self.fund(member)
    }

    /// A member pays into its share of the default fund, or takes out when negative.
    ///
    /// # Panics
    /// When it takes out more than its share, or anything while a member owes.
    pub fn contribute(&mut self, member: usize, amount: Money) {
        let may = amount >= Money::ZERO || !self.in_debt() && self.fund(member) + amount >= Money::ZERO;
        assert!(may, "bug: member {member} takes money out of the default fund while it may be needed");
        self.accounts[member].fund += amount;
    }

    /// Lets a member in default open positions again.
    pub fn readmit(&mut self, member: usize) {
        self.accounts[member].standing = Standing::Good;
    }

    /// Settles what members owe whose positions have all been closed after a call that they did not meet.
    ///
    /// # Panics
    /// When the layers do not cover the loss, which they do by construction: what members owe at most they lost since
    /// nobody owed, and what they lost the others gained and could not take out, or the capital received as fees.
    pub fn resolve(&mut self) -> Waterfall {
        let mut waterfall = Waterfall::default();
        let mut left = Money::ZERO;
        for member in self.members() {
            let open = self.holds(member) || self.asides[member].open;
            let account = &mut self.accounts[member];
            let owed = -account.deposit;
            if account.standing != Standing::Closing || owed <= Money::ZERO || open {
                continue;
            }
            let from_fund = account.fund.min(owed);
            waterfall.defaults += 1;
            waterfall.own_margin += account.met.or_zero();
            waterfall.own_fund += from_fund;
            left += owed - from_fund;
            account.fund -= from_fund;
            account.standing = Standing::Defaulted;
            (account.met, account.gain) = (Money::ZERO, Money::ZERO);
            self.credit(member, owed);
        }
        if left == Money::ZERO {
            return waterfall;
        }
        waterfall.capital = left.min(self.capital);
        self.capital -= waterfall.capital;
        left -= waterfall.capital;

        let mut shares: Vec<i64> = self.accounts.iter().map(|account| account.fund.0).collect();
        let mut parts = Vec::new();
        waterfall.others_fund = left.min(Money(shares.iter().sum()));
        deal(waterfall.others_fund.0, &shares, &self.keys, &mut parts);
        for (account, part) in self.accounts.iter_mut().zip(&parts) {
            account.fund -= Money(*part);
        }
        left -= waterfall.others_fund;

        shares.clear();
        shares.extend(self.accounts.iter().map(|account| account.gain.or_zero().0));
        assert!(left.0 <= shares.iter().sum(), "bug: members in default lost more than the others gained");
        waterfall.haircut = left;
        deal(left.0, &shares, &self.keys, &mut parts);
        for (member, part) in parts.iter().enumerate() {
            self.vary(member, -Money(*part));
        }
        waterfall
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{deal as trade, house};
    use super::*;

    /// Member 0 bought 10 lots at 100 from members 1 (6) and 2 (4) with a margin of 1,000 mills; each tick is worth 100
    /// to it. Funds are 20, 60 and 90, capital is 50. It settles at `price`, 0 does not pay, is closed there, and resolved.
    fn fall(price: i64) -> (House, Waterfall) {
        let mut house = house(3, [Ppm(100_000); 2]);
        for (member, fund) in [20, 60, 90].into_iter().enumerate() {
            house.deposit(member, Money(1_000));
            house.contribute(member, Money(fund));
        }
        house.invest(Money(50));
        trade(&mut house, 0, 0, 1, 6, 100);
        trade(&mut house, 0, 0, 2, 4, 100);
        house.settle(0, 100);
        assert!(house.calls().is_empty());
        let before = house.total();
        house.settle(0, price);
        assert_eq!(house.resolve(), Waterfall::default(), "positions are open");
        house.calls();
        assert!(!house.liquidations().is_empty());
        trade(&mut house, 0, 1, 0, 6, price);
        trade(&mut house, 0, 2, 0, 4, price);
        house.settle(0, price);
        let waterfall = house.resolve();
        assert_eq!(house.total(), before, "no money destroyed or made");
        (house, waterfall)
    }

    fn state(house: &House) -> [i64; 7] {
        let [a, b, c] = [0, 1, 2].map(|member| house.equity(member).0);
        let [f, g, h] = [0, 1, 2].map(|member| house.fund(member).0);
        [a, b, c, f, g, h, house.capital().0]
    }

    #[test]
    fn own_margin_covers_what_is_within_it() {
        let (house, waterfall) = fall(91);
        assert_eq!(waterfall, Waterfall::default(), "900 lost, 100 left");
        assert_eq!(state(&house), [100, 1_540, 1_360, 20, 60, 90, 50]);
    }

    #[test]
    fn then_the_own_share_of_the_fund() {
        // 1,100 lost: 1,000 margin, 20 fund, and 80 more.
        let (house, waterfall) = fall(89);
        let borne = [waterfall.own_margin, waterfall.own_fund, waterfall.capital, waterfall.others_fund];
        assert_eq!(borne, [Money(1_000), Money(20), Money(50), Money(30)]);
        // 30 of the others' 60 and 90 as 2 to 3.
        assert_eq!(state(&house), [0, 1_660, 1_440, 0, 48, 72, 0]);
        assert_eq!((waterfall.defaults, waterfall.haircut, waterfall.loss()), (1, Money(0), Money(1_100)));
        assert_eq!(house.standing(0), Standing::Defaulted);
    }

    #[test]
    fn gains_come_last_in_proportion() {
        // 1,500 lost: 1,000 + 20 + 50 + 150, and 280 out of gains of 900 and 600.
        let (house, waterfall) = fall(85);
        assert_eq!((waterfall.others_fund, waterfall.haircut), (Money(150), Money(280)));
        assert_eq!(waterfall.loss(), Money(1_500));
        assert_eq!(state(&house), [0, 1_900 - 168, 1_600 - 112, 0, 0, 0, 0]);
    }

    #[test]
    fn each_layer_alone() {
        let bare = |fund: [i64; 3], capital| {
            let mut house = house(3, [Ppm(0); 2]);
            for (member, fund) in fund.into_iter().enumerate() {
                house.contribute(member, Money(fund));
            }
            house.invest(Money(capital));
            trade(&mut house, 0, 0, 1, 1, 100);
            house.settle(0, 90);
            house.calls();
            house.liquidations();
            trade(&mut house, 0, 1, 0, 1, 90);
            house.settle(0, 90);
            let Waterfall { own_margin, own_fund, capital, others_fund, haircut, .. } = house.resolve();
            [own_margin, own_fund, capital, others_fund, haircut].map(|layer| layer.0)
        };
        assert_eq!(bare([100, 0, 0], 0), [0, 100, 0, 0, 0]);
        assert_eq!(bare([0, 0, 0], 100), [0, 0, 100, 0, 0]);
        assert_eq!(bare([0, 0, 100], 0), [0, 0, 0, 100, 0]);
        assert_eq!(bare([0, 0, 0], 0), [0, 0, 0, 0, 100]);
    }

    #[test]
    fn the_default_fund_is_a_share_of_margin() {
        let mut house = house(2, [Ppm(100_000); 2]);
        trade(&mut house, 0, 0, 1, 70, 100);
        house.settle(0, 100);
        assert_eq!(house.fund_due(0, Ppm(15_000)), Money(105), "1.5 % of 7,000");
        house.contribute(0, Money(200));
        assert_eq!(house.fund_due(0, Ppm(15_000)), Money(-95));
    }

    #[test]
    fn who_defaulted_is_out_until_readmitted() {
        let (mut house, _) = fall(89);
        house.calls();
        assert_eq!(house.standing(0), Standing::Defaulted);
        house.readmit(0);
        assert_eq!(house.standing(0), Standing::Good);
    }
}
