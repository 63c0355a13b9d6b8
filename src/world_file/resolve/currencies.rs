//! Currencies, and in which of them a nation's firms reckon.

use crate::setup::{Cover, Currency, CurrencyIx};

use super::super::decode::Cx;
use super::super::quantity::Quantity;
use super::super::written::{self, World};
use super::names::{Names, above_0, ppm, whole_weeks};
use super::{all, label};

/// Longest time to payment, in weeks.
const LONGEST_PAYMENT: u32 = 26;

pub(super) fn resolve(world: &World, cx: &mut Cx) -> Option<Vec<Currency>> {
    all(world.currencies.iter().map(|(id, written)| {
        Some(Currency {
            id: id.value.clone(),
            label: label(&written.label),
            per_usd: written.per_usd.0,
            sd: written.sd.number(),
            pull: written.pull.number(),
            payment_weeks: whole_weeks(&written.payment, 1..=LONGEST_PAYMENT, cx)?,
        })
    }))
}

/// The currency in which a nation's firms reckon, and how they cover; the outer `None` stands for a problem.
pub(super) fn of_nation(
    nation: &written::Nation,
    names: &Names,
    cx: &mut Cx,
) -> (Option<Option<CurrencyIx>>, Option<Option<Cover>>) {
    let currency = match &nation.currency {
        Some(currency) => names.currency(currency, cx).map(Some),
        None => Some(None),
    };
    let cover = match &nation.cover {
        Some(cover) => {
            let (share, spread) =
                (above_0(&cover.share, cx).and_then(|_| ppm(&cover.share, cx)), ppm(&cover.spread, cx));
            share.zip(spread).map(|(share, spread)| Some(Cover { share, spread }))
        }
        None => Some(None),
    };
    (currency, cover)
}
