//! `exchange_rates`: units per dollar; `exchange_gains`: what rates did to sellers and buyers under contracts.

use std::collections::BTreeMap;

use super::{Observer, Sheet, ids};
use crate::currency::{Currencies, Side};
use crate::model::Model;
use crate::setup::Setup;
use crate::units::Money;

/// Name of those who deliver in the column `side`.
pub const SELLER: &str = "seller";
/// Name of those who pay.
pub const BUYER: &str = "buyer";

/// The table `exchange_rates`.
pub(super) struct Rates;

impl Rates {
    pub(super) const fn new(_: &Setup) -> Self {
        Self
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        Sheet::new(name, vec![("currency", ids(&setup.currencies, |currency| &currency.id))], &["units_per_usd"])
    }
}

impl Observer for Rates {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let Some(currencies) = model.world().get_resource::<Currencies>() else { return };
        for (index, rate) in currencies.rates.iter().enumerate() {
            sheet.row([index], [rate.per_usd]);
        }
    }
}

/// The table `exchange_gains`.
pub(super) struct Gains;

impl Gains {
    pub(super) const fn new(_: &Setup) -> Self {
        Self
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let currencies = [vec!["dollars".to_owned()], ids(&setup.currencies, |currency| &currency.id)].concat();
        let nation = ("nation", ids(&setup.nations, |nation| &nation.id));
        let sides = ("side", vec![SELLER.to_owned(), BUYER.to_owned()]);
        Sheet::new(
            name,
            vec![nation, sides, ("currency", currencies)],
            &["due_usd", "gain_usd", "covered_usd", "spread_usd"],
        )
    }
}

impl Observer for Gains {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let Some(currencies) = model.world().get_resource::<Currencies>() else { return };
        let mut sums: BTreeMap<_, [Money; 4]> = BTreeMap::new();
        for one in &currencies.exchanged {
            let currency = one.currency.map_or(0, |currency| currency + 1);
            let sum = sums.entry((one.nation, one.side, currency)).or_default();
            for (sum, more) in sum.iter_mut().zip([one.due, one.gain, one.covered, one.spread]) {
                *sum += more;
            }
        }
        for ((nation, side, currency), sums) in sums {
            let side = usize::from(side == Side::Buyer);
            sheet.row([nation, side, currency], sums.map(Money::currency));
        }
    }
}
