//! Whether a state takes mines or goes on taxing them: it compares the two values. Lever B2.
//!
//! After [Guriev, Kolotilin and Sonin 2011]: neither can the state commit not to take nor the firm to pay more when prices are
//! high, so that takings come at high prices although output is lost by them.
//!
//! [Guriev, Kolotilin and Sonin 2011]: https://doi.org/10.1093/jleo/ewp031

use crate::firm::mine_value;
use crate::mine::Mine;
use crate::policy::nationalization::Nationalization;
use crate::setup::decision::Bargain;
use crate::terms::MineTerms;
use crate::units::{Mass, Ppm, Price};

/// What mines are worth to a state, in mills: present values at its own rate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Worth {
    /// Of royalties, and of the share of margins that it has already.
    pub tax: f64,
    /// Of owners' margins after them.
    pub margin: f64,
}

impl Worth {
    /// Adds a mine at the price in its region and at the royalty there, a share and an amount per 1,000 quanta.
    pub fn add(
        &mut self,
        mine: &Mine,
        terms: &MineTerms,
        (price, levied): (Price, (Ppm, Price)),
        ground: Mass,
        rate: f64,
    ) {
        let (share, amount) = levied;
        let royalty = (price.real() * share.share() + amount.real()).min(price.real());
        let margin = price.real() - royalty - mine.cost(terms).real();
        let value = |per_unit: f64| mine_value(mine, per_unit, ground, rate, f64::INFINITY);
        let (margin, held) = (value(margin), terms.state_share.share());
        self.tax += value(royalty) + held * margin;
        self.margin += (1.0 - held) * margin;
    }
}

/// Whether taking is worth more: (1 − φ)·(tax + share·margin) − compensation·share·margin − cost − reputation·governance·(tax +
/// margin) > tax, with φ the loss of output.
#[must_use]
pub fn takes(bargain: &Bargain, taking: &Nationalization, worth: &Worth, governance: f64) -> bool {
    let taken = taking.share.share() * worth.margin;
    let with = (1.0 - taking.efficiency_loss) * (worth.tax + taken);
    let reputation = bargain.reputation * governance * (worth.tax + worth.margin);
    with - taking.compensation.share() * taken - bargain.cost.real() - reputation > worth.tax
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Window;
    use crate::units::Money;

    #[test]
    fn a_state_takes_what_is_worth_more_than_its_loss_and_its_price() {
        let taking = |compensation: i64| Nationalization {
            window: Window::NEVER,
            mines: vec![0],
            share: Ppm(500_000),
            compensation: Ppm(compensation),
            efficiency_loss: 0.2,
            capex_strike: 0.0,
            strike_half_life: 5.0,
            arbitration: None,
        };
        let takes = |(cost, reputation): (i64, f64), paid: i64, worth: &Worth| {
            let bargain = Bargain { cost: Money(cost), reputation, discount: 0.1, chance: 1.0 };
            takes(&bargain, &taking(paid), worth, 0.5)
        };
        let worth = Worth { tax: 100.0, margin: 200.0 };
        // 0.8 · (100 + 100) = 160 against 100: worth it below a cost of 60; half paid, below 10.
        assert!(takes((59, 0.0), 0, &worth) && !takes((60, 0.0), 0, &worth));
        assert!(takes((9, 0.0), 500_000, &worth) && !takes((10, 0.0), 500_000, &worth));
        // A reputation of 0.4 · 0.5 · 300 = 60 keeps it from that.
        assert!(takes((0, 0.39), 0, &worth) && !takes((0, 0.4), 0, &worth));
        // No margin, nothing to take: output lost costs tax.
        assert!(!takes((0, 0.0), 0, &Worth { tax: 100.0, margin: 0.0 }));
    }
}
